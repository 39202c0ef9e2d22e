"""What is stated of a function, a machine or a filter as such."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from seawall.graph.model import FailureClass, Hop, When, class_of

from ..eventbridge.buses import RULE
from ..wiring import Wiring
from .forms import not_of
from .ledger import Ledger
from .stated import Stated

_BATCHES = ("event-source-mapping", "pipe-source")
"""Kinds of hops that deliver a batch at a time."""
_FILTERS: Mapping[str, str] = {"rule": "EventPattern", "subscription": "FilterPolicy"}


def traits(stated: Iterable[Stated], ledger: Ledger) -> None:
    """Whether repeated runs matter, errors leave, and what one run takes."""
    for one in stated:
        for name, apply in _APPLY.items():
            if one.section.exists(name) and not not_of(name, one.resource.type):
                apply(one, ledger)


def _idempotent(one: Stated, ledger: Ledger) -> None:
    """Repeated runs have no further effect; they are runs all the same."""
    value = one.section.text("idempotent").value
    reason = {"true": "stated", "false": ""}.get(value or "", value or "")
    for site in ledger.sites(one.site):
        budget = 1 if value == "false" else one.wiring.sites[site].budget
        one.wiring.sites[site] = replace(one.wiring.sites[site], idempotent=reason, budget=budget)


def _max_attempts(one: Stated, ledger: Ledger) -> None:
    """How often it may run for one event."""
    budget = one.section.integer("max_attempts").value
    for site in ledger.sites(one.site) if budget is not None and budget > 0 else ():
        one.wiring.sites[site] = replace(one.wiring.sites[site], budget=budget)


def _raises(one: Stated, ledger: Ledger) -> None:
    """Where the handler swallows its errors, nobody who calls it sees one, and nothing tries again."""
    if one.section.flag("raises").value is not False:
        return
    for hop in ledger.into(one.site):
        if hop.awaits:
            tries = {signal: tries for signal, tries in hop.tries.items() if class_of(signal) != FailureClass.ERROR}
            shows = {signal: shown for signal, shown in hop.shows.items() if class_of(signal) != FailureClass.ERROR}
            ledger.put(hop, replace(hop, tries=tries, shows={**shows, FailureClass.ERROR: None}))


def _once_per_batch(one: Stated, ledger: Ledger) -> None:
    """One run takes all that its starter read at once."""
    if one.section.flag("once_per_batch").value is not True:
        return
    around = _before(one.site, ledger)
    batches = [hop for site in around for hop in ledger.into(site) if hop.kind in _BATCHES]
    sizes = {polling.batch.value for polling in one.wiring.pollings if polling.reader in around}
    entry = one.section.at("once_per_batch")
    if not batches:
        one.wrong(entry, f"nothing that reads batches leads to {one.site}", "take the statement out")
    elif sizes == {1}:
        what = f"every batch that leads to {one.site} holds one message: BatchSize is 1"
        one.wrong(entry, what, "take the statement out")
    else:
        for hop in ledger.into(one.site):
            if hop.kind not in _BATCHES and ledger.owner(hop.source) != one.site:
                ledger.put(hop, replace(hop, per_batch=True))


_APPLY: Mapping[str, Callable[[Stated, Ledger], None]] = {
    "idempotent": _idempotent,
    "max_attempts": _max_attempts,
    "raises": _raises,
    "once_per_batch": _once_per_batch,
}


def _before(site: str, ledger: Ledger) -> set[str]:
    """The site and everything that leads to it."""
    seen, stack = {site}, [site]
    while stack:
        for hop in ledger.into(stack.pop()):
            owner = ledger.owner(hop.source)
            if owner not in seen:
                seen.add(owner)
                stack.append(owner)
    return seen


def filters(stated: Iterable[Stated], wiring: Wiring) -> None:
    """Whether events of the app pass a rule's pattern or a subscription's filter policy."""
    passes: dict[object, bool] = {}
    for one in stated:
        section = one.section.at("matches")
        matches = section.flag(default=None).value
        if matches is None or not_of("matches", one.resource.type):
            continue
        filter_ = _FILTERS["rule" if one.resource.type == RULE else "subscription"]
        if wiring.props(one.resource).exists(filter_):
            passes[one.resource.address] = matches
        else:
            one.wrong(section, f"{one.site} filters nothing: all events match", "take the statement out")
    if passes:
        refused = {
            (hop.place.address, hop.source)
            for hop in wiring.hops
            if hop.assumption and passes.get(hop.place.address) is False
        }
        wiring.hops = [
            replace(hop, assumption="") if hop.place.address in passes and hop.assumption else hop
            for hop in wiring.hops
            if not ((hop.place.address, hop.source) in refused and _filtered(hop))
        ]


def _filtered(hop: Hop) -> bool:
    """Whether a hop is taken only by what passes the filter: the delivery, and the dead letters of it."""
    return bool(hop.assumption) or hop.when is When.EXHAUSTED
