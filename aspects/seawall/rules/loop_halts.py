"""How a loop is halted in production without a deployment: in words, with the commands where one does it.

Sources, read 2026-11-30: https://docs.aws.amazon.com/cli/latest/reference/lambda/update-event-source-mapping.html,
https://docs.aws.amazon.com/cli/latest/reference/lambda/put-function-concurrency.html,
https://docs.aws.amazon.com/cli/latest/reference/pipes/stop-pipe.html and, for what the physical id of a resource is,
the page of its type: of a mapping its UUID, of a function and a pipe its name.
"""

from __future__ import annotations

from collections.abc import Mapping

from seawall.graph import Evidence, Hop, HopKind, Place, SiteKind
from seawall.retries import Loop
from seawall.retries.loops import hops_of
from seawall.template import App

from .commands import looked_up
from .context import Context
from .fixes import StopNow

_STOPPED: Mapping[str, tuple[str, str]] = {
    SiteKind.RULE: ("disable the rule {}", ""),
    SiteKind.PIPE: ("stop the pipe {}", "aws pipes stop-pipe --name $id"),
    SiteKind.FUNCTION: (
        "set the reserved concurrency of {} to 0, so that no run starts",
        "aws lambda put-function-concurrency --function-name $id --reserved-concurrent-executions 0",
    ),
    SiteKind.CONTAINER: ("set the desired count of what runs {} to 0", ""),
    SiteKind.MACHINE: ("deny the role of {} what it calls, so that executions fail at once", ""),
}
"""What keeps a site of this kind from passing events on, what loses least first, and the command for it: ``$id`` is the
name that AWS gave it.
"""


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
        words = (
            f"disable the event source mapping {place.address.logical_id} ({mapping.source} -> {mapping.target}); what "
            f"is in {mapping.source} waits there"
        )
        return _with(context.app, place, words, "aws lambda update-event-source-mapping --uuid $id --no-enabled")
    kinds = {flow.sites[site].kind: site for site in (*sorted(loop.sites, reverse=True), *reversed(passed))}
    for kind, (words, command) in _STOPPED.items():
        if kind in kinds:
            return _with(context.app, context.place(kinds[kind]), words.format(kinds[kind]), command)
    return StopNow()


def _with(app: App, place: Place, words: str, command: str) -> StopNow:
    """The words, and the command with what looks up the name that AWS gave a resource."""
    return StopNow(words, (*looked_up(app, place), command) if command else ())
