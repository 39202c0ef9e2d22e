"""The matcher of event patterns: whether an event matches, whether several patterns can match one event, and samples.

A pattern is a formula without negation over tests of single fields, as in EventBridge's language, SNS filter policies,
filters of streams and queues, and notifications of buckets. Which operator means what is said where each language is
read (`seawall.services.pattern_language`); here stands only what the tests mean.

Whether patterns can hold together is decided with one sample for each kind of value that their tests tell apart (a
finite set: between two neighbouring numbers all numbers are alike). For text, the kinds are the reachable acceptance
vectors of the product automaton of all tests, each with a shortest word.
"""

from __future__ import annotations

import ipaddress
import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias

from msgspec import Struct

from .guards import Atom, Constant, Event, FieldPath, Like, Match, Pattern, Scalar, Symbol

MOST_SAMPLES = 2_000
"""Kinds of value of one field that are told apart; beyond it the field stays undecided."""
MOST_STATES = 3_000
"""States of the product automaton of the tests of one field."""
MOST_WORK = 400_000
"""Steps of that automaton, each for one test."""
MOST_CONJUNCTIONS = 256
"""Alternatives of several patterns taken together that are looked at; beyond it the answer is MAYBE."""


def _sure(holds: bool) -> Match:
    return Match.SURE if holds else Match.NO


class Equals(Struct, frozen=True):
    """The value itself: a number, a constant or a symbol; for text there is `Text` of one part."""

    value: Atom

    def holds(self, atom: Atom) -> Match:
        """Whether `atom` is the value; numbers may be compared as they are written, so ``5.0`` need not be ``5``."""
        if isinstance(self.value, (Symbol, Like)) or isinstance(atom, (Symbol, Like)):
            return Match.SURE if self.value == atom else _symbolic(atom)
        if isinstance(self.value, (int, float)) and isinstance(atom, (int, float)) and self.value == atom:
            return Match.SURE if type(self.value) is type(atom) else Match.MAYBE
        return _sure(type(self.value) is type(atom) and self.value == atom)


class Text(Struct, frozen=True):
    """Text made of literal parts with anything between them: ``("a",)`` is ``a``, ``("a", "")`` begins with ``a``."""

    parts: tuple[str, ...]
    folded: bool = False
    """Upper and lower case are alike."""

    def holds(self, atom: Atom) -> Match:
        """Whether `atom` is such text."""
        if isinstance(atom, (Symbol, Like)):
            return Match.MAYBE
        if not isinstance(atom, str):
            return Match.NO
        parts, text = self.parts, atom
        if self.folded:
            parts, text = tuple(part.lower() for part in parts), atom.lower()
        return _sure(_fits(parts, text))


class Numeric(Struct, frozen=True):
    """A number within bounds; None where there is no bound."""

    low: float | None = None
    high: float | None = None
    with_low: bool = True
    with_high: bool = True

    def holds(self, atom: Atom) -> Match:
        """Whether `atom` is such a number."""
        if isinstance(atom, (Symbol, Like)):
            return Match.MAYBE
        if isinstance(atom, (str, Constant)):
            return Match.NO
        above = self.low is None or atom > self.low or (self.with_low and atom == self.low)
        below = self.high is None or atom < self.high or (self.with_high and atom == self.high)
        return _sure(above and below)


class Cidr(Struct, frozen=True):
    """An address within a network, written as ``10.0.0.0/24``."""

    network: str

    def holds(self, atom: Atom) -> Match:
        """Whether `atom` is such an address."""
        if isinstance(atom, (Symbol, Like)):
            return Match.MAYBE
        address = _address(atom) if isinstance(atom, str) else None
        return _sure(address is not None and address in ipaddress.ip_network(self.network, strict=False))


class AnythingBut(Struct, frozen=True):
    """Any value that is there, but those that fit one of the tests."""

    tests: tuple[Test, ...]

    def holds(self, atom: Atom) -> Match:
        """Whether `atom` fits none of the tests."""
        worst = max((test.holds(atom) for test in self.tests), default=Match.NO)
        return Match(Match.SURE - worst)


class Exists(Struct, frozen=True):
    """The field is there, or is not."""

    there: bool

    def holds(self, atom: Atom) -> Match:
        """`atom` is there: it stands for the field."""
        return _sure(self.there is (atom is not Constant.ABSENT))


