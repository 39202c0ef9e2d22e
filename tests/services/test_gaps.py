"""Gaps: what they touch, what fails on them, and how they are accepted."""

from __future__ import annotations

import copy
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import seawall
from seawall.cli import main
from seawall.config import read_preferences
from seawall.engine import Report
from seawall.graph import GapKind
from seawall.report.document import document
from seawall.report.format import Screen, all_formats, format_named
from seawall.rules.fail_on import FailOn
from seawall.services import recording
from seawall.template import InputError

OPEN = {"Ref": "Receives"}
TEMPLATE: dict[str, Any] = {
    "Parameters": {"Receives": {"Type": "Number"}, "Other": {"Type": "String"}},
    "Resources": {
        "Q": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "VisibilityTimeout": 400,
                "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["D", "Arn"]}, "maxReceiveCount": OPEN},
            },
        },
        "D": {"Type": "AWS::SQS::Queue"},
        "F": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"Timeout": 30, "Runtime": "python3.12", "Handler": "index.handler",
                           "Code": {"ZipFile": "def handler(event, context):\n    return\n"}},
        },
        "M": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {"EventSourceArn": {"Fn::GetAtt": ["Q", "Arn"]}, "FunctionName": {"Ref": "F"}, "BatchSize": 1,
                           "FunctionResponseTypes": ["ReportBatchItemFailures"]},
        },
        "Lonely": {"Type": "AWS::SNS::Topic"},
        "Sub": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {"TopicArn": {"Ref": "Lonely"}, "Protocol": "sqs", "Endpoint": {"Ref": "Other"}},
        },
    },
}  # fmt: skip


def template() -> dict[str, Any]:
    return copy.deepcopy(TEMPLATE)


def checked(made: dict[str, Any] | None = None, **settings: Any) -> Report:
    return seawall.check(made or template(), **settings)


def by_property(report: Report) -> dict[str, tuple[str, ...]]:
    return {gap.property: tuple(name.rpartition("/")[2] for name in gap.touches) for gap in report.gaps}


def test_a_gap_touches_where_it_stands_and_what_comes_behind() -> None:
    assert by_property(checked()) == {
        "RedrivePolicy.maxReceiveCount": ("D", "F", "Q"),
        "Endpoint": ("Lonely",),  # of no site itself: of what it names
    }


def test_first_comes_what_is_on_a_path_with_retries_and_the_share_says_how_much_was_read() -> None:
    report = checked()
    assert [gap.property for gap in report.gaps] == ["RedrivePolicy.maxReceiveCount", "Endpoint"]
    assert report.read_percent == 0
    made = template()
    made["Resources"]["Q"]["Properties"]["RedrivePolicy"]["maxReceiveCount"] = 5
    assert checked(made).read_percent == 75


def test_a_value_that_is_given_closes_the_gap() -> None:
    assert "RedrivePolicy.maxReceiveCount" not in by_property(checked(parameters={"Receives": "5"}))


@pytest.mark.parametrize(
    "name", [name for name in all_formats() if name in ("text", "json", "markdown", "html", "sarif")]
)
def test_every_report_shows_each(name: str) -> None:
    shown = format_named(name).render(checked(), Screen(verbose=True))
    for part in ("RedrivePolicy.maxReceiveCount", "Endpoint"):
        assert part in shown.replace("<wbr>", "")


@pytest.mark.parametrize("name", ["text", "markdown", "html", "concise", "github"])
def test_every_face_shows_the_same_share(name: str) -> None:
    shown = format_named(name).render(checked(), Screen()).replace("%25", "%")
    assert "4 of 4 places" in " ".join(shown.split())


def test_the_report_as_data_says_what_where_and_what_it_touches(tmp_path: Path) -> None:
    path = tmp_path / "app.json"
    path.write_text(json.dumps(TEMPLATE, indent=1))
    gap, _ = document(seawall.check(path))["inputs"]["unknown"]
    assert (gap["what"], gap["path"], gap["touches"]) == ("setting", str(path), ["app/D", "app/F", "app/Q"])
    assert "maxReceiveCount" in path.read_text().splitlines()[gap["line"] - 1]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("unknown", FailOn.UNKNOWN), ("error,unknown", FailOn.UNKNOWN), ("unknown,error", FailOn.UNKNOWN),
        ("warning,unknown", FailOn.WARNING_UNKNOWN), ("unknown, warning", FailOn.WARNING_UNKNOWN),
        ("never", FailOn.NEVER),
    ],
)  # fmt: skip
def test_what_fails_may_be_combined(text: str, wanted: FailOn) -> None:
    assert FailOn(text) is wanted


def test_only_gaps_that_touch_a_site_fail() -> None:
    gaps = checked().gaps
    assert FailOn.UNKNOWN.fails([], gaps)
    assert not FailOn.ERROR.fails([], gaps)
    assert not FailOn.NEVER.fails([], gaps)
    assert not FailOn.UNKNOWN.fails([], [replace(gap, touches=()) for gap in gaps])


