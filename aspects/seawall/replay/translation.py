"""The app as it is deployed: the resources that the flow is made of, with their own settings, and stubs for all code.

No retry count, redrive count, retrier or catcher is touched: those are what is asked about. Physical names are the
replay's own, delays are short, and each message is delivered by itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from math import ceil
from typing import Any

from seawall.graph import FailureClass, Plan
from seawall.retries import EntryEvents
from seawall.services import Wiring
from seawall.services.lambda_.functions import function_of
from seawall.services.sqs.queues import RETENTION, VISIBILITY_TIMEOUT
from seawall.template import Embedded, Known, Resource, Value, alternatives, definition_body

from . import relays
from .calls import Call, bus_of, calls_of, taken_by
from .clocks import WAIT
from .definitions import ReplayedDefinition
from .error_names import error_names
from .experiment import Experiment
from .names import ROLE, DeployedNames
from .predicting import idle_readers

Raw = dict[str, Any]

HANGING_TIMEOUT = 1
"""Seconds after which a function that hangs times out."""
PLENTY = 60
"""Seconds that nothing here takes: no visibility timeout ends by itself where none should."""


class Translation:
    """A template for the emulator, and what to say about it before it runs."""

    def __init__(
        self,
        experiment: Experiment,
        names: DeployedNames,
        log: str,
        speed: float,
        own: bool,
        token: str = "",
        asynchronous_wait: float = 0.0,
    ) -> None:
        """`asynchronous_wait`: seconds that the emulator waits before it invokes a function again."""
        self.experiment = experiment
        self.names = names
        self.flow = experiment.analysis.flow
        self.wiring = Wiring(experiment.app)
        self.in_play = experiment.in_play
        self.idle = idle_readers(experiment)
        """Mappings and pipes that are left out, as others compete with them for the events."""
        clocks = experiment.clocks
        self.clock = clocks.factor if own else None
        self.age_factor = WAIT / asynchronous_wait if clocks.asynchronous and asynchronous_wait >= 1 else None
        """By which ages of asynchronous events are divided; None where they end nothing."""
        stopped = clocks.stopped or (clocks.factor is not None) > own
        self.timed = not (stopped or (clocks.asynchronous and self.age_factor is None))
        """Whether every time that ends tries in the model does here as well."""
        self.hurried = self.clock is not None or self.age_factor is not None
        """Some time ends tries here: what an emulator takes to deliver may leave less than is predicted."""
        self.deployed: dict[str, Resource] = {}
        """Resources by site."""
        self.notes: list[str] = []
        self.left: set[str] = set()
        """Sites of states on ways that are not taken."""
        self.passing: set[str] = set()
        """Sites of states that pass, as what they call is not deployed."""
        self.resources: dict[str, Raw] = {}
        self._log = log
        self._speed = speed
        self._own = own
        self._token = token
        self._calling: list[Raw] = []
        self._stubs: dict[str, tuple[str, list[Call]]] = {}
        self._hidden: dict[str, int] = {}
        """By queue: seconds after its receive that a message comes back, where whoever reads it hands it back."""
        lap = EntryEvents(experiment.analysis.attempts.flow, experiment.entry)
        self._failing: Mapping[str, set[str]] = {}
        if experiment.site in lap.inside:
            event = lap.witness(experiment.site, experiment.failure)
            self._failing = event.case(experiment.site, experiment.failure).failing
        self._translate()
        if not own:
            notes = {"QueueName": f"{names.prefix}-notes", "VisibilityTimeout": PLENTY}
            self.resources["SeawallNotes"] = {"Type": "AWS::SQS::Queue", "Properties": notes}

    def template(self) -> Raw:
        """What CloudFormation gets."""
        return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": self.resources}

    def name_of(self, site: str) -> str:
        """The physical name of a deployed site."""
        return self.names.name(self.deployed[site])

    def _translate(self) -> None:
        for resource in self.experiment.app.resources():
            if resource.type in _SITES and (resource.site_id in self.in_play or resource.type == _BUS):
                self.deployed[resource.site_id] = resource
        physical = {self.names.name(resource) for resource in self.deployed.values()}
        for resource in self.deployed.values():
            if resource.type == "AWS::StepFunctions::StateMachine":
                self._machine(resource, physical)
        for site, resource in self.deployed.items():
            if resource.type in _MAKERS:
                self._add(resource, _MAKERS[resource.type](self, resource))
            elif resource.type == "AWS::Lambda::Function":
                self._stubs[site] = (self.names.id(resource), calls_of(self.experiment, self.names, site, self.in_play))
        for resource in self.experiment.app.resources():
            if resource.type in _JOINS:
                made = _JOINS[resource.type](self, resource)
                if made is not None:
                    self._add(resource, made)
        relays.install(self)
        for site, (identity, calls) in self._stubs.items():
            self.resources[identity] = self.stub(site, self.name_of(site), calls)
        self._order()

    def _order(self) -> None:
        """Names are written out, so nothing tells what has to be there first."""
        ends = [name for name, one in self.resources.items() if one["Type"] not in _LATE]
        for one in self.resources.values():
            if one["Type"] in _LATE:
                one["DependsOn"] = ends

    def _add(self, resource: Resource, properties: Raw) -> None:
        self.resources[self.names.id(resource)] = {"Type": resource.type, "Properties": properties}

    def raw(self, resource: Resource, *path: str) -> Any:
        """A property's literal value; of a conditional one the first; None where there is none."""
        value: Value = self.wiring.props(resource).value(*path)
        for leaf, _ in alternatives(value):
            if isinstance(leaf, Known):
                return leaf.value
        return None

    def target(self, resource: Resource, *path: str, service: str | None = None) -> Resource | None:
        """The deployed resource that a property names; aliases and versions stand for their function."""
        return self.named(resource, self.wiring.props(resource).value(*path), service)

    def named(self, resource: Resource, value: Value, service: str | None = None) -> Resource | None:
        """The deployed resource that a value names."""
        for target in self.wiring.targets(resource, value, service):
            found = self.wiring.app.resource(target.address) if target.address else None
            if found is not None and found.type in ("AWS::Lambda::Alias", "AWS::Lambda::Version"):
                found = function_of(self.wiring, found)
            if found is not None and found.site_id in self.deployed:
                return found
        return None

    def arn(self, resource: Resource) -> str:
        """The ARN of a deployed resource."""
        return self.names.arn(resource)

    def seconds(self, given: Any) -> int:
        """A delay of the template as the replay waits for it."""
        try:
            return round(float(given) / self.clock) if self.clock else int(float(given) / self._speed)
        except (TypeError, ValueError):
            return 0

    def retention(self, given: Any) -> int:
        """A retention, rounded up: whole visibility timeouts end before it as they did."""
        try:
            return max(1, ceil(float(given) / (self.clock or 1.0)))
        except (TypeError, ValueError):
            return RETENTION.value

    def visibility(self, site: str, given: Any) -> int:
        """Short where a reader fails and the message should come back, else long enough never to end."""
        readers = {hop.target for hop in self.flow.out_of(site) if hop.awaits}
        hidden = max(1, self.seconds(given if given is not None else VISIBILITY_TIMEOUT.value))
        if self.experiment.site in readers:
            return hidden
        if self.clock:
            self._hidden[self.name_of(site)] = hidden
        return PLENTY

    def stub(self, site: str, name: str, calls: list[Call]) -> Raw:
        """A function that runs the stub."""
        fails = site == self.experiment.site
        hangs = fails and self.experiment.failure is FailureClass.TIMEOUT
        errors = () if hangs or not fails else self.experiment.errors or error_names(self.experiment, self._calling)
        spec = {
            "function": site,
            "log": self._log,
            "token": self._token,
            "errors": list(errors),
            "hangs": hangs,
            "calls": calls,
            "hidden": self._hidden,
        }
        properties: Raw = {
            "FunctionName": name,
            "Role": ROLE,
            "Code": {"S3Bucket": CODE_BUCKET, "S3Key": CODE_KEY},
            "Runtime": "provided.al2023" if self._own else "python3.13",
            "Handler": "bootstrap" if self._own else "stub.handler",
            "Timeout": HANGING_TIMEOUT if hangs else PLENTY,
            "Environment": {"Variables": {"REPLAY": json.dumps(spec)}},
        }
        resource = self.deployed.get(site)
        dead = self.target(resource, "DeadLetterConfig", "TargetArn") if resource else None
        if dead is not None:
            properties["DeadLetterConfig"] = {"TargetArn": self.arn(dead)}
        return {"Type": "AWS::Lambda::Function", "Properties": properties}

    def leave_out(self, reader: str, queue: str) -> None:
        """Say of a reader that it gets nothing."""
        self.notes.append(f"{reader}: it competes for the messages of {queue}, and gets none in the worst case")

    def _machine(self, resource: Resource, physical: set[str]) -> None:
        embedded = definition_body(self.experiment.app, resource)
        if not isinstance(embedded, Embedded):
            self.notes.append(f"{resource.site_id}: {embedded.why}; it is not deployed")
            return
        failing = self.deployed.get(self.experiment.site)
        made = ReplayedDefinition(
            embedded.document,
            lambda text: self.names.text(embedded.value(text)),
            self.names.name(failing) if failing else "",
            physical,
            1 if self._own else self._speed,
            lambda state: self._entries(f"{resource.site_id}#{state}"),
            lambda container: self._plan(resource.site_id, container),
            self._signals(),
        )
        self.notes += [f"{resource.site_id}: {note}" for note in made.notes]
        self.passing |= {f"{resource.site_id}#{name}" for name in made.passing - made.left}
        self.left |= {f"{resource.site_id}#{name}" for name in made.left}
        self._calling += made.calling
        properties = {
            "StateMachineName": self.names.name(resource),
            "RoleArn": ROLE,
            "StateMachineType": self.raw(resource, "StateMachineType") or "STANDARD",
            "DefinitionString": json.dumps(made.document),
        }
        self._add(resource, properties)

    def _plan(self, machine: str, container: str) -> Plan | None:
        """What the model knows of the ways through a machine or one of its containers."""
        site = self.flow.sites.get(f"{machine}#{container}" if container else machine)
        return site.plan if site is not None else None

    def _signals(self) -> list[str]:
        """What a state shows when the function fails that is to fail."""
        failure = self.experiment.failure
        return [*(f"{failure}:{name}" for name in self.experiment.errors if name), failure]

    def _entries(self, state: str) -> list[dict[str, str]]:
        """What a state puts onto buses: one event for each rule that takes it, addressed to that rule alone."""
        rules = [self.deployed[site] for site in taken_by(self.experiment, state) if site in self.deployed]
        return [
            {
                "Source": f"{self.names.prefix}.{self.names.id(rule)}",
                "DetailType": "replay",
                "EventBusName": bus_of(self.names, rule),
            }
            for rule in rules
        ]


