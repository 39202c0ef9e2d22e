"""Door: starts the emulator so that it answers only who has the token, by its own address, and no web page.

An emulator runs code for whoever asks, and a port of this machine can be asked by every program on it and, by way of a
browser, by any web page. So each request has to bear the token that this run has chosen, the `Host` that the emulator
was started under (a name that somebody has pointed at this machine is another one), and no `Origin`, which a browser
adds to what a page sends. Nothing else gets past, health checks and WebSockets included.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from typing import Any

HEADER = "X-Seawall-Token"
VARIABLE = "SEAWALL_DOOR_TOKEN"

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def behind_door(application: Application, token: str, host: str) -> Application:
    """`application`, an ASGI one, for those only who may pass."""

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or may_pass(scope.get("headers", ()), token, host):
            await application(scope, receive, send)
        elif scope["type"] == "http":
            start = {"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]}
            await send(start)
            await send({"type": "http.response.body", "body": b"this emulator serves one replay only\n"})
        else:
            await send({"type": "websocket.close", "code": 1008})

    return door


def may_pass(headers: Any, token: str, host: str) -> bool:
    """Whether a request with these headers, pairs of bytes, comes from the replay itself."""
    given: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        given.setdefault(name.lower(), []).append(value)
    tokens = given.get(HEADER.lower().encode(), [])
    return (
        len(tokens) == 1
        and hmac.compare_digest(tokens[0], token.encode())
        and given.get(b"host") == [host.encode()]
        and b"origin" not in given
    )


def _shorten(queues: Any) -> None:
    """Let a queue keep its messages for seconds: AWS takes a minute and more, and a replay is shorter."""
    ranges = getattr(queues, "_NUMERIC_ATTR_RANGES", {})
    if "MessageRetentionPeriod" in ranges:
        ranges["MessageRetentionPeriod"] = (1, ranges["MessageRetentionPeriod"][1])


def main() -> None:
    """Serve, with the token taken out of the environment before anything is started that could inherit it."""
    token = os.environ.pop(VARIABLE)
    host = f"{os.environ['BIND_HOST']}:{os.environ['GATEWAY_PORT']}"
    emulator: Any = import_module("ministack.app")
    _shorten(import_module("ministack.services.sqs"))
    emulator.app = behind_door(emulator.app, token, host)
    emulator.main()


if __name__ == "__main__":
    main()
