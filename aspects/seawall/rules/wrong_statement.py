"""`wrong-statement`: something that an author stated and that cannot be so."""

from __future__ import annotations

from collections.abc import Iterator

from seawall.graph import Place, components

from .context import Context
from .fixes import Fix
from .model import Confidence, Example, Finding, Rule, Severity


def check(context: Context) -> Iterator[Finding]:
    """One finding per statement that contradicts the template, names what is gone, or is none."""
    flow = context.analysis.flow
    for one in flow.wrong:
        severity = Severity.WARNING if one.moot else RULE.severity
        yield _finding(severity, one.site, one.place, f"what is stated of {one.site} cannot be so: {one.what}", one.fix)
    limited = [hop for hop in flow.hops if hop.laps is not None]
    parts = enumerate(components(flow.sites, flow.outgoing)) if limited else ()
    part_of = {site: number for number, part in parts for site in part}
    for hop in limited:
        if hop.stated is not None and part_of[hop.source] != part_of[hop.target]:
            owner = flow.container(hop.source)
            what = f"`laps` are stated of {owner}, but what it sends to {hop.target} never comes back"
            yield _finding(RULE.severity, owner, hop.stated, what, "remove the `laps`, or state what leads back")


def _finding(severity: Severity, site: str, place: Place, message: str, fix: str) -> Finding:
    return Finding(
        rule=RULE.id,
        severity=severity,
        confidence=Confidence.HIGH,
        place=place,
        site=site,
        headline=message,
        fix=Fix.of(fix),
        shape=(place.property, message),
    )


RULE = Rule(
    id="wrong-statement",
    severity=Severity.ERROR,
    title="something stated in metadata contradicts the template, or names what is gone",
    what=(
        "Fires on a statement (`Flow` in CDK, `Metadata.seawall` in a template) that is none: an unknown key, a value "
        "of another form; that names a resource which is not there (any more); or that contradicts the template: "
        "denies a delivery that it declares, limits the rounds of what never comes back, calls a queue idempotent. A "
        "denial of a delivery that nothing suggests is a warning."
    ),
    why=(
        "Figures rest on what is stated as they rest on the template. A statement that is not read, or no longer true, "
        "makes them wrong without anybody noticing."
    ),
    example=Example(
        "Metadata:\n  seawall:\n    sends_to: [{to: Queue, rounds: 5}]   # no such key: nothing is limited\n", "yaml"
    ),
    fix="Correct the statement, or take it out.",
    better=Example("Metadata:\n  seawall:\n    sends_to: [{to: Queue, laps: 5}]\n", "yaml"),
    sources=("https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-metadata.html",),
    check=check,
)
