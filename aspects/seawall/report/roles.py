"""Long names said once: after that, what has one is called by what it is, where a finding speaks of no other such."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

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
_LISTS = ("facts", "events", "assumptions", "details", "side_effects")


def with_roles(flow: Flow, names: Names, finding: Finding, shown: Finding) -> Finding:
    """A finding with short names in which long ones of its path are said in the first line and in the path alone."""
    roles = _roles(flow, names, finding)
    if not roles:
        return shown
    words = _words(roles)
    said: dict[str, Any] = {name: tuple(map(words, getattr(shown, name))) for name in _LISTS}
    trace = tuple(replace(mark, role=roles.get(mark.site.partition(" (state ")[0], "")) for mark in shown.trace)
    return replace(shown, trace=trace, fix=shown.fix.called(words), **said)


def _roles(flow: Flow, names: Names, finding: Finding) -> Mapping[str, str]:
    """By name: what sites of a path are called after the first time."""
    path = list(dict.fromkeys(mark.site for mark in finding.trace))
    if len(path) < 2:  # no path is drawn
        return {}
    kinds = {site: flow.sites[site].kind for site in path if site in flow.sites}
    each = Counter(kinds.values())
    return {
        name: _ROLES[kind]
        for site, kind in kinds.items()
        if kind in _ROLES and each[kind] == 1 and len(name := names.short(site)) > LONG
        if not _others(flow, finding, site, kind)
    }


def _others(flow: Flow, finding: Finding, site: str, kind: str) -> bool:
    """Whether a finding speaks of another site of a kind, which the word could mean as well."""
    told = "\n".join((*finding.lines, finding.fix.text, *finding.side_effects, *finding.also))
    alike = (name for name, other in flow.sites.items() if other.kind == kind and name != site)
    return any(name in told and re.search(rf"(?<![\w/]){re.escape(name)}(?![\w/#-])", told) for name in alike)


def _words(roles: Mapping[str, str]) -> Callable[[str], str]:
    either = "|".join(map(re.escape, sorted(roles, key=len, reverse=True)))
    name = re.compile(rf"(?<![\w/.#-])({either})(?![\w/#-]|\.\w|{re.escape(INTERNAL_QUEUE)})")
    return lambda text: name.sub(lambda found: roles[found[1]], text)
