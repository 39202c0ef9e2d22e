"""Holds findings and figures against neutral rewrites of templates: other spellings, formats, names, stacks.

``python -m bench.metamorphic FOLDER`` (`make metamorphic CORPUS=DIR`) goes through templates of a folder that have
hops, else through the scenarios.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

from msgspec import Struct

import seawall
from seawall.engine import Report
from seawall.graph import CLASSES
from seawall.template import InputError
from seawall.template.source import read_template

from .rewrites import REWRITES, as_it_is, plain
from .silence import _templates, scenarios

Json: TypeAlias = Any


class Told(Struct, frozen=True):
    """What a report says, with names that rewrites do not change."""

    figures: Mapping[tuple[str, str], tuple[float, bool]]
    findings: Mapping[tuple[str, str, str, int | None], int]
    gaps: int
    """Those that could touch a site."""
    hops: int

    @classmethod
    def of(cls, report: Report) -> Told:
        """Of a report."""
        attempts, flow = report.analysis.attempts, report.analysis.flow
        working = [name for name, site in flow.sites.items() if site.works]
        counts = {(plain(name), failure.value): attempts.of(name, failure) for name in working for failure in CLASSES}
        found = Counter((one.rule, one.severity.word, plain(one.site), one.attempts) for one in report.findings)
        figures = {key: (float(count.value), count.exact) for key, count in counts.items()}
        return cls(figures, dict(found), sum(bool(gap.touches) for gap in report.gaps), len(flow.hops))

    def differences(self, other: Told) -> tuple[str, ...]:
        """What `other` says otherwise."""
        found = [
            f"{name} {failure} {self.figures.get((name, failure))} -> {other.figures.get((name, failure))}"
            for name, failure in sorted(self.figures.keys() | other.figures.keys())
            if self.figures.get((name, failure)) != other.figures.get((name, failure))
        ]
        for key in sorted(self.findings.keys() | other.findings.keys(), key=str):
            before, now = self.findings.get(key, 0), other.findings.get(key, 0)
            if before != now:
                found.append(f"{' '.join(map(str, key))}: {before} -> {now}")
        if self.gaps != other.gaps:
            found.append(f"gaps {self.gaps} -> {other.gaps}")
        return tuple(found)


class Compared(Struct, frozen=True):
    """A rewrite of one template, and what it changes."""

    rewrite: str
    differences: tuple[str, ...]


def compared(body: Json, rewrites: Sequence[str] = tuple(REWRITES)) -> Iterator[Compared]:
    """Each rewrite that applies to a template."""
    before = _told(body, as_it_is)
    if before is None:
        return
    for name in rewrites:
        now = _told(body, REWRITES[name])
        if now is not None:
            yield Compared(name, before.differences(now))


def _told(body: Json, rewrite: Any) -> Told | None:
    """What is said of a rewritten template; None where it does not apply."""
    folder = Path(tempfile.mkdtemp(prefix="seawall-rewritten-"))
    try:
        path = rewrite(body, folder)
        return None if path is None else Told.of(seawall.check(path))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print every difference; 1 if there was one."""
    parser = argparse.ArgumentParser(prog="python -m bench.metamorphic", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="templates; the scenarios of the tests by default")
    parser.add_argument("--files", type=int, default=200, metavar="N", help="templates with hops; %(default)s")
    parser.add_argument("--seconds", type=int, default=10, metavar="N", help="leave slower templates out; %(default)s")
    parser.add_argument("--rewrite", action="append", choices=list(REWRITES), help="these rewrites only")
    chosen = parser.parse_args(arguments)
    files = scenarios() if chosen.folder is None else _templates(chosen.folder)
    looked, comparisons, differing = 0, Counter[str](), Counter[str]()
    for path in files:
        if looked >= chosen.files:
            break
        with suppress(InputError):
            body = dict(read_template(path).body)
            started = time.monotonic()
            before = _told(body, as_it_is)
            if before is None or not before.hops or time.monotonic() - started > chosen.seconds:
                continue
            looked += 1
            for each in compared(body, chosen.rewrite or tuple(REWRITES)):
                comparisons[each.rewrite] += 1
                if each.differences:
                    differing[each.rewrite] += 1
                    print(f"{path} {each.rewrite}: {'; '.join(each.differences)[:400]}", flush=True)
    print(f"{looked} templates, {comparisons.total():,} comparisons, {differing.total()} differ")
    for name, number in comparisons.items():
        print(f"{number:6,} {name}: {differing[name]} differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
