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
    assert [mark.site for mark in shown.trace] == ["Queue", "Pipe", "Machine", "Machine#Charge", "Charge"]
    assert WHOLE.finding(finding()) == finding()


def test_of_several_templates_a_finding_names_its_own_once(tmp_path: Path) -> None:
    made = report_of(load(two_stacks(tmp_path)))
    assert Names.of(made).common == ""
    text = render(made, Screen())
    assert text.count("one failing event can run Worker 11,520 times: Queue has no maxReceiveCount") == 2
    assert " orders/Queue " in " ".join(text.split())
    assert " refunds/Queue " in " ".join(text.split())
    assert "`orders/Queue`" in markdown(made, Screen())


def test_a_finding_across_templates_keeps_whole_names(tmp_path: Path) -> None:
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
    assert "one failing event can run refunds/Worker 11,520 times: orders/Queue has no maxReceiveCount" in text
