"""Readers that are run once for each value of a parameter, and what is put together again."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import FailureClass

from .conftest import Raw, Wire, arn, function, queue, resource
from .figures import analysed
from .test_code_reading_copies import reads


def app(receives: Any) -> dict[str, Raw]:
    return {
        "Role": resource("IAM::Role"),
        "Dead": queue(),
        "Q": queue(receives),
        "F": function(Runtime="python3.13", Role=arn("Role"), Code={"S3Bucket": "b", "S3Key": "k"}),
        "M": reads("Q", "F"),
    }


def stages(values: list[str], counts: list[int]) -> dict[str, Raw]:
    table = {value: {"n": count} for value, count in zip(values, counts, strict=True)}
    return {"Parameters": {"Stage": {"Type": "String", "AllowedValues": values}}, "Mappings": {"Receives": table}}


IN_MAP = {"Fn::FindInMap": ["Receives", {"Ref": "Stage"}, "n"]}


def worst(wire: Wire, resources: dict[str, Raw], **top: Raw) -> tuple[int | None, list[str]]:
    """The figure of F, and the worlds in which it holds."""
    figure = analysed(wire, resources, **top).figure("app/F", FailureClass.ERROR)
    return figure.count.max, [hop.world for hop in figure.main.hops if hop.world]


@pytest.mark.parametrize("number", [2, 3, 65, 256])
def test_each_value_of_a_parameter_is_a_world(wire: Wire, number: int) -> None:
    values = [f"s{each}" for each in range(number)]
    counts = [1 + (each * 7) % number for each in range(number)]
    said, worlds = worst(wire, app(IN_MAP), **stages(values, counts))
    assert said == number
    assert worlds == [f"Stage is s{counts.index(number)}"]


def test_more_values_than_are_told_apart_are_unknown(wire: Wire) -> None:
    values = [f"s{each}" for each in range(257)]
    said, _ = worst(wire, app(IN_MAP), **stages(values, [3] * 256 + [4]))
    assert said is None


def test_a_value_that_matters_to_nothing_makes_no_worlds(wire: Wire) -> None:
    wiring = wire(app(IN_MAP), **stages(["a", "b", "c"], [4, 4, 4]))
    [mapping] = [hop for hop in wiring.hops if hop.target == "app/F"]
    assert not mapping.guard.world


def test_one_that_differs_from_all_others_is_told_apart(wire: Wire) -> None:
    """Four stages with 3 receives, one with 9: two hops, of which the common one says where it is not."""
    wiring = wire(app(IN_MAP), **stages(["a", "b", "c", "d", "e"], [3, 3, 9, 3, 3]))
    hops = [hop for hop in wiring.hops if hop.target == "app/F"]
    assert {(hop.tries_for(FailureClass.ERROR).total, *sorted(hop.guard.world.items())) for hop in hops} == {
        (3, ("Stage is c", False)),
        (9, ("Stage is c", True)),
    }
    assert worst(wire, app(IN_MAP), **stages(["a", "b", "c", "d", "e"], [3, 3, 9, 3, 3])) == (9, ["Stage is c"])


def test_two_parameters_that_multiply(wire: Wire) -> None:
    """Receives of the stage, or those of the size where the stage is the last: the worst of all combinations."""
    top = stages(["a", "b", "c"], [2, 4, 3])
    top["Parameters"]["Size"] = {"Type": "String", "AllowedValues": ["s", "m", "l"]}
    top["Mappings"]["Sizes"] = {"s": {"n": 5}, "m": {"n": 7}, "l": {"n": 6}}
    top["Conditions"] = {"Last": {"Fn::Equals": [{"Ref": "Stage"}, "c"]}}
    receives = {"Fn::If": ["Last", {"Fn::FindInMap": ["Sizes", {"Ref": "Size"}, "n"]}, IN_MAP]}
    said, worlds = worst(wire, app(receives), **top)
    assert said == 7
    assert worlds == ["Size is m and Stage is c"]
