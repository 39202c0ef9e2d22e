"""The flow as a Mermaid flowchart, which GitHub, GitLab and many wikis draw.

Their limits are 500 arrows and 50,000 characters, so of a big app the worst flows are drawn.
Source: https://mermaid.js.org/config/schema-docs/config.html (maxEdges, maxTextSize)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from seawall.engine import Report
from seawall.rules import Mark, Severity

from .escape import clean
from .format import Format, Screen
from .picture import Arrow, DrawnSite, Picture, picture

_MOST_ARROWS = 400
_MOST_TEXT = 50_000
_PLAIN = re.compile(r"[^\w ./:,()+=-]")
_CLASSES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
_STYLES = (
    "classDef error stroke:#d1242f,stroke-width:3px",
    "classDef warning stroke:#bf8700,stroke-width:3px",
    "classDef note stroke:#0969da,stroke-width:2px",
)
_BACK = "stroke:#d1242f,stroke-width:2px,stroke-dasharray:6 4"


def render(report: Report, _screen: Screen) -> str:
    """The flowchart; findings stand in comments before it."""
    most = _MOST_ARROWS
    text = _drawn(picture(report, most))
    while len(text) > _MOST_TEXT and most > 1:
        most //= 2
        text = _drawn(picture(report, most))
    return text


def _drawn(drawn: Picture) -> str:
    lines = [f"%% {_comment(caption)}" for caption in drawn.captions]
    lines.append("flowchart LR")
    for number, (stack, nodes) in enumerate(drawn.groups.items(), 1):
        inside = [_node(node.id, node.lines, node.severity) for node in nodes]
        lines += _group(f"s{number}", stack, inside) if stack else [f"  {line}" for line in inside]
    lines += [f"  {_arrow(arrow)}" for arrow in drawn.arrows]
    lines += _styles((arrow.back for arrow in drawn.arrows), _used(drawn.groups.values()))
    return "\n".join(lines) + "\n"


def path(trace: Sequence[Mark]) -> list[str]:
    """A finding's path, from the event's entry on; an arrow that leads back to a site on it is a loop."""
    names = list(dict.fromkeys(mark.site for mark in trace))
    ids = {name: f"n{number}" for number, name in enumerate(names, 1)}
    running = {mark.site: mark.running for mark in reversed(trace)}
    roles = {mark.site: mark.role for mark in trace}
    lines = ["flowchart LR"]
    for name in names:
        total = running[name]
        said = filter(None, (name, roles[name], f"{total:,} in all" if total and total > 1 else ""))
        lines.append(f"  {_node(ids[name], said, None)}")
    back: list[bool] = []
    seen = {trace[0].site} if trace else set()
    for before, mark in pairwise(trace):
        tries = "no count" if mark.times is None else f"x{mark.times:,}" if mark.times != 1 else ""
        by = mark.note or ("" if mark.hop == "state" else mark.hop)
        label = ": ".join(part for part in (tries, by) if part)
        back.append(mark.site in seen)
        seen.add(mark.site)
        lines.append(f"  {_arrow(Arrow(ids[before.site], ids[mark.site], label, mark.awaits, back[-1]))}")
    return lines + _styles(back, ())


def _group(name: str, title: str, inside: Iterable[str]) -> list[str]:
    return [f'  subgraph {name}["{_escape(title)}"]', *(f"    {line}" for line in inside), "  end"]


def _node(name: str, lines: Iterable[str], severity: Severity | None) -> str:
    mark = f":::{_CLASSES[severity]}" if severity else ""
    return f'{name}["{"<br/>".join(map(_escape, lines))}"]{mark}'


def _arrow(arrow: Arrow) -> str:
    line = "-->" if arrow.awaits or arrow.back else "-.->"
    label = f'|"{_escape(arrow.label)}"|' if arrow.label else ""
    return f"{arrow.source} {line}{label} {arrow.target}"


def _styles(back: Iterable[bool], used: frozenset[str] | tuple[()]) -> list[str]:
    numbers = [str(number) for number, leads_back in enumerate(back) if leads_back]
    lines = [f"  {style}" for style in _STYLES if style.split()[1] in used]
    return lines + ([f"  linkStyle {','.join(numbers)} {_BACK}"] if numbers else [])


def _used(groups: Iterable[tuple[DrawnSite, ...]]) -> frozenset[str]:
    return frozenset(_CLASSES[node.severity] for nodes in groups for node in nodes if node.severity)


def _escape(text: str) -> str:
    """Text in a quoted label: whatever is not plain is written as its number.

    >>> print(_escape('a "b" <i>#1'))
    a #34;b#34; #60;i#62;#35;1
    """
    return _PLAIN.sub(lambda found: f"#{ord(found[0])};", clean(text))


def _comment(text: str) -> str:
    """A comment must not read as a directive, which begins with a brace."""
    return clean(text).replace("{", "(").replace("}", ")")


FORMAT = Format("mermaid", "the flow as a Mermaid flowchart", ".mmd", render)
