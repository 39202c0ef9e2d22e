"""Long names said once: after that, what has one is called by what it is, where a finding speaks of no other such."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph import Flow, SiteKind
from seawall.rules import Finding

from .names import INTERNAL_QUEUE, Names

LONG = 24
"""Characters of a name that nobody reads again and again."""
_ROLES: Mapping[str, str] = {
    SiteKind.FUNCTION: "the function",
    SiteKind.MACHINE: "the state machine",
    SiteKind.QUEUE: "the queue",
    SiteKind.TOPIC: "the topic",
    SiteKind.BUS: "the bus",
    SiteKind.RULE: "the rule",
    SiteKind.PIPE: "the pipe",
    SiteKind.STREAM: "the stream",
    SiteKind.TABLE: "the table",
    SiteKind.BUCKET: "the bucket",
    SiteKind.API: "the API",
}
_WORD = re.compile(r"\w+")
_LISTS = ("facts", "events", "assumptions", "details", "side_effects")


class Roles(Struct, frozen=True):
    """What long names in the findings of a flow are called after the first time."""

    flow: Flow
    alike: Mapping[tuple[str, str], Sequence[str]]
    """Sites by what they are and by the last word of their name: a text that speaks of one has that word."""

    @classmethod
    def of(cls, flow: Flow) -> Roles:
        """The roles of all sites."""
        alike: dict[tuple[str, str], list[str]] = {}
        for name, site in flow.sites.items():
            if site.kind in _ROLES:
                alike.setdefault((site.kind, (_WORD.findall(name) or [""])[-1]), []).append(name)
        return cls(flow, alike)

    def within(self, names: Names, finding: Finding, shown: Finding) -> Finding:
        """A finding with short names; long ones of its path are said in the first line and in the path alone."""
        roles = self._called(names, finding)
        if not roles:
            return shown
        words = _words(roles)
        said: dict[str, Any] = {name: tuple(map(words, getattr(shown, name))) for name in _LISTS}
        trace = tuple(replace(mark, role=roles.get(mark.site.partition(" (state ")[0], "")) for mark in shown.trace)
        return replace(shown, trace=trace, fix=shown.fix.called(words), **said)

    def _called(self, names: Names, finding: Finding) -> Mapping[str, str]:
        """By name: what sites of a path are called after the first time."""
        path = list(dict.fromkeys(mark.site for mark in finding.trace))
        if len(path) < 2:  # no path is drawn
            return {}
        kinds = {site: self.flow.sites[site].kind for site in path if site in self.flow.sites}
        each = Counter(kinds.values())
        long = {
            site: name
            for site, kind in kinds.items()
            if kind in _ROLES and each[kind] == 1 and len(name := names.short(site)) > LONG
        }
        if not long:
            return {}
        told = "\n".join((*finding.lines, finding.fix.text, *finding.side_effects, *finding.also))
        said = {"", *_WORD.findall(told)}
        return {name: _ROLES[kinds[site]] for site, name in long.items() if not self._others(told, said, site)}

    def _others(self, told: str, words: Iterable[str], site: str) -> bool:
        """Whether a text of these words speaks of another site of the same kind, which the role could mean as well."""
        kind = self.flow.sites[site].kind
        alike = (name for word in words for name in self.alike.get((kind, word), ()) if name != site)
        return any(name in told and re.search(rf"(?<![\w/]){re.escape(name)}(?![\w/#-])", told) for name in alike)


def _words(roles: Mapping[str, str]) -> Callable[[str], str]:
    either = "|".join(map(re.escape, sorted(roles, key=len, reverse=True)))
    name = re.compile(rf"(?<![\w/.#-])({either})(?![\w/#-]|\.\w|{re.escape(INTERNAL_QUEUE)})")
    return lambda text: name.sub(lambda found: roles[found[1]], text)
