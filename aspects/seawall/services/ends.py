"""Resources behind which an app's wiring ends: work that a service does by itself, and places where data stays.

They are known, so an event that arrives there is no unknown; nothing of the app follows.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html,
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html and
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from seawall.graph.model import Place, Site
from seawall.template import Resource, Target, Value

from .registry import Arrival, receiver
from .wiring import Wiring

_ENDS: Mapping[str, str] = {
    "AWS::ApplicationAutoScaling::ScalingPolicy": "scaling",
    "AWS::Athena::WorkGroup": "query",
    "AWS::AutoScaling::ScalingPolicy": "scaling",
    "AWS::Batch::JobQueue": "batch-job",
    "AWS::ECS::Cluster": "ecs-task",
    "AWS::Elasticsearch::Domain": "search-domain",
    "AWS::Glue::Crawler": "glue-crawler",
    "AWS::Inspector::AssessmentTemplate": "assessment",
    "AWS::IoTAnalytics::Channel": "iot-analytics",
    "AWS::IoTEvents::Input": "iot-events",
    "AWS::OpenSearchServerless::Collection": "search-domain",
    "AWS::OpenSearchService::Domain": "search-domain",
    "AWS::Redshift::Cluster": "query",
    "AWS::RedshiftServerless::Workgroup": "query",
    "AWS::SSM::Document": "ssm-command",
    "AWS::SSMIncidents::ResponsePlan": "incident",
    "AWS::SageMaker::Pipeline": "sagemaker-pipeline",
    "AWS::StepFunctions::Activity": "activity",
    "AWS::Timestream::Table": "time-series",
}
"""By resource type: what is started or written there."""


@receiver(*_ENDS)
def arrives(wiring: Wiring, resource: Resource, target: Target, arrival: Arrival) -> str | None:
    """The event ends at the resource itself, a site once something leads there."""
    return ending(wiring, resource, _ENDS[resource.type])


def landings(
    wiring: Wiring, resource: Resource, property_: str, value: Value, arrival: Arrival, service: str, kind: str
) -> Iterator[tuple[str, Target]]:
    """As `Wiring.receivers`, for what may only be stored: a resource that nothing follows is an end of this `kind`."""
    for target in wiring.targets(resource, value, service):
        found = wiring.app.resource(target.address)
        site = wiring.arrive(target, arrival)
        if site is None and found is not None:
            site = ending(wiring, found, kind)
        if site is None:
            wiring.unknown(resource, property_, unheard(wiring, target))
        else:
            yield site, target


def unheard(wiring: Wiring, target: Target) -> str:
    """Why an event that is sent to `target` arrives nowhere that is known."""
    found = wiring.app.resource(target.address)
    if found is not None:
        return f"points at a resource of type {found.type}, which is not modelled"
    return target.why or "cannot be resolved"


def ending(wiring: Wiring, resource: Resource, kind: str) -> str:
    """The site of a resource behind which nothing is followed."""
    return wiring.site(Site(resource.site_id, kind, Place(resource.address)))
