"""The summands of a figure: what each way into a site contributes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph import ONCE, FailureClass, Flow, Hop, Tries, When, class_of

from .count import NONE, Count, high_end, of_copies
from .executions import Courses, Factor, product


class Contribution(Struct, frozen=True):
    """One summand of a figure: a product of factors along the hops from `source`, times the source's own figure."""

    source: str
    shows: str | None
    """The signal that the source shows, so that its attempts count; None where its ordinary runs count."""
    factors: tuple[Factor, ...]
    base: Count
    """The source's own figure."""

    @property
    def amount(self) -> Count:
        """Runs that this term contributes."""
        return self.base * product(self.factors)


class ContributionView(Protocol):
    """What a term needs to know about the sites before it."""

    def base(self, source: str, shows: str | None) -> Count:
        """How often `source` runs."""

    def quiet(self, source: str) -> Count:
        """How often `source` runs when nothing fails."""

    def takes(self, hop: Hop) -> bool:
        """Whether events come over `hop` in the case considered."""

    def courses(self, container: str, counted: Mapping[str, str | None]) -> Courses:
        """Worst courses of one run of `container`, where `counted` steps count and others fail as they do here."""

    def runs_of(self, container: str, steps: Collection[str]) -> Mapping[str | None, Count]:
        """By end of one run of `container`: the most runs of some of its steps, none of which fails."""

    @property
    def nominal(self) -> bool:
        """Whether nothing fails, so that a course which ends well is preferred to one that does not."""


class FlowView(ContributionView, Protocol):
    """The same, with the flow."""

    @property
    def flow(self) -> Flow:
        """The flow of the sites before it."""


def contributions(
    flow: Flow, incoming: Iterable[Hop], signal: str | None, view: ContributionView
) -> list[Contribution]:
    """The summands for a site that `incoming` hops lead to and that fails with `signal` (None: succeeds)."""
    direct, grouped = _sorted_out(flow, incoming, view)
    found: list[Contribution] = []
    for hop in direct:
        shows = _shown(flow, hop, signal)
        term = Contribution(hop.source, shows, (_factor(flow, hop, signal),), view.base(hop.source, shows))
        found.append(_worst_reading(hop, signal, view, term))
    for container, hops in grouped.items():
        found.extend(_through(flow, container, hops, signal, view))
    return found


def runs(flow: Flow, incoming: Iterable[Hop], signal: str | None, view: ContributionView) -> Count:
    """What the summands add up to, without writing them out."""
    direct, grouped = _sorted_out(flow, incoming, view)
    count = NONE
    for hop in direct:
        share = view.base(hop.source, _shown(flow, hop, signal)) * Count.of(_tries(flow, hop, signal))
        if hop.copies != 1:
            share *= of_copies(hop.copies_for(signal))
        if hop.unawaited and signal is not None:
            share = high_end((share, _unawaited(hop, signal, view).amount))
        count += share
    for container, hops in grouped.items():
        if signal is None and all(hop.copies == 1 for hop in hops):
            count += _runs_through(flow, container, hops, view)
        else:
            count += total(_through(flow, container, hops, signal, view))
    return count


def total_over(view: FlowView, hops: Sequence[Hop]) -> Count:
    """Events that come over `hops`, whose senders work."""
    return runs(view.flow, hops, None, view) if hops else NONE


def _worst_reading(hop: Hop, signal: str | None, view: ContributionView, term: Contribution) -> Contribution:
    """Of a call whose code was not read: what it contributes at most, whether the caller waits or not."""
    if not hop.unawaited or signal is None:
        return term
    readings = (term, _unawaited(hop, signal, view))
    worst = max(readings, key=lambda each: each.amount.weight)
    high = high_end(each.amount for each in readings)
    if high.exact or not worst.amount.exact:
        return worst
    return replace(worst, base=Count(worst.base.value, False, high.bounded_by))


def _unawaited(hop: Hop, signal: str, view: ContributionView) -> Contribution:
    tries = hop.unawaited.get(class_of(signal), ONCE)
    return Contribution(hop.source, None, (Factor(hop, tries, hop.copies),), view.quiet(hop.source))


def _sorted_out(flow: Flow, incoming: Iterable[Hop], view: ContributionView) -> tuple[list[Hop], dict[str, list[Hop]]]:
    """Hops that come straight from their senders, and by container those that come through its steps."""
    direct: list[Hop] = []
    grouped: dict[str, list[Hop]] = {}
    for hop in incoming:
        if view.takes(hop):
            if flow.sites[hop.source].inside is not None or flow.sites[hop.target].inside == hop.source:
                grouped.setdefault(flow.container(hop.source), []).append(hop)
            else:
                direct.append(hop)
    return direct, grouped


def _shown(flow: Flow, hop: Hop, signal: str | None) -> str | None:
    if flow.sites[hop.source].inside is None:
        if hop.when is When.EXHAUSTED:
            return FailureClass.ERROR
        if hop.when is When.FAILURE:
            return None if hop.causes is not None and hop.fails_after is False else signal
    return hop.shown(signal) if hop.awaits and signal is not None else None


def _through(
    flow: Flow, container: str, hops: Sequence[Hop], signal: str | None, view: ContributionView
) -> list[Contribution]:
    """Terms that come through steps of one container: the worst course through its plan."""
    last: dict[str, list[Hop]] = {}
    counted: dict[str, str | None] = {}
    for hop in hops:
        if flow.sites[hop.target].inside == hop.source:
            last[hop.target], counted[hop.target] = [], signal
        elif hop.source not in counted or hop.awaits:
            last[hop.source], counted[hop.source] = [hop], _shown(flow, hop, signal)
        elif last[hop.source] and not last[hop.source][0].awaits:
            last[hop.source].append(hop)  # several events of one step
    best: list[Contribution] = []
    for end, course in view.courses(container, counted).items():
        base = view.base(container, end)
        found = []
        for pick in course.picks:
            tails: list[tuple[Factor, ...]]
            tails = [(_factor(flow, onward, signal),) for onward in last[pick.step]] or [()]
            found += [Contribution(container, end, (*pick.factors, *tail), base) for tail in tails]
        if view.nominal and end is None:
            return found
        if total(found).weight > total(best).weight:
            best = found
    return best


def _factor(flow: Flow, hop: Hop, signal: str | None) -> Factor:
    return Factor(hop, _tries(flow, hop, signal), 1 if hop.copies == 1 else hop.copies_for(signal))


def _runs_through(flow: Flow, container: str, hops: Iterable[Hop], view: ContributionView) -> Count:
    """What these terms add up to where nothing behind the steps fails: each hop delivers once."""
    inner = (hop.target if flow.sites[hop.target].inside == hop.source else hop.source for hop in hops)
    best = NONE
    for end, count in view.runs_of(container, dict.fromkeys(inner)).items():
        amount = view.base(container, end) * count
        if view.nominal and end is None:
            return amount
        if amount.weight > best.weight:
            best = amount
    return best


def _tries(flow: Flow, hop: Hop, signal: str | None) -> Tries:
    return flow.tries_for(hop, signal) if hop.awaits and signal is not None else ONCE


def total(summands: Iterable[Contribution]) -> Count:
    """What the summands add up to."""
    return sum((term.amount for term in summands), NONE)
