"""Words of the findings: those that an on-call engineer knows who has never seen the product."""

from __future__ import annotations

import re

import pytest

from .judging import ALL, scenario

_COUNTED = {"stacked-retries", "excessive-retries", "unbounded-retry"}
_STRANGE = re.compile(
    r"by age alone|when it raises|away from .*, watch|run times not counted|keep the retry in one place"
)
"""What readers had to look at twice."""


@pytest.mark.parametrize("name", ALL)
def test_a_figure_is_for_a_failing_event(name: str) -> None:
    for finding in scenario(name).findings:
        if finding.rule in _COUNTED:
            assert finding.headline.startswith("one failing event "), finding.headline


@pytest.mark.parametrize("name", ALL)
def test_no_finding_speaks_a_language_of_its_own(name: str) -> None:
    for finding in scenario(name).findings:
        assert not _STRANGE.search(f"{finding.message}\n{finding.fix.text}"), finding.message
