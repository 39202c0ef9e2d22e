"""JUnit's XML, which every CI server shows: a suite for each rule, a test case for each finding.

A case fails where the finding fails the run, so that tests are red exactly when the command returns 1; a less severe
finding is a case that passes, with its text as output; an acknowledged one is skipped, with the reason. A rule that
found nothing is one case that passes. What was not understood is a suite of its own, red where gaps fail the run, and
what the settings leave out a case that is skipped. Elements and attributes are those that Jenkins's schema knows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from seawall.engine import Report
from seawall.rules import GAP, chosen_rules
from seawall.rules.fail_on import FailOn
from seawall.words import plural

from .entries import Entry, entries
from .escape import clean
from .format import Format, Screen
from .gap_entries import GapEntry, gap_entries
from .plain_lines import told

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_NO_XML = re.compile("[\ufffe\uffff]")
"""What `clean` lets through and XML 1.0 does not allow; control characters have gone by then."""


def render(report: Report, screen: Screen) -> str:
    """The XML document."""
    from xml.etree.ElementTree import Element, indent, tostring

    found = entries(report)
    rules = {rule.id for rule in chosen_rules(report.settings)} | {entry.finding.rule for entry in found}
    suites = Element("testsuites", name="seawall")
    for rule in sorted(rules):
        suites.append(_suite(report, rule, [entry for entry in found if entry.finding.rule == rule], screen.fail_on))
    suites.extend(_off(rule, number) for rule, number in report.left_out.items())
    gaps = gap_entries(report)
    suites.extend([_gaps(gaps, screen.fail_on)] if gaps else [])
    for count in ("tests", "failures", "errors"):
        suites.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(suites, encoding="unicode")}\n'


def _suite(report: Report, rule: str, found: Sequence[Entry], fail_on: FailOn) -> Element:
    from xml.etree.ElementTree import Element

    counts = {
        "tests": max(len(found), 1),
        "failures": sum(_fails(entry, fail_on) for entry in found),
        "errors": 0,
        "skipped": sum(entry.accepted is not None for entry in found),
    }
    suite = Element("testsuite", {"name": _xml(rule), **{name: str(count) for name, count in counts.items()}})
    suite.extend(_case(report, entry, fail_on) for entry in found)
    if not found:
        suite.append(Element("testcase", name="nothing found", classname=f"seawall.{rule}", time="0"))
    return suite


def _case(report: Report, entry: Entry, fail_on: FailOn) -> Element:
    from xml.etree.ElementTree import Element, SubElement

    finding = entry.finding
    case = Element("testcase", name=_xml(finding.site), classname=_xml(f"seawall.{finding.rule}"), time="0")
    headline = _xml(f"{finding.severity.word}: {entry.headline}")
    body = _NO_XML.sub("?", "\n".join(["", *told(report.app, entry), ""]))
    if entry.accepted is not None:
        SubElement(case, "skipped", message=_xml(f"acknowledged: {entry.reason}"), type=finding.severity.word)
    if _fails(entry, fail_on):
        SubElement(case, "failure", message=headline, type=finding.severity.word).text = body
    else:
        SubElement(case, "system-out").text = f"\n{headline}{body}"
    return case


def _off(rule: str, number: int) -> Element:
    """What the settings leave out of a rule's findings."""
    from xml.etree.ElementTree import Element, SubElement

    counts = {"tests": "1", "failures": "0", "errors": "0", "skipped": "1"}
    suite = Element("testsuite", {"name": f"{rule}, by settings", **counts})
    case = SubElement(suite, "testcase", name="left out by settings", classname=f"seawall.{rule}", time="0")
    SubElement(case, "skipped", message=f"{plural(number, 'finding')} left out by settings", type="settings")
    return suite


def _gaps(found: Sequence[GapEntry], fail_on: FailOn) -> Element:
    """What was not understood, of which there is something."""
    from xml.etree.ElementTree import Element, SubElement

    failing = [fail_on.on_gaps and entry.accepted is None and bool(entry.gap.touches) for entry in found]
    counts = {
        "tests": len(found),
        "failures": sum(failing),
        "errors": 0,
        "skipped": sum(entry.accepted is not None for entry in found),
    }
    suite = Element("testsuite", {"name": GAP, **{name: str(count) for name, count in counts.items()}})
    for entry, fails in zip(found, failing, strict=True):
        case = SubElement(suite, "testcase", name=_xml(entry.gap.site), classname=f"seawall.{GAP}", time="0")
        said, body = _xml(f"unknown: {entry.headline}"), _NO_XML.sub("?", clean("; ".join(entry.facts)))
        if entry.accepted is not None:
            SubElement(case, "skipped", message=_xml(f"acknowledged: {entry.reason}"), type="unknown")
        if fails:
            SubElement(case, "failure", message=said, type="unknown").text = f"\n{body}\n"
        else:
            SubElement(case, "system-out").text = f"\n{said}\n{body}\n"
    return suite


def _fails(entry: Entry, fail_on: FailOn) -> bool:
    return entry.accepted is None and fail_on.fails([entry.finding])


def _xml(text: str) -> str:
    return _NO_XML.sub("?", clean(text))


FORMAT = Format("junit", "test results for CI servers: red where the run fails", ".xml", render)
