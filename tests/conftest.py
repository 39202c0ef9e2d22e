"""Settings of the whole test suite."""

from __future__ import annotations

import os

from hypothesis import settings

# In CI the same examples each time, so that a change is judged and not the dice; everywhere else new ones.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
