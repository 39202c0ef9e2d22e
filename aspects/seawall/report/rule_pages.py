"""Where a rule's page is on the web, if anywhere: the settings say, or the distribution that is installed."""

from __future__ import annotations

from functools import cache

from seawall.engine import Report


def rule_page(report: Report, rule: str) -> str:
    """The address of a rule's page; empty where none is known, as `seawall explain` shows the same."""
    base = report.settings.docs_url or _published()
    return f"{base.rstrip('/')}/rules/{rule}.html" if base else ""


@cache
def _published() -> str:
    """The documentation that the installed distribution names."""
    from importlib.metadata import PackageNotFoundError, metadata  # a tenth of a start

    try:
        named = metadata("seawall").get_all("Project-URL") or []
    except PackageNotFoundError:
        return ""
    urls: dict[str, str] = dict(entry.split(", ", 1) for entry in named)
    return urls.get("Documentation", "")
