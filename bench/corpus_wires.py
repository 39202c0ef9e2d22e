"""What templates declare that wires something: counted from the templates, so that nothing left out goes unseen.

A *wire* is an event source, a target, a task, or a container or job, whatever the product makes of it: `wires` reads
only the templates, `Outcomes` then asks what came of each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from seawall.graph import Evidence
from seawall.services import Wiring
from seawall.template import Address, App, Json, Props, Resource, Target, Unknown, definition_body, refers_to

SOURCE, TARGET, TASK, JOB = "event source", "target", "task", "container or job"
PERSON, SERVER = "subscription of a person", "server behind a load balancer"
"""What ends outside every app by its nature: no wire of the share."""
_MACHINE = "AWS::StepFunctions::StateMachine"
_SERVERLESS = "AWS::Serverless::"
_PEOPLE = ("email", "email-json", "sms", "application")
_READ = "@source"
"""Stands for whatever property says what a mapping or a pipe reads."""
_PLACES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "AWS::Lambda::EventSourceMapping": ((SOURCE, _READ), (TARGET, "DestinationConfig.OnFailure")),
    "AWS::Pipes::Pipe": ((SOURCE, _READ), (TARGET, "Enrichment"), (TARGET, "Target")),
    "AWS::Events::Rule": ((SOURCE, "EventBusName"), (TARGET, "Targets.*")),
    "AWS::Scheduler::Schedule": ((TARGET, "Target"),),
    "AWS::SNS::Subscription": ((SOURCE, ""),),
    "AWS::SNS::Topic": ((SOURCE, "Subscription.*"),),
    "AWS::SQS::Queue": ((TARGET, "RedrivePolicy"),),
    "AWS::Lambda::EventInvokeConfig": ((TARGET, "DestinationConfig.On*"),),
    "AWS::Lambda::Url": ((SOURCE, ""),),
    "AWS::Logs::SubscriptionFilter": ((SOURCE, ""),),
    "AWS::IoT::TopicRule": ((TARGET, "TopicRulePayload.Actions.*"), (TARGET, "TopicRulePayload.ErrorAction")),
    "AWS::S3::Bucket": ((SOURCE, "NotificationConfiguration.?*Configurations.*"),),
    "Custom::S3BucketNotifications": ((SOURCE, "NotificationConfiguration.?*Configurations.*"),),
    "AWS::ApiGateway::Method": ((SOURCE, "Integration"),),
    "AWS::ApiGatewayV2::Integration": ((SOURCE, ""),),
    "AWS::ApiGateway::Authorizer": ((SOURCE, "AuthorizerUri"),),
    "AWS::ApiGatewayV2::Authorizer": ((SOURCE, "AuthorizerUri"),),
    "AWS::ApiGateway::RestApi": ((SOURCE, "BodyS3Location"), (SOURCE, "Body.paths.?*.?*")),
    "AWS::ApiGatewayV2::Api": ((SOURCE, "Target"), (SOURCE, "BodyS3Location"), (SOURCE, "Body.paths.?*.?*")),
    "AWS::AppSync::DataSource": ((SOURCE, "LambdaConfig"), (SOURCE, "HttpConfig"), (SOURCE, "EventBridgeConfig")),
    "AWS::Cognito::UserPool": ((SOURCE, "LambdaConfig.?*"),),
    "AWS::SES::ReceiptRule": ((TARGET, "Rule.Actions.*"),),
    "AWS::KinesisFirehose::DeliveryStream": (
        (SOURCE, "?*SourceConfiguration"),
        (TARGET, "?*DestinationConfiguration"),
    ),
    "AWS::CloudWatch::Alarm": ((TARGET, "AlarmActions.*"),),
    "AWS::ElasticLoadBalancingV2::TargetGroup": ((TARGET, "Targets.*"),),
    "AWS::EventsV2::Subscriber": ((SOURCE, "EventBusArn"), (TARGET, "InvokeConfiguration")),
    "AWS::Glue::Trigger": ((TARGET, "Actions.*"),),
    "AWS::AppRunner::Service": ((JOB, ""),),
    "AWS::Batch::JobDefinition": ((JOB, ""),),
    "AWS::CodeBuild::Project": ((JOB, ""),),
    "AWS::ECS::TaskDefinition": ((JOB, ""),),
    "AWS::Glue::Job": ((JOB, ""),),
}
_INTEGRATION = "x-amazon-apigateway-integration"
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
_ARRIVALS: Mapping[str, str] = {
    "event-source-mapping": _READ,
    "pipe-source": _READ,
    "rule-match": "EventBusName",
    "bus-subscription": "EventBusArn",
    "subscriber-target": "InvokeConfiguration",
}
"""By kind of a hop into what declares it: the section that it stands for; its place is what decides its tries."""
_WITHIN = frozenset({"state"})
"""Kinds of hops that only lead from a container to its steps."""


@dataclass(frozen=True, slots=True)
class Wire:
    """One event source, target or task."""

    kind: str
    address: Address
    type: str
    section: str
    """Where it stands: a path of properties, or the name of a state behind ``#``."""


