"""Cycles: where they lead, how many events one becomes in each round, and what stops it."""

from __future__ import annotations

from seawall.graph import CLASSES, Evidence, FailureClass, Hop
from seawall.retries import EntryEvents, Loop, figure
from seawall.retries.loops import LAMBDA_STOPS
from seawall.retries.wording import derivation
from seawall.words import plural

from ..deliveries import class_words, delivery_words
from .elements import Child, Safe, join, tag
from .parts import count_word, name, site
from .verdict import anchor
from .view import ReportView, Section

_MOST = 100
_LAPS = 5
_COUNTED = 10**6
"""Events up to which a number is said."""


def section(view: ReportView) -> Section | None:
    """A card for each loop."""
    found = view.report.analysis.loops
    if not found:
        return None
    cards = [_card(view, loop, number) for number, loop in enumerate(found[:_MOST], 1)]
    more = len(found) - _MOST
    note = tag("p", f"Left out for want of room: {plural(more, 'cycle')}.", class_="left-out") if more > 0 else None
    say = tag(
        "p", "Where one event comes back for each one sent, a cycle never ends by itself; where more do, it multiplies."
    )
    return Section("loops", "Cycles", len(found), join(say, cards, note))


def _card(view: ReportView, loop: Loop, number: int) -> Safe:
    round_ = [site(view.names.short(each)) for each in loop.sites if each not in view.merged]
    way = [tag("li", each) for each in round_]
    ways_back = [
        tag("li", site(view.names.short(hop.source)), f": {_way(view, hop)}")
        for hop in sorted(loop.returns, key=_by_ends)
    ]
    finding = next((each for each in view.entries if _about(each.finding.rule, each.finding.site, loop)), None)
    about = tag("p", tag("a", "The finding, its path and the fix", href=f"#{anchor(finding)}")) if finding else None
    return tag(
        "article",
        tag("h3", f"Cycle {number}: back to ", site(view.names.short(loop.start))),
        tag(
            "dl",
            _fact("come back for each one sent", tag("ul", _gains(view, loop))),
            _fact("stopped by", _stop(loop)),
            _fact("events", _growth(loop)),
            _fact("sent back by", tag("ul", ways_back)),
            _fact("on the way", tag("ul", way, class_="chain")),
        ),
        about,
        class_="card loop",
    )


def _way(view: ReportView, hop: Hop) -> str:
    """How a hop sends, and how that is known."""
    words = delivery_words(hop.kind, view.report.analysis.flow.sites[hop.source].kind)
    known = {Evidence.READ: "read in its code", Evidence.DECLARED: "declared in the template"}
    return f"{words}, {known.get(hop.evidence, hop.evidence.word)}"


def _about(rule: str, where: str, loop: Loop) -> bool:
    return rule == "retry-loop" and where == loop.start


def _by_ends(hop: Hop) -> tuple[str, str]:
    return (hop.source, hop.kind)


def _fact(title: str, what: Child) -> Safe:
    return tag("div", tag("dt", title), tag("dd", what))


def _gains(view: ReportView, loop: Loop) -> list[Safe]:
    """The gain of each class with its factors, classes of the same factors together."""
    said: dict[tuple[str, str], list[str]] = {}
    one_lap = view.report.analysis.attempts.lap(loop.copy or loop.start)
    for failure in CLASSES:
        key = (count_word(loop.gain[failure]), _factors(one_lap, loop, failure))
        said.setdefault(key, []).append(class_words(failure))
    return [
        tag(
            "li",
            tag("b", gain),
            f" for {', '.join(classes)}",
            tag("span", name(view.names.short(text)), class_="factors") if text else None,
        )
        for (gain, text), classes in said.items()
    ]


def _factors(one_lap: EntryEvents, loop: Loop, failure: FailureClass) -> str:
    """Of the sender that returns most; empty where what it sends in any case makes the gain."""
    for hop in loop.returns:
        if hop.source in one_lap.inside and one_lap.attempts(hop.source, failure) == loop.gain[failure]:
            found = figure(one_lap.worst(hop.source, failure)[1], hop.source, failure)
            return f"runs of {hop.source}: {derivation(found)}" if loop.gain[failure].value > 1 else ""
    return ""


def _stop(loop: Loop) -> Safe:
    if loop.stopped_by == "code":
        return join(f"a counter in the code, after {plural(loop.laps or 0, 'round')}")
    if loop.stopped_by == "stated":
        return join(f"the code, after {plural(loop.laps or 0, 'round')}, as stated")
    if loop.stopped_by == LAMBDA_STOPS:
        return join(f"Lambda's loop detection, after about {loop.laps} runs")
    return tag("strong", "nothing in the template", class_="bad")


def _growth(loop: Loop) -> str:
    worst = max((FailureClass.ERROR, FailureClass.TIMEOUT, FailureClass.FAULT), key=lambda each: loop.gain[each].weight)
    gain, total = loop.gain[worst], loop.total(worst)
    if loop.stopped_by in ("stated", "code") and total is not None and loop.laps is not None:
        terms = " + ".join(f"{gain.value**lap:,}" for lap in range(min(loop.laps, _LAPS) + 1))
        return f"{terms}{' + ...' if loop.laps > _LAPS else ''} = {total.value:,} in all ({class_words(worst)})"
    if gain.value <= 1:
        return "one, round after round"
    if gain.value > _COUNTED:
        return f"grows without bound ({class_words(worst)})"
    powers = ", ".join(f"{gain.value**lap:,}" for lap in range(1, _LAPS + 1) if gain.value**lap <= _COUNTED)
    return f"grows without bound: one becomes {powers}, ... ({class_words(worst)})"
