"""Files that are cut off, vanish, loop or cannot be read, and settings and assemblies of nonsense."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.contract import holds, run
from fuzz.mutation import SCALARS, mutated
from fuzz.targets import TARGETS
from tests.whole import examples

SEEDS = Path(__file__).parents[2] / "fuzz" / "seeds"
NOBODY = 65534
TEMPLATE = '{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}'
QUICK = settings(max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize(
    "seed", ["check/conditions.yaml", "check/images.json", "machine/number.json", "text/anchors.yaml"]
)
def test_a_file_cut_off_at_every_byte(seed: str) -> None:
    whole = (SEEDS / seed).read_bytes()
    for length in range(0, len(whole), 1 + len(whole) // 400):
        TARGETS["text"](whole[:length])


@pytest.mark.parametrize(
    "name", ["A.template.json", "manifest.json", "A.assets.json", "A.metadata.json", "validation-report.json"]
)
def test_an_assembly_half_written(tmp_path: Path, name: str) -> None:
    files = json.loads((SEEDS / "together" / "assembly.json").read_text("utf-8"))
    for each, body in files.items():
        (tmp_path / each).write_text(json.dumps(body))
    whole = json.dumps(files[name])
    for length in range(0, len(whole), 1 + len(whole) // 12):
        (tmp_path / name).write_text(whole[:length])
        outcome = holds([tmp_path])
        if outcome.code == 2:
            assert name in outcome.err
    (tmp_path / name).unlink()
    holds([tmp_path])


@settings(QUICK)
@given(changes=st.lists(st.integers(0, 2**32), min_size=1, max_size=8))
def test_an_assembly_of_nonsense(changes: list[int]) -> None:
    files = json.loads((SEEDS / "together" / "assembly.json").read_text("utf-8"))
    for change in changes:
        name = Random(change).choice(sorted(files))
        files[name] = mutated(files[name], Random(change))
    TARGETS["together"](json.dumps(files).encode())


TOML = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.sampled_from([each for each in SCALARS if isinstance(each, str)]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab-", min_size=1), inner, max_size=2),
    max_leaves=4,
)
KEYS = st.sampled_from(
    [
        "max-attempts", "rollbacks", "pushes-per-day", "days-between-deployments", "images-per-push", "endangered-days",
        "window-days", "visibility-factor", "blocked-group-seconds", "least-receives", "fail-on",
        "format", "select", "ignore", "baseline", "max_attempts", "x",
    ]
)  # fmt: skip


def toml(value: Any) -> str:
    """`value` as TOML writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value.encode("utf-8", "replace").decode(), ensure_ascii=False)
    return str(value).lower()


@settings(QUICK)
@given(table=st.dictionaries(KEYS, TOML, min_size=1, max_size=3))
def test_settings_of_nonsense(tmp_path: Path, table: dict[str, Any]) -> None:
    template, config = tmp_path / "t.json", tmp_path / "seawall.toml"
    template.write_text(TEMPLATE)
    config.write_text("".join(f"{key} = {toml(value)}\n" for key, value in table.items()))
    holds([template], "--config", str(config), named=[config])


@settings(QUICK)
@given(text=st.binary(max_size=40))
def test_settings_of_any_bytes(tmp_path: Path, text: bytes) -> None:
    template, config = tmp_path / "t.json", tmp_path / "seawall.toml"
    template.write_text(TEMPLATE)
    config.write_bytes(text)
    holds([template], "--config", str(config), named=[config])


def test_links_in_circles(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(TEMPLATE)
    (tmp_path / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a.json").symlink_to("b.json")
    (tmp_path / "b.json").symlink_to("a.json")
    assert holds([tmp_path]).code == 0
    assert holds([tmp_path / "a.json"]).code == 2


def test_names_of_nowhere(tmp_path: Path) -> None:
    for name in ("none.json", "a" * 300, "x\0y", "\x1b[31m.json", "t.json/x"):
        outcome = run("check", str(tmp_path / name))
        assert outcome.code == 2
        assert "Traceback" not in outcome.err
        assert "\x1b" not in outcome.err


@pytest.fixture
def bound() -> Iterator[Path]:
    """A folder of somebody whom permissions bind: root, whom none binds, is nobody meanwhile."""
    root = os.geteuid() == 0
    with TemporaryDirectory() as name:
        (Path(name) / "t.json").write_text(TEMPLATE)
        holds([Path(name)])  # what is imported late is imported: nobody might not read that, too
        if root:
            os.chown(name, NOBODY, NOBODY)
            os.seteuid(NOBODY)
        try:
            yield Path(name)
        finally:
            if root:
                os.seteuid(0)


def test_a_folder_that_may_not_be_read(bound: Path) -> None:
    closed = bound / "closed"
    closed.mkdir(mode=0)
    try:
        assert holds([bound]).code == 0
        assert holds([closed]).code == 2
    finally:
        closed.chmod(0o700)


def test_a_file_that_vanishes_between_two_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.json").write_text(TEMPLATE)
    real: Callable[..., int] = os.open

    def gone(path: Any, *arguments: Any, **named: Any) -> int:
        if str(path).endswith("t.json"):
            raise FileNotFoundError(2, "No such file or directory", str(path))
        return real(path, *arguments, **named)

    monkeypatch.setattr(os, "open", gone)
    assert holds([tmp_path / "t.json"]).code == 2
    assert holds([tmp_path]).code == 2  # it looked like a template: what is in it is missing


@pytest.mark.parametrize("name", ["small", "usual"])
def test_reading_one_file_fits_into_300_mb_of_addresses(tmp_path: Path, name: str) -> None:
    """Limits such as `ulimit -v 300000` are common in containers; a file is read into as much memory as it has."""
    resources = {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 30}}}
    if name == "usual":
        resources = {f"Q{number}": resources["Q"] for number in range(400)}
    path = tmp_path / "t.json"
    path.write_text(json.dumps({"Resources": resources}))
    assert name == "usual" or path.stat().st_size < 100
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (300_000 * 1024,) * 2); "
        "from seawall.cli import main; sys.exit(main(['check', sys.argv[1]]))"
    )
    done = subprocess.run([sys.executable, "-c", limited, str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
