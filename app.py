"""The reference app: a webhook pipeline and a review server, as in the incident and as they should be.

* `npx cdk synth` takes the guarded stacks, and passes.
* `npx cdk synth -c scenario=incident` takes those of the incident, and fails, as it should.
* `npx cdk synth -c nag=true` lets cdk-nag judge the guarded stacks as well.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

import aws_cdk as cdk

from seawall import ImageGuard, RetryGuard, record_source_lines
from stacks.review_guarded import ReviewServerGuardedStack
from stacks.review_incident import ReviewServerIncidentStack
from stacks.webhook_guarded import WebhookGuardedStack
from stacks.webhook_incident import WebhookIncidentStack

SCENARIOS: Mapping[str, Sequence[tuple[type[cdk.Stack], str]]] = {
    "guarded": ((WebhookGuardedStack, "WebhookGuarded"), (ReviewServerGuardedStack, "ReviewServerGuarded")),
    "incident": ((WebhookIncidentStack, "WebhookIncident"), (ReviewServerIncidentStack, "ReviewServerIncident")),
}


def main() -> None:
    """Build the chosen scenario, have it judged, and write the templates."""
    app = cdk.App()
    record_source_lines()
    scenario = app.node.try_get_context("scenario") or "guarded"
    if scenario not in SCENARIOS:
        sys.exit(f"Unknown scenario {scenario!r}. Valid scenarios: {', '.join(SCENARIOS)}.")
    for stack, construct_id in SCENARIOS[scenario]:
        stack(app, construct_id)

    cdk.Aspects.of(app).add(RetryGuard(max_attempts=10))
    cdk.Aspects.of(app).add(ImageGuard())
    # The incident is judged by Seawall alone: what cdk-nag would say about it is beside the point.
    if scenario == "guarded" and str(app.node.try_get_context("nag")).lower() == "true":
        add_nag(app)
    app.synth()


def add_nag(app: cdk.App) -> None:
    """Let cdk-nag judge the app too."""
    # Imported here as loading it slows every synth down.
    from cdk_nag import AwsSolutionsChecks, ServerlessChecks

    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(), ServerlessChecks())


if __name__ == "__main__":
    main()
