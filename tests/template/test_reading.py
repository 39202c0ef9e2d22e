"""Reading properties: one type at a time, each with how certain it is."""

from __future__ import annotations

from typing import Any

import pytest

from seawall.template import ABSENT, Either, Known, Props, Reference, Setting, Unknown, ValueStatus

from .conftest import Make, props, resource, template

PARAMETERS = {"Tries": {"Type": "Number", "Default": "7"}, "Free": {"Type": "Number"}}


def section(make: Make, **properties: Any) -> Props:
    queue = resource("AWS::SQS::Queue", **properties)
    return props(make(t=template({"Q": queue, "Other": resource("AWS::SQS::Queue")}, Parameters=PARAMETERS)), "Q")


KNOWN, DEFAULT, UNKNOWN = ValueStatus.KNOWN, ValueStatus.DEFAULT, ValueStatus.UNKNOWN
NO_VALUE = {"Ref": "AWS::NoValue"}


@pytest.mark.parametrize(
    ("raw", "value", "status", "why"),
    [
        (5, 5, KNOWN, ""),
        ("5", 5, KNOWN, ""),
        ("-1", -1, KNOWN, ""),
        (5.0, 5, KNOWN, ""),
        ({"Ref": "Tries"}, 7, KNOWN, ""),
        (NO_VALUE, 30, DEFAULT, ""),
        (None, 30, DEFAULT, ""),
        ({"Fn::If": ["C", 5, "5"]}, 5, KNOWN, ""),
        ({"Fn::If": ["C", 30, NO_VALUE]}, 30, KNOWN, ""),
        ({"Fn::If": ["C", NO_VALUE, NO_VALUE]}, 30, DEFAULT, ""),
        ({"Fn::If": ["C", 5, 3]}, None, UNKNOWN, "depends on condition C"),
        ({"Fn::If": ["C", 5, {"Ref": "Free"}]}, None, UNKNOWN, "depends on condition C"),
        ({"Ref": "Free"}, None, UNKNOWN, "parameter Free has no default"),
        ({"Ref": "Other"}, None, UNKNOWN, "is ${Other}, which only the deployment knows"),
        (5.5, None, UNKNOWN, "5.5 is not a whole number"),
        ("five", None, UNKNOWN, "'five' is not a whole number"),
        ("1_0", None, UNKNOWN, "'1_0' is not a whole number"),
        (True, None, UNKNOWN, "True is not a whole number"),
        ([5], None, UNKNOWN, "a list is not a whole number"),
        ({"a": 1}, None, UNKNOWN, "an object is not a whole number"),
    ],
    ids=str,
)
def test_whole_numbers(make: Make, raw: Any, value: int | None, status: ValueStatus, why: str) -> None:
    read = section(make, VisibilityTimeout=raw).integer("VisibilityTimeout", default=30)
    assert read == Setting(value, status, "VisibilityTimeout", why)


def test_an_absent_property_is_its_default(make: Make) -> None:
    read = section(make)
    assert read.integer("A", "B", default=3) == Setting(3, DEFAULT, "A.B")
    assert read.integer("A") == Setting(None, DEFAULT, "A")
    assert read.flag("A") == Setting(False, DEFAULT, "A")
    assert read.value("A") == ABSENT
    assert read.raw("A") is None
    assert not read.exists("A")
    assert read.items("A") == ()
    assert list(read.mapping("A")) == []


def test_numbers_texts_and_flags(make: Make) -> None:
    read = section(make, rate=1.5, whole=2, text="x", number=5, yes="TRUE", no=False, odd="maybe")
    assert read.number("rate").value == 1.5
    assert read.number("whole").value == 2 and isinstance(read.number("whole").value, int)
    assert read.text("text").value == "x"
    assert read.text("number").value == "5"
    assert read.flag("yes").value is True
    assert read.flag("no") == Setting(False, KNOWN, "no")
    assert (
        read.flag("odd").why == "'odd' is not true or false" or read.flag("odd").why == "'maybe' is not true or false"
    )


def test_sections_know_their_path(make: Make) -> None:
    read = section(make, RedrivePolicy={"maxReceiveCount": 3}, Targets=[{"Arn": "x"}])
    policy = read.at("RedrivePolicy")
    assert policy.property == "RedrivePolicy"
    assert policy.integer("maxReceiveCount") == Setting(3, KNOWN, "RedrivePolicy.maxReceiveCount")
    assert read.at("Targets", 0).text("Arn").property == "Targets.0.Arn"
    assert policy.template.key == "t.json"
    assert policy.resource.address.logical_id == "Q"
    assert policy.raw() == {"maxReceiveCount": 3}


def test_json_given_as_text_is_read_as_json(make: Make) -> None:
    read = section(make, RedrivePolicy='{"maxReceiveCount": "3"}', Broken='{"a"')
    assert read.integer("RedrivePolicy", "maxReceiveCount").value == 3
    assert read.integer("Broken", "a").why == "text stands where an object is expected"


