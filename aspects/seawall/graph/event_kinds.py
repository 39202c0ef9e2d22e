"""The kinds of event that a set of patterns tells apart, each with the patterns that let it through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from .guards import Event, FieldPath, Match, Pattern, Scalar
from .patterns import All, Field, Text, samples

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
        values = known.get(path) or samples([pattern for _, pattern in patterns], path)
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


def _simple(pattern: Pattern) -> bool:
    if isinstance(pattern, All):
        return all(_simple(part) for part in pattern.parts)
    return isinstance(pattern, Field)


def _by_field(pattern: Pattern) -> Mapping[FieldPath, list[Field]]:
    found: dict[FieldPath, list[Field]] = {}
    for leaf in pattern.leaves() if isinstance(pattern, (Field, All)) else ():
        found.setdefault(leaf.path, []).append(leaf)
    return found


def _through(
    conjunctions: Mapping[int, Mapping[FieldPath, list[Field]]], path: FieldPath, values: Iterable[Scalar]
) -> Iterator[tuple[Scalar, int]]:
    """By value: the bits of the patterns that it does not rule out, all bits of those that do not ask."""
    silent, exact = -1, dict[Scalar, int]()
    worded, other = list[tuple[int, list[Field]]](), list[tuple[int, list[Field]]]()
    for bit, leaves_by_field in conjunctions.items():
        leaves = leaves_by_field.get(path)
        if not leaves:
            continue
        silent &= ~bit
        words = _words(leaves)
        (other if words is None else worded).append((bit, leaves))
        for word in words or ():
            exact[word] = exact.get(word, 0) | bit
    for value in sorted(values, key=repr):
        bits = silent | exact.get(value, 0) if isinstance(value, str) else silent
        for bit, leaves in other if isinstance(value, str) else (*other, *worded):
            if all(leaf.match({path: frozenset((value,))}) is not Match.NO for leaf in leaves):
                bits |= bit
        yield value, bits


def _words(leaves: Sequence[Field]) -> frozenset[str] | None:
    """The texts that a pattern asks for, where it asks for nothing else; None otherwise."""
    if len(leaves) != 1:
        return None
    tests = leaves[0].tests
    if not all(isinstance(test, Text) and len(test.parts) == 1 and not test.folded for test in tests):
        return None
    return frozenset(test.parts[0] for test in tests if isinstance(test, Text))


def _largest(kinds: Mapping[object, Kind]) -> dict[object, Kind]:
    """Without those of which another one is let through by more; as they are where they are very many."""
    by_bits = {on: key for key, (on, _) in reversed(list(kinds.items()))}
    if len(by_bits) > MOST_KINDS:
        return {key: kinds[key] for key in by_bits.values()}
    ordered = sorted(by_bits, key=lambda on: -on.bit_count())
    found: list[int] = []
    for on in ordered:
        if not any(on | other == other for other in found if other != on):
            found.append(on)
    return {by_bits[on]: kinds[by_bits[on]] for on in sorted(found)}