CODE_BUCKET = "seawall-stubs"
CODE_KEY = "stub.zip"


def _queue(one: Translation, resource: Resource) -> Raw:
    made: Raw = {"QueueName": one.names.name(resource)}
    for flag in ("FifoQueue", "ContentBasedDeduplication"):
        if (given := one.raw(resource, flag)) is not None:
            made[flag] = given
    if delay := one.seconds(one.raw(resource, "DelaySeconds")):
        made["DelaySeconds"] = delay
    made["VisibilityTimeout"] = one.visibility(resource.site_id, one.raw(resource, "VisibilityTimeout"))
    if one.clock:
        kept = one.raw(resource, "MessageRetentionPeriod")
        made["MessageRetentionPeriod"] = one.retention(RETENTION.value if kept is None else kept)
    props = one.wiring.props(resource)
    dead = one.named(resource, props.at("RedrivePolicy").value("deadLetterTargetArn"))
    count = one.wiring.props(resource).integer("RedrivePolicy", "maxReceiveCount").value
    if dead is not None and count is not None:
        policy = {"deadLetterTargetArn": {"Fn::GetAtt": [one.names.id(dead), "Arn"]}, "maxReceiveCount": count}
        made["RedrivePolicy"] = policy
    return made


def _topic(one: Translation, resource: Resource) -> Raw:
    made: Raw = {"TopicName": one.names.name(resource)}
    if (given := one.raw(resource, "FifoTopic")) is not None:
        made["FifoTopic"] = given
    for number, item in enumerate(one.wiring.props(resource).items("Subscription")):
        end = one.named(resource, item.props.value("Endpoint"))
        if end is not None and end.type == "AWS::SQS::Queue":
            inner = {"TopicArn": one.arn(resource), "Protocol": "sqs", "Endpoint": one.arn(end)}
            name = f"{one.names.id(resource)}Inline{number}"
            one.resources[name] = {"Type": "AWS::SNS::Subscription", "Properties": inner}
    return made


