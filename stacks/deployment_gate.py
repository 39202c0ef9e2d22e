"""The gate for an organisation: one template that StackSets deploy into every account and Region, as it is.

It needs no bootstrapped account: the code is taken from a bucket in each Region that the organisation may read. Write
the archive with ``python -m seawall.hook.bundling gate.zip``, the template with ``python -m stacks.deployment_gate``;
what to do with them stands in docs/gate.md.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import aws_cdk.aws_lambda as lambda_
import aws_cdk.aws_s3 as s3
from constructs import Construct

from seawall.constructs import DeploymentGate
from seawall.constructs.deployment_gate import ALIAS

PYTHON, ARCHITECTURE = lambda_.Runtime.PYTHON_3_14, lambda_.Architecture.ARM_64
"""What the archive has to be made for."""


class DeploymentGateStack(cdk.Stack):
    """A gate whose name, mode and code the deployment chooses."""

    def __init__(self, scope: Construct, construct_id: str, **named: Any) -> None:
        super().__init__(scope, construct_id, synthesizer=cdk.BootstraplessSynthesizer(), **named)
        alias = self._parameter("Alias", "The hook's name, unique in an account and Region", ALIAS)
        mode = self._parameter(
            "FailureMode", "WARN lets go on what has findings, FAIL stops it", "WARN", ["WARN", "FAIL"]
        )
        bucket = self._parameter("CodeBucketPrefix", "The buckets with the code, without -<Region> at the end")
        key = self._parameter("CodeKey", "The archive in these buckets; another key for each version of it")
        code = s3.Bucket.from_bucket_name(self, "Code", f"{bucket.value_as_string}-{self.region}")
        cdk.Validations.of(code).acknowledge(
            cdk.Acknowledgment(
                id="@aws-cdk/aws-lambda:codeFromBucketObjectVersionNotSpecified",
                reason="Each version of the code has a key of its own, which a parameter names.",
            )
        )
        gate = DeploymentGate(
            self,
            "Gate",
            alias=alias.value_as_string,
            code=lambda_.Code.from_bucket(code, key.value_as_string),
            runtime=PYTHON,
            architecture=ARCHITECTURE,
        )
        gate.hook.failure_mode = mode.value_as_string

    def _parameter(
        self, name: str, description: str, default: str | None = None, allowed: list[str] | None = None
    ) -> cdk.CfnParameter:
        return cdk.CfnParameter(self, name, description=description, default=default, allowed_values=allowed)


def main() -> None:
    """Write the template into the file that the command line names, ``deployment-gate.template.json`` by default."""
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "deployment-gate.template.json")
    app = cdk.App(analytics_reporting=False)
    stack = DeploymentGateStack(app, "DeploymentGate")
    assembly = app.synth()
    template = Path(assembly.get_stack_by_name(stack.stack_name).template_full_path)
    target.write_text(template.read_text("utf-8"), "utf-8")


if __name__ == "__main__":
    main()
