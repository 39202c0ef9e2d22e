"""Names as people know them: what the author called a construct, and as much of its path as tells it from others.

`Shop/Orders/Queue` is called `Queue` where nothing else is, `Machine#Charge` is called `Charge in Machine`. Formats
that are read beside others (JSON, SARIF, annotations, tables) keep whole names; so do fingerprints.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Set
from functools import cached_property
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from seawall.cost import Cost
from seawall.engine import Report
from seawall.graph import SiteKind
from seawall.rules import Finding
from seawall.template import App, Resource, Template
from seawall.template.authors import without_hash, written_by_cdk

INTERNAL_QUEUE = " (asynchronous)"
"""How the queue in front of a function that is invoked asynchronously is called, up to the function's name."""


class Names(Struct, frozen=True, dict=True):
    """What to call each site and resource."""

    called: Mapping[str, str] = field(default_factory=dict)
    """By id, of those that are called otherwise; inside of sites left out."""
    inside: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """By id: what follows it in the ids of sites inside, and how these are called, with ``{}`` for the site. The
    longest first."""
    common: str = ""
    """Such as ``Shop/``: what all paths begin with; empty where they have nothing in common."""
    places: Mapping[str, str] = field(default_factory=dict)
    """By id, of those whose logical id has a hash of the CDK's: the path without it."""
    of_template: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By template: what its own sites and resources are called where nothing else is meant."""

    @classmethod
    def of(cls, report: Report) -> Names:
        """The names of everything in `report`."""
        paths: dict[str, tuple[str, ...]] = {}
        by_template: dict[str, dict[str, tuple[str, ...]]] = {}
        for key, template in report.app.templates.items():
            mine = by_template.setdefault(key, {})
            hashed = _hashed(template)
            for resource in template.resources.values():
                mine[resource.site_id] = _steps(resource, hashed)
            paths |= mine
        handles = {site.partition("#")[0] for site in report.analysis.flow.sites}
        whole = cls.whole(report)
        called = {**_shortest(paths, handles), **whole.called}
        return cls(
            called,
            whole.inside,
            _common(report.app),
            {site: path for site, steps in paths.items() if (path := "/".join(steps)) != site},
            {key: _shortest(mine, handles) for key, mine in by_template.items()},
        )

    @classmethod
    def whole(cls, report: Report) -> Names:
        """The same with the whole path of each construct: for the tree of a CDK app."""
        called: dict[str, str] = {}
        inside: dict[str, list[tuple[str, str]]] = {}
        for site in report.analysis.flow.sites.values():
            base, sign, part = site.id.partition("#")
            if sign:
                inside.setdefault(base, []).append((f"#{part}", _inside(part, site.kind)))
            elif site.id.startswith(_OUTSIDE):
                called[site.id] = _outside(site.id)
        longest = {base: tuple(sorted(found, key=lambda each: -len(each[0]))) for base, found in inside.items()}
        return cls(called, longest)

    def short(self, text: str) -> str:
        """`text` with each name as people know it.

        >>> names = Names({"Shop/Queue": "Queue", "Shop/Pay": "Pay"}, {"Shop/Pay": (("#Charge", "Charge in {}"),)})
        >>> names.short("Shop/Queue -> Shop/Pay#Charge, not in WebShop/Queue or a/Shop/Queue")
        'Queue -> Charge in Pay, not in WebShop/Queue or a/Shop/Queue'
        """
        if not self._starts:
            return text
        parts: list[str] = []
        done = 0
        for start in _START.finditer(text):
            if start.start() >= done and start[0] in self._starts and (name := self._name(text, start.start())):
                end = start.start() + len(name)
                end, said = self._within(text, end, name)
                parts += text[done : start.start()], said
                done = end
        return "".join((*parts, text[done:])) if parts else text

    def _name(self, text: str, start: int) -> str:
        """The longest id that begins there; empty where none does."""
        found = ""
        for end in _END.finditer(text, start):
            name = text[start : end.end()]
            if len(name) > self._longest:
                break
            if name in self.called or name in self.inside:
                found = name
        return "" if _GOES_ON.match(text, start + len(found)) else found

    def _within(self, text: str, end: int, name: str) -> tuple[int, str]:
        """What is called so up to where: a site, or one inside it."""
        said = self.called.get(name, name)
        for part, form in self.inside.get(name, ()):
            if text.startswith(part, end) and not _WORD.match(text, end + len(part)):
                return end + len(part), form.format(said)
        return end, said

    @cached_property
    def _starts(self) -> frozenset[str]:
        """The first words of all ids."""
        found = (_END.match(name) for name in (*self.called, *self.inside))
        return frozenset(first[0] for first in found if first)

    @cached_property
    def _longest(self) -> int:
        return max(map(len, (*self.called, *self.inside)), default=0)

    def place(self, name: str) -> str:
        """A name with its path, without what all have in common."""
        base, sign, part = name.partition("#")
        inside = dict(self.inside.get(base, ()))
        shown = self.places.get(base, base).removeprefix(self.common)
        if base.startswith(_OUTSIDE):
            shown = self.called.get(base, base)
        return self.short(name) if sign + part in inside else f"{shown}{sign}{part}"

    def beside(self, name: str, stack: str) -> str:
        """A name for who knows the stack.

        >>> Names(inside={"Shop/Pay": (("#Charge", "Charge in {}"),)}).beside("Shop/Pay#Charge", "Shop")
        'Charge in Pay'
        """
        base, sign, part = name.partition("#")
        shown, form = base.removeprefix(f"{stack}/"), dict(self.inside.get(base, ())).get(sign + part)
        return self.called.get(name, f"{shown}{sign}{part}") if form is None else form.format(shown)

    def within(self, finding: Finding) -> Names:
        """Names for one finding: if all its places are of one template, whose name it says once, that is left out."""
        template = finding.place.address.template
        own = self.of_template.get(template)
        sites = (finding.site, *(mark.site for mark in finding.trace))
        if not own or not all(site.partition("#")[0] in own or site.startswith(_OUTSIDE) for site in sites):
            return self
        if template not in self._in_template:
            self._in_template[template] = replace(self, called={**self.called, **own})
        return self._in_template[template]

    @cached_property
    def _in_template(self) -> dict[str, Names]:
        return {}

    def finding(self, finding: Finding) -> Finding:
        """The same finding with short names in all that is said of it; places stay."""
        return self.within(finding)._shortened(finding)

    def _shortened(self, finding: Finding) -> Finding:
        if not self._starts:
            return finding
        said: dict[str, Any] = {name: self.short(getattr(finding, name)) for name in _TEXTS}
        said |= {name: tuple(map(self.short, getattr(finding, name))) for name in _LISTS}
        trace = tuple(replace(mark, site=self.short(mark.site), note=self.short(mark.note)) for mark in finding.trace)
        if finding.cost is not None:
            said["cost"] = self._cost(finding.cost)
        return replace(
            finding,
            trace=trace,
            fix=finding.fix.called(self.short),
            stop_now=finding.stop_now.called(self.short),
            **said,
        )

    def _cost(self, cost: Cost) -> Cost:
        """The same price with short names."""
        full = cost.saturation
        return replace(
            cost,
            items=tuple(replace(one, site=self.short(one.site)) for one in cost.items),
            assumptions=tuple(map(self.short, cost.assumptions)),
            not_priced=tuple(map(self.short, cost.not_priced)),
            saturation=full and replace(full, site=self.short(full.site), parts=tuple(map(self.short, full.parts))),
        )


WHOLE = Names()
"""Every name as it is."""
_OUTSIDE = "external:"
"""How the id begins of what no template declares."""
_START = re.compile(r"(?<![\w/.:#-])\w+")
_END = re.compile(r"\w+")
_WORD = re.compile(r"\w")
_GOES_ON = re.compile(r"[\w/-]*[\w/]")
"""What stands behind a name that is not yet all of it."""
_NOTHING = re.compile(r"Resource|Default|Service|TaskDef|Handler|Function|Lambda|\d+|.")
"""Names that say nothing without what stands before them: constructs of the CDK have parts of these names."""
_TEXTS = ("site", "headline")
_LISTS = ("facts", "events", "assumptions", "details", "also", "side_effects")


def _steps(resource: Resource, hashed: Mapping[str, str]) -> tuple[str, ...]:
    """The path of a resource as its author knows it."""
    *before, last = resource.site_id.split("/")
    return (*before, hashed.get(last, last) if resource.construct_path is None else last)


def _hashed(template: Template) -> Mapping[str, str]:
    """Logical ids without the hash that the CDK adds, where it wrote the template and they stay apart."""
    if not written_by_cdk(template):
        return {}
    found = {name: said for name in template.resources if (said := without_hash(name))}
    every = Counter(found.get(name, name) for name in template.resources)
    return {name: said for name, said in found.items() if every[said] == 1}


def _shortest(paths: Mapping[str, tuple[str, ...]], handles: Set[str]) -> dict[str, str]:
    """By id: the last steps of its path, as many as no other path ends with. Those that are the id are left out.

    What handles events is told from its like alone: the CDK calls a subscription as the topic.
    """
    ends: Counter[tuple[str, ...]] = Counter()
    among: Counter[tuple[str, ...]] = Counter()
    for name, steps in paths.items():
        for at in range(len(steps)):
            ends[steps[at:]] += 1
            among[steps[at:]] += name in handles
    called: dict[str, str] = {}
    for name, steps in paths.items():
        same = among if name in handles else ends
        telling = [steps[at:] for at in reversed(range(len(steps))) if same[steps[at:]] == 1] or [steps]
        speaking = (each for each in telling[:-1] if not _NOTHING.fullmatch("/".join(each)))
        called[name] = "/".join(next(speaking, telling[0]))
    return {name: said for name, said in called.items() if said != name}


def _inside(part: str, kind: str) -> str:
    """How a site inside another one is called."""
    if kind == SiteKind.ASYNCHRONOUS_QUEUE:
        return f"{{}}{INTERNAL_QUEUE}"
    return f"{part.replace('{', '{{').replace('}', '}}')} in {{}}"


def _outside(site: str) -> str:
    """What no template declares: the last part of an ARN, or the call of a service.

    >>> _outside("external:arn:aws:lambda:us-east-1:111122223333:function:Mail"), _outside("external:polly:synthesize")
    ('Mail (outside the app)', 'polly:synthesize')
    """
    name = site.removeprefix(_OUTSIDE)
    return f"{re.split('[:/]', name)[-1]} (outside the app)" if name.startswith("arn:") else name


def _common(app: App) -> str:
    """The steps that all paths begin with."""
    found: list[str] | None = None
    for resource in app.resources():
        path = resource.site_id.split("/")[:-1]
        found = path if found is None else found
        while found and path[: len(found)] != found:
            found = found[:-1]
    return "/".join(found) + "/" if found else ""