_FORMS = ("DefinitionString", "Definition", "DefinitionS3Location")
"""In which a machine has its definition."""


def wires(app: App) -> Iterator[Wire]:
    """Every wire that is switched on."""
    for resource in app.resources():
        props = Props.of(app, resource)
        if resource.type == _MACHINE:
            yield from _tasks(app, resource)
        elif resource.type.startswith(_SERVERLESS):  # a transform that did not run
            for name, _ in props.mapping("Events"):
                yield Wire(SOURCE, resource.address, resource.type, f"Events.{name}")
        elif not _is_off(props):
            for kind, pattern in _PLACES.get(resource.type, ()):
                found = [pattern] if pattern == _READ else dict.fromkeys(_sections(props, pattern))
                for section in found:
                    yield Wire(_aside(props, section) or kind, resource.address, resource.type, section)


def _is_off(props: Props) -> bool:
    return (
        props.flag("Enabled", default=True).value is False
        or props.text("State").value == "DISABLED"
        or props.text("DesiredState").value == "STOPPED"
    )


def _aside(props: Props, section: str) -> str:
    """What a wire leads to that is no part of any app; empty if it leads to something else."""
    at = props.at(*section.split(".")) if section else props
    if at.text("Protocol").value in _PEOPLE and props.resource.type.startswith("AWS::SNS::"):
        return PERSON
    group = props.resource.type == "AWS::ElasticLoadBalancingV2::TargetGroup"
    return SERVER if group and props.text("TargetType").value != "lambda" else ""


def _sections(props: Props, pattern: str) -> Iterator[str]:
    """Where something stands that `pattern` allows: ``*`` is every entry of a list, ``?*`` every name."""
    if not pattern:
        if not _answers_itself(props):
            yield props.property
        return
    step, _, rest = pattern.partition(".")
    if step == "*":
        for item in props.items():
            yield from _sections(item.props, rest)
    elif "*" in step:
        for name, section in props.mapping():
            if fnmatchcase(name, step) and _routes(pattern, section, name):
                yield from _sections(section, rest)
        if not list(props.mapping()) and isinstance(props.value(), Unknown):
            yield props.property
    elif props.exists(step):
        yield from _sections(props.at(step), rest)


def _routes(pattern: str, section: Props, name: str) -> bool:
    """Whether an entry is none of an OpenAPI document's last level, or one that calls something."""
    if not section.property.startswith("Body.paths") or "." in pattern:
        return True
    return (name in _METHODS or name.startswith("x-amazon-apigateway-any")) and section.exists(_INTEGRATION)


def _answers_itself(props: Props) -> bool:
    """Whether it is an integration that calls nothing, or the bus that every rule without one is on."""
    if props.property == "EventBusName":
        return props.text().value == "default"
    section = props.at(_INTEGRATION) if props.exists(_INTEGRATION) else props
    kinds = (section.text(name).value for name in ("Type", "IntegrationType", "type"))
    return any((kind or "").upper() == "MOCK" for kind in kinds)


def _tasks(app: App, resource: Resource) -> Iterator[Wire]:
    body = definition_body(app, resource)
    if isinstance(body, Unknown):
        form = next((name for name in _FORMS if name in resource.properties), _FORMS[0])
        yield Wire(TASK, resource.address, resource.type, form)
    else:
        for name in _task_names(body.document):
            yield Wire(TASK, resource.address, resource.type, f"#{name}")


