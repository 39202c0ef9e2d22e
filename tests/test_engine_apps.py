"""Findings that only several apps together have, over accounts, names, exports, parameters and roles."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from seawall.engine import Report, check

HERE, THERE = "1" * 12, "2" * 12
Json = dict[str, Any]


def synthesized(directory: Path, account: str, resources: Json, **sections: Any) -> Path:
    """An assembly of one stack in one account of eu-west-1."""
    directory.mkdir(parents=True)
    name = directory.parent.name.title()
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": f"aws://{account}/eu-west-1",
        "properties": {"templateFile": "t.template.json", "stackName": name},
    }
    (directory / "manifest.json").write_text(json.dumps({"version": "55.0.0", "artifacts": {name: stack}}))
    (directory / "t.template.json").write_text(json.dumps({"Resources": resources, **sections}, indent=1))
    return directory


def resource(kind: str, path: str, **properties: Any) -> Json:
    return {"Type": kind, "Properties": properties, "Metadata": {"aws:cdk:path": path}}


def arn(of: str) -> Json:
    return {"Fn::GetAtt": [of, "Arn"]}


def queue(app: str, name: str, receives: int, visibility: int = 180) -> Json:
    redrive = {"deadLetterTargetArn": arn("Dead"), "maxReceiveCount": receives}
    return {
        "Dead": resource("AWS::SQS::Queue", f"{app}/Dead/Resource", MessageRetentionPeriod=1209600),
        "Queue": resource(
            "AWS::SQS::Queue",
            f"{app}/Queue/Resource",
            QueueName=name,
            VisibilityTimeout=visibility,
            RedrivePolicy=redrive,
        ),
    }


def role(app: str, *statements: Json, **more: Any) -> Json:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    policies = [{"PolicyName": "p", "PolicyDocument": document}]
    return resource("AWS::IAM::Role", f"{app}/Role/Resource", Policies=policies, **more)


def function(app: str, env: Json, in_role: Any = None) -> Json:
    return resource(
        "AWS::Lambda::Function",
        f"{app}/Fn/Resource",
        Handler="index.handler",
        Runtime="python3.13",
        Timeout=30,
        Code={"S3Bucket": "b", "S3Key": "k"},
        Role=in_role or arn("Role"),
        Environment={"Variables": env},
    )


def mapping(app: str) -> Json:
    return resource(
        "AWS::Lambda::EventSourceMapping",
        f"{app}/Map/Resource",
        BatchSize=1,
        EventSourceArn=arn("Queue"),
        FunctionName={"Ref": "Fn"},
    )


def sends(to: str) -> Json:
    return {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": to}


def worker(app: str, mine: str, receives: int, other: str, account: str) -> Json:
    """A queue, a function that reads it, and that sends to a queue of somebody else."""
    url = f"https://sqs.eu-west-1.amazonaws.com/{account}/{other}"
    return {
        **queue(app, mine, receives),
        "Role": role(app, sends(f"arn:aws:sqs:eu-west-1:{account}:{other}")),
        "Fn": function(app, {"NEXT": url}),
        "Map": mapping(app),
    }


def test_two_apps_that_loop_only_together(tmp_path: Path) -> None:
    """Each alone sends to a queue outside: no loop. Together each lap goes through both accounts. What the code does is
    not read, so one event comes back as 1 (the handler sends and ends well) to 5 or 4 (it fails besides).
    """
    orders = synthesized(tmp_path / "orders/cdk.out", HERE, worker("Orders", "orders", 5, "invoices", THERE))
    billing = synthesized(tmp_path / "billing/cdk.out", THERE, worker("Billing", "invoices", 4, "orders", HERE))
    for alone in (orders, billing):
        report = check(alone)
        assert report.findings == ()
        assert report.analysis.loops == ()
    report = check([orders, billing])
    (found,) = report.findings
    (loop,) = report.analysis.loops
    assert set(loop.sites) == {"Orders/Queue", "Orders/Fn", "Billing/Queue", "Billing/Fn"}
    assert found.rule == "retry-loop"
    assert "crosses apps:" in found.facts[-1]
    assert {"orders", "billing"} <= set(found.facts[-1].removeprefix("crosses apps: ").split(" -> "))


DEFINITION = {
    "StartAt": "Charge",
    "States": {
        "Charge": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": "${Fn}", "Payload.$": "$"},
            "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 3}],
            "End": True,
        }
    },
}


def core(account: str = THERE) -> Json:
    """An Express machine whose task runs four times at most, in an app of its own."""
    del account
    return {
        "Role": role("Core"),
        "Fn": function("Core", {}),
        "Machine": resource(
            "AWS::StepFunctions::StateMachine",
            "Core/Machine/Resource",
            StateMachineName="core",
            StateMachineType="EXPRESS",
            DefinitionString=json.dumps(DEFINITION),
            DefinitionSubstitutions={"Fn": arn("Fn")},
            RoleArn=arn("Role"),
        ),
    }


def edge(machine: Any) -> Json:
    """A queue whose messages a pipe hands to `machine`, waiting for it: five receives."""
    return {
        **queue("Edge", "edge", 5, 600),
        "Role": role("Edge"),
        "Pipe": resource(
            "AWS::Pipes::Pipe",
            "Edge/Pipe/Resource",
            Source=arn("Queue"),
            SourceParameters={"SqsQueueParameters": {"BatchSize": 1}},
            Target=machine,
            TargetParameters={"StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}},
            RoleArn=arn("Role"),
        ),
    }


NAMED = f"arn:aws:states:eu-west-1:{THERE}:stateMachine:core"
EXPORT = {"Outputs": {"Machine": {"Value": {"Ref": "Machine"}, "Export": {"Name": "core-machine"}}}}
PARAMETER = {"Machine": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/core/machine"}}
STORED = {
    "Stored": resource(
        "AWS::SSM::Parameter", "Core/Stored", Name="/core/machine", Type="String", Value={"Ref": "Machine"}
    )
}


@pytest.mark.parametrize(
    ("machine", "account", "more", "sections", "exports"),
    [
        (NAMED, HERE, {}, {}, {}),
        ({"Fn::ImportValue": "core-machine"}, THERE, {}, {}, EXPORT),
        ({"Ref": "Machine"}, THERE, STORED, {"Parameters": PARAMETER}, {}),
        ("{{resolve:ssm:/core/machine}}", THERE, STORED, {}, {}),
    ],
    ids=["arn of another account", "export", "parameter of SSM", "dynamic reference"],
)
def test_the_worst_path_crosses_apps(
    tmp_path: Path, machine: Any, account: str, more: Json, sections: Mapping[str, Any], exports: Mapping[str, Any]
) -> None:
    """5 receives in one app x 4 runs of the task in the other."""
    first = synthesized(tmp_path / "edge/cdk.out", account, edge(machine), **sections)
    second = synthesized(tmp_path / "core/cdk.out", THERE, {**core(), **more}, **exports)
    assert _attempts(check(second), "Core/Fn") == 4
    report = check([first, second])
    assert _attempts(report, "Core/Fn") == 20
    (found,) = [one for one in report.findings if one.rule == "stacked-retries"]
    assert (found.attempts, found.facts[-1]) == (20, "crosses apps: edge -> core")
    assert found.trace[0].site == "Edge/Queue"


def _attempts(report: Report, site: str) -> int:
    from seawall.graph import FailureClass

    return report.analysis.attempts.of(site, FailureClass.ERROR).value


def test_a_role_that_another_app_declares_says_what_a_function_may_call(tmp_path: Path) -> None:
    shared = role("Shared", sends(f"arn:aws:sqs:eu-west-1:{HERE}:orders"), RoleName="shared")
    first = synthesized(tmp_path / "roles/cdk.out", HERE, {**queue("Shared", "orders", 3), "Role": shared})
    url = f"https://sqs.eu-west-1.amazonaws.com/{HERE}/orders"
    caller = {"Fn": function("Web", {"QUEUE": url}, f"arn:aws:iam::{HERE}:role/shared")}
    second = synthesized(tmp_path / "web/cdk.out", HERE, caller)
    report = check([first, second])
    (hop,) = [hop for hop in report.analysis.flow.hops if hop.source == "Web/Fn"]
    assert (hop.target, hop.evidence.word) == ("Shared/Queue", "inferred (strong)")


def test_a_finding_of_one_app_names_that_one(tmp_path: Path) -> None:
    first = synthesized(tmp_path / "edge/cdk.out", THERE, {**edge({"Ref": "Machine"}), **core()})
    second = synthesized(tmp_path / "other/cdk.out", THERE, queue("Other", "other", 3))
    (found,) = [one for one in check([first, second]).findings if one.rule == "stacked-retries"]
    assert found.facts[-1] == "app: edge"
    (alone,) = [one for one in check(first).findings if one.rule == "stacked-retries"]
    assert not any(fact.startswith("app") for fact in alone.facts)


def test_an_app_accepts_its_own_findings_only(tmp_path: Path) -> None:
    resources = {**edge({"Ref": "Machine"}), **core()}
    paths = [synthesized(tmp_path / name / "cdk.out", HERE, resources) for name in ("one", "two")]
    manifest = json.loads((paths[0] / "manifest.json").read_text())
    accepted = {"type": "aws:cdk:acknowledged-rules", "data": {"Seawall::stacked-retries": "meant"}}
    manifest["artifacts"]["One"]["metadata"] = {"/Core": [accepted]}
    (paths[0] / "manifest.json").write_text(json.dumps(manifest))
    report = check(paths)
    assert [one.finding.site for one in report.suppressed if one.finding.rule == "stacked-retries"] == ["one:Core/Fn"]
    assert [one.site for one in report.findings if one.rule == "stacked-retries"] == ["two:Core/Fn"]
