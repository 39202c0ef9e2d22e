"""The contract of fixes: each is made in its template and the app judged again. What it promises comes out, what it is
for is gone, and whatever appears or gets worse with it is named as its side effect.

`make fixes` does the same for a folder of templates (SEAWALL_FIXES).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from seawall.engine import Report, report_of
from seawall.remedies.applying import applied
from seawall.remedies.definitions import UneditableError
from seawall.remedies.search import Edit
from seawall.remedies.work import work_behind
from seawall.rules import Finding
from seawall.side_effects import side_effects
from seawall.template import App, InputError, NothingFound, load
from tests.rules.judging import Raw, judged

SCENARIOS = sorted((Path(__file__).parents[1] / "scenarios").glob("*.json"))
COUNTED = ("stacked-retries", "excessive-retries", "unbounded-retry")
CODE = {"retry-loop"}
"""Rules whose fix is a change of code: no template shows it."""


def edits(finding: Finding) -> list[Edit]:
    return [edit for change in finding.changes for edit in change.edits]


def mended(report: Report, finding: Finding) -> Report:
    return report_of(applied(report.app, edits(finding)), report.settings)


def promised(finding: Finding) -> int | None:
    """The figure that the last change brings."""
    effects = [change.effect for change in finding.changes if "->" in change.effect]
    last = effects[-1].rpartition("->")[2].strip().replace(",", "") if effects and finding.rule in COUNTED else ""
    return int(last) if last.isdecimal() else None


def site_of(report: Report, finding: Finding) -> str:
    """The code whose runs are counted."""
    if finding.rule == "stacked-retries" or len(finding.trace) < 2:
        return finding.site
    source, target = finding.trace[-2].site, finding.trace[-1].site
    hop = next(hop for hop in report.analysis.flow.into(target) if hop.source == source)
    return work_behind(report.analysis, hop) or target


def kept(report: Report, finding: Finding) -> Iterator[str]:
    """What is wrong with a fix."""
    after = mended(report, finding)
    wanted = promised(finding)
    if wanted is not None and finding.failure is not None:
        found = after.analysis.attempts.of(site_of(report, finding), finding.failure).value
        if found != wanted:
            yield f"promises {wanted}, brings {found}"
    places = {(one.rule, one.site, one.place, one.shape) for one in after.findings}
    if (finding.rule, finding.site, finding.place, finding.shape) in places and finding.rule != "group-blocked":
        yield "is still found"
    unnamed = set(side_effects(report, after)) - set(finding.side_effects)
    yield from (f"does not name: {line}" for line in sorted(unnamed))


def broken(app: App) -> Iterator[str]:
    report = report_of(app)
    for finding in report.findings:
        try:
            wrong = list(kept(report, finding)) if finding.changes else []
        except UneditableError as error:
            wrong = [] if finding.rule in CODE else [str(error)]
        yield from (f"{finding.rule} at {finding.site}: {each}" for each in wrong)


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_a_fix_brings_what_it_promises_and_names_what_else_it_brings(file: Path) -> None:
    assert list(broken(load([file]))) == []


def given() -> list[Path]:
    folder = os.environ.get("SEAWALL_FIXES")
    return (
        sorted(each for each in Path(folder).rglob("*") if each.suffix in (".json", ".yaml", ".yml")) if folder else []
    )


@pytest.mark.skipif(not given(), reason="`make fixes` names a folder of templates")
def test_the_same_for_every_template_of_a_folder() -> None:
    found: list[str] = []
    for path in given():
        try:
            app = load([path])
        except (InputError, NothingFound):
            continue
        found += (f"{path.name}: {each}" for each in broken(app))
    assert found == []


def fails(**more: Raw) -> Raw:
    """A function that a topic calls, and whose failed events are led back to that topic."""
    role = {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}
    code = {"ZipFile": "def handler(event, context): print(event)"}
    made = {"Runtime": "python3.13", "Handler": "index.handler", "Role": {"Fn::GetAtt": ["Role", "Arn"]}, "Code": code}
    called = {"TopicArn": {"Ref": "Topic"}, "Protocol": "lambda", "Endpoint": {"Fn::GetAtt": ["Worker", "Arn"]}}
    return {
        "Role": {"Type": "AWS::IAM::Role", "Properties": role},
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Call": {"Type": "AWS::SNS::Subscription", "Properties": called},
        "Worker": {"Type": "AWS::Lambda::Function", "Properties": made | more.pop("worker", {})},
        **more,
    }


def queues(**more: bool) -> Raw:
    """Two queues, each the dead-letter queue of the other, read by one function."""
    code = {"ZipFile": "def handler(event, context): print(event)"}
    made = {
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Role": "arn:aws:iam::111122223333:role/r",
        "Code": code,
    }
    found: Raw = {"Worker": {"Type": "AWS::Lambda::Function", "Properties": made}}
    for name, other in (("One", "Two"), ("Two", "One")):
        redrive = {"deadLetterTargetArn": {"Fn::GetAtt": [other, "Arn"]}, "maxReceiveCount": 5}
        read = {"EventSourceArn": {"Fn::GetAtt": [name, "Arn"]}, "FunctionName": {"Ref": "Worker"}, "BatchSize": 1}
        found[name] = {
            "Type": "AWS::SQS::Queue",
            "Properties": {"VisibilityTimeout": 60, "RedrivePolicy": redrive} | more,
        }
        found[f"{name}Read"] = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": read}
    return found


CONFIG = {
    "Type": "AWS::Lambda::EventInvokeConfig",
    "Properties": {
        "FunctionName": {"Ref": "Worker"},
        "Qualifier": "$LATEST",
        "DestinationConfig": {"OnFailure": {"Destination": {"Ref": "Topic"}}},
    },
}
CYCLES = {
    "an on-failure destination": (fails(Config=CONFIG), ("Config", "DestinationConfig", "OnFailure", "Destination")),
    "a function's dead-letter topic": (
        fails(worker={"DeadLetterConfig": {"TargetArn": {"Ref": "Topic"}}}),
        ("Worker", "DeadLetterConfig", "TargetArn"),
    ),
    "dead-letter queues of each other": (queues(), ("Two", "RedrivePolicy", "deadLetterTargetArn")),
    "FIFO ones": (queues(FifoQueue=True), ("Two", "RedrivePolicy", "deadLetterTargetArn")),
}


@pytest.mark.parametrize(("resources", "path"), CYCLES.values(), ids=CYCLES.keys())
def test_a_cycle_that_a_property_closes_is_led_to_a_queue_that_nothing_reads(
    tmp_path: Path, resources: Raw, path: tuple[str, ...]
) -> None:
    report = judged(tmp_path, {"Resources": resources})
    (finding,) = [each for each in report.findings if each.rule == "retry-loop"]
    assert list(kept(report, finding)) == []
    after = mended(report, finding)
    assert not [each for each in after.findings if each.rule == "retry-loop"]
    (template,) = after.app.templates.values()
    name, *steps = path
    value = template.body["Resources"][name]["Properties"]
    for step in steps:
        value = value[step]
    queue = template.body["Resources"][value["Fn::GetAtt"][0]]
    assert queue["Type"] == "AWS::SQS::Queue"
    assert queue["Properties"].get("FifoQueue") == resources.get("One", {}).get("Properties", {}).get("FifoQueue")
