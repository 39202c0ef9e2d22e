"""Everything in a Stage of the app: `cdk synth`, not told which stacks, selects none."""

from __future__ import annotations

import aws_cdk as cdk

from seawall import RetryGuard
from tests.cdk.apps import parts


def main(app: cdk.App) -> None:
    """Synthesize."""
    parts.stacked(cdk.Stack(cdk.Stage(app, "Prod"), "Web"))
    cdk.Aspects.of(app).add(RetryGuard())
    app.synth()


if __name__ == "__main__":
    main(cdk.App())
