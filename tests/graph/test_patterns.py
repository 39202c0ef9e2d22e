"""The matcher: each test by hand, and samples and `together` against a direct evaluator."""

from __future__ import annotations

import ipaddress
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seawall.graph.guards import Constant, Event, Match, Symbol
from seawall.graph.patterns import (
    EVERYTHING,
    UNREADABLE,
    All,
    AnyOf,
    AnythingBut,
    Cidr,
    Equals,
    Exists,
    Field,
    Formula,
    Numeric,
    Test,
    Text,
    Undecided,
    described,
    in_words,
    merged,
    samples,
    together,
)
from tests.whole import examples

KEY = ("key",)


def at(*tests: Test, path: tuple[str, ...] = KEY) -> Field:
    return Field(path, tests)


def of(value: object, path: tuple[str, ...] = KEY) -> Event:
    return {path: frozenset((value,))}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("test", "value", "matches"),
    [
        (Text(("a",)), "a", True),
        (Text(("a",)), "A", False),
        (Text(("a",), folded=True), "A", True),
        (Text(("in/", "")), "in/x", True),
        (Text(("in/", "")), "out/in/x", False),
        (Text(("", ".jpg")), "x.jpg", True),
        (Text(("", ".JPG"), folded=True), "x.jpg", True),
        (Text(("ab", "ba")), "aba", False),
        (Text(("ab", "ba")), "abba", True),
        (Text(("a", "b", "c")), "a1b2c", True),
        (Text(("a", "b", "c")), "acb", False),
        (Text(("",)), "", True),
        (Text(("",)), "x", False),
        (Text(("1",)), 1, False),
        (Equals(1), 1, True),
        (Equals(1), Constant.TRUE, False),
        (Equals(1), "1", False),
        (Equals(Constant.TRUE), Constant.TRUE, True),
        (Equals(Constant.NULL), Constant.NULL, True),
        (Equals(Constant.NULL), Constant.ABSENT, False),
        (Numeric(0, 5, with_high=False), 0, True),
        (Numeric(0, 5, with_high=False), 5, False),
        (Numeric(0, 5), "3", False),
        (Cidr("10.0.0.0/24"), "10.0.0.255", True),
        (Cidr("10.0.0.0/24"), "10.0.1.0", False),
        (Cidr("10.0.0.0/24"), "house", False),
        (AnythingBut((Text(("a",)),)), "b", True),
        (AnythingBut((Text(("a",)),)), "a", False),
        (AnythingBut((Text(("a",)),)), 5, True),
        (AnythingBut((Text(("a",)),)), Constant.ABSENT, False),
        (Exists(there=True), "x", True),
        (Exists(there=True), Constant.NULL, True),
        (Exists(there=True), Constant.ABSENT, False),
        (Exists(there=False), Constant.ABSENT, True),
        (Exists(there=False), "x", False),
        (Text(("a",)), ("b", "a"), True),
        (Text(("a",)), ("b", "c"), False),
        (AnythingBut((Text(("a",)),)), ("a", "b"), True),
        (Exists(there=False), (), True),
    ],
)
def test_one_test_on_one_value(test: Test, value: object, matches: bool) -> None:
    assert at(test).match(of(value)) is (Match.SURE if matches else Match.NO)


def test_what_is_not_known_may_match() -> None:
    assert at(Text(("a",))).match({}) is Match.MAYBE
    assert at(Text(("a",))).match({KEY: frozenset(("a", "b"))}) is Match.MAYBE
    assert at(Undecided()).match(of("a")) is Match.MAYBE
    assert at(Undecided()).match(of(Constant.ABSENT)) is Match.NO
    assert at(Text(("a",))).match(of(Symbol("${Name}"))) is Match.MAYBE
    assert at(Equals(Symbol("${Name}"))).match(of(Symbol("${Name}"))) is Match.SURE
    assert at(Equals(Symbol("${Name}"))).match(of("a")) is Match.MAYBE
    assert at(Equals(5)).match(of(5.0)) is Match.MAYBE
    assert UNREADABLE.match({}) is Match.MAYBE
    assert EVERYTHING.match({}) is Match.SURE


def test_an_object_that_is_known_has_no_other_fields() -> None:
    closed: Event = {("detail",): frozenset((Constant.CLOSED,)), ("detail", "a"): frozenset((1,))}
    assert at(Equals(1), path=("detail", "a")).match(closed) is Match.SURE
    assert at(Equals(1), path=("detail", "b")).match(closed) is Match.NO
    assert at(Exists(there=False), path=("detail", "b", "c")).match(closed) is Match.SURE
    assert at(Exists(there=True), path=("detail",)).match(closed) is Match.NO
    assert at(Equals(1), path=("detail", "b")).match({("detail",): frozenset(("text",))}) is Match.NO
    assert at(Equals(1), path=("detail", "b")).match({("detail",): frozenset((Symbol("${X}"),))}) is Match.MAYBE


