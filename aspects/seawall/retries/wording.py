"""Figures in words: a number of runs, its factors and its derivation, the same everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from seawall.graph import LAPS, Bound, FailureClass, Hop, RetryOwner
from seawall.graph.guards import Constant, Scalar
from seawall.graph.ways import Value
from seawall.words import some

from .abandoned import Abandoned
from .count import Count
from .executions import Factor
from .paths import Figure


def number(count: Count) -> str:
    """A figure with thousands separators, and what keeps it from being exact.

    >>> number(Count(11520, bounded_by=Bound.TIME)), number(Count(5, exact=False))
    ('11,520', 'at least 5')
    """
    return f"{count.value:,}" if count.exact else f"at least {count.value:,}"


def up_to(count: Count) -> str:
    """A figure that is not always reached; what is known as a low end only is told as such.

    >>> up_to(Count(4)), up_to(Count(2, exact=False))
    ('up to 4', 'at least 2')
    """
    return f"up to {number(count)}" if count.exact else number(count)


def said(count: Count) -> str:
    """A figure, or what keeps it from being one."""
    if count.exact or (count.bounded_by is Bound.COUNT) or count.value > 1:
        return number(count)
    return "until expiry" if count.bounded_by is Bound.TIME else "without end"


def times(count: Count) -> str:
    """A figure as a number of times."""
    return f"{number(count)} {'time' if count.value == 1 and count.exact else 'times'}"


def factor(one: Factor) -> str:
    """One factor with the place and the setting that make it, or the lines of code that send several."""
    shown = [sent(one)] if one.copies != 1 else []
    if one.tries.total != 1:
        tries = _tries(one)
        shown.append(f"{tries} ({layer_site(one.hop)}: {one.tries.note})" if one.tries.note else tries)
    return " x ".join(shown) or "1"


def sent(one: Factor) -> str:
    """Copies with what sends them: ``3 (Fan/Function sends 3, app.py:12)``."""
    where = f", {sent_at(one.hop)}" if one.hop.at is not None else ""
    does = "calls it" if one.hop.awaits else "sends"
    times = " times" if one.hop.awaits else ""
    return f"{one.copies:,} ({one.hop.source} {does} {one.copies:,}{times}{where})"


def sent_at(hop: Hop) -> str:
    """The lines of code that send, in short: ``app.py:12 and app.py:14``."""
    lines = [] if hop.at is None else [hop.at, *hop.also_at]
    return some([line.short for line in lines], 3)


def bare(one: Factor) -> str:
    """The numbers alone: ``3 x 4``."""
    shown = [f"{one.copies:,}"] if one.copies != 1 else []
    if one.tries.total != 1:
        shown.append(_tries(one))
    return " x ".join(shown) or "1"


def _tries(one: Factor) -> str:
    return "?" if one.tries.total is None else f"{one.tries.total:,}"


def layer_site(hop: Hop) -> str:
    """Where a layer stands: a state that retries itself, or the sender that delivers again."""
    return hop.target if hop.owner is RetryOwner.MACHINE or hop.kind == LAPS else hop.source


def derivation(found: Figure) -> str:
    """The figure as a sum of products, to be checked by hand."""
    if not found.count.exact and found.count.bounded_by is not Bound.COUNT:
        layers = [one for path in found.paths for one in path.layers if one.tries.bounded_by is not Bound.COUNT]
        return "no count ends it: " + "; ".join(
            dict.fromkeys(
                f"{layer_site(one.hop)}{':' if one.hop.kind == LAPS else ' retries'} {one.tries.note}" for one in layers
            )
        )
    summands = [" x ".join(factor(one) for one in path.multiplying) or "1" for path in found.paths]
    if found.more:
        summands.append(f"{found.rest:,} on {found.more:,} further paths")
    alone = found.count.exact and len(found.paths) == 1 and not found.more and len(found.layers) == 1
    if alone and found.layers[0].tries.note and not found.paths[0].copies:
        return summands[0]  # one layer alone
    return f"{number(found.count)} = {' + '.join(summands)}"


def product(found: Figure) -> str:
    """The bare factors of the figure, for its first line: ``(5 x 4)``."""
    if found.more or len(found.paths) > 3 or not found.count.exact:
        return ""
    parts = [" x ".join(map(bare, path.multiplying)) or "1" for path in found.paths]
    return f" ({' + '.join(parts)})"


def by_class(
    counts: Mapping[FailureClass, Count], names: Mapping[FailureClass, str], outlived: Abandoned | None = None
) -> str:
    """The figures of all classes in one line, by their names, those of work that outlives its waiter last."""
    said = [f"{names[failure]} {_bounded(count)}" for failure, count in counts.items()]
    return "by kind of failure: " + ", ".join([*said, *([] if outlived is None else [beside(outlived)])])


def beside(outlived: Abandoned) -> str:
    """Runs that are started while earlier ones go on: ``abandoned 3 (2 at once)``."""
    most = "at most " if outlived.at_most else ""
    return f"{FailureClass.ABANDONED} {most}{_bounded(outlived.count)} ({outlived.at_once:,} at once)"


def _bounded(count: Count) -> str:
    if count.exact:
        return f"{count.value:,}"
    return "until expiry" if count.bounded_by is Bound.TIME else number(count)


def witness_event(chosen: Iterable[Value]) -> str:
    """An event that takes the ways a figure counts, in words: ``an event with detail-type OrderPlaced``."""
    fields = {path: min(values, key=repr) for value in chosen for path, values in value.event.items()}
    there = [f"{'.'.join(path)} {_said(value)}" for path, value in sorted(fields.items()) if value not in _ABSENT]
    absent = [f"without {'.'.join(path)}" for path, value in sorted(fields.items()) if value in _ABSENT]
    said = [f"with {' and '.join(there)}"] if there else []
    return f"an event {' and '.join([*said, *absent])}" if said or absent else ""


def worst_world(chosen: Iterable[Value]) -> str:
    """The deployment in which a figure holds, in words: ``when Stage is prod``."""
    return ", and ".join(f"when {value.world}" for value in chosen if value.world)


_ABSENT = (Constant.ABSENT, Constant.CLOSED)


def _said(value: Scalar) -> str:
    if isinstance(value, Constant):
        return value.value
    if isinstance(value, tuple):
        return ", ".join(map(_said, value))
    return str(getattr(value, "text", value))
