"""``python -m fuzz [--seconds N] [--seeds FOLDER] [--target NAME ...]``: every target in turn, each in its own process.

`FOLDER` holds further seeds: JSON files of any depth (default: the environment variable `FUZZ_SEEDS`). Those of at
most 64 KB are used by the targets `check` and `machine`. Ends with 1 if an input broke the contract; each such input
is made small and stored among the tests, where it stays red until it is fixed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .minimise import minimised
from .targets import TARGETS

HERE = Path(__file__).parent
CRASHES = HERE.parent / "tests" / "robustness" / "crashes"
MOST_BYTES = 64 * 1024
_LAST = re.compile(r"#(\d+)\s+\w+\s+cov: (\d+) ft: (\d+)")


def main() -> int:
    """Run the targets that were asked for, and say what came of each."""
    options = argparse.ArgumentParser(prog="python -m fuzz", description="Fuzzes Seawall.")
    options.add_argument("--seconds", type=int, default=60, help="for each target")
    options.add_argument("--seeds", type=Path, default=os.environ.get("FUZZ_SEEDS"), help="a folder of JSON files")
    options.add_argument("--target", action="append", choices=list(TARGETS))
    given = options.parse_args()
    found = 0
    for name in given.target or TARGETS:
        found += _fuzz(name, given.seconds, Path(given.seeds) if given.seeds else None)
    return 1 if found else 0


def _fuzz(name: str, seconds: int, more: Path | None) -> int:
    with tempfile.TemporaryDirectory(prefix="seawall-fuzz-") as folder:
        corpus, broken = Path(folder, "corpus"), Path(folder, "broken")
        corpus.mkdir()
        broken.mkdir()
        _plant(name, corpus, more)
        limits = [f"-max_total_time={seconds}", f"-max_len={MOST_BYTES}", "-timeout=60", "-rss_limit_mb=2048"]
        command = [sys.executable, "-m", "fuzz.worker", name, str(corpus), *limits, f"-artifact_prefix={broken}/"]
        ended = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        reached = _LAST.findall(ended.stderr)
        runs, edges, features = reached[-1] if reached else ("0", "0", "0")
        print(f"{name}: {runs} runs, {edges} edges, {features} features", flush=True)
        stored = [_store(name, file) for file in sorted(broken.iterdir())]
        if ended.returncode and not stored:
            print(ended.stderr[-2000:])
        return len(stored) or (1 if ended.returncode else 0)


def _plant(name: str, corpus: Path, more: Path | None) -> None:
    seeds = sorted((HERE / "seeds" / name).iterdir())
    if name == "check":
        seeds += sorted((HERE.parent / "tests" / "scenarios").glob("*.json"))
    if more is not None and name in ("check", "machine"):
        seeds += sorted(more.rglob("*.json"))
    for number, seed in enumerate(seeds):
        if seed.is_file() and seed.stat().st_size <= MOST_BYTES:
            shutil.copyfile(seed, corpus / f"{number:05}")


def _store(name: str, file: Path) -> Path:
    """Make the input in `file` small, and keep it as a test."""
    slow = file.name.startswith(("timeout", "oom", "slow"))
    data = file.read_bytes() if slow else minimised(name, file.read_bytes())
    CRASHES.mkdir(parents=True, exist_ok=True)
    kept = CRASHES / f"{name}-{file.name.rpartition('-')[2][:12]}"
    kept.write_bytes(data)
    print(f"{name}: {'too slow or too large' if slow else 'broken'}: {kept}", flush=True)
    return kept


if __name__ == "__main__":
    sys.exit(main())
