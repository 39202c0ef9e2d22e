"""A mistake within the guard itself."""

from __future__ import annotations

from unittest.mock import patch

import aws_cdk as cdk

from seawall import RetryGuard
from tests.cdk.apps import parts


def main(app: cdk.App) -> None:
    """Synthesize."""
    parts.stacked(cdk.Stack(app, "A"))
    cdk.Aspects.of(app).add(RetryGuard())
    with patch("seawall.cdk.synthesis.report_of", side_effect=KeyError("Properties")):
        app.synth()


if __name__ == "__main__":
    main(cdk.App())