def _bus(one: Translation, resource: Resource) -> Raw:
    return {"Name": one.names.name(resource)}


def _rule(one: Translation, resource: Resource) -> Raw:
    bus = bus_of(one.names, resource)
    targets = []
    for number, item in enumerate(one.wiring.props(resource).items("Targets")):
        found = one.named(resource, item.props.value("Arn"))
        if found is not None and (found.type in _TAKES or not one.experiment.stand_ins):
            fifo = {"SqsParameters": {"MessageGroupId": "replay"}} if one.names.name(found).endswith(".fifo") else {}
            targets.append({"Id": f"T{number}", "Arn": one.arn(found), "RoleArn": ROLE, **fifo})
    sources = ["lambda"] if bus != "default" else []  # as which Lambda sends to destinations
    made: Raw = {
        "Name": one.names.name(resource),
        "State": one.raw(resource, "State") or "ENABLED",
        "EventPattern": {"source": [*sources, f"{one.names.prefix}.{one.names.id(resource)}"]},
        "Targets": targets,
    }
    return made | ({"EventBusName": bus} if bus != "default" else {})


def _mapping(one: Translation, resource: Resource) -> Raw | None:
    source = one.target(resource, "EventSourceArn", service="sqs")
    function = function_of(one.wiring, resource)
    if source is None or source.type != "AWS::SQS::Queue" or function is None or function.site_id not in one.deployed:
        return None
    if resource.site_id in one.idle:
        one.leave_out(resource.site_id, source.site_id)
        return None
    return {
        "EventSourceArn": {"Fn::GetAtt": [one.names.id(source), "Arn"]},
        "FunctionName": one.names.name(function),
        "BatchSize": one.experiment.batch,
        "Enabled": one.raw(resource, "Enabled") not in (False, "false"),
    }


