"""Which of several apps a finding is about: told beside it, as the worst path may cross from one into another."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from seawall.graph import Place

from .context import Context
from .model import Finding


def with_apps(context: Context, finding: Finding) -> Finding:
    """`finding` with a fact that names its apps, in the order of its path; as it is where only one is analysed."""
    if not context.app.apps:
        return finding
    names = tuple(dict.fromkeys(_apps(context, finding)))
    if not names:
        return finding
    said = f"app: {names[0]}" if len(names) == 1 else f"crosses apps: {' -> '.join(names)}"
    return replace(finding, facts=(*finding.facts, said))


def _apps(context: Context, finding: Finding) -> Iterator[str]:
    for mark in finding.trace:
        yield from _of_site(context, mark.site)
    if finding.trace:
        for name in finding.also:
            yield from _of_site(context, name)
    yield from _of_place(context, finding.place)


def _of_site(context: Context, name: str) -> Iterator[str]:
    site = context.analysis.flow.sites.get(name)
    return _of_place(context, site.place if site is not None else None)


def _of_place(context: Context, place: Place | None) -> Iterator[str]:
    template = context.app.templates.get(place.address.template) if place is not None else None
    if template is not None and template.app:
        yield template.app
