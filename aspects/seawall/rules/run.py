"""Runs the rules over an analysed app and sets acknowledged findings apart."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
from math import inf

from msgspec import Struct

from seawall.graph import FailureClass
from seawall.package_data import modules_in
from seawall.paths import below
from seawall.remedies.what_if import Proposal
from seawall.retries import Analysis
from seawall.settings import Settings
from seawall.template import App

from . import unmatched_acknowledgement as unmatched
from .acknowledgements import (
    GAP,
    Acknowledgement,
    Suppressed,
    split_by_acknowledgement,
    split_gaps,
    stated_bare,
    stated_in_constructs,
    stated_in_templates,
)
from .context import Context
from .finding_apps import with_apps
from .installed import installed
from .model import Finding, Harm, Rule


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule by id: those of the package, each from its own file, and those of other installed packages."""
    package = import_module(__package__ or "seawall.rules")
    modules = [import_module(f"{package.__name__}.{name}") for name, _ in modules_in(package.__path__)]
    own = {module.RULE.id: module.RULE for module in modules if hasattr(module, "RULE")}
    return tuple(sorted((*own.values(), *installed(own)), key=lambda rule: rule.id))


@cache
def _harms() -> dict[str, Harm]:
    return {rule.id: rule.harm for rule in all_rules()}


def order(finding: Finding) -> tuple[int, int, bool, float, float, str, str, str]:
    """What is told first, everywhere: the more severe, then the more harmful, what an ordinary failure brings before
    what only a service's own error does, the higher number, the dearer.
    """
    harm = _harms().get(finding.rule, Harm.OTHER)
    counted = inf if finding.attempts is None and harm is Harm.GROWS else float(finding.attempts or 0)
    price = finding.cost.weight if finding.cost is not None else 0.0
    rare = finding.failure is FailureClass.FAULT and finding.attempts is not None
    return (-finding.severity, -harm, rare, -counted, -price, finding.rule, finding.site, finding.place.property)


def chosen_rules(settings: Settings) -> tuple[Rule, ...]:
    """The rules that run under `settings`."""
    return tuple(
        rule
        for rule in all_rules()
        if (not settings.select or rule.id in settings.select)
        and rule.id not in settings.ignore
        and settings.about(rule.topic)
    )


class BrokenRule(Struct, frozen=True):
    """A rule that raised: what it would have found is not known."""

    rule: str
    why: str


class Judged(Struct, frozen=True):
    """An app, and what the rules found in it."""

    app: App
    analysis: Analysis
    settings: Settings
    findings: tuple[Finding, ...]
    """Open ones, worst first, then by site; the order is stable."""
    suppressed: tuple[Suppressed, ...]
    """Those that somebody has accepted."""
    broken: tuple[BrokenRule, ...] = ()
    """Rules that raised; the others ran."""
    accepting_gaps: tuple[Acknowledgement, ...] = ()
    """Acknowledgements of gaps."""
    ignored: tuple[Finding, ...] = ()
    """Those in a part of the app in which the settings leave their rule out."""


