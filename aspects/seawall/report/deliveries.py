"""How an event gets from one place to the next, in words that people know, and a path as people read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph import FailureClass, Flow, HopKind, SiteKind
from seawall.rules import Mark
from seawall.rules.wording import service_error

from .names import INTERNAL_QUEUE, Names

_WORDS = {
    HopKind.PIPE_SOURCE: "read by the pipe",
    HopKind.QUEUE_READER: "read from the queue by code",
    HopKind.DESTINATION: "destination",
    "rule-match": "matched by the rule",
    "redrive": "to the dead-letter queue",
    "dead-letter": "to the dead-letter queue",
    "api-integration": "API integration",
    "iot-action": "IoT rule action",
    "iot-republish": "republished by the IoT rule",
    "firehose-source": "Firehose source",
    "firehose-destination": "Firehose destination",
    "firehose-transform": "transformed by Firehose",
}
"""Kinds of hops that are said otherwise than they are called."""
DEAD_LETTERED = frozenset({"redrive", "dead-letter"})
"""Deliveries that nobody would wait for."""
ASYNCHRONOUS = "asynchronous invocation"
"""What says by itself that the sender does not wait."""
_TRIGGERS = {"queue": "SQS trigger", "stream": "stream trigger", "table": "DynamoDB stream trigger"}
"""What an event source mapping is called, by the kind of what it reads."""


def delivery_words(kind: str, source: str = "") -> str:
    """How an event gets on from a site of the kind `source`; what calls an API is named as AWS names it.

    >>> delivery_words("event-source-mapping", "queue"), delivery_words("iot-action"), delivery_words("lambda:Invoke")
    ('SQS trigger', 'IoT rule action', 'lambda:Invoke')
    """
    if kind == HopKind.EVENT_SOURCE_MAPPING and source in _TRIGGERS:
        return _TRIGGERS[source]
    return _WORDS.get(kind) or (kind if ":" in kind else kind.replace("-", " "))


def class_words(failure: FailureClass, *, of_lambda: bool = False) -> str:
    """A failure class as people know it; `of_lambda`: of a function, so that it is known whose error it is.

    >>> class_words(FailureClass.FAULT), class_words(FailureClass.FAULT, of_lambda=True)
    ('service error (5xx)', 'Lambda service error (5xx)')
    """
    return service_error(of_lambda) if failure is FailureClass.FAULT else failure.value


class Stop(Struct, frozen=True):
    """A place on a path as people know it: a state and the function that it calls are one."""

    mark: Mark
    """How an event gets there."""
    called: Mark | None = None
    """The function, where `mark` is a state that does nothing but call it."""

    @property
    def sites(self) -> tuple[str, ...]:
        """The ids of what is there."""
        return (self.mark.site,) if self.called is None else (self.mark.site, self.called.site)

    @property
    def state(self) -> str:
        """The name of the state that calls the function; empty where there is none."""
        return "" if self.called is None else self.mark.site.partition("#")[2]


def stops(flow: Flow, trace: Sequence[Mark]) -> list[Stop]:
    """The places of a path in order."""
    found: list[Stop] = []
    for mark in trace:
        before = found[-1] if found else None
        if before is not None and before.called is None and _is_task(flow, before.mark, mark):
            running = mark.running if before.mark.running is None else before.mark.running
            found[-1] = Stop(replace(before.mark, running=running), mark)
        else:
            found.append(Stop(mark))
    return found


def told_path(flow: Flow, names: Names, trace: Sequence[Mark]) -> tuple[Mark, ...]:
    """A path with names and deliveries in words; a state and the function that it calls are one place on it."""
    return tuple(_told(flow, names, trace))


def _told(flow: Flow, names: Names, trace: Sequence[Mark]) -> Iterator[Mark]:
    before: Stop | None = None
    for stop in stops(flow, trace):
        mark, called = stop.mark, stop.called
        source = flow.sites.get(before.sites[-1]) if before is not None else None
        note = mark.note or (delivery_words(mark.hop, source.kind) if source and mark.hop in _TOLD else "")
        site = names.short(mark.site)
        if called is not None:
            site = names.short(called.site)
            site = site if site == stop.state else f"{site} (state {stop.state})"
            note = note or delivery_words(called.hop)
        site = site.removesuffix(INTERNAL_QUEUE) if note.startswith(ASYNCHRONOUS) else site
        yield replace(mark, site=site, note=names.short(note))
        before = stop


_TOLD = frozenset({HopKind.EVENT_SOURCE_MAPPING})
"""Deliveries that only their source tells how to call."""


def _is_task(flow: Flow, state: Mark, called: Mark) -> bool:
    """Whether a state does nothing but call what comes behind it, and waits for it."""
    site = flow.sites.get(state.site)
    return site is not None and site.kind == SiteKind.STATE and called.awaits and called.tries == 1