class Undecided(Struct, frozen=True):
    """A test that cannot be decided: an operator that is not known, or a value that only the deployment knows."""

    why: str = ""

    def holds(self, _: Atom) -> Match:
        """Never known, except that something has to be there."""
        return Match.MAYBE


Test: TypeAlias = "Equals | Text | Numeric | Cidr | AnythingBut | Exists | Undecided"


class Field(Struct, frozen=True):
    """One field fits one of the tests."""

    path: FieldPath
    tests: tuple[Test, ...]
    many: bool = False
    """The field holds an array in every event, so that two tests may be met by two of its entries."""

    @property
    def fields(self) -> frozenset[FieldPath]:
        """This field."""
        return frozenset((self.path,))

    def leaves(self) -> Iterator[Field]:
        """Itself."""
        yield self

    def match(self, event: Event) -> Match:
        """Whether the field fits, of an event that is known in part."""
        values = known_at(event, self.path)
        if values is None:
            return Match.MAYBE
        found = {self._fits(value) for value in values}
        return found.pop() if len(found) == 1 else Match.MAYBE

    def _fits(self, value: Scalar) -> Match:
        if isinstance(value, tuple):
            return max((self._atom(atom) for atom in value or (Constant.ABSENT,)), default=Match.NO)
        return self._atom(value)

    def _atom(self, atom: Atom) -> Match:
        if atom in (Constant.ABSENT, Constant.CLOSED):  # an object is no value: what looks for one finds none
            return _sure(any(isinstance(test, Exists) and not test.there for test in self.tests))
        if isinstance(atom, Like):
            return self._like(Text(atom.parts))
        return max((test.holds(atom) for test in self.tests), default=Match.NO)

    def _like(self, known: Text) -> Match:
        """Of text that is known in part: whether all that it can be fits, or none of it."""
        kinds = _samples(frozenset((*self.tests, known)))
        found = {self._atom(kind) for kind in kinds if isinstance(kind, str) and known.holds(kind) is Match.SURE}
        return found.pop() if len(found) == 1 else Match.MAYBE

    def samples(self, path: FieldPath) -> frozenset[Scalar]:
        """One value for each kind that the tests tell apart."""
        return samples((self,), path)


class _Parts(Struct, frozen=True):
    parts: tuple[Formula, ...] = ()

    @property
    def fields(self) -> frozenset[FieldPath]:
        """Fields of all parts."""
        return frozenset(leaf.path for leaf in self.leaves())

    def leaves(self) -> Iterator[Field]:
        """The tests of single fields in it."""
        return itertools.chain.from_iterable(part.leaves() for part in self.parts)

    def samples(self, path: FieldPath) -> frozenset[Scalar]:
        """One value of the field for each kind that the tests tell apart."""
        return samples(self.parts, path)


class All(_Parts, frozen=True):
    """Every part holds; without parts, always."""

    def match(self, event: Event) -> Match:
        """The worst of the parts."""
        return min((part.match(event) for part in self.parts), default=Match.SURE)


class AnyOf(_Parts, frozen=True):
    """At least one part holds; without parts, never."""

    def match(self, event: Event) -> Match:
        """The best of the parts."""
        return max((part.match(event) for part in self.parts), default=Match.NO)


Formula: TypeAlias = "Field | All | AnyOf"
EVERYTHING = All()
"""The pattern that every event matches."""
UNREADABLE = Field((), (Undecided("the pattern cannot be read"),))
"""A pattern that cannot be read: whether an event matches is not known."""


def known_at(event: Event, path: FieldPath) -> frozenset[Scalar] | None:
    """The values that a field may have; None where nothing is known of it.

    Below a value that is no object, and in an object of which every field is known, it is absent.
    """
    values = event.get(path)
    if values is not None:
        return values
    for length in range(len(path)):
        above = event.get(path[:length])
        if above is not None:
            return _NOTHING if all(not isinstance(value, (Symbol, Like, tuple)) for value in above) else None
    return None


_NOTHING: frozenset[Scalar] = frozenset((Constant.ABSENT,))


