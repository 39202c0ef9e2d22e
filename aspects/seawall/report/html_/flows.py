"""The flow, one entry at a time: for each stack its entries, for each entry what one event there sets off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from ..entries import HANDED_OFF
from ..picture import Arrow, DrawnSite, picture
from .elements import Safe, join, tag
from .parts import badge, folded, left_out, name
from .view import ReportView, Section

_MOST_BOXES = 4_000
"""Boxes on the page, over all entries."""
_MOST_IN_ONE = 120
"""Boxes below one entry."""


class _Room(Struct):
    """How many boxes there is still room for, and what had none."""

    boxes: int
    left_out: int = 0
    met: set[str] = field(default_factory=set)

    def take(self, node: str) -> bool:
        """Whether a box may be drawn."""
        if self.boxes <= 0:
            self.left_out += 1
            return False
        self.boxes -= 1
        self.met.add(node)
        return True


class _Map(Struct, frozen=True):
    nodes: Mapping[str, DrawnSite]
    stacks: Mapping[str, str]
    onward: Mapping[str, list[Arrow]]


def section(view: ReportView) -> Section | None:
    """Stacks, folded; in each its entries, folded."""
    drawn = picture(view.report)
    onward: dict[str, list[Arrow]] = {}
    for arrow in drawn.arrows:
        onward.setdefault(arrow.source, []).append(arrow)
    nodes = {node.id: node for group in drawn.groups.values() for node in group}
    stacks = {node.id: stack for stack, group in drawn.groups.items() for node in group}
    led_to = {arrow.target for arrow in drawn.arrows if not arrow.back}
    flow = _Map(nodes, stacks, onward)
    left, entries, unseen = _MOST_BOXES, 0, 0
    parts: list[Safe] = []
    for stack, group in drawn.groups.items():
        starts = [node for node in group if node.id not in led_to]
        shown: list[Safe] = []
        for start in sorted(starts, key=lambda node: -(_worst(flow, node) or 0)):
            room = _Room(min(left, _MOST_IN_ONE))
            if left <= 0:
                unseen += 1
                continue
            shown.append(_entry(flow, start, room))
            left -= len(room.met)
        entries += len(starts)
        if shown:
            title = join(tag("b", stack or "outside every stack"), f" {_entries(len(starts))}")
            parts.append(folded(title, shown, class_="stack-fold", open=len(drawn.groups) == 1))
    if not parts:
        return None
    say = tag("p", "What one event at each entry sets off, a stack and an entry at a time. "
              "Numbers are the runs at worst, over all entries; before each name stands how the event gets there: "
              "↳ the sender waits, ⇢ the sender does not wait, ↺ back to where it came from.")  # fmt: skip
    captions = [tag("p", f"{caption}.", class_="left-out") for caption in drawn.left_out]
    more = left_out(unseen, "flow", "--format dot draws everything.")
    return Section("flows", "Flows", entries, join(say, parts, captions, more))


def _entries(number: int) -> str:
    return f"{number:,} {'entry' if number == 1 else 'entries'}"


def _worst(flow: _Map, start: DrawnSite) -> int | None:
    """The worst severity of what an entry sets off."""
    found, seen, stack = [start.severity], {start.id}, [start.id]
    while stack:
        for arrow in flow.onward.get(stack.pop(), ()):
            if arrow.target not in seen:
                seen.add(arrow.target)
                stack.append(arrow.target)
                found.append(flow.nodes[arrow.target].severity)
    return max((each for each in found if each), default=None)


def _entry(flow: _Map, start: DrawnSite, room: _Room) -> Safe:
    title = join(tag("b", name(start.lines[0])), " ", tag("span", start.lines[1], class_="kind"))
    tree = tag("ul", _branch(flow, start.id, None, flow.stacks[start.id], room), class_="tree")
    worst = _worst(flow, start)
    mark = badge(*(["error"] * 2 if worst == 3 else ["warning"] * 2 if worst == 2 else ["note"] * 2)) if worst else None
    more = left_out(room.left_out, "further delivery", "--format dot draws everything.")
    return folded(join(title, " ", mark), tree, more, class_="entry-fold")


def _branch(flow: _Map, node: str, by: Arrow | None, stack: str, room: _Room) -> Safe:
    """A site, how an event gets there, and what lies behind it; a site met before is only named."""
    again = node in room.met
    back = by is not None and by.back
    if not again and not back and not room.take(node):
        return join()
    below = () if again or back else tuple(_below(flow, node, stack, room))
    kinds = " ".join(_arrow_kinds(by))
    arrow = tag("span", name(by.label or ("" if by.awaits else HANDED_OFF)), class_=f"by {kinds}") if by else None
    words = None
    if back:
        words = tag("span", "back to it", class_="again back")
    elif again:
        words = tag("span", "see above", class_="again")
    return tag("li", arrow, _box(flow, node, stack), words, tag("ul", below) if below else None, class_=kinds or None)


def _below(flow: _Map, node: str, stack: str, room: _Room) -> Iterator[Safe]:
    for arrow in sorted(flow.onward.get(node, ()), key=lambda arrow: (arrow.back, not arrow.awaits)):
        yield _branch(flow, arrow.target, arrow, stack, room)


def _arrow_kinds(arrow: Arrow | None) -> Iterator[str]:
    if arrow is not None and arrow.back:
        yield "loop"
    if arrow is not None and not arrow.awaits:
        yield "handed"


def _box(flow: _Map, node: str, stack: str) -> Safe:
    site = flow.nodes[node]
    title, kind, *runs = site.lines
    elsewhere = flow.stacks[node] if flow.stacks[node] != stack else ""
    return tag(
        "span",
        tag("span", f"{elsewhere}/", class_="stack") if elsewhere else None,
        tag("b", name(title)),
        " ",
        tag("span", kind, class_="kind"),
        (join(" ", tag("span", each, class_="runs")) for each in runs),
        class_=f"leaf {site.severity.word}" if site.severity else "leaf",
    )
