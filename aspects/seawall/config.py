"""Settings that stand in a file: `seawall.toml`, or ``[tool.seawall]`` of `pyproject.toml`.

The nearest file wins, from the current directory up to the root of the repository (the folder with `.git`), outside of
one only in the current directory; where both stand side by side, `seawall.toml` does. Whatever the command line or the
program says wins over the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from math import inf
from pathlib import Path
from typing import Any, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from seawall.paths import below
from seawall.settings import Settings
from seawall.template import InputError

from .rules.choices import UnknownChoiceError, chosen, rule_named
from .rules.fail_on import FailOn

OWN, SHARED = "seawall.toml", "pyproject.toml"
KnownFormat: TypeAlias = "Callable[[str], object]"
"""Raises `ValueError` for a name that is not that of a format."""
_TABLE = "tool.seawall"
_ADDRESS = re.compile(r"https://[!-~]+")


class Preferences(Struct, frozen=True):
    """What a run does: thresholds and rules, which findings fail it, and how they are shown."""

    settings: Settings = field(default_factory=Settings)
    fail_on: FailOn = FailOn.ERROR
    format: str | None = None
    """None: not stated, so text."""
    baseline: Path | None = None
    """The file of known findings, relative to the current directory or absolute; None: there is none."""
    source: Path | None = None
    """The file they were read from, if any."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """By key: the file or the flag that says it."""


def find_preferences(start: Path | None = None, known_format: KnownFormat | None = None) -> Preferences:
    """What the file nearest to `start` (the current directory) says; the defaults if there is none.

    `known_format` raises `ValueError` for what a file may not ask for; None: it is not looked at.
    """
    for directory in _upward((start or Path.cwd()).absolute()):
        for name in (OWN, SHARED):
            if (directory / name).is_file():
                found = read_preferences(directory / name, known_format, needed=name == OWN)
                if found is not None:
                    return found
    return Preferences()


def read_preferences(path: Path, known_format: KnownFormat | None = None, *, needed: bool = True) -> Preferences | None:
    """What the file at `path` says. None if it is a `pyproject.toml` without a table for us and none is `needed`.

    `InputError` names the file, the line and the key of whatever is wrong in it.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(str(path), (error.strerror or "cannot be read").lower()) from None
    except UnicodeDecodeError as error:
        raise InputError(str(path), f"is not UTF-8 text (byte {error.start})") from None
    import tomllib  # only where there is such a file

    try:
        table: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r" \(at line (\d+), column (\d+)\)$", str(error))
        line, column = (int(place[1]), int(place[2])) if place else (None, None)
        why = str(error)[: place.start()] if place else str(error)
        raise InputError(str(path), f"is not TOML: {why[:1].lower()}{why[1:]}", line, column) from None
    except RecursionError:
        raise InputError(str(path), "is nested too deeply") from None
    if path.name == SHARED:
        tool = table.get("tool")
        table = tool.get("seawall") if isinstance(tool, dict) else None
        if table is None and not needed:
            return None
        if not isinstance(table, dict):
            why = f"has no table [{_TABLE}]" if table is None else f"{_TABLE} is {_kind(table)}, not a table"
            raise InputError(str(path), why, _line(text, "seawall"))
    found = _preferences(path, text, table, known_format)
    beside = found.baseline and path.parent / found.baseline
    return replace(found, baseline=beside, source=path, sources=dict.fromkeys(table, below(str(path))))


def _preferences(path: Path, text: str, table: Mapping[str, Any], known_format: KnownFormat | None) -> Preferences:
    found = Preferences()
    for key, value in table.items():
        try:
            found = _READERS[chosen(key, _READERS, "key")](found, value)
            if key == "format" and known_format is not None:
                known_format(value)
        except UnknownChoiceError as error:
            why = str(error) if key not in _READERS else f"{key}: {error}"
            if key == "tool" and path.name != SHARED:
                why = f"{why}; in {path.name} the keys stand at the top, outside any table"
            raise InputError(str(path), why, _line(text, key)) from None
        except (TypeError, ValueError) as error:
            raise InputError(str(path), f"{key}: {error}", _line(text, key)) from None
    return found


def _threshold(name: str, least: float, *, whole: bool = True) -> Callable[[Preferences, Any], Preferences]:
    """Reads a number into the setting of this name."""
    example: Any = getattr(Settings(), name)
    wanted = f"a whole number such as {example}" if whole else f"a number such as {example:g}"

    def read(found: Preferences, value: Any) -> Preferences:
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            raise TypeError(f"takes {wanted}, not {_kind(value)}")
        if not least <= value < inf:
            raise ValueError(f"takes a number of at least {least}, not {value}")
        settings: Any = {name: value}
        return replace(found, settings=replace(found.settings, **settings))

    return read