def together(patterns: Sequence[Pattern], event: Event | None = None) -> Match:
    """Whether one event, of which `event` is known, can match all of `patterns`; NO says that they exclude each other.

    >>> placed = Field(("detail-type",), (Text(("OrderPlaced",)),))
    >>> together([placed, Field(("detail-type",), (Text(("Order", "")),))])
    <Match.SURE: 2>
    >>> together([placed, Field(("detail-type",), (Text(("", "Cancelled")),))])
    <Match.NO: 0>
    """
    formulas = [pattern for pattern in patterns if isinstance(pattern, (Field, All, AnyOf))]
    if len(formulas) != len(patterns):
        return Match.MAYBE
    known = event or {}
    best = Match.NO
    for number, conjunction in enumerate(_conjunctions(All(tuple(formulas)))):
        if number >= MOST_CONJUNCTIONS:
            return Match.MAYBE
        best = max(best, _satisfiable(conjunction, known))
        if best is Match.SURE:
            break
    return best


def _conjunctions(formula: Formula) -> Iterator[tuple[Field, ...]]:
    """The disjunctive normal form, one conjunction at a time."""
    if isinstance(formula, Field):
        yield (formula,)
    elif isinstance(formula, AnyOf):
        for part in formula.parts:
            yield from _conjunctions(part)
    elif not formula.parts:
        yield ()
    else:
        for first in _conjunctions(formula.parts[0]):
            for rest in _conjunctions(All(formula.parts[1:])):
                yield (*first, *rest)


def _satisfiable(conjunction: Iterable[Field], event: Event) -> Match:
    by_path: dict[FieldPath, list[Field]] = {}
    for leaf in conjunction:
        by_path.setdefault(leaf.path, []).append(leaf)
    return min((_one_value(leaves, event) for leaves in by_path.values()), default=Match.SURE)


def _one_value(leaves: list[Field], event: Event) -> Match:
    """Whether one value of a field fits all the `leaves` on it."""
    values = known_at(event, leaves[0].path)
    if any(leaf.many for leaf in leaves):
        return min(leaf.match(event) if values is not None else Match.SURE for leaf in leaves)
    if values is None:
        values = samples(leaves, leaves[0].path)
        if not values:
            return Match.MAYBE
    return max((_all_fit(leaves, value) for value in values), default=Match.NO)


def _all_fit(leaves: list[Field], value: Scalar) -> Match:
    """Whether a value fits all the `leaves`; text that is known in part has to fit them with one text."""
    worst = min(leaf._fits(value) for leaf in leaves)
    if worst is not Match.MAYBE or not isinstance(value, Like) or len(leaves) == 1:
        return worst
    known = Field(leaves[0].path, (Text(value.parts),))
    return _one_value([*leaves, known], {})


def samples(patterns: Iterable[Pattern], path: FieldPath) -> frozenset[Scalar]:
    """Values of one field, one for each kind that the tests of all `patterns` together tell apart.

    Empty where that cannot be decided: the field is then best left open. `Constant.ABSENT` is among them only where a
    test asks for it.

    >>> sorted(samples([Field(("k",), (Text(("in/", "")), Text(("", ".jpg"))))], ("k",)), key=len)[-1].endswith(".jpg")
    True
    """
    leaves: dict[Field, None] = {}
    for pattern in patterns:
        if isinstance(pattern, (Field, All, AnyOf)):
            leaves.update((leaf, None) for leaf in pattern.leaves() if leaf.path == path)
    if any(leaf.many for leaf in leaves):
        return frozenset()
    return _samples(frozenset(test for leaf in leaves for test in leaf.tests))


@lru_cache(maxsize=4_096)
def _samples(tests: frozenset[Test]) -> frozenset[Scalar]:
    flat = frozenset(_flat(tests))
    words = _words(flat)
    if words is None:
        return frozenset()
    found: set[Scalar] = set(words)
    found.update(test.value for test in flat if isinstance(test, Equals) and not isinstance(test.value, (int, float)))
    found.update(_numbers(flat))
    if any(isinstance(test, Exists) and not test.there for test in flat):
        found.add(Constant.ABSENT)
    if any(isinstance(test, Text) and not any(test.parts) for test in flat):
        found.add(_no_text(flat))
    return frozenset(found) if len(found) <= MOST_SAMPLES else frozenset()


def _no_text(tests: Iterable[Test]) -> Scalar:
    """A value that is no text and that no test names; numbers that bounds tell apart are samples anyway."""
    named = {test.value for test in tests if isinstance(test, Equals)}
    return next((each for each in (Constant.NULL, Constant.TRUE, Constant.FALSE) if each not in named), 0)


def _flat(tests: Iterable[Test]) -> Iterator[Test]:
    for test in tests:
        if isinstance(test, AnythingBut):
            yield from _flat(test.tests)
        else:
            yield test


