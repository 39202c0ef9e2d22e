"""Notes in the assembly on which lines of the app its constructs were made, so that findings stand there."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk
import jsii
from aws_cdk import aws_stepfunctions as sfn

from seawall.template.sources import RETRY_LINE, STATE_LINE, source_line

_SWITCH = "JSII_HOST_STACK_TRACES"
"""Environment variable that makes jsii send Python's frames along with every call, which the CDK keeps per resource."""
_RETRIED = "addRetry"
_MAKERS = ("jsonata", "jsonPath")
"""Static methods that make a state, as jsii names them."""

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
        _leave_out_libraries()
        _watch("create", _created)
        _watch("invoke", _invoked)
        _watch("sinvoke", _made)


def _leave_out_libraries() -> None:
    """Have jsii leave out frames of installed packages: the CDK would print one of them as the place of a finding."""
    from jsii import _stack_trace

    internal = getattr(_stack_trace, "_INTERNAL_PREFIXES", None)
    if isinstance(internal, tuple):
        installed = str(Path(aws_cdk.__file__).parents[1]) + os.sep
        _stack_trace._INTERNAL_PREFIXES = (*internal, installed)


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
    frame = sys._getframe(2)
    while frame is not None:
        within = inside is not None and frame.f_code.co_name == "__init__" and frame.f_locals.get("self") is inside
        place = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        if not within and frame.f_globals.get("__name__") != __name__ and source_line([place]) is not None:
            return place
        frame = frame.f_back  # type: ignore[assignment]
    return None
