"""The kinds of event that a set of patterns tells apart, each with the patterns that let it through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import or_

from .guards import Event, FieldPath, Like, Match, Pattern, Scalar, Symbol
from .patterns import All, AnythingBut, Field, Text, samples

MOST_KINDS = 2_000
"""Kinds that are told apart; beyond it further fields are left open."""

Kind = tuple[int, Event]
"""The bits of the patterns that let it through, and an event of this kind as far as the patterns ask."""


def kinds_of(patterns: Sequence[tuple[int, Pattern]], known: Event) -> tuple[list[Kind], bool]:
    """Kinds of event, none of which is let through by less than another, and whether a field had to be left open.

    `patterns` come with a bit each. Field after field, each kind is split by the values that the patterns tell apart;
    what two kinds of the same bits would be split into is the same, so that one of them is enough. Only where a
    pattern asks for one thing or another (`$or`) its fields are kept apart.

    >>> shop, bank = (Field(("source",), (Text((name,)),)) for name in ("shop", "bank"))
    >>> [bits for bits, _ in kinds_of([(1, shop), (2, bank), (4, shop)], {})[0]]
    [2, 5]
    """
    conjunctions = {bit: _by_field(pattern) for bit, pattern in patterns if _simple(pattern)}
    others = [(bit, pattern) for bit, pattern in patterns if bit not in conjunctions]
    together = sum(bit for bit, pattern in patterns if pattern.match(known) is not Match.NO)
    kinds: dict[object, Kind] = {(together, ()): (together, {})}
    undecided = False
    fields = dict.fromkeys(path for _, pattern in patterns for path in sorted(pattern.fields))
    for path in sorted(fields, key=str):
        values = _values(known.get(path), [pattern for _, pattern in patterns], path)
        if not values or len(kinds) * len(values) > MOST_KINDS * 4:
            undecided |= path not in known
            continue
        split: dict[object, Kind] = {}
        tangled = [(bit, pattern) for bit, pattern in others if path in pattern.fields]
        for value, bits in _through(conjunctions, path, values):
            for on, event in kinds.values():
                now: Event = {**event, path: frozenset((value,))}
                left = on & bits
                for bit, pattern in tangled:
                    if left & bit and pattern.match({**known, **now}) is Match.NO:
                        left &= ~bit
                aside = tuple((each, now[each]) for each in sorted(now, key=str)) if others else ()
                if left:
                    split.setdefault((left, aside), (left, now))
        kinds = split if others else _largest(split)
    return sorted(_largest(kinds).values(), key=lambda kind: kind[0]), undecided


def _values(known: frozenset[Scalar] | None, patterns: Sequence[Pattern], path: FieldPath) -> frozenset[Scalar]:
    """One value for each kind that the patterns tell apart, of those that the field may have. Text of which all or a
    part is not known is one and the same text all the same: what excludes each other does not both let it through.
    """
    if known is None:
        return samples(patterns, path)
    found: set[Scalar] = set()
    for value in known:
        of_its_kind = _kinds_of_text(value, patterns, path) if isinstance(value, (Symbol, Like)) else ()
        found.update(of_its_kind or (value,))
    return frozenset(found)


def _kinds_of_text(value: Symbol | Like, patterns: Sequence[Pattern], path: FieldPath) -> Iterable[Scalar]:
    """The kinds of text that something may be, itself among them where a pattern asks for what is not known either."""
    if not isinstance(value, Like):
        found = samples(patterns, path)
        asked = any(isinstance(each, (Symbol, Like)) for each in found)
        return found | {value} if asked else found
    form = Text(value.parts)
    kinds = samples([*patterns, Field(path, (form,))], path)
    return [each for each in kinds if isinstance(each, str) and form.holds(each) is Match.SURE]


def _simple(pattern: Pattern) -> bool:
    if isinstance(pattern, All):
        return all(_simple(part) for part in pattern.parts)
    return isinstance(pattern, Field)


def _by_field(pattern: Pattern) -> Mapping[FieldPath, list[Field]]:
    found: dict[FieldPath, list[Field]] = {}
    for leaf in pattern.leaves() if isinstance(pattern, (Field, All)) else ():
        found.setdefault(leaf.path, []).append(leaf)
    return found


class _Texts:
    """Bits of patterns by the texts that they ask for: whole ones, beginnings and ends."""

    def __init__(self) -> None:
        self._whole: dict[str, int] = {}
        self._starts: dict[str, int] = {}
        self._ends: dict[str, int] = {}
        self._start_lengths: set[int] = set()
        self._end_lengths: set[int] = set()
        self.bits = 0

    def add(self, bit: int, tests: Iterable[tuple[str, ...]]) -> None:
        """`tests` as the parts of texts."""
        self.bits |= bit
        for parts in tests:
            if len(parts) == 1:
                self._whole[parts[0]] = self._whole.get(parts[0], 0) | bit
            elif parts[0]:
                self._starts[parts[0]] = self._starts.get(parts[0], 0) | bit
                self._start_lengths.add(len(parts[0]))
            else:
                self._ends[parts[1]] = self._ends.get(parts[1], 0) | bit
                self._end_lengths.add(len(parts[1]))

    def asking_for(self, text: str) -> int:
        """Bits of the patterns that a text fits."""
        bits = self._whole.get(text, 0)
        for length in self._start_lengths:
            bits |= self._starts.get(text[:length], 0) if length <= len(text) else 0
        for length in self._end_lengths:
            bits |= self._ends.get(text[len(text) - length :], 0) if length <= len(text) else 0
        return bits


def _through(
    conjunctions: Mapping[int, Mapping[FieldPath, list[Field]]], path: FieldPath, values: Iterable[Scalar]
) -> Iterator[tuple[Scalar, int]]:
    """By value: the bits of the patterns that it does not rule out, all bits of those that do not ask."""
    silent, wanted, unwanted = -1, _Texts(), _Texts()
    worded, other = list[tuple[int, list[Field]]](), list[tuple[int, list[Field]]]()
    for bit, leaves_by_field in conjunctions.items():
        leaves = leaves_by_field.get(path)
        if not leaves:
            continue
        silent &= ~bit
        (but, words) = _words(leaves)
        (other if words is None else worded).append((bit, leaves))
        if words is not None:
            (unwanted if but else wanted).add(bit, words)
    for value in sorted(values, key=repr):
        bits = silent
        if isinstance(value, str):
            bits |= wanted.asking_for(value) | (unwanted.bits & ~unwanted.asking_for(value))
        for bit, leaves in other if isinstance(value, str) else (*other, *worded):
            if all(leaf.match({path: frozenset((value,))}) is not Match.NO for leaf in leaves):
                bits |= bit
        yield value, bits


def _words(leaves: Sequence[Field]) -> tuple[bool, list[tuple[str, ...]] | None]:
    """The texts, beginnings and ends that a pattern asks for, or asks anything but, where it asks for nothing else."""
    tests = leaves[0].tests
    but = len(tests) == 1 and isinstance(tests[0], AnythingBut)
    if but and isinstance(tests[0], AnythingBut):
        tests = tests[0].tests
    found = [test.parts for test in tests if isinstance(test, Text) and not test.folded and _simple_text(test.parts)]
    return but, found if len(leaves) == 1 and len(found) == len(tests) else None


def _simple_text(parts: tuple[str, ...]) -> bool:
    """A whole text, a beginning or an end."""
    return len(parts) == 1 or (len(parts) == 2 and "" in parts and parts != ("", ""))


def _largest(kinds: Mapping[object, Kind]) -> dict[object, Kind]:
    """Without those of which another one is let through by more; as they are where they are very many."""
    by_bits = {on: key for key, (on, _) in reversed(list(kinds.items()))}
    if len(by_bits) > MOST_KINDS:
        return {key: kinds[key] for key in by_bits.values()}
    found = [on for on in by_bits if on] or list(by_bits)
    if sum(on.bit_count() for on in found) == reduce(or_, found, 0).bit_count():  # none within another, the usual case
        return {by_bits[on]: kinds[by_bits[on]] for on in sorted(found)}
    ordered, found = sorted(found, key=lambda on: -on.bit_count()), []
    for on in ordered:
        if not any(on | other == other for other in found if other != on):
            found.append(on)
    return {by_bits[on]: kinds[by_bits[on]] for on in sorted(found)}
