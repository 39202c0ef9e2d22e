"""The gate: what it deploys, what reviewers' tools say of it, and that its code is whole."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import aws_cdk.aws_kms as kms
import aws_cdk.aws_lambda as lambda_
import aws_cdk.aws_s3 as s3
import pytest
from aws_cdk.assertions import Match, Template
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from seawall.constructs import DeploymentGate
from seawall.engine import check
from seawall.hook.bundling import archive, here
from seawall.replay import MiniStack
from seawall.replay.names import REGION
from seawall.template.assembly import assets
from stacks.deployment_gate import DeploymentGateStack
from tests.constructs.conftest import linted
from tests.hook import events

ROOT = Path(__file__).parents[2]
CODE = "def handler(event, context): pass"


def gate(stack: cdk.Stack, **more: Any) -> DeploymentGate:
    """A gate whose code is not bundled: what it deploys is asked about."""
    return DeploymentGate(stack, "Gate", code=lambda_.Code.from_inline(CODE), **more)


def template(**more: Any) -> Template:
    stack = cdk.Stack(cdk.App(builtin_cloud_formation_validation=False), "S")
    gate(stack, **more)
    return Template.from_stack(stack)


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both forms, judged by both packs; one with its code bundled from what is installed here, without a network."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"] | {"aws:cdk:enable-path-metadata": True}
    outdir = tmp_path_factory.mktemp("gate")
    app = cdk.App(context=context, outdir=str(outdir), builtin_cloud_formation_validation=False)
    DeploymentGate(cdk.Stack(app, "Bundled"), "Gate", offline=True)
    full = cdk.Stack(app, "Full")
    key = kms.Key(full, "Key", enable_key_rotation=True)
    bucket = s3.Bucket.from_bucket_name(full, "Snapshots", "snapshots")
    gate(
        full, enforce=True, block_on_failure=True, snapshot=bucket, snapshot_key="prod/snapshot.zip", encryption_key=key
    )
    DeploymentGateStack(app, "Organisation")
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(), ServerlessChecks())
    try:
        app.synth()
    except RuntimeError as error:
        if not str(error).startswith("ValidationFailed:"):
            raise
    return outdir


STACKS = ("Bundled", "Full", "Organisation")


def test_both_packs_of_cdk_nag_find_nothing_but_what_is_acknowledged(assembly: Path) -> None:
    report = json.loads((assembly / "validation-report.json").read_text())
    packs = {pack["pluginName"]: pack for pack in report["pluginReports"]}
    assert set(packs) == {"AwsSolutions", "Serverless"}
    assert [found["ruleName"] for pack in packs.values() for found in pack["violations"]] == []
    assert {found["ruleName"] for pack in packs.values() for found in pack["suppressedViolations"]} == {
        "AwsSolutions-IAM5[Resource::*]",
        "AwsSolutions-L1",
        "Serverless-LambdaDLQ",
        "Serverless-LambdaLatestVersion",
    }


@pytest.mark.parametrize("name", STACKS)
def test_cfn_lint_finds_nothing(assembly: Path, name: str) -> None:
    # W3005: CDK has a function depend on its role as well as refer to it; with the role comes its policy.
    assert linted(assembly / f"{name}.template.json", "W3005") == []


def test_seawall_finds_nothing(assembly: Path) -> None:
    assert check(assembly).findings == ()


def test_the_hook_warns_on_stacks_and_change_sets() -> None:
    made = template()
    made.has_resource_properties(
        "AWS::CloudFormation::LambdaHook",
        {
            "Alias": "Seawall::Deployment::Gate",
            "FailureMode": "WARN",
            "HookStatus": "ENABLED",
            "TargetOperations": ["STACK", "CHANGE_SET"],
            "TargetFilters": {"Actions": ["CREATE", "UPDATE"]},
            "StackFilters": {"FilteringCriteria": "ALL", "StackNames": {"Exclude": [{"Ref": "AWS::StackName"}]}},
        },
    )


def test_one_prop_enforces() -> None:
    template(enforce=True).has_resource_properties("AWS::CloudFormation::LambdaHook", {"FailureMode": "FAIL"})


def test_the_hook_may_call_its_function_and_nothing_else() -> None:
    made = template()
    function = Match.object_like({"Fn::GetAtt": [Match.string_like_regexp("GateFunction.*"), "Arn"]})
    statement = {"Action": "lambda:InvokeFunction", "Effect": "Allow", "Resource": function}
    made.has_resource_properties(
        "AWS::IAM::Policy",
        {
            "PolicyName": Match.string_like_regexp("GateHookRole.*"),
            "PolicyDocument": {"Statement": [statement]},
        },
    )
    made.has_resource_properties(
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": {
                "Statement": [Match.object_like({"Principal": {"Service": "hooks.cloudformation.amazonaws.com"}})]
            }
        },
    )


def test_the_function_is_told_how_to_judge() -> None:
    made = template(max_attempts=5, fail_on="warning,unknown", select=["stacked-retries"], block_on_failure=True)
    variables = {
        "SEAWALL_MAX_ATTEMPTS": "5",
        "SEAWALL_SELECT": "stacked-retries",
        "SEAWALL_ON_FAILURE": "block",
    }
    made.has_resource_properties(
        "AWS::Lambda::Function",
        {"Handler": "seawall.hook.handler", "Timeout": 27, "Environment": {"Variables": Match.object_like(variables)}},
    )
    made.has_resource_properties("AWS::Logs::LogGroup", {"RetentionInDays": 90})
    made.resource_count_is("AWS::CloudWatch::Alarm", 3)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"alias": "AWS::Deployment::Gate"}, "does not begin with AWS"),
        ({"alias": "Gate"}, "Name1::Name2::Name3"),
        ({"max_attempts": 0}, "at least 1"),
        ({"select": ["no-such-rule"]}, "no-such-rule"),
        ({"fail_on": "sometimes"}, "sometimes"),
        ({"runtime": lambda_.Runtime.NODEJS_22_X}, "runs on Python 3.11 to 3.14"),
    ],
    ids=lambda given: given if isinstance(given, str) else next(iter(given)),
)
def test_what_cannot_work_is_refused_when_it_is_made(wrong: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        gate(cdk.Stack(cdk.App(), "S"), **wrong)


INCIDENT = ROOT / "tests" / "scenarios" / "case-13-requeue.json"
GUARDED = ROOT / "tests" / "scenarios" / "case-01-queue-function.json"
_ASK = """
import json, sys
from seawall.hook import handling
import seawall
assert seawall.__file__.startswith(sys.argv[1]), seawall.__file__
event = {"clientRequestToken": "t", "actionInvocationPoint": "CREATE_PRE_PROVISION",
         "requestData": {"targetType": "STACK", "targetLogicalId": "S", "payload": "x"}}
