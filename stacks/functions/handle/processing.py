"""The work on one webhook. Both handlers do it; they differ in what a failure means."""

from __future__ import annotations

import logging
from typing import Any

logger = logging.getLogger()
logger.setLevel(logging.INFO)

REQUIRED_FIELDS = {
    "order": ("id", "total_price"),
    "product": ("id", "title"),
    "benefit": ("id", "customer_id"),
    "category": ("id", "name"),
    "customer": ("id", "email"),
}


class InvalidPayloadError(Exception):
    """The payload lacks something that its type needs."""


def process(webhook: dict[str, Any]) -> None:
    """Check one webhook and apply it to the shop.

    A queue delivers at least once, so applying must be idempotent: key it by the webhook's id.
    """
    payload = webhook.get("payload") or {}
    required = REQUIRED_FIELDS[webhook["webhook_type"]]
    missing = [field for field in required if field not in payload]
    if missing:
        raise InvalidPayloadError(f"missing {', '.join(missing)}")
    apply(webhook)
    logger.info("webhook %s applied to shop %s", webhook["webhook_id"], webhook["shop_id"])


def apply(webhook: dict[str, Any]) -> None:
    """Stand-in for the shop's own API."""
