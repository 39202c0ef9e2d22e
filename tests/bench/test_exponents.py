"""The shapes of `make bench-growth` can be read, and a target fails over the exponent that is stated."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.exponents import LIMIT, SHAPES, Grown, Shape
from bench.growing import chain
from seawall.engine import report_of
from seawall.template import load


def test_there_are_thirty_shapes_and_whatever_may_grow_faster_says_why() -> None:
    assert len({shape.name for shape in SHAPES}) == len(SHAPES) >= 30
    assert all(shape.why for shape in SHAPES if shape.limit > LIMIT)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_each_shape_is_read_and_grows_in_step_with_its_number(tmp_path: Path, shape: Shape) -> None:
    sizes = [sum(len(json.dumps(document)) for document in shape.make(n).values()) for n in (40, 80)]
    assert 1.2 < sizes[1] / sizes[0] < 2.5
    for name, document in shape.make(3).items():
        (tmp_path / f"{name}.json").write_text(json.dumps({"AWSTemplateFormatVersion": "2010-09-09", **document}))
    assert report_of(load([tmp_path])).analysis.flow.sites


def test_four_times_the_time_for_four_times_the_size_is_an_exponent_of_one() -> None:
    assert Grown(Shape(chain, 10, 40), 0.5, 2.0).exponent == pytest.approx(1)
    assert not Grown(Shape(chain, 10, 40), 0.5, 8.0).within
