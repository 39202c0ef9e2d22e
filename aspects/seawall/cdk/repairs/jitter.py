"""`Jitter`: what failed together is not tried again together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from seawall.template import Embedded, Json, definition_body

from .definitions import StateEdit, UneditableError, edited
from .draft import AppDraft
from .overrides import Left, Override
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
            edits = list(_steady(body.document))
            if not edits:
                continue
            said = f"set JitterStrategy FULL for {', '.join(dict.fromkeys(edit.state for edit in edits))}"
            try:
                yield from edited(resource, edits, "what fails together is not tried again together", said)
            except UneditableError as error:
                yield Left(resource.site_id, str(error), resource.address)


def _steady(document: Json) -> Iterator[StateEdit]:
    """One edit for each retrier without jitter, in the whole definition."""
    states = document.get("States") if isinstance(document, dict) else None
    for name, state in states.items() if isinstance(states, dict) else ():
        if isinstance(state, dict):
            for number, retrier in enumerate(_list(state.get("Retry"))):
                if isinstance(retrier, dict) and _waits_steadily(retrier):
                    yield StateEdit(name, ("Retry", number, "JitterStrategy"), "FULL")
            for inner in (*_list(state.get("Branches")), state.get("ItemProcessor"), state.get("Iterator")):
                yield from _steady(inner)


def _waits_steadily(retrier: Mapping[str, Json]) -> bool:
    return retrier.get("JitterStrategy", "NONE") == "NONE" and retrier.get("MaxAttempts") != 0


def _list(raw: Json) -> list[Json]:
    return raw if isinstance(raw, list) else []
