"""Starts one execution of the webhook machine for each message, and does not wait for it."""

from __future__ import annotations

import json
import logging
import os
from typing import Any

import boto3

logger = logging.getLogger()
logger.setLevel(logging.INFO)

step_functions = boto3.client("stepfunctions")


def handler(event: dict[str, Any], context: object) -> None:
    """Hand each SQS record to the machine.

    Returning deletes the message: whatever the execution does later, the queue has forgotten it.
    """
    for record in event["Records"]:
        started = step_functions.start_execution(
            stateMachineArn=os.environ["STATE_MACHINE_ARN"],
            input=json.dumps({"body": record["body"]}),
        )
        logger.info("message %s started %s", record["messageId"], started["executionArn"])
