"""What a failing message takes with it: the others of its batch, which run again although nothing is wrong with them.

Which messages meet in a batch changes from one receive to the next, so nothing is multiplied by their number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from seawall.graph import FailureClass, Polling, failing_with

from .count import Count

if TYPE_CHECKING:
    from .analysis import Analysis


class Neighbours(Struct, frozen=True):
    """Runs of a site, each of which may take others of a batch with it."""

    site: str
    runs: Count
    """How often a batch with the failing message is run."""
    others: int
    """Others in the batch at most, each time."""


def whole(pollings: Iterable[Polling]) -> Mapping[str, Polling]:
    """By reader: the largest of its batches that fails as a whole."""
    found: dict[str, Polling] = {}
    for polling in pollings:
        size = polling.batch.value
        parted = polling.partial.value is not False or polling.bisects.value is not False
        known = found.get(polling.reader)
        if size is not None and size > 1 and not parted and (known is None or size > (known.batch.value or 0)):
            found[polling.reader] = polling
    return found


def neighbours(analysis: Analysis, site: str, readers: Mapping[str, Polling]) -> Sequence[Neighbours]:
    """For each batch that fails with `site`: how often it runs again, and how many others are in it."""
    flow = analysis.flow
    if not readers or not flow.sites[site].works or flow.sites[site].plan is not None:
        return ()
    before = [name for name in failing_with(flow, [site]) if name in readers]
    if not before:
        return ()
    failing = {
        flow.plain(name)
        for name in analysis.attempts.witness(site, FailureClass.ERROR).failing(site, FailureClass.ERROR)
    }
    found: list[Neighbours] = []
    for reader in before:
        polling = readers[reader]
        into = [hop for hop in flow.into(reader) if hop.source == polling.source and hop.awaits]
        if reader in failing and into:
            runs = Count.of(into[0].tries_for(FailureClass.ERROR))
            if runs.value > 1 or not runs.exact:
                found.append(Neighbours(site, runs, (polling.batch.value or 1) - 1))
    return found