def test_formulas() -> None:
    a, b = at(Text(("a",))), at(Text(("b",)), path=("other",))
    both = {**of("a"), **of("c", ("other",))}
    assert All((a, b)).match(both) is Match.NO
    assert AnyOf((a, b)).match(both) is Match.SURE
    assert AnyOf((b, All((a, at(Undecided()))))).match(both) is Match.MAYBE
    assert All((a, b)).fields == {KEY, ("other",)}
    assert AnyOf(()).match({}) is Match.NO


@pytest.mark.parametrize(
    ("one", "two", "can"),
    [
        (at(Text(("a",))), at(Text(("b",))), Match.NO),
        (at(Text(("a",)), Text(("b",))), at(Text(("b",)), Text(("c",))), Match.SURE),
        (at(Text(("in/", ""))), at(Text(("in/small/", ""))), Match.SURE),
        (at(Text(("in/", ""))), at(Text(("out/", ""))), Match.NO),
        (at(Text(("in/", ""))), at(Text(("", ".jpg"))), Match.SURE),
        (at(Text(("A", ""), folded=True)), at(Text(("ab", ""))), Match.SURE),
        (at(Text(("aB", ""), folded=True)), at(Text(("AC", ""), folded=True)), Match.NO),
        (at(Text(("a", "c"))), at(Text(("", "b", ""))), Match.SURE),
        (at(Text(("a", "c"))), at(Text(("ab",))), Match.NO),
        (at(Text(("ab", ""))), All((at(Text(("", "ba"))), at(AnythingBut((Text(("ab", "ba")),))))), Match.SURE),
        (at(Text(("in/", ""))), at(AnythingBut((Text(("in/", "")),))), Match.NO),
        (at(Text(("a",))), at(AnythingBut((Text(("a",)), Text(("b",))))), Match.NO),
        (at(Numeric(high=5, with_high=False)), at(Numeric(low=5)), Match.NO),
        (at(Numeric(high=5)), at(Numeric(low=5)), Match.SURE),
        (at(Numeric(0, 1, with_low=False, with_high=False)), at(AnythingBut((Equals(1),))), Match.SURE),
        (at(Equals(5)), at(Text(("5",))), Match.NO),
        (at(Exists(there=False)), at(Exists(there=True)), Match.NO),
        (at(Exists(there=False)), at(AnythingBut((Text(("a",)),))), Match.NO),
        (at(Cidr("10.0.0.0/8")), at(Cidr("10.1.0.0/16")), Match.SURE),
        (at(Cidr("10.0.0.0/8")), at(AnythingBut((Cidr("10.0.0.0/9"), Cidr("10.128.0.0/9")))), Match.NO),
        (at(Equals(Symbol("x"))), at(Equals(Symbol("y"))), Match.MAYBE),
        (at(Equals(Symbol("x"))), at(Text(("y",))), Match.MAYBE),
        (at(Undecided()), at(Text(("y",))), Match.MAYBE),
        (at(Equals(Constant.NULL)), at(Text(("",))), Match.NO),
        (at(Equals(Constant.TRUE)), at(Equals(1)), Match.NO),
        (Field(KEY, (Text(("a",)),), many=True), Field(KEY, (Text(("b",)),), many=True), Match.SURE),
        (AnyOf((at(Text(("a",))), at(Text(("b",)), path=("o",)))), at(Text(("b",))), Match.SURE),
        (EVERYTHING, at(Text(("a",))), Match.SURE),
        (AnyOf(()), EVERYTHING, Match.NO),
    ],
)
def test_two_patterns_on_one_event(one: Formula, two: Formula, can: Match) -> None:
    assert together([one, two]) is can
    assert together([two, one]) is can


def test_together_with_what_is_known() -> None:
    patterns = [at(Text(("a", ""))), at(Text(("", "z")))]
    assert together(patterns, of("abz")) is Match.SURE
    assert together(patterns, of("ab")) is Match.NO
    assert together(patterns, {KEY: frozenset(("ab", "az"))}) is Match.SURE


def test_a_hundred_exclusive_patterns_are_told_apart() -> None:
    patterns = [at(Text((f"kind-{number}",))) for number in range(100)]
    assert len(samples(patterns, KEY)) == 101
    assert together(patterns[:2]) is Match.NO


def test_too_much_is_left_open() -> None:
    wild = [at(Text((f"a{number}", "b", f"{number}c", ""))) for number in range(200)]
    assert samples(wild, KEY) == frozenset()
    assert together(wild[:2] + wild[5:]) is Match.MAYBE


