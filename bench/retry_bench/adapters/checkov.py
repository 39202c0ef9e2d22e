"""checkov, in an environment of its own: it brings some 290 MB along. ``RETRY_BENCH_CHECKOV`` names its command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from ..cases import Case
from ..scoring import Told
from . import MissingToolError

NAME = "checkov"
OF_THIS_FIELD = {"CKV_AWS_116": "a function without a dead-letter queue of its own"}
_HOW = "python -m venv checkov && checkov/bin/pip install checkov==3.3.30; RETRY_BENCH_CHECKOV=checkov/bin/checkov"


def _command() -> str:
    command = os.environ.get("RETRY_BENCH_CHECKOV") or shutil.which("checkov")
    if not command:
        raise MissingToolError(_HOW)
    return command


def about() -> str:
    """Which version, and how it is asked."""
    told = subprocess.run([_command(), "--version"], capture_output=True, text=True, check=True)
    return f"{told.stdout.strip()}, framework cloudformation"


def run(cases: Iterable[Case]) -> dict[str, Told]:
    """What it tells."""
    every = list(cases)
    with tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(every):
            (body,) = case.templates.values()
            (Path(folder) / f"{number}.json").write_text(json.dumps(body), "utf-8")
        asked = ["-d", folder, "--framework", "cloudformation", "-o", "json", "--compact", "--quiet", "--soft-fail"]
        told = subprocess.run([_command(), *asked], capture_output=True, text=True, check=True)
    report = json.loads(told.stdout)
    failed = (report[0] if isinstance(report, list) else report).get("results", {}).get("failed_checks", [])
    fired: dict[str, set[str]] = {}
    for check in failed:
        if check["check_id"] in OF_THIS_FIELD:
            fired.setdefault(every[int(Path(check["file_path"]).stem)].id, set()).add(check["check_id"])
    return {case_id: Told(alarms=tuple(sorted(rules))) for case_id, rules in fired.items()}
