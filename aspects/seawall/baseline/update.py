"""Brings a baseline up to date: with all that is found now, or only downwards."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from seawall.rules import Judged

from .difference import Direction
from .entry import Baseline, BaselineEntry
from .match import gone, matches


class Renewal(Struct, frozen=True):
    """The entries to write, and what is different about them."""

    entries: tuple[BaselineEntry, ...]
    new: int = 0
    worse: int = 0
    better: int = 0
    dropped: int = 0

    @property
    def said(self) -> str:
        """The difference in words; empty if there is none."""
        counted = {"new": self.new, "worse": self.worse, "better": self.better, "dropped": self.dropped}
        words = [f"{number:,} {what}" for what, number in counted.items() if number]
        return f" ({', '.join(words)})" if words else ""


def renewed(report: Judged, earlier: Baseline, reason: str = "") -> Renewal:
    """Every open finding as it is now; reasons that were given stay, `reason` is for entries without one.

    Entries of rules that were not run stay as they are.
    """
    found = matches(report, earlier)
    entries = [replace(match.now, reason=match.now.reason or reason) for match in found]
    dropped = {one.known.fingerprint for one in gone(report, earlier, found)}
    used = {match.known.fingerprint for match in found if match.known is not None}
    kept = [known for known in earlier.entries if known.fingerprint not in used | dropped]
    went = [match.change.direction for match in found]
    return Renewal(
        entries=(*entries, *kept),
        new=sum(match.known is None for match in found),
        worse=went.count(Direction.WORSE),
        better=went.count(Direction.BETTER),
        dropped=len(dropped),
    )


def pruned(report: Judged, earlier: Baseline) -> Renewal:
    """The entries of `earlier` without those that have gone, those that got better as they are now."""
    found = matches(report, earlier)
    better = {
        match.known.fingerprint: match.now
        for match in found
        if match.known is not None and match.change.direction is Direction.BETTER
    }
    dropped = {one.known.fingerprint for one in gone(report, earlier, found)}
    entries = [better.get(known.fingerprint, known) for known in earlier.entries if known.fingerprint not in dropped]
    return Renewal(tuple(entries), better=len(better), dropped=len(dropped))
