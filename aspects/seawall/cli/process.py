"""The command as a process of its own: one run, and then gone."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from typing import NoReturn

from .late_patterns import let_patterns_wait
from .main import main

_alone = False


def alone() -> bool:
    """Whether the command is all that this process is for, so that what it changes in it concerns nobody else."""
    return _alone


def run() -> NoReturn:
    """Run the command and end the process with its exit code.

    What a run makes it keeps to its end: looking for garbage meanwhile, and taking everything apart afterwards, would
    cost a quarter of the time and free nothing that is needed again.
    """
    global _alone
    _alone = True
    gc.disable()
    let_patterns_wait()
    code = main()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)
