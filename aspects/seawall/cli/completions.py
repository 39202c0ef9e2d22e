"""`seawall completions`: a script that has a shell complete commands, options and rules."""

from __future__ import annotations

import argparse

from .exits import Exit, UsageError
from .output import emit


def completions(arguments: argparse.Namespace) -> Exit:
    """Run the command with parsed arguments."""
    try:
        import shtab
    except ModuleNotFoundError:
        raise UsageError("completions need shtab: pip install shtab") from None
    from .arguments import parser

    emit(shtab.complete(parser(), shell=arguments.shell))
    return Exit.CLEAN
