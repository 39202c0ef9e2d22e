"""The flow as Mermaid and as a Graphviz graph: policies on the arrows, loops in red, names that stay names."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from seawall.engine import report_of
from seawall.report.dot import render as dot
from seawall.report.format import Screen
from seawall.report.mermaid import path
from seawall.report.mermaid import render as mermaid
from seawall.report.picture import picture
from seawall.rules import Mark
from seawall.template import load

from .building import report

SCENARIOS = sorted((Path(__file__).parents[1] / "scenarios").glob("*.json"))
REQUEUE = next(template for template in SCENARIOS if template.stem == "case-13-requeue")


def test_a_small_flow_in_mermaid(tmp_path: Path) -> None:
    lines = mermaid(report(tmp_path), Screen()).splitlines()
    assert lines == [
        "%% error[stacked-retries] 20 runs of Webhook/Charge for one event at Webhook/Queue",
        "flowchart LR",
        '  subgraph s1["Webhook"]',
        '    n1["Charge<br/>function<br/>20 runs"]:::error',
        '    n2["Machine<br/>state machine<br/>5 runs"]',
        '    n3["Charge in Machine<br/>state<br/>20 runs"]',
        '    n4["Pipe<br/>pipe"]',
        '    n5["Queue<br/>queue"]',
        "  end",
        '  n2 -->|"4 tries: Retry States.ALL MaxAttempts 3"| n3',
        '  n3 -->|"task"| n1',
        '  n4 -->|"pipe target"| n2',
        '  n5 -->|"pipe source, 5 tries: maxReceiveCount = 5"| n4',
        "  classDef error stroke:#d1242f,stroke-width:3px",
    ]


def test_the_same_flow_for_graphviz(tmp_path: Path) -> None:
    lines = dot(report(tmp_path), Screen()).splitlines()
    assert lines[0] == "// error[stacked-retries] 20 runs of Webhook/Charge for one event at Webhook/Queue"
    assert lines[1] == "digraph seawall {"
    assert '    label="Webhook";' in lines
    assert '    n1 [label="Charge\\nfunction\\n20 runs", color="#d1242f", penwidth=2];' in lines
    assert '  n5 -> n4 [label="pipe source, 5 tries: maxReceiveCount = 5"];' in lines


def test_the_way_back_of_a_loop_is_dashed_and_red() -> None:
    made = report_of(load([REQUEUE]))
    (loop,) = made.analysis.loops
    back = [arrow for arrow in picture(made).arrows if arrow.back]
    assert len(back) == len(loop.returns) == 1
    assert back[0].label.endswith("back: 4 for each one sent (service error (5xx))")
    arrows = [line for line in mermaid(made, Screen()).splitlines() if re.match(r"  n\d+ -", line)]
    styled = re.search(r"linkStyle ([\d,]+) stroke:#d1242f,\S+,stroke-dasharray", mermaid(made, Screen()))
    assert styled
    assert "back: 4 for each" in arrows[int(styled[1])]
    drawn = next(line for line in dot(made, Screen()).splitlines() if "back: 4 for each" in line)
    assert 'style=dashed, color="#d1242f"' in drawn


def test_a_path_that_comes_back_to_a_site_closes_the_loop() -> None:
    trace = (Mark("Q", 1), Mark("F", 5, "maxReceiveCount = 5", "mapping"), Mark("Q", 1, "", "send", False))
    assert path(trace) == [
        "flowchart LR",
        '  n1["Q"]',
        '  n2["F"]',
        '  n1 -->|"x5: maxReceiveCount = 5"| n2',
        '  n2 -->|"send"| n1',
        "  linkStyle 1 stroke:#d1242f,stroke-width:2px,stroke-dasharray:6 4",
    ]


def test_names_stay_names() -> None:
    evil = Mark('a"]<b>;`x` #quot; end\n%% {{', 1)
    node = path((evil, evil))[1]
    assert node == '  n1["a#34;#93;#60;b#62;#59;#96;x#96; #35;quot#59; end#92;n#37;#37; #123;#123;"]'


def test_a_big_flow_keeps_within_the_limits_and_says_what_it_leaves_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = report_of(load(SCENARIOS))
    whole, cut = picture(made), picture(made, 12)
    assert len(whole.arrows) > 12 >= len(cut.arrows) > 0
    assert any(re.fullmatch(r"not drawn: \d+ places in the flows of less .*", caption) for caption in cut.captions)
    drawn = sum(map(len, cut.groups.values()))
    left_out = sum(int(caption.split()[2]) for caption in cut.captions if caption.startswith("not drawn: "))
    assert drawn + left_out == len(made.analysis.flow.sites)
    monkeypatch.setattr("seawall.report.mermaid._MOST_TEXT", len(mermaid(made, Screen())) // 2)
    assert mermaid(made, Screen()).count("subgraph") < len(whole.groups)


@pytest.mark.skipif(shutil.which("dot") is None, reason="needs Graphviz")
def test_graphviz_takes_it() -> None:
    text = dot(report_of(load(SCENARIOS)), Screen())
    subprocess.run(["dot", "-Tcanon"], input=text.encode(), capture_output=True, check=True)


@pytest.mark.parametrize("template", SCENARIOS, ids=lambda path: path.stem)
def test_every_arrow_joins_nodes_that_are_drawn(template: Path) -> None:
    text = mermaid(report_of(load([template])), Screen())
    nodes = set(re.findall(r'^ +(n\d+)\["', text, re.M))
    ends = [end for arrow in re.findall(r'^  (n\d+) -[^|\n]*(?:\|"[^"]*"\|)? (n\d+)$', text, re.M) for end in arrow]
    assert set(ends) == nodes
