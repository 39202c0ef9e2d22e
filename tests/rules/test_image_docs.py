"""The examples of the page on lifecycle policies run, and say what the page says."""

from __future__ import annotations

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "ecr-lifecycle.md"


def test_the_examples_of_the_page_run() -> None:
    ran = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert ran.attempted > 15
    assert ran.failed == 0
