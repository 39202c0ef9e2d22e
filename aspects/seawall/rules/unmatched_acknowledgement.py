"""`unmatched-acknowledgement`: an acknowledgement that accepts nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from seawall.graph import Place
from seawall.template import PLUGIN, Address
from seawall.words import probably_meant

from .acknowledgements import Acknowledgement
from .context import Context
from .fixes import Fix
from .model import Confidence, Example, Finding, Rule, Severity

THE_APP = "(the app)"
"""Stands for the whole app where a finding names its site."""


def findings(context: Context, stale: Iterable[Acknowledgement], existing: Collection[str]) -> Iterator[Finding]:
    """One finding per acknowledgement that matched no finding."""
    for one in stale:
        why = "no such finding is there (any more)"
        if one.rule not in existing:
            near = probably_meant(one.rule.lower(), sorted(existing))
            why = "there is no such rule" + (f"; did you mean {near}?" if near else "")
        message = f"the acknowledgement of {one.rule} at {one.where or 'the app'} matches nothing: {why}"
        yield _finding(context, one, message, "remove it, or correct its id or the construct it stands on")


def nameless(context: Context, bare: Iterable[Acknowledgement]) -> Iterator[Finding]:
    """One finding per acknowledgement of a rule of ours whose id lacks the name before it."""
    for one in bare:
        message = (
            f"the acknowledgement of {one.rule} at {one.where or 'the app'} accepts nothing: "
            f"without a plugin's name, its id means a warning of the CDK itself"
        )
        yield _finding(context, one, message, f"write {PLUGIN}::{one.rule}")


def void(context: Context, stated: Iterable[tuple[Acknowledgement, str]]) -> Iterator[Finding]:
    """One finding per acknowledgement that does not hold, with why."""
    for one, why in stated:
        message = f"the acknowledgement of {one.rule} at {one.where or 'the app'} accepts nothing: {why}"
        yield _finding(context, one, message, "mend what it is about and remove it, or decide anew and say until when")


def _finding(context: Context, one: Acknowledgement, message: str, fix: str) -> Finding:
    return Finding(
        rule=RULE.id,
        severity=RULE.severity,
        confidence=Confidence.HIGH,
        place=_place(context, one),
        site=one.where or THE_APP,
        headline=message,
        fix=Fix.of(fix),
        shape=(one.rule,),
    )


def _place(context: Context, one: Acknowledgement) -> Place:
    for resource in context.app.resources():
        if one.where in (resource.site_id, resource.construct_path):
            return Place(resource.address, "Metadata" if one.by == "metadata" else "")
    for resource in context.app.resources():
        if (resource.construct_path or "").startswith(f"{one.where}/"):
            return Place(resource.address)
    return Place(Address(next(iter(context.app.templates), ""), ""))


def check(_: Context) -> Iterable[Finding]:
    """Nothing by itself: which acknowledgements are left over is known only after all other rules."""
    return ()


RULE = Rule(
    id="unmatched-acknowledgement",
    severity=Severity.WARNING,
    title="an acknowledgement matches no finding",
    what=(
        "Fires on an acknowledgement whose rule finds nothing at that place, whose id is no rule's, whose id lacks the "
        "`Seawall::` before it, so that the CDK takes it for a warning of its own, whose day `until` has passed, or "
        "whose rule the settings list as `unsuppressable`."
    ),
    why="It hides nothing today, and will hide the next finding of that kind there without anybody deciding so.",
    example=Example(
        'Validations.of(fn).acknowledge(Acknowledgment(id="Seawall::stacked-retry", reason="..."))   # no such rule\n'
    ),
    fix="Remove it, or correct its id or the construct it stands on.",
    better=Example('Validations.of(fn).acknowledge(Acknowledgment(id="Seawall::stacked-retries", reason="..."))\n'),
    sources=("https://docs.aws.amazon.com/cdk/v2/guide/policy-validation-synthesis.html",),
    check=check,
    topic="",
)