def _numbers(tests: frozenset[Test]) -> list[int | float]:
    """Each boundary, one number between any two, one below and one above all."""
    bounds = {test.value for test in tests if isinstance(test, Equals) and isinstance(test.value, (int, float))}
    for test in tests:
        if isinstance(test, Numeric):
            bounds.update(bound for bound in (test.low, test.high, 0) if bound is not None)
    ordered = sorted(bounds)
    if not ordered:
        return []
    between = [(low + high) / 2 for low, high in itertools.pairwise(ordered)]
    return [ordered[0] - 1, *ordered, *between, ordered[-1] + 1]


def _words(tests: frozenset[Test]) -> set[str] | None:
    """Texts, one for each kind; None where there are too many."""
    texts = [test for test in tests if isinstance(test, Text)]
    networks = [test for test in tests if isinstance(test, Cidr)]
    exact = frozenset(test.parts[0] for test in texts if len(test.parts) == 1 and not test.folded)
    others = [test for test in texts if len(test.parts) > 1 or test.folded]
    if networks:
        return None if others else {*exact, *_addresses(networks), _filler(texts)}
    if any(test.folded or len(test.parts) > 2 or all(test.parts) for test in others):
        return _by_automaton(exact, others)
    begins = {""} | {test.parts[0] for test in others}
    ends = {""} | {test.parts[1] for test in others}
    if len(begins) * len(ends) > MOST_SAMPLES:
        return None
    filler = _filler(texts)
    return {*exact, *(begin + filler + end for begin, end in itertools.product(begins, ends))}


def _filler(texts: Iterable[Text]) -> str:
    """A character that no test asks for."""
    used = {letter for text in texts for part in text.parts for letter in part}
    return next(letter for letter in itertools.chain("~#%+=", map(chr, range(0x4E00, 0x9FFF))) if letter not in used)


def _addresses(networks: list[Cidr]) -> Iterator[str]:
    """An address for each stretch between two boundaries."""
    for test in networks:
        network = ipaddress.ip_network(test.network, strict=False)
        yield str(network.network_address)
        behind = int(network.broadcast_address) + 1
        if behind < 2**network.max_prefixlen:
            yield str(type(network.network_address)(behind))


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _fits(parts: tuple[str, ...], text: str) -> bool:
    """Whether `text` is the parts in order, with anything between them."""
    if len(parts) == 1:
        return text == parts[0]
    first, last = parts[0], parts[-1]
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in parts[1:-1]:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


class _Automaton:
    """A test on text as a non-deterministic automaton; a state is a set of positions, kept as bits."""

    def __init__(self, test: Text) -> None:
        self.letters: list[str] = []
        self.loops = 0
        """Positions at which anything may be skipped."""
        for index, part in enumerate(test.parts):
            if index:
                self.loops |= 1 << len(self.letters)
            self.letters += part.lower() if test.folded else part
        self.folded = test.folded
        self.accepting = 1 << len(self.letters)
        self._masks: dict[str, int] = {}

    def step(self, state: int, letter: str) -> int:
        mask = self._masks.get(letter)
        if mask is None:
            seen = letter.lower() if self.folded else letter
            mask = sum(1 << index for index, wanted in enumerate(self.letters) if wanted == seen)
            self._masks[letter] = mask
        return ((state & mask) << 1) | (state & self.loops)


def _by_automaton(exact: frozenset[str], others: list[Text]) -> set[str] | None:
    """A shortest word for each reachable set of tests that accept it (breadth first over the product automaton)."""
    automata = [_Automaton(test) for test in others]
    letters = {letter for text in exact for letter in text}
    for test in others:
        for letter in itertools.chain.from_iterable(test.parts):
            letters.update((letter.lower(), letter.upper()) if test.folded else letter)
    alphabet = [*sorted(letter for letter in letters if len(letter) == 1), _filler([*others, *map(_exactly, exact)])]
    begun = {text[:length] for text in exact for length in range(len(text) + 1)}
    start: tuple[str | None, ...] = ("" if begun else None,)
    first = (start[0], tuple(1 for _ in automata))
    seen: set[tuple[str | None, tuple[int, ...]]] = {first}
    kinds: dict[tuple[bool, ...], str] = {}
    words, queue = set(exact), deque([("", first)])
    work = 0
    while queue:
        word, (literal, states) = queue.popleft()
        if literal is None or literal not in exact:
            accepts = tuple(bool(state & each.accepting) for state, each in zip(states, automata, strict=True))
            kinds.setdefault(accepts, word)
        for letter in alphabet:
            work += len(automata)
            after = None if literal is None or literal + letter not in begun else literal + letter
            state = (after, tuple(each.step(one, letter) for one, each in zip(states, automata, strict=True)))
            if state not in seen:
                seen.add(state)
                queue.append((word + letter, state))
        if len(seen) > MOST_STATES or work > MOST_WORK:
            return None
    return words | set(kinds.values())


