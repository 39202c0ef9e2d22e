"""Which site of one app is which of another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from seawall.rules import Finding
from seawall.rules.fingerprint import lasting
from seawall.template import App
from seawall.template.sites import stem


class ComparedNames(Struct, frozen=True):
    """What names of an app are compared by: without hashes of logical ids, and without the name of its only file, as
    two versions of one template have different ones.
    """

    file: str = ""

    @classmethod
    def of(cls, app: App) -> ComparedNames:
        """The names of `app`."""
        plain = all(resource.construct_path is None for resource in app.resources())
        return cls(stem(next(iter(app.templates)).rpartition("/")[2]) if plain and len(app.templates) == 1 else "")

    def common(self, name: str) -> str:
        """A name as both apps know it."""
        return lasting(self._bare(name))

    def finding(self, finding: Finding) -> Finding:
        """The finding with such names in what identifies it."""
        return replace(finding, site=self._bare(finding.site), shape=tuple(map(self._bare, finding.shape)))

    def _bare(self, name: str) -> str:
        return re.sub(rf"(?:^|(?<=>)){re.escape(self.file)}(?:/|(?=#|$))", "", name) if self.file else name


def pairs(before: Iterable[str], now: Iterable[str], named: tuple[ComparedNames, ComparedNames]) -> Mapping[str, str]:
    """By site of the app as it is now: the same one as it was. Of names that are alike, only equal ones match."""
    old, new = (_by_name(each, names) for each, names in zip((before, now), named, strict=True))
    return {new[name]: old[name] for name in sorted(new.keys() & old.keys())}


def _by_name(sites: Iterable[str], names: ComparedNames) -> dict[str, str]:
    sites = sorted(sites)
    often = Counter(map(names.common, sites))
    found = {}
    for site in sites:
        common = names.common(site)
        found[common if often[common] == 1 else f"{site} (one of several)"] = site
    return found