def _subscription(one: Translation, resource: Resource) -> Raw | None:
    topic = one.target(resource, "TopicArn", service="sns")
    end = one.target(resource, "Endpoint")
    if topic is None or end is None or end.type != "AWS::SQS::Queue":
        return None
    return {"TopicArn": one.arn(topic), "Protocol": "sqs", "Endpoint": one.arn(end)}


def _invoke_config(one: Translation, resource: Resource) -> Raw | None:
    function = function_of(one.wiring, resource)
    if function is None or function.site_id not in one.deployed:
        return None
    made: Raw = {"FunctionName": one.names.name(function), "Qualifier": "$LATEST"}
    retries = one.wiring.props(resource).integer("MaximumRetryAttempts").value
    if retries is not None:
        made["MaximumRetryAttempts"] = retries
    age = one.raw(resource, "MaximumEventAgeInSeconds")
    if one.age_factor is not None and age is not None:
        made["MaximumEventAgeInSeconds"] = max(1, int(float(age) / one.age_factor))
    ends = {}
    for side in ("OnFailure", "OnSuccess"):
        end = one.target(resource, "DestinationConfig", side, "Destination")
        if end is not None:
            ends[side] = {"Destination": one.arn(end)}
    return made | ({"DestinationConfig": ends} if ends else {})


_TAKES = ("AWS::SQS::Queue", "AWS::StepFunctions::StateMachine", "AWS::SNS::Topic")
"""What the emulator delivers a rule's events to as AWS does."""
_BUS = "AWS::Events::EventBus"
"""Deployed wherever there is one: the flow leads straight to the rules that listen."""
_MAKERS: dict[str, Callable[[Translation, Resource], Raw]] = {
    "AWS::SQS::Queue": _queue,
    "AWS::SNS::Topic": _topic,
    "AWS::Events::EventBus": _bus,
    "AWS::Events::Rule": _rule,
}
_JOINS: dict[str, Callable[[Translation, Resource], Raw | None]] = {
    "AWS::Lambda::EventSourceMapping": _mapping,
    "AWS::SNS::Subscription": _subscription,
    "AWS::Lambda::EventInvokeConfig": _invoke_config,
}
_SITES = (*_MAKERS, "AWS::Lambda::Function", "AWS::StepFunctions::StateMachine")
_LATE = (*_JOINS, "AWS::Events::Rule")
