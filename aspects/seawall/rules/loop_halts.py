"""How a loop is halted in production without a deployment: in words, with the commands that do it and undo it.

Sources, read 2026-11-30: https://docs.aws.amazon.com/cli/latest/reference/lambda/update-event-source-mapping.html,
https://docs.aws.amazon.com/cli/latest/reference/lambda/put-function-concurrency.html,
https://docs.aws.amazon.com/cli/latest/reference/lambda/delete-function-concurrency.html,
https://docs.aws.amazon.com/cli/latest/reference/events/disable-rule.html,
https://docs.aws.amazon.com/cli/latest/reference/sqs/purge-queue.html,
https://docs.aws.amazon.com/cli/latest/reference/pipes/stop-pipe.html and, for what the physical id of a resource is,
the page of its type: of a mapping its UUID, of a queue its URL, of a function and a pipe its name, of a rule its name,
on a bus of its own behind that of the bus.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from seawall.graph import Evidence, FailureClass, Flow, Hop, HopKind, Place, SiteKind, in_words
from seawall.retries import Loop
from seawall.retries.loops import hops_of
from seawall.services.eventbridge.buses import RULE as EVENTS_RULE
from seawall.template import App

from .commands import looked_up
from .context import Context
from .fixes import StopNow, StopStep


class _Switch(Struct, frozen=True):
    """What keeps a site from passing events on."""

    words: str
    off: str = ""
    """The command: ``$id`` is the name that AWS gave it; empty where no single command does it."""
    on: str = ""
    again: str = "switch it on again"


_MAPPING = _Switch(
    "disable the event source mapping {}. Runs under way go on, and may still send",
    "aws lambda update-event-source-mapping --uuid $id --no-enabled",
    "aws lambda update-event-source-mapping --uuid $id --enabled",
)
_FUNCTION = _Switch(
    "set the reserved concurrency of {} to 0: no run starts then",
    "aws lambda put-function-concurrency --function-name $id --reserved-concurrent-executions 0",
    "aws lambda delete-function-concurrency --function-name $id",
    "take the limit away again",
)
_RULE = _Switch(
    "disable the rule {}: what it would pass on meanwhile is lost",
    "aws events disable-rule --name $id",
    "aws events enable-rule --name $id",
)
_STOPPED: Mapping[str, _Switch] = {
    SiteKind.RULE: _RULE,
    SiteKind.PIPE: _Switch(
        "stop the pipe {}", "aws pipes stop-pipe --name $id", "aws pipes start-pipe --name $id", "start it again"
    ),
    SiteKind.FUNCTION: _FUNCTION,
    SiteKind.CONTAINER: _Switch("set the desired count of what runs {} to 0"),
    SiteKind.MACHINE: _Switch("deny the role of {} what it calls, so that executions fail at once"),
}
"""By kind of site, what loses least first."""
_SIGNS: Mapping[str, str] = {
    SiteKind.QUEUE: "NumberOfMessagesSent",
    SiteKind.TOPIC: "NumberOfMessagesPublished",
    SiteKind.RULE: "TriggeredRules",
    SiteKind.FUNCTION: "Invocations",
    SiteKind.ASYNCHRONOUS_QUEUE: "Invocations",
    SiteKind.MACHINE: "ExecutionsStarted",
}
"""The metric that shows it, by where events come back to.
Sources, read 2026-11-30: the pages on CloudWatch metrics of SQS, SNS, EventBridge, Lambda and Step Functions."""
_COPIES = (
    "once it is fixed, before you go on: all copies that wait in {} would run then. See how many there are, and move "
    "or purge them (a purge takes good messages, too)"
)


def halting(context: Context, loop: Loop, way: tuple[Hop, ...]) -> StopNow:
    """What stops it at once: where events wait, they go on waiting; else at the first of its kind behind the start, as
    other ways round part later. Empty where nothing but a permission says that there is a loop.
    """
    flow = context.analysis.flow
    if loop.evidence <= Evidence.MEDIUM:
        return StopNow()
    passed = [hop.target for hop in way if hop.target in loop.sites]
    mapped = (*way, *hops_of(flow, loop.sites))
    mapping = next((hop for hop in mapped if hop.kind == HopKind.EVENT_SOURCE_MAPPING), None)
    if mapping is not None:
        read = (each.place for each in flow.pollings if (each.source, each.reader) == (mapping.source, mapping.target))
        place = next(read, mapping.place)
        which = f"from {mapping.source} to {mapping.target}: {_waiting(flow, mapping)}"
        copies = _copies(context, mapping.source)
        return _with(context.app, place, _MAPPING, which, _sign(flow, loop), copies)
    kinds = {flow.sites[site].kind: site for site in (*sorted(loop.sites, reverse=True), *reversed(passed))}
    for kind, switch in _STOPPED.items():
        if kind in kinds:
            switch = _of_function(flow, kinds[kind]) if kind == SiteKind.FUNCTION else switch
            switch = _of_rule(context, kinds[kind]) if kind == SiteKind.RULE else switch
            return _with(context.app, context.place(kinds[kind]), switch, kinds[kind], _sign(flow, loop))
    return StopNow()


def _waiting(flow: Flow, mapping: Hop) -> str:
    """What becomes of what is waiting meanwhile, and for how long."""
    queue = next((each.queue for each in flow.pollings if each.queue and each.source == mapping.source), None)
    if queue is not None:
        waits = f"messages then wait in {mapping.source}"
        kept, whose = queue.kept.value, queue.kept.whose
        return f"{waits}, and are deleted {in_words(kept)} after they were sent ({whose})" if kept else waits
    tries = mapping.tries_for(FailureClass.THROTTLE)
    by = f" ({tries.limit_set})" if tries.limit_set else ""
    ends = f", and are deleted {in_words(tries.limit)} after they were written{by}" if tries.limit else ""
    return f"records then wait in {mapping.source}{ends}"


def _of_rule(context: Context, site: str) -> _Switch:
    """Of a rule: on a bus of its own the physical id is no name."""
    resource = context.app.resource(context.place(site).address)
    default = resource is not None and resource.type == EVENTS_RULE and "EventBusName" not in resource.properties
    return _RULE if default else _Switch(_RULE.words)


def _of_function(flow: Flow, site: str) -> _Switch:
    """Of a function: what waits for it meanwhile, and the command that gives back what was reserved for it."""
    usage = next((each for each in flow.usages if each.site == site), None)
    on, again = _FUNCTION.on, _FUNCTION.again
    if usage is not None and usage.at_once is not None:
        on, again = f"{_FUNCTION.off.removesuffix(' 0')} {usage.at_once}", "give it its concurrency back"
    into = next((hop for hop in flow.into(site) if hop.kind == HopKind.ASYNCHRONOUS_INVOCATION), None)
    age = None if into is None else into.tries_for(FailureClass.THROTTLE).limit
    waits = f", and asynchronous events wait for up to {in_words(age)} each" if age else ""
    return _Switch(f"{_FUNCTION.words}{waits}", _FUNCTION.off, on, again)


def _copies(context: Context, queue: str) -> StopStep | None:
    """What to see to before a queue is read again."""
    site = context.analysis.flow.sites[queue]
    if site.kind != SiteKind.QUEUE or site.place is None or context.app.resource(site.place.address) is None:
        return None
    url = "--queue-url $queue"
    commands = (
        *(line for line in looked_up(context.app, site.place, "queue") if not line.startswith("#")),
        f"aws sqs get-queue-attributes {url} --attribute-names ApproximateNumberOfMessages",
        f"# deletes all of its messages: aws sqs purge-queue {url}",
    )
    return StopStep(_COPIES.format(queue), commands)


def _sign(flow: Flow, loop: Loop) -> str:
    """How it is seen that it goes round; empty where no metric of the start tells."""
    metric = _SIGNS.get(flow.sites[loop.start].kind)
    return f"you see it where {metric} of {loop.start} rises although nothing new comes in" if metric else ""


def _with(app: App, place: Place, switch: _Switch, which: str, sign: str, copies: StopStep | None = None) -> StopNow:
    """The words, and the commands with what looks up the name that AWS gave a resource."""
    words = switch.words.format(which)
    if not sign and not switch.off:
        return StopNow(words)
    off = StopStep(words, (*looked_up(app, place), switch.off) if switch.off else ())
    on = [StopStep(switch.again, (switch.on,))] if switch.on else []
    return StopNow(sign or "these steps end it", steps=(off, *([copies] if copies else []), *on))
