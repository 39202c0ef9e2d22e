"""Messages: the number first, and every figure can be worked out from the factors printed beside it."""

from __future__ import annotations

import math
import re

import pytest

from seawall.engine import report_of
from seawall.rules import Finding
from seawall.settings import Settings
from seawall.template import load

from .judging import ALL, SCENARIOS, SILENT, scenario

FIGURE = re.compile(r"^(at least )?([\d,]+) = (.+)$")
FACTOR = re.compile(r"([\d,]+|\?) \([^()]*(?:\([^()]*\)[^()]*)*\)")
SITES = re.compile(r"\([^()]*(?:\([^()]*\)[^()]*)*\)")


def whole(text: str) -> int:
    return int(text.replace(",", ""))


def worked_out(derivation: str) -> int:
    """What a reader gets who adds up the products of a derivation, its explanations left out."""
    bare = SITES.sub("", derivation)
    return sum(math.prod(whole(factor) for factor in re.findall(r"[\d,]+", product)) for product in bare.split(" + "))


def findings(limit: int) -> list[Finding]:
    return [finding for name in ALL for finding in scenario(name, max_attempts=limit).findings]


@pytest.mark.parametrize("limit", [1, 2, 5, 10])
def test_figures_can_be_worked_out_from_their_factors(limit: int) -> None:
    seen = 0
    for finding in findings(limit):
        for line in finding.message.splitlines():
            if figure := FIGURE.match(line):
                assert worked_out(figure[3]) == whole(figure[2]) == finding.attempts, line
                first = finding.message.splitlines()[0]
                assert figure[2] in first
                bare = re.search(r"times \(([^()]*)\)", first)
                assert bare is None or worked_out(bare[1]) == finding.attempts
                seen += 1
    assert seen >= 4


def test_every_factor_names_its_place_and_setting() -> None:
    for finding in findings(1):
        if finding.rule == "stacked-retries":
            derivation = next(line for line in finding.message.splitlines() if FIGURE.match(line))
            for factor in FACTOR.findall(derivation):
                assert factor
            assert all(": " in explained for explained in SITES.findall(derivation)), derivation


def test_rounds_can_be_worked_out() -> None:
    (line,) = [
        line
        for finding in scenario("case-13-stated-laps").findings
        for line in finding.message.splitlines()
        if " in 5 rounds: " in line
    ]
    total = re.search(r"one becomes ([\d,]+) in 5 rounds: (.+)", line)
    assert total is not None
    assert whole(total[1]) == worked_out(total[2]) == 1_365


@pytest.mark.parametrize("name", SILENT)
def test_silence(name: str) -> None:
    assert not scenario(name).findings


@pytest.mark.parametrize("name", ALL)
def test_first_lines_end_without_a_line_break_and_fixes_are_said(name: str) -> None:
    for finding in scenario(name).findings:
        assert all(line == line.strip() and line for line in finding.message.splitlines())
        assert finding.fix.text
        assert len(finding.headline) < 150 + 5 * len(finding.site)


def test_order_is_stable_and_worst_first() -> None:
    app = load([SCENARIOS])
    once, again = report_of(app, Settings()).findings, report_of(load([SCENARIOS]), Settings()).findings
    assert once == again
    severities = [finding.severity for finding in once]
    assert severities == sorted(severities, reverse=True)
