"""The outcome as a page: one HTML file that needs nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from seawall._version import __version__
from seawall.report.format import Screen
from seawall.report.html_.elements import Safe, join, tag, verbatim

from .counts import Row
from .running import ReplayOutcome
from .words import by_lap, headline, observed, predicted, result

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 860, 320, 56, 34
_STEPS = 200
"""Steps of a curve at most: more cannot be seen."""
_COLOURS = ("#0b7285", "#c2255c", "#5f3dc4", "#e8590c", "#2b8a3e", "#1864ab", "#862e9c", "#5c940d")
_STYLE = """
:root{color-scheme:light dark;--ink:#1b1f23;--soft:#59636e;--line:#d0d7de;--back:#fff;--good:#1a7f37;--bad:#b42318}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa4ae;--line:#3d444d;--back:#0d1117;--good:#3fb950;
--bad:#ff7b72}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--back);max-width:960px;margin:2rem auto;
padding:0 1rem}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}.wide{overflow-x:auto}
td,th{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:left;font-weight:400}
th{color:var(--soft)}.n{text-align:right;font-variant-numeric:tabular-nums}
.equal,.within{color:var(--good)}.differs{color:var(--bad);font-weight:600}.explained,.open{color:var(--soft)}
svg{max-width:100%;height:auto}svg text{fill:var(--soft);font:12px system-ui,sans-serif}
li{margin:.2rem 0}footer{color:var(--soft);margin-top:3rem;font-size:.875rem}
"""


def page(outcome: ReplayOutcome, _screen: Screen) -> str:
    """The whole page."""
    body = tag(
        "body",
        tag("h1", headline(outcome)),
        tag("p", result(outcome)),
        _table(outcome.rows),
        tag("ul", (tag("li", told) for told in by_lap(outcome))) if outcome.laps else None,
        tag("h2", "Runs over time, added up"),
        curve(outcome.moments),
        join(tag("h2", "What is not as on AWS"), tag("ul", (tag("li", note) for note in outcome.notes)))
        if outcome.notes
        else None,
        tag("footer", f"seawall {__version__}: observed on a local emulator, beside what the model predicts."),
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", "Seawall replay"),
        tag("style", verbatim(_STYLE)),
    )
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _table(rows: Sequence[Row]) -> Safe:
    head = tag("tr", *(tag("th", word, scope="col") for word in ("site", "what", "predicted", "observed", "")))
    lines = (
        tag(
            "tr",
            tag("td", row.key.site),
            tag("td", row.key.what.value),
            tag("td", predicted(row), class_="n"),
            tag("td", observed(row), class_="n"),
            tag("td", row.verdict, title=row.why or None, class_=row.verdict),
        )
        for row in rows
    )
    return tag("div", tag("table", tag("thead", head), tag("tbody", lines)), class_="wide")


def curve(moments: Sequence[tuple[float, str]]) -> Safe:
    """Runs of each function over time, added up, as a drawing."""
    end = max((at for at, _ in moments), default=0.0) or 1.0
    most = max(Counter(name for _, name in moments).values(), default=1)
    names = list(dict.fromkeys(name for _, name in moments))
    right, top = _WIDTH - 10, 10
    legend = 18 * len(names)

    def x(at: float) -> float:
        return round(_LEFT + at / end * (right - _LEFT), 1)

    def y(count: int) -> float:
        return round(_HEIGHT - _BOTTOM - count / most * (_HEIGHT - _BOTTOM - top), 1)

    drawn: list[Safe] = []
    for count in sorted({0, most // 2, most}):
        drawn.append(tag("line", x1=_LEFT, x2=right, y1=_of(y(count)), y2=_of(y(count)), stroke="#8884"))
        drawn.append(tag("text", f"{count:,}", x=_LEFT - 8, y=_of(y(count) + 4), text_anchor="end"))
    drawn.append(tag("text", "0 s", x=_LEFT, y=_HEIGHT - 12))
    drawn.append(tag("text", f"{end:.1f} s", x=right, y=_HEIGHT - 12, text_anchor="end"))
    for number, name in enumerate(names):
        colour = _COLOURS[number % len(_COLOURS)]
        points = [f"{x(0)},{y(0)}"]
        runs = [at for at, each in moments if each == name]
        step = max(1, len(runs) // _STEPS)
        for count in range(step, len(runs) + 1, step):
            at = runs[count - 1]
            points += [f"{x(at)},{y(count - step)}", f"{x(at)},{y(count)}"]
        points.append(f"{x(end)},{points[-1].partition(',')[2]}")
        drawn.append(tag("polyline", points=" ".join(points), fill="none", stroke=colour, stroke_width=2))
        line = _HEIGHT + 18 * number
        drawn.append(tag("rect", x=_LEFT, y=line, width=10, height=10, fill=colour))
        drawn.append(tag("text", name, x=_LEFT + 16, y=line + 9))
    box = f"0 0 {_WIDTH} {_HEIGHT + legend + 4}"
    return tag("svg", *drawn, viewBox=box, role="img", aria_label="Runs of each function over time, added up")


def _of(number: float) -> str:
    return f"{number:g}"
