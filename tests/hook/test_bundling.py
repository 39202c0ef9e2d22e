"""How the code for the function's platform is got, and what is said where it cannot be."""

from __future__ import annotations

import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest

from seawall.hook import bundling
from seawall.hook.bundling import NEEDED, BundlingError, Platform, archive, bundle, here

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("tag", "runs"),
    [
        ("py3-none-any", True),
        ("py2.py3-none-any", True),
        ("cp313-cp313-manylinux_2_17_x86_64", True),
        ("cp313-cp313-manylinux_2_34_x86_64", True),
        ("cp313-cp313-manylinux_2_35_x86_64", False),
        ("cp313-cp313-manylinux2014_x86_64", True),
        ("cp313-cp313-manylinux1_x86_64", True),
        ("cp39-abi3-manylinux2014_x86_64", True),
        ("cp314-abi3-manylinux2014_x86_64", False),
        ("cp312-cp312-manylinux_2_17_x86_64", False),
        ("cp313-cp313t-manylinux_2_17_x86_64", False),
        ("cp313-cp313-manylinux_2_17_aarch64", False),
        ("cp313-cp313-musllinux_1_2_x86_64", False),
        ("cp313-cp313-macosx_11_0_x86_64", False),
        ("cp313-cp313-win_amd64", False),
        ("pp310-pypy310_pp73-manylinux_2_17_x86_64", False),
    ],
)
def test_which_wheels_run(tag: str, runs: bool) -> None:
    assert Platform("3.13", "x86_64").takes(tag) is runs


def test_the_oldest_runtime_has_an_older_system() -> None:
    assert not Platform("3.11", "arm64").takes("cp311-cp311-manylinux_2_28_aarch64")
    assert Platform("3.11", "arm64").takes("cp311-cp311-manylinux_2_26_aarch64")


def test_what_is_needed_is_what_the_project_depends_on() -> None:
    said = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    names = {each.partition(">")[0] for each in said}
    assert set(NEEDED) == names - {"rich"}


def test_what_is_installed_here_is_taken_where_it_runs(tmp_path: Path) -> None:
    bundle(tmp_path, here(), download=False)
    assert (tmp_path / "seawall" / "hook" / "handling.py").is_file()
    assert list((tmp_path / "msgspec").glob("*.so"))
    assert not (tmp_path / "rich").exists()
    assert not (tmp_path / "boto3").exists()
    assert not list(tmp_path.rglob("*.pyc"))
    assert sum(path.stat().st_size for path in tmp_path.rglob("*")) < 60_000_000


def elsewhere() -> Platform:
    """The other architecture: nothing native that is installed here runs there."""
    own = here()
    return Platform(own.python, "arm64" if own.architecture == "x86_64" else "x86_64")


def test_without_wheels_and_without_a_network_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BundlingError) as caught:
        bundle(tmp_path, elsewhere(), download=False)
    said = str(caught.value)
    assert "msgspec" in said
    assert f"pip download --only-binary=:all: --no-deps --implementation cp --python-version {here().python}" in said
    assert f"--platform manylinux2014_{elsewhere().machine} --dest wheels" in said


def wheels(folder: Path, on: Platform) -> Path:
    """A folder with a wheel for each package that has native code: of each, one that runs and one that does not."""
    folder.mkdir()
    minor = on.python.partition(".")[2]
    for one in bundling._distributions():
        for machine in (on.machine, "riscv64"):
            name = one.metadata["Name"].replace("-", "_")
            tag = f"cp3{minor}-cp3{minor}-manylinux_2_17_{machine}.manylinux2014_{machine}"
            with zipfile.ZipFile(folder / f"{name}-{one.version}-{tag}.whl", "w") as made:
                made.writestr(f"{name}_{machine}.py", "")
                made.writestr(f"{name}-{one.version}.dist-info/METADATA", "")
                made.writestr("../evil.py", "")
    return folder


def test_wheels_of_a_folder_are_taken(tmp_path: Path) -> None:
    target = tmp_path / "code"
    target.mkdir()
    bundle(target, elsewhere(), wheels(tmp_path / "wheels", elsewhere()), download=False)
    assert (target / f"msgspec_{elsewhere().machine}.py").is_file()
    assert not (target / "msgspec_riscv64.py").exists()
    assert not (tmp_path / "evil.py").exists()
    assert not list(target.glob("*.dist-info"))


def test_pip_is_asked_for_the_platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 1, "", "warning\nERROR: no network")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(BundlingError, match="cannot be downloaded: pip says ERROR: no network"):
        bundle(tmp_path, Platform(here().python, elsewhere().architecture))
    (command,) = asked
    assert command[1:4] == ["-m", "pip", "download"]
    assert {"--only-binary=:all:", "--no-deps", f"manylinux2014_{elsewhere().machine}"} <= set(command)


def test_the_same_code_gives_the_same_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def small(target: Path, *_: object, **__: object) -> None:
        for name in ("b/two.py", "a/one.py"):
            (target / name).parent.mkdir()
            (target / name).write_text(name)

    monkeypatch.setattr(bundling, "bundle", small)
    for name in ("one.zip", "two.zip"):
        archive(tmp_path / name, here(), download=False)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert zipfile.ZipFile(tmp_path / "one.zip").namelist() == ["a/one.py", "b/two.py"]
