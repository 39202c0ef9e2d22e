"""Measures and prints tables in Markdown: `python -m bench [TABLE ...] [--largest N] [--write FILE]`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

from .growth import LARGEST, growth
from .guard import guard
from .processes import machine
from .start import start
from .templates import MOST, templates

INTRODUCTION = """\
# How fast it is

Written by `make bench`, all of it in one run on one machine: {machine}.

Times are those of whole processes, from start to end, the median of several runs where they are short; memory is the
peak of the process. What counts are ratios between columns: they hold on other machines, too.
"""
TITLES = {
    "start": "Start",
    "templates": "Templates of the usual size",
    "growth": "Growth",
    "guard": "In a CDK app",
}
NOTES = {
    "start": "",
    "templates": (
        "Chains, fans, loops and wide machines in turn, one unit in a template (`bench/shapes.py`), every resource of\n"
        "them wired: harder than what people write. `BENCH_TEMPLATES=FOLDER make bench` takes other templates.\n"
        "`json.load` stands for a process that only parses the same files; neither it nor cfn-lint follows events."
    ),
    "growth": (
        "Apps of many units, in templates of at most 500 resources, CloudFormation's limit, and in one file. An\n"
        "exponent of 1 means that ten times the resources take ten times the time, 2 that they take a hundred times."
    ),
    "guard": "",
}


def main() -> None:
    """Run the tables asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=f"{', '.join(TITLES)}; all by default")
    parser.add_argument("--largest", type=int, default=LARGEST, help=f"resources of the largest app; {LARGEST:,}")
    parser.add_argument("--most", type=int, default=MOST, help=f"templates checked at once at most; {MOST:,}")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each form in a CDK app; 5 by default")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page there, too")
    chosen = parser.parse_args()
    makers: dict[str, Callable[[], str]] = {
        "start": start,
        "templates": partial(templates, chosen.most),
        "growth": partial(growth, chosen.largest),
        "guard": partial(guard, chosen.rounds),
    }
    if unknown := set(chosen.tables) - set(makers):
        parser.error(f"no such table: {', '.join(sorted(unknown))}")
    page = INTRODUCTION.format(machine=machine())
    print(page)
    for name in chosen.tables or makers:
        section = "\n\n".join(part for part in (f"## {TITLES[name]}", NOTES[name], makers[name]()) if part)
        print(section, flush=True, end="\n\n")
        page += f"\n{section}\n"
    if chosen.write:
        chosen.write.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
