"""The app as it is deployed: the resources that the flow is made of, with their own settings, and stubs for all code.

No retry count, redrive count, retrier or catcher is touched: those are what is asked about. Physical names are the
replay's own, delays are short, and each message is delivered by itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

from seawall.graph import FailureClass, Plan
from seawall.retries import EntryEvents
from seawall.services import Wiring
from seawall.services.lambda_.functions import FUNCTION, function_of
from seawall.services.playing import PLAYED, PlayedPart
from seawall.services.sqs.queues import QUEUE, RETENTION, VISIBILITY_TIMEOUT
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
            self.add("SeawallNotes", QUEUE, notes)

    def template(self) -> Raw:
        """What CloudFormation gets."""
        return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": self.resources}

    def name_of(self, site: str) -> str:
        """The physical name of a deployed site."""
        return self.names.name(self.deployed[site])

    def _translate(self) -> None:
        parts = {part: list(self._of(part)) for part in PlayedPart}
        there = [*parts[PlayedPart.SITE], *parts[PlayedPart.CODE], *parts[PlayedPart.DEFINITION]]
        for resource in self.experiment.app.resources():  # in the order of the template
            if resource in there and (resource.site_id in self.in_play or PLAYED[resource.type].always):
                self.deployed[resource.site_id] = resource
        physical = {self.names.name(resource) for resource in self.deployed.values()}
        for resource in parts[PlayedPart.DEFINITION]:
            if resource.site_id in self.deployed:
                self._machine(resource, physical)
        for resource in parts[PlayedPart.SITE]:
            if resource.site_id in self.deployed:
                self._make(resource)
        for resource in parts[PlayedPart.CODE]:
            if resource.site_id in self.deployed:
                calls = calls_of(self.experiment, self.names, resource.site_id, self.in_play)
                self._stubs[resource.site_id] = (self.names.id(resource), calls)
        for resource in parts[PlayedPart.JOIN]:
            self._make(resource)
        relays.install(self)
        for site, (identity, calls) in self._stubs.items():
            self.resources[identity] = self.stub(site, self.name_of(site), calls)
        self._order()

    def _of(self, part: PlayedPart) -> Iterator[Resource]:
        for resource in self.experiment.app.resources():
            if resource.type in PLAYED and PLAYED[resource.type].part is part:
                yield resource

    def _make(self, resource: Resource) -> None:
        make = PLAYED[resource.type].make
        made = make(self, resource) if make is not None else None
        if made is not None:
            self.add(self.id(resource), resource.type, made)

    def _order(self) -> None:
        """Names are written out, so nothing tells what has to be there first."""
        late = {name for name, one in self.resources.items() if PLAYED[one["Type"]].late}
        for name in late:
            self.resources[name]["DependsOn"] = [each for each in self.resources if each not in late]

    def add(self, identity: str, type_: str, properties: Raw) -> None:
        """One more resource of the draft."""
        self.resources[identity] = {"Type": type_, "Properties": properties}

    def id(self, resource: Resource) -> str:
        """The logical id of a deployed resource."""
        return self.names.id(resource)

    def name(self, resource: Resource) -> str:
        """The physical name of a deployed resource."""
        return self.names.name(resource)

    def source(self, resource: Resource) -> str:
        """The source of events that are meant for it alone."""
        return f"{self.names.prefix}.{self.names.id(resource)}"

    def bus_of(self, rule: Resource) -> str:
        """The name of the bus that a rule listens to."""
        return bus_of(self.names, rule)

    @property
    def batch(self) -> int:
        """Messages that a function is given at once, at most."""
        return self.experiment.batch

    @property
    def stand_ins(self) -> bool:
        """Whether stand-ins take the place of what the emulator accepts but does not play."""
        return self.experiment.stand_ins

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
            found = self.wiring.app.resource(target.address)
            if found is not None and found.type in PLAYED and PLAYED[found.type].part is PlayedPart.NAME:
                found = function_of(self.wiring, found)
            if found is not None and found.site_id in self.deployed:
                return found
        return None

    def function(self, resource: Resource) -> Resource | None:
        """The deployed function that a mapping or config is about."""
        found = function_of(self.wiring, resource)
        return found if found is not None and found.site_id in self.deployed else None

    def arn(self, resource: Resource) -> str:
        """The ARN of a deployed resource."""
        return self.names.arn(resource)

    def seconds(self, given: Any) -> int:
        """A delay of the template as the replay waits for it."""
        try:
            return round(float(given) / self.clock) if self.clock else int(float(given) / self._speed)
        except (TypeError, ValueError):
            return 0

    def kept(self, resource: Resource) -> int | None:
        """Seconds for which a queue keeps messages, rounded up: whole visibility timeouts end before it as they did."""
        if not self.clock:
            return None
        given = self.wiring.props(resource).integer("MessageRetentionPeriod", default=RETENTION.value).value
        return max(1, ceil((RETENTION.value if given is None else given) / self.clock))

    def age(self, resource: Resource) -> int | None:
        """Seconds for which an asynchronous event is tried; None where that ends nothing."""
        given = self.wiring.props(resource).integer("MaximumEventAgeInSeconds").value
        return None if self.age_factor is None or given is None else max(1, int(given / self.age_factor))

    def hidden(self, resource: Resource) -> int:
        """Short where a reader fails and the message should come back, else long enough never to end."""
        readers = {hop.target for hop in self.flow.out_of(resource.site_id) if hop.awaits}
        given = self.raw(resource, "VisibilityTimeout")
        seconds = max(1, self.seconds(VISIBILITY_TIMEOUT.value if given is None else given))
        if self.experiment.site in readers:
            return seconds
        if self.clock:
            self._hidden[self.name(resource)] = seconds
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
        return {"Type": FUNCTION, "Properties": properties}

    def left_out(self, reader: Resource, queue: Resource) -> bool:
        """Whether a reader gets nothing, as others compete with it; it is said then."""
        idle = reader.site_id in self.idle
        if idle:
            queued = f"it competes for the messages of {queue.site_id}, and gets none in the worst case"
            self.notes.append(f"{reader.site_id}: {queued}")
        return idle

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
        self.add(self.id(resource), resource.type, properties)

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
