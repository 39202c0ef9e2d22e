"""Which figures a gap could touch, and how much of a flow no gap touches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from .model import Gap, GapKind

if TYPE_CHECKING:
    from .flow import Flow


_STATED = '{"seawall": {"sends_to": [{"to": "LOGICAL_ID"}]}}'
_STATES = f"state in its Metadata what the code sends: {_STATED}, or never_sends_to where it sends nothing"
_ADVICE: Mapping[GapKind, str] = {
    GapKind.SETTING: "give it a value (--parameter NAME=VALUE for a parameter), name the template as well that it "
    "comes from, or state what it leads to (sends_to in its Metadata)",
    GapKind.CODE: _STATES,
    GapKind.ROLE: f"{_STATES}, or let its role name the ARN of what it sends to, instead of *",
    GapKind.RESOURCE: "name the files as well that are not read here, correct what AWS refuses, or state the hops that "
    "are made (sends_to in its Metadata)",
    GapKind.IMAGE: "answer the question with a statement (seawall explain image-unknown)",
    GapKind.FILE: "put the file where the template says, or run the check in the folder, or on the build (cdk.out, "
    ".aws-sam), that has it",
    GapKind.MISTAKE: "correct it: as it is written, AWS refuses it or it does nothing",
}


def advice(gap: Gap) -> str:
    """What its author can do so that what a gap is of is known."""
    return _ADVICE[gap.what]


HIDING = frozenset({GapKind.FILE, GapKind.RESOURCE})
"""Kinds of gaps behind which whole definitions and resources stand, which may retry themselves."""


class Reach:
    """Sites to which events go on from others; asked for the same ones again, it remembers."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._inside: dict[str, list[str]] = {}
        for site in flow.sites.values():
            if site.inside is not None:
                self._inside.setdefault(site.inside, []).append(site.id)
        self._known: dict[frozenset[str], tuple[str, ...]] = {}

    def of(self, names: Iterable[str]) -> tuple[str, ...]:
        """`names`, as far as they are sites, and everything that an event reaches from there, in order."""
        start = frozenset(name for name in names if name in self._flow.sites)
        if start not in self._known:
            self._known[start] = tuple(sorted(self._closure(start)))
        return self._known[start]

    def _closure(self, start: frozenset[str]) -> set[str]:
        sites: Mapping[str, object] = self._flow.sites
        seen, pending = set(start), list(start)
        while pending:
            name = pending.pop()
            beyond = [hop.target for hop in self._flow.out_of(name)]
            for other in (*beyond, *self._inside.get(name, ())):
                if other not in seen and other in sites:
                    seen.add(other)
                    pending.append(other)
        return seen


def gap_sites(flow: Flow, gaps: Iterable[Gap]) -> frozenset[str]:
    """The sites that some of `gaps` touch."""
    return frozenset(name for gap in gaps for name in gap.touches if name in flow.sites)


def read_percent(flow: Flow, gaps: Iterable[Gap]) -> int:
    """The share of the sites that none of `gaps` touches, in whole percents; 100 only where that is all of them.

    >>> from seawall.graph import Flow, Site
    >>> flow = Flow({name: Site(name, "function") for name in "abc"}, ())
    >>> read_percent(flow, [Gap("a", "P", "a parameter", touches=("a",))]), read_percent(flow, [])
    (66, 100)
    """
    every = tuple(gaps)
    if not flow.sites:
        return 0 if every else 100
    return (len(flow.sites) - len(gap_sites(flow, every))) * 100 // len(flow.sites)
