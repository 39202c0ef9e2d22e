"""What-if: what each fix brings, as lines for people and as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from seawall.engine import Report
from seawall.graph import CLASSES, Bound, FailureClass
from seawall.paths import below
from seawall.remedies.search import Change, Edit, Remedy
from seawall.remedies.what_if import FigureChange, Proposal, WhatIfOutcome
from seawall.retries import Count
from seawall.retries.wording import said
from seawall.rules import Finding
from seawall.words import plural

from .deliveries import class_words
from .figures import count_of
from .places import locate
from .written_edits import source_of

Json: TypeAlias = "dict[str, Any]"

_OF = {"runs": "runs of", "gain": "events that come back to", "events": "events in all, of one at"}
"""What a figure is of, in words."""
_FEW = 5
"""Figures of one outcome that are written out."""


def headline(finding: Finding, proposal: Proposal) -> str:
    """Which finding, and what is looked for."""
    return f"{finding.rule} at {finding.site}: {reached(proposal)}"


def reached(proposal: Proposal) -> str:
    """What is brought about, and by how many changes."""
    if not proposal.outcomes:
        return f"nothing that is safe to change gives {proposal.goal}"
    changes = plural(len(proposal.outcomes[0].changes), "change")
    return f"{proposal.goal}, by {changes}" + ("" if proposal.exact else " (not proven to be the fewest)")


def ranked(proposal: Proposal) -> list[tuple[str, WhatIfOutcome]]:
    """Outcomes with their rank: ``1``, ``2``, ..., and ``or`` for what suits where it is meant so."""
    found = [(f"{number}.", outcome) for number, outcome in enumerate(proposal.outcomes, 1)]
    return found if proposal.alternative is None else [*found, ("or", proposal.alternative)]


def imperative(outcome: WhatIfOutcome) -> str:
    """What to do, in one line."""
    return "; ".join(change.said for change in outcome.changes)


def edits(report: Report, change: Change) -> list[str]:
    """Each property that a change sets: where, from what, to what."""
    return list(dict.fromkeys(_edit(report, edit) for edit in change.edits))


def _edit(report: Report, edit: Edit) -> str:
    at = locate(report.app, edit.place)
    where = " ".join(part for part in (at.logical_id, at.setting) if part)
    return f"{at.in_template} {where}: {edit.old} -> {edit.new}"


def figures(outcome: WhatIfOutcome) -> list[str]:
    """What becomes of each figure; classes of the same figures together, equal ones of several sites in one line."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for effect in outcome.effects:
        alike.setdefault((effect.of, effect.entry, _classes(effect)), []).append(effect.site)
    lines = []
    for (of, entry, classes), sites in alike.items():
        more = f" and {len(sites) - 1:,} more" if len(sites) > 1 else ""
        own = f", for one event at {entry}" if entry else ""
        lines.append(f"{_OF[of]} {sites[0]}{more}{own}: {classes}")
    return lines[:_FEW] + ([f"and {len(lines) - _FEW:,} more, in --format json"] if len(lines) > _FEW else [])


def _classes(effect: FigureChange) -> str:
    found: dict[str, list[FailureClass]] = {}
    for failure in CLASSES:
        before, after = _shown(effect.before[failure]), _shown(effect.after[failure])
        found.setdefault(f"{before} -> {after}" if before != after else f"still {before}", []).append(failure)
    if len(found) == 1:
        return next(iter(found))
    return "; ".join(f"{', '.join(map(class_words, classes))} {text}" for text, classes in found.items())


def _shown(count: Count) -> str:
    return "without end" if count.bounded_by is Bound.NOTHING else said(count)


def what_if_array(report: Report, fingerprint_of: Mapping[int, str]) -> list[Json]:
    """The entry ``what_if`` of a report."""
    return [
        {
            "rule": finding.rule,
            "site": finding.site,
            "fingerprint": fingerprint_of[id(finding)],
            "goal": proposal.goal,
            "smallest": proposal.exact,
            "sets": [_outcome(report, outcome) for outcome in proposal.outcomes],
            "alternative": None if proposal.alternative is None else _outcome(report, proposal.alternative),
        }
        for finding, proposal in report.what_if or ()
    ]


def _outcome(report: Report, outcome: WhatIfOutcome) -> Json:
    return {
        "changes": [
            {"do": change.said, "edits": [_edit_object(report, edit) for edit in change.edits]}
            for change in outcome.changes
        ],
        "figures": [
            {
                "of": effect.of,
                "site": effect.site,
                "before": _counts(effect.before),
                "after": _counts(effect.after),
                **({"entry": effect.entry} if effect.entry else {}),
            }
            for effect in outcome.effects
        ],
    }


def changes_of(report: Report, change: Remedy) -> list[Json]:
    """Each property that a change sets, with what the change as a whole is for."""
    return [
        {
            **_edit_object(report, edit),
            "do": change.do,
            "effect": change.effect or None,
            "safety": change.safety.value,
            "source": _source(report, edit, change.edits),
            **({"edit": edit.edit} if edit.edit else {}),
        }
        for edit in change.edits
    ]


def _source(report: Report, edit: Edit, edits: Sequence[Edit]) -> Json | None:
    """The author's line, where the CDK noted it."""
    source = source_of(report.app, edit, edits)
    return {"file": below(source.file), "line": source.line} if source else None


def _edit_object(report: Report, edit: Edit) -> Json:
    at = locate(report.app, edit.place)
    return {
        "template": at.template,
        "logical_id": at.logical_id,
        "property": at.setting or None,
        "line": at.line,
        "old": edit.old,
        "new": edit.new,
    }


def _counts(counts: Mapping[FailureClass, Count]) -> Json:
    return {failure.value: count_of(counts[failure]) for failure in CLASSES}
