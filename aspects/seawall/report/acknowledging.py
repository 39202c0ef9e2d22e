"""How to accept a finding: the line to copy."""

from __future__ import annotations

import json

from seawall.rules import Finding
from seawall.rules.choices import PREFIX
from seawall.template import App, AuthorLanguage, language_of

_ITSELF = "unmatched-acknowledgement"


def acknowledgeable(rule: str) -> bool:
    """False where removing something is the only answer."""
    return rule != _ITSELF


def cdk_line(rule: str, construct: str, language: AuthorLanguage | None = None) -> str:
    """Accepts findings of `rule` at a construct, which the reader puts in the place of ``<...>``."""
    if language is AuthorLanguage.TYPESCRIPT:
        return f"Validations.of(<{construct}>).acknowledge({{ id: '{PREFIX}{rule}', reason: '...' }})"
    return f'Validations.of(<{construct}>).acknowledge(Acknowledgment(id="{PREFIX}{rule}", reason="..."))'


def metadata_line(rule: str) -> str:
    """Accepts findings of `rule` at a resource of a plain template."""
    body = {"seawall": {"acknowledge": [{"rule": rule, "reason": "..."}]}}
    return f'"Metadata": {json.dumps(body)}'


def how_to_acknowledge(app: App, finding: Finding) -> str:
    """The line that accepts `finding`; empty where it cannot be accepted."""
    if not acknowledgeable(finding.rule):
        return ""
    resource = app.resource(finding.place.address)
    if resource is not None and resource.construct_path is not None:
        construct = resource.construct_path.removesuffix("/Resource")
        return cdk_line(finding.rule, construct, language_of(app, resource))
    logical_id = resource.logical_id if resource else finding.place.address.logical_id
    return f"at {logical_id}: {metadata_line(finding.rule)}"
