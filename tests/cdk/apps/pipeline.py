"""A CDK Pipelines app: the Stage is deployed by a pipeline in the app's only stack."""

from __future__ import annotations

import aws_cdk as cdk
import aws_cdk.pipelines as pipelines

from seawall import RetryGuard
from tests.cdk.apps import parts


def main(app: cdk.App) -> None:
    """Synthesize."""
    tool = cdk.Stack(app, "Pipeline", env=cdk.Environment(account="111122223333", region="eu-west-1"))
    source = pipelines.CodePipelineSource.connection(
        "owner/repository", "main", connection_arn="arn:aws:codestar-connections:eu-west-1:111122223333:connection/id"
    )
    pipeline = pipelines.CodePipeline(
        tool, "Pipeline", synth=pipelines.ShellStep("Synth", input=source, commands=["npx cdk synth"])
    )
    stage = cdk.Stage(app, "Prod", env=cdk.Environment(account="111122223333", region="eu-west-1"))
    parts.stacked(cdk.Stack(stage, "Web"))
    pipeline.add_stage(stage)
    cdk.Aspects.of(app).add(RetryGuard())
    app.synth()


if __name__ == "__main__":
    main(cdk.App())
