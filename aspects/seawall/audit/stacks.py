"""Stacks as CloudFormation has them: processed templates, physical ids, parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from seawall.template import InputError
from seawall.template.documents import parse_document

from .collectors import Collection
from .errors import AuditError
from .model import Json, StackRead

_NOT_THERE = ("DELETE_COMPLETE", "REVIEW_IN_PROGRESS")
_HIDDEN = re.compile(r"\*+")


def stacks(aws: Collection, only: Iterable[str]) -> Iterator[StackRead]:
    """Every stack, or those of the names given with what is nested in them."""
    listed = {each["StackId"]: each for each in aws.listed("stacks", "cloudformation", "describe_stacks", "Stacks")}
    listed = {key: each for key, each in listed.items() if each["StackStatus"] not in _NOT_THERE}
    names = set(only)
    missing = names - {each["StackName"] for each in listed.values()}
    if missing:
        raise AuditError(f"no stack {', '.join(sorted(missing))} in this account and Region")
    wanted = [each for each in listed.values() if not names or _outermost(each, listed)["StackName"] in names]
    aws.say(f"{len(wanted):,} stacks")
    for each in sorted(wanted, key=lambda one: str(one["StackName"])):
        found = aws.journal.once(f"stack {each['StackId']}", lambda each=each: _stack(aws, each))  # type: ignore[misc]
        if found is not None:
            yield StackRead(**found)


def _outermost(stack: Mapping[str, Any], listed: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    for _ in range(len(listed)):
        outer = listed.get(stack.get("ParentId") or "")
        if outer is None:
            break
        stack = outer
    return stack


def _stack(aws: Collection, said: Mapping[str, Any]) -> Json | None:
    from .reduction import without_secrets

    name, key = said["StackName"], said["StackId"]
    what = f"the template of stack {name}"
    answer = aws.asked(what, "cloudformation", "get_template", StackName=key, TemplateStage="Processed")
    template = _body(aws, what, (answer or {}).get("TemplateBody"))
    if template is None:
        return None
    resources = aws.listed(
        f"the resources of stack {name}",
        "cloudformation",
        "list_stack_resources",
        "StackResourceSummaries",
        StackName=key,
    )
    physical = {each["LogicalResourceId"]: each.get("PhysicalResourceId") or "" for each in resources}
    given = {
        each["ParameterKey"]: each.get("ResolvedValue") or each.get("ParameterValue") or ""
        for each in said.get("Parameters", ())
    }
    shown = {key: value for key, value in given.items() if not _HIDDEN.fullmatch(value)}
    body, parameters = without_secrets(template, shown, aws.names)
    return {
        "name": name,
        "id": key,
        "template": body,
        "physical": {key: value for key, value in physical.items() if value},
        "parameters": parameters,
        "parent": said.get("ParentId") or "",
    }


def _body(aws: Collection, what: str, body: Any) -> Json | None:
    """A template as a mapping: JSON comes as one, YAML as text."""
    if isinstance(body, str):
        try:
            body = parse_document(Path("template.yaml"), body).body
        except InputError as error:
            aws.note(f"{what}: {error.why}")
            return None
    if not isinstance(body, dict) or not isinstance(body.get("Resources"), dict):
        return None
    found: Json = _plain(body)
    return found


def _plain(value: Any) -> Any:
    """Without the kinds of mapping and time that a client makes."""
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
