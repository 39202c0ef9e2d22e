"""How time grows with shapes that grow in one dimension: `python -m bench.exponents [SHAPE ...] [--write FILE]`.

Each shape is checked in two sizes, as whole processes; the exponent is that of processor time, the start taken off: 1
means that twice the size takes twice the time, 2 that it takes four times. It ends with 1 where an exponent is above
the one that is stated for the shape; such a shape is measured again before that is said.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import growing
from .processes import SEAWALL, least, machine, table

LIMIT = 1.3
"""The exponent that a shape may have, where nothing else is stated."""
PAIRS = "each failing state is held against each other one, two for each Map; 20 are named of each"


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape in two sizes and one format."""

    make: Callable[[int], growing.Files]
    small: int
    large: int
    form: str = "text"
    limit: float = LIMIT
    why: str = ""
    """Why it may grow faster."""

    @property
    def name(self) -> str:
        """In words."""
        return f"{self.make.__name__.replace('_', ' ')}, {self.form}"


SHAPES = (
    Shape(growing.chain, 150, 600),
    Shape(growing.chain, 100, 400, "json"),
    Shape(growing.chain, 50, 200, "html"),
    Shape(growing.ring, 150, 600),
    Shape(growing.entries_along_a_chain, 150, 600),
    Shape(growing.fan_out, 400, 1600),
    Shape(growing.fan_out, 200, 800, "json"),
    Shape(growing.fan_in, 150, 600),
    Shape(growing.fan_in, 150, 600, "json"),
    Shape(growing.topics_into_one_queue, 800, 3200),
    Shape(growing.readers, 500, 2000),
    Shape(growing.readers, 250, 1000, "json"),
    Shape(growing.readers_that_send_on, 150, 600),
    Shape(growing.sent_back_by_all, 150, 600),
    Shape(growing.shared_role, 150, 600),
    Shape(growing.shared_role_alone, 150, 600),
    Shape(growing.dead_letter_ring, 200, 800),
    Shape(growing.exclusive_rules, 200, 800),
    Shape(growing.exclusive_rules, 200, 800, "json"),
    Shape(growing.rules_with_exceptions, 200, 800),
    Shape(growing.filtered_subscriptions, 200, 800),
    Shape(growing.filtered_stream, 200, 800),
    Shape(growing.prefixes, 250, 1000),
    Shape(growing.conditions, 10, 40),
    Shape(growing.conditions_on_conditions, 100, 400),
    Shape(growing.stages_of_a_parameter, 60, 240),
    Shape(growing.routes, 400, 1600),
    Shape(growing.row_of_states, 100, 400),
    Shape(growing.row_of_states, 50, 200, "json"),
    Shape(growing.choice, 50, 200, "json"),
    Shape(growing.ring_of_states, 15, 60, "json"),
    Shape(growing.own_handlers, 100, 400),
    Shape(growing.own_handlers, 50, 200, "json", 1.7, PAIRS),
    Shape(growing.handlers_that_go_on, 30, 120, "json", 1.7, PAIRS),
    Shape(growing.sent_on_from_handlers, 100, 400),
    Shape(growing.retries_by_hand, 20, 80),
    Shape(growing.maps, 30, 120, "json", 1.4, PAIRS),
    Shape(growing.wide_parallel, 50, 200, "json"),
    Shape(growing.nested_parallel, 10, 40),
    Shape(growing.machines_that_wait, 300, 1200),
    Shape(growing.nested_stacks, 100, 400),
    Shape(growing.copies, 100, 400),
    Shape(growing.exports, 75, 300),
    Shape(growing.shared_targets, 75, 300),
    Shape(growing.repositories, 10, 40),
    Shape(growing.unrelated, 1000, 4000),
    Shape(growing.nothing_retries, 200, 800),
    Shape(growing.wrong_statements, 200, 800),
)


@dataclass(frozen=True, slots=True)
class Grown:
    """What was measured of a shape, in seconds of processor time without the start."""

    shape: Shape
    small: float
    large: float

    @property
    def exponent(self) -> float:
        """Of time over size."""
        return math.log(self.large / self.small) / math.log(self.shape.large / self.shape.small)

    @property
    def within(self) -> bool:
        """Whether it is as stated."""
        return self.exponent <= self.shape.limit


def grown(shape: Shape, start: float, runs: int = 2) -> Grown:
    """Measure a shape, whose process takes `start` seconds for next to nothing."""
    small, large = (_seconds(shape, n, runs) - start for n in (shape.small, shape.large))
    return Grown(shape, max(small, 0.01), max(large, 0.01))


def _seconds(shape: Shape, n: int, runs: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        for name, document in shape.make(n).items():
            text = json.dumps({"AWSTemplateFormatVersion": "2010-09-09", **document})
            (Path(folder) / f"{name}.json").write_text(text, "utf-8")
        command = [*SEAWALL, "check", "--fail-on", "never", "--format", shape.form, "--output", f"{folder}/out", folder]
        return least(command, runs).processor


def main() -> None:
    """Measure the shapes asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.exponents", description=__doc__)
    parser.add_argument("shapes", nargs="*", metavar="SHAPE", help="words of their names; all by default")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page there, too")
    chosen = parser.parse_args()
    forms = dict.fromkeys(shape.form for shape in SHAPES)
    starts = {form: _seconds(Shape(growing.unrelated, 1, 1, form), 1, 7) for form in forms}
    found: list[Grown] = []
    for shape in SHAPES:
        if not chosen.shapes or any(word in shape.name for word in chosen.shapes):
            one = grown(shape, starts[shape.form])
            if not one.within:
                one = min(one, grown(shape, starts[shape.form], 5), key=lambda each: each.exponent)
            found.append(one)
            over = "" if found[-1].within else "  OVER"
            print(f"{shape.name}: {found[-1].exponent:.2f} of {shape.limit}{over}", file=sys.stderr, flush=True)
    page = PAGE.format(machine=machine(), table=_table(found))
    print(page)
    if chosen.write:
        chosen.write.write_text(page, "utf-8")
    sys.exit(any(not one.within for one in found))


def _table(found: list[Grown]) -> str:
    head = ("shape", "n", "seconds", "n", "seconds", "exponent", "at most")
    rows = [
        [
            one.shape.name,
            f"{one.shape.small:,}",
            f"{one.small:.2f}",
            f"{one.shape.large:,}",
            f"{one.large:.2f}",
            f"{one.exponent:.2f}",
            f"{one.shape.limit}" + (f": {one.shape.why}" if one.shape.why else ""),
        ]
        for one in found
    ]
    return table(head, rows)


PAGE = """\
# How time grows

Written by `make bench-growth`, all of it in one run on one machine: {machine}.

Shapes that grow in one dimension (`bench/growing.py`), each in two sizes: processor time of whole processes without
their start, the smallest of some runs each. An exponent of 1 means that four times the size takes four times the time,
2 that it takes sixteen times. The target fails where an exponent is above the last column.

{table}
"""


if __name__ == "__main__":
    main()
