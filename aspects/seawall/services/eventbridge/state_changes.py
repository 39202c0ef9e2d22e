"""Events that AWS services send about their own runs: a rule on them is taken because something failed, or ended well.

Only the default bus gets them. Express executions send none. A rule that a failed run passes on to is a hop taken on
failure; where every end is told alike, as an ECS task that stopped, it is taken always.

Sources, read 2026-11-29: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html,
https://docs.aws.amazon.com/batch/latest/userguide/batch_job_events.html,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html,
https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications.html,
https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html and
https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from seawall.graph.guards import ALWAYS, Guard, Option
from seawall.graph.layers import Put
from seawall.graph.model import Evidence, Place, Watch, When
from seawall.template import Props, Resource, Target, render

from ..batch.jobs import DEFINITION
from ..codebuild.projects import PROJECT
from ..codepipeline.actions import PIPELINE
from ..ecs.tasks import TASK_DEFINITION
from ..eventsv2.buses import sources_of
from ..glue.jobs import JOB
from ..registry import Arrival, finisher
from ..stepfunctions.machine import MACHINE, express
from ..wiring import Wiring
from ..work import JOB_QUEUE, waiting
from .buses import DEFAULT, RULE, Listening, rules_on
from .service_events import Field, ServiceEventMatch, Test, matching, text


class StateChange(Struct, frozen=True):
    """How one service tells of its runs."""

    type: str
    """Of the resources whose runs these are."""
    source: str
    detail_type: str
    status: Field
    failed: tuple[str, ...]
    ended: tuple[str, ...] = ("SUCCEEDED",)
    """Ends that are no failures."""
    begun: tuple[str, ...] = ()
    """States on the way there."""
    named: Field = ()
    """The field that names the resource."""
    naming: str = ""
    """What a bare name in it is the name of."""
    each_run: bool = True
    """Every run is told of; else only the end of a job, when its retries are spent."""


_DETAIL = "detail"
_PIPELINE_ENDS = (("FAILED",), ("SUCCEEDED", "SUPERSEDED", "STOPPED", "CANCELED"), ("STARTED", "RESUMED"))
STATE_CHANGES = (
    StateChange(
        MACHINE,
        "aws.states",
        "Step Functions Execution Status Change",
        (_DETAIL, "status"),
        ("FAILED", "TIMED_OUT", "ABORTED"),
        begun=("RUNNING",),
        named=(_DETAIL, "stateMachineArn"),
        naming="states",
    ),
    StateChange(
        DEFINITION,
        "aws.batch",
        "Batch Job State Change",
        (_DETAIL, "status"),
        ("FAILED",),
        begun=("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING"),
        named=(_DETAIL, "jobDefinition"),
        naming="batch:job-definition",
        each_run=False,
    ),
    StateChange(
        TASK_DEFINITION,
        "aws.ecs",
        "ECS Task State Change",
        (_DETAIL, "lastStatus"),
        (),
        ("STOPPED",),
        ("PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "DEACTIVATING", "STOPPING", "DEPROVISIONING"),
        named=(_DETAIL, "taskDefinitionArn"),
        naming="ecs:task-definition",
    ),
    StateChange(
        PROJECT,
        "aws.codebuild",
        "CodeBuild Build State Change",
        (_DETAIL, "build-status"),
        ("FAILED", "FAULT", "TIMED_OUT", "STOPPED"),
        begun=("IN_PROGRESS",),
        named=(_DETAIL, "project-name"),
        naming="codebuild",
    ),
    StateChange(
        PIPELINE,
        "aws.codepipeline",
        "CodePipeline Pipeline Execution State Change",
        (_DETAIL, "state"),
        *_PIPELINE_ENDS,
        named=(_DETAIL, "pipeline"),
        naming="codepipeline",
    ),
    *(
        StateChange(
            PIPELINE,
            "aws.codepipeline",
            f"CodePipeline {part} Execution State Change",
            (_DETAIL, "state"),
            ("FAILED", "ABANDONED") if part == "Action" else ("FAILED",),
            ("SUCCEEDED", "STOPPED", "CANCELED"),
            ("STARTED", "RESUMED"),
            named=(_DETAIL, "pipeline"),
            naming="codepipeline",
        )
        for part in ("Stage", "Action")
    ),
    StateChange(
        PROJECT,
        "aws.codebuild",
        "CodeBuild Build Phase Change",
        (_DETAIL, "completed-phase-status"),
        ("FAILED", "FAULT", "TIMED_OUT", "STOPPED", "CLIENT_ERROR"),
        begun=("SUCCEEDED",),
        ended=(),
        named=(_DETAIL, "project-name"),
        naming="codebuild",
    ),
    StateChange(
        JOB,
        "aws.glue",
        "Glue Job State Change",
        (_DETAIL, "state"),
        ("FAILED", "TIMEOUT", "STOPPED"),
        named=(_DETAIL, "jobName"),
        naming="glue:job",
    ),
)
_FIRST = tuple(
    next(each for each in STATE_CHANGES if each.type == type_)
    for type_ in dict.fromkeys(each.type for each in STATE_CHANGES)
)
"""One for each type of resources."""
_STOP = "narrow the pattern of {rule} so that it leaves {site} out, or let it start nothing that fails in the same way"
_MATCHES = "the event matches the rule's pattern"
_BUT = "anything-but"
_REFERRED = (MACHINE, PROJECT, PIPELINE)
"""Types of resources whose `Ref` is what the event names: an ARN, or a name.
Source: the page of each type in the CloudFormation template reference, "Return values", read 2026-11-30."""
_EXITS = ((_DETAIL, "containers", "exitCode"), (_DETAIL, "stopCode"))
"""Fields by which a rule asks how a task ended."""


@finisher(order=12)
def told_of_runs(wiring: Wiring) -> None:
    """Hops from what fails, or ends, to the rules on the default bus that its service tells of it."""
    for change in STATE_CHANGES:
        for resource in wiring.app.by_type.get(change.type, ()):
            site = wiring.sites.get(resource.site_id)
            if change.type == PIPELINE and wiring.app.by_type.get(RULE):
                site = site or wiring.sites[wiring.arrive(Target(resource.address), Arrival.ASYNC) or ""]
            told = change.type != MACHINE or express(wiring, resource) is False
            if site is not None and not site.framework and told:
                rules = _asking(wiring, change, rules_on(wiring, resource, Target(None, literal=DEFAULT)))
                _tell(wiring, change, resource, rules)
                if change in _FIRST:
                    _forward(wiring, change, resource)


def _asking(wiring: Wiring, change: StateChange, rules: tuple[Listening, ...]) -> tuple[Listening, ...]:
    """Those of `rules` that an event of the service may match, whatever it is about; found once for all resources."""

    def asks(rule: Resource) -> bool:
        pattern = wiring.props(rule).at("EventPattern")
        about: Mapping[Field, Test] = {("source",): text(change.source), ("detail-type",): text(change.detail_type)}
        named = pattern.exists("source") or pattern.exists("detail-type")
        return named and matching(pattern, about) is not ServiceEventMatch.NO

    key = ("rules on state changes", change.detail_type, id(rules))
    return wiring.once(key, lambda: tuple(each for each in rules if asks(each[0])))


def _forward(wiring: Wiring, change: StateChange, resource: Resource) -> None:
    """Event sources of the service bring its events to a custom event bus."""
    for forwarding, assumption in sources_of(wiring, resource, change.source):
        for when, states in ((When.FAILURE, change.failed), (When.ALWAYS, (*change.begun, *change.ended))):
            for site in waiting(wiring, resource.site_id) if not change.each_run else (resource.site_id,):
                spent = when is When.FAILURE and wiring.sites[site].kind == JOB_QUEUE
                if states:
                    wiring.hop(
                        site,
                        forwarding.site_id,
                        "state-change",
                        Place(forwarding.address, "Configuration.AwsServiceEventsConfiguration.AwsService"),
                        when=When.EXHAUSTED if spent else when,
                        assumption=assumption,
                        stop=_STOP.format(rule=forwarding.site_id, site=resource.site_id),
                    )


class _Told(Struct):
    """A rule that is told of a run on one occasion."""

    listening: Listening
    when: When
    states: Mapping[str, ServiceEventMatch]
    """Those that it may match."""

    @property
    def sure(self) -> bool:
        """Whether it matches every event of the occasion that it may match."""
        return any(match is ServiceEventMatch.SURE for match in self.states.values())


def _tell(wiring: Wiring, change: StateChange, resource: Resource, rules: tuple[Listening, ...]) -> None:
    """The hops to all rules. A run has one end: rules on different ends are not told of the same run.

    Where rules mean some ends in common, all are taken to be told of the same one: at most that.
    """
    told = [
        _Told(listening, when, fitting)
        for listening in rules
        for when, states in _occasions(change, wiring.props(listening[0]).at("EventPattern"))
        if (fitting := _fits(wiring, change, resource, listening[0], states))
    ]
    for when in (When.FAILURE, When.ALWAYS):
        these = [each for each in told if each.when is when]
        ends = {frozenset(each.states) for each in these}
        apart = len(ends) > 1 and sum(map(len, ends)) == len(frozenset().union(*ends))
        for each in these:
            once = apart and not any(state in change.begun for state in each.states)
            _listen(wiring, change, resource, each, "/".join(each.states) if once else "")


def _listen(wiring: Wiring, change: StateChange, resource: Resource, told: _Told, choice: str) -> None:
    """`choice`: the ends of a run that are meant, where other rules mean others; empty: any."""
    rule, conditions = told.listening
    when = told.when
    for site in waiting(wiring, resource.site_id) if not change.each_run else (resource.site_id,):
        spent = when is When.FAILURE and wiring.sites[site].kind == JOB_QUEUE
        wiring.hop(
            site,
            rule.site_id,
            "state-change",
            Place(rule.address, "EventPattern"),
            when=When.EXHAUSTED if spent else when,
            conditions=conditions,
            evidence=Evidence.DECLARED,
            assumption="" if told.sure else _MATCHES,
            guard=Guard(options=(Option(f"{site} ends ({when})", choice),)) if choice else ALWAYS,
            stop=_STOP.format(rule=rule.site_id, site=resource.site_id),
            stop_by=_left_out(wiring, change, rule, resource),
        )
    if when is When.FAILURE and change.type != MACHINE and wiring.props(rule).exists("Targets"):
        wiring.watches.append(Watch(resource.site_id, rule.site_id))


def _left_out(wiring: Wiring, change: StateChange, rule: Resource, resource: Resource) -> tuple[Put, ...]:
    """A pattern that leaves the resource out; nothing where it names resources already, or where the template has no
    name for what the event says of them.
    """
    pattern = wiring.props(rule).at("EventPattern")
    plain = isinstance(pattern.raw(), dict) and not pattern.exists(*change.named)
    beside = rule.address.template == resource.address.template
    if change.type not in _REFERRED or not plain or not beside:
        return ()
    value = [{_BUT: [{"Ref": resource.logical_id}]}]
    return (Put(rule.address, ".".join((pattern.property, *change.named)), json.dumps(value)),)


def _occasions(change: StateChange, pattern: Props) -> Iterator[tuple[When, tuple[str, ...]]]:
    """The occasions on which the service sends an event, with the states that it tells: one hop for each."""
    if change.type == TASK_DEFINITION and any(pattern.exists(*field) for field in _EXITS):
        yield When.FAILURE, change.ended
        return
    yield When.FAILURE, change.failed
    yield When.ALWAYS, (*change.begun, *change.ended)


def _fits(
    wiring: Wiring, change: StateChange, resource: Resource, rule: Resource, states: tuple[str, ...]
) -> Mapping[str, ServiceEventMatch]:
    """Of the `states`, those in which an event may match the rule."""
    pattern = wiring.props(rule).at("EventPattern")
    about: Mapping[Field, Test] = {
        ("source",): text(change.source),
        ("detail-type",): text(change.detail_type),
        change.named: _naming(wiring, change, resource, rule),
    }
    found = {state: matching(pattern, {**about, change.status: text(state)}) for state in states}
    return {state: match for state, match in found.items() if match is not ServiceEventMatch.NO}


def _naming(wiring: Wiring, change: StateChange, resource: Resource, rule: Resource) -> Test:
    """How an entry of the rule's pattern fits the resource."""

    def targets(entry: Props) -> Sequence[Target]:
        return wiring.targets(rule, entry.value(), change.naming)

    def test(entry: Props) -> ServiceEventMatch:
        if any(entry.mapping()):
            others = [(target, item.conditions) for item in entry.items(_BUT) for target in targets(item.props)]
            own = [
                (*target.conditions, *conditions) for target, conditions in others if target.address == resource.address
            ]
            if not all(own):  # left out whatever the template's conditions are
                return ServiceEventMatch.NO
            known = bool(others) and not own and all(target.address is not None for target, _ in others)
            return ServiceEventMatch.SURE if known else ServiceEventMatch.MAYBE
        found = ServiceEventMatch.NO
        for target in targets(entry):
            if target.address == resource.address:
                return ServiceEventMatch.SURE
            if target.address is None and (not target.literal or "${" in render(entry.value())):
                found = ServiceEventMatch.MAYBE
        return found

    return test
