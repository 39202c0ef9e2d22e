"""What is fuzzed: each target takes any bytes and breaks only if the contract does."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from seawall.template import InputError, NothingFound, load

from .contract import BrokenError, holds_in_every_format

_MOST_FILES = 8


def check(data: bytes) -> None:
    """One file, JSON or YAML, through every format."""
    braced = data.lstrip()[:1] in (b"{", b"[")
    _check({"t.json" if braced else "t.yaml": data})


def machine(data: bytes) -> None:
    """A definition of a state machine, in a file of its own and as text in the template that uses it."""
    properties = {"DefinitionString": data.decode("utf-8", "replace"), "StateMachineType": "EXPRESS"}
    used = {
        "Resources": {
            "Q": {"Type": "AWS::SQS::Queue"},
            "F": {"Type": "AWS::Lambda::Function"},
            "M": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties},
            "P": {
                "Type": "AWS::Pipes::Pipe",
                "Properties": {
                    "Source": {"Fn::GetAtt": ["Q", "Arn"]},
                    "Target": {"Ref": "M"},
                    "TargetParameters": {"StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}},
                },
            },
        }
    }
    _check({"m.asl.json": data, "used.json": json.dumps(used).encode()})


def lifecycle(data: bytes) -> None:
    """An ECR lifecycle policy, with images in use that it may delete."""
    text = data.decode("utf-8", "replace")
    images = {f"T{tag}": _task(tag) for tag in ("v1", "v2", "latest", "prod-1")}
    repository = {"Type": "AWS::ECR::Repository", "Properties": {"LifecyclePolicy": {"LifecyclePolicyText": text}}}
    _check({"t.json": json.dumps({"Resources": {"R": repository, **images}}).encode()})


def together(data: bytes) -> None:
    """Several files of one folder: an object of their contents by name. Texts are written as they are."""
    try:
        files = json.loads(data)
    except (ValueError, RecursionError):
        return
    if isinstance(files, dict):
        named = {_file_name(name): content for name, content in list(files.items())[:_MOST_FILES]}
        _check({name: _bytes(content) for name, content in named.items() if name}, folder=True)


def text(data: bytes) -> None:
    """The readers alone, on any bytes."""
    for suffix in (".json", ".yaml"):
        path = _folder() / f"raw{suffix}"
        path.write_bytes(data)
        try:
            load([path])
        except InputError as error:
            if error.path != str(path):
                raise BrokenError(f"names {error.path}, not {path}") from error
        except NothingFound:
            raise BrokenError("a file that was named is not nothing") from None


def python(data: bytes) -> None:
    """A function's code in Python, through its reader alone."""
    _code(data, "python3.13", "app.py")


def javascript(data: bytes) -> None:
    """The same in JavaScript."""
    _code(data, "nodejs22.x", "app.js")


def _code(data: bytes, runtime: str, name: str) -> None:
    """Whatever stands in a module, reading it ends with an account, or with a gap that is no defect of ours."""
    from seawall.code import Inline, ParsedModules, UnreadCode, language_of, read
    from seawall.code.read import BROKEN

    language = language_of(runtime)
    if language is None:
        raise BrokenError(f"no reader for {runtime}")
    found = read("app.handler", language, [Inline({name: data.decode("utf-8", "replace")}, name)], ParsedModules())
    if isinstance(found, UnreadCode) and BROKEN in found.why:
        raise BrokenError(found.why)


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    found.__name__: found for found in (check, machine, lifecycle, together, text, python, javascript)
}


def _task(tag: str) -> dict[str, Any]:
    image = {"Fn::Sub": f"${{R.RepositoryUri}}:{tag}"}
    return {"Type": "AWS::ECS::TaskDefinition", "Properties": {"ContainerDefinitions": [{"Name": "a", "Image": image}]}}


def _check(files: Mapping[str, bytes], *, folder: bool = False) -> None:
    root = _folder() / "in"
    for old in root.rglob("*"):
        if old.is_file():
            old.unlink()
    for name, content in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(content)
    named = [root] if folder else [root / name for name in files]
    holds_in_every_format(named, _folder() / "out", named=[root])


def _file_name(name: str) -> str:
    """`name` as that of a file in the folder or in one below it; empty if it cannot be one."""
    parts = [part for part in name.split("/") if part not in ("", ".", "..") and part.isprintable()][:2]
    usable = all(len(part.encode("utf-8", "replace")) < 100 for part in parts)
    return "/".join(parts) if usable and (len(parts) == 1 or parts[:1] == ["sub"]) else ""


def _bytes(content: Any) -> bytes:
    return content.encode("utf-8", "replace") if isinstance(content, str) else json.dumps(content).encode()


@cache
def _folder() -> Path:
    """A folder of this process, in memory where the machine has such a place."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made there
    root = Path(tempfile.mkdtemp(prefix="seawall-fuzz-", dir=memory if memory.is_dir() else None))
    (root / "in").mkdir()
    (root / "out").mkdir()
    return root
