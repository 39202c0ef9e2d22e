"""Strongly connected components of a small graph given by names.

Tarjan 1972, without recursion: https://doi.org/10.1137/0201010
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence


def strong_components(after: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Components, those that follow first; a name alone is one, too.

    >>> list(strong_components({"a": ["b"], "b": ["a", "c"], "c": []}))
    [('c',), ('a', 'b')]
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    held: list[str] = []
    on_held: set[str] = set()
    for root in after:
        if root in index:
            continue
        work: list[tuple[str, Iterator[str]]] = [(root, iter(after[root]))]
        _open(root, index, low, held, on_held)
        while work:
            name, rest = work[-1]
            following = next(rest, None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == index[name]:
                    place = held.index(name)
                    on_held.difference_update(held[place:])
                    yield tuple(held[place:])
                    del held[place:]
            elif following not in index:
                _open(following, index, low, held, on_held)
                work.append((following, iter(after.get(following, ()))))
            elif following in on_held:
                low[name] = min(low[name], index[following])


def _open(name: str, index: dict[str, int], low: dict[str, int], held: list[str], on_held: set[str]) -> None:
    index[name] = low[name] = len(index)
    held.append(name)
    on_held.add(name)
