"""Errors that are acknowledged: on a construct, on a Stage, on the app, and by those who send an event back."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import IConstruct

from seawall import RetryGuard
from tests.cdk.apps import parts


def acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept the findings of a rule within a construct."""
    cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=f"Seawall::{rule}", reason=reason))


def main(app: cdk.App) -> None:
    """Synthesize."""
    stack = cdk.Stack(app, "A")
    parts.stacked(stack)
    acknowledge(stack.node.find_child("Function"), "stacked-retries", "on the function")

    stage = cdk.Stage(app, "Prod")
    parts.stacked(cdk.Stack(stage, "Web"))
    acknowledge(stage, "stacked-retries", "on the Stage")

    loop = cdk.Stack(app, "Loop")
    queue = parts.queue(loop)
    sender = parts.consumer(loop, queue)
    queue.grant_send_messages(sender)
    sender.add_environment("QUEUE_URL", queue.queue_url)
    acknowledge(sender, "retry-loop", "on the sender")

    parts.many(cdk.Stack(app, "Many"))
    acknowledge(app, "excessive-retries", "on the app")

    cdk.Aspects.of(app).add(RetryGuard())
    app.synth()


if __name__ == "__main__":
    main(cdk.App())
