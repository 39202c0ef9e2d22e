"""Settings of the whole test suite."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# A deadline would judge the machine. The same examples each time, so that a change is judged and not the dice;
# SEAWALL_RANDOM=1 throws the dice, as the long runs of the Makefile do.
settings.register_profile("same", deadline=None, derandomize=True, max_examples=30)
settings.register_profile("random", deadline=None)
settings.load_profile("random" if os.environ.get("SEAWALL_RANDOM") else "same")

HERE = Path(__file__).parent
collect_ignore = ["journeys/red"]
"""Apps as their authors write them, no modules of ours."""
TOGETHER = (
    ("adoption",),
    ("emulator",),
    ("journeys",),
    # The CDK's own template checks take five seconds to start.
    (
        *("app", "cdk/test_scoped_findings.py", "cdk/test_testing.py"),
        *("remedies/recipes/test_constructs.py", "report/test_acknowledging.py"),
    ),
)
"""Folders and files whose tests share what takes long to make: run in parallel, they stay in one process each."""
SLOW = (
    *("adoption", "app", "bench", "cdk", "constructs", "emulator", "journeys", "replay", "robustness"),
    *("audit/test_taking.py", "audit/test_same_as_assembly.py"),
    *("hook/test_bundling.py", "hook/test_synthesized_incident.py", "hook/test_large_templates.py"),
    *(
        "remedies/recipes/test_constructs.py",
        "remedies/recipes/test_write_typescript.py",
        "images/test_safety.py",
        "report/test_acknowledging.py",
        "report/test_html_browser.py",
        "report/test_same_findings.py",
        "rules/test_repository_settings.py",
    ),
    *("retries/test_only_course.py", "retries/test_plans_enumeration.py"),
    *("services/test_nonsense.py", "services/test_nonsense_jobs.py", "services/test_lambda_nonsense.py"),
    *(
        "services/images/test_nonsense.py",
        "template/test_never_raises.py",
        "template/transforms/test_sam_loading.py",
        "cli/test_process.py",
        "test_contributing.py",
    ),
)
"""What `make quick` leaves out: it starts node, emulators or a browser, installs packages, or draws at length."""
_SLOW = tuple(HERE / name for name in SLOW)
_TOGETHER = tuple(HERE / name for group in TOGETHER for name in group)
if gone := [str(path) for path in (*_SLOW, *_TOGETHER) if not path.exists()]:
    raise FileNotFoundError(f"no longer there, but named in {__file__}: {', '.join(gone)}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow, and begin with it."""
    for item in items:
        if _within(item.path, _SLOW):
            item.add_marker("slow")
    items.sort(key=lambda item: (item.get_closest_marker("slow") is None, not _within(item.path, _TOGETHER)))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`make quick` does not even import what is slow: the CDK alone takes seconds, in each process."""
    return True if config.option.markexpr == "not slow" and _within(collection_path, _SLOW) else None


def pytest_collection_finish() -> None:
    """What the imports of all tests made stays for good, `aws_cdk` above all: no collection looks through it again.
    And garbage is looked for seldom: as often as Python does, it takes a tenth of all the time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(500_000, 20, 100)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tests of one file stay in one process, and those of files and folders that share more."""
    from xdist.scheduler import LoadScopeScheduling

    def scope(nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        shared = (group[0] for group in TOGETHER if _within(HERE.parent / path, tuple(HERE / name for name in group)))
        return next(shared, path)

    made = LoadScopeScheduling(config, log)
    made._split_scope = scope
    return made


def _within(path: Path, places: tuple[Path, ...]) -> bool:
    return any(path.is_relative_to(place) for place in places)
