"""The code of the gate's function as a folder: Seawall and what it needs, for the platform of Lambda. No Docker.

Packages that are plain Python are taken as they are installed here. Packages with native code (msgspec, tree-sitter
and some that reading SAM needs) are taken from here too where they were built for what the function runs on; else a
wheel is taken from a folder that the caller names; else ``pip download`` fetches one, unless that is not allowed.

``python -m seawall.hook.bundling gate.zip`` writes an archive, to be put where StackSets find it.
"""

from __future__ import annotations

import argparse
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from msgspec import Struct

NEEDED = (
    "aws-sam-translator",
    "msgspec",
    "pyyaml",
    "tree-sitter",
    "tree-sitter-javascript",
    "tree-sitter-typescript",
)
"""What judging a template takes. `rich`, which draws the command line, is left out."""
IN_THE_RUNTIME = frozenset({"boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3"})
"""What every Python runtime of Lambda brings along.
Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html, read 2026-11-30."""
_LEFT_OUT = ("__pycache__", "*.pyc", "audit", "cdk", "cli", "constructs", "replay", "testing.py")
_GLIBC = {"3.11": (2, 26)}
"""Of the system under a runtime, where it is not Amazon Linux 2023's.
Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html, read 2026-11-30."""
_GLIBC_2023 = (2, 34)
_OLD_NAMES = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
"""Source: https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/, read 2026-11-30."""
MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
"""Lambda's architectures, as wheels call them."""
RUNTIMES = ("3.11", "3.12", "3.13", "3.14")


class BundlingError(Exception):
    """The code cannot be put together; the message says what is missing, and how to get it."""


class Platform(Struct, frozen=True):
    """What a function runs on."""

    python: str
    """As ``3.13``."""
    architecture: str
    """`arm64` or `x86_64`."""

    @property
    def machine(self) -> str:
        """The architecture as wheels call it."""
        return MACHINES[self.architecture]

    def takes(self, tag: str) -> bool:
        """Whether a wheel of this tag runs on it.

        >>> here = Platform("3.13", "x86_64")
        >>> here.takes("cp313-cp313-manylinux_2_17_x86_64"), here.takes("cp310-abi3-manylinux2014_x86_64")
        (True, True)
        >>> here.takes("cp312-cp312-manylinux_2_17_x86_64"), here.takes("cp313-cp313-macosx_11_0_arm64")
        (False, False)
        >>> here.takes("py3-none-any")
        True
        """
        interpreter, abi, system = tag.split("-", 2)
        return self._runs(interpreter, abi) and (system == "any" or self._links(system))

    def _runs(self, interpreter: str, abi: str) -> bool:
        minor = int(self.python.partition(".")[2])
        if interpreter.startswith("py3") or interpreter == "py2.py3":
            return abi == "none"
        found = re.fullmatch(r"cp3(\d+)", interpreter)
        if found is None:
            return False
        return int(found[1]) <= minor if abi == "abi3" else abi == interpreter and int(found[1]) == minor

    def _links(self, system: str) -> bool:
        found = re.fullmatch(r"(manylinux(?:1|2010|2014)|manylinux_(\d+)_(\d+))_(.+)", system)
        if found is None or found[4] != self.machine:
            return False
        needs = (int(found[2]), int(found[3])) if found[2] else _OLD_NAMES[found[1]]
        return needs <= _GLIBC.get(self.python, _GLIBC_2023)


def here() -> Platform:
    """The platform on which most of what is installed here runs: this Python, and this machine's architecture."""
    version = f"3.{sys.version_info.minor}"
    architecture = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
    return Platform(version if version in RUNTIMES else RUNTIMES[-1], architecture)


def bundle(target: Path, on: Platform, wheels: Path | None = None, *, download: bool = True) -> None:
    """Put the code of the gate's function into the folder `target`; `BundlingError` says what is missing.

    Args:
        target: A folder that is there and empty.
        on: What the function runs on.
        wheels: A folder with wheels for it, as ``pip download`` leaves them.
        download: Whether ``pip download`` may fetch what is missing.
    """
    shutil.copytree(
        Path(__file__).parents[1], target / "seawall", ignore=shutil.ignore_patterns(*_LEFT_OUT), dirs_exist_ok=True
    )
    missing = [each for each in _distributions() if not _copied(each, target, on)]
    for each in missing:
        wheel = _in_folder(each, wheels, on) if wheels is not None else None
        if wheel is not None:
            _unpack(wheel, target)
        elif download:
            _downloaded(each, target, on)
        else:
            raise BundlingError(_how(missing, on, "may not be downloaded here"))


def _distributions() -> list[Distribution]:
    """What is needed, and what that needs."""
    found: dict[str, Distribution] = {}
    pending = list(NEEDED)
    while pending:
        name = _normal(pending.pop())
        if name in found or name in IN_THE_RUNTIME:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            if name in NEEDED:
                raise BundlingError(f"{name} is not installed: pip install seawall") from None
            continue  # asked for on other systems only
        pending += [
            re.split(r"[ ;<>=!~\[(]", each, maxsplit=1)[0]
            for each in found[name].requires or ()
            if "extra ==" not in each
        ]
    return [found[name] for name in sorted(found)]


