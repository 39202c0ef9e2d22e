"""Writes docs/rules from the rules themselves.

Usage:
    python docs/build.py            write the pages
    python docs/build.py --check    change nothing; exit 1 if a page is not what its rule says
"""

from __future__ import annotations

import sys
from pathlib import Path

from seawall.report.pages import pages

RULES = Path(__file__).parent / "rules"


def main(check: bool) -> int:
    """Write every page and remove those of rules that are gone, or say which ones differ."""
    wanted = pages()
    present = {path.name: path.read_text("utf-8") for path in RULES.glob("*.md")}
    stale = sorted(name for name in {*wanted, *present} if wanted.get(name) != present.get(name))
    if check:
        for name in stale:
            sys.stderr.write(f"docs/rules/{name} is not what the rule says; run docs/build.py\n")
        return 1 if stale else 0
    RULES.mkdir(exist_ok=True)
    for name in stale:
        if name in wanted:
            (RULES / name).write_text(wanted[name], "utf-8", newline="\n")
        else:
            (RULES / name).unlink()
        sys.stdout.write(f"docs/rules/{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
