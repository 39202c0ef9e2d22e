"""The door of the emulator: who may pass, and that everybody else is refused."""

from __future__ import annotations

import http.client

import pytest

from seawall.replay import MiniStack
from seawall.replay.door import HEADER, may_pass

TOKEN, HOST = "a-token", "127.0.0.1:4566"
RIGHT = [(b"host", HOST.encode()), (b"x-seawall-token", TOKEN.encode())]


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        (RIGHT, True),
        ([*RIGHT, (b"user-agent", b"Boto3")], True),
        ([], False),
        ([(b"host", HOST.encode())], False),
        ([(b"host", HOST.encode()), (b"x-seawall-token", b"another")], False),
        ([(b"host", HOST.encode()), (b"x-seawall-token", b"")], False),
        ([*RIGHT, (b"x-seawall-token", b"another")], False),
        ([(b"x-seawall-token", TOKEN.encode())], False),
        ([(b"host", b"evil.example:4566"), (b"x-seawall-token", TOKEN.encode())], False),
        ([(b"host", b"127.0.0.1"), (b"x-seawall-token", TOKEN.encode())], False),
        ([*RIGHT, (b"host", b"evil.example")], False),
        ([*RIGHT, (b"origin", b"https://evil.example")], False),
        ([*RIGHT, (b"Origin", b"null")], False),
        ([*RIGHT, (b"origin", b"http://127.0.0.1:4566")], False),
    ],
)
def test_who_may_pass(headers: list[tuple[bytes, bytes]], passes: bool) -> None:
    assert may_pass(headers, TOKEN, HOST) is passes


CREATE = "Action=CreateQueue&QueueName=theirs&Version=2012-11-05"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({HEADER: "guessed"}, 403),
        ({HEADER: "TOKEN", "Host": "evil.example"}, 403),
        ({HEADER: "TOKEN", "Origin": "https://evil.example"}, 403),
        ({HEADER: "TOKEN"}, 200),
    ],
)
def test_a_post_to_the_running_emulator(emulator: MiniStack, headers: dict[str, str], code: int) -> None:
    given = {name: emulator.token if value == "TOKEN" else value for name, value in headers.items()}
    connection = http.client.HTTPConnection("127.0.0.1", emulator.port, timeout=10)
    connection.request("POST", "/", CREATE, FORM | given)
    answer = connection.getresponse()
    said = answer.read().decode()
    assert answer.status == code
    assert ("this emulator serves one replay only" in said) is (code == 403)


@pytest.mark.parametrize("path", ["/_ministack/health", "/", "/2015-03-31/functions/x/invocations"])
def test_nothing_answers_without_the_token(emulator: MiniStack, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", emulator.port, timeout=10)
    connection.request("GET", path)
    assert connection.getresponse().status == 403