def _exactly(text: str) -> Text:
    return Text((text,))


def merged(events: Iterable[Event]) -> Event:
    """What is known of an event that is one of `events`: the fields that all of them know, with all their values."""
    every = list(events)
    found: dict[FieldPath, frozenset[Scalar]] = {}
    for path in dict.fromkeys(itertools.chain.from_iterable(every)):
        values = [known_at(event, path) for event in every]
        if None not in values:
            found[path] = frozenset().union(*filter(None, values))
    return found


def described(pattern: Pattern) -> str:
    """A pattern in words.

    >>> described(All((Field(("source",), (Text(("shop",)),)), Field(("detail", "sum"), (Numeric(low=5),)))))
    'source is shop and detail.sum is at least 5'
    """
    return _formula(pattern) if isinstance(pattern, (Field, All, AnyOf)) else "a pattern"


def _formula(formula: Formula) -> str:
    if isinstance(formula, Field):
        name = ".".join(formula.path) or "it"
        return " or ".join(f"{name} {_test(test)}" for test in formula.tests) or f"{name} matches nothing"
    if isinstance(formula, All):
        return " and ".join(_bracketed(part) for part in formula.parts) or "anything"
    return " or ".join(_bracketed(part) for part in formula.parts) or "nothing"


def _bracketed(formula: Formula) -> str:
    text = _formula(formula)
    several = len(formula.tests) if isinstance(formula, Field) else len(formula.parts)
    return f"({text})" if several > 1 else text


def _test(test: Test) -> str:
    if isinstance(test, Equals):
        return f"is {word(test.value)}"
    if isinstance(test, Text):
        return _text(test) + (" in any case" if test.folded else "")
    if isinstance(test, Numeric):
        low = None if test.low is None else f"{'at least' if test.with_low else 'above'} {test.low:g}"
        high = None if test.high is None else f"{'at most' if test.with_high else 'below'} {test.high:g}"
        return "is " + (" and ".join(filter(None, (low, high))) or "a number")
    if isinstance(test, Cidr):
        return f"lies in {test.network}"
    if isinstance(test, AnythingBut):
        return "is there but not: it " + " or ".join(_test(each) for each in test.tests)
    if isinstance(test, Exists):
        return "exists" if test.there else "is absent"
    return f"fits what cannot be decided ({test.why})" if test.why else "fits what cannot be decided"


def _text(test: Text) -> str:
    if len(test.parts) == 1:
        return f"is {word(test.parts[0])}"
    if len(test.parts) == 2 and not test.parts[1]:
        return f"begins with {word(test.parts[0])}"
    if len(test.parts) == 2 and not test.parts[0]:
        return f"ends with {word(test.parts[1])}"
    return f"is like {'*'.join(test.parts)}"


def word(value: Scalar) -> str:
    """A value for a reader."""
    if isinstance(value, Constant):
        return value.value
    if isinstance(value, Symbol):
        return value.text
    if isinstance(value, Like):
        return "*".join(value.parts)
    if isinstance(value, tuple):
        return "[" + ", ".join(word(atom) for atom in value) + "]"
    return repr(value) if isinstance(value, str) and (not value or value != value.strip()) else str(value)


def in_words(event: Event) -> str:
    """What is known of an event, for a reader.

    >>> in_words({("source",): frozenset({"shop"}), ("detail-type",): frozenset({"OrderPlaced"})})
    'detail-type OrderPlaced and source shop'
    """
    told = []
    for path, values in sorted(event.items()):
        names = sorted(word(value) for value in values if value is not Constant.CLOSED)
        if names:
            told.append(f"{'.'.join(path)} {' or '.join(names)}")
    return " and ".join(told)


def _symbolic(atom: Atom) -> Match:
    return Match.MAYBE if isinstance(atom, (str, Symbol, Like)) else Match.NO
