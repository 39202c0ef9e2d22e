"""What makes a finding the same one tomorrow: a short hash that outlives renamed logical ids and changed numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from seawall.template import App

from . import Finding

_LENGTH = 24
_ID_HASH = re.compile(r"(?<=[A-Za-z0-9])[0-9A-F]{8}(?![A-Za-z0-9])")
"""What CDK puts behind a logical id: eight hexadecimal digits that change when a construct moves."""


def fingerprint(app: App, finding: Finding, ordinal: int = 0) -> str:
    """A hash of the rule, the construct path (or the site, where there is none) and the shape of the finding.

    `ordinal` tells findings apart that are alike in all of these.
    """
    parts: list[object] = [finding.rule, _whereabouts(app, finding), sorted(lasting(part) for part in finding.shape)]
    if ordinal:
        parts.append(ordinal)
    from hashlib import sha256  # takes long to load, and only some formats need it

    return sha256(json.dumps(parts).encode()).hexdigest()[:_LENGTH]


def fingerprints(app: App, findings: Iterable[Finding]) -> Mapping[int, str]:
    """Fingerprints by `id` of the finding, each a different one."""
    alike: dict[str, list[Finding]] = {}
    for finding in findings:
        alike.setdefault(fingerprint(app, finding), []).append(finding)
    return {
        id(finding): fingerprint(app, finding, ordinal)
        for group in alike.values()
        for ordinal, finding in enumerate(sorted(group, key=lambda one: (one.site, one.place.address)))
    }


def _whereabouts(app: App, finding: Finding) -> str:
    resource = app.resource(finding.place.address)
    if resource is None or resource.construct_path is None:
        return lasting(finding.site)
    _, state, name = finding.site.partition("#")
    return resource.construct_path + state + name


def lasting(name: str) -> str:
    """A name without the hashes of logical ids in it."""
    return _ID_HASH.sub("", name)
