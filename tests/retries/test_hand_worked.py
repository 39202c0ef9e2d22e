"""Figures worked out by hand where a small slip in the arithmetic gives another number."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seawall.graph import CLASSES, FailureClass, Flow, Hop, Place, Plan, Site, StateStep, Tries
from seawall.graph.guards import ALWAYS, Guard, Option
from seawall.retries import analyse
from seawall.retries.executions import courses
from seawall.services import build
from seawall.template import Address, load

PLACE = Place(Address("t", "R"))
ERROR = FailureClass.ERROR
DEAD = {"Fn::GetAtt": ["D", "Arn"]}


def awaited(source: str, target: str, tries: int = 1, guard: Guard = ALWAYS) -> Hop:
    return Hop(source, target, "hop", True, PLACE, tries=dict.fromkeys(CLASSES, Tries(tries)), guard=guard)


def sent(source: str, target: str) -> Hop:
    return Hop(source, target, "hop", False, PLACE)


def runs(site: str, *hops: Hop) -> int | None:
    names = dict.fromkeys(name for hop in hops for name in (hop.source, hop.target))
    flow = Flow({name: Site(name, "site", works=True) for name in names}, hops)
    return analyse(flow).attempts.of(site, ERROR).max


def test_branches_behind_a_failing_one_run_as_well() -> None:
    """Three branches beside each other: 7 tries and a catch, 1 try that fails the whole, 7 tries and a catch: 15."""
    steps = {
        "p#A": StateStep("p#A", caught={ERROR: ("p#Z",)}, escapes=frozenset()),
        "p#B": StateStep("p#B"),
        "p#C": StateStep("p#C", caught={ERROR: ("p#Z",)}, escapes=frozenset()),
        "p#Z": StateStep("p#Z"),
    }
    inner = {name: Site(name, "state", inside="p", works=True) for name in steps}
    sites = {"p": Site("p", "state-machine", plan=Plan(("p#A", "p#B", "p#C"), steps), works=True), **inner}
    tries = {"p#A": 7, "p#B": 1, "p#C": 7, "p#Z": 1}
    flow = Flow(sites, tuple(awaited("p", name, count) for name, count in tries.items()))
    counted = {"p#A": "error", "p#B": "error", "p#C": "error"}
    assert courses(flow, "p", counted)["error"].count.value == 15


def test_a_request_takes_one_route_of_an_api() -> None:
    """5 tries behind either route: 5, not 10."""
    routes = [awaited("api", name, guard=Guard(options=(Option("api", name),))) for name in "ab"]
    assert runs("x", *routes, awaited("a", "x", 5), awaited("b", "x", 5)) == 5


def test_a_sender_that_waits_for_a_site_and_hands_off_towards_it() -> None:
    """4 receives run u 4 times, as x fails it; each sends a copy that is received 4 times: 4 + 4 x 4 = 20."""
    assert runs("x", awaited("q", "u", 4), awaited("u", "x"), sent("u", "p"), awaited("p", "x", 4)) == 20


@pytest.mark.parametrize(("kind", "most"), [("EXPRESS", 20), ({"Fn::ImportValue": "kind"}, 20), ("STANDARD", 4)])
def test_a_machine_whose_type_is_not_known_may_be_express(tmp_path: Path, kind: object, most: int) -> None:
    """A pipe waits for an Express machine: 5 x 4; for a Standard one it does not: 4."""
    queue = {
        "Type": "AWS::SQS::Queue",
        "Properties": {"RedrivePolicy": {"deadLetterTargetArn": DEAD, "maxReceiveCount": 5}},
    }
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 3}]
    task = {"Type": "Task", "Resource": {"Fn::GetAtt": ["F", "Arn"]}, "End": True, "Retry": retry}
    machine = {"StateMachineType": kind, "Definition": {"StartAt": "T", "States": {"T": task}}}
    pipe = {
        "Source": {"Fn::GetAtt": ["Q", "Arn"]},
        "Target": {"Ref": "M"},
        "TargetParameters": {"StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}},
    }
    resources = {
        "Q": queue,
        "D": {"Type": "AWS::SQS::Queue"},
        "F": {"Type": "AWS::Lambda::Function", "Properties": {"Handler": "i.h", "Runtime": "python3.12", "Code": {}}},
        "M": {"Type": "AWS::StepFunctions::StateMachine", "Properties": machine},
        "P": {"Type": "AWS::Pipes::Pipe", "Properties": pipe},
    }
    (tmp_path / "app.json").write_text(json.dumps({"Resources": resources}), "utf-8")
    assert analyse(build(load([tmp_path / "app.json"]))).attempts.of("app/F", ERROR).value == most
