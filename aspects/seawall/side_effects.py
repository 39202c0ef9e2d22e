"""What else becomes of an app when a finding is mended: findings that appear then, or get worse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from seawall.baseline.difference import Direction
from seawall.baseline.measure import grown, measured
from seawall.rules import Finding, Judged
from seawall.rules.fingerprint import fingerprints

MOST_RESOURCES = 1_500
"""Resources that are looked at again, in all, to tell side effects: about a fifth of a second. In larger apps they are
told of the first findings only."""
MOST_SITES = 50_000
"""Sites looked at again for the same: where many layers act on each other, few resources take long as well."""

_DANGERS = frozenset({"image-doomed", "image-endangered"})
_OPEN = "image-unknown"
"""What is less than these: an image that a rule takes is known to go, one with a question may go."""


def side_effects(before: Judged, after: Judged) -> tuple[str, ...]:
    """What is found in an app with changes made and was not found, or was less, without them; a line each."""
    return tuple(dict.fromkeys(_told(before, after)))


def _told(before: Judged, after: Judged) -> Iterator[str]:
    known: dict[tuple[str, str], list[Finding]] = {}
    for finding in before.findings:
        known.setdefault((finding.rule, finding.site), []).append(finding)
    old, new = _prints(before), _prints(after)
    worse = {site for each in before.findings if each.rule in _DANGERS for site in (each.site, *each.also)}
    alike = {old[id(each)]: each for each in before.findings}
    for finding in after.findings:
        if finding.rule == _OPEN and {finding.site, *finding.also} <= worse:
            continue  # it was lost before: what is left open is told with the fix
        same = alike.get(new[id(finding)])
        others = [same] if same is not None else known.get((finding.rule, finding.site), [])
        if not others:
            yield f"{finding.rule} at {finding.site}: {finding.headline}"
            continue
        changes = [grown(measured(before, each), measured(after, finding)) for each in others]
        if all(change.direction is Direction.WORSE for change in changes):
            yield f"{finding.rule} at {finding.site} gets worse: {changes[0].said}"


def _prints(judged: Judged) -> Mapping[int, str]:
    return fingerprints(judged.app, judged.findings)
