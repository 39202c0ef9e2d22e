"""The ways that a figure is the sum of, where there are more of them than anybody lists."""

from __future__ import annotations

import pytest

from seawall.graph import CLASSES, Flow, Hop, Place, Site, Tries
from seawall.retries import Figure, analyse
from seawall.retries.paths import MOST_FURTHER, MOST_PATHS
from seawall.template import Address

HERE = Place(Address("t", "r"))


def diamonds(number: int, tries: int = 1) -> Figure:
    """The figure of the last site behind diamonds in a row: each doubles the ways, and multiplies by `tries`."""
    by_class: dict[str, Tries] = dict.fromkeys(CLASSES, Tries(tries))
    hops = [
        hop
        for at in range(number)
        for side in "ab"
        for hop in (
            Hop(f"{at}", f"{at}{side}", "hop", True, HERE, tries=by_class),
            Hop(f"{at}{side}", f"{at + 1}", "hop", True, HERE),
        )
    ]
    names = dict.fromkeys(name for hop in hops for name in (hop.source, hop.target))
    made = Flow({name: Site(name, "function", works=True) for name in names}, tuple(hops))
    return analyse(made).figure(f"{number}", "error")


@pytest.mark.parametrize(("number", "ways"), [(1, 2), (3, 8), (4, 16), (9, 512)])
def test_the_first_ways_are_listed_and_the_rest_counted(number: int, ways: int) -> None:
    found = diamonds(number)
    listed = min(ways, MOST_PATHS)
    assert (found.count.max, len(found.paths), found.more, found.rest) == (ways, listed, ways - listed, ways - listed)
    assert all(len(path.hops) == 2 * number for path in found.paths)


def test_each_way_is_listed_once() -> None:
    found = diamonds(3)
    assert len({tuple(hop.target for hop in path.hops) for path in found.paths}) == 8


def test_no_more_than_a_thousand_further_ways_are_counted() -> None:
    """2^40 ways: their runs are known all the same."""
    found = diamonds(40)
    assert (found.count.max, len(found.paths), found.more, found.rest) == (2**40, 8, MOST_FURTHER, 2**40 - 8)


def test_each_way_has_its_share() -> None:
    """Three tries in each of two diamonds: 4 ways of 9 runs each."""
    found = diamonds(2, tries=3)
    assert [path.count.max for path in found.paths] == [9, 9, 9, 9]
    assert (found.count.max, found.more, found.rest) == (36, 0, 0)
