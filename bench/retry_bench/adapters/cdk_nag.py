"""cdk-nag: both packs that have rules of this field, over the templates taken into a CDK app."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path

from ..cases import ENDLESS, Case
from ..scoring import Told
from . import MissingToolError

NAME = "cdk-nag"
OF_THIS_FIELD = {
    "AwsSolutions-SQS3": "a queue without a dead-letter queue",
    "Serverless-SQSRedrivePolicy": "a queue without a redrive policy",
    "Serverless-LambdaDLQ": "a function without a dead-letter queue of its own",
    "Serverless-LambdaAsyncFailureDestination": "a function without a destination for failures",
    "Serverless-LambdaEventSourceMappingDestination": "a mapping without a destination for failures",
    "Serverless-EventBusDLQ": "a rule's target without a dead-letter queue",
    "Serverless-SNSRedrivePolicy": "a subscription without a redrive policy",
}
_ENDLESS = {"AwsSolutions-SQS3", "Serverless-SQSRedrivePolicy"}
"""What comes near to a hazard: a queue without a redrive policy is tried until its messages expire."""


def about() -> str:
    """Which version, and how it is asked."""
    from importlib.metadata import version

    return f"{version('cdk-nag')}, AwsSolutions and Serverless"


def run(cases: Iterable[Case]) -> dict[str, Told]:
    """What it tells."""
    try:
        import aws_cdk as cdk
        from aws_cdk.cloudformation_include import CfnInclude
        from cdk_nag import AwsSolutionsChecks, ServerlessChecks
    except ModuleNotFoundError:
        raise MissingToolError("pip install 'seawall[cdk]'") from None
    every = list(cases)
    with tempfile.TemporaryDirectory() as folder:
        app = cdk.App(outdir=f"{folder}/cdk.out", builtin_cloud_formation_validation=False)
        taken: dict[str, str] = {}
        for number, case in enumerate(every):
            (body,) = case.templates.values()
            file = Path(folder) / f"{number}.json"
            file.write_text(json.dumps(body), "utf-8")
            stack = cdk.Stack(app, f"Case{number}")
            try:
                CfnInclude(stack, "T", template_file=str(file))
            except RuntimeError:
                stack.node.scope.node.try_remove_child(stack.node.id)  # what the include cannot read is not asked about
                continue
            taken[stack.node.id] = case.id
        cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(), ServerlessChecks())
        try:
            app.synth()
        except RuntimeError as error:
            if not str(error).startswith("ValidationFailed:"):
                raise
        report = json.loads((Path(folder) / "cdk.out" / "validation-report.json").read_text("utf-8"))
    fired: dict[str, set[str]] = {}
    for pack in report["pluginReports"]:
        for violation in pack["violations"]:
            rule = violation["ruleName"].partition("[")[0]
            for place in violation["violatingConstructs"] if rule in OF_THIS_FIELD else ():
                case_id = taken.get(place["constructPath"].partition("/")[0])
                if case_id is not None:
                    fired.setdefault(case_id, set()).add(rule)
    return {
        case_id: Told(frozenset({ENDLESS} if rules & _ENDLESS else ()), tuple(sorted(rules)))
        for case_id, rules in fired.items()
    }
