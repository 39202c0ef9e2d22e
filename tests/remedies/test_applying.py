"""The contract of fixes: each is made in its template and the app judged again. What it promises comes out, what it is
for is gone, and whatever appears or gets worse with it is named as its side effect.

`make fixes` does the same for a folder of templates (SEAWALL_FIXES).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seawall.engine import judged_with, report_of
from seawall.graph.layers import DEPENDS_ON
from seawall.remedies.definitions import UneditableError
from seawall.rules import Context, Finding, Judged
from seawall.side_effects import side_effects
from seawall.template import App, InputError, NothingFound, load
from tests.rules.judging import Raw, judged

TEMPLATES = sorted(
    (*(Path(__file__).parents[1] / "scenarios").glob("*.json"), *(Path(__file__).parent / "apps").iterdir())
)
COUNTED = ("stacked-retries", "excessive-retries", "unbounded-retry")
UNTIL_EXPIRY = "until expiry"


def promised(finding: Finding) -> tuple[str, str] | None:
    """The figure that the changes start from, and the one that they bring."""
    effects = [change.effect for change in finding.changes if "->" in change.effect]
    if not effects or finding.rule not in COUNTED:
        return None
    return effects[0].partition(" -> ")[0], effects[-1].rpartition(" -> ")[2]


def figures(report: Judged, finding: Finding) -> Iterator[str]:
    """What the finding's figure is in an app: of its site for the worst event or for its own, or of its layer alone."""
    assert finding.failure is not None
    flow, found = report.analysis.flow, finding.failure
    sites = [finding.site] if len(finding.trace) < 2 else [finding.trace[-1].site]
    if finding.rule == "stacked-retries":
        yield f"{report.analysis.attempts.of(finding.site, found).value:,}"
        return
    source, target = finding.trace[-2].site, sites[0]
    for hop in flow.into(target):
        if hop.source == source and hop.kind == finding.trace[-1].hop:
            total = hop.tries_for(found).total
            yield UNTIL_EXPIRY if total is None else f"{total:,}"
    for entry in report.analysis.attempts.entries:
        for site in entry.inside:
            if entry.entry == source and flow.sites[site].works:
                yield f"{entry.attempts(site, found).value:,}"


def kept(report: Judged, finding: Finding) -> Iterator[str]:
    """What is wrong with a fix."""
    after = judged_with(Context.of(report), finding.changes)
    wanted = promised(finding)
    if wanted is not None:
        old, new = wanted
        if old != (UNTIL_EXPIRY if finding.attempts is None else f"{finding.attempts:,}"):
            yield f"starts from {old}, where {finding.attempts} was found"
        if new not in figures(after, finding):
            yield f"promises {new}, brings {list(figures(after, finding))}"
    places = {(one.rule, one.site, one.place, one.shape) for one in after.findings}
    if (finding.rule, finding.site, finding.place, finding.shape) in places and finding.rule != "group-blocked":
        yield "is still found"
    unnamed = set(side_effects(report, after)) - set(finding.side_effects)
    yield from (f"does not name: {line}" for line in sorted(unnamed))
    yield from (f"changes {place}, which is none of its own" for place in strangers(report, finding))


def strangers(report: Judged, finding: Finding) -> Iterator[str]:
    """Places that a fix changes, and that are neither on the finding's path nor added for one that is."""
    flow = report.analysis.flow
    marks = {mark.site for mark in finding.trace} | {finding.site, *finding.also}
    sites = {site for name in marks if name in flow.sites for site in (name, flow.container(name))}
    own = {finding.place.address, *(mark.place.address for mark in finding.trace if mark.place is not None)}
    own |= {place.address for site in sites if (place := flow.sites[site].place) is not None}
    # What reads for a site of the path, such as a mapping, and what leads on from it.
    near = [hop.place.address for site in sites for hop in (*flow.into(site), *flow.out_of(site))]
    near += [each.place.address for each in flow.pollings if {each.source, each.reader} <= sites]
    near += [hop.granted.place.address for site in sites for hop in flow.out_of(site) if hop.granted is not None]
    for change in finding.changes:
        for edit in change.edits:
            reader = edit.place.property == DEPENDS_ON  # the function of a mapping that is changed
            if (edit.beside or edit.place.address) not in {*own, *near} and not reader:
                yield f"{edit.place.address.logical_id} {edit.place.property}"


