"""Names relative to what they have in common, and whole where that would not be told."""

from __future__ import annotations

import json
from pathlib import Path

from seawall.engine import report_of
from seawall.report.format import Screen
from seawall.report.markdown import render as markdown
from seawall.report.names import WHOLE, Names
from seawall.report.text import render
from seawall.template import load

from .building import CHARGE, QUEUE, finding, report


def two_stacks(directory: Path) -> list[Path]:
    """Two templates, each with a queue that nothing counts and its reader, under names that are alike."""
    found = []
    for name in ("orders", "refunds"):
        mapping = {"EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]}, "FunctionName": {"Ref": "Worker"}}
        body = {
            "Resources": {
                "Queue": {"Type": "AWS::SQS::Queue"},
                "Worker": {"Type": "AWS::Lambda::Function", "Properties": {}},
                "Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping},
            }
        }
        found.append(directory / f"{name}.json")
        found[-1].write_text(json.dumps(body, indent=1))
    return found


def test_one_stack_is_not_named_each_time(tmp_path: Path) -> None:
    names = Names.of(report(tmp_path))
    assert names.common == "Webhook/"
    assert names.short(f"{QUEUE} -> {CHARGE}#x, not in My{QUEUE} or lib/{QUEUE}") == (
        f"Queue -> Charge#x, not in My{QUEUE} or lib/{QUEUE}"
    )
    shown = names.finding(finding())
    assert (shown.site, shown.headline) == ("Charge", "20 runs of Charge for one event at Queue")
    assert [mark.site for mark in shown.trace] == ["Queue", "Pipe", "Machine", "Charge in Machine", "Charge"]
    assert WHOLE.finding(finding()) == finding()


def test_of_several_templates_a_finding_names_its_own_once(tmp_path: Path) -> None:
    made = report_of(load(two_stacks(tmp_path)))
    assert Names.of(made).common == ""
    text = render(made, Screen())
    assert "one failing event can run Worker 11,520 times: Queue has no maxReceiveCount" in text
    assert " orders/Queue " in " ".join(text.split())
    assert "the same holds for 1 more" in text
    assert "`orders/Queue`" in markdown(made, Screen())


def test_a_finding_across_templates_names_what_is_there_once_without_its_template(tmp_path: Path) -> None:
    orders, refunds = two_stacks(tmp_path)
    body = json.loads(refunds.read_text())
    del body["Resources"]["Queue"]
    body["Resources"]["Mapping"]["Properties"]["EventSourceArn"] = {"Fn::ImportValue": "orders"}
    refunds.write_text(json.dumps(body))
    other = json.loads(orders.read_text())
    del other["Resources"]["Mapping"], other["Resources"]["Worker"]
    other["Outputs"] = {"Out": {"Value": {"Fn::GetAtt": ["Queue", "Arn"]}, "Export": {"Name": "orders"}}}
    orders.write_text(json.dumps(other))
    text = " ".join(render(report_of(load([orders, refunds])), Screen()).split())
    assert "one failing event can run Worker 11,520 times: Queue has no maxReceiveCount" in text


def made_by_cdk(directory: Path, paths: dict[str, str | None]) -> Names:
    """The names of a template with queues at construct paths, or without one."""
    made = {
        name: {"Type": "AWS::SQS::Queue", "Metadata": {} if path is None else {"aws:cdk:path": path}}
        for name, path in paths.items()
    }
    file = directory / "Shop.template.json"
    file.write_text(json.dumps({"Resources": made, "Rules": {"CheckBootstrapVersion": {}}}))
    return Names.of(report_of(load([file])))


def test_a_construct_is_called_by_as_much_of_its_path_as_tells_it_from_others(tmp_path: Path) -> None:
    names = made_by_cdk(
        tmp_path,
        {
            "A1": "Shop/Orders/Queue/Resource",
            "A2": "Shop/Returns/Queue/Resource",
            "A3": "Shop/Mail/Resource",
            "A4": "Shop/Web/Service/Resource",
            "A5": "Shop/1/Resource",
        },
    )
    assert [names.short(f"Shop/{each}") for each in ("Orders/Queue", "Returns/Queue", "Mail", "Web/Service", "1")] == [
        "Orders/Queue",
        "Returns/Queue",
        "Mail",
        "Web/Service",
        "1",
    ]
    assert names.short("of Shop/Mail: Shop/Mail/Policy, Shop/Mailer and shop/Shop/Mail stay") == (
        "of Mail: Shop/Mail/Policy, Shop/Mailer and shop/Shop/Mail stay"
    )
    assert names.place("Shop/Mail") == "Mail"


def test_a_hash_that_the_cdk_adds_is_left_out_where_names_stay_apart(tmp_path: Path) -> None:
    names = made_by_cdk(
        tmp_path, {"OrdersQueue4A7E3555": None, "Mail11112222": None, "MailAABBCCDD": None, "Table20261101": None}
    )
    shown = [
        names.short(f"Shop/{each}") for each in ("OrdersQueue4A7E3555", "Mail11112222", "MailAABBCCDD", "Table20261101")
    ]
    assert shown == ["OrdersQueue", "Mail11112222", "MailAABBCCDD", "Table"]


def test_what_an_author_wrote_keeps_what_looks_like_a_hash(tmp_path: Path) -> None:
    file = tmp_path / "shop.json"
    file.write_text(json.dumps({"Resources": {"Table20261101": {"Type": "AWS::DynamoDB::Table"}}}))
    assert Names.of(report_of(load([file]))).short("shop/Table20261101") == "Table20261101"


def test_a_state_whose_name_has_signs_in_it(tmp_path: Path) -> None:
    task = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}
    body = {"StartAt": "Pay {now} (1)", "States": {"Pay {now} (1)": task}}
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"DefinitionString": json.dumps(body)}}
    file = tmp_path / "shop.json"
    file.write_text(json.dumps({"Resources": {"Machine": machine}}))
    names = Names.of(report_of(load([file])))
    assert names.short("the Retry of shop/Machine#Pay {now} (1), and shop/Machine") == (
        "the Retry of Pay {now} (1) in Machine, and Machine"
    )


def test_a_topic_is_told_from_what_handles_events_alone(tmp_path: Path) -> None:
    """The CDK calls a subscription as the topic, below the function."""
    made = {
        "T": {"Type": "AWS::SNS::Topic", "Metadata": {"aws:cdk:path": "Shop/Orders/Resource"}},
        "F": {"Type": "AWS::Lambda::Function", "Metadata": {"aws:cdk:path": "Shop/Pay/Resource"}},
        "S": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {
                "Protocol": "lambda",
                "TopicArn": {"Ref": "T"},
                "Endpoint": {"Fn::GetAtt": ["F", "Arn"]},
            },
            "Metadata": {"aws:cdk:path": "Shop/Pay/Orders/Resource"},
        },
    }
    file = tmp_path / "Shop.template.json"
    file.write_text(json.dumps({"Resources": made}))
    names = Names.of(report_of(load([file])))
    assert names.short("Shop/Orders, Shop/Pay#async, Shop/Pay/Orders") == ("Orders, Pay (asynchronous), Pay/Orders")
