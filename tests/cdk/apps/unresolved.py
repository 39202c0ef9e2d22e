"""A queue whose receives are a parameter without a default, in front of a function; `-c fail=true` fails on that."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs

import seawall
from tests.cdk.apps import parts


def main(app: cdk.App) -> None:
    """Synthesize."""
    stack = cdk.Stack(app, "A")
    receives = cdk.CfnParameter(stack, "Receives", type="Number")
    policy = {"deadLetterTargetArn": sqs.Queue(stack, "Dead").queue_arn, "maxReceiveCount": receives.value_as_number}
    queue = sqs.CfnQueue(stack, "Queue", visibility_timeout=360, redrive_policy=policy)
    parts.consumer(stack, sqs.Queue.from_queue_arn(stack, "Reference", queue.attr_arn))
    seawall.guard(app, fail_on_gaps=app.node.try_get_context("fail") is not None)
    app.synth()


if __name__ == "__main__":
    main(cdk.App())
