"""Writes `requirements.txt` beside it: what Seawall needs at run time and to be built, every file by its hash."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = Path(__file__).with_name("requirements.txt")
HEAD = (
    "# What the action, the image and the recipes install beside Seawall, each file by its hash. Made by `make lock`.\n"
)


def main() -> None:
    """Resolve for every platform and Python at once, within the versions of `constraints.txt`."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*settings["project"]["dependencies"], *settings["build-system"]["requires"]]
    lowest = settings["project"]["requires-python"].removeprefix(">=")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(wanted))
        file.flush()
        command = [sys.executable, "-m", "uv", "pip", "compile", file.name, "--universal", "--python-version", lowest]
        command += ["--generate-hashes", "--constraint", "constraints.txt", "--no-header", "--no-annotate", "--quiet"]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    LOCK.write_text(HEAD + done.stdout, encoding="utf-8")


if __name__ == "__main__":
    main()
