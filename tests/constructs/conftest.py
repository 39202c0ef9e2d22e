"""Pipelines of every form, synthesized once: what two packs of cdk-nag, cfn-lint and Seawall say is asked of files."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import aws_cdk as cdk
import aws_cdk.aws_lambda as lambda_
import aws_cdk.aws_sqs as sqs
import aws_cdk.aws_stepfunctions as sfn
import pytest
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from seawall.constructs import GuardedFunction, RequestValue, WebhookPipeline, invoke

Template: TypeAlias = dict[str, Any]
ROOT = Path(__file__).parents[2]
SHOP = RequestValue.path("shop")
EXPRESS = sfn.StateMachineType.EXPRESS


def function(scope: cdk.Stack, construct_id: str = "Worker", seconds: int = 30) -> GuardedFunction:
    """A function that fits a pipeline."""
    code = lambda_.Code.from_inline("def handler(event, context): pass")
    return GuardedFunction(
        scope, construct_id, code=code, handler="index.handler", timeout=cdk.Duration.seconds(seconds)
    )


def in_front_of_a_function(stack: cdk.Stack) -> None:
    """Nothing set but what has to be; and the function may give up on a message."""
    worker = function(stack)
    WebhookPipeline(stack, "Hooks", function=worker, signature_header="X-Signature").grant_dead_letter(worker)


def with_groups(stack: cdk.Stack) -> None:
    """A FIFO queue with a group per shop, read in batches."""
    WebhookPipeline(
        stack,
        "Hooks",
        function=function(stack),
        signature_header="X-Signature",
        headers=["X-Topic"],
        path="/webhooks/{shop}",
        tenant=SHOP,
        batch_size=10,
        max_concurrency=2,
    )


def awaited_machine(stack: cdk.Stack) -> None:
    """An Express machine that a pipe waits for."""
    charge = invoke(stack, "Charge", function(stack, "Charging"))
    save = invoke(stack, "Save", function(stack, "Saving"))
    WebhookPipeline(stack, "Hooks", definition=charge.next(save), signature_header="X-Signature")


def standard_machine(stack: cdk.Stack) -> None:
    """A Standard machine that owns the retry, behind a queue with groups."""
    WebhookPipeline(
        stack,
        "Hooks",
        definition=invoke(stack, "Charge", function(stack), tries=4),
        retry_owner="machine",
        signature_header="X-Signature",
        path="/webhooks/{shop}",
        tenant=SHOP,
    )


def express_owner(stack: cdk.Stack) -> None:
    """An Express machine that owns the retry."""
    WebhookPipeline(
        stack,
        "Hooks",
        definition=invoke(stack, "Charge", function(stack), tries=4),
        retry_owner="machine",
        machine_type=EXPRESS,
        signature_header="X-Signature",
    )


def behind_a_queue(stack: cdk.Stack) -> None:
    """A queue that is there already."""
    secure: dict[str, Any] = {"enforce_ssl": True, "encryption": sqs.QueueEncryption.SQS_MANAGED}
    dead = sqs.Queue(stack, "Dead", retention_period=cdk.Duration.days(14), **secure)
    reason = cdk.Acknowledgment(id="Serverless::Serverless-SQSRedrivePolicy", reason="it is a dead-letter queue")
    cdk.Validations.of(dead).acknowledge(reason)
    queue = sqs.Queue(
        stack,
        "Queue",
        visibility_timeout=cdk.Duration.seconds(60),
        dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=6),
        **secure,
    )
    WebhookPipeline(stack, "Hooks", function=function(stack, seconds=10), queue=queue)


FORMS: dict[str, Callable[[cdk.Stack], None]] = {
    "Function": in_front_of_a_function,
    "Groups": with_groups,
    "Awaited": awaited_machine,
    "Standard": standard_machine,
    "ExpressOwner": express_owner,
    "Taken": behind_a_queue,
}


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One app with a stack for each form, judged by both packs, whether they find something or not."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"] | {"aws:cdk:enable-path-metadata": True}
    outdir = tmp_path_factory.mktemp("constructs")
    app = cdk.App(context=context, outdir=str(outdir), builtin_cloud_formation_validation=False)
    for name, build in FORMS.items():
        build(cdk.Stack(app, name))
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(), ServerlessChecks())
    try:
        app.synth()
    except RuntimeError as error:
        if not str(error).startswith("ValidationFailed:"):
            raise
    return outdir


@pytest.fixture(scope="session")
def templates(assembly: Path) -> dict[str, Template]:
    """The template of each form."""
    return {name: json.loads((assembly / f"{name}.template.json").read_text()) for name in FORMS}


def of_type(template: Template, kind: str) -> list[dict[str, Any]]:
    """The properties of every resource of type ``AWS::<kind>``."""
    resources = template["Resources"].values()
    return [one.get("Properties", {}) for one in resources if one["Type"] == f"AWS::{kind}"]


def at(template: Template, path: str) -> dict[str, Any]:
    """The properties of the resource of the construct at `path` in its stack."""
    for one in template["Resources"].values():
        if one.get("Metadata", {}).get("aws:cdk:path", "").partition("/")[2] == f"{path}/Resource":
            found: dict[str, Any] = one["Properties"]
            return found
    raise AssertionError(f"nothing at {path}")


def definition(template: Template) -> dict[str, Any]:
    """The machine's definition, with a word for each reference in it."""
    (machine,) = of_type(template, "StepFunctions::StateMachine")
    parts = machine["DefinitionString"]["Fn::Join"][1]
    read: dict[str, Any] = json.loads("".join(part if isinstance(part, str) else "ref" for part in parts))
    return read


@cache
def linter(*ignored: str) -> Any:
    """cfn-lint with its rules, which take longer to load than a template to check."""
    from cfnlint.config import ConfigMixIn, ManualArgs  # type: ignore[import-untyped]
    from cfnlint.runner import Runner  # type: ignore[import-untyped]

    return Runner(ConfigMixIn(**ManualArgs(ignore_checks=list(ignored), regions=["eu-west-1"])))


def linted(template: Path, *ignored: str) -> list[str]:
    """What cfn-lint says of a template, but for the rules that are ignored."""
    found = linter(*ignored).validate_template(json.loads(template.read_text()))
    return [f"{one.rule.id} {one.message}" for one in found]


@pytest.fixture
def stack() -> cdk.Stack:
    """A stack of its own, never synthesized."""
    return cdk.Stack(cdk.App(), "Shop")
