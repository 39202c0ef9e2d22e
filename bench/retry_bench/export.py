"""Makes `cases.jsonl` of the labelled wirings in this project's tests: ``python -m bench.retry_bench.export``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from seawall.graph import CLASSES
from tests.retries import test_lambda_cases, test_wirings, test_worked_cases, wirings

from .cases import ENDLESS, FILE, LIMIT, LOOP, OVER, Case, Runs

AGE = "age"
_CLASSES = ("error", "timeout", "fault", "throttle")
_JUDGED = ("error", "timeout", "fault")
"""A throttle ran no code."""
_SILENT = {
    "silent-dlq-unconsumed": ("Worker", (5, 5, 5, 5)),
    "silent-eventbridge-lambda": ("Worker", (3, 3, AGE, AGE)),
    "silent-failure-destination": ("Worker", (2, 2, AGE, AGE)),
    "silent-fire-and-forget-pipe": ("Task", (3, 3, 3, 3)),
    "excessive-single-layer": ("Worker", (100, 100, 100, 100)),
    "gap-handoff-no-sink": ("Task", (1, 1, 1, 1)),
    "idle-event-invoke-config": ("Task", (1, 1, 1, 1)),
    "idle-shadowed-retrier": ("Task", (3, 3, 3, 3)),
    "unbounded-stream": ("Worker", (AGE, AGE, AGE, AGE)),
}
"""As tests/scenarios/README.md says it: site, and runs by class."""
_SENT_BACK = {"case-26-sent-back"}
"""Worked cases whose code sends the event back: a loop."""
_STEPS = {"queue (5) -> durable function: the mapping waits for the execution"}
"""Its steps, which the label does not name, are tried six times by the SDK's default: 5 x 6."""


def exported() -> Iterator[Case]:
    """All cases."""
    yield from _worked()
    yield from _figures()
    yield from _of_lambda()
    yield from _loops()


def _worked() -> Iterator[Case]:
    """The worked cases of the model and the scenarios, from real templates."""
    labels: dict[str, dict[str, tuple[Any, ...]]] = {}
    for name, site, expected in [*test_worked_cases.CASES, *((key, *value) for key, value in _SILENT.items())]:
        labels.setdefault(name, {})[site] = expected
    labels["case-02-queue-without-redrive"] = {"Worker": (Runs(11_520, 11_520, "time"),) * 4}
    for name, sites in sorted(labels.items()):
        body = json.loads((test_worked_cases.SCENARIOS / f"{name}.json").read_text("utf-8"))
        functions = [key for key, one in body["Resources"].items() if one["Type"] == "AWS::Lambda::Function"]
        runs = {
            _named(functions, site): dict(zip(_CLASSES, map(_runs, expected), strict=True))
            for site, expected in sites.items()
        }
        yield _case(name, body, runs, int(name in _SENT_BACK))
    for name, gain in {"case-13-requeue": 2}.items():
        body = json.loads((test_worked_cases.SCENARIOS / f"{name}.json").read_text("utf-8"))
        yield _case(name, body, {}, 1, why=f"{gain - 1} per lap and more")


def _named(functions: Iterable[str], site: str) -> str:
    return next(each for each in functions if each.startswith(site))


def _figures() -> Iterator[Case]:
    """Which ways one event can take: rules, filters, worlds, competing readers."""
    for name, (resources, top, most) in test_wirings.EXACT.items():
        yield _case(name, wirings.template(resources, top), {"F": {"error": _runs(most)}}, None)


def _of_lambda() -> Iterator[Case]:
    """Lambda's own retries, mappings, destinations and dead letters."""
    for name, template, site, expected in test_lambda_cases.CASES:
        shown = [AGE if each == test_lambda_cases.AGE else each for each in expected]
        if all(each == AGE or isinstance(each, int) for each in shown):
            by_class = {failure.value: _runs(each) for failure, each in zip(CLASSES, shown, strict=True)}
            yield _case(name, {"Resources": template}, {site: by_class}, 0)


def _loops() -> Iterator[Case]:
    """What closes a loop of events, and what only looks as if it did."""
    for name, (resources, top, count) in test_wirings.LOOPS.items():
        yield _case(name, wirings.template(resources, top), {}, count)


def _runs(expected: Any) -> Runs:
    if isinstance(expected, Runs):
        return expected
    return Runs(1, None, "time") if expected == AGE else Runs(expected, expected)


def _case(name: str, body: Any, runs: dict[str, dict[str, Runs]], loops: int | None, why: str = "") -> Case:
    return Case(name, {"app.template.json": body}, runs, loops, list(_hazards(name, runs, loops)), why)


def _hazards(name: str, runs: dict[str, dict[str, Runs]], loops: int | None) -> Iterable[str]:
    """What follows from the labels. Asynchronous events end by age wherever nothing is set: that alone is none."""
    figures = [by_class[failure] for by_class in runs.values() for failure in _JUDGED if failure in by_class]
    errors = [by_class["error"] for by_class in runs.values() if "error" in by_class]
    counted = [each.max for each in figures if each.max is not None and each.bounded_by == "count"]
    if any(each.bounded_by != "count" for each in errors):
        yield ENDLESS
    if name in _STEPS or any(each > LIMIT for each in counted):
        yield OVER
    if loops:
        yield LOOP


def main() -> None:
    """Write the file."""
    lines = [json.dumps(msgspec.to_builtins(case), sort_keys=True) for case in exported()]
    FILE.write_text("".join(f"{line}\n" for line in lines), "utf-8")


if __name__ == "__main__":
    main()
