"""What a stranger does who follows printed fixes word for word: edits of Python, TypeScript and YAML as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from seawall.cli.file_edits import TextEdit, edited

_CLOSE = {"(": ")", "{": "}", "[": "]"}
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
        for line in change["edit"].splitlines():
            code, _, wanted = line.partition("  # " if "  # " in line else "  // ")
            text = _in_code(text, source["line"], code)
            imports.setdefault(file, {}).update(dict.fromkeys(filter(None, wanted.split("; "))))
        file.write_text(text)
    for file, wanted_lines in imports.items():  # last, as they move every line
        for each in wanted_lines:
            file.write_text(_with_import(file.read_text(), each))


def _in_code(text: str, line: int, code: str) -> str:
    if code.startswith("remove "):
        return _without(text, code.removeprefix("remove "))
    return _added(text, line, code)


def _with_import(text: str, wanted: str) -> str:
    if _name_of(wanted) in re.findall(r"[\w.]+", "\n".join(re.findall(r"^(?:from|import).*$", text, re.M))):
        return text
    head, _, rest = text.partition("\n")
    return f"{head}\n{wanted}{';' if '{' in wanted else ''}\n{rest}"


def _name_of(wanted: str) -> str:
    return wanted.split()[2] if "{" in wanted else wanted.split()[-1]


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
    new = code[code.index("..., ") + len("..., ") :].removesuffix(")").removesuffix(" }")
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
    text = file.read_text()
    head, _, value = edit.partition(": ")
    if "\n" not in edit:
        file.write_text(edited(text, TextEdit(tuple(head.split(".")), json.dumps(yaml.safe_load(value)))))
        return
    first, *block = edit.splitlines()
    assert first == "Resources:"
    file.write_text(text.rstrip("\n") + "\n\n" + "".join(f"{each}\n" for each in block))
