"""SAM: `AWS::Serverless-2016-10-31` translated with AWS's own translator, `aws-sam-translator`.

The translator is imported only when a template needs it, touches no network and needs neither credentials nor a
Region. What it refuses is left as the author wrote it and noted; everything else is translated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from ..values import Json
from .expanded import Expanded, Note, Surroundings, transforms
from .sam_input import prepared
from .sam_origins import traced
from .sam_output import finished
from .sam_translator import TranslationRefused, translate

TRANSFORM = "AWS::Serverless-2016-10-31"
_PREFIX = "AWS::Serverless::"
MOST_MADE = 2_000
"""Serverless resources and their events of one template that are translated; each becomes a resource at least.
CloudFormation deploys 500 resources of a template; the translator's time grows with the square of an API's events.
"""
_MAX_ALONE = 200
"""Resources tried one by one where the translator does not say which of them it cannot take."""
_MAX_WHY = 200
_EVENT = re.compile(r"Event with id \[([^\]]*)\] is invalid\.")


def translated(body: Mapping[str, Json], surroundings: Surroundings) -> Expanded:
    """`body` with its `AWS::Serverless::*` resources made into what CloudFormation knows."""
    if TRANSFORM not in transforms(body):
        return Expanded(body, notes=tuple(_untransformed(body)))
    attempt = _Attempt(body, surroundings.given)
    making = attempt.making()
    if making > MOST_MADE:
        why = f"{making:,} resources and events are more than the {MOST_MADE:,} that are looked at"
        return Expanded(body, notes=(Note(f"the template is not translated by SAM: {why}", ""),))
    output = attempt.run()
    notes = [
        Note(f"resource {name} is not translated by SAM: {_short(why)}", name) for name, why in attempt.left_out.items()
    ]
    notes += [
        Note(f"{attempt.kind(*cut)} {cut[1]} of {cut[0]} is left out by SAM: {_short(why)}", cut[0])
        for cut, why in attempt.cut.items()
    ]
    if output is None:
        return Expanded(body, notes=tuple(notes))
    result = finished(body, output, attempt.left_out)
    origins, labels = traced(body, result.body, result.made)
    return Expanded(result.body, origins, labels, (*notes, *result.notes))


class _Attempt(Struct):
    """Translating, again without what was refused, until nothing is."""

    body: Mapping[str, Json]
    given: frozenset[str]
    left_out: dict[str, str] = field(default_factory=dict)
    """Resources that stay as they are, and why."""
    cut: dict[tuple[str, str], str] = field(default_factory=dict)
    """Events and connectors, by resource and name, that are left out, and why."""
    with_defaults: bool = False
    """Let SAM see parameters' defaults: it wants literals in places. Without them references stay references."""

    def run(self) -> Mapping[str, Json] | None:
        """What the translator makes of what it takes; None if it takes nothing. Each round leaves out something."""
        while self._serverless():
            try:
                return self._once(self.left_out)
            except TranslationRefused as refused:
                if not self.with_defaults:
                    self.with_defaults = True
                elif not self._without(refused):
                    self._one_by_one(refused)
        return None

    def making(self) -> int:
        """How many resources there will be at least."""
        names = self._serverless()
        return len(names) + sum(len(self._events(name)) for name in names)

    def _once(self, left_out: Mapping[str, str]) -> Mapping[str, Json]:
        document = prepared(self.body, left_out, self.cut)
        return translate(document, self.given if self.with_defaults else frozenset(document.get("Parameters", ())))

    def _without(self, refused: TranslationRefused) -> bool:
        """Take what was refused out of the next try; False if that is nothing new."""
        before = len(self.left_out) + len(self.cut)
        for given, why in refused.resources.items():
            name, connector = self._connector(given)
            event = connector or self._event(name, why)
            if event is not None and (name, event) not in self.cut:
                self.cut[name, event] = why
            elif name in self._serverless():
                self.left_out.setdefault(name, why)
        return len(self.left_out) + len(self.cut) > before

    def kind(self, name: str, cut: str) -> str:
        """What something that was cut out of a resource is."""
        return "event" if cut in self._events(name) else "connector"

    def _connector(self, refused: str) -> tuple[str, str | None]:
        """The resource that has a connector, which SAM calls after both, and its name; else `refused` itself."""
        names = self._serverless()
        for name in () if refused in names else names:
            for connector in self._connectors(name):
                if refused == f"{name}{connector}":
                    return name, str(connector)
        return refused, None

    def _connectors(self, name: str) -> Mapping[str, Json]:
        resource = self.body["Resources"].get(name)
        found = resource.get("Connectors") if isinstance(resource, dict) else None
        return found if isinstance(found, dict) else {}

    def _event(self, name: str, why: str) -> str | None:
        found = _EVENT.search(why)
        for event in self._events(name) if found else ():
            if found and found[1] in (event, name + event):
                return str(event)
        return None

    def _events(self, name: str) -> Mapping[str, Json]:
        resource = self.body["Resources"].get(name)
        properties = resource.get("Properties") if isinstance(resource, dict) else None
        events = properties.get("Events") if isinstance(properties, dict) else None
        return events if isinstance(events, dict) else {}

    def _one_by_one(self, refused: TranslationRefused) -> None:
        """Leave out each resource that is refused on its own; all of them if that does not tell."""
        left = self._serverless()
        bad: dict[str, str] = {}
        for name in sorted(left) if len(left) <= _MAX_ALONE else ():
            try:
                self._once({**self.left_out, **dict.fromkeys(left - {name}, "")})
            except TranslationRefused as alone:
                bad[name] = alone.resources.get(name, alone.why)
        self.left_out |= bad or dict.fromkeys(sorted(left), refused.why)

    def _serverless(self) -> set[str]:
        return {
            name for name, each in self.body["Resources"].items() if _read_by_sam(each) and name not in self.left_out
        }


def _read_by_sam(raw: Json) -> bool:
    """Whether a resource is one of SAM, or has connectors, which other resources may have as well."""
    return isinstance(raw, dict) and (str(raw.get("Type")).startswith(_PREFIX) or "Connectors" in raw)


def _untransformed(body: Mapping[str, Json]) -> Iterator[Note]:
    """Said of resources of SAM in a template that does not ask for it: CloudFormation knows no such types."""
    for name, raw in body["Resources"].items():
        if isinstance(raw, dict) and str(raw.get("Type")).startswith(_PREFIX):
            yield Note(f"resource {name} is one of SAM, and the template has no Transform: {TRANSFORM}", str(name))


def _short(why: str) -> str:
    why = " ".join(why.split())
    return why if len(why) <= _MAX_WHY else why[: _MAX_WHY - 1] + "…"
