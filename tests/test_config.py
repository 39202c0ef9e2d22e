"""Settings in files: which file counts, and what is said of a wrong one."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from seawall.config import Preferences, find_preferences, read_preferences
from seawall.report.format import known_format
from seawall.rules.fail_on import FailOn
from seawall.settings import Settings
from seawall.template import InputError

EVERYTHING = """\
max-attempts = 20
rollbacks = 2
visibility-factor = 1.5
blocked-group-seconds = 3600
least-receives = 3
fail-on = "warning"
format = "json"
select = ["stacked-retries", "Seawall::retry-loop"]
ignore = ["idle-retry"]
baseline = "known.json"
"""


@pytest.fixture(autouse=True)
def repository(tmp_path: Path) -> Path:
    """A root beyond which nobody looks."""
    (tmp_path / ".git").mkdir()
    return tmp_path


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text"), [("seawall.toml", EVERYTHING), ("pyproject.toml", f"[tool.seawall]\n{EVERYTHING}")]
)
def test_every_key_is_read(tmp_path: Path, name: str, text: str) -> None:
    path = write(tmp_path / name, text)
    chosen = Settings(
        20,
        frozenset({"stacked-retries", "retry-loop"}),
        frozenset({"idle-retry"}),
        rollbacks=2,
        visibility_factor=1.5,
        blocked_group_seconds=3_600,
        least_receives=3,
    )
    sources = dict.fromkeys(tomllib.loads(EVERYTHING), str(path))
    known = tmp_path / "known.json"
    assert find_preferences(tmp_path) == Preferences(chosen, FailOn.WARNING, "json", known, path, sources)


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert find_preferences(tmp_path) == Preferences()


def test_the_nearest_file_counts_and_only_that_one(tmp_path: Path) -> None:
    write(tmp_path / "seawall.toml", 'max-attempts = 20\nfail-on = "never"\n')
    near = write(tmp_path / "app" / "seawall.toml", "max-attempts = 5\n")
    found = find_preferences(tmp_path / "app")
    assert (found.source, found.settings.max_attempts, found.fail_on) == (near, 5, FailOn.ERROR)
    (tmp_path / "other" / "deep").mkdir(parents=True)
    assert find_preferences(tmp_path / "other" / "deep").settings.max_attempts == 20


def test_the_own_file_wins_over_the_shared_one_beside_it(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", "[tool.seawall]\nmax-attempts = 20\n")
    write(tmp_path / "seawall.toml", "max-attempts = 5\n")
    assert find_preferences(tmp_path).settings.max_attempts == 5


def test_a_shared_file_without_our_table_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "seawall.toml", "max-attempts = 5\n")
    write(tmp_path / "app" / "pyproject.toml", "[tool.other]\nx = 1\n")
    assert find_preferences(tmp_path / "app").settings.max_attempts == 5


def test_nobody_looks_beyond_the_repository(tmp_path: Path) -> None:
    write(tmp_path / "seawall.toml", "max-attempts = 5\n")
    (tmp_path / "inner" / ".git").mkdir(parents=True)
    assert find_preferences(tmp_path / "inner") == Preferences()


def test_a_file_that_is_named_must_hold_settings(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"pyproject\.toml: has no table \[tool\.seawall\]"):
        read_preferences(write(tmp_path / "pyproject.toml", "[project]\nname = 'x'\n"))
    with pytest.raises(InputError, match=r"gone\.toml: no such file or directory"):
        read_preferences(tmp_path / "gone.toml")
    other = write(tmp_path / "ci.toml", "max-attempts = 7\n")
    found = read_preferences(other)
    assert found is not None
    assert found.settings.max_attempts == 7


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("\nmax-attempt = 3\n", 2, "unknown key 'max-attempt'; did you mean max-attempts?"),
        ("max_attempts = 3\n", 1, "unknown key 'max_attempts'; did you mean max-attempts?"),
        (
            "colour = 'red'\n",
            1,
            (
                "unknown key 'colour'; choose from: max-attempts, rollbacks, pushes-per-day, days-between-deployments, "
                "images-per-push, endangered-days, window-days, visibility-factor, blocked-group-seconds, "
                "least-receives, code, code-left-out, fail-on, format, select, ignore"
            ),
        ),
        ("rollbacks = -1\n", 1, "rollbacks: takes a number of at least 0, not -1"),
        ("rollbacks = 'two'\n", 1, "rollbacks: takes a whole number such as 1, not text"),
        ("visibility-factor = 0.5\n", 1, "visibility-factor: takes a number of at least 1, not 0.5"),
        ("visibility-factor = nan\n", 1, "visibility-factor: takes a number of at least 1, not nan"),
        ("visibility-factor = true\n", 1, "visibility-factor: takes a number such as 6, not true or false"),
        ("blocked-group-seconds = -1\n", 1, "blocked-group-seconds: takes a number of at least 0, not -1"),
        ("least-receives = 2.5\n", 1, "least-receives: takes a whole number such as 5, not a number"),
        ("max-attempts = '3'\n", 1, "max-attempts: takes a whole number such as 10, not text"),
        ("max-attempts = true\n", 1, "max-attempts: takes a whole number such as 10, not true or false"),
        ("max-attempts = 2.5\n", 1, "max-attempts: takes a whole number such as 10, not a number"),
        ("max-attempts = 0\n", 1, "max-attempts: takes a number of at least 1, not 0"),
        ("fail-on = 'errors'\n", 1, "fail-on: unknown severity 'errors'; did you mean error?"),
        ("fail-on = 1979-05-27\n", 1, 'fail-on: takes a word such as "error", not a date or time'),
        ("format = 'xml'\n", 1, "format: unknown format 'xml'; choose from: "),
        ("ignore = 'idle-retry'\n", 1, 'ignore: takes a list of rules such as ["stacked-retries"], not text'),
        ("ignore = [3]\n", 1, 'ignore: takes a word such as "stacked-retries", not a whole number'),
        (
            "# ignored\nignore = [\n  'idel-retry',\n]\n",
            2,
            "ignore: unknown rule 'idel-retry'; did you mean idle-retry?",
        ),
        ("[tool.seawall]\nmax-attempts = 3\n", 1, "in seawall.toml the keys stand at the top, outside any table"),
        ("max-attempts = \n", 1, "is not TOML: invalid value"),
        ("a = 1\na = 2\n", 2, "is not TOML: cannot overwrite a value"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = write(tmp_path / "seawall.toml", text)
    with pytest.raises(InputError) as caught:
        find_preferences(tmp_path, known_format)
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{path}:{line}:")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[project]\nselect = 1\n\n[tool.seawall]\nselect = 1\n", 5, "select: takes a list"),
        ("[tool]\nseawall = {fail-on = 1}\n", None, "fail-on: takes a word"),
        ("[tool]\nseawall = 3\n", 2, "tool.seawall is a whole number, not a table"),
    ],
)
def test_lines_are_those_of_our_table(tmp_path: Path, text: str, line: int | None, said: str) -> None:
    write(tmp_path / "pyproject.toml", text)
    with pytest.raises(InputError, match=said) as caught:
        find_preferences(tmp_path)
    assert caught.value.line == line


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "seawall.toml").write_bytes(b"max-attempts = 3 # \xff\n")
    with pytest.raises(InputError, match=r"seawall\.toml: is not UTF-8 text \(byte 19\)"):
        find_preferences(tmp_path)


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "seawall.toml").write_bytes(b"\xef\xbb\xbfmax-attempts = 3\r\n")
    assert find_preferences(tmp_path).settings.max_attempts == 3


def test_the_schema_knows_every_key_and_its_default() -> None:
    import json

    from seawall import config
    from seawall.rules.fail_on import FailOn

    root = Path(config.__file__).parent
    schema = json.loads((root / "report" / "schema" / "settings-1.schema.json").read_text())
    assert list(schema["properties"]) == list(config._READERS)
    for key, found in schema["properties"].items():
        if "minimum" in found:
            assert found["default"] == getattr(Settings(), key.replace("-", "_")), key
    assert schema["properties"]["fail-on"]["enum"] == [each.value for each in FailOn]
