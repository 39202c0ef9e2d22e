"""`seawall replay` as people and programs use it, and what it leaves behind: nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seawall.cli import main
from seawall.replay import Endpoint
from seawall.replay.emulator import free_port

from .processes import environment, listening, started_in, until

SCENARIOS = Path(__file__).parents[1] / "scenarios"
LOOP = str(SCENARIOS / "case-13-requeue.json")
TASK = str(SCENARIOS / "case-06-cdk-lambda-invoke.json")
QUEUE = str(SCENARIOS / "case-01-queue-function.json")
HAND_OFF = str(SCENARIOS / "case-05-service-faults-only.json")
LOOPBACK = "0100007F"
"""127.0.0.1 as the kernel writes it."""
CANARY = "SEAWALL_TEST_GITHUB_TOKEN"
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def endless(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A replay that goes on for long, in which the emulator runs already; its files are in `tmp_path`."""
    command = [sys.executable, "-m", "seawall", "replay", LOOP, "--fail", "Task", "--with", "fault", "--laps", "9"]
    variables = os.environ | {"TMPDIR": str(tmp_path), CANARY: "canary"}
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=variables, preexec_fn=_heard
    )
    try:
        assert until(lambda: any("stub.py" in each for each in started_in(tmp_path).values()), 60)
        yield running
    finally:
        running.kill()
        running.communicate()


def _heard() -> None:
    """Signals as a terminal sends them: what runs in the background, or under nohup, inherits that they are ignored."""
    for each in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(each, signal.SIG_DFL)


def test_json_holds_both_numbers_of_every_count(capsys: Capture) -> None:
    assert main(["replay", TASK, "--fail", "Task79114B6B", "--with", "fault", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    counts = {
        (one["site"], one["what"]): (one["predicted"]["max"], one["observed"], one["verdict"])
        for one in found["counts"]
    }
    assert counts == {
        ("Orders/Machine", "executions"): (1, 1, "equal"),
        ("Orders/Machine#Invoke", "state runs"): (7, 7, "equal"),
        ("Orders/Task", "runs"): (7, 7, "equal"),
    }
    assert (found["differs"], found["stopped_by"], len(found["runs"])) == (False, None, 7)


def test_a_bound_stops_a_loop_and_says_so(capsys: Capture) -> None:
    arguments = ["replay", LOOP, "--fail", "Task", "--with", "fault", "--laps", "9", "--max-runs", "40"]
    assert main(arguments) == 0
    assert "Stopped at 40 runs, so these are least numbers" in capsys.readouterr().out


def test_without_the_emulator_the_message_says_what_to_install(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ministack", None)
    assert main(["replay", QUEUE, "--fail", "Worker"]) == 2
    assert capsys.readouterr().err.endswith("seawall: error: a replay needs ministack: pip install 'seawall[replay]'\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--fail", "Nobody"], "no function or state is called Nobody; functions here: case-01-queue-function/Worker"),
        (["--fail", "Worker", "--endpoint", "127.0.0.1:4566"], "--endpoint takes a URL such as http://127.0.0.1:4566"),
        (["--fail", "Worker", "--endpoint", "https://sqs.us-east-1.amazonaws.com"], "never on AWS itself"),
        (["--fail", "Worker", "--endpoint", "http://127.0.0.1:9"], "nothing answers at http://127.0.0.1:9"),
        (["--fail", "Worker", "--with", "timeout", "--export", "fis"], "brings about an error, not a timeout"),
    ],
)
def test_what_cannot_be_done_is_said_with_code_2(options: list[str], message: str, capsys: Capture) -> None:
    assert main(["replay", QUEUE, *options]) == 2
    assert message in capsys.readouterr().err


def test_everything_listens_on_loopback_only(endless: subprocess.Popen[str], tmp_path: Path) -> None:
    assert endless.poll() is None
    assert listening(list(started_in(tmp_path))) == {LOOPBACK}


def test_an_interrupted_replay_leaves_no_process(endless: subprocess.Popen[str], tmp_path: Path) -> None:
    endless.send_signal(signal.SIGINT)
    _, errors = endless.communicate(timeout=30)
    assert (endless.returncode, errors.splitlines()[-1]) == (130, "seawall: interrupted")
    assert until(lambda: not started_in(tmp_path)), started_in(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGKILL"])
def test_a_killed_replay_leaves_nothing(endless: subprocess.Popen[str], tmp_path: Path, name: str) -> None:
    assert list(tmp_path.iterdir())
    endless.send_signal(getattr(signal, name))
    endless.communicate(timeout=30)
    assert until(lambda: not started_in(tmp_path)), started_in(tmp_path)
    assert until(lambda: not list(tmp_path.iterdir()))


def test_no_helper_sees_what_is_none_of_its_business(endless: subprocess.Popen[str], tmp_path: Path) -> None:
    helpers = [process for process in started_in(tmp_path) if process != endless.pid]
    assert len(helpers) >= 3  # the guard, the emulator, a stub
    seen = [environment(process) for process in helpers]
    assert all(one.get("PATH") for one in seen)
    assert [one for one in seen if CANARY in one or "canary" in "".join(one.values())] == []


def test_nobody_else_reaches_the_emulator(endless: subprocess.Popen[str], tmp_path: Path) -> None:
    ports = {environment(process).get("GATEWAY_PORT") for process in started_in(tmp_path)} - {None}
    (port,) = ports
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health") as answer:
            code = answer.status
    except urllib.error.HTTPError as error:
        code = error.code  # at the door
    except urllib.error.URLError:
        code = 0  # on a network of its own
    assert not 200 <= code < 300, code  # on a network of its own, another server may have the port on this one


def test_an_emulator_that_dies_is_a_message(endless: subprocess.Popen[str], tmp_path: Path) -> None:
    words = {process: command.split() for process, command in started_in(tmp_path).items()}
    (emulator,) = (process for process, each in words.items() if len(each) == 2 and each[1].endswith("door.py"))
    os.kill(emulator, signal.SIGKILL)
    _, errors = endless.communicate(timeout=30)
    assert endless.returncode == 2
    assert "seawall: error: the emulator died" in errors
    assert until(lambda: not started_in(tmp_path)), started_in(tmp_path)


@pytest.fixture
def theirs(tmp_path: Path) -> Iterator[Endpoint]:
    """An emulator that somebody else has started, open to everybody."""
    port = free_port()
    variables = os.environ | {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "TMPDIR": str(tmp_path)}
    variables |= {"MINISTACK_HOST": "127.0.0.1", "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
    variables |= {"REPLAY_PYTHON": sys.executable, "LAMBDA_EXECUTOR": "local", "SFN_WAIT_SCALE": "0.001"}
    running = subprocess.Popen(
        [sys.executable, "-m", "ministack"], env=variables, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        found = Endpoint(f"http://127.0.0.1:{port}")
        assert until(found.alive)
        yield found
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def test_an_emulator_that_runs_already_is_used_and_left_running(theirs: Endpoint, capsys: Capture) -> None:
    assert main(["replay", HAND_OFF, "--fail", "Task", "--endpoint", theirs.endpoint, "--format", "json"]) == 0
    counts = {(one["site"].partition("/")[2], one["what"]): one["observed"] for one in counted(capsys)}
    assert counts["Task", "runs"] == counts["Machine", "executions"] == counts["Queue", "receives"] == 1
    assert theirs.alive()
    stacks = theirs.client("cloudformation").describe_stacks()["Stacks"]
    assert [stack for stack in stacks if stack["StackName"].startswith("replay-")] == []


def counted(capsys: Capture) -> list[dict[str, Any]]:
    counts: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["counts"]
    return counts
