"""Edits of a change as overrides: what cannot be edited says why. No CDK, and no jsii, is needed here."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.cdk.repairs.overrides import overrides
from seawall.graph import Place
from seawall.remedies.definitions import UneditableError
from seawall.remedies.search import Edit
from seawall.template import Address, Resource

MACHINE = Address("t.json", "M")


def machine(**properties: Any) -> Resource:
    kind = "AWS::StepFunctions::StateMachine"
    return Resource(MACHINE, kind, properties, {}, None, None, "M")


def without_retry(form: str) -> Edit:
    return Edit(Place(MACHINE, f"{form}.States.A.Retry"), "Retry", "none", removes=True)


def test_a_definition_as_an_object_loses_one_member() -> None:
    (made,) = overrides(
        machine(Definition={"States": {"A": {"Retry": []}}}), [without_retry("Definition")], "why", "said"
    )
    assert (made.keys, made.new) == (("Definition", "States", "A", "Retry"), None)


def test_two_edits_of_one_text_are_one_override() -> None:
    text = '{"States": {"A": {"Retry": [], "End": true}}}'
    backwards = Edit(Place(MACHINE, "DefinitionString.States.A.End"), "true", "false", value="false")
    (made,) = overrides(machine(DefinitionString=text), [without_retry("DefinitionString"), backwards], "why", "said")
    assert made.new == '{"States": {"A": {"End": false}}}'
    assert made.text == "said: why"


@pytest.mark.parametrize(
    ("form", "properties", "why"),
    [
        ("DefinitionString", {"DefinitionS3Location": {"Bucket": "b", "Key": "k"}}, "a file"),
        ("DefinitionString", {}, "no definition"),
        ("Definition", {"Definition": {"States": {"Fn::If": []}}}, "is put together by the deployment"),
    ],
)
def test_what_cannot_be_edited_says_why(form: str, properties: dict[str, Any], why: str) -> None:
    with pytest.raises(UneditableError, match=why):
        overrides(machine(**properties), [without_retry(form)], "why", "said")