def judge(context: Context, acknowledgements: Iterable[Acknowledgement] = ()) -> Judged:
    """What the chosen rules find; acknowledged findings apart.

    Acknowledgements of rules that were not run are left alone; any other that matches nothing is a finding itself.
    """
    rules = chosen_rules(context.settings)
    found, broken = list[Finding](), list[BrokenRule]()
    for rule in rules:
        try:
            found += [with_apps(context, finding) for finding in rule.check(context)]
        except Exception as error:  # a mistake in one rule must not cost what the others find
            if os.environ.get("SEAWALL_DEBUG"):
                raise
            broken.append(BrokenRule(rule.id, f"{type(error).__name__}: {error}"))
    stated = (*acknowledgements, *stated_in_constructs(context.app), *stated_in_templates(context.app))
    known = tuple(one for one in stated if not _void(one, context.settings))
    left, suppressed, unused = split_by_acknowledgement(
        context.app, found, (one for one in known if one.rule != GAP), order
    )
    accepting = tuple(one for one in known if one.rule == GAP)
    unused += _of_no_gap(context, accepting)
    ignored = tuple(one for one in left if _left_out(context, one))
    ids = set(map(id, ignored))
    left = tuple(one for one in left if id(one) not in ids)
    ran = {rule.id for rule in rules} - {one.rule for one in broken}
    existing = {rule.id for rule in all_rules()} | {GAP}
    stale = tuple(one for one in unused if one.rule in ran or one.rule not in existing or one.rule == GAP)
    if unmatched.RULE.id in ran:
        bare = (one for one in stated_bare(context.app) if one.rule in ran)
        void = [(one, why) for one in stated if (why := _void(one, context.settings))]
        left += (*unmatched.findings(context, stale, existing), *unmatched.nameless(context, bare))
        left = tuple(sorted((*left, *unmatched.void(context, void)), key=order))
    return Judged(context.app, context.analysis, context.settings, left, suppressed, tuple(broken), accepting, ignored)


def of_rules_off(context: Context) -> Iterator[str]:
    """The rule of each finding that would be there, were no rule off; of a rule that breaks none."""
    running = {rule.id for rule in chosen_rules(context.settings)}
    for rule in all_rules():
        if rule.id not in running and context.settings.about(rule.topic):
            with suppress(Exception):
                yield from [one.rule for one in rule.check(context)]


def of_limits(judged: Judged) -> Iterator[str]:
    """The rule of each finding that would be there, were no limit set to let more pass; of a rule that breaks none."""
    settings = judged.settings.unrelaxed()
    if settings == judged.settings:
        return
    told = (*judged.findings, *judged.ignored, *(one.finding for one in judged.suppressed))
    known = {(one.rule, one.site, one.place) for one in told}
    context = Context(judged.app, judged.analysis, settings)
    for rule in chosen_rules(settings):
        with suppress(Exception):
            yield from [one.rule for one in rule.check(context) if (one.rule, one.site, one.place) not in known]


def _void(one: Acknowledgement, settings: Settings) -> str:
    """Why an acknowledgement accepts nothing although something like it is found; empty where it does."""
    if one.rule in settings.unsuppressable:
        return "the settings let nobody accept findings of that rule (unsuppressable)"
    return one.why_not


def _of_no_gap(context: Context, accepting: tuple[Acknowledgement, ...]) -> tuple[Acknowledgement, ...]:
    """Acknowledgements of gaps that match none."""
    if not accepting:
        return ()
    images = context.images.gaps if context.settings.about("images") else ()
    return split_gaps(context.app, (*context.analysis.flow.unknown, *images), accepting)[2]


def _left_out(context: Context, finding: Finding) -> bool:
    """Whether the settings leave a finding's rule out where it stands; never where nobody may accept its findings."""
    if finding.rule in context.settings.unsuppressable:
        return False
    patterns = [pattern for pattern, rules in context.settings.ignored_in if finding.rule in rules]
    if not patterns:
        return False
    resource = context.app.resource(finding.place.address)
    template = context.app.templates.get(finding.place.address.template)
    names = [
        finding.site,
        *([resource.construct_path or ""] if resource else []),
        *([below(template.path)] if template else []),
    ]
    return any(fnmatchcase(name, each) for name in names for pattern in patterns for each in (pattern, f"{pattern}/*"))


def proposals(context: Context, findings: Iterable[Finding]) -> Iterator[tuple[Finding, Proposal]]:
    """For each finding that a change mends, in their order: what can be done, and what that brings."""
    rules = {rule.id: rule for rule in all_rules()}
    for finding in findings:
        rule = rules.get(finding.rule)
        made = rule.what_if(context, finding) if rule is not None and rule.what_if is not None else None
        if made is not None:
            yield finding, made
