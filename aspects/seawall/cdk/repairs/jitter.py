"""`Jitter`: what failed together is not tried again together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from seawall.graph import Place
from seawall.remedies.definitions import UneditableError
from seawall.remedies.settings_changes import jitter
from seawall.template import Embedded, Json, Resource, definition_body

from .draft import AppDraft
from .overrides import Left, Override, overrides
from .repair import Repair

_MACHINE = "AWS::StepFunctions::StateMachine"


class Jitter(Repair):
    """Sets ``JitterStrategy: FULL`` on every retrier of a state machine that has none: repairs `synchronized-backoff`.

    Numbers of tries and intervals stay: each wait is a random one up to what it was.
    """

    def plan(self, found: AppDraft) -> Iterator[Override | Left]:
        """Machines with retriers that wait without jitter."""
        flow = found.context.analysis.flow
        for resource in found.app.by_type.get(_MACHINE, ()):
            site = flow.sites.get(resource.site_id)
            body = definition_body(found.app, resource)
            if site is None or site.framework or not isinstance(body, Embedded):
                continue
            places = dict(_steady(body.document, resource, _form(resource)))
            if places:
                said = f"set JitterStrategy FULL for {', '.join(dict.fromkeys(places.values()))}"
                yield from _jittered(resource, list(places), said)


def _jittered(resource: Resource, places: list[Place], said: str) -> Iterator[Override | Left]:
    try:
        yield from overrides(resource, jitter(places), "what fails together is not tried again together", said)
    except UneditableError as error:
        yield Left(resource.site_id, str(error), resource.address)


def _form(resource: Resource) -> str:
    return "Definition" if isinstance(resource.properties.get("Definition"), dict) else "DefinitionString"


def _steady(document: Json, resource: Resource, path: str) -> Iterator[tuple[Place, str]]:
    """The place of each retrier without jitter in the whole definition, with its state."""
    states = document.get("States") if isinstance(document, dict) else None
    for name, state in states.items() if isinstance(states, dict) else ():
        if not isinstance(state, dict):
            continue
        here = f"{path}.States.{name}"
        for number, retrier in enumerate(_list(state.get("Retry"))):
            if isinstance(retrier, dict) and _waits_steadily(retrier):
                yield Place(resource.address, f"{here}.Retry[{number}]"), name
        for number, inner in enumerate(_list(state.get("Branches"))):
            yield from _steady(inner, resource, f"{here}.Branches[{number}]")
        for key in ("ItemProcessor", "Iterator"):
            yield from _steady(state.get(key), resource, f"{here}.{key}")


def _waits_steadily(retrier: Mapping[str, Json]) -> bool:
    return retrier.get("JitterStrategy", "NONE") == "NONE" and retrier.get("MaxAttempts") != 0


def _list(raw: Json) -> list[Json]:
    return raw if isinstance(raw, list) else []
