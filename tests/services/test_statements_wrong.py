"""Statements that contradict the template, name what is gone, or are no statements at all."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.services import read
from seawall.services.statements.forms import ENTRIES, TRAITS
from seawall.template import load
from tests.whole import examples

from .conftest import Raw, Wire, arn, function, machine, queue, ref, resource
from .test_statements import filtered, role, wrong

PAGE = Path(__file__).parents[2] / "docs" / "statements.md"


def section(wire: Wire, **stated: Any) -> dict[str, str]:
    """What is wrong with the statements of a function, by key."""
    resources = {"Fn": function() | {"Metadata": {"seawall": stated}}, "Queue": queue(), "Other": function()}
    return {place.removeprefix("Fn."): what for place, what in wrong(wire(resources)).items()}


SOUND: list[Raw] = [
    {},
    {"sends_to": [{"to": "Queue", "when": "failure", "laps": 5}, {"to": {"Ref": "Queue"}, "when": "always"}]},
    {"sends_to": {"to": "Queue"}},
    {"calls": [{"to": "Other", "raises": False}]},
    {"idempotent": True, "raises": False},
    {"idempotent": "keyed by order id"},
    {"acknowledge": [{"rule": "retry-loop", "reason": "polls at most 5 times"}]},
    {"sends_to": []},
]
BAD: list[tuple[Raw, str, str]] = [
    ({"send_to": []}, "send_to", "'send_to' is no statement; did you mean sends_to?"),
    ({"zzz": 1}, "zzz", "'zzz' is no statement"),
    ({"sends_to": [{"to": "Queue", "lap": 5}]}, "sends_to.0.lap", "sends_to takes no 'lap'; did you mean laps?"),
    ({"sends_to": [{"laps": 5}]}, "sends_to.0", "sends_to names nothing: `to` is missing"),
    ({"sends_to": ["Queue"]}, "sends_to.0", 'an entry of sends_to is an object such as {"to": ...}, not "Queue"'),
    ({"sends_to": [{"Ref": "Queue"}]}, "sends_to.0.Ref", "sends_to takes no 'Ref'"),
    ({"sends_to": [{"to": 5}]}, "sends_to.0.to", "`to` is a resource's name or a reference to it, not 5"),
    ({"sends_to": [{"to": "Queue", "laps": 0}]}, "sends_to.0.laps", "`laps` is a whole number from 1, not 0"),
    ({"sends_to": [{"to": "Queue", "laps": 2.5}]}, "sends_to.0.laps", "`laps` is a whole number from 1, not 2.5"),
    ({"sends_to": [{"to": "Queue", "laps": True}]}, "sends_to.0.laps", "`laps` is a whole number from 1, not true"),
    (
        {"sends_to": [{"to": "Queue", "when": "fails"}]},
        "sends_to.0.when",
        '`when` is "failure", "always" or "instead_of_failing", not "fails"',
    ),
    ({"calls": [{"to": "Other", "raises": "no"}]}, "calls.0.raises", '`raises` is true or false, not "no"'),
    ({"calls": [{"to": "Other", "when": "always"}]}, "calls.0.when", "calls takes no 'when'"),
    ({"never_sends_to": [{"to": "Queue", "laps": 1}]}, "never_sends_to.0.laps", "never_sends_to takes no 'laps'"),
    ({"idempotent": 1}, "idempotent", "`idempotent` is true, false or a reason, not 1"),
    ({"idempotent": ""}, "idempotent", '`idempotent` is true, false or a reason, not ""'),
    ({"raises": "maybe"}, "raises", '`raises` is true or false, not "maybe"'),
    ({"once_per_batch": []}, "once_per_batch", "`once_per_batch` is true or false, not []"),
    ({"acknowledge": [{"reason": "x"}]}, "acknowledge.0", "acknowledge names nothing: `rule` is missing"),
    ({"acknowledge": [{"rule": "a", "why": "x"}]}, "acknowledge.0.why", "acknowledge takes no 'why'"),
]


@pytest.mark.parametrize("stated", SOUND, ids=str)
def test_sound_statements(wire: Wire, stated: Raw) -> None:
    assert section(wire, **stated) == {}


@pytest.mark.parametrize(("stated", "place", "what"), BAD, ids=[str(each[0]) for each in BAD])
def test_what_is_no_statement(wire: Wire, stated: Raw, place: str, what: str) -> None:
    assert section(wire, **stated)[place] == what


def test_the_schema_on_the_page_says_the_same() -> None:
    (schema,) = re.findall(r"```json\n(\{\n  \"\$schema\".*?\n\})\n```", PAGE.read_text("utf-8"), re.DOTALL)
    judge = jsonschema.Draft202012Validator(json.loads(schema))
    judge.check_schema(judge.schema)
    assert [stated for stated in SOUND if not judge.is_valid(stated)] == []
    assert [stated for stated, _, _ in BAD if judge.is_valid(stated)] == []


@pytest.mark.parametrize("body", [[], "x", 5, None, True], ids=str)
def test_a_section_that_is_no_object(wire: Wire, body: Any) -> None:
    assert wrong(wire({"Fn": function() | {"Metadata": {"seawall": body}}})) == {"Fn.": "the statements are no object"}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Quue", "Quue names nothing that is analysed; did you mean Queue?"),
        ("app/Gone", "app/Gone names nothing that is analysed"),
        ({"Ref": "Gone"}, "Gone is declared nowhere in the template"),
        ({"Fn::GetAtt": ["Gone", "Arn"]}, "Gone is declared nowhere in the template"),
    ],
    ids=str,
)
def test_what_is_gone(wire: Wire, name: Any, why: str) -> None:
    assert section(wire, sends_to=[{"to": name}]) == {"sends_to.0.to": why}


def test_a_construct_of_a_stack_that_was_not_given_may_be_there(wire: Wire) -> None:
    wiring = wire({"Fn": function() | {"Metadata": {"seawall": {"sends_to": [{"to": "Other/Queue"}]}}}})
    assert not wrong(wiring)
    assert [each.why for each in wiring.unknowns] == ["Other/Queue is not among the analysed resources"]


def test_in_a_whole_assembly_everything_is_given(tmp_path: Path) -> None:
    body = {"Resources": {"Fn": function() | {"Metadata": {"seawall": {"sends_to": [{"to": "Other/Queue"}]}}}}}
    (tmp_path / "A.template.json").write_text(json.dumps(body))
    stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "A.template.json"}, "displayName": "A"}
    (tmp_path / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": {"A": stack}}))
    assert list(wrong(read(load([tmp_path]))).values()) == ["Other/Queue names nothing that is analysed"]


@pytest.mark.parametrize(
    ("kind", "stated", "what"),
    [
        (
            "SQS::Queue",
            {"idempotent": True},
            "idempotent is stated of functions, containers, jobs and state machines, not of an AWS::SQS::Queue",
        ),
        (
            "SNS::Topic",
            {"raises": False},
            "raises is stated of functions, containers and jobs, not of an AWS::SNS::Topic",
        ),
        (
            "Lambda::Function",
            {"matches": True},
            "matches is stated of rules and subscriptions, not of an AWS::Lambda::Function",
        ),
        (
            "SQS::Queue",
            {"once_per_batch": True},
            "once_per_batch is stated of functions, containers, jobs and state machines, not of an AWS::SQS::Queue",
        ),
        ("IAM::Role", {"calls": [{"to": "Fn"}]}, "an AWS::IAM::Role runs no code that Seawall follows"),
        ("SQS::Queue", {"sends_to": [{"to": "Fn"}]}, "an AWS::SQS::Queue runs no code that Seawall follows"),
    ],
)
def test_of_what_it_cannot_be_stated(wire: Wire, kind: str, stated: Raw, what: str) -> None:
    wiring = wire({"It": resource(kind) | {"Metadata": {"seawall": stated}}, "Fn": function()})
    assert what in wrong(wiring).values()


def test_an_acknowledgement_may_stand_anywhere(wire: Wire) -> None:
    stated = {"acknowledge": [{"rule": "retry-loop", "reason": "x"}]}
    assert not wrong(wire({"Role": resource("IAM::Role") | {"Metadata": {"seawall": stated}}}))


def test_never_to_a_declared_hop(wire: Wire) -> None:
    stated = {"Metadata": {"seawall": {"never_sends_to": [{"to": "Dead"}]}}}
    config = {"DeadLetterConfig": {"TargetArn": arn("Dead")}}
    topic = resource("SNS::Topic", Subscription=[{"Protocol": "lambda", "Endpoint": arn("Fn")}])
    wiring = wire({"Fn": function(**config) | stated, "Dead": queue(), "Topic": topic})
    assert wrong(wiring) == {
        "Fn.never_sends_to.0": "the template declares that app/Fn reaches app/Dead (Fn: DeadLetterConfig.TargetArn)"
    }
    piped = resource("Pipes::Pipe", Source=arn("Dead"), Target=ref("Machine")) | {
        "Metadata": {"seawall": {"never_sends_to": [{"to": "Machine"}]}}
    }
    assert wrong(wire({"Pipe": piped, "Dead": queue(), "Machine": machine("EXPRESS")})) == {
        "Pipe.never_sends_to.0": "the template declares that app/Pipe reaches app/Machine (Pipe: Target)"
    }


def test_never_and_yet(wire: Wire) -> None:
    found = section(wire, sends_to=[{"to": "Queue"}], never_sends_to=[{"to": "Queue"}])
    assert found == {"never_sends_to.0": "it is also stated that app/Fn reaches app/Queue"}


def test_never_to_what_nothing_suggests_is_moot(wire: Wire) -> None:
    stated = {"Metadata": {"seawall": {"never_sends_to": [{"to": "Queue"}]}}}
    (one,) = wire({"Fn": function() | stated, "Queue": queue()}).wrong
    assert (one.what, one.moot) == ("nothing suggests that app/Fn reaches app/Queue", True)


def test_a_queue_is_not_called(wire: Wire) -> None:
    assert section(wire, calls=[{"to": "Queue"}]) == {"calls.0": "app/Queue is a queue: it is sent to, not called"}


def test_the_template_says_whether_a_hop_is_awaited(wire: Wire) -> None:
    stated = {"Metadata": {"seawall": {"sends_to": [{"to": "Machine"}]}}}
    pipe = resource("Pipes::Pipe", Source=arn("Queue"), Target=ref("Machine")) | stated
    wiring = wire({"Pipe": pipe, "Queue": queue(), "Machine": machine("EXPRESS")})
    assert wrong(wiring) == {
        "Pipe.sends_to.0": "the template declares that app/Pipe awaits app/Machine (Pipe: Target); use calls"
    }
    assert wrong(wire(filtered(calls=[{"to": "Queue"}]))) == {
        "Topic.calls.0": "app/Queue is a queue: it is sent to, not called"
    }


def test_what_is_wrong_has_a_fix_and_settles_nothing(wire: Wire) -> None:
    stated = {"Metadata": {"seawall": {"sends_to": [{"to": "Queue", "lap": 5}, {"to": "Gone"}]}}}
    allowed = role("sqs:SendMessage", arn("Queue"))
    wiring = wire({"Fn": function(Role=arn("Role")) | stated, "Queue": queue(), "Role": allowed})
    assert [one.site for one in wiring.wrong] == ["app/Fn", "app/Fn"]
    assert all(one.fix for one in wiring.wrong)


@pytest.mark.parametrize("stated", ["x", {"sends_to": ["Queue", 5, None, []]}, {"calls": "Other"}], ids=str)
def test_what_is_no_statement_is_not_unknown_as_well(wire: Wire, stated: Any) -> None:
    wiring = wire({"Fn": function() | {"Metadata": {"seawall": stated}}, "Queue": queue(), "Other": function()})
    assert wiring.wrong
    assert not wiring.unknowns


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "Fn", "a/b", "arn:"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*ENTRIES, *TRAITS, "to", "when", "laps", "rule", "Ref", "Fn::GetAtt", "Fn::If", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from(["Fn", "Queue", "Live", "Machine", "Rule", "Sub", "Role"]), JSON)
@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nonsense_never_raises(wire: Wire, where: str, stated: Any) -> None:
    resources = {
        "Fn": function(),
        "Queue": queue(),
        "Live": resource("Lambda::Alias", FunctionName=ref("Fn")),
        "Machine": machine(),
        "Rule": resource("Events::Rule", EventPattern={"source": ["a"]}),
        "Sub": resource("SNS::Subscription", TopicArn="arn:aws:sns:eu-west-1:111122223333:t", FilterPolicy={}),
        "Role": resource("IAM::Role"),
    }
    resources[where] |= {"Metadata": {"seawall": stated}}
    wire(resources)


def test_a_name_that_two_resources_have_is_said_to_be_that_of_two(wire: Wire) -> None:
    twins = {each: resource("SQS::Queue", QueueName="orders") for each in ("One", "Two")}
    stated = function() | {"Metadata": {"seawall": {"sends_to": [{"to": "orders"}]}}}
    assert wrong(wire({"Fn": stated, **twins})) == {"Fn.sends_to.0.to": "orders is the name of 2 analysed resources"}
