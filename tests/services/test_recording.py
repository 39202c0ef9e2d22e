"""Readers that are run once for each value of a parameter, and what is put together again."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.graph import FailureClass
from seawall.services.recording import TOO_MANY_WORLDS, each_world

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


SOURCES = {"Dead": queue(), "Q": queue(3), "F": function(), "M": reads("Q", "F")}


def kept_for(seconds: Any) -> dict[str, Raw]:
    """A queue with 3 receives of 30 s in front of a dead-letter queue that keeps its messages for `seconds`."""
    return {**SOURCES, "Dead": resource("SQS::Queue", MessageRetentionPeriod=seconds)}


def waited_for(seconds: Any) -> dict[str, Raw]:
    """A state that waits for `seconds` for a function that may take 60 s."""
    task = {"Type": "Task", "Resource": arn("F"), "TimeoutSeconds": 30, "End": True}
    machine = resource("StepFunctions::StateMachine", Definition={"StartAt": "A", "States": {"A": task}})
    return {"F": function(Timeout=seconds), "S": machine}


def switched(number: int, usual: int, odd: int) -> Any:
    """A value that `number` conditions decide, in so many combinations that none can be left out: `odd` in the first.

    A condition on each level asks for a parameter of its own.
    """
    value: list[Any] = [odd, *range(usual, usual + 2**number - 1)]
    for level in range(number):
        value = [{"Fn::If": [f"C{level}", *pair]} for pair in zip(value[::2], value[1::2], strict=True)]
    return value[0]


def switches(number: int) -> dict[str, Raw]:
    return {
        "Parameters": {f"P{level}": {"Type": "String"} for level in range(number)},
        "Conditions": {f"C{level}": {"Fn::Equals": [{"Ref": f"P{level}"}, "on"]} for level in range(number)},
    }


@pytest.mark.parametrize("number", [3, 70, 256])
@pytest.mark.parametrize("last", [False, True])
def test_what_one_of_many_values_decides_is_found_wherever_it_stands(wire: Wire, number: int, last: bool) -> None:
    """One stage keeps dead letters for 60 s, or runs for 60 s; all others for 14 days, or for 3 s."""
    values = [f"s{each}" for each in range(number)]
    odd = number - 1 if last else 0
    retentions = [60 if each == odd else 1_209_600 for each in range(number)]
    wiring = wire(kept_for(IN_MAP), **stages(values, retentions))
    assert [clock.world for clock in wiring.dead_letters if clock.least <= 0] == [f"Stage is s{odd}"]
    timeouts = [60 if each == odd else 3 for each in range(number)]
    wiring = wire(waited_for(IN_MAP), **stages(values, timeouts))
    assert [(wait.seconds, wait.works, wait.world) for wait in wiring.waits] == [(30, 60, f"Stage is s{odd}")]
    assert not any(gap.why == TOO_MANY_WORLDS for gap in wiring.unknowns)


@pytest.mark.parametrize(("number", "said"), [(4, False), (10, True)])
def test_what_was_not_looked_at_is_said(wire: Wire, number: int, said: bool) -> None:
    """16 combinations are looked at; of 1,024, some are not."""
    kept, waited = switched(number, 345_600, 60), switched(number, 3, 60)
    for resources, about in ((kept_for(kept), "app/Q"), (waited_for(waited), "app/S")):
        wiring = wire(resources, **switches(number))
        gaps = [gap.site for gap in wiring.unknowns if gap.why == TOO_MANY_WORLDS]
        assert gaps == ([about] if said else [])
        assert not wiring.app.reading.taken


def test_a_question_that_fails_leaves_nothing_taken(wire: Wire) -> None:
    wiring = wire(kept_for(60))
    reading = wiring.app.reading
    before = reading.taken, reading.needs

    def fails() -> None:
        raise ValueError("asked")

    with pytest.raises(ValueError, match="asked"):
        list(each_world(wiring, None, {"Stage is a": True}, fails))
    assert (reading.taken, reading.needs) == before