def _copied(one: Distribution, target: Path, on: Platform) -> bool:
    """Copy a distribution as it is installed here, if it runs there."""
    files = [each for each in one.files or () if _is_code(each.parts)]
    native = any(each.suffix in (".so", ".pyd", ".dylib") for each in files)
    if not files or (native and not any(map(on.takes, _tags(one)))):
        return False
    for each in files:
        source, place = Path(str(one.locate_file(each))), target / each
        if source.is_file():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, place)
    return True


def _is_code(parts: Sequence[str]) -> bool:
    first = parts[0]
    return not (first == ".." or first.endswith(".dist-info") or "__pycache__" in parts or first.startswith("/"))


def _tags(one: Distribution) -> list[str]:
    lines = (one.read_text("WHEEL") or "").splitlines()
    return [line.partition(":")[2].strip() for line in lines if line.startswith("Tag:")]


def _in_folder(one: Distribution, wheels: Path, on: Platform) -> Path | None:
    """A wheel of a distribution in a folder that runs there."""
    for path in sorted(wheels.glob("*.whl")):
        name, _, *rest = path.stem.split("-")
        if _normal(name) == _normal(one.metadata["Name"]) and any(map(on.takes, _compressed(rest))):
            return path
    return None


def _compressed(tag: Sequence[str]) -> Iterator[str]:
    """The tags that a wheel's name stands for: each of its three parts may be several with points between them."""
    interpreters, abis, systems = tag[-3:]
    for interpreter in interpreters.split("."):
        for abi in abis.split("."):
            for system in systems.split("."):
                yield f"{interpreter}-{abi}-{system}"


def _unpack(wheel: Path, target: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if ".." not in Path(name).parts and not name.startswith("/") and ".dist-info/" not in name:
                archive.extract(name, target)


def _downloaded(one: Distribution, target: Path, on: Platform) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", *_download(one, on), "--dest", folder]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- our own words
        wheel = _in_folder(one, Path(folder), on)
        if ran.returncode or wheel is None:
            said = ran.stderr.strip().splitlines()[-1:] or ["nothing"]
            raise BundlingError(_how([one], on, f"cannot be downloaded: pip says {said[0]}"))
        _unpack(wheel, target)


def _download(one: Distribution, on: Platform) -> list[str]:
    glibc = _GLIBC.get(on.python, _GLIBC_2023)
    names = [f"manylinux_2_{minor}_{on.machine}" for minor in (34, 28, 27, 26, 17) if (2, minor) <= glibc]
    platforms = [word for name in [*names, f"manylinux2014_{on.machine}"] for word in ("--platform", name)]
    what = f"{one.metadata['Name']}=={one.version}"
    only = ["--only-binary=:all:", "--no-deps", "--implementation", "cp", "--python-version", on.python]
    return ["pip", "download", "--quiet", "--disable-pip-version-check", *only, *platforms, what]


def _how(missing: Sequence[Distribution], on: Platform, why: str) -> str:
    """What to do about packages that are not to be had."""
    names = ", ".join(one.metadata["Name"] for one in missing)
    what = " ".join(f"{one.metadata['Name']}=={one.version}" for one in missing)
    return (
        f"{names}: native code that runs on Python {on.python} on {on.architecture} is not installed here, and {why}. "
        f"Where there is a network, run: pip download --only-binary=:all: --no-deps --implementation cp "
        f"--python-version {on.python} --platform manylinux2014_{on.machine} --dest wheels {what}; "
        "then give that folder as wheels. Or choose the Python and the architecture of this machine, or give code."
    )


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def archive(target: Path, on: Platform, wheels: Path | None = None, *, download: bool = True) -> None:
    """Write the code as a zip file; the same code gives the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        bundle(Path(folder), on, wheels, download=download)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
            for path in sorted(Path(folder).rglob("*")):
                if path.is_file():
                    entry = zipfile.ZipInfo(path.relative_to(folder).as_posix())
                    entry.external_attr = 0o644 << 16
                    entry.compress_type = zipfile.ZIP_DEFLATED
                    made.writestr(entry, path.read_bytes())


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the archive that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m seawall.hook.bundling", description="Write the gate's code.")
    parser.add_argument("target", type=Path, help="the zip file")
    parser.add_argument("--python", choices=RUNTIMES, default=here().python)
    parser.add_argument("--architecture", choices=sorted(MACHINES), default=here().architecture)
    parser.add_argument("--wheels", type=Path, help="a folder with wheels for it")
    parser.add_argument("--offline", action="store_true", help="download nothing")
    given = parser.parse_args(arguments)
    try:
        on = Platform(given.python, given.architecture)
        archive(given.target, on, given.wheels, download=not given.offline)
    except BundlingError as error:
        sys.exit(f"seawall: error: {error}")


if __name__ == "__main__":
    main()
