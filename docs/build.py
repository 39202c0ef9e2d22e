"""Writes docs/rules from the rules themselves, and the pages of commands, of services and of what is covered.

Usage:
    python docs/build.py            write the pages
    python docs/build.py --check    change nothing; exit 1 if a page is not what its rule says
"""

from __future__ import annotations

import sys
from pathlib import Path

import cli_reference
from service_pages import pages as service_pages

from seawall.report.pages import pages

DOCS = Path(__file__).parent
RULES = DOCS / "rules"


def main(check: bool) -> int:
    """Write every page and remove those of rules that are gone, or say which ones differ."""
    made = {**service_pages(), cli_reference.NAME: cli_reference.page()}
    wanted = {f"rules/{name}": text for name, text in pages().items()} | made
    committed = [*RULES.glob("*.md"), *(DOCS / name for name in made)]
    present = {path.relative_to(DOCS).as_posix(): path.read_text("utf-8") for path in committed if path.exists()}
    stale = sorted(name for name in {*wanted, *present} if wanted.get(name) != present.get(name))
    if check:
        for name in stale:
            sys.stderr.write(f"docs/{name} is not what the code says; run docs/build.py\n")
        return 1 if stale else 0
    RULES.mkdir(exist_ok=True)
    for name in stale:
        if name in wanted:
            (DOCS / name).write_text(wanted[name], "utf-8", newline="\n")
        else:
            (DOCS / name).unlink()
        sys.stdout.write(f"docs/{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