def test_a_condition_on_the_way_is_kept(make: Make) -> None:
    one, other = {"maxReceiveCount": 3, "x": 1}, {"maxReceiveCount": 3}
    read = section(make, RedrivePolicy={"Fn::If": ["C", one, other]}, Maybe={"Fn::If": ["C", {"a": 1}, NO_VALUE]})
    assert read.integer("RedrivePolicy", "maxReceiveCount").value == 3
    assert read.value("RedrivePolicy", "x") == Either("C", Known(1), ABSENT)
    assert read.integer("RedrivePolicy", "x").why == "depends on condition C"
    assert read.exists("Maybe", "a")
    assert read.raw("Maybe", "a") is None


def test_a_condition_below_itself_has_its_answer(make: Make) -> None:
    inner = {"Fn::If": ["C", 3, 9]}
    read = section(make, P={"Fn::If": ["C", {"n": inner}, {"n": 3}]})
    assert read.integer("P", "n").value == 3


def test_a_section_that_cannot_be_resolved_is_unknown_all_the_way_down(make: Make) -> None:
    read = section(make, P={"Ref": "Free"}, T={"a": 1, "Fn::Transform": {"Name": "AWS::Include"}}, S={"Ref": "Other"})
    assert read.integer("P", "a", "b", default=1).why == "parameter Free has no default"
    assert read.integer("T", "a").value == 1
    assert read.integer("T", "b", default=1).why == "may come out of a Fn::Transform"
    assert read.integer("S", "a", default=1).why == "is ${Other}, which only the deployment knows"


def test_type_nonsense_is_unknown(make: Make) -> None:
    read = section(make, P=[1], N=5)
    assert read.integer("P", "a", default=1).why == "a list stands where an object is expected"
    assert read.integer("N", 0, default=1).why == "a number stands where a list is expected"
    assert list(read.mapping("P")) == []


def test_entries_of_a_list(make: Make) -> None:
    entries = [1, NO_VALUE, {"Fn::If": ["C", 2, NO_VALUE]}, {"Fn::If": ["C", 3, {"Fn::If": ["D", 4, 5]}]}]
    items = section(make, L=entries).items("L")
    assert [(each.props.value(), each.conditions) for each in items] == [
        (Known(1), ()),
        (Known(2), ("C",)),
        (Known(3), ("C",)),
        (Known(4), ("not C", "D")),
        (Known(5), ("not C", "not D")),
    ]
    assert [each.props.property for each in items] == ["L.0", "L.2", "L.3", "L.3", "L.3"]


def test_a_condition_around_a_list(make: Make) -> None:
    items = section(make, L={"Fn::If": ["C", [{"a": 1}], NO_VALUE]}).items("L")
    assert [(each.props.integer("a").value, each.conditions) for each in items] == [(1, ("C",))]


def test_what_is_no_list_is_a_list_of_one(make: Make) -> None:
    read = section(make, S="x", R={"Ref": "Other"}, O={"a": 1}, U={"Ref": "Free"}, J="[1, 2]")
    assert [each.props.value() for each in read.items("S")] == [Known("x")]
    (reference,) = read.items("R")
    assert isinstance(reference.props.value(), Reference)
    assert read.items("O")[0].props.integer("a").value == 1
    assert isinstance(read.items("U")[0].props.value(), Unknown)
    assert [each.props.value() for each in read.items("J")] == [Known(1), Known(2)]


def test_references_in_a_list_stay_references(make: Make) -> None:
    items = section(make, L=[{"Fn::If": ["C", {"Ref": "Other"}, NO_VALUE]}, {"Ref": "Other"}]).items("L")
    assert all(isinstance(each.props.value(), Reference) for each in items)


def test_entries_of_an_object(make: Make) -> None:
    variables = {"Fn::If": ["C", {"A": 1, "B": {"Ref": "Other"}}, {"A": 2}]}
    entries = dict(section(make, Environment={"Variables": variables}).mapping("Environment", "Variables"))
    assert list(entries) == ["A", "B"]
    assert entries["A"].value() == Either("C", Known(1), Known(2))
    assert entries["A"].property == "Environment.Variables.A"


@pytest.mark.parametrize("raw", [10**12, -(10**12), str(10**12), float(10**12)])
def test_the_largest_number_that_is_taken(make: Make, raw: Any) -> None:
    assert section(make, N=raw).integer("N").value == int(raw)


@pytest.mark.parametrize("raw", [10**12 + 1, -(10**12) - 1, 10**300, str(10**12 + 1), 1e13, 1e300, "9" * 300])
def test_a_number_beyond_is_unknown(make: Make, raw: Any) -> None:
    for found in (section(make, N=raw).integer("N", default=3), section(make, N=raw).number("N", default=3.0)):
        assert (found.value, found.status) == (None, UNKNOWN)
    if not isinstance(raw, str):
        assert found.why == "a number beyond what any setting takes"
