"""Requests over HTTP, as far as the code has them tried again: by a library that was told how often, or by the code.

A library's own default is not followed: most try nothing again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from seawall.template import SourceLine

from .context import Around
from .tries import NOT_SET, SdkTries
from .values import NOTHING, External, JoinedText, ListValue, Lit, RecordValue, Response, Value, Variable, plain

if TYPE_CHECKING:
    from .reader import Reader

SERVICE, OPERATION = "http", "Request"
"""How such a call is named among those of AWS."""
SAFE = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"})
"""Methods that libraries try again unless they are told otherwise."""


class HttpRequest(Struct, frozen=True):
    """A request that a library makes."""

    url: Value
    method: str = ""
    """In capitals; empty where that is not told."""
    client: str = ""
    """What its retries were set for, such as ``axios``."""
    retries: Value = NOTHING
    """How they were set."""
    raises: bool | None = None
    """Whether the library raises where the answer has a status of failure; None: where the code asks for it."""


def note(reader: Reader, request: HttpRequest, at: SourceLine, around: Around) -> None:
    """Note a request, if it names a place and something may try it again."""
    tries = _tries(reader, request, at)
    again = around.tries > 1 or any(not lap.records for lap in around.laps) or tries.total is not None
    if again and isinstance(plain(request.url), (Lit, Variable, JoinedText)):
        from .reader import Made

        response = Response(OPERATION, True if request.raises else None, raised=bool(request.raises))
        inside = replace(around, catches=around.reached)
        asked = RecordValue({"Url": request.url})
        reader.made.append(Made(SERVICE, OPERATION, asked, at, inside, tries, response))


def _tries(reader: Reader, request: HttpRequest, at: SourceLine) -> SdkTries:
    """Tries, a total, of urllib3's `Retry`, axios-retry and got, where they answer to a status of failure.

    Without `status_forcelist` urllib3 tries again only what never reached the server, or was not answered; both leave
    methods that are not idempotent alone unless they are told otherwise.
    Sources: https://urllib3.readthedocs.io/en/stable/reference/urllib3.util.html and
    https://github.com/softonic/axios-retry, read 2026-11-30.
    """
    retries = plain(request.retries)
    if retries == NOTHING and request.client in reader.clients:
        retries = plain(reader.clients[request.client])
    if isinstance(retries, External) and retries.path.endswith("HTTPAdapter"):
        retries = plain(retries.named.get("max_retries", NOTHING))
    entries = retries.named if isinstance(retries, External) else getattr(retries, "entries", {})
    first = retries.arguments[0] if isinstance(retries, External) and retries.arguments else NOTHING
    if isinstance(retries, External) and "status_forcelist" not in entries:
        return NOT_SET
    chosen = bool({"allowed_methods", "method_whitelist", "retryCondition", "methods"} & set(entries))
    if request.method and request.method not in SAFE and not chosen:
        return NOT_SET
    number = plain(next((entries[key] for key in ("total", "retries", "limit") if key in entries), first))
    return SdkTries(number.value + 1, at) if isinstance(number, Lit) and type(number.value) is int else NOT_SET


def first_url(arguments: Sequence[Value]) -> Value:
    """The address that a request is made for; that of a request which was put together before."""
    value = plain(arguments[0]) if arguments else NOTHING
    if isinstance(value, External) and value.made and value.arguments:
        return value.arguments[0]
    if isinstance(value, RecordValue):
        return value.entries.get("url", NOTHING)
    return NOTHING if isinstance(value, ListValue) else value
