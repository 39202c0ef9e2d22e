"""What takes the place of a delivery that the emulator accepts but does not play.

A stand-in moves an event from one place to the next and counts nothing: the counts around it stay the emulator's.
What it asserts is ours, and is said before the run.
"""

from __future__ import annotations

from typing import Any, Protocol

from seawall.graph import Flow, Hop, SiteKind
from seawall.services.lambda_.mappings import MAPPING
from seawall.services.sns.replayed import SUBSCRIPTION
from seawall.services.sqs.queues import QUEUE
from seawall.template import Resource

from .calls import Call, call, single_call
from .experiment import Experiment
from .names import DeployedNames

_PIPE = "stands in for the pipe: it waits for the target and fails when that fails; one message at a time"
_STARTING = "stands in for the pipe: it hands over each message and does not wait; one message at a time"
_ASYNC = "passes the event to the asynchronous queue of {}, to which the emulator does not deliver by itself"
_REDRIVE = "passes dead letters on as new messages: the emulator counts the receives of earlier queues, too"


class RelayDraft(Protocol):
    """A template for the emulator while it is made: what stand-ins look at, and add to."""

    experiment: Experiment
    names: DeployedNames
    flow: Flow
    in_play: frozenset[str]
    deployed: dict[str, Resource]
    """Resources by site."""
    resources: dict[str, dict[str, Any]]
    notes: list[str]

    def add(self, identity: str, type_: str, properties: dict[str, Any]) -> None:
        """One more resource of the draft."""

    def left_out(self, reader: Resource, queue: Resource) -> bool:
        """Whether a reader gets nothing, as others compete with it; it is said then."""

    def stub(self, site: str, name: str, calls: list[Call]) -> dict[str, Any]:
        """A function that plays a site."""

    def arn(self, resource: Resource) -> Any:
        """How the template refers to a resource."""


def install(one: RelayDraft) -> None:
    """Add the stand-ins that the experiment needs."""
    if not one.experiment.stand_ins:
        return
    for site in sorted(one.in_play):
        if one.flow.sites[site].kind == SiteKind.PIPE:
            _pipe(one, site)
    for hop in one.flow.hops:
        if hop.source in one.in_play and one.flow.sites[hop.target].kind == SiteKind.ASYNCHRONOUS_QUEUE:
            _asynchronous(one, hop)
    for name, queue in list(one.resources.items()):
        if queue["Type"] == QUEUE and "RedrivePolicy" in queue["Properties"]:
            _redriven_again(one, name)


def _pipe(one: RelayDraft, site: str) -> None:
    """From a queue through a pipe."""
    calls: list[Call] = []
    onward = sorted(one.flow.out_of(site), key=lambda hop: (hop.after is not None, hop.awaits))
    for hop in onward:
        made = call(one.names, one.flow, hop.target, awaits=hop.awaits) if hop.target in one.in_play else None
        if made is None:
            one.notes.append(f"{site}: its target is not deployed")
            return
        calls.append(made | {"after": hop.after is not None})
    awaits = any(hop.awaits for hop in onward)
    for hop in one.flow.into(site):
        source = one.deployed.get(hop.source)
        pipe = one.experiment.app.resource(place.address) if (place := one.flow.sites[site].place) else None
        queued = source is not None and one.flow.sites[hop.source].kind == SiteKind.QUEUE
        if source is not None and pipe is not None and queued and not one.left_out(pipe, source):
            _reader(one, site, f"{one.names.id(source)}Pipe", one.names.id(source), calls)
            one.notes.append(f"{site}: a function {_PIPE if awaits else _STARTING}")


def _asynchronous(one: RelayDraft, hop: Hop) -> None:
    """From a topic or a rule to a function: through a queue and a function that invokes as an event."""
    source = one.deployed.get(hop.source)
    made = call(one.names, one.flow, hop.target, awaits=False)
    kind = one.flow.sites[hop.source].kind
    if source is None or made is None or kind not in (SiteKind.TOPIC, SiteKind.RULE):
        return
    function = one.flow.out_of(hop.target)[0].target
    identity = f"{one.names.id(source)}To{one.names.id(one.deployed[function])}"
    queue = f"{identity}Queue"
    fifo = ".fifo" if one.names.name(source).endswith(".fifo") else ""
    name = f"{one.names.prefix}-{identity[-60:]}{fifo}"
    properties = {"QueueName": name, "VisibilityTimeout": 60} | ({"FifoQueue": True} if fifo else {})
    one.add(queue, QUEUE, properties)
    arn = f"arn:aws:sqs:us-east-1:000000000000:{name}"
    if kind == SiteKind.TOPIC:
        one.add(
            f"{identity}Subscription", SUBSCRIPTION, {"TopicArn": one.arn(source), "Protocol": "sqs", "Endpoint": arn}
        )
    else:
        targets: list[Any] = one.resources[one.names.id(source)]["Properties"]["Targets"]
        targets.append({"Id": f"R{len(targets)}", "Arn": arn})
    _reader(one, f"{hop.source}>{hop.target}", identity, queue, [made])
    one.notes.append(f"{hop.source}: a function {_ASYNC.format(function)}")


def _redriven_again(one: RelayDraft, name: str) -> None:
    """Into a dead-letter queue with a redrive policy of its own."""
    policy = one.resources[name]["Properties"]["RedrivePolicy"]
    dead = policy["deadLetterTargetArn"]["Fn::GetAtt"][0]
    behind = one.resources[dead]["Properties"]
    if "RedrivePolicy" not in behind:
        return
    arrivals = f"{name}Arrivals"
    fifo = ".fifo" if behind["QueueName"].endswith(".fifo") else ""
    properties = {"QueueName": f"{one.names.prefix}-{arrivals[-60:]}{fifo}", "VisibilityTimeout": 60}
    properties |= {"FifoQueue": True} if fifo else {}
    one.add(arrivals, QUEUE, properties)
    policy["deadLetterTargetArn"] = {"Fn::GetAtt": [arrivals, "Arn"]}
    made = single_call("send", behind["QueueName"])
    _reader(one, f"{name}>{dead}", f"{name}Relay", arrivals, [made])
    one.notes.append(f"{name}: a function {_REDRIVE}")


def _reader(one: RelayDraft, site: str, identity: str, queue: str, calls: list[Call]) -> None:
    """A stub that reads a queue."""
    name = f"{one.names.prefix}-{identity[-50:]}"
    one.resources[identity] = one.stub(site, name, calls)
    reads = {"EventSourceArn": {"Fn::GetAtt": [queue, "Arn"]}, "FunctionName": name, "BatchSize": 1}
    one.add(f"{identity}Mapping", MAPPING, reads)
