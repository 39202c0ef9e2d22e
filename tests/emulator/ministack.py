"""Starts the emulator on a free loopback port and takes it down again, whatever happens."""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from unittest import mock

import boto3
from botocore.config import Config

REGION = "us-east-1"
HOST = "127.0.0.1"
PATIENCE = 30.0


class EmulatorError(RuntimeError):
    """The emulator could not be started, or died."""


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _without_aws() -> dict[str, str]:
    """The environment but for whatever the user has told the AWS SDKs."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


class MiniStack:
    """One emulator process with its data in `folder`; a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self._log = folder / "ministack.log"
        self._keeper: subprocess.Popen[bytes] | None = None
        self._clients: dict[str, Any] = {}
        self._making = threading.Lock()

    def __enter__(self) -> Self:
        for _ in range(3):
            self.port = free_port()
            self._start()
            if self._answers():
                return self
            self.stop()
        raise EmulatorError(f"MiniStack does not start here. The end of its log:\n{self.tail()}")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def endpoint(self) -> str:
        """Where its API listens: loopback only."""
        return f"http://{HOST}:{self.port}"

    def client(self, service: str) -> Any:
        """A boto3 client of this emulator, deaf to the user's own AWS settings and proxies."""
        with self._making:
            if service not in self._clients:
                self._clients[service] = self._connect(service)
            return self._clients[service]

    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._keeper is not None and self._keeper.poll() is None

    def tail(self, lines: int = 30) -> str:
        """The end of its log, for a message somebody has to understand."""
        text = self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def stop(self) -> None:
        """Let go: the keeper ends the emulator and every function it has started."""
        if self._keeper is None:
            return
        assert self._keeper.stdin is not None
        self._keeper.stdin.close()
        self._keeper.wait(timeout=PATIENCE)
        self._keeper = None

    def _connect(self, service: str) -> Any:
        config = Config(
            proxies={},
            inject_host_prefix=False,
            max_pool_connections=16,
            retries={"total_max_attempts": 1},
        )
        files = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        with mock.patch.dict(os.environ, _without_aws() | files, clear=True):
            session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test")
            return session.client(  # type: ignore[call-overload]
                service, region_name=REGION, endpoint_url=self.endpoint, config=config
            )

    def _start(self) -> None:
        keeper = Path(__file__).with_name("keeper.py")
        command = [sys.executable, str(keeper), sys.executable, "-m", "ministack"]
        with self._log.open("wb") as log:
            self._keeper = subprocess.Popen(
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
            "SFN_WAIT_SCALE": "0.001",
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
