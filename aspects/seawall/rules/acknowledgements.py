"""Acknowledgements: where authors state them, and which findings they accept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph import Gap
from seawall.template import PLUGIN, Address, App, Json, Props, Resource, Template

from .model import Finding

KEY = "seawall"
GAP = "gap"
"""What acknowledgements call something that was met and not understood, where rules have their ids."""


class Acknowledgement(Struct, frozen=True):
    """An author's statement that a finding is accepted, and why."""

    rule: str
    """The rule's id, without the ``Seawall::`` before it."""
    reason: str
    where: str
    """Construct path or site id at which it was stated; empty for the whole app."""
    by: str = "acknowledgement"
    """`acknowledgement` (CDK), `metadata` (template) or `baseline`."""
    changed: bool = False
    """The finding is not what it was when that was stated, as the reason says."""
    until: str = ""
    """The last day on which it holds, as ``2027-03-01``; empty: for ever."""
    owner: str = ""
    """Who answers for it."""
    app: str = ""
    """The app that states it, of several; it holds in that one only."""

    @property
    def why_not(self) -> str:
        """Why it does not hold (any more); empty where it does."""
        if not self.until:
            return ""
        try:
            last = date.fromisoformat(self.until)
        except ValueError:
            return f"until is no date such as 2027-03-01: {self.until}"
        by = f"; {self.owner} answers for it" if self.owner else ""
        return f"it ended on {self.until}{by}" if last < today() else ""

    def covers(self, finding: Finding, resource: Resource | None) -> bool:
        """Whether it was stated for this rule at the finding's resource or a construct around it, or around
        everything else that the finding concerns: who sends an event back may acknowledge the loop.
        """
        if finding.rule != self.rule or self._of_another(resource):
            return False
        names = _names(finding, resource)
        return any(map(self._around, names)) or (bool(finding.also) and all(map(self._around, finding.also)))

    def covers_gap(self, gap: Gap, resource: Resource | None) -> bool:
        """Whether it accepts gaps, and was stated at the gap's resource or a construct around it."""
        names = [gap.site, *([resource.site_id, resource.construct_path or ""] if resource is not None else [])]
        return self.rule == GAP and not self._of_another(resource) and any(map(self._around, names))

    def _of_another(self, resource: Resource | None) -> bool:
        return bool(self.app) and resource is not None and resource.app != self.app

    def _around(self, name: str) -> bool:
        return not self.where or name == self.where or name.startswith(f"{self.where}/")


def _names(finding: Finding, resource: Resource | None) -> list[str]:
    """What an acknowledgement may call the place of a finding."""
    names = [finding.site]
    if resource is not None:
        names += [resource.site_id, resource.construct_path or ""]
        if resource.made_from is not None:  # its author has no metadata of its own to state anything in
            names.append(f"{resource.site_id.rpartition('/')[0]}/{resource.made_from}")
    return names


def _around(finding: Finding, resource: Resource | None) -> set[str]:
    """Every place at which an acknowledgement of the finding may have been stated: each name, and what is around it."""
    found = {""}
    for name in (*_names(finding, resource), *finding.also):
        found.add(name)
        found.update(name[:at] for at, sign in enumerate(name) if sign == "/")
    return found


class Suppressed(Struct, frozen=True):
    """A finding that somebody has acknowledged."""

    finding: Finding
    by: Acknowledgement


class AcceptedGap(Struct, frozen=True):
    """A gap that somebody has acknowledged."""

    gap: Gap
    by: Acknowledgement


def today() -> date:
    """The day by which acknowledgements end (UTC)."""
    return datetime.now(UTC).date()


def stated_in_constructs(app: App) -> Iterator[Acknowledgement]:
    """Acknowledgements of our rules that the CDK keeps, as ``Seawall::<rule>``; the innermost first, as it counts."""
    for one in sorted(app.acknowledged, key=lambda one: -len(one.path)):
        plugin, _, rule = one.id.partition("::")
        if plugin == PLUGIN:
            yield Acknowledgement(rule, one.reason, one.path, app=one.app)


