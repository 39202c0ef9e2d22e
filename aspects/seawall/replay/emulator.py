"""The emulator: started on a free loopback port and taken down again whatever happens, or one that runs already."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from .errors import ReplayError, StubError
from .names import REGION

HOST = "127.0.0.1"
PATIENCE = 30.0
_MOMENT = 0.3
"""Seconds after which a process that was killed is known to be."""
NEEDED = "ministack", "boto3"
INSTALL = "pip install 'seawall[replay]'"


def require(*modules: str) -> None:
    """Say what is missing, before anything is done."""
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise ReplayError(f"a replay needs {' and '.join(missing)}: {INSTALL}")


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


class Endpoint:
    """An emulator that somebody else runs."""

    own = False
    """Whether we started it: then stubs are processes of this machine, errors bear names of our choice by way of a
    custom runtime, and it shortens by itself what state machines wait.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ReplayError(f"--endpoint takes a URL such as http://127.0.0.1:4566, not {url!r}")
        if parts.hostname.endswith(("amazonaws.com", "amazonaws.com.cn", ".aws")):
            raise ReplayError("a replay runs on an emulator only, never on AWS itself: see --export fis")
        self.endpoint = url.rstrip("/")
        self._clients: dict[str, Any] = {}
        self._making = threading.Lock()

    def client(self, service: str) -> Any:
        """A boto3 client, deaf to the user's own AWS settings and proxies."""
        with self._making:
            if service not in self._clients:
                self._clients[service] = _connect(service, self.endpoint)
            return self._clients[service]

    def alive(self) -> bool:
        """Whether something listens there."""
        parts = urlsplit(self.endpoint)
        try:
            with socket.create_connection((str(parts.hostname), parts.port or 80), timeout=5):
                return True
        except OSError:
            return False

    def tail(self) -> str:
        """Nothing: its log is elsewhere."""
        return ""

    def __enter__(self) -> Self:
        require("boto3")
        if not self.alive():
            raise ReplayError(f"nothing answers at {self.endpoint}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave it running."""


@contextmanager
def answering(emulator: Endpoint) -> Iterator[None]:
    """What an emulator does not do, or that it is gone, said in words."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError, StubError) as error:
        time.sleep(_MOMENT)
        if not emulator.alive():
            raise ReplayError(f"the emulator died; the end of its log:\n{emulator.tail()}".rstrip()) from None
        if isinstance(error, StubError):
            raise
        raise ReplayError(f"the emulator refused: {error}") from None


class MiniStack(Endpoint):
    """A process of our own, with its data in a folder of its own."""

    own = True

    def __init__(self, folder: Path, speed: float = 1000) -> None:
        """`speed`: how many times faster than the template says state machines wait."""
        self.folder = folder
        self.port = 0
        self._speed = speed
        self._log = folder / "emulator.log"
        self._keeper: subprocess.Popen[bytes] | None = None
        super().__init__(f"http://{HOST}:1")

    def __enter__(self) -> Self:
        require(*NEEDED)
        for _ in range(3):
            self.port = free_port()
            self.endpoint = f"http://{HOST}:{self.port}"
            try:
                self._start()
                if self._answers():
                    return self
            except BaseException:
                self.stop()
                raise
            self.stop()
        raise ReplayError(f"the emulator does not start; the end of its log:\n{self.tail()}")

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take it down."""
        self.stop()

    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._keeper is not None and self._keeper.poll() is None

    def tail(self, lines: int = 20) -> str:
        """The end of its log, for a message somebody has to understand."""
        text = self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def stop(self) -> None:
        """Let go: the keeper ends the emulator and every function it has started."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None and keeper.stdin is not None:
            keeper.stdin.close()
            keeper.wait(timeout=PATIENCE)

    def _start(self) -> None:
        keeper = Path(__file__).with_name("keeper.py")
        command = [sys.executable, str(keeper), sys.executable, "-m", "ministack"]
        with self._log.open("wb") as log:
            self._keeper = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=self._environment(),
                start_new_session=True,
            )

    def _environment(self) -> dict[str, str]:
        return _without_aws() | {
            "BIND_HOST": HOST,
            "MINISTACK_HOST": HOST,
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
            "REPLAY_PYTHON": sys.executable,
            "TMPDIR": str(self.folder),
            "STATE_DIR": str(self.folder / "state"),
            "S3_DATA_DIR": str(self.folder / "s3"),
            "PERSIST_STATE": "0",
            "SFN_WAIT_SCALE": f"{1 / self._speed:.6f}",
            "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.05",
            "LAMBDA_EXECUTOR": "local",
            "DOCKER_HOST": f"unix://{self.folder}/no-docker.sock",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
        }

    def _answers(self) -> bool:
        deadline = time.monotonic() + PATIENCE
        while self.alive() and time.monotonic() < deadline:
            try:
                connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
                connection.request("GET", "/_ministack/health")
                if connection.getresponse().status == 200:
                    return True
            except OSError:
                pass
            time.sleep(0.05)
        return False


def _without_aws() -> dict[str, str]:
    """The environment but for whatever the user has told the AWS SDKs."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


def _connect(service: str, endpoint: str) -> Any:
    from unittest import mock

    import boto3
    from botocore.config import Config

    config = Config(proxies={}, inject_host_prefix=False, max_pool_connections=16, retries={"total_max_attempts": 1})
    files = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "TMPDIR": tempfile.gettempdir()}
    with mock.patch.dict(os.environ, _without_aws() | files, clear=True):
        session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test")  # noqa: S106
        return session.client(service, region_name=REGION, endpoint_url=endpoint, config=config)  # type: ignore[call-overload]
