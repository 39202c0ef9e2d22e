"""One module a tool: `run` gives what it tells of each case, and `ABOUT` its version and how it was asked.

Each needs its tool, and says so where that is missing (`MissingToolError`): see docs/retry-bench.md.
"""

from __future__ import annotations


class MissingToolError(Exception):
    """The tool is not there; the message says how to get it."""