def broken(app: App) -> Iterator[str]:
    report = report_of(app)
    for finding in report.findings:
        try:
            wrong = list(kept(report, finding)) if finding.changes else []
        except UneditableError as error:
            wrong = [str(error)]
        wrong += denied(report, finding) if finding.fix.correction else []
        yield from (f"{finding.rule} at {finding.site}: {each}" for each in wrong)


def denied(report: Judged, finding: Finding) -> list[str]:
    """What is wrong with the lines that say that a finding assumes what is not so."""
    after = judged_with(Context.of(report), finding.fix.correction)
    still = {(one.rule, one.site, one.shape) for one in after.findings}
    made = [one.fix.steps for one in after.findings if _key(one) == _key(finding)]
    numbers = finding.rule.startswith("image-") and finding.fix.steps not in made  # other ones are handed out then
    wrong = ["is found although it is stated not to be so"] if _key(finding) in still and not numbers else []
    known = {_key(one) for one in report.findings}
    statements = [one for one in after.findings if one.rule == "wrong-statement" and _key(one) not in known]
    return wrong + [f"states what cannot be so: {one.headline}" for one in statements]


def _key(finding: Finding) -> tuple[str, str, tuple[str, ...]]:
    return finding.rule, finding.site, finding.shape


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.stem)
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
    after = judged_with(Context.of(report), finding.changes)
    assert not [each for each in after.findings if each.rule == "retry-loop"]
    (template,) = after.app.templates.values()
    name, *steps = path
    value = template.body["Resources"][name]["Properties"]
    for step in steps:
        value = value[step]
    queue = template.body["Resources"][value["Fn::GetAtt"][0]]
    assert queue["Type"] == "AWS::SQS::Queue"
    assert queue["Properties"].get("FifoQueue") == resources.get("One", {}).get("Properties", {}).get("FifoQueue")


@pytest.mark.parametrize(("before", "after"), [(None, "P"), ("Other", ["Other", "P"]), (["A", "B"], ["A", "B", "P"])])
def test_a_function_waits_for_the_right_to_send_where_it_gets_one(tmp_path: Path, before: Raw, after: Raw) -> None:
    """Lambda refuses a destination to which the role may not send: the config names the function, and so comes last."""
    resources = fails(Other={"Type": "AWS::SNS::Topic"}, A={"Type": "AWS::SNS::Topic"}, B={"Type": "AWS::SNS::Topic"})
    if before is not None:
        resources["Worker"]["DependsOn"] = before
    report = judged(tmp_path, {"Resources": resources})
    (finding,) = [each for each in report.findings if each.rule == "handoff-gap"]
    (template,) = judged_with(Context.of(report), finding.changes).app.templates.values()
    wanted = json.loads(json.dumps(after).replace('"P"', '"WorkerDeadLettersPolicy"'))
    assert template.body["Resources"]["Worker"]["DependsOn"] == wanted
    assert "WorkerDeadLettersPolicy" in template.body["Resources"]


ALLOWED = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": {"Fn::GetAtt": ["Fn", "Arn"]}}


