"""The handler of the incident: it hides its failures, and sends the webhook round again."""

from __future__ import annotations

import json
import os
import uuid
from typing import Any

import boto3

from .processing import logger, process

sqs = boto3.client("sqs")

SOURCE_LIMIT = 5
DEAD_LETTER_LIMIT = 10


def handler(webhook: dict[str, Any], context: object) -> dict[str, Any]:
    """Process one webhook; on failure put it back on a queue and report success."""
    try:
        process(webhook)
    except Exception:
        retry_count = webhook.get("retry_count", 0) + 1
        logger.exception("webhook %s failed, retry %d", webhook["webhook_id"], retry_count)
        send(queue_for(retry_count), {**webhook, "retry_count": retry_count})
        return {"status": "sent back", "retry_count": retry_count}
    return {"status": "done"}


def queue_for(retry_count: int) -> str:
    """The URL of the queue that takes a webhook after this many failures."""
    if retry_count > DEAD_LETTER_LIMIT:
        return os.environ["LAST_QUEUE_URL"]
    if retry_count > SOURCE_LIMIT:
        return os.environ["DEAD_LETTER_QUEUE_URL"]
    return os.environ["SOURCE_QUEUE_URL"]


def send(queue_url: str, webhook: dict[str, Any]) -> None:
    """Send one webhook to a FIFO queue, in order with its shop's other webhooks."""
    sqs.send_message(
        QueueUrl=queue_url,
        MessageBody=json.dumps(webhook),
        MessageGroupId=webhook["shop_id"],
        # New for each send. When the machine runs this handler again after a service fault, SQS
        # therefore takes the second send as a second message: that is how one webhook became four.
        MessageDeduplicationId=str(uuid.uuid4()),
    )