for path in sys.argv[2:]:
    payload = json.dumps({"template": open(path).read()}).encode()
    print(json.dumps(handling.answer(event, None, lambda *_: payload)))
"""


def test_the_bundled_code_judges_by_itself(assembly: Path) -> None:
    """Run by a Python that has nothing installed, as Lambda runs it: the incident is refused, the other one passes."""
    body = json.loads((assembly / "Bundled.template.json").read_text())
    (function,) = [one for one in body["Resources"].values() if one["Type"] == "AWS::Lambda::Function"]
    folder = assets(assembly)[function["Properties"]["Code"]["S3Key"]]
    start = f"import sys; sys.path.insert(0, {folder!r})\n{_ASK}"
    command = [sys.executable, "-I", "-S", "-c", start, folder, str(INCIDENT), str(GUARDED)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in ran.stdout.splitlines() if "hookStatus" in line]
    assert [each["hookStatus"] for each in answers] == ["FAILED", "SUCCESS"]
    assert "retry-loop" in answers[0]["message"]


def test_the_emulator_deploys_all_but_the_hook_and_runs_the_function(assembly: Path, tmp_path: Path) -> None:
    """It knows no hooks. The payload's bucket is not there, so that the answer is that nothing could be judged."""
    archive(tmp_path / "gate.zip", here(), download=False)
    body = json.loads((assembly / "Organisation.template.json").read_text())
    resources = {key: one for key, one in body["Resources"].items() if not one["Type"].endswith("LambdaHook")}
    for one in resources.values():
        if (
            one["Type"] == "AWS::Lambda::Function"
        ):  # the emulator runs it with the Python and on the machine that are here
            one["Properties"] |= {"Runtime": f"python{here().python}"}
            del one["Properties"]["Architectures"]
    parameters = {"CodeBucketPrefix": "code", "CodeKey": "gate.zip"}
    with MiniStack(tmp_path) as running:
        storage, stacks, functions = map(running.client, ("s3", "cloudformation", "lambda"))
        storage.create_bucket(Bucket=f"code-{REGION}")
        storage.put_object(Bucket=f"code-{REGION}", Key="gate.zip", Body=(tmp_path / "gate.zip").read_bytes())
        stacks.create_stack(
            StackName="Gate",
            TemplateBody=json.dumps({**body, "Resources": resources}),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM"],
        )
        for _ in range(600):
            status = stacks.describe_stacks(StackName="Gate")["Stacks"][0]["StackStatus"]
            if not status.endswith("_IN_PROGRESS"):
                break
            time.sleep(0.05)
        assert status == "CREATE_COMPLETE"
        (function,) = functions.list_functions()["Functions"]
        event = events.of_stack(payload="https://s3.zz-nowhere-9.amazonaws.com/hooks/payload")
        answered = functions.invoke(FunctionName=function["FunctionName"], Payload=json.dumps(event))
        found = json.loads(answered["Payload"].read())
    assert (found["hookStatus"], found["clientRequestToken"]) == ("SUCCESS", events.TOKEN)
    assert "the payload cannot be fetched" in found["message"]
