"""Workflow commands: escaped as the runner unescapes them, no more than it shows, and nothing else that it obeys."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from seawall.report.format import Screen
from seawall.report.github import render
from seawall.rules import Acknowledgement, Severity, Suppressed

from .building import CHARGE, finding, report


def test_a_finding_is_one_command_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    command, notice = render(report(tmp_path), Screen()).splitlines()
    assert command.startswith(
        "::error file=Webhook.template.json,line=34,title=stacked-retries%3A Webhook/Charge"
        "::20 runs of Webhook/Charge for one event at Webhook/Queue%0Aat Webhook.template.json:34  Webhook/Charge%0A"
    )
    assert notice.startswith("::notice title=Seawall::1 error in 1 template")


def test_properties_and_messages_are_escaped_each_in_its_way(tmp_path: Path) -> None:
    odd = finding(site="a,b:c%d\r\ne", headline="50%: a,b", facts=("c",))
    command = render(report(tmp_path, [odd]), Screen()).splitlines()[0]
    assert "title=stacked-retries%3A a%2Cb%3Ac%25d\\r\\ne::" in command
    assert "::50%25: a,b%0A" in command


def test_the_severity_is_the_command(tmp_path: Path) -> None:
    found = [finding(severity=severity) for severity in (Severity.ERROR, Severity.WARNING, Severity.NOTE)]
    lines = render(report(tmp_path, found), Screen()).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["::error", "::warning", "::notice", "::notice"]


def test_what_github_would_drop_is_listed_in_the_log(tmp_path: Path) -> None:
    found = [finding(severity=severity, attempts=n) for severity in Severity for n in range(12)]
    text = render(report(tmp_path, found), Screen())
    assert [len(re.findall(f"^::{name} ", text, re.M)) for name in ("error", "warning", "notice")] == [10, 10, 10]
    lines = text.splitlines()
    start = lines.index("::group::7 further findings without an annotation")
    assert [line.split("[")[0] for line in lines[start + 1 : start + 8]] == ["- note"] * 3 + ["- warning"] * 2 + [
        "- error"
    ] * 2
    assert lines[start + 8] == "::endgroup::"
    assert lines[-1].endswith("; 7 findings beyond what GitHub annotates: see the log of this step")


def test_accepted_findings_are_in_the_log_with_their_reason(tmp_path: Path) -> None:
    accepted = Suppressed(finding(), Acknowledgement("stacked-retries", "paid for", CHARGE))
    group, line, end, _ = render(report(tmp_path, [], [accepted]), Screen()).splitlines()
    assert (group, end) == ("::group::acknowledged: 1 finding", "::endgroup::")
    assert line.startswith("- error[stacked-retries] 20 runs of Webhook/Charge ")
    assert line.endswith(": paid for")


def test_no_name_becomes_a_command_of_its_own(tmp_path: Path) -> None:
    evil = Acknowledgement("stacked-retries", "x\n::set-env name=A::b ##[add-mask]c", CHARGE)
    odd = finding(headline="::stop-commands::x", facts=("::error::y",), site="##[error]z\n::debug::w")
    lines = render(report(tmp_path, [odd], [Suppressed(odd, evil)]), Screen()).splitlines()
    assert [line.split(" ")[0].split("::")[1] for line in lines if line.lstrip().startswith("::")] == [
        "error", "group", "endgroup", "notice",
    ]  # fmt: skip
    assert not any("##[" in line for line in lines if not line.startswith("::"))


def test_a_long_message_is_cut(tmp_path: Path) -> None:
    command = render(report(tmp_path, [finding(headline="x" * 9_000)]), Screen()).splitlines()[0]
    assert len(command.rpartition("::")[2]) == 4_004
    assert command.endswith(" ...")
