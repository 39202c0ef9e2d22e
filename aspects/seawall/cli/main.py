"""From arguments to an exit code. Whatever happens, a person gets a sentence and never a traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from .exits import Exit, NothingToAnalyseError, UsageError

if TYPE_CHECKING:
    from argparse import Namespace


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name and defaults to the process's arguments."""
    given = sys.argv[1:] if argv is None else list(argv)
    try:
        return _run(given)
    except KeyboardInterrupt:
        _say("interrupted")
        return Exit.INTERRUPTED
    except UsageError as error:
        _say(f"error: {error}")
        return Exit.USAGE
    except NothingToAnalyseError as error:
        _say(f"error: {error}")
        return Exit.NOTHING
    except Exception as error:
        return _internal(error, given)


def _run(given: Sequence[str]) -> int:
    from .arguments import parser

    if given and not given[0].startswith("-"):
        _load_structs()
    try:
        arguments = parser(given).parse_args(given)
    except SystemExit as stop:  # --help, --version or wrong usage: argparse has said what there is to say
        from .output import emit

        emit("")
        return int(stop.code or 0)
    from seawall.template import InputError

    try:
        return _command(arguments.command)(arguments)
    except InputError as error:
        raise UsageError(str(error)) from error


def _load_structs() -> None:
    """Msgspec takes from typing_extensions, where that is installed, what Python has from 3.11 on: a twentieth of a
    start. It does without where it is not.
    """
    if "msgspec" not in sys.modules and "typing_extensions" not in sys.modules:
        sys.modules["typing_extensions"] = None  # type: ignore[assignment]
        try:
            import_module("msgspec")
        finally:
            del sys.modules["typing_extensions"]


def _command(name: str) -> Callable[[Namespace], Exit]:
    """The command of that name: a function in a module, both named as it is, loaded when it is run."""
    command: Callable[[Namespace], Exit] = getattr(import_module(f".{name}", __package__), name)
    return command


def _internal(error: Exception, given: Sequence[str]) -> int:
    """An error nobody foresaw: ask for a report that says enough to find it."""
    if os.environ.get("SEAWALL_DEBUG"):
        import traceback

        traceback.print_exc()
    command = " ".join(["seawall", *given])
    _say(f"error: internal error in `{command}`: {type(error).__name__}: {error}")
    _say("this is a mistake in seawall, not in your templates; please report it, with the template if you can and with")
    _say(f"what this prints: SEAWALL_DEBUG=1 {command}")
    return Exit.USAGE


def _say(message: str) -> None:
    from .output import complain

    complain(message)
