"""Where a rule's page is on the web, if anywhere: the settings say, or the distribution that is installed."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from seawall._version import __version__
from seawall.engine import Report


def rule_page(report: Report, rule: str) -> str:
    """The address of a rule's page; empty where none is known, as `seawall explain` shows the same."""
    base = report.settings.docs_url or _published()
    return f"{base.rstrip('/')}/rules/{rule}.html" if base else ""


@cache
def _published() -> str:
    """The documentation that the installed distribution names."""
    text = _metadata()
    if text is None:
        return _documentation_of_distribution()
    return _documentation(line.partition(": ")[2] for line in text.splitlines() if line.startswith("Project-URL: "))


def _metadata() -> str | None:
    """The fields of the distribution, where they lie as an installation leaves them; None: elsewhere, or nowhere."""
    for folder in sys.path:
        path = Path(folder or ".", f"seawall-{__version__}.dist-info", "METADATA")
        try:
            return path.read_text("utf-8").partition("\n\n")[0]
        except (OSError, UnicodeDecodeError):
            continue
    return None


def _documentation_of_distribution() -> str:
    from importlib.metadata import PackageNotFoundError, metadata  # a tenth of a start

    try:
        return _documentation(metadata("seawall").get_all("Project-URL") or ())
    except PackageNotFoundError:
        return ""


def _documentation(entries: Iterable[str]) -> str:
    urls: dict[str, str] = dict(entry.split(", ", 1) for entry in entries)
    return urls.get("Documentation", "")
