"""A path drawn as a flow in the direction of events: boxes for sites, arrows with the retry policy between them.

It is a list, so that it reads well without its drawing. The style sheet lays it out: from left to right where there
is room for it, else downwards. An arrow that leads back to a box on the path is a loop: a dashed way round the flow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from seawall.remedies.search import Remedy
from seawall.rules import Mark
from seawall.words import plural

from ..deliveries import Stop, delivery_words, stops
from ..entries import HANDED_OFF, Entry
from ..names import Names
from .elements import Safe, join, tag
from .parts import name, site, tight
from .view import ReportView

_MOST = 40
"""Stations beyond which a drawn path is no help."""
_FEW = 5
"""Boxes that fit side by side."""


def path(view: ReportView, entry: Entry) -> Safe:
    """The path of a finding, with what ends or shortens it on the arrows that it changes."""
    return drawn(view, entry.finding.trace, entry.shown.changes, view.names.within(entry.finding))


def drawn(view: ReportView, trace: Sequence[Mark], changes: Sequence[Remedy] = (), names: Names | None = None) -> Safe:
    """A path, and a word on what is not drawn."""
    names = names or view.names
    every = stops(view.report.analysis.flow, trace)
    shown = every[:_MOST]
    last = shown[-1].mark.site if shown else ""
    back = next((number for number, stop in enumerate(shown[:-1]) if last in stop.sites), None)
    boxes = shown if back is None else shown[:-1]
    layout = ["flow", *(["few"] if len(boxes) <= _FEW else []), *(["round"] if back is not None else [])]
    totals = list(_totals(stop.mark for stop in boxes))
    cuts = _cuts(boxes if back is None else shown, changes)
    items = [
        _station(view, stop, names, totals[number], cuts.get(number, ""), shown[number - 1] if number else None)
        for number, stop in enumerate(boxes)
    ]
    if back is not None:
        items.append(_way_back(shown[-1].mark, names, back, len(boxes), cuts.get(len(boxes), "")))
    more = len(every) - len(shown)
    note = tag("p", f"{plural(more, 'further station')} not drawn.", class_="left-out") if more else None
    return tag("div", tag("ol", items, class_=" ".join(layout)), note, class_="flow-box")


def _cuts(trace: Sequence[Stop], changes: Sequence[Remedy]) -> Mapping[int, str]:
    """By station: the change of the arrow that leads to it."""
    found: dict[int, str] = {}
    for change in changes:
        places = {edit.place.address: edit.place.property for edit in change.edits}.items()
        for number, stop in enumerate(trace):
            marks = (stop.mark, *([] if stop.called is None else [stop.called]))
            if number and any((at.address, at.property) in places for mark in marks if (at := mark.place) is not None):
                found.setdefault(number, change.short or change.do)
                break
    return found


def _totals(trace: Iterable[Mark]) -> Iterator[int | None]:
    """The product of all tries since the last hand-off, where the path itself does not say."""
    total: int | None = 1
    copies = 1
    for mark in trace:
        copies *= mark.copies
        total = total if mark.awaits else copies
        times = mark.times if mark.awaits else 1
        total = None if total is None or times is None else total * times
        yield total if mark.running is None else mark.running


def _station(view: ReportView, stop: Stop, names: Names, running: int | None, cut: str, before: Stop | None) -> Safe:
    kind = view.kind(stop.sites[-1])
    total = None
    if before is not None and running is not None:
        total = tag("span", tag("span", "running product ", class_="unseen"), f"= {running:,}", class_="running")
    called = names.short(stop.sites[-1])
    state = f"state {stop.state}" if stop.state and stop.state != called else ""
    box = tag(
        "div",
        site(called),
        tag("span", name(", ".join(filter(None, (kind, state)))), class_="kind") if kind or state else None,
        total,
        class_="box",
    )
    return tag("li", None if before is None else _way(view, stop.mark, view.kind(before.sites[-1]), cut), box)


def _way(view: ReportView, mark: Mark, source: str, cut: str) -> Safe:
    """The arrow that leads to a station from one of the kind `source`."""
    handed_off = not mark.awaits
    said = [tag("span", _policy(mark, source), class_="policy")]
    if handed_off:
        said.append(tag("span", HANDED_OFF, class_="afresh"))
    if mark.place is not None and (mark.times != 1 or mark.place.code is not None):
        said.append(tag("span", name(view.file(mark.place)), class_="place"))
    said += [_cut(cut)] if cut else []
    kinds = ["way", *(["multiplies"] if mark.times != 1 else []), *(["handed"] if handed_off else [])]
    tries = tag("b", _tries(mark), class_="tries") if mark.times != 1 else None
    return tag("div", tries, tag("i", class_="line"), tag("div", said, class_="said"), class_=" ".join(kinds))


def _tries(mark: Mark) -> str:
    return "× ?" if mark.times is None else f"× {mark.times:,}"  # noqa: RUF001


def _policy(mark: Mark, source: str) -> Safe:
    return tight(mark.note or delivery_words(mark.hop, source))


def _way_back(mark: Mark, names: Names, start: int, boxes: int, cut: str) -> Safe:
    """The arrow that closes a loop."""
    ending = _cut(cut) if cut else None
    said = join(
        "back to ", site(names.short(mark.site)), f" ({mark.note or mark.hop})" if mark.note or mark.hop else None
    )
    return tag(
        "li",
        tag("i", class_=f"lane from-{min(start, _MOST) + 1} to-{boxes}"),
        tag("div", tag("span", said, class_="returns"), ending, class_=f"back-said to-{boxes}"),
        class_="back",
    )


def _cut(what: str) -> Safe:
    """What to do about an arrow."""
    return tag("span", tag("b", "Cut here: "), name(what), class_="cut")
