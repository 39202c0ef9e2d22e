"""The guarded handler: a failure is raised, so that the queue that owns the retry sees it."""

from __future__ import annotations

from typing import Any

from .processing import process


def handler(webhook: dict[str, Any], context: object) -> dict[str, Any]:
    """Process one webhook, or fail."""
    process(webhook)
    return {"status": "done"}
