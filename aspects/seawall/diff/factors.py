"""Which setting made the difference: the layers on the way to a site, before and now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seawall.baseline.difference import of_counts
from seawall.graph import Tries
from seawall.retries import Factor, Figure
from seawall.retries.wording import bare as numbers
from seawall.retries.wording import factor, layer_site, number
from seawall.template import ValueStatus

from .model import Factors
from .names import ComparedNames


def factors(before: Figure, now: Figure, named: tuple[ComparedNames, ComparedNames]) -> Factors:
    """Both figures, and the sentence that names the factors which changed."""
    changed = [*_sent(before, now, named), *_changed(before.main.layers, now.main.layers, named)]
    effect = of_counts(before.count, now.count).said or f"{number(before.count)} as before"
    said = f"{', '.join(changed)}, so {effect}" if changed else f"{effect}, by ways that add up beside the largest one"
    return Factors(before, now, said)


def equation(figure: Figure) -> str:
    """The factors of the largest way: ``5 (Webhook/Queue: maxReceiveCount = 5) x 4 (...)``."""
    shown = " x ".join(factor(one) for one in figure.main.multiplying) or "1 (nothing is tried again)"
    others = len(figure.paths) - 1 + figure.more
    more = f" + {others:,} further way{'' if others == 1 else 's'}" if others else ""
    return f"{shown}{more} = {number(figure.count)}"


def bare(figure: Figure) -> str:
    """The numbers alone: ``5 x 4``."""
    others = len(figure.paths) - 1 + figure.more
    return (" x ".join(map(numbers, figure.main.multiplying)) or "1") + (" + ..." if others else "")


def _sent(before: Figure, now: Figure, named: tuple[ComparedNames, ComparedNames]) -> Iterator[str]:
    """What one run sends more or less often than before."""
    old, new = (
        {(names.common(one.hop.source), names.common(one.hop.target)): one for one in figure.main.factors}
        for names, figure in zip(named, (before, now), strict=True)
    )
    for ends, one in new.items():
        if ends in old and old[ends].copies != one.copies:
            yield f"{one.hop.source} sends {old[ends].copies:,} -> {one.copies:,} to {one.hop.target}"


def _changed(
    before: Sequence[Factor], now: Sequence[Factor], named: tuple[ComparedNames, ComparedNames]
) -> Iterator[str]:
    old = {named[0].common(layer_site(one.hop)): one for one in before}
    new = {named[1].common(layer_site(one.hop)): one for one in now}
    for name, one in new.items():
        if name not in old:
            yield f"{layer_site(one.hop)} retries now ({_tries(one)}: {one.tries.note})"
        elif (one.tries.total, one.tries.bounded_by) != (old[name].tries.total, old[name].tries.bounded_by):
            yield f"{layer_site(one.hop)} {_setting(old[name], one)}"
    for name, one in old.items():
        if name not in new:
            yield f"{layer_site(one.hop)} retries no more ({_tries(one)} before: {one.tries.note})"


def _setting(before: Factor, now: Factor) -> str:
    """The setting before and now if both name the same one, else the tries."""
    old, new = before.tries, now.tries
    if None not in (old.value, new.value) and old.value != new.value and old.setting == new.setting:
        return f"{new.setting.rpartition('.')[2]} {_given(old)} -> {_given(new)}"
    if before.tries.unknown or now.tries.unknown:
        return f"{_side(before)} -> {_side(now)}"
    return f"{_tries(before)} -> {_tries(now)} ({before.tries.note} -> {now.tries.note})"


def _given(tries: Tries) -> str:
    return f"{tries.value:,}{' (by default)' if tries.status is ValueStatus.DEFAULT else ''}"


def _side(one: Factor) -> str:
    return f"unknown ({one.tries.note})" if one.tries.unknown else one.tries.note


def _tries(one: Factor) -> str:
    total = one.tries.total
    if one.tries.unknown:
        return "unknown"
    return "no count of tries" if total is None else f"{total:,} {'try' if total == 1 else 'tries'}"
