"""The comment on a pull request: readable as text, safe against markup in names, and never too long."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from seawall.graph import Gap
from seawall.report.format import Screen
from seawall.report.markdown import render
from seawall.report.markup import cell, code, code_block, prose
from seawall.rules import Acknowledgement, Fix, Severity, Step, StopNow, StopStep, Suppressed
from seawall.rules.fail_on import FailOn
from seawall.template import Skipped

from .building import CHARGE, QUEUE, TRACE, finding, report

GITHUB = MarkdownIt("gfm-like", {"html": True, "linkify": False})

EVIL = [
    "*bold*", "_em_", "__b__", "~~gone~~", "[x](https://evil.example)", "![x](y)", "<script>alert(1)</script>",
    "`tick", "``two``", "a|b", "#heading", "org/repo#1", "@team", "a@b.example", "https://evil.example",
    "www.evil.example", "&lt;b&gt;", ":tada:", "GH-12", "\\*", "1.", "-", "+", "> quote", "===", "$x$", "</details>",
]  # fmt: skip


@pytest.mark.parametrize("evil", EVIL)
def test_prose_shows_what_it_is_given_and_nothing_else(evil: str) -> None:
    for text in (evil, f"{evil} runs", f"runs of {evil}, often"):
        html = GITHUB.render(prose(text))
        shown = re.sub(r"</?(?:p|code)>", "", html).strip()
        assert "<" not in shown
        assert shown.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&") == text


@pytest.mark.parametrize("evil", ["@team", "https://evil.example", "www.evil.example", "org/repo#1", ":tada:", "GH-12"])
def test_what_only_github_would_turn_into_a_link_is_code(evil: str) -> None:
    assert prose(f"by {evil}") == f"by `{evil}`"


def test_what_stands_in_braces_is_one_piece_of_code() -> None:
    answer = '{"batchItemFailures": [{"itemIdentifier": ...}]}'
    assert (
        prose(f"return {answer} from the handler, or {{}}, {{ a")
        == f"return `{answer}` from the handler, or `{{}}`, `{{` a"
    )


def test_code_survives_backticks_and_bars() -> None:
    assert code("a`b``c") == "```a`b``c```"
    assert code("`") == "`` ` ``"
    table = f"| a |\n| --- |\n| {cell(code('x|y'))} |\n"
    assert "<td><code>x|y</code></td>" in GITHUB.render(table)
    assert code_block("```\nx")[0] == "````text"


def test_the_verdict_comes_first(tmp_path: Path) -> None:
    made = report(tmp_path)
    assert render(made, Screen()).startswith("## Seawall: check failed: 1 error\n")
    assert render(made, Screen(fail_on=FailOn.NEVER)).startswith("## Seawall: check passed with 1 error\n")
    assert render(report(tmp_path, []), Screen()).startswith("## Seawall: check passed: nothing found\n")


def test_then_the_table_the_worst_path_and_the_details(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = render(report(tmp_path), Screen())
    assert (
        "| error | `stacked-retries` | `Charge`<br>`Webhook.template.json:34` | 20 "
        "| 20 runs of Charge for one event at Queue |\n"
    ) in text
    assert '```mermaid\nflowchart LR\n  n1["Queue"]\n  n2["Pipe<br/>5 in all"]\n' in text
    assert '  n1 -->|"x5: maxReceiveCount = 5"| n2\n' in text
    assert "<summary>error <code>stacked-retries</code> at <code>Charge</code></summary>" in text
    assert "\n- error, timeout, throttle, fault: 5 x 4 = 20\n" in text
    assert "\nFix: let the queue own the retry: drop the Retry of the state Charge: 20 -> 5\n" in text
    assert text.count("<details>") == text.count("</details>") == 1


def test_accepted_findings_and_unknowns_come_last(tmp_path: Path) -> None:
    accepted = Suppressed(finding(), Acknowledgement("stacked-retries", "paid <for>", CHARGE))
    made = report(
        tmp_path, [], [accepted],
        unknown=[Gap(QUEUE, "RedrivePolicy", "a parameter")], skipped=(Skipped("b.json", "not JSON"),),
    )  # fmt: skip
    text = render(made, Screen())
    assert "at <code>Charge</code>: <code>paid &lt;for&gt;</code></summary>" in text
    assert text.index("### Acknowledged") < text.index("### Not known")
    assert text.endswith("- `b.json` skipped: not JSON\n- `Queue RedrivePolicy`: a parameter\n")


@pytest.mark.parametrize("evil", [name for name in EVIL if " " not in name])
def test_names_stay_names_everywhere(tmp_path: Path, evil: str) -> None:
    trace = (TRACE[0], TRACE[1], *(mark for mark in TRACE[2:]))
    odd = finding(
        site=evil,
        headline=f"{evil} runs",
        facts=(evil,),
        fix=Fix((Step(evil, evil, (evil,)), Step(evil)), evil, evil, evil),
        also=(evil,),
        trace=trace,
    )
    accepted = Suppressed(odd, Acknowledgement("stacked-retries", evil, CHARGE))
    html = GITHUB.render(render(report(tmp_path, [odd], [accepted]), Screen()))
    allowed = r"</?(?:h2|h3|p|table|thead|tbody|tr|th|td|code|pre|ul|li|strong|details|summary|br)(?: [^<>]*)?>"
    assert re.findall(r"<[^<>]*>", re.sub(allowed, "", html)) == []
    assert html.count("<details>") == html.count("</details>") == 2


def test_what_to_do_at_once_is_folded_below_the_fix(tmp_path: Path) -> None:
    stop = StopNow("the metric rises", steps=(StopStep("disable it", ("aws off",)), StopStep("go on", ("aws on",))))
    text = render(report(tmp_path, [finding(stop_now=stop)]), Screen())
    worst = text.partition("### The worst")[2].partition("</details>")[0]
    assert worst.index("\nFix: ") < worst.index("<details><summary>If it is looping now</summary>")
    assert worst.endswith("1. disable it\n\n```sh\naws off\n```\n\n2. go on\n\n```sh\naws on\n```\n\n")


def test_what_does_not_fit_is_counted(tmp_path: Path) -> None:
    many = [finding(severity=Severity.WARNING, attempts=number) for number in range(400)]
    accepted = [Suppressed(found, Acknowledgement("stacked-retries", "paid for", CHARGE)) for found in many]
    text = render(report(tmp_path, many, accepted), Screen())
    assert 50_000 < len(text) <= 65_536
    assert text.startswith("## Seawall: check passed with 400 warnings\n")
    shown, known = (part.count("<details>") for part in text.split("### Acknowledged"))
    assert f"Left out for want of room: {400 - shown} findings." in text
    assert f"Left out for want of room: {400 - known} acknowledged findings." in text
    rows = len(re.findall("^\\| warning ", text, re.M))
    assert f"Left out for want of room: {400 - rows} rows." in text
