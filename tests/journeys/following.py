"""What a stranger does who follows printed fixes word for word: edits of Python, TypeScript and YAML as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from seawall.cli.file_edits import TextEdit, edited
from seawall.template.documents import parse_document

_CLOSE = {"(": ")", "{": "}", "[": "]"}
_IMPORT = re.compile(r"(?:from|import) ")
_COMMENT = re.compile(r"(?:#|//) ")
_METRIC = re.compile(r"(\w+)\.metric_?[aA]pprox")
_CALL = re.compile(r"^(?:new )?(?P<name>[\w.]+)\(")


def follow(folder: Path, changes: Iterable[Mapping[str, Any]]) -> None:
    """Make every edit of a JSON report's changes in the files that it names, the last lines of a file first."""
    found = [each for each in changes if each.get("edit")]
    imports: dict[Path, dict[str, None]] = {}
    for change in sorted(found, key=lambda each: -((each["source"] or {}).get("line") or 0)):
        source = change["source"]
        if source is None:
            _in_yaml(folder / change["template"], change["edit"])
            continue
        file = folder / source["file"]
        text = file.read_text()
        lines = change["edit"].splitlines()
        imports.setdefault(file, {}).update(dict.fromkeys(filter(_IMPORT.match, lines)))
        for line in filter(_COMMENT.match, lines):
            text = _without(text, line)
        before: list[str] = []
        for statement in _statements(line for line in lines if not _IMPORT.match(line) and not _COMMENT.match(line)):
            code = " ".join(line.strip() for line in statement)
            if "..." in code:
                text = _before(_added(text, source["line"], code), source["line"], before)
            elif made := _METRIC.search(code):
                text = _behind(text, made[1], statement)
            else:
                before += statement
        file.write_text(text)
    for file, wanted_lines in imports.items():  # last, as they move every line
        for each in wanted_lines:
            file.write_text(_with_import(file.read_text(), each))


def _statements(lines: Iterable[str]) -> list[list[str]]:
    """Lines that belong together: what is further in, or closes a bracket, goes on."""
    found: list[list[str]] = []
    for line in filter(str.strip, lines):
        if found and (line[0].isspace() or line[0] in ")}]"):
            found[-1].append(line)
        else:
            found.append([line])
    return found


def _before(text: str, number: int, lines: Iterable[str]) -> str:
    """Lines above one of a file, as far in as that."""
    every = text.splitlines(keepends=True)
    space = re.match(r" *", every[number - 1])
    assert space is not None
    return "".join((*every[: number - 1], *(f"{space[0]}{line}\n" for line in lines), *every[number - 1 :]))


def _behind(text: str, name: str, lines: Iterable[str]) -> str:
    """Lines below the statement that gives a name."""
    start = re.search(rf"^ *(?:const )?{name} = .*\(", text, re.MULTILINE)
    assert start is not None, name
    end = text.index("\n", _closing(text, start.end() - 1))
    return _before(text, text.count("\n", 0, end) + 2, lines)


def _with_import(text: str, wanted: str) -> str:
    """The file with a line of imports at its top; names that it has already would be brought in twice."""
    present = "\n".join(re.findall(r"^(?:from|import).*$", text, re.MULTILINE))
    new = [name for name in _names(wanted) if not re.search(rf"\b{name}\b", present)]
    if not new:
        return text
    for name in set(_names(wanted)) - set(new):
        wanted = re.sub(rf"(?:\w+ as )?\b{name}\b,? ?", "", wanted)
    head, _, rest = text.partition("\n")
    return f"{head}\n{wanted}\n{rest}"


def _names(wanted: str) -> list[str]:
    """What a line of imports brings in."""
    brought = wanted.partition(" import ")[2] if wanted.startswith("from ") else wanted.partition(" from ")[0]
    return [each.split()[-1] for each in brought.removeprefix("import").strip(" {}").split(",")]


def _without(text: str, call: str) -> str:
    errors = re.search(r"\[[^\]]*\]", call)
    assert errors is not None
    kept = [each for each in text.splitlines(keepends=True) if not ("add_retry(" in each and errors[0] in each)]
    assert len(kept) == text.count("\n") - 1
    return "".join(kept)


def _added(text: str, line: int, code: str) -> str:
    """The new argument in the call of that name on that line."""
    match = _CALL.match(code)
    assert match is not None
    new = code[code.index("..., ") + len("..., ") :].removesuffix(";").removesuffix(")").rstrip(" ,")
    new = new.removesuffix("}").rstrip(" ,") if code.startswith("new ") else new
    start = sum(map(len, text.splitlines(keepends=True)[: line - 1]))
    called = text.index(f"{match['name'].rpartition('.')[2]}(", start)
    opening = text.index("(", called)
    end = _closing(text, opening)
    if not code.startswith("new "):
        return f"{text[:end]}, {new}{text[end:]}"
    inside = text[opening + 1 : end]
    if inside.rstrip().endswith("}"):
        brace = opening + 1 + inside.rindex("}")
        return f"{text[:brace].rstrip()}, {new} {text[brace:]}"
    return f"{text[:end]}, {{ {new} }}{text[end:]}"


def _closing(text: str, opening: int) -> int:
    depth: list[str] = []
    for at in range(opening, len(text)):
        if text[at] in _CLOSE:
            depth.append(_CLOSE[text[at]])
        elif depth and text[at] == depth[-1]:
            depth.pop()
            if not depth:
                return at
    raise AssertionError("a call without an end")


def _in_yaml(file: Path, edit: str) -> None:
    """A block of one change: below the keys that the file has, one that is set, or one more resource."""
    text = file.read_text()
    here, new, path = parse_document(file, text).body, parse_document(file, edit).body, list[str]()
    while isinstance(new, dict) and len(new) == 1 and isinstance(here, dict) and (key := next(iter(new))) in here:
        path.append(key)
        here, new = here[key], new[key]
    if path == ["Resources"]:
        block = edit.splitlines()[1:]
        file.write_text(text.rstrip("\n") + "\n\n" + "".join(f"{each}\n" for each in block))
        return
    if isinstance(new, dict) and len(new) == 1 and isinstance(here, dict):
        ((key, new),) = new.items()
        path.append(key)
    file.write_text(edited(text, TextEdit(tuple(path), json.dumps(new))))
