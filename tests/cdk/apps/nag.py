"""Beside cdk-nag; one guard as plugin and as Aspect, another one as Aspect."""

from __future__ import annotations

import aws_cdk as cdk
import cdk_nag

from seawall import RetryGuard
from tests.cdk.apps import parts


def main(app: cdk.App) -> None:
    """Synthesize."""
    stack = cdk.Stack(app, "A")
    parts.stacked(stack)
    both = RetryGuard()
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(), both, cdk_nag.ServerlessChecks())
    cdk.Aspects.of(app).add(both)
    cdk.Aspects.of(stack).add(RetryGuard())
    app.synth()


if __name__ == "__main__":
    main(cdk.App())
