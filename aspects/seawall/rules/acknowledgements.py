"""Acknowledgements: where authors state them, and which findings they accept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from seawall.template import PLUGIN, App, Props, Resource

from .model import Finding

KEY = "seawall"


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

    def covers(self, finding: Finding, resource: Resource | None) -> bool:
        """Whether it was stated for this rule at the finding's resource or a construct around it, or around
        everything else that the finding concerns: who sends an event back may acknowledge the loop.
        """
        if finding.rule != self.rule:
            return False
        names = _names(finding, resource)
        return any(map(self._around, names)) or (bool(finding.also) and all(map(self._around, finding.also)))

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


def stated_in_constructs(app: App) -> Iterator[Acknowledgement]:
    """Acknowledgements of our rules that the CDK keeps, as ``Seawall::<rule>``; the innermost first, as it counts."""
    for one in sorted(app.acknowledged, key=lambda one: -len(one.path)):
        plugin, _, rule = one.id.partition("::")
        if plugin == PLUGIN:
            yield Acknowledgement(rule, one.reason, one.path)


def stated_bare(app: App) -> Iterator[Acknowledgement]:
    """Acknowledgements without a plugin's name, which the CDK takes for those of its own annotations."""
    for one in app.acknowledged:
        plugin, _, rule = one.id.partition("::")
        if plugin == "Annotation":
            yield Acknowledgement(rule, one.reason, one.path)


def stated_in_templates(app: App) -> Iterator[Acknowledgement]:
    """Acknowledgements in resource metadata: ``{"seawall": {"acknowledge": [{"rule": ..., "reason": ...}]}}``."""
    for resource in app.resources():
        section = resource.metadata.get(KEY)
        if not isinstance(section, dict) or "acknowledge" not in section:
            continue
        for item in Props.of(app, replace(resource, properties=section)).items("acknowledge"):
            rule, reason = item.props.text("rule").value, item.props.text("reason").value
            if rule:
                yield Acknowledgement(rule.removeprefix(f"{PLUGIN}::"), reason or "", resource.site_id, "metadata")


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
