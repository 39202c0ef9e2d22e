"""The flow as a graph for Graphviz, a cluster for each stack."""

from __future__ import annotations

from seawall.engine import Report
from seawall.rules import Severity

from .escape import clean
from .format import Format, Screen
from .picture import Arrow, DrawnSite, picture

_COLORS = {Severity.ERROR: "#d1242f", Severity.WARNING: "#bf8700", Severity.NOTE: "#0969da"}
_BACK = _COLORS[Severity.ERROR]


def render(report: Report, _screen: Screen) -> str:
    """The graph; findings stand in comments before it."""
    drawn = picture(report)
    lines = [f"// {clean(caption)}" for caption in drawn.captions]
    lines += [
        "digraph seawall {",
        "  rankdir=LR;",
        '  node [shape=box, style=rounded, fontname="sans-serif"];',
        '  edge [fontname="sans-serif", fontsize=10];',
    ]
    for number, (stack, nodes) in enumerate(drawn.groups.items(), 1):
        inside = [_node(node) for node in nodes]
        if stack:
            lines += [f"  subgraph cluster_{number} {{", f"    label={_quote(stack)};"]
            lines += [*(f"    {line}" for line in inside), "  }"]
        else:
            lines += [f"  {line}" for line in inside]
    lines += [f"  {_arrow(arrow)}" for arrow in drawn.arrows]
    return "\n".join([*lines, "}"]) + "\n"


def _node(node: DrawnSite) -> str:
    color = f', color="{_COLORS[node.severity]}", penwidth=2' if node.severity else ""
    return f"{node.id} [label={_quote(*node.lines)}{color}];"


def _arrow(arrow: Arrow) -> str:
    options = [f"label={_quote(arrow.label)}"] if arrow.label else []
    if arrow.back:
        options += ["style=dashed", f'color="{_BACK}"', f'fontcolor="{_BACK}"', "constraint=false"]
    elif not arrow.awaits:
        options.append("style=dotted")
    said = f" [{', '.join(options)}]" if options else ""
    return f"{arrow.source} -> {arrow.target}{said};"


def _quote(*lines: str) -> str:
    r"""Lines as a quoted label, in which backslashes and entities would be interpreted.

    >>> print(_quote('a "b" \\N', "&lt;"))
    "a \"b\" \\N\n&amp;lt;"
    """
    safe = (clean(line).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;") for line in lines)
    return '"' + "\\n".join(safe) + '"'


FORMAT = Format("dot", "the flow as a graph, for Graphviz", ".dot", render)
