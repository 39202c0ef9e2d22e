"""What the site shows and no page holds: the list of rules, and a report page as an example."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

from seawall.engine import report_of
from seawall.report.format import Screen, format_named
from seawall.template import load

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = "example-report.html"
SHOWN = ("case-04-pipe-to-express", "case-13-requeue", "image-and-list")


def on_config(config: Any) -> Any:
    """Put every rule's page below the table of rules."""
    names = sorted(page.stem for page in (ROOT / "docs" / "rules").glob("*.md") if page.stem != "README")
    pages = [{"All rules": "rules/README.md"}, *({name: f"rules/{name}.md"} for name in names)]
    for section in config.nav:
        for content in section.values():
            for entry in content if isinstance(content, list) else ():
                if "Rules" in entry:
                    entry["Rules"] = pages
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add the report on three of the scenarios that the tests use."""
    templates = [ROOT / "tests" / "scenarios" / f"{name}.json" for name in SHOWN]
    page = format_named("html").render(report_of(load(templates)), Screen())
    files.append(File.generated(config, EXAMPLE, content=page.replace(f"{ROOT}/", "")))
    return files


def on_page_content(html: str, **_more: Any) -> str:
    """Docstrings mark a literal block with two colons, of which a reader is to see one."""
    return html.replace("::</p>", ":</p>")
