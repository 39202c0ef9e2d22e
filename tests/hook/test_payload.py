"""Where the payload may come from, and how much of it is read."""

from __future__ import annotations

import http.client
from typing import Any

import pytest

from seawall.hook import payload
from seawall.hook.payload import PayloadError, checked, fetch, payload_of

HOSTS = [
    "s3.amazonaws.com",
    "bucket.s3.amazonaws.com",
    "s3.eu-west-1.amazonaws.com",
    "my.bucket-1.s3.eu-central-1.amazonaws.com",
    "s3-us-west-2.amazonaws.com",
    "bucket.s3.dualstack.us-east-1.amazonaws.com",
    "bucket.s3-fips.us-gov-west-1.amazonaws.com",
    "bucket.s3.cn-north-1.amazonaws.com.cn",
]


@pytest.mark.parametrize("host", HOSTS)
def test_hosts_of_s3(host: str) -> None:
    assert checked(f"https://{host}/key?X-Amz-Signature=a%2Fb") == (host, "/key?X-Amz-Signature=a%2Fb")


@pytest.mark.parametrize(
    "address",
    [
        "http://s3.amazonaws.com/key",
        "https://s3.amazonaws.com.evil.com/key",
        "https://evil.com/?s3.amazonaws.com",
        "https://evils3.amazonaws.com/key",
        "https://s3.amazonaws.com@evil.com/key",
        "https://user:pw@s3.amazonaws.com/key",
        "https://s3.amazonaws.com:8443/key",
        "https://169.254.169.254/latest/meta-data",
        "https://ec2.eu-west-1.amazonaws.com/",
        "https://abc.execute-api.eu-west-1.amazonaws.com/s3",
        "https://s3.eu-west-1.evil.amazonaws.com/",
        "file:///etc/passwd",
        "https://[::1/",
        "https://s3.amazonaws.com:x/",
        "",
        "s3.amazonaws.com/key",
    ],
)
def test_anything_else_is_refused(address: str) -> None:
    with pytest.raises(PayloadError, match="address"):
        checked(address)


class Answered:
    """What a connection gives."""

    def __init__(self, status: int, data: bytes) -> None:
        self.status, self._data = status, data

    def read(self, size: int) -> bytes:
        """The next piece."""
        piece, self._data = self._data[:size], self._data[size:]
        return piece


def connecting(monkeypatch: pytest.MonkeyPatch, status: int, data: bytes) -> list[tuple[str, str]]:
    """Has every connection answer so; what was asked for is kept."""
    asked: list[tuple[str, str]] = []

    class Connection:
        def __init__(self, host: str, **_: Any) -> None:
            self.host = host

        def request(self, method: str, path: str) -> None:
            asked.append((method, self.host + path))

        def getresponse(self) -> Answered:
            return Answered(status, data)

        def close(self) -> None:
            pass

    monkeypatch.setattr(http.client, "HTTPSConnection", Connection)
    return asked


def test_it_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = connecting(monkeypatch, 200, b"{}")
    assert fetch("https://s3.amazonaws.com/key?a=b", 5) == b"{}"
    assert asked == [("GET", "s3.amazonaws.com/key?a=b")]


@pytest.mark.parametrize("status", [301, 302, 307, 403, 404, 500])
def test_no_redirect_is_followed(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    asked = connecting(monkeypatch, status, b"")
    with pytest.raises(PayloadError, match=str(status)):
        fetch("https://s3.amazonaws.com/key", 5)
    assert len(asked) == 1


def test_no_more_is_read_than_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payload, "MOST_BYTES", 1024 * 1024)
    connecting(monkeypatch, 200, b"x" * (1024 * 1024 + 1))
    with pytest.raises(PayloadError, match="larger than 1 MB"):
        fetch("https://s3.amazonaws.com/key", 5)


def test_it_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    connecting(monkeypatch, 200, b"x" * 3_000_000)
    with pytest.raises(PayloadError, match="in time"):
        fetch("https://s3.amazonaws.com/key", -1)


def test_a_host_that_is_not_there_is_said() -> None:
    with pytest.raises(PayloadError, match="cannot be fetched"):
        fetch("https://no-such-bucket-at-all.s3.zz-nowhere-9.amazonaws.com/key", 3)


def test_what_it_holds() -> None:
    found = payload_of(b'{"template": "{}", "changedResources": [{"action": "CREATE"}, 5]}')
    assert (found.template, found.changes) == ("{}", ({"action": "CREATE"},))
    with pytest.raises(PayloadError, match="RecursionError"):
        payload_of(b"[" * 100_000)
