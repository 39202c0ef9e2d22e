"""AWS Glue: jobs, which are run again as often as `MaxRetries` says, and the triggers and workflows that start them.

A conditional trigger on a job's failed state starts the next job because the first one failed for good.

Sources: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-jobs-job.html (`MaxRetries`: retries after a run
fails), https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-glue-trigger.html and
https://docs.aws.amazon.com/glue/latest/dg/trigger-job.html, read 2026-11-29
"""

from __future__ import annotations

from collections.abc import Iterator

from seawall.graph.model import Place, Site, When
from seawall.template import Item, Props, Resource, Target, Value

from ..conditions import under
from ..registry import Arrival, hops, receiver, sites
from ..wiring import Wiring
from ..work import JOB_QUEUE, retries, submitted, works

JOB, TRIGGER, WORKFLOW = "AWS::Glue::Job", "AWS::Glue::Trigger", "AWS::Glue::Workflow"
FAILED_STATES = ("FAILED", "TIMEOUT", "STOPPED")
_STARTING = ("ON_DEMAND", "SCHEDULED", "EVENT")
"""Types of triggers that start a workflow."""


@sites(JOB)
def job(wiring: Wiring, resource: Resource) -> None:
    """A job runs a script under its role; its arguments are its environment."""
    props = wiring.props(resource)
    arguments = [value for name in ("DefaultArguments", "NonOverridableArguments") for value in _values(props, name)]
    works(wiring, resource, "glue-job", role="Role", roles=(props.value("Role"),), environment=arguments)


def _values(props: Props, name: str) -> Iterator[Value]:
    yield from (section.value() for _, section in props.mapping(name))


@receiver(JOB)
def arrives(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """A run of the job is started, and another one when it fails."""
    site, place = runs_of(resource), Place(resource.address, "MaxRetries")
    if site in wiring.sites:
        return site
    limit = wiring.props(resource).integer("MaxRetries", default=0)
    return submitted(wiring, site, resource.site_id, place, retries(wiring, resource, limit), "job-retry")


def runs_of(resource: Resource) -> str:
    """The site where runs of a job wait."""
    return f"{resource.site_id}#runs"


@sites(WORKFLOW)
def workflow(wiring: Wiring, resource: Resource) -> None:
    """A workflow is a site that starts the jobs of its triggers."""
    wiring.site(Site(resource.site_id, "glue-workflow", Place(resource.address)))


@receiver(WORKFLOW)
def arrives_at_workflow(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """A run of the workflow starts."""
    return resource.site_id


@sites(TRIGGER)
def trigger(wiring: Wiring, resource: Resource) -> None:
    """A trigger is a site that events pass; a scheduled one keeps time."""
    wiring.site(Site(resource.site_id, "glue-trigger", Place(resource.address)))


@hops(TRIGGER)
def starts(wiring: Wiring, resource: Resource) -> None:
    """From the workflow or the jobs that a trigger watches, to the jobs that it starts."""
    props = wiring.props(resource)
    if props.text("Type").value in _STARTING:
        name = props.at("WorkflowName")
        for site, target in wiring.receivers(resource, name.property, name.value(), Arrival.ASYNC, "glue:workflow"):
            place = Place(resource.address, name.property)
            wiring.hop(site, resource.site_id, "glue-trigger", place, conditions=under(resource, target))
    for item in props.items("Predicate", "Conditions"):
        _watched(wiring, resource, item)
    for item in props.items("Actions"):
        for property_, kind in (("JobName", "glue:job"), ("CrawlerName", "glue:crawler")):
            started = item.props.at(property_)
            for site, target in wiring.receivers(resource, started.property, started.value(), Arrival.ASYNC, kind):
                place = Place(resource.address, started.property)
                conditions = under(resource, item, target)
                wiring.hop(resource.site_id, site, "glue-action", place, conditions=conditions)


def _watched(wiring: Wiring, resource: Resource, item: Item) -> None:
    """A job's end in the state that the trigger waits for: of the last of its runs."""
    watched = item.props.at("JobName")
    failed = item.props.text("State").value in FAILED_STATES
    for target in wiring.targets(resource, watched.value(), "glue:job"):
        site = wiring.arrive(target, Arrival.ASYNC)
        if site is None:
            wiring.unknown(resource, watched.property, target.why or "is no job")
            continue
        wiring.hop(
            site,
            resource.site_id,
            "glue-condition",
            Place(resource.address, watched.property),
            when=When.ALWAYS
            if not failed
            else When.EXHAUSTED
            if wiring.sites[site].kind == JOB_QUEUE
            else When.FAILURE,
            conditions=under(resource, item, target),
            stop=(
                f"take the condition on {site} out of {resource.site_id}, or let it start nothing that "
                f"{'fails' if failed else 'ends'} in the same way"
            ),
        )
