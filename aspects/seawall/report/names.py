"""Names relative to what all of them have in common: with one template or stack, its name is not said each time.

Formats that are read beside others (JSON, SARIF, annotations, tables) keep whole names; so do fingerprints.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from seawall.cost import Cost
from seawall.engine import Report
from seawall.graph import SiteKind
from seawall.rules import Finding


class Names(Struct, frozen=True):
    """What is left out before names."""

    common: str = ""
    """Such as ``Shop/``; empty where names have nothing in common."""
    of_template: Mapping[str, str] = field(default_factory=dict)
    """The same of the names of one template each."""
    queues: bool = False
    """The queue in front of a function that is invoked asynchronously is called by that name."""

    @classmethod
    def of(cls, report: Report) -> Names:
        """What the names of all resources begin with, and those of each template."""
        by_template: dict[str, list[list[str]]] = {}
        for resource in report.app.resources():
            by_template.setdefault(resource.address.template, []).append(resource.site_id.split("/")[:-1])
        shared = {key: _shared(paths) for key, paths in by_template.items()}
        sites = report.analysis.flow.sites.values()
        queues = not any(site.id.endswith(_QUEUE) and site.kind == SiteKind.STATE for site in sites)
        return cls(_prefix(_shared(shared.values())), {key: _prefix(each) for key, each in shared.items()}, queues)

    def short(self, text: str) -> str:
        """`text` without it, wherever a name begins.

        >>> Names("Shop/").short("Shop/Queue -> Shop/Worker, not in WebShop/Queue or a/Shop/Queue")
        'Queue -> Worker, not in WebShop/Queue or a/Shop/Queue'
        >>> Names("Shop/", queues=True).short("Shop/Worker#async waits")
        "Worker's async queue waits"
        """
        if self.queues and _QUEUE in text:
            text = _ASYNCHRONOUS.sub("'s async queue", text)
        if not self.common:
            return text
        return re.sub(rf"(?<![\w/.:#-]){re.escape(self.common)}(?=\w)", "", text)

    def within(self, finding: Finding) -> Names:
        """What the places of one finding have in common, if they are of one template: its own name says it once."""
        own = self.of_template.get(finding.place.address.template, "")
        sites = (finding.site, *(mark.site for mark in finding.trace))
        return replace(self, common=own) if own and all(site.startswith(own) for site in sites) else self

    def finding(self, finding: Finding) -> Finding:
        """The same finding with short names in all that is said of it; places stay."""
        return self.within(finding)._shortened(finding)

    def _shortened(self, finding: Finding) -> Finding:
        if not (self.common or self.queues):
            return finding
        said: dict[str, Any] = {name: self.short(getattr(finding, name)) for name in _TEXTS}
        said |= {name: tuple(map(self.short, getattr(finding, name))) for name in _LISTS}
        trace = tuple(replace(mark, site=self.short(mark.site), note=self.short(mark.note)) for mark in finding.trace)
        changes = tuple(replace(one, do=self.short(one.do), effect=self.short(one.effect)) for one in finding.changes)
        if finding.cost is not None:
            said["cost"] = self._cost(finding.cost)
        return replace(finding, trace=trace, changes=changes, **said)

    def _cost(self, cost: Cost) -> Cost:
        """The same price with short names."""
        full = cost.saturation
        return replace(
            cost,
            items=tuple(replace(one, site=self.short(one.site)) for one in cost.items),
            assumptions=tuple(map(self.short, cost.assumptions)),
            not_priced=tuple(map(self.short, cost.not_priced)),
            saturation=full and replace(full, site=self.short(full.site)),
        )


WHOLE = Names()
"""Nothing is left out."""
_QUEUE = "#async"
"""How the id ends of the queue in front of a function that is invoked asynchronously."""
_ASYNCHRONOUS = re.compile(rf"{_QUEUE}(?![\w/-])")
_TEXTS = ("site", "headline", "fix", "stop_now")
_LISTS = ("facts", "events", "assumptions", "details", "also", "side_effects")


def _prefix(steps: list[str]) -> str:
    return "/".join(steps) + "/" if steps else ""


def _shared(paths: Iterable[list[str]]) -> list[str]:
    """The longest beginning that all have."""
    found: list[str] | None = None
    for path in paths:
        if found is None:
            found = path
        while found and path[: len(found)] != found:
            found = found[:-1]
    return found or []
