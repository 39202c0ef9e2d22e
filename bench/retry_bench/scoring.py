"""How right a tool is about the cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from .cases import HAZARDS, Case


class Told(Struct, frozen=True):
    """What a tool says of one case."""

    hazards: frozenset[str] = frozenset()
    """Of those that the bench knows."""
    alarms: tuple[str, ...] = ()
    """Ids of rules of this field (retries, dead letters, loops) that fired, whatever they mean."""
    runs: Mapping[tuple[str, str], int | None] = field(default_factory=dict)
    """Figures by logical id and class; None: unbounded."""


class Score(Struct, frozen=True):
    """How a tool did."""

    tool: str
    found: Mapping[str, tuple[int, int]]
    """By hazard: how many of those that are there it warned of, and how many there are."""
    figures: tuple[int, int]
    """How many of the labelled figures it gave, within their range, of how many."""
    false: Mapping[str, tuple[int, int]]
    """By hazard: how many cases without it were said to have it, of how many."""
    clean: tuple[int, int]
    """How many cases in which nothing is wrong had an alarm of this field, of how many."""


def score(tool: str, cases: Iterable[Case], told: Mapping[str, Told]) -> Score:
    """The score of what a tool told, by the id of the case; what it did not answer counts as silence."""
    every = list(cases)
    answers = {case.id: told.get(case.id, Told()) for case in every}
    found, false = {}, {}
    for hazard in HAZARDS:
        there = [case for case in every if hazard in case.hazards]
        absent = [case for case in every if hazard not in case.hazards and (hazard != "loop" or case.loops is not None)]
        found[hazard] = (sum(hazard in answers[case.id].hazards for case in there), len(there))
        false[hazard] = (sum(hazard in answers[case.id].hazards for case in absent), len(absent))
    labels = [(case, site, kind) for case in every for site, by_class in case.runs.items() for kind in by_class]
    right = sum(_right(case, answers[case.id], site, kind) for case, site, kind in labels)
    clean = [case for case in every if not case.hazards]
    alarmed = sum(bool(answers[case.id].alarms or answers[case.id].hazards) for case in clean)
    return Score(tool, found, (right, len(labels)), false, (alarmed, len(clean)))


def _right(case: Case, told: Told, site: str, kind: str) -> bool:
    truth = case.runs[site][kind]
    if (site, kind) not in told.runs:
        return False
    said = told.runs[site, kind]
    return said is None if truth.max is None else said is not None and truth.min <= said <= truth.max
