"""Whole processes, measured from outside: how long they take, how much work that is, how much memory they need."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SEAWALL = (sys.executable, "-m", "seawall")
JSON_LOAD = (sys.executable, "-c", "import json, sys\nfor path in sys.argv[1:]:\n with open(path) as f: json.load(f)")

_LAUNCH = """
import json, os, sys, time
started = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(child, 0)
taken = time.perf_counter() - started
unit = 1 if sys.platform == "darwin" else 1024
found = [taken, used.ru_utime + used.ru_stime, used.ru_maxrss * unit, os.waitstatus_to_exitcode(status)]
print(json.dumps(found), file=sys.stderr)
"""
"""A parent of its own, as small as can be: a child's peak memory counts what its parent had when it started."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One process, or the median of several."""

    seconds: float
    """From start to end."""
    processor: float
    """Seconds of processor time, in user and system mode: what other processes take away does not count."""
    peak: float
    """Bytes of memory at most."""


def measure(command: Sequence[str], runs: int = 1, exits: Sequence[int] = (0,)) -> Measured:
    """The median of some runs of `command`, which has to end with one of `exits`."""
    each = [_once(command, exits) for _ in range(runs)]
    return Measured(
        statistics.median(one.seconds for one in each),
        statistics.median(one.processor for one in each),
        statistics.median(one.peak for one in each),
    )


def least(command: Sequence[str], runs: int) -> Measured:
    """The smallest of some runs: what other processes take away is in none of them, if they leave it be once."""
    each = [_once(command, (0,)) for _ in range(runs)]
    return Measured(min(one.seconds for one in each), min(one.processor for one in each), min(one.peak for one in each))


def _once(command: Sequence[str], exits: Sequence[int]) -> Measured:
    # What is measured is what a user has: modules that were compiled before.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-c", _LAUNCH, *command], cwd=ROOT, env=env, capture_output=True, check=False
    )
    said = done.stderr.decode().splitlines()
    seconds, processor, peak, code = json.loads(said[-1])
    if code not in exits:
        sys.exit(f"{' '.join(command)[:200]} ended with {code}:\n" + "\n".join(said[:-1]))
    return Measured(seconds, processor, peak)


def machine() -> str:
    """What it runs on."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown, figures to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def ratio(one: float, other: float) -> str:
    """How many times `other` goes into `one`, with as many digits as say something."""
    found = one / other
    return f"{found:,.0f}" if found >= 20 else f"{found:.1f}"
