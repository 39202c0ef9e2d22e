"""The baseline as a file: one that people review, so it has a stable order, and a line for each number."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from seawall.graph import Bound, FailureClass
from seawall.package_data import package_text
from seawall.paths import below
from seawall.retries import Count
from seawall.rules import Severity
from seawall.rules.choices import UnknownChoiceError, chosen
from seawall.template import InputError
from seawall.template.json_lines import JsonLines
from seawall.template.json_reader import parse_json

from .entry import Baseline, BaselineEntry
from .measure import COUNTED, JUDGED, STOPS, VERDICTS, Measure

SCHEMA = "seawall.baseline/1"
FILE = "seawall-baseline.json"
"""Where it is written unless something else is asked for."""
AGAIN = "`seawall baseline` writes one"

Json: TypeAlias = "dict[str, Any]"


def written(entries: Iterable[BaselineEntry], gaps: Iterable[tuple[str, str, str]] = ()) -> str:
    """The text of the file; `gaps`: each as site, property and why.

    What is not printable is written out, so that nothing in it can hide from a reviewer.
    """
    listed = [_entry(known) for known in sorted(entries, key=lambda one: one.order)]
    document: Json = {"schema": SCHEMA, "findings": listed}
    unknown = [dict(zip(_GAP_KEYS, each, strict=True)) for each in sorted(gaps)]
    document |= {"gaps": unknown} if unknown else {}
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return "".join(each if each.isprintable() or each == "\n" else json.dumps(each)[1:-1] for each in text)


def read(path: Path) -> Baseline:
    """The baseline in a file. `InputError` names the file, and the line and the entry that is wrong."""
    name = below(str(path))
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(name, f"there is no such baseline; {AGAIN}") from None
    except (OSError, ValueError) as error:
        why = "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else getattr(error, "strerror", None)
        raise InputError(name, (why or "cannot be read").lower().replace("utf", "UTF")) from None
    try:
        document, repeated = parse_json(name, text)
    except InputError as error:
        if "\n<<<<<<< " in text:
            why = f"{error.why}; a merge has left its marks in it: keep either side, then run `seawall baseline`"
            raise InputError(name, why, error.line, error.column) from None
        raise
    try:
        if repeated:
            raise _WrongError("a key is there twice")
        return Baseline(tuple(_entries(document)), name, frozenset(_gaps(document)))
    except _WrongError as error:
        raise InputError(name, str(error), JsonLines(text).line(error.at)) from None


@cache
def schema() -> Any:
    """The JSON Schema of the file."""
    return json.loads(package_text("seawall.baseline", "schema/baseline-1.schema.json"))


class _WrongError(Exception):
    """Something is not what the format says, at a place in the document."""

    def __init__(self, why: str, *at: str | int) -> None:
        place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in at).removeprefix(".")
        super().__init__(f"{place}: {why}" if place else why)
        self.at = at


def _entry(known: BaselineEntry) -> Json:
    measure = known.measure
    entry: Json = {
        "fingerprint": known.fingerprint,
        "rule": known.rule,
        "site": known.site,
        "file": known.file,
        "severity": measure.severity.word,
    }
    if measure.attempts is not None:
        entry["attempts"] = _number(measure.attempts)
    if measure.gain:
        entry["gain"] = {failure.value: _number(count) for failure, count in measure.gain.items()}
        entry["stopped_by"] = measure.stopped_by
    optional = {"laps": measure.laps, "verdict": measure.verdict, "also": list(measure.also), "reason": known.reason}
    return entry | {name: value for name, value in optional.items() if value not in (None, "", [])}


def _number(count: Count) -> int | Json:
    """A plain number where a count bounds it."""
    if count.exact and count.bounded_by is Bound.COUNT:
        return count.value
    number = {"max": count.max, "bounded_by": count.bounded_by.word}
    return number if count.exact else {**number, "at_least": count.value}


def _entries(document: Any) -> Iterable[BaselineEntry]:
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        found = document.get("schema") if isinstance(document, dict) else None
        what = f"its schema is {found!r}" if isinstance(found, str) else "it names no schema"
        raise _WrongError(f"is no baseline that this version reads: {what}, not {SCHEMA!r}; {AGAIN}", "schema")
    _only(document, ("schema", "findings", "gaps"))
    seen: dict[str, int] = {}
    for number, entry in enumerate(_list(document.get("findings"), "findings")):
        at = ("findings", number)
        known = _known(entry, *at)
        if known.fingerprint in seen:
            raise _WrongError(f"is the same finding as findings[{seen[known.fingerprint]}]", *at)
        seen[known.fingerprint] = number
        yield known


_GAP_KEYS = ("site", "property", "why")
_KEYS = (
    "fingerprint", "rule", "site", "file", "severity", "attempts", "gain", "stopped_by", "laps", "verdict", "also",
    "reason",
)  # fmt: skip


def _gaps(document: Json) -> Iterator[tuple[str, str, str]]:
    for number, entry in enumerate(_list(document.get("gaps", []), "gaps")):
        found = _table(entry, "gaps", number)
        _only(found, _GAP_KEYS, "gaps", number)
        site, property_, why = (_word(found.get(key), "gaps", number, key) for key in _GAP_KEYS)
        yield site, property_, why


def _known(entry: Any, *at: str | int) -> BaselineEntry:
    found = _table(entry, *at)
    _only(found, _KEYS, *at)
    words = {name: _word(found.get(name), *at, name) for name in ("fingerprint", "rule", "site", "file", "severity")}
    severity = _one_of(words["severity"], [each.word for each in Severity], *at, "severity")
    if words["rule"] in COUNTED and "attempts" not in found:
        raise _WrongError("lacks its number of runs", *at, "attempts")
    gain = _table(found.get("gain", {}), *at, "gain")
    _only(gain, JUDGED, *at, "gain")
    measure = Measure(
        severity=Severity[severity.upper()],
        attempts=_count(found["attempts"], 1, *at, "attempts") if "attempts" in found else None,
        gain={FailureClass(name): _count(gain[name], 0, *at, "gain", name) for name in gain},
        stopped_by=_one_of(found["stopped_by"], STOPS, *at, "stopped_by") if "stopped_by" in found else None,
        laps=_whole(found["laps"], 0, *at, "laps") if "laps" in found else None,
        verdict=_one_of(found["verdict"], VERDICTS.values(), *at, "verdict") if "verdict" in found else None,
        also=tuple(_word(name, *at, "also", i) for i, name in enumerate(_list(found.get("also", []), *at, "also"))),
    )
    reason = _word(found.get("reason", ""), *at, "reason")
    return BaselineEntry(words["fingerprint"], words["rule"], words["site"], words["file"], measure, reason)


def _count(value: Any, least: int, *at: str | int) -> Count:
    if not isinstance(value, dict):
        return Count(_whole(value, least, *at))
    _only(value, ("max", "bounded_by", "at_least"), *at)
    bounds = {bound.word: bound for bound in Bound}
    bound = bounds[_one_of(value.get("bounded_by"), bounds, *at, "bounded_by")]
    if value.get("max") is not None:
        return Count(_whole(value["max"], least, *at, "max"), bounded_by=bound)
    return Count(_whole(value.get("at_least"), least, *at, "at_least"), False, bound)


def _only(table: Mapping[str, Any], names: Iterable[str], *at: str | int) -> None:
    for key in table:
        try:
            chosen(key, names, "key")
        except UnknownChoiceError as error:
            raise _WrongError(str(error), *at, key) from None


def _table(value: Any, *at: str | int) -> Json:
    if not isinstance(value, dict):
        raise _WrongError("takes an object", *at)
    return value


def _list(value: Any, *at: str | int) -> list[Any]:
    if not isinstance(value, list):
        raise _WrongError("takes a list", *at)
    return value


def _word(value: Any, *at: str | int) -> str:
    if not isinstance(value, str):
        raise _WrongError("takes text" if value is not None else "is missing", *at)
    return value


def _one_of(value: Any, choices: Iterable[str], *at: str | int) -> str:
    known = [str(choice) for choice in choices]
    if value not in known:
        raise _WrongError(f"takes {' or '.join(known)}, not {value!r}", *at)
    return str(value)


def _whole(value: Any, least: int, *at: str | int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise _WrongError(f"takes a whole number of at least {least}, not {value!r}", *at)
    return value
