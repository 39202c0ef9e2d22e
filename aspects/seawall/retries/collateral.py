"""Healthy sites that run again because another site fails."""

from __future__ import annotations

from msgspec import Struct

from seawall.graph import FailureClass, When, reach

from .attempts import EntryAttempts
from .count import Count


class Collateral(Struct, frozen=True):
    """A site that works, and how often it runs in all while another one fails."""

    site: str
    runs: Count


def collateral(entry: EntryAttempts, site: str, failure: FailureClass = FailureClass.ERROR) -> tuple[Collateral, ...]:
    """Sites that run more often than usual when every run of `site` fails with `failure`, in the order of events."""
    alone = len(entry.failing(site, failure)) == 1 and entry.attempts(site, failure).value <= 1
    if alone and all(hop.when is When.ALWAYS for hop in entry.flow.out_of(site)):
        return ()
    case = entry.case(site, failure)
    own = reach([site], entry.flow.outgoing) if entry.flow.sites[site].inside else {site}  # a state and what it calls
    return tuple(
        Collateral(entry.flow.plain(name), runs)
        for name, runs in case.healthy.items()
        if name not in own and entry.flow.sites[name].works
        if runs.value > max(entry.runs(name).value, 1)
    )
