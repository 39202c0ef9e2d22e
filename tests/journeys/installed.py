"""Seawall as a user has it: a wheel that is built from this checkout and installed, never the checkout itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import aws_cdk

ROOT = Path(__file__).parents[2]
SHARED = Path(aws_cdk.__file__).parents[1]
"""Where the packages of others are that the tests run with."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment with Seawall in it."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    def run(
        self, command: Sequence[str | Path], folder: Path, *, code: int | None = 0, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a program in `folder` as where the environment is active; `code` is how it must end."""
        done = subprocess.run(
            [str(word) for word in command],
            cwd=folder,
            env=clean() | {"PATH": f"{self.python.parent}{os.pathsep}{os.environ['PATH']}"} | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert code is None or done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done


def clean() -> dict[str, str]:
    """The variables of a shell in which nothing of ours is set."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST", "SEAWALL", "CDK_", "GIT_", "VIRTUAL_ENV")) and name != "PYTHONPATH"
    }


def built(folder: Path) -> Path:
    """The wheel of this checkout, built into `folder` without asking the network."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    done = subprocess.run(
        [*command, "--wheel-dir", str(folder), str(ROOT)], env=clean(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("seawall-*.whl")
    return wheel


def installed(wheel: Path, folder: Path) -> Environment:
    """The wheel in an environment of its own, beside the packages that the tests run with: nothing is downloaded."""
    venv.create(folder, with_pip=False, symlinks=True)
    environment = Environment(folder)
    command = [sys.executable, "-m", "pip", "--python", str(environment.python), "install", "--quiet", "--no-deps"]
    done = subprocess.run([*command, str(wheel)], env=clean(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (packages,) = folder.glob("lib/python3*/site-packages")
    # Linked one by one and not named in a `.pth` file: how things go wrong depends on lying in one folder.
    for package in SHARED.iterdir():
        if package.suffix != ".pth" and not (packages / package.name).exists() and "seawall" not in package.name:
            (packages / package.name).symlink_to(package)
    return environment


def fresh(wheel: Path, folder: Path, extra: str, python: str) -> Environment:
    """The wheel with an extra, and all that it asks for, as a user gets it from the index."""
    subprocess.run([python, "-m", "venv", str(folder)], env=clean(), check=True)
    environment = Environment(folder)
    wanted = f"{wheel}[{extra}]" if extra else str(wheel)
    environment.run(["python", "-m", "pip", "install", "--quiet", wanted], folder)
    return environment


def works(python: str) -> bool:
    """Whether an interpreter is there, and is more than a name that stands for one which is not installed."""
    program = shutil.which(python)
    return program is not None and not subprocess.run([program, "-c", ""], capture_output=True, check=False).returncode