def _fail_on(found: Preferences, value: Any) -> Preferences:
    word = _word(value, "error")
    try:
        return replace(found, fail_on=FailOn(word))
    except ValueError:
        return replace(found, fail_on=FailOn(chosen(word, list(FailOn), "severity")))


def _format(found: Preferences, value: Any) -> Preferences:
    return replace(found, format=_word(value, "json"))


def _code(found: Preferences, value: Any) -> Preferences:
    if not isinstance(value, bool):
        raise TypeError(f"takes true or false, not {_kind(value)}")
    return replace(found, settings=replace(found.settings, reads_code=value))


def _ignored_in(found: Preferences, value: Any) -> Preferences:
    if not isinstance(value, dict):
        raise TypeError(f'takes a table such as {{"legacy/*" = ["idle-retry"]}}, not {_kind(value)}')
    pairs = tuple((pattern.rstrip("/"), _rules(rules)) for pattern, rules in value.items())
    return replace(found, settings=replace(found.settings, ignored_in=pairs))


def _code_left_out(found: Preferences, value: Any) -> Preferences:
    if not isinstance(value, list):
        raise TypeError(f'takes a list of paths such as ["vendor/*"], not {_kind(value)}')
    patterns = tuple(_word(each, "vendor/*") for each in value)
    return replace(found, settings=replace(found.settings, code_left_out=patterns))


def _baseline(found: Preferences, value: Any) -> Preferences:
    return replace(found, baseline=Path(_word(value, "seawall-baseline.json")))


def _select(found: Preferences, value: Any) -> Preferences:
    return replace(found, settings=replace(found.settings, select=_rules(value)))


def _ignore(found: Preferences, value: Any) -> Preferences:
    return replace(found, settings=replace(found.settings, ignore=_rules(value)))


def _unsuppressable(found: Preferences, value: Any) -> Preferences:
    return replace(found, settings=replace(found.settings, unsuppressable=_rules(value)))


def _docs_url(found: Preferences, value: Any) -> Preferences:
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        raise TypeError('takes an address such as "https://docs.example.com/seawall"')
    return replace(found, settings=replace(found.settings, docs_url=value))


_READERS: Mapping[str, Callable[[Preferences, Any], Preferences]] = {
    "max-attempts": _threshold("max_attempts", 1),
    "rollbacks": _threshold("rollbacks", 0),
    "pushes-per-day": _threshold("pushes_per_day", 0.001, whole=False),
    "days-between-deployments": _threshold("days_between_deployments", 1),
    "images-per-push": _threshold("images_per_push", 1),
    "endangered-days": _threshold("endangered_days", 1),
    "window-days": _threshold("window_days", 1),
    "visibility-factor": _threshold("visibility_factor", 1, whole=False),
    "blocked-group-seconds": _threshold("blocked_group_seconds", 0),
    "least-receives": _threshold("least_receives", 1),
    "code": _code,
    "code-left-out": _code_left_out,
    "fail-on": _fail_on,
    "format": _format,
    "select": _select,
    "ignore": _ignore,
    "per-path-ignores": _ignored_in,
    "baseline": _baseline,
    "unsuppressable": _unsuppressable,
    "docs-url": _docs_url,
}


def _rules(value: Any) -> frozenset[str]:
    if not isinstance(value, list):
        raise TypeError(f'takes a list of rules such as ["stacked-retries"], not {_kind(value)}')
    return frozenset(rule_named(_word(name, "stacked-retries")).id for name in value)


def _word(value: Any, example: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f'takes a word such as "{example}", not {_kind(value)}')
    return value


_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text", list: "a list", dict: "a table"}


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "a date or time")


def _line(text: str, key: str) -> int | None:
    """The line on which `key` is set, as well as that can be told without a parser that keeps places."""
    sets_key = re.compile(rf"\[*\s*(?:tool\s*\.\s*)?(?:seawall\s*\.\s*)?[\"']?{re.escape(key)}[\"']?\s*[\].=]")
    shared = f"[{_TABLE}]" in text
    ours = not shared
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if shared and line.startswith("["):
            ours = line.startswith(f"[{_TABLE}")
        if ours and sets_key.match(line):
            return number
    return None


def _upward(start: Path) -> Iterator[Path]:
    """Folders from `start` up to the one with `.git`; without one only `start`: what lies above is somebody else's."""
    above = [start, *start.parents]
    root = next((number for number, directory in enumerate(above) if (directory / ".git").exists()), 0)
    yield from above[: root + 1]
