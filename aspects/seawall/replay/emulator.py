"""The emulator: started on a free loopback port and taken down again whatever happens, or one that runs already."""

from __future__ import annotations

import http.client
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from .door import HEADER, VARIABLE
from .errors import ReplayError, StubError
from .names import REGION
from .process_guard import IN_ORDER

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
    asynchronous_wait = 0.0
    """Seconds before a function that was invoked as an event runs again for the first time; 0 where that is unknown."""
    token = ""
    """What our own one asks everybody for."""

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
                self._clients[service] = _connect(service, self.endpoint, self.token)
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
    """A process of our own, with its data in a folder of its own, that answers nobody but us: see `door`."""

    own = True

    def __init__(
        self, folder: Path, speed: float = 1000, *, temporary: bool = False, asynchronous_wait: float = 0.05
    ) -> None:
        """`speed`: how many times faster than the template says state machines wait; `asynchronous_wait`: seconds
        before a function that was invoked as an event runs again for the first time.

        A `temporary` folder is removed with the emulator where this process ends without tidying up, by a signal say.
        """
        self.folder = folder
        self.token = secrets.token_urlsafe(32)
        self.asynchronous_wait = asynchronous_wait
        self._temporary = temporary
        self.port = 0
        self._speed = speed
        self._log = folder / "emulator.log"
        self._guard: subprocess.Popen[bytes] | None = None
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
        return self._guard is not None and self._guard.poll() is None

    def tail(self, lines: int = 20) -> str:
        """The end of its log, for a message somebody has to understand."""
        text = self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def stop(self) -> None:
        """Let go: the process guard ends the emulator and every function it has started."""
        guard, self._guard = self._guard, None
        if guard is not None and guard.stdin is not None:
            with suppress(BrokenPipeError):
                guard.stdin.write(IN_ORDER)
                guard.stdin.close()
            guard.wait(timeout=PATIENCE)

    def _start(self) -> None:
        guard, door = (str(Path(__file__).with_name(name)) for name in ("process_guard.py", "door.py"))
        folder = str(self.folder) if self._temporary else ""
        command = [sys.executable, guard, folder, sys.executable, door]
        with self._log.open("wb") as log:
            self._guard = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=self._environment(),
                start_new_session=True,
            )

    def _environment(self) -> dict[str, str]:
        return allowed(os.environ) | {
            VARIABLE: self.token,
            "HOME": str(self.folder),
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
            "LAMBDA_ASYNC_RETRY_BASE_SECONDS": f"{self.asynchronous_wait:.3f}",
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
                connection.request("GET", "/_ministack/health", headers={HEADER: self.token})
                if connection.getresponse().status == 200:
                    return True
            except OSError:
                pass
            time.sleep(0.05)
        return False


ALLOWED = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH", "SYSTEMROOT")
"""What helpers get to see of this process's environment: what a program needs to start, and nobody's secrets."""


def allowed(environment: Mapping[str, str]) -> dict[str, str]:
    """What of an environment helpers may see."""
    return {name: environment[name] for name in ALLOWED if name in environment}


def _connect(service: str, endpoint: str, token: str) -> Any:
    from unittest import mock

    import boto3
    from botocore.config import Config

    config = Config(proxies={}, inject_host_prefix=False, max_pool_connections=16, retries={"total_max_attempts": 1})
    files = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "TMPDIR": tempfile.gettempdir()}
    with mock.patch.dict(os.environ, allowed(os.environ) | files, clear=True):
        session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test")  # noqa: S106
        client = session.client(service, region_name=REGION, endpoint_url=endpoint, config=config)  # type: ignore[call-overload]
    if token:
        client.meta.events.register("before-send", lambda request, **_: request.headers.__setitem__(HEADER, token))
    return client