def run(tmp_path: Path, made: dict[str, Any], *arguments: str) -> int:
    path = tmp_path / "app.json"
    path.write_text(json.dumps(made))
    return main(["check", str(path), *arguments])


def test_the_command_ends_with_1_where_it_is_asked_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, template()) == 0
    assert run(tmp_path, template(), "--fail-on", "unknown") == 1
    assert "Check failed" in capsys.readouterr().out
    assert run(tmp_path, template(), "--fail-on", "unknown", "--parameter", "Receives=3", "--parameter", "Other=x") == 0
    assert run(tmp_path, template(), "--fail-on", "warning,unknown") == 1
    assert run(tmp_path, template(), "--fail-on", "unknow") == 2


def accepting(made: dict[str, Any], *names: str, **more: str) -> dict[str, Any]:
    for name in names:
        stated = {"rule": "gap", "reason": "known", **more}
        made["Resources"][name]["Metadata"] = {"seawall": {"acknowledge": [stated]}}
    return made


def test_acknowledged_gaps_stay_in_the_report_and_fail_nothing(tmp_path: Path) -> None:
    made = accepting(template(), "Q", "Sub")
    report = checked(made)
    assert (report.gaps, len(report.accepted_gaps), report.read_percent) == ((), 2, 100)
    unknown = document(report)["inputs"]["unknown"]
    assert [entry["acknowledged"] for entry in unknown] == [{"by": "metadata", "reason": "known"}] * 2
    assert run(tmp_path, made, "--fail-on", "unknown") == 0
    assert "accepted as unknown: 2 things" in format_named("text").render(report, Screen())


def test_an_acknowledgement_of_no_gap_is_reported() -> None:
    report = checked(accepting(template(), "F"))
    assert [finding.rule for finding in report.findings] == ["unmatched-acknowledgement"]


def test_the_whole_template_may_accept() -> None:
    made = template()
    made["Metadata"] = {"seawall": {"acknowledge": [{"rule": "gap", "reason": "values come later"}]}}
    assert checked(made).gaps == ()


def test_a_baseline_knows_gaps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "app.json"
    path.write_text(json.dumps(TEMPLATE))
    assert main(["baseline", str(path)]) == 0
    written = json.loads((tmp_path / "seawall-baseline.json").read_text())
    assert [gap["property"] for gap in written["gaps"]] == ["RedrivePolicy.maxReceiveCount", "Endpoint"]
    arguments = ["check", str(path), "--fail-on", "unknown", "--baseline", "seawall-baseline.json"]
    assert main(arguments) == 0
    made = template()
    made["Resources"]["M"]["Properties"]["FunctionName"] = {"Ref": "Other"}
    path.write_text(json.dumps(made))
    assert main(arguments) == 1  # a new one


def test_code_that_could_not_be_followed_is_one_of_them() -> None:
    made = template()
    code = "import company\ndef handler(event, context):\n    company.send(event)\n"
    made["Resources"]["F"]["Properties"]["Code"]["ZipFile"] = code
    [gap] = [gap for gap in checked(made).gaps if gap.what is GapKind.CODE]
    assert gap.touches


LOUD = {"rule": "excessive-retries", "reason": "meant"}


def loud(**more: str) -> dict[str, Any]:
    made = template()
    made["Resources"]["Q"]["Properties"]["RedrivePolicy"]["maxReceiveCount"] = 50
    made["Metadata"] = {"seawall": {"acknowledge": [{**LOUD, **more}]}}
    return made


def rules(report: Report) -> list[str]:
    return sorted(finding.rule for finding in report.findings)


