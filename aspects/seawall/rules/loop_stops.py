"""What ends a loop, and what becomes of the event then, in sentences.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from __future__ import annotations

from collections.abc import Iterator

from seawall.graph import FailureClass, Flow, SiteKind, in_words
from seawall.retries import Loop
from seawall.retries.loops import LAMBDA_STOPS, counts, hops_of
from seawall.services.lambda_.functions import LOOP_SDKS
from seawall.template import Props
from seawall.words import plural, some

from .context import Context


def stopping(context: Context, loop: Loop) -> list[str]:
    """The lines that say what stops the loop."""
    flow = context.analysis.flow
    if loop.stopped_by == "code":
        at = [hop.at.short for hop in loop.returns if counts(hop) and hop.at is not None]
        return [f"the code stops it after {plural(loop.laps or 0, 'round')}, by a counter ({some(at, 3)})"]
    if loop.stopped_by == "stated" and all(hop.stated is None for hop in loop.returns):
        return [f"a Choice of the machine stops it after {plural(loop.laps or 0, 'round')}"]
    if loop.stopped_by == "stated":
        return [f"the code stops it after {plural(loop.laps or 0, 'round')}, as stated"]
    if loop.stopped_by == LAMBDA_STOPS:
        rounds = plural(loop.laps or 0, "round")
        return [
            f"Lambda's loop detection ends each chain of calls after about {rounds} (AWS documentation)",
            *dict.fromkeys(_afterwards(flow, loop)),
            *filter(None, [_by_sdk(context, loop)]),
        ]
    if loop.expires is not None:
        old = in_words(loop.expires)
        keeps = "a move to a dead-letter queue keeps the time of the first send"
        return [f"only its age ends it: {keeps}, so that the message is deleted after {old} at the latest"]
    return ["nothing in the template stops it" + "".join(f": {why}" for why in _blind(flow, loop))]


def _by_sdk(context: Context, loop: Loop) -> str:
    """From which SDK on it does, for the runtimes of the loop's functions; empty where one of them is not known."""
    sites = (context.analysis.flow.sites[site] for site in loop.sites)
    places = [site.place for site in sites if site.kind == SiteKind.FUNCTION and site.place is not None]
    found: dict[str, None] = {}
    for place in places:
        resource = context.app.resource(place.address)
        runtime = None if resource is None else Props.of(context.app, resource).text("Runtime").value
        known = [sdk for name, sdk in LOOP_SDKS.value.items() if runtime is not None and runtime.startswith(name)]
        if not known:
            return ""
        found[known[0]] = None
    return f"it sees the chain only with {some(list(found))} or later: with an older SDK it does not" if found else ""


def _afterwards(flow: Flow, loop: Loop) -> Iterator[str]:
    """What becomes of the event whose delivery Lambda refuses, by the way it comes in."""
    for hop in hops_of(flow, loop.sites):
        if flow.sites[hop.target].recursion_limit is None:
            continue
        kind = flow.sites[hop.source].kind
        if kind == SiteKind.ASYNCHRONOUS_QUEUE:
            kept = flow.ends_of(hop.source)
            yield f"then the event goes to {some(kept, 3)}" if kept else f"then the event is lost: {_NO_END}"
        elif kind == SiteKind.QUEUE:
            yield (
                f"then the message is received again without a run ({hop.tries_for(FailureClass.THROTTLE).note}), and "
                + (f"moves to {some(kept, 3)}" if (kept := flow.ends_of(hop.source)) else "is silently deleted")
            )
        else:
            called = "itself" if hop.source == hop.target else hop.target
            yield (
                f"then the call of {hop.source} to {called} fails (RecursiveInvocationException); the next event can "
                "start another chain"
            )


_NO_END = "the function has no dead-letter queue and no on-failure destination"


def _blind(flow: Flow, loop: Loop) -> Iterator[str]:
    """Why Lambda's loop detection does not stop a loop in which functions run."""
    functions = [site for site in loop.sites if flow.sites[site].kind == SiteKind.FUNCTION]
    unseen = next((hop for hop in hops_of(flow, loop.sites) if not hop.traced), None)
    if functions and unseen is not None:
        way = f"from {unseen.source} to {unseen.target} ({unseen.kind})"
        yield f"Lambda's loop detection does not follow events {way}"
    elif functions and all(flow.sites[site].recursion_limit is None for site in functions):
        yield f"Lambda's loop detection does not act on {some(functions)} (RecursiveLoop, or the Region)"
