"""Patterns that wait until they are used."""

from __future__ import annotations

import re
import subprocess
import sys
from types import ModuleType

import pytest

from seawall.cli.late_patterns import LatePattern, let_patterns_wait

SOURCE = """
import re

WORDS = re.compile(r"(?P<first>a)(b)", re.IGNORECASE)

class Line:
    ends = re.compile("c$")

def made():
    return re.compile("d")
"""


def loaded(monkeypatch: pytest.MonkeyPatch, name: str) -> ModuleType:
    monkeypatch.setattr(re, "compile", re.compile)  # put back afterwards
    let_patterns_wait()
    module = ModuleType(name)
    exec(SOURCE, module.__dict__)
    return module


def test_a_pattern_is_made_at_its_first_use_and_then_is_as_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    module = loaded(monkeypatch, "seawall.some.module")
    words = module.WORDS
    assert isinstance(words, LatePattern)
    assert "search" not in vars(words)
    assert words.sub("-", "xABab") == "x--"
    found = words.fullmatch("aB")
    assert found is not None and (found["first"], found[2]) == ("a", "B")
    assert (words.pattern, words.groups, dict(words.groupindex)) == ("(?P<first>a)(b)", 2, {"first": 1})
    assert vars(words)["search"].__self__ is vars(words)["match"].__self__
    assert isinstance(module.Line.ends, LatePattern)
    assert module.Line.ends.search("abc") is not None


def test_what_a_function_makes_and_what_others_make_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(loaded(monkeypatch, "seawall.some.module").made(), re.Pattern)
    assert isinstance(loaded(monkeypatch, "logging.some").WORDS, re.Pattern)


def test_only_the_command_as_a_process_of_its_own_lets_them_wait() -> None:
    code = "import re, seawall, seawall.cli; seawall.check({'Resources': {'Q': {'Type': 'AWS::SQS::Queue'}}})"
    said = "print(re.compile.__module__)"
    found = subprocess.run([sys.executable, "-c", f"{code}; {said}"], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "re"
