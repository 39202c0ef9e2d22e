"""A finding in the CDK's form: what `cdk synth` prints and writes into its report."""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk

from seawall.graph import Place
from seawall.rules import Finding, Severity
from seawall.rules.unmatched_acknowledgement import RULE as UNMATCHED

from .judging import Charge
from .scopes import around, within
from .synthesis import Synthesis

FAILING = frozenset({"error", "fatal"})
"""Severities at which `cdk synth` fails."""

_SEVERITIES = {Severity.NOTE: "info", Severity.WARNING: "warning", Severity.ERROR: "error"}


def violation(synthesis: Synthesis, charge: Charge) -> cdk.PolicyViolation:
    """One violation with one violating resource, as the CDK prints a block for each pair.

    The CDK prints the description with the plugin's name behind it, so it is one line; what else there is to say
    follows the fix, line by line, and last what can be pasted.
    """
    finding = charge.finding
    first, *more = finding.message.splitlines()
    fix = [finding.fix or f"see: seawall explain {finding.rule}", *more, *finding.paste.splitlines()]
    return cdk.PolicyViolation(
        rule_name=finding.rule,
        severity=_SEVERITIES[finding.severity],
        description=first,
        fix="\n".join(fix),
        rule_metadata=_metadata(charge),
        violating_resources=[_resource(synthesis, charge)],
    )


def _resource(synthesis: Synthesis, charge: Charge) -> cdk.PolicyViolatingResource:
    finding, accepted = charge.finding, charge.accepted
    if finding.rule == UNMATCHED.id and not finding.place.property:
        return _construct(synthesis, charge.path)
    if accepted is not None and not around(accepted.where, charge.path):
        # Accepted by those who send the event here: the CDK finds an acknowledgement from the inside outwards only.
        return cdk.PolicyViolatingResource(construct_path=accepted.where, locations=[])
    address = finding.place.address
    template = synthesis.app.templates[address.template]
    name = address.logical_id
    if accepted is None and not synthesis.enforced(template):
        # `cdk synth` passes over whatever is within a Stage of the app, unless it stands where no construct is.
        name = f"{charge.path} ({name})"
    return cdk.PolicyViolatingResource(
        resource_logical_id=name,
        template_path=str(Path(template.path).absolute()),
        locations=_locations(synthesis, finding.place),
    )


def _construct(synthesis: Synthesis, path: str) -> cdk.PolicyViolatingResource:
    if within(synthesis.enforced_stacks, path):
        return cdk.PolicyViolatingResource(construct_path=path, locations=[])
    return cdk.PolicyViolatingResource(
        resource_logical_id=path or "(the app)",
        template_path=str(synthesis.directory / "manifest.json"),
        locations=[],
    )


def _locations(synthesis: Synthesis, place: Place) -> list[str]:
    """The path of the property in the template."""
    if not place.property:
        return []
    resource = synthesis.app.resource(place.address)
    first = place.property.partition(".")[0].partition("[")[0]
    below = [] if resource is not None and first not in resource.properties and first == "Metadata" else ["Properties"]
    return [".".join([*below, place.property])]


def _metadata(charge: Charge) -> dict[str, str]:
    """What programs want to know, under the names of the JSON report. The CDK takes nothing but strings."""
    finding = charge.finding
    facts: dict[str, object] = {
        "confidence": finding.confidence.value,
        "failure": finding.failure.value if finding.failure else None,
        "attempts": finding.attempts,
        "site": finding.site,
        "construct_path": charge.path or None,
        "logical_id": finding.place.address.logical_id or None,
        "template": finding.place.address.template or None,
        "property": finding.place.property or None,
        "also": json.dumps(finding.also) if finding.also else None,
        "trace": _trace(finding) if finding.trace else None,
        "fingerprint": charge.fingerprint,
    }
    return {name: str(fact) for name, fact in facts.items() if fact is not None}


def _trace(finding: Finding) -> str:
    marks = [
        {"site": mark.site, "tries": mark.tries, "note": mark.note, "hop": mark.hop, "awaits": mark.awaits}
        for mark in finding.trace
    ]
    return json.dumps(marks, separators=(",", ":"))
