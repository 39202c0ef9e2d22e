"""What the hook answers: a message that names the worst finding with its figure and its fix, and one annotation each.

Sources:
https://docs.aws.amazon.com/cloudformation-cli/latest/hooks-userguide/lambda-hooks-create-lambda-function.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Annotation.html, read 2026-11-30
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from msgspec import Struct

from seawall.engine import Report
from seawall.graph import Gap
from seawall.report.escape import clean
from seawall.report.names import Names
from seawall.rules import Finding, Severity, all_rules
from seawall.rules.fail_on import FailOn
from seawall.template import Skipped
from seawall.words import plural

LONGEST_MESSAGE = 4_096
"""Characters after which CloudFormation cuts a message off."""
LONGEST_NAME, LONGEST_TEXT, LONGEST_LINK = 1_024, 16_384, 5_120
"""Characters of an annotation's name, texts and link."""
MOST_ANNOTATIONS = 50
"""No limit is documented; so many are more than anybody reads."""
_LEVELS = {Severity.ERROR: "HIGH", Severity.WARNING: "MEDIUM", Severity.NOTE: "INFORMATIONAL"}

Json: TypeAlias = "dict[str, Any]"


class GateVerdict(Struct, frozen=True):
    """What is to be answered, as plain text."""

    fails: bool
    message: str
    annotations: tuple[Mapping[str, str], ...] = ()


def verdict(report: Report, findings: Sequence[Finding], gaps: Sequence[Gap], fail_on: FailOn) -> GateVerdict:
    """The answer to a report: of its findings and gaps those that count."""
    fails = fail_on.fails(findings, gaps)
    findings = [*map(Names.whole(report).finding, findings)]
    message = short_text(_message(report, findings, gaps))
    return GateVerdict(fails, message, tuple(_annotation(one) for one in findings[:MOST_ANNOTATIONS]))


def _message(report: Report, findings: Sequence[Finding], gaps: Sequence[Gap]) -> str:
    lines = []
    if not findings:
        sites = plural(len(report.analysis.flow.sites), "site")
        lines.append(f"Seawall: nothing found in {sites} (max-attempts {report.settings.max_attempts}).")
    else:
        worst, *others = findings
        lines += _whole(worst)
        lines += [f"Also {one.severity.word}[{one.rule}]: {one.headline}" for one in others]
    lines += [f"Left out: {each.why}" for each in _skipped(report)]
    if gaps:
        first = gaps[0]
        lines.append(
            f"{plural(len(gaps), 'thing')} could not be understood; first: {first.site} {first.property}: {first.why}"
        )
    return "\n".join(clean(line) for line in lines)


def _skipped(report: Report) -> list[Skipped]:
    """What was left out of what is to be deployed."""
    files = {template.path for template in report.app.templates.values() if not template.deployed}
    return [each for each in report.app.skipped if each.path in files]


def _whole(finding: Finding) -> Iterable[str]:
    """The worst finding: its figure, its path, what makes it, what to do."""
    yield f"Seawall: {finding.severity.word}[{finding.rule}]: {finding.headline}"
    if finding.trace:
        yield "Path: " + " -> ".join(
            mark.site if mark.times in (None, 1) else f"(x{mark.times:,}) {mark.site}" for mark in finding.trace
        )
    yield from finding.facts[:2]
    if finding.fix.text:
        yield f"Fix: {finding.fix.text}"
    yield f"Why: seawall explain {finding.rule}"


def short_text(message: str, most: int = LONGEST_MESSAGE) -> str:
    r"""`message` within a limit: whole lines, then how many more there are.

    >>> short_text("first\nsecond line\nthird line", 22)
    'first\nand 2 lines more'
    """
    if len(message) <= most:
        return message
    lines = message.split("\n")
    kept: list[str] = []
    for number, line in enumerate(lines):
        rest = f"and {plural(len(lines) - number, 'line')} more"
        if sum(map(len, kept)) + len(kept) + len(line) + 1 + len(rest) > most:
            kept = kept or [line[: most - len(rest) - 5] + " ..."]
            return "\n".join([*kept, f"and {plural(len(lines) - len(kept), 'line')} more"])[:most]
        kept.append(line)
    return "\n".join(kept)[:most]


def _annotation(finding: Finding) -> dict[str, str]:
    found = {
        "annotationName": finding.rule[:LONGEST_NAME],
        "status": "FAILED",
        "statusMessage": clean(f"{finding.site}: {finding.headline}")[:LONGEST_TEXT],
        "severityLevel": _LEVELS[finding.severity],
    }
    if finding.fix.text:
        found["remediationMessage"] = clean(finding.fix.text)[:LONGEST_TEXT]
    rule = next((each for each in all_rules() if each.id == finding.rule), None)
    link = next((each for each in rule.sources if each.startswith("https://")), "") if rule is not None else ""
    if link:
        found["remediationLink"] = link[:LONGEST_LINK]
    return found


def success(token: str, message: str, annotations: Sequence[Mapping[str, str]] = ()) -> Json:
    """The operation may go on."""
    return _answer("SUCCESS", token, message, annotations)


def refusal(token: str, message: str, annotations: Sequence[Mapping[str, str]] = ()) -> Json:
    """The template is not as it should be: the hook's failure mode says whether that blocks or warns."""
    return {**_answer("FAILED", token, message, annotations), "errorCode": "NonCompliant"}


def breakdown(token: str, message: str) -> Json:
    """The gate could not judge, and was told to refuse then."""
    return {**_answer("FAILED", token, message, ()), "errorCode": "InternalFailure"}


def _answer(status: str, token: str, message: str, annotations: Sequence[Mapping[str, str]]) -> Json:
    found: Json = {"hookStatus": status, "message": short_text(message), "clientRequestToken": token}
    return {**found, "annotations": [dict(each) for each in annotations]} if annotations else found
