"""How to correct a finding that rests on what was inferred: the statement to copy, in the author's language."""

from __future__ import annotations

from itertools import pairwise

from seawall.engine import Report
from seawall.graph import Evidence, Hop
from seawall.remedies.statements import called
from seawall.rules import Finding
from seawall.template import AuthorLanguage, language_of


def how_to_correct(report: Report, finding: Finding) -> str:
    """What to state where the code does not make the call that a finding assumes; empty where it assumes none."""
    flow = report.analysis.flow
    for before, mark in pairwise(finding.trace):
        for hop in flow.out_of(before.site) if before.site in flow.sites else ():
            if hop.target == mark.site and hop.evidence < Evidence.READ and (said := _statement(report, hop)):
                return f"if {hop.source} does not send to {hop.target}, state it: {said}"
    return ""


def _statement(report: Report, hop: Hop) -> str:
    sites, app = report.analysis.flow.sites, report.app
    source, target = sites[hop.source].place, sites[hop.target].place
    if source is None or target is None:
        return ""
    resource = app.resource(source.address)
    if resource is None:
        return ""
    to, construct = (called(app, source.address, place.address) for place in (target, source))
    if resource.construct_path is None:
        return f'at {resource.logical_id}: "Metadata": {{"seawall": {{"never_sends_to": [{{"to": "{to}"}}]}}}}'
    if language_of(app, resource) is AuthorLanguage.TYPESCRIPT:
        stated = f"{{ never_sends_to: [{{ to: '{to}' }}] }}"
        return f"(<{construct}>.node.defaultChild as CfnResource).addMetadata('seawall', {stated})"
    return f"Flow.of(<{construct}>).never_sends_to(<{to}>)"
