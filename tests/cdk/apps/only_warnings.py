"""Nothing but warnings: too many receives, an acknowledgement of nothing, and one whose id means nothing."""

from __future__ import annotations

import aws_cdk as cdk

from seawall import RetryGuard
from tests.cdk.apps import parts


def main(app: cdk.App) -> None:
    """Synthesize."""
    stack = cdk.Stack(app, "A")
    queue = parts.many(stack)
    cdk.Validations.of(queue).acknowledge(cdk.Acknowledgment(id="Seawall::retry-loop", reason="was there once"))
    cdk.Validations.of(queue).acknowledge(cdk.Acknowledgment(id="excessive-retries", reason="without a name before it"))
    cdk.Aspects.of(app).add(RetryGuard())
    app.synth()


if __name__ == "__main__":
    main(cdk.App())
