"""Figures with two ends: the low one never above the high one, and each reading that an author states lies between.

Random chains of calls whose code was not read, behind a queue or a rule, each synchronous for certain, asynchronous
for certain, or either.
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seawall.graph import CLASSES, FailureClass
from seawall.retries import Analysis, Count, analyse
from seawall.services import build
from seawall.template import load
from tests.whole import examples

from .wirings import Json, arn, function, machine, queue, reads, resource, role, sender, task, template

READINGS: tuple[Json, ...] = ({"raises": True}, {"raises": False}, {"awaited": False})
"""Everything that an author can say of a call: it is heeded, it is waited for but not heeded, it is not waited for."""


def weight(count: Count) -> tuple[bool, int]:
    """What no number bounds is more than every number."""
    return (not count.exact, count.value)


@st.composite
def chains(draw: st.DrawFn) -> tuple[Json, dict[str, list[Json | None]]]:
    """Resources, and by function the readings of its call that are tried: not stated, and each that can be."""
    resources: Json = {}
    length = draw(st.integers(1, 3))
    names = [f"F{number}" for number in range(length + 1)]
    for here, after in pairwise(names):
        how = draw(st.sampled_from(["Invoke", "StartSyncExecution"]))
        to = after
        if how == "StartSyncExecution":
            to = f"M{after}"
            resources[to] = machine("A", "EXPRESS", A=task(after, draw(st.integers(0, 2))))
        action = "lambda:InvokeFunction" if how == "Invoke" else "states:StartSyncExecution"
        on = arn(to) if how == "Invoke" else {"Ref": to}
        resources[f"R{here}"] = role((action, on))
        resources[here] = sender(f"R{here}", TARGET={"Ref": to})
    resources[names[-1]] = function()
    for name in names:
        if draw(st.booleans()):
            retries = draw(st.integers(0, 2))
            config: Json = {"FunctionName": {"Ref": name}, "Qualifier": "$LATEST", "MaximumRetryAttempts": retries}
            config |= {"MaximumEventAgeInSeconds": draw(st.sampled_from([60, 179, 180, 21_600]))}
            resources[f"C{name}"] = resource("Lambda::EventInvokeConfig", **config)
    if draw(st.booleans()):
        resources |= {"Q": queue(draw(st.integers(1, 4))), "M": reads("Q", names[0])}
    else:
        targets = [{"Id": "t", "Arn": arn(names[0])}]
        resources["Rule"] = resource("Events::Rule", EventPattern={"source": ["shop"]}, Targets=targets)
    return resources, {name: [None, *READINGS] for name in names[:-1]}


def analysed(directory: Path, resources: Json, stated: dict[str, Json] | None = None) -> Analysis:
    made: dict[str, Any] = json.loads(json.dumps(template(resources)))
    for name, reading in (stated or {}).items():
        to = made["Resources"][name]["Properties"]["Environment"]["Variables"]["TARGET"]
        made["Resources"][name]["Metadata"] = {"seawall": {"calls": [{"to": to, **reading}]}}
    (directory / "app.json").write_text(json.dumps(made))
    return analyse(build(load([directory / "app.json"])))


def ends(found: Analysis, site: str, failure: FailureClass) -> tuple[tuple[bool, int], tuple[bool, int]]:
    return weight(found.least(site, failure)), weight(found.attempts.of(site, failure))


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chains(), st.data())
def test_a_statement_narrows_a_range(
    tmp_path: Path, drawn: tuple[Json, dict[str, list[Json | None]]], data: st.DataObject
) -> None:
    resources, readings = drawn
    wide = analysed(tmp_path, resources)
    chosen = {name: data.draw(st.sampled_from(each)) for name, each in readings.items()}
    stated = {name: reading for name, reading in chosen.items() if reading is not None}
    narrow = analysed(tmp_path, resources, stated)
    for site in (f"app/{name}" for name in resources if name.startswith("F")):
        for failure in CLASSES:
            low, high = ends(wide, site, failure)
            inner_low, inner_high = ends(narrow, site, failure)
            assert low <= inner_low <= inner_high <= high, (site, failure, stated)
            if len(stated) == len(readings):
                assert inner_low == inner_high, "every call is settled"


def test_the_readings_by_hand(tmp_path: Path) -> None:
    """A queue (4) -> F0 -> F1: awaited and heeded 4; unheeded 1; not waited for: the callee's own 1 + 1 tries."""
    resources = {
        "Q": queue(4),
        "M": reads("Q", "F0"),
        "R": role(("lambda:InvokeFunction", arn("F1"))),
        "F0": sender("R", TARGET={"Ref": "F1"}),
        "F1": function(),
        "C": resource(
            "Lambda::EventInvokeConfig", FunctionName={"Ref": "F1"}, Qualifier="$LATEST", MaximumRetryAttempts=1
        ),
    }
    assert ends(analysed(tmp_path, resources), "app/F1", FailureClass.ERROR) == ((False, 1), (False, 4))
    by_reading = [
        ends(analysed(tmp_path, resources, {"F0": reading}), "app/F1", FailureClass.ERROR) for reading in READINGS
    ]
    assert by_reading == [((False, 4), (False, 4)), ((False, 1), (False, 1)), ((False, 2), (False, 2))]
