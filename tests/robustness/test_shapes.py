"""Templates, machines, policies and apps of every shape: an answer, never an exception."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.contract import holds
from fuzz.mutation import SCALARS, intrinsic, mutated
from fuzz.targets import TARGETS
from fuzz.vocabulary import names, types
from tests.whole import examples

SEEDS = Path(__file__).parents[2] / "fuzz" / "seeds"
CRASHES = sorted((Path(__file__).parent / "crashes").glob("*-*"))
QUICK = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

CHANGES = st.lists(st.integers(0, 2**32), min_size=1, max_size=12)
"""Each number is one change: hypothesis leaves out those that do not matter."""
VALUES = st.recursive(
    st.sampled_from(SCALARS),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(names()), inner, max_size=3)
        | st.builds(
            lambda value, seed: intrinsic({"Resources": {"A": 1, "B": 2}}, value, Random(seed)), inner, st.integers()
        )
    ),
    max_leaves=8,
)
RESOURCES = st.fixed_dictionaries(
    {"Type": st.sampled_from(types())},
    optional={
        "Properties": st.dictionaries(st.sampled_from(names()), VALUES, max_size=6) | VALUES,
        "Metadata": st.fixed_dictionaries({}, optional={"seawall": VALUES, "aws:cdk:path": VALUES}) | VALUES,
        "Condition": VALUES,
        "DependsOn": VALUES,
        "DeletionPolicy": VALUES,
    },
)


def changed(document: Any, changes: list[int]) -> Any:
    for change in changes:
        document = mutated(document, Random(change))
    return document


@pytest.mark.parametrize(
    ("target", "seed"),
    [
        pytest.param(target, file, id=f"{target}-{file.stem}")
        for target in TARGETS
        for file in sorted((SEEDS / target).iterdir())
    ],
)
def test_every_seed_is_answered(target: str, seed: Path) -> None:
    TARGETS[target](seed.read_bytes())


@pytest.mark.parametrize("crash", CRASHES, ids=lambda file: file.name)
def test_what_broke_once_is_answered_now(crash: Path) -> None:
    TARGETS[crash.name.rpartition("-")[0]](crash.read_bytes())


@pytest.mark.parametrize(
    ("target", "seed"),
    [
        pytest.param(target, file, id=f"{target}-{file.stem}")
        for target in ("check", "machine", "lifecycle", "together")
        for file in sorted((SEEDS / target).glob("*.json"))
        if file.name not in ("sam.json", "number.json")
    ],
)
@settings(QUICK, max_examples=examples(3))
@given(changes=CHANGES)
def test_a_real_shape_with_wrong_pieces(target: str, seed: Path, changes: list[int]) -> None:
    TARGETS[target](json.dumps(changed(json.loads(seed.read_text("utf-8")), changes)).encode())


@settings(QUICK, max_examples=examples(4))
@given(changes=CHANGES)
def test_a_serverless_template_with_wrong_pieces(changes: list[int]) -> None:
    TARGETS["check"](
        json.dumps(changed(json.loads((SEEDS / "check" / "sam.json").read_text("utf-8")), changes)).encode()
    )


@settings(QUICK, max_examples=examples(40))
@given(
    resources=st.dictionaries(st.sampled_from(["A", "B", "C", "a/b", "é", ""]), RESOURCES, max_size=5),
    sections=st.data(),
)
def test_resources_of_every_type_with_properties_of_every_kind(
    tmp_path: Path, resources: Any, sections: st.DataObject
) -> None:
    named = st.sampled_from(
        ["Parameters", "Conditions", "Mappings", "Outputs", "Globals", "Transform", "Rules", "Metadata"]
    )
    body = {**sections.draw(st.dictionaries(named, VALUES, max_size=3)), "Resources": resources}
    path = tmp_path / "t.json"
    path.write_text(json.dumps(body))
    holds([path])


@pytest.mark.parametrize(
    "conditions",
    [
        {},
        {"C": None},
        {"C": {"Fn::Equals": ["a"]}},
        {"C": {"Condition": "D"}, "D": {"Condition": "C"}},
        {"C": {"Fn::And": [{"Condition": "C"}, {"Fn::Not": "x"}]}},
    ],
)
@pytest.mark.parametrize("chosen", [["C", 3, 4], ["C", 3], [["C"], 3, 4], [], None, "C", [{"Ref": "C"}, 1, 2]])
def test_broken_conditions(tmp_path: Path, conditions: Any, chosen: Any) -> None:
    queue = {
        "Type": "AWS::SQS::Queue",
        "Properties": {"VisibilityTimeout": {"Fn::If": chosen}, "RedrivePolicy": {"Fn::If": chosen}},
    }
    mapping = {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {"EventSourceArn": {"Fn::GetAtt": ["Q", "Arn"]}, "FunctionName": {"Fn::If": chosen}},
    }
    path = tmp_path / "t.json"
    path.write_text(json.dumps({"Conditions": conditions, "Resources": {"Q": queue, "M": mapping}}))
    assert holds([path]).code in (0, 1)


def test_references_in_circles(tmp_path: Path) -> None:
    parameter = {"Type": "AWS::SSM::Parameter<String>", "Default": "{{resolve:ssm:/p}}"}
    stored = {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Name": "/p", "Value": {"Fn::Sub": "${P}{{resolve:ssm:/p}}"}},
    }
    queue = {
        "Type": "AWS::SQS::Queue",
        "Properties": {
            "QueueName": {"Ref": "P"},
            "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Q", "Arn"]}, "maxReceiveCount": {"Ref": "P"}},
        },
    }
    output = {"Value": {"Fn::ImportValue": "o"}, "Export": {"Name": "o"}}
    path = tmp_path / "t.json"
    path.write_text(
        json.dumps({"Parameters": {"P": parameter}, "Outputs": {"O": output}, "Resources": {"Q": queue, "S": stored}})
    )
    assert holds([path]).code in (0, 1)
