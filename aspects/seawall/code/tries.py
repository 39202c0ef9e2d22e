"""How often an SDK's client tries a call, and what sets that.

Sources: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html and
https://aws.amazon.com/blogs/developer/updated-default-retry-behavior-for-aws-sdks-and-tools/, read 2026-11-29.
"""

from __future__ import annotations

from msgspec import Struct

from seawall.template import SourceLine

DEFAULT_TRIES = 3
"""Tries of a call, a total, by every SDK's default since 10 November 2026 (botocore 1.44: before it 5)."""
DYNAMODB_TRIES = 4
"""The same for DynamoDB since then (before it 10)."""
DEFAULT_READ_TIMEOUT = 60.0
"""Seconds after which boto3 gives up waiting for an answer and tries again.
Source: https://botocore.amazonaws.com/v1/documentation/api/latest/reference/config.html, read 2026-11-29."""


class SdkTries(Struct, frozen=True):
    """Tries of each call of a client."""

    total: int | None = None
    """None: neither code nor, as far as the code tells, anything else sets it."""
    at: SourceLine | None = None
    """Where the code sets it."""
    read_timeout: float | None = None
    """Seconds, where the code sets it."""
    warned_after: float | None = None
    """Seconds after which some versions of the SDK give up, and others only warn."""


NOT_SET = SdkTries()


def default_tries(service: str) -> int:
    """Tries where nothing sets them.

    >>> default_tries("sqs"), default_tries("dynamodb")
    (3, 4)
    """
    return DYNAMODB_TRIES if service == "dynamodb" else DEFAULT_TRIES