@pytest.mark.parametrize(("until", "open_"), [("2027-03-01", False), ("2027-02-28", True), ("soon", True), ("", False)])
def test_acknowledgements_end(until: str, open_: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seawall.rules.acknowledgements.today", lambda: date(2027, 3, 1))
    report = checked(loud(until=until, owner="payments") if until else loud())
    assert rules(report) == (["excessive-retries", "unmatched-acknowledgement"] if open_ else [])
    said = [finding.message for finding in report.findings if finding.rule == "unmatched-acknowledgement"]
    if until == "2027-02-28":
        assert said[0].endswith("accepts nothing: it ended on 2027-02-28; payments answers for it")
    if until == "soon":
        assert "until is no date such as 2027-03-01: soon" in said[0]


def test_what_an_acknowledgement_may_hold_is_no_wrong_statement() -> None:
    """Neither on a template nor on a resource of it."""
    made = loud()
    made["Resources"]["Q"]["Metadata"] = {"seawall": made.pop("Metadata")["seawall"]}
    made["Resources"]["Q"]["Metadata"]["seawall"]["acknowledge"][0] |= {"until": "2099-03-01", "owner": "payments"}
    report = checked(made)
    assert rules(report) == []
    assert [one.finding.rule for one in report.suppressed] == ["excessive-retries"]


@pytest.mark.parametrize(
    "settings",
    [
        'ignore = ["retry-loop"]\nunsuppressable = ["retry-loop"]\n',
        'unsuppressable = ["retry-loop"]\nselect = ["idle-retry"]\n',
    ],
)
def test_an_unsuppressable_rule_cannot_be_left_out(tmp_path: Path, settings: str) -> None:
    file = tmp_path / "seawall.toml"
    file.write_text(settings)
    with pytest.raises(InputError, match="retry-loop is unsuppressable, so that it cannot be left out"):
        read_preferences(file)


def test_rules_may_be_declared_unsuppressable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(tmp_path, loud(), "--fail-on", "warning") == 0
    (tmp_path / "seawall.toml").write_text('unsuppressable = ["excessive-retries"]\n')
    assert run(tmp_path, loud(), "--fail-on", "warning") == 1
    assert main(["baseline", "app.json"]) == 0
    assert run(tmp_path, loud(), "--fail-on", "warning", "--baseline", "seawall-baseline.json") == 1


@pytest.mark.parametrize(
    ("logical_id", "property_", "value"),
    [
        ("F", "Timeout", {"Ref": "Other"}),
        ("F", "Timeout", {"Fn::Sub": "${Other}0"}),
        ("F", "Timeout", "soon"),
        ("M", "BatchSize", {"Fn::Unheard": []}),
        ("M", "FunctionResponseTypes", {"Fn::Transform": {"Name": "Macro"}}),
        ("Q", "VisibilityTimeout", {"Ref": "Other"}),
    ],
)
def test_whatever_a_reader_asks_for_and_nothing_resolves_is_a_gap(
    logical_id: str, property_: str, value: object
) -> None:
    made = template()
    made["Resources"][logical_id]["Properties"][property_] = value
    assert any(gap.site == f"template/{logical_id}" and gap.property == property_ for gap in checked(made).gaps)


@pytest.mark.parametrize(
    ("logical_id", "property_", "value"),
    [
        ("Q", "QueueName", {"Ref": "Other"}),  # its own name
        ("F", "Environment", {"Variables": {"TABLE": {"Ref": "Other"}}}),  # what its role lets it call decides
        ("F", "Description", {"Ref": "Other"}),
        ("Q", "QueueName", {"Fn::Sub": "${AWS::StackName}-q"}),
    ],
)
def test_what_decides_nothing_is_none(logical_id: str, property_: str, value: object) -> None:
    made = template()
    made["Resources"][logical_id]["Properties"][property_] = value
    assert {gap.key() for gap in checked(made).gaps} == {gap.key() for gap in checked().gaps}


QUEUE = {"Type": "AWS::SQS::Queue"}
HIDDEN: list[tuple[str, Any, str]] = [
    ("a nested stack", {"N": {"Type": "AWS::CloudFormation::Stack", "Properties": {
        "TemplateURL": "https://b/k.json?X-Amz-Signature=s3cr3t", "Parameters": {"Q": {"Ref": "Q"}}}}}, "template/Q"),
    ("a stack set", {"S": {"Type": "AWS::CloudFormation::StackSet", "Properties": {
        "TemplateURL": "https://b/k.json", "Parameters": [{"ParameterKey": "Q", "ParameterValue": {"Ref": "Q"}}]}}},
     "template/Q"),
    ("a macro for a resource", {"M": {"Type": "AWS::Lambda::EventSourceMapping", "Fn::Transform": {"Name": "Own"},
                                      "Properties": {"EventSourceArn": {"Fn::GetAtt": ["Q", "Arn"]}}}}, "template/Q"),
    ("a macro among the resources", {"Fn::Transform": {"Name": "Own"}}, "template/Q"),
    ("an include without a Location", {"Fn::Transform": {"Name": "AWS::Include"}}, "template/Q"),
    ("an include of a bucket", {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://b/k"}}},
     "template/Q"),
    ("a loop over a parameter", {"Fn::ForEach::L": ["I", {"Ref": "U"}, {"F${I}": QUEUE}]}, "template/Q"),
    ("a resource without a Type", {"P": {"Properties": {"Source": {"Fn::GetAtt": ["Q", "Arn"]}}}}, "template/Q"),
    ("a type in lower case", {"P": {"type": "AWS::Pipes::Pipe", "Properties": {"Source": {"Ref": "Q"}}}}, "template/Q"),
    ("properties in lower case", {"P": {"Type": "AWS::SQS::Queue", "properties": {}}}, "template/P"),
]  # fmt: skip


@pytest.mark.parametrize(("resources", "touched"), [each[1:] for each in HIDDEN], ids=[each[0] for each in HIDDEN])
def test_what_a_template_hides_is_a_gap_that_touches_what_it_names(resources: Any, touched: str) -> None:
    report = seawall.check(
        {"Parameters": {"U": {"Type": "CommaDelimitedList"}}, "Resources": {"Q": QUEUE, **resources}}
    )
    found = [gap for gap in report.gaps if gap.what is GapKind.RESOURCE]
    assert found
    assert touched in {name for gap in found for name in gap.touches}
    assert report.read_percent < 100
    assert "s3cr3t" not in str([gap.why for gap in report.gaps])
    assert not report.skipped


def test_macros_and_translations_that_do_not_run_touch_the_whole_template() -> None:
    for transform in ("Own", {"Name": "AWS::Include"}, ["Own"]):
        report = seawall.check({"Transform": transform, "Resources": {"Q": QUEUE}})
        (gap,) = report.gaps
        assert (gap.site, gap.touches) == ("template", ("template/Q",))


def test_a_template_of_which_nothing_is_read_is_not_read_to_a_hundred_percent() -> None:
    assert seawall.check({"Resources": {"Q": {"type": "AWS::SQS::Queue"}}}).read_percent == 0
    assert seawall.check({"Resources": {}}).read_percent == 100


@pytest.mark.parametrize(
    ("name", "steps", "written"),
    [
        ("M", ("FunctionName",), "functionname"),
        ("M", ("FunctionName",), "FUNCTIONNAME"),
        ("Q", ("RedrivePolicy",), "redrivePolicy"),
        ("Q", ("RedrivePolicy", "maxReceiveCount"), "MaxReceiveCount"),
        ("Q", ("VisibilityTimeout",), "visibilityTimeout"),
        ("F", ("Timeout",), "TimeOut"),
    ],
)
def test_a_name_in_another_case_is_asked_about(name: str, steps: tuple[str, ...], written: str) -> None:
    made = copy.deepcopy(TEMPLATE)
    at = made["Resources"][name]["Properties"]
    for step in steps[:-1]:
        at = at[step]
    at[written] = at.pop(steps[-1])
    asked = f"did you mean {steps[-1]} where it says {written}?"
    found = [gap for gap in seawall.check(made).gaps if asked in gap.why]
    assert [(gap.site, gap.what, bool(gap.touches)) for gap in found] == [(f"template/{name}", GapKind.MISTAKE, True)]


def test_a_section_in_another_case_is_asked_about() -> None:
    made = copy.deepcopy(TEMPLATE)
    made["RESOURCES"] = {"M": made["Resources"].pop("M")}
    whys = {gap.why: bool(gap.touches) for gap in seawall.check(made).gaps}
    assert whys["the template's sections: did you mean Resources where it says RESOURCES?"]


def test_a_template_of_which_nothing_is_seen_fails_where_gaps_do(capsys: pytest.CaptureFixture[str]) -> None:
    report = seawall.check({"Resources": {"Fn::Transform": {"Name": "Company"}}})
    assert not report.analysis.flow.sites
    assert FailOn.UNKNOWN.fails(report.findings, report.gaps)


@pytest.mark.parametrize(("most", "said"), [(256, False), (5, True)])
def test_more_combinations_than_are_looked_at_are_told(most: int, said: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MOST_RUNS", most)
    body = copy.deepcopy(TEMPLATE)
    names = [f"C{number}" for number in range(4)]
    body["Parameters"] |= {name: {"Type": "String"} for name in names}
    body["Conditions"] = {name: {"Fn::Equals": [{"Ref": name}, "x"]} for name in names}
    queue, mapping = (body["Resources"][name]["Properties"] for name in "QM")
    queue["RedrivePolicy"]["maxReceiveCount"] = {"Fn::If": ["C0", 3, 4]}
    queue["VisibilityTimeout"] = {"Fn::If": ["C1", 400, 500]}
    queue["MessageRetentionPeriod"] = {"Fn::If": ["C2", 345600, 1209600]}
    mapping["BatchSize"] = {"Fn::If": ["C3", 1, 10]}
    report = seawall.check(body)
    found = [gap for gap in report.gaps if "were looked at" in gap.why]
    assert bool(found) == said
    assert all(gap.touches for gap in found)


def test_a_definition_that_is_not_there_may_retry(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"DefinitionUri": "x.asl.json"}}
    path.write_text(json.dumps({"Resources": {"Machine": machine}}))
    report = seawall.check(path)
    (gap,) = report.gaps
    assert (gap.property, gap.what, report.weight(gap)) == ("DefinitionUri", GapKind.FILE, 2)
    shown = " ".join(format_named("text").render(report, Screen()).split())
    assert "to do: put the file where the template says" in shown
    assert "--parameter" not in shown
