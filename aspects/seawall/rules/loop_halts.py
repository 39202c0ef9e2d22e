"""How a loop is halted in production without a deployment: in words, with the commands that do it and undo it.

Sources, read 2026-11-30: https://docs.aws.amazon.com/cli/latest/reference/lambda/update-event-source-mapping.html,
https://docs.aws.amazon.com/cli/latest/reference/lambda/put-function-concurrency.html,
https://docs.aws.amazon.com/cli/latest/reference/lambda/delete-function-concurrency.html,
https://docs.aws.amazon.com/cli/latest/reference/events/disable-rule.html,
https://docs.aws.amazon.com/cli/latest/reference/sns/unsubscribe.html,
https://docs.aws.amazon.com/cli/latest/reference/sqs/purge-queue.html,
https://docs.aws.amazon.com/cli/latest/reference/pipes/stop-pipe.html and, for what the physical id of a resource is,
the page of its type: of a mapping its UUID, of a queue its URL, of a topic its ARN, of a function and a pipe its name,
of a rule its name, on a bus of its own behind that of the bus. With a reserved concurrency of 0, Lambda sends new
asynchronous events to the dead-letter queue or the on-failure destination, without any retries:
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph import Evidence, FailureClass, Flow, Hop, HopKind, Place, SiteKind, When, in_words
from seawall.graph.feedback_arcs import comes_back
from seawall.retries import Loop
from seawall.retries.loops import hops_of
from seawall.services.eventbridge.buses import RULE as EVENTS_RULE
from seawall.template import App
from seawall.words import some

from .commands import looked_up
from .context import Context
from .fixes import StopNow, StopStep
from .pollers import asynchronous_queues


class _Switch(Struct, frozen=True):
    """What keeps a site from passing events on."""

    words: str
    off: str = ""
    """The command: ``$id`` is the name that AWS gave it; empty where no single command does it."""
    on: str = ""
    again: str = "switch it on again"
    named: tuple[str, ...] = ()
    """What has to come between looking the name up and the command."""

    def of(self, which: str) -> _Switch:
        """That of one place. Names may have braces in them: words that hold one are no format any more."""
        return replace(self, words=self.words.format(which))


_MAPPING = _Switch(
    "disable the event source mapping {}. Runs under way go on, and may still send",
    "aws lambda update-event-source-mapping --uuid $id --no-enabled",
    "aws lambda update-event-source-mapping --uuid $id --enabled",
)
_RESERVE = "aws lambda put-function-concurrency --function-name $id --reserved-concurrent-executions"
_FUNCTION = _Switch(
    "set the reserved concurrency of {} to 0: no run starts then",
    f"{_RESERVE} 0",
    "aws lambda delete-function-concurrency --function-name $id",
    "take the limit away again",
)
_RULE = _Switch(
    "disable the rule {}: what it would pass on meanwhile is lost",
    "aws events disable-rule --name $id",
    "aws events enable-rule --name $id",
)
_RULE_ON_BUS = _Switch(
    _RULE.words,
    'aws events disable-rule --name "${id##*|}" --event-bus-name "$bus"',
    'aws events enable-rule --name "${id##*|}" --event-bus-name "$bus"',
    named=('bus=${id%|*}; [ "$bus" != "$id" ] || bus=default  # the id is bus|rule',),
)
_SUBSCRIPTION = _Switch(
    "take away the subscription of {}: what it would pass on meanwhile is lost",
    "aws sns unsubscribe --subscription-arn ARN",
    "aws sns subscribe --topic-arn $id --protocol lambda --notification-endpoint ENDPOINT",
    "subscribe it again, with what else was set on the subscription",
    (
        "aws sns list-subscriptions-by-topic --topic-arn $id",
        "# ARN and ENDPOINT: the SubscriptionArn and the Endpoint of that one",
    ),
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
        return _with(context.app, place, _MAPPING.of(which), _sign(flow, loop), copies)
    sites = _with_functions(flow, (loop.start, *passed, *sorted(loop.sites)))
    kinds = {flow.sites[site].kind: site for site in reversed(sites)}
    sign = _sign(flow, loop)
    for kind, switch in _STOPPED.items():
        if kind == SiteKind.FUNCTION and kind in kinds:
            functions = _ending(context, loop, [site for site in sites if flow.sites[site].kind == kind])
            if functions:
                return _together(
                    [(context.place(each), _of_function(flow, each), each) for each in functions], context, sign
                )
            if (cut := _cut(context, loop, mapped, sign)) is not None:
                return cut
        elif kind in kinds:
            switch = _of_rule(context, kinds[kind]) if kind == SiteKind.RULE else switch
            return _with(context.app, context.place(kinds[kind]), switch.of(kinds[kind]), sign)
    return StopNow()


def _with_functions(flow: Flow, sites: tuple[str, ...]) -> list[str]:
    """Some sites, each of Lambda's own queues with the function behind it: destinations lead from queue to queue."""
    return list(
        dict.fromkeys(
            each
            for site in sites
            for each in (
                site,
                *(hop.target for hop in flow.out_of(site) if hop.kind == HopKind.ASYNCHRONOUS_INVOCATION),
            )
        )
    )


