"""Stated hops: what code sends to, calls, and does not."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from seawall.graph.model import CLASSES, Evidence, FailureClass, Hop, When
from seawall.template import Props, Target

from ..registry import Arrival
from .ledger import Ledger
from .naming import named
from .stated import Stated

_SENDS, _CALLS, _NEVER = "sends_to", "calls", "never_sends_to"
_ARRIVAL: Mapping[str, Arrival] = {_SENDS: Arrival.ASYNC, _CALLS: Arrival.SYNC}
_ANSWER = ("api", "function-url", "endpoint", "external", "load-balancer")
"""Kinds of sites that answer a caller although no code of the app runs there."""
_TRACED = ("queue", "topic", "function", "asynchronous-queue")
"""Kinds of sites over which Lambda's loop detection follows what a function sends.
Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html, read 2026-11-22."""


def tie(one: Stated, ledger: Ledger) -> None:
    """Make, settle and deny hops as `one` states them."""
    for verb in _ARRIVAL:
        for item in one.section.items(verb):
            for target in named(one, item.props):
                _reaches(one, ledger, verb, item.props, target)
    for item in one.section.items(_NEVER):
        for target in named(one, item.props):
            _never(one, ledger, item.props, ledger.end(target))


def _reaches(one: Stated, ledger: Ledger, verb: str, entry: Props, target: Target) -> None:
    end = ledger.end(target)
    site = one.wiring.sites.get(end)
    if verb == _CALLS and site is not None and not site.works and site.kind not in _ANSWER:
        one.wrong(entry, f"{end} is a {site.kind}: it is sent to, not called", f"use {_SENDS}")
        return
    known = [hop for hop in ledger.between(one.site, end) if hop.when is not When.EXHAUSTED]
    declared = [hop for hop in known if hop.evidence is Evidence.DECLARED]
    for hop in declared:
        _settle(one, ledger, verb, entry, target, hop)
    if not declared:
        _make(one, ledger, verb, entry, target, known)


def _settle(one: Stated, ledger: Ledger, verb: str, entry: Props, target: Target, hop: Hop) -> None:
    """A hop that the template declares: laps are added, and what was assumed of it is certain now."""
    laps, place = entry.integer("laps").value or hop.laps, one.place(entry)
    if hop.awaits == (verb == _CALLS):
        ledger.put(hop, replace(hop, assumption="", laps=laps, stated=place))
    elif hop.awaits and hop.assumption:
        queue = one.wiring.arrive(target, Arrival.ASYNC) or hop.target
        ledger.put(
            hop, replace(hop, target=queue, awaits=False, tries={}, shows={}, assumption="", laps=laps, stated=place)
        )
    else:
        says, verb = ("awaits", _CALLS) if hop.awaits else ("hands off to", _SENDS)
        what = f"the template declares that {one.site} {says} {ledger.end(target)} ({_where(hop)}); use {verb}"
        one.wrong(entry, what, f"use {verb}")


_INSTEAD = "instead_of_failing"
"""The code sends the event on where its work failed, and then ends well."""


def _make(one: Stated, ledger: Ledger, verb: str, entry: Props, target: Target, known: list[Hop]) -> None:
    """A hop that code makes; it takes the place of what was inferred."""
    sender = one.wiring.sites.get(one.site)
    if sender is None or not sender.works:
        what = f"an {one.about.type} runs no code that Seawall follows"
        one.wrong(entry, what, "state it of the function or state machine that sends")
        return
    awaits = verb == _CALLS and entry.flag("awaited", default=True).value is not False
    site = one.wiring.arrive(target, _ARRIVAL[_CALLS if awaits else _SENDS])
    if site is None:
        one.unknown(entry.at("to"), "points at a resource that receives no events, as far as Seawall models it")
        return
    inferred = [hop for hop in known if hop.evidence < Evidence.STATED]
    for hop in inferred:
        ledger.drop(hop)
    if not known and one.site in one.wiring.followed and ledger.end(target) in one.wiring.sites:
        what = f"the code of {one.site} was read, and it does not send to {ledger.end(target)}"
        one.wrong(entry, what, "take the statement out, or name what the code sends to")
    when = entry.text("when", default=When.FAILURE).value
    failure = verb == _SENDS and when != When.ALWAYS
    raises = entry.flag("raises", default=True).value is not False
    one.wiring.hop(
        one.site,
        site,
        max(inferred, key=lambda hop: hop.evidence).kind if inferred else "call" if awaits else "send",
        one.place(entry),
        awaits=awaits,
        when=When.FAILURE if failure else When.ALWAYS,
        fails_after=False if failure and when == _INSTEAD else None,
        evidence=Evidence.STATED,
        shows=dict.fromkeys(CLASSES, FailureClass.ERROR if raises else None) if awaits else None,
        conditions=target.conditions,
        laps=entry.integer("laps").value,
        traced=sender.kind == "function" and one.wiring.sites[site].kind in _TRACED,
        stated=one.place(entry),
    )


def _never(one: Stated, ledger: Ledger, entry: Props, end: str) -> None:
    known = ledger.between(one.site, end)
    declared = next((hop for hop in known if hop.evidence is Evidence.DECLARED and not hop.assumption), None)
    if any(hop.evidence is Evidence.STATED for hop in known):
        one.wrong(entry, f"it is also stated that {one.site} reaches {end}", "take one of the two out")
    elif declared is not None:
        what = f"the template declares that {one.site} reaches {end} ({_where(declared)})"
        one.wrong(entry, what, "take the statement out, or the wiring")
    elif not known:
        one.wrong(entry, f"nothing suggests that {one.site} reaches {end}", "take the statement out", moot=True)
    else:
        for hop in known:
            if hop.at is not None:
                what = f"the code of {one.site} sends to {end} ({hop.at.short})"
                one.wrong(entry, what, "take the statement out, or the call")
            ledger.drop(hop)


def _where(hop: Hop) -> str:
    return f"{hop.place.address.logical_id}: {hop.place.property}"