def test_what_is_known_of_one_of_several_events() -> None:
    one: Event = {KEY: frozenset(("a",)), ("detail",): frozenset((Constant.CLOSED,)), ("detail", "x"): frozenset((1,))}
    two: Event = {KEY: frozenset(("b",)), ("detail",): frozenset((Constant.CLOSED,))}
    both = merged([one, two])
    assert both[KEY] == {"a", "b"}
    assert both["detail", "x"] == {1, Constant.ABSENT}
    assert merged([one, {}]) == {}
    assert merged([]) == {}


def test_words() -> None:
    pattern = All((at(Text(("a",)), Text(("in/", "")), Text(("", "z"), folded=True)), at(AnythingBut((Equals(1),)))))
    assert described(pattern) == (
        "(key is a or key begins with in/ or key ends with z in any case) and key is there but not: it is 1"
    )
    assert described(All()) == "anything"
    assert in_words({("detail",): frozenset((Constant.CLOSED,)), KEY: frozenset(("a", "b"))}) == "key a or b"


LETTERS = st.text("abB", max_size=4)
TEXTS = st.builds(
    lambda parts, folded: Text(tuple(parts), folded), st.lists(LETTERS, min_size=1, max_size=3), st.booleans()
)
NUMBERS = st.integers(-3, 3)
RANGES = st.builds(Numeric, st.none() | NUMBERS, st.none() | NUMBERS, st.booleans(), st.booleans())
SIMPLE = TEXTS | RANGES | st.builds(Equals, NUMBERS | st.sampled_from((Constant.NULL, Constant.TRUE)))
TESTS = (
    SIMPLE
    | st.builds(lambda tests: AnythingBut(tuple(tests)), st.lists(SIMPLE, max_size=2))
    | st.builds(Exists, st.booleans())
)
VALUES = st.text("abBz", max_size=7) | NUMBERS | st.sampled_from((Constant.NULL, Constant.TRUE, Constant.ABSENT, 0.5))


def accepts(test: Test, value: object) -> bool:
    """A direct reading of what a test means."""
    if isinstance(test, Exists):
        return test.there is (value is not Constant.ABSENT)
    if value is Constant.ABSENT:
        return False
    if isinstance(test, AnythingBut):
        return not any(accepts(each, value) for each in test.tests)
    if isinstance(test, Text):
        pattern = ".*".join(map(re.escape, test.parts))
        flags = re.DOTALL | (re.IGNORECASE if test.folded else 0)
        return isinstance(value, str) and re.fullmatch(pattern, value, flags) is not None
    if isinstance(test, Numeric):
        if isinstance(value, (str, Constant)):
            return False
        assert isinstance(value, (int, float))
        low = test.low is None or (value >= test.low if test.with_low else value > test.low)
        high = test.high is None or (value <= test.high if test.with_high else value < test.high)
        return low and high
    if isinstance(test, Cidr):
        return ipaddress.ip_address(str(value)) in ipaddress.ip_network(test.network)
    assert isinstance(test, Equals)
    return type(test.value) is type(value) and test.value == value


@settings(deadline=None, max_examples=examples(150))
@given(st.lists(TESTS, min_size=1, max_size=4), VALUES)
def test_match_agrees_with_a_direct_reading(tests: list[Test], value: object) -> None:
    assert at(*tests).match(of(value)) is (Match.SURE if any(accepts(test, value) for test in tests) else Match.NO)


@settings(deadline=None, max_examples=examples(200))
@given(st.lists(TESTS, min_size=1, max_size=4), VALUES)
@example([Equals(Constant.NULL), AnythingBut(()), Text(("", ""))], 0)
@example([*map(Equals, (Constant.NULL, Constant.TRUE, Constant.FALSE)), AnythingBut(()), Text(("", ""))], 7)
def test_every_kind_of_value_has_a_sample(tests: list[Test], value: object) -> None:
    """Whatever value occurs, one of the samples is answered alike by every test; what answers to none needs none."""
    wanted = [accepts(test, value) for test in tests]
    found = samples([at(test) for test in tests], KEY)
    alike = [[accepts(test, each) for test in tests] for each in found]
    if any(wanted):
        assert wanted in alike


@settings(deadline=None, max_examples=examples(150))
@given(st.lists(st.lists(TESTS, min_size=1, max_size=2), min_size=1, max_size=3), st.lists(VALUES, max_size=40))
def test_together_is_never_no_where_a_value_fits(groups: list[list[Test]], values: list[object]) -> None:
    patterns = [at(*tests) for tests in groups]
    can = together(patterns)
    fits = any(all(any(accepts(test, value) for test in tests) for tests in groups) for value in values)
    assert not (fits and can is Match.NO)
    if can is Match.SURE:
        witnesses = samples(patterns, KEY)
        assert any(all(any(accepts(test, each) for test in tests) for tests in groups) for each in witnesses)
