"""Whatever of a template becomes unresolvable: the figures stay or a gap appears (the long form is `make silence`)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.silence import Known, nodes, scenarios, silences


@pytest.mark.parametrize("path", scenarios(), ids=lambda path: path.stem)
def test_never_greener_in_silence(path: Path) -> None:
    body = json.loads(path.read_text("utf-8"))
    assert [(found.where, found.replaced_by, found.lost) for found in silences(body, every=5)] == []


def test_nodes_of_a_definition_given_as_text_are_among_them() -> None:
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"DefinitionString": definition}}
    found = {".".join(map(str, steps[3:])) for steps in nodes({"Resources": {"M": machine}})}
    assert found == {
        "DefinitionString", "DefinitionString.$.StartAt", "DefinitionString.$.States", "DefinitionString.$.States.A",
        "DefinitionString.$.States.A.Type",
    }  # fmt: skip


def test_what_is_lost_is_named_unless_something_is_said() -> None:
    before = Known({("F", "error"): (20, True)}, frozenset({("stacked-retries", "F")}), frozenset(), frozenset())
    now = Known({("F", "error"): (5, True)}, frozenset(), frozenset(), frozenset())
    assert before.greener(now) == ("F error 20 -> 5", "stacked-retries at F")
    said = Known(now.figures, now.findings, frozenset({("F", "P", "why")}), frozenset())
    assert before.greener(said) == ()