def stated_bare(app: App) -> Iterator[Acknowledgement]:
    """Acknowledgements without a plugin's name, which the CDK takes for those of its own annotations."""
    for one in app.acknowledged:
        plugin, _, rule = one.id.partition("::")
        if plugin == "Annotation":
            yield Acknowledgement(rule, one.reason, one.path, app=one.app)


def stated_in_templates(app: App) -> Iterator[Acknowledgement]:
    """Acknowledgements in metadata: ``{"seawall": {"acknowledge": [{"rule": ..., "reason": ...}]}}``.

    Those of a resource hold there; those of a template for everything in it. The innermost come first.
    """
    for resource in app.resources():
        yield from _stated(app, resource, resource.metadata.get(KEY), resource.site_id)
    for template in app.templates.values():
        metadata = template.body.get("Metadata")
        if isinstance(metadata, dict) and KEY in metadata:
            yield from _stated(app, _stand_in(template), metadata[KEY], _named_as(template))


def _named_as(template: Template) -> str:
    """What the sites of a template begin with: its construct path, else its name."""
    begins = (each.site_id.rpartition("/")[0] for each in template.resources.values() if each.construct_path is None)
    return template.construct_path or next(begins, template.key)


def _stand_in(template: Template) -> Resource:
    """Stands for the template itself where a resource is asked for."""
    address = Address(template.key, "")
    return Resource(address, "", {}, {}, None, template.construct_path, template.key, app=template.app)


def _stated(app: App, resource: Resource, section: Json, where: str) -> Iterator[Acknowledgement]:
    if not isinstance(section, dict) or "acknowledge" not in section:
        return
    for item in Props.of(app, replace(resource, properties=section)).items("acknowledge"):
        words = {name: item.props.text(name).value or "" for name in ("rule", "reason", "until", "owner")}
        if words["rule"]:
            rule = words["rule"].removeprefix(f"{PLUGIN}::")
            until, owner = words["until"], words["owner"]
            yield Acknowledgement(rule, words["reason"], where, "metadata", until=until, owner=owner, app=resource.app)


def split_gaps(
    app: App, gaps: Iterable[Gap], acknowledgements: Iterable[Acknowledgement]
) -> tuple[tuple[Gap, ...], tuple[AcceptedGap, ...], tuple[Acknowledgement, ...]]:
    """Open gaps, acknowledged ones, and acknowledgements that match none."""
    known = tuple(acknowledgements)
    if not known:
        return tuple(gaps), (), ()
    left: list[Gap] = []
    accepted: list[AcceptedGap] = []
    used: set[Acknowledgement] = set()
    for gap in gaps:
        resource = app.resource(gap.place.address) if gap.place is not None else None
        matching = [one for one in known if one.covers_gap(gap, resource)]
        used.update(matching)
        if matching:
            accepted.append(AcceptedGap(gap, matching[0]))
        else:
            left.append(gap)
    return tuple(left), tuple(accepted), tuple(one for one in known if one not in used)


def split_by_acknowledgement(
    app: App, findings: Iterable[Finding], acknowledgements: Iterable[Acknowledgement], order: Callable[[Finding], Any]
) -> tuple[tuple[Finding, ...], tuple[Suppressed, ...], tuple[Acknowledgement, ...]]:
    """Open findings in their `order`, acknowledged ones, and acknowledgements that match nothing."""
    known = tuple(acknowledgements)
    stated: dict[tuple[str, str], list[tuple[int, Acknowledgement]]] = {}
    for number, one in enumerate(known):
        stated.setdefault((one.rule, one.where), []).append((number, one))
    used: set[Acknowledgement] = set()
    left: list[Finding] = []
    suppressed: list[Suppressed] = []
    for finding in findings:
        resource = app.resource(finding.place.address)
        near = [one for where in _around(finding, resource) for one in stated.get((finding.rule, where), ())]
        matching = [one for _, one in sorted(near, key=lambda pair: pair[0]) if one.covers(finding, resource)]
        used.update(matching)
        if matching:
            suppressed.append(Suppressed(finding, matching[0]))
        else:
            left.append(finding)
    left.sort(key=order)
    suppressed.sort(key=lambda each: order(each.finding))
    return tuple(left), tuple(suppressed), tuple(one for one in known if one not in used)
