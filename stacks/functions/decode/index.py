"""Turns an SQS message into the webhook event that the machine routes."""

from __future__ import annotations

import json
import logging
from typing import Any

logger = logging.getLogger()
logger.setLevel(logging.INFO)

REQUIRED_FIELDS = ("webhook_id", "shop_id", "webhook_type")


class InvalidWebhookError(Exception):
    """The message is not a webhook."""


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Parse the message body, and the payload inside it if that is still text."""
    webhook: dict[str, Any] = json.loads(event["body"])
    missing = [field for field in REQUIRED_FIELDS if field not in webhook]
    if missing:
        raise InvalidWebhookError(f"missing {', '.join(missing)}")
    payload = webhook.get("payload")
    if isinstance(payload, str):
        webhook["payload"] = json.loads(payload)
    logger.info("webhook %s is of type %s", webhook["webhook_id"], webhook["webhook_type"])
    return webhook
