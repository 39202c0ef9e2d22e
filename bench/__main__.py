"""Measures and prints tables in Markdown: `python -m bench [TABLE ...] [--largest N] [--write FILE]`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

from .aims import aims
from .code import code
from .growth import LARGEST, growth
from .guard import guard
from .peers import peers
from .processes import machine
from .reading import reading
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
    "peers": "Beside other programs",
    "reading": "Reading",
    "templates": "Templates of the usual size",
    "growth": "Growth",
    "guard": "In a CDK app",
    "code": "Reading code",
}
NOTES = {
    "start": (
        "A SAM template is translated by AWS's own `aws-sam-translator`. It imports boto3, jsonschema and pydantic,\n"
        "which a translation does not call; they are left out while it is loaded (`transforms/sam_loading.py`). The\n"
        "difference of the last two rows is what a reader of our own for the serverless types could save at most; it\n"
        "would have to follow every release of SAM. With the translator sites, hops and figures are AWS's by\n"
        "construction, so it stays."
    ),
    "peers": (
        "Whole processes, processor time in user and system mode, peak memory, all in one run.\n"
        "`cloudformation-validate` is AWS's native validator, without a command line of its own, so it is called\n"
        "from Python, one engine for all files. None of the others follows events: what they check is something else.\n"
        "Where one is faster, the fourth column is below 1. `BENCH_CORPUS=FOLDER make bench` takes other templates,\n"
        "at most 100 of a kind."
    ),
    "reading": "What is read of a template once, before anything is judged; manifests and asset lists count as well.",
    "templates": (
        "Chains, fans, loops and wide machines in turn, one unit in a template (`bench/shapes.py`), every resource of\n"
        "them wired: harder than what people write. `BENCH_TEMPLATES=FOLDER make bench` takes other templates.\n"
        "`json.load` stands for a process that only parses the same files; neither it nor cfn-lint follows events."
    ),
    "growth": (
        "Apps of many units, in templates of at most 500 resources, CloudFormation's limit, and in one file. An\n"
        "exponent of 1 means that ten times the resources take ten times the time, 2 that they take a hundred times."
    ),
    "guard": (
        "`seawall.guard(app)` visits no construct. As Aspects, each guard is called by the CDK for each construct, as\n"
        "any Aspect is; nearly all of these calls return at once, and what they cost is that of an Aspect that does\n"
        "nothing. Both guards share the one reading and the one analysis of the app, whatever number of them is\n"
        "attached. They do not share the visits: the CDK offers an Aspect its scope only by visiting it, so that a\n"
        "guard that skipped them could not know what it was attached to. Who wants both without visits takes\n"
        "`seawall.guard`."
    ),
    "code": (
        "Time of the processor to read functions' code, in one process, without starting it: handlers of the usual\n"
        "make with a module of their own, none of them twice the same, and bundles in which one of many functions\n"
        "sends."
    ),
}

TARGETS = """\
## What was aimed at

{aims}

*Now* and *reached* are of this run. *Before* is the first version of this page (22 November 2026, `git log
docs/performance.md`), or what was measured before SAM and reading were made
quicker (0.44 s, 7.5). That first version took time by the clock, the median of some runs, for the start and beside
cfn-lint and `json.load`; now it is processor time, and the smallest of some runs for the start: not quite the same.

`json.load` is written in C and only reads. Here every property is resolved, every hop made and every site counted for
four classes of failure, in Python. Of the memory, the interpreter and its modules take 20 MB, and what `json.load`
itself makes of a template six times its text.

A million resources (chains, 2,179 templates, 346 MB) took 53 s and 3.3 GB, ten times the input, in a run of its own on
22 November 2026; `make bench LARGEST=1000000` runs that size for every shape, which takes most of an hour.

How time grows with single shapes, a ring of n queues or a Parallel nested n deep: [How time grows](growth.md).
"""


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
        "peers": peers,
        "reading": reading,
        "templates": partial(templates, chosen.most),
        "growth": partial(growth, chosen.largest),
        "guard": partial(guard, chosen.rounds),
        "code": code,
    }
    if unknown := set(chosen.tables) - set(makers):
        parser.error(f"no such table: {', '.join(sorted(unknown))}")
    page = INTRODUCTION.format(machine=machine())
    print(page)
    for name in chosen.tables or makers:
        section = "\n\n".join(part for part in (f"## {TITLES[name]}", NOTES[name], makers[name]()) if part)
        print(section, flush=True, end="\n\n")
        page += f"\n{section}\n"
    targets = TARGETS.format(aims=aims())
    print(targets)
    page += f"\n{targets}"
    if chosen.write:
        chosen.write.write_text(page, "utf-8")


if __name__ == "__main__":
    main()
