"""Notes in the assembly on which lines of the app its constructs were made, so that findings stand there."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

import aws_cdk
import constructs
import jsii
from aws_cdk import aws_stepfunctions as sfn

from seawall.template.sources import RETRY_LINE, STATE_LINE, source_line

_SWITCH = "JSII_HOST_STACK_TRACES"
"""Environment variable that makes jsii send Python's frames along with every call, which the CDK keeps per resource."""
_RETRIED = "addRetry"
_MAKERS = ("jsonata", "jsonPath")
"""Static methods that make a state, as jsii names them."""

_LIBRARIES = (
    Path(__file__).parents[1],
    *(Path(folder) for package in (aws_cdk, constructs, jsii) for folder in package.__path__),
    Path(sysconfig.get_path("stdlib")),
)
"""Folders of code that is never the author's, wherever it is installed."""

_recording = False


def record_source_lines() -> None:
    """Note for each construct the line of Python that made it; call it once in ``app.py``, before the first stack.

    Findings then name ``stacks/webhook.py:42`` beside the template, and annotations of a pull request land on that
    line. The CDK stores the lines in the assembly's metadata (``aws:cdk:creationStack``); states of a machine, which
    are no resources, get an entry of our own, with the line of the last `add_retry`. Costs a tenth of a millisecond
    per construct and a round trip to node per state. Apps in JavaScript or TypeScript need nothing: the CDK notes
    their lines by itself.
    """
    global _recording
    os.environ.setdefault(_SWITCH, "1")
    if not _recording:
        _recording = True
        _send_authors_frames()
        _watch("create", _created)
        _watch("invoke", _invoked)
        _watch("sinvoke", _made)


def _send_authors_frames() -> None:
    """Have jsii send the author's frames only: of libraries the CDK would print one as the place of a finding.

    Should a later jsii have no such function, it sends all frames, and those of libraries are passed over in reading.
    """
    from jsii._kernel.providers import process

    if hasattr(process, "capture_stack_trace"):
        process.capture_stack_trace = _frames


def _frames() -> list[list[Any]]:
    """The author's frames that are running, the innermost first, as jsii sends them: file, line, column, function.

    In front of them stands one for the CDK to drop. It drops the first one that it is given, whatever it is, because
    it takes it for one of a generated binding (``hostTrace.slice(1)`` in ``core/lib/private/stack-trace.js`` of
    aws-cdk-lib 2.275.0, read on 2026-11-29).
    """
    found: list[list[Any]] = [[aws_cdk.__file__, 1, 0, "jsii"]]
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        if _authors(code.co_filename):
            found.append([code.co_filename, frame.f_lineno, 0, code.co_name])
        frame = frame.f_back
    return found


@cache
def _authors(file: str) -> bool:
    """Whether a file is the author's own, not that of an installed package, of Python or of Seawall."""
    return (
        not file.startswith("<")
        and source_line([f"{file}:1"]) is not None
        and not any(Path(file).is_relative_to(library) for library in _LIBRARIES)
    )


def _watch(name: str, note: Callable[[tuple[Any, ...], Any], None]) -> None:
    """Have `note` look at each call of jsii's function `name`, its arguments and what it returned."""
    original = getattr(jsii, name)

    def watched(*args: Any, **more: Any) -> Any:
        result = original(*args, **more)
        note(args, result)
        return result

    setattr(jsii, name, watched)


def _created(args: tuple[Any, ...], _reference: Any) -> None:
    if len(args) > 1 and isinstance(args[1], sfn.State):
        _note(args[1], STATE_LINE, inside=args[1])


def _invoked(args: tuple[Any, ...], _result: Any) -> None:
    if len(args) > 1 and args[1] == _RETRIED and isinstance(args[0], sfn.State):
        _note(args[0], RETRY_LINE)


def _made(args: tuple[Any, ...], result: Any) -> None:
    if len(args) > 1 and args[1] in _MAKERS and isinstance(result, sfn.State):
        _note(result, STATE_LINE)


def _note(state: sfn.State, kind: str, inside: object = None) -> None:
    line = _caller(inside)
    if line is not None:
        state.node.add_metadata(kind, line)


def _caller(inside: object) -> str | None:
    """The innermost line of the author's code that is running, past the constructors of the object `inside`."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        within = inside is not None and frame.f_code.co_name == "__init__" and frame.f_locals.get("self") is inside
        if not within and _authors(frame.f_code.co_filename):
            return f"{frame.f_code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return None