def _task_names(document: Json) -> Iterator[str]:
    """Names of all states of type Task, at whatever depth."""
    pending: list[Json] = [document]
    while pending:
        part = pending.pop()
        states = part.get("States") if isinstance(part, dict) else None
        for name, state in states.items() if isinstance(states, dict) else ():
            if isinstance(state, dict):
                if state.get("Type") == "Task":
                    yield name
                branches = state.get("Branches")
                pending += branches if isinstance(branches, list) else []
                pending += [state.get("Iterator"), state.get("ItemProcessor")]


class Outcomes:
    """What the product made of wires."""

    def __init__(self, wiring: Wiring) -> None:
        self._app = wiring.app
        self._placed: dict[Address, list[str]] = {}
        self._leaving: dict[str, set[str]] = {}
        self._unknown: dict[Address, list[tuple[str, str]]] = {}
        self._joined = {end for hop in wiring.hops for end in (hop.source, hop.target)}
        for polling in wiring.pollings:
            self._placed.setdefault(polling.place.address, []).append(_READ)
        for hop in wiring.hops:
            if hop.evidence is Evidence.DECLARED and hop.kind not in _WITHIN:
                self._placed.setdefault(hop.place.address, []).append(_ARRIVALS.get(hop.kind, hop.place.property))
                self._leaving.setdefault(hop.source, set()).add(hop.kind)
        for unknown in wiring.unknowns:
            if unknown.place is not None:
                self._unknown.setdefault(unknown.place.address, []).append((unknown.place.property, unknown.why))

    def why_not(self, wire: Wire) -> str | None:
        """None if the wire became a hop, else why not; a wire with a receiver that is unknown became none."""
        resource = self._app.resource(wire.address)
        if wire.kind == JOB:
            return None if resource is not None and resource.site_id in self._joined else _ALONE
        noted = [why for place, why in self._unknown.get(wire.address, ()) if _concerns(place, wire.section)]
        if wire.section.startswith("#"):
            made = resource is not None and bool(self._leaving.get(f"{resource.site_id}{wire.section}"))
        else:
            made = any(_within(place, wire.section) for place in self._placed.get(wire.address, ()))
        if noted and not (made and wire.section == _READ):
            return noted[0]
        if made or (resource is not None and self._shares_a_hop(resource)):
            return None
        return _SILENT.get(wire.type, "neither a hop nor an unknown")

    def _shares_a_hop(self, resource: Resource) -> bool:
        """Whether it is a route of an API, or reads a queue, that has a hop of the kind placed elsewhere."""
        kind = next((kind for end, kind in _ENDINGS.items() if resource.type.endswith(end)), "")
        senders = [self._app.resource(target.address) for target in _senders(self._app, resource) if target.address]
        return any(kind in self._leaving.get(each.site_id, ()) for each in (*senders, resource) if each is not None)


_ALONE = "nothing in the templates starts it, and role and environment name nothing that it reads, sends to or calls"
"""Why a container or job is on no hop."""
_SILENT: Mapping[str, str] = {
    "AWS::Lambda::EventInvokeConfig": "nothing in the templates invokes the function asynchronously",
}
"""By type: why nothing is noted."""
_ENDINGS: Mapping[str, str] = {
    "::EventSourceMapping": "event-source-mapping",
    "::Authorizer": "authorizer",
    "::Method": "api-integration",
    "::Integration": "api-integration",
    "::RestApi": "api-integration",
    "AWS::ApiGatewayV2::Api": "api-integration",
}
"""By the end of a type: the kind of the hop that stands for it. Routes that lead to one receiver make one hop."""


def _senders(app: App, resource: Resource) -> Iterator[Target]:
    template = app.templates[resource.address.template]
    for name, service in (("RestApiId", "apigateway"), ("ApiId", "apigateway"), ("EventSourceArn", None)):
        yield from refers_to(app, template, Props.of(app, resource).value(name), service)


def _within(place: str, section: str) -> bool:
    return not section or place == section or place.startswith(f"{section}.")


def _concerns(place: str, section: str) -> bool:
    """Whether an unknown that stands at `place` keeps the wire at `section` from being a hop."""
    if section.startswith("#"):
        return f".States.{section[1:]}." in f".{place}."
    if section == _READ:
        return not place.startswith(("DestinationConfig", "Target", "Enrichment"))
    return _within(place, section) or (bool(place) and _within(section, place))