def _ending(context: Context, loop: Loop, functions: list[str]) -> list[str]:
    """The first function without whose runs nothing comes back, or all that this takes where ways round part. Empty
    where what fails without a run comes back by itself, as by an on-failure destination.
    """
    flow = context.analysis.flow

    def ends(chosen: Iterable[str]) -> bool:
        gone = [hop for each in chosen for hop in _by_runs(flow, each)]
        return not comes_back(context.analysis.unfolded, loop.copy or loop.start, gone)

    first = next((each for each in functions if ends([each])), None)
    if first is not None:
        return [first]
    chosen = functions if ends(functions) else []
    for each in reversed(chosen):
        fewer = [other for other in chosen if other != each]
        chosen = fewer if ends(fewer) else chosen
    return chosen


def _by_runs(flow: Flow, function: str) -> list[Hop]:
    """The hops that nothing takes while a function does not run."""
    queues = asynchronous_queues(flow, function)
    ended = [hop for queue in queues for hop in flow.out_of(queue) if hop.kind == HopKind.DESTINATION]
    return [*flow.out_of(function), *(hop for hop in ended if hop.when is not When.EXHAUSTED)]


def _cut(context: Context, loop: Loop, hops: tuple[Hop, ...], sign: str) -> StopNow | None:
    """One delivery without which nothing comes back: a subscription or notification, or a place for what failed."""
    unfolded, sites = context.analysis.unfolded, context.analysis.flow.sites
    ends = [hop for hop in hops if not comes_back(unfolded, loop.copy or loop.start, [hop])]
    for hop in ends:
        kind, to = sites[hop.source].kind, _with_functions(context.analysis.flow, (hop.target,))[-1]
        if kind == SiteKind.TOPIC:
            place = context.place(hop.source)
            known = context.app.resource(place.address) is not None and sites[hop.source].place is not None
            switch = _SUBSCRIPTION if known else _Switch(_SUBSCRIPTION.words)
            return _with(context.app, place, switch.of(f"{to} to {hop.source}"), sign)
        if kind == SiteKind.BUCKET:
            return _with(context.app, hop.place, _Switch(f"let {hop.source} notify {to} no longer"), sign)
    for hop in ends:
        if hop.when is When.EXHAUSTED:
            at, to = (_with_functions(context.analysis.flow, (each,))[-1] for each in (hop.source, hop.target))
            words = f"take {to} away as the place for what fails in {at}: that is lost meanwhile"
            return _with(context.app, hop.place, _Switch(words), sign)
    return None


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
    if resource is None or resource.type != EVENTS_RULE:
        return _Switch(_RULE.words)
    return _RULE_ON_BUS if "EventBusName" in resource.properties else _RULE


def _of_function(flow: Flow, site: str) -> _Switch:
    """Of a function: what becomes of new events, and the command that gives back what was reserved for it."""
    usage = next((each for each in flow.usages if each.site == site), None)
    on, again = _FUNCTION.on, _FUNCTION.again
    if usage is not None and usage.at_once is not None:
        on, again = f"{_RESERVE} {usage.at_once}", "give it its concurrency back"
    return _Switch(f"{_FUNCTION.of(site).words}{_meanwhile(flow, site)}", _FUNCTION.off, on, again)


def _meanwhile(flow: Flow, function: str) -> str:
    """What becomes of new asynchronous events of a function that may not run at all."""
    queues = asynchronous_queues(flow, function)
    kept = list(dict.fromkeys(end for queue in queues for end in flow.ends_of(queue)))
    if kept:
        return f", and new events go straight to {some(kept)}, without retries"
    if not queues:
        return ""
    if any(drop.site in queues for drop in flow.drops):
        return ", and events that come in meanwhile are lost"
    return ", and new events go straight to its dead-letter queue or on-failure destination; without one they are lost"


def _copies(context: Context, queue: str) -> StopStep | None:
    """What to see to before a queue is read again."""
    site = context.analysis.flow.sites[queue]
    if site.kind != SiteKind.QUEUE or site.place is None or context.app.resource(site.place.address) is None:
        return None
    url = "--queue-url $queue"
    commands = (
        *looked_up(context.app, site.place, "queue", again=True),
        f"aws sqs get-queue-attributes {url} --attribute-names ApproximateNumberOfMessages",
        f"# deletes all of its messages: aws sqs purge-queue {url}",
    )
    return StopStep(_COPIES.format(queue), commands)


def _sign(flow: Flow, loop: Loop) -> str:
    """How it is seen that it goes round; empty where no metric of the start tells."""
    metric = _SIGNS.get(flow.sites[loop.start].kind)
    where = _with_functions(flow, (loop.start,))[-1]
    return f"you see it where {metric} of {where} rises although nothing new comes in" if metric else ""


def _together(switched: list[tuple[Place, _Switch, str]], context: Context, sign: str) -> StopNow:
    """Several, where it takes them all: what undoes them looks each name up again."""
    each = [_with(context.app, place, switch, sign) for place, switch, _ in switched]
    if len(each) == 1:
        return each[0]
    offs = [stop.steps[0] for stop in each]
    ons = [
        StopStep(f"once it is fixed, {which}: {switch.again}", (*looked_up(context.app, place), switch.on))
        for place, switch, which in switched
    ]
    return StopNow(each[0].do, steps=(*offs, *ons))


def _with(app: App, place: Place, switch: _Switch, sign: str, copies: StopStep | None = None) -> StopNow:
    """The words, and the commands with what looks up the name that AWS gave a resource."""
    if not sign and not switch.off:
        return StopNow(switch.words)
    off = StopStep(switch.words, (*looked_up(app, place), *switch.named, switch.off) if switch.off else ())
    on = [StopStep(f"once it is fixed: {switch.again}", (switch.on,))] if switch.on else []
    return StopNow(sign or "these steps end it", steps=(off, *([copies] if copies else []), *on))
