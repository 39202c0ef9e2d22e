"""What several rules ask about the readers of queues and streams."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.graph import Flow, Hop, HopKind, Polling, QueueSettings
from seawall.template import Setting, ValueStatus
from seawall.words import AWS_DEFAULT

from .context import Context
from .model import Mark


def of_queues(context: Context) -> Iterator[tuple[Polling, QueueSettings]]:
    """Readers of queues that the author wrote, with the queue that each reads."""
    for polling in context.analysis.flow.pollings:
        if polling.queue is not None and not context.analysis.flow.sites[polling.reader].framework:
            yield polling, polling.queue


def delivery(context: Context, polling: Polling) -> Hop | None:
    """The hop on which a reader's batches arrive; None where the reader has none."""
    hops = (hop for hop in context.analysis.flow.into(polling.reader) if hop.source == polling.source and hop.awaits)
    return next(hops, None)


def asynchronous_queues(flow: Flow, function: str) -> list[str]:
    """Lambda's own queues in front of a function."""
    return [hop.source for hop in flow.into(function) if hop.kind == HopKind.ASYNCHRONOUS_INVOCATION]


def readers(pollings: list[Polling]) -> tuple[str, ...]:
    """The sites that several readers deliver to, each once."""
    return tuple(dict.fromkeys(polling.reader for polling in pollings))


def by_default(setting: Setting[int], unit: str = "") -> str:
    """A number with its unit, and whether it is the service's default.

    >>> by_default(Setting(30, ValueStatus.DEFAULT, "VisibilityTimeout"), " s")
    "30 s (AWS's default)"
    """
    return f"{setting.value:,}{unit}{whose(setting)}"


def whose(setting: Setting[int]) -> str:
    """What stands behind a number that nobody set."""
    return f" ({AWS_DEFAULT})" if setting.status is ValueStatus.DEFAULT else ""


def read_from(hop: Hop, note: str = "", tries: int | None = 1) -> tuple[Mark, ...]:
    """The trace of one delivery."""
    return (Mark(hop.source, 1, running=1), Mark(hop.target, tries, note, hop.kind, True, tries, hop.place))
