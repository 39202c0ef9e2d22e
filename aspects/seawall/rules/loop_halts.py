"""How a loop is halted in production without a deployment: in words, with the commands that do it and undo it.

With a reserved concurrency of 0, Lambda sends new asynchronous events to the dead-letter queue or the on-failure
destination, without any retries:
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html. How a queue is emptied, read
2026-11-30: https://docs.aws.amazon.com/cli/latest/reference/sqs/purge-queue.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from seawall.graph import Evidence, FailureClass, Flow, Hop, HopKind, Place, SiteKind, When, in_words
from seawall.graph.feedback_arcs import comes_back
from seawall.retries import Loop
from seawall.retries.loops import hops_of
from seawall.services.eventbridge.buses import RULE as EVENTS_RULE
from seawall.words import some

from .commands import looked_up
from .context import Context
from .fixes import StopNow, StopStep
from .loop_commands import (
    BUCKET,
    CONTAINER,
    EVENT_RULE,
    FUNCTION,
    GLUE_TRIGGER,
    MACHINE,
    MAPPING,
    PIPE,
    RESERVE,
    RULE_ON_BUS,
    SUBSCRIPTION,
    LoopStop,
    without_end,
)
from .pollers import asynchronous_queues

_STOPPED: Mapping[str, LoopStop] = {
    SiteKind.RULE: EVENT_RULE,
    "glue-trigger": GLUE_TRIGGER,
    SiteKind.PIPE: PIPE,
    SiteKind.FUNCTION: FUNCTION,
    SiteKind.CONTAINER: CONTAINER,
    SiteKind.MACHINE: MACHINE,
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
_COPIES = "once it is fixed, before you go on: all copies that wait in {} would run then. See how many there are"
_PURGED = "if they are not to run: delete all messages of {}, good ones too (or move them to another queue by hand)"


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
        copies = _copies(context, mapping.source, place)
        return MAPPING.of(which).stop(context.app, place, _sign(flow, loop), copies)
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
            return switch.of(kinds[kind]).stop(context.app, context.place(kinds[kind]), sign)
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
        return not comes_back(context.analysis.unfolded, loop.start, gone)

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
    flow, unfolded = context.analysis.flow, context.analysis.unfolded
    ends = [hop for hop in hops if not comes_back(unfolded, loop.start, [hop])]
    for hop in ends:
        to, known = _with_functions(flow, (hop.target,))[-1], _declared(context, hop.source)
        if flow.sites[hop.source].kind == SiteKind.TOPIC:
            words = f"take the subscription of {to} to {hop.source} away: what it would pass on meanwhile is lost"
            switch = SUBSCRIPTION.of(f"{to} to {hop.source}") if known else LoopStop(words)
        elif flow.sites[hop.source].kind == SiteKind.BUCKET:
            switch = BUCKET.of(hop.source) if known else LoopStop(f"let {hop.source} notify {to} no longer")
        else:
            continue
        return switch.stop(context.app, context.place(hop.source), sign)
    for hop in ends:
        if hop.when is When.EXHAUSTED:
            at, to = (_with_functions(flow, (each,))[-1] for each in (hop.source, hop.target))
            return without_end(context.app, hop, at, to).stop(context.app, context.place(at), sign)
    return None


def _declared(context: Context, site: str) -> bool:
    """Whether a template declares a site, so that the name that AWS gave it can be looked up."""
    place = context.analysis.flow.sites[site].place
    return place is not None and context.app.resource(place.address) is not None


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


def _of_rule(context: Context, site: str) -> LoopStop:
    """Of a rule: on a bus of its own the physical id is no name."""
    resource = context.app.resource(context.place(site).address)
    if resource is None or resource.type != EVENTS_RULE:
        return LoopStop(EVENT_RULE.words)
    return RULE_ON_BUS if "EventBusName" in resource.properties else EVENT_RULE


def _of_function(flow: Flow, site: str) -> LoopStop:
    """Of a function: what becomes of new events, and the command that gives back what was reserved for it."""
    usage = next((each for each in flow.usages if each.site == site), None)
    on, again = FUNCTION.on, FUNCTION.again
    if usage is not None and usage.at_once is not None:
        on, again = (f"{RESERVE} {usage.at_once}",), "give it its concurrency back"
    return LoopStop(f"{FUNCTION.of(site).words}{_meanwhile(flow, site)}", FUNCTION.off, on, again)


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


def _copies(context: Context, queue: str, beside: Place) -> tuple[StopStep, ...]:
    """What to see to before a queue is read again; `beside`: the place whose stack is known already."""
    if context.analysis.flow.sites[queue].kind != SiteKind.QUEUE or not _declared(context, queue):
        return ()
    url = "--queue-url $queue"
    seen = f"aws sqs get-queue-attributes {url} --attribute-names ApproximateNumberOfMessages"
    return (
        StopStep(_COPIES.format(queue), (*looked_up(context.app, context.place(queue), "queue", beside), seen)),
        StopStep(_PURGED.format(queue), (f"aws sqs purge-queue {url}",)),
    )


def _sign(flow: Flow, loop: Loop) -> str:
    """How it is seen that it goes round; empty where no metric of the start tells."""
    metric = _SIGNS.get(flow.sites[loop.start].kind)
    where = _with_functions(flow, (loop.start,))[-1]
    return f"you see it where {metric} of {where} is above zero although nothing new comes in" if metric else ""


def _together(switched: list[tuple[Place, LoopStop, str]], context: Context, sign: str) -> StopNow:
    """Several, where it takes them all: what undoes them looks each name up again."""
    each = [switch.stop(context.app, place, sign) for place, switch, _ in switched]
    if len(each) == 1:
        return each[0]
    offs = [stop.steps[0] for stop in each]
    ons = [
        StopStep(f"once it is fixed, {which}: {switch.again}", (*looked_up(context.app, place), *switch.on))
        for place, switch, which in switched
    ]
    return StopNow(each[0].do, steps=(*offs, *ons))
