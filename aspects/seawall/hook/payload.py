"""Fetching the templates: only from S3 of AWS, never more than a bound, never longer than there is time.

The payload holds a template of at most 1 MB, the one before it, and of a change set what changes, each as text in JSON.
"""

from __future__ import annotations

import http.client
import json
import re
import ssl
import time
from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from msgspec import Struct, field

MOST_BYTES = 16 * 1024 * 1024
"""Two templates of 1 MB, escaped, and the changes of 500 resources stay far below.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html, read 2026-11-30."""
_CHUNK = 256 * 1024
_S3 = re.compile(
    r"(?:[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\.)?"
    r"s3(?:-fips)?(?:[.-](?:dualstack\.)?[a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com(?:\.cn)?"
)
"""Source: https://docs.aws.amazon.com/general/latest/gr/s3.html, read 2026-11-30."""

Fetch: TypeAlias = "Callable[[str, float], bytes]"
"""Reads what is at an address, within so many seconds."""


class PayloadError(Exception):
    """The templates cannot be had, or are none."""


class Payload(Struct, frozen=True):
    """What the address holds."""

    template: str
    changes: tuple[dict[str, Any], ...] = field(default=())
    """Of a change set: its changed resources."""


def checked(address: str) -> tuple[str, str]:
    """Host and path of an address that S3 signed; `PayloadError` for any other."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise PayloadError("the payload's address is none") from None
    if parts.scheme != "https" or parts.username or parts.password or port not in (None, 443):
        raise PayloadError("the payload's address is not one of S3")
    if not _S3.fullmatch(host):
        raise PayloadError(f"the payload's address is not one of S3: {host[:100]}")
    return host, f"{parts.path or '/'}?{parts.query}"


def fetch(address: str, seconds: float) -> bytes:
    """What is at an address of S3, over a connection that follows no redirect and uses no proxy."""
    host, path = checked(address)
    deadline = time.monotonic() + seconds
    connection = http.client.HTTPSConnection(host, timeout=seconds, context=ssl.create_default_context())
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        if answer.status != 200:
            raise PayloadError(f"S3 answers {answer.status} for the payload")
        data = bytearray()
        while more := answer.read(_CHUNK):
            data += more
            if len(data) > MOST_BYTES:
                raise PayloadError(f"the payload is larger than {MOST_BYTES // 1024**2} MB")
            if time.monotonic() > deadline:
                raise PayloadError("the payload does not come in time")
    except (OSError, http.client.HTTPException) as error:
        raise PayloadError(f"the payload cannot be fetched: {error}") from None
    else:
        return bytes(data)
    finally:
        connection.close()


def payload_of(data: bytes) -> Payload:
    """The payload in what was fetched; `PayloadError` where it is none."""
    try:
        body = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise PayloadError(f"the payload is not JSON: {type(error).__name__}") from None
    template = body.get("template") if isinstance(body, dict) else None
    if not isinstance(template, str) or not template.strip():
        raise PayloadError("the payload holds no template")
    changes = body.get("changedResources")
    found = [each for each in changes if isinstance(each, dict)] if isinstance(changes, list) else []
    return Payload(template, tuple(found))