def itself(*statements: Raw, own: bool = False, **allowed: Any) -> Raw:
    """A function whose role lets it call itself, by these statements or one; with a policy of its own, or inline."""
    statements = statements or ({**ALLOWED, **allowed},)
    document = {"PolicyName": "P", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}
    attached = {"Type": "AWS::IAM::Policy", "Properties": {**document, "Roles": [{"Ref": "Role"}]}}
    inline = {} if own else {"Policies": [document]}
    return {
        "Role": {"Type": "AWS::IAM::Role", "Properties": inline},
        "Fn": {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": ["Role", "Arn"]}}},
        "Logs": {"Type": "AWS::Lambda::Function", "Properties": {"Role": "arn:aws:iam::111122223333:role/r"}},
        **({"Policy": attached} if own else {}),
    }


OTHER = {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}
LOGS = {"Fn::GetAtt": ["Logs", "Arn"]}
PERMISSIONS = {
    "the only statement of the only policy": (itself(), "Role", "Policies.0"),
    "one statement of several": (itself(OTHER, ALLOWED), "Role", "Policies.0.PolicyDocument.Statement.1"),
    "a policy of its own": (itself(own=True), "Policy", ""),
    "one resource of several": (
        itself(Resource=[LOGS, ALLOWED["Resource"]]),
        "Role",
        "Policies.0.PolicyDocument.Statement.0.Resource.1",
    ),
    "one action of several": (
        itself(Action=["logs:PutLogEvents", "lambda:InvokeFunction"]),
        "Role",
        "Policies.0.PolicyDocument.Statement.0.Action.1",
    ),
}


@pytest.mark.parametrize(("resources", "name", "path"), PERMISSIONS.values(), ids=PERMISSIONS.keys())
def test_a_permission_that_alone_makes_a_cycle_is_taken_away_and_nothing_else(
    tmp_path: Path, resources: Raw, name: str, path: str
) -> None:
    report = judged(tmp_path, {"Resources": resources})
    (finding,) = [each for each in report.findings if each.rule == "retry-loop"]
    places = [(edit.place.address.logical_id, edit.place.property) for each in finding.changes for edit in each.edits]
    assert places == [(name, path)]
    assert list(broken(report.app)) == []
    assert not [each for each in judged_with(Context.of(report), finding.changes).findings if each.rule == "retry-loop"]
    assert not [
        each for each in judged_with(Context.of(report), finding.fix.correction).findings if each.rule == "retry-loop"
    ]


def several() -> Raw:
    """The same, where more hangs on what would go."""
    resources = itself(own=True)
    resources["Other"] = {"Type": "AWS::IAM::Role"}
    resources["Policy"]["Properties"]["Roles"].append({"Ref": "Other"})
    return resources


KEPT = {
    "a policy that two roles have": several(),
    "several actions on several resources": itself(
        Action=["lambda:GetFunction", "lambda:InvokeFunction"], Resource=[LOGS, ALLOWED["Resource"]]
    ),
    "a policy that something waits for": {
        **itself(own=True),
        "Queue": {"Type": "AWS::SQS::Queue", "DependsOn": "Policy"},
    },
}


@pytest.mark.parametrize(("name", "resources"), KEPT.items(), ids=KEPT.keys())
def test_a_permission_on_which_more_hangs_is_its_authors_to_take_away(
    tmp_path: Path, name: str, resources: Raw
) -> None:
    report = judged(tmp_path, {"Resources": resources})
    (finding,) = [each for each in report.findings if each.rule == "retry-loop"]
    assert not [edit for each in finding.changes for edit in each.edits if edit.removes]
    assert ("a role of its own" in finding.fix.text) is (name == "a policy that two roles have")
    assert list(broken(report.app)) == []


@pytest.mark.parametrize("taken", ["WorkerDeadLetters", "WorkerDeadLettersAlarm", "WorkerDeadLettersPolicy"])
def test_what_a_fix_adds_takes_the_place_of_nothing(tmp_path: Path, taken: str) -> None:
    mine = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "mine"}}
    report = judged(tmp_path, {"Resources": fails(**{taken: mine})})
    (finding,) = [each for each in report.findings if each.rule == "handoff-gap"]
    (template,) = judged_with(Context.of(report), finding.changes).app.templates.values()
    resources = template.body["Resources"]
    assert resources[taken] == mine
    assert {"WorkerDeadLetters2", "WorkerDeadLetters2Alarm", "WorkerDeadLetters2Policy"} <= resources.keys()
