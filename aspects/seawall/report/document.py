"""A report as plain data: the document behind ``--format json``, as `schema/report-1.schema.json` describes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from seawall._version import __version__
from seawall.baseline.entry import BaselineComparison, Changed, Gone
from seawall.cost import Cost
from seawall.engine import Report
from seawall.graph import CLASSES, ONCE, FailureClass, Gap, Hop, RuledOut
from seawall.graph.gaps import advice
from seawall.paths import below
from seawall.retries import Loop
from seawall.rules import Finding, Fix, Mark, StopNow, all_rules, chosen_rules
from seawall.rules.fingerprint import fingerprints
from seawall.services.prices import REGION, TABLE_DATE
from seawall.template import SourceLine

from .acknowledging import how_to_acknowledge
from .figures import site_of, whole
from .images import images_of
from .places import Location, locate
from .summary import Summary
from .what_if import changes_of, what_if_array

SCHEMA = "seawall.report/1"

Json: TypeAlias = "dict[str, Any]"


def document(report: Report) -> Json:
    """The whole report. Its order depends on nothing but the templates."""
    flow = report.analysis.flow
    suppressed = [suppression.finding for suppression in report.suppressed]
    prints = fingerprints(report.app, [*report.findings, *suppressed])
    found: Json = {
        "schema": SCHEMA,
        "tool": {"name": "seawall", "version": __version__},
        "settings": _settings(report),
        "inputs": _inputs(report),
        "sites": [site_of(report, site) for _, site in sorted(flow.sites.items())],
        "hops": sorted((_hop(hop) for hop in flow.hops), key=_by_ends),
        "hops_ruled_out": sorted((_ruled_out(each) for each in flow.ruled_out), key=_by("from", "to", "kind")),
        "loops": [_loop(loop) for loop in report.analysis.loops],
        "images": images_of(report),
        "findings": [_finding(report, finding, prints[id(finding)]) for finding in report.findings],
        "suppressed": [
            {
                **_finding(report, suppression.finding, prints[id(suppression.finding)]),
                "reason": suppression.by.reason,
                "by": suppression.by.by,
                "stated_at": suppression.by.where,
            }
            for suppression in report.suppressed
        ],
        "broken": [{"rule": one.rule, "why": one.why} for one in report.broken],
    }
    if report.what_if is not None:
        found["what_if"] = what_if_array(report, prints)
    return found if report.baseline is None else {**found, "baseline": _baseline_object(report.baseline)}


def _settings(report: Report) -> Json:
    running = {rule.id for rule in chosen_rules(report.settings)}
    return {
        "values": report.settings.by_key() | dict(report.stated.values),
        "sources": dict(sorted(report.stated.sources.items())),
        "rules_off": [rule.id for rule in all_rules() if rule.id not in running],
        "left_out": dict(report.left_out),
    }


def _inputs(report: Report) -> Json:
    summary = Summary.of(report)
    unknown = [_unknown(report, entry) for entry in report.gaps]
    unknown += [
        {**_unknown(report, each.gap), "acknowledged": {"by": each.by.by, "reason": each.by.reason}}
        for each in report.accepted_gaps
    ]
    skipped = [{"path": entry.path, "why": entry.why} for entry in report.skipped]
    return {
        "templates": summary.templates,
        "resources": summary.resources,
        "sites": summary.sites,
        "hops": summary.hops,
        "images": summary.images,
        "images_ignored": report.images.ignored,
        "read_percent": summary.read_percent,
        "unknown": sorted(unknown, key=_by("site", "property", "why")),
        "skipped": sorted(skipped, key=_by("path", "why")),
    }


def _unknown(report: Report, entry: Gap) -> Json:
    at = locate(report.app, entry.place) if entry.place is not None else None
    return {
        "site": entry.site,
        "property": entry.property,
        "why": entry.why,
        "what": entry.what.value,
        "template": at.template if at else None,
        "path": below(entry.at.file) if entry.at else below(at.file) if at else None,
        "line": (entry.at.line or None) if entry.at else at.line if at else None,
        "touches": list(entry.touches),
        "advice": advice(entry),
    }


def _hop(hop: Hop) -> Json:
    return {
        "from": hop.source,
        "to": hop.target,
        "kind": hop.kind,
        "awaits": hop.awaits,
        "when": hop.when.value,
        "evidence": hop.evidence.word,
        "tries": {failure.value: _tries(hop, failure) for failure in CLASSES},
        "conditions": list(hop.conditions),
        "assumption": "; ".join(filter(None, (hop.assumption, *hop.defaults))) or None,
        "at": _line(hop.at),
        **({"copies": hop.copies, "also_at": list(map(_line, hop.also_at))} if hop.copies != 1 else {}),
        **({"for_each": True} if hop.for_each else {}),
    }


def _tries(hop: Hop, failure: FailureClass) -> int | None:
    """Deliveries in all; of a call in code also those that the SDK's default brings, which no figure counts."""
    if hop.unjudged and hop.tries_for(failure).total == 1:
        return hop.unjudged.get(failure, ONCE).total
    return hop.tries_for(failure).total


def _ruled_out(each: RuledOut) -> Json:
    return {"from": each.source, "to": each.target, "kind": each.kind, "why": each.why, "at": _line(each.at)}


def _line(at: SourceLine | None) -> Json | None:
    """A line of code that was read."""
    return None if at is None else {"path": below(at.file), "line": at.line}


def _loop(loop: Loop) -> Json:
    return {
        "sites": list(loop.sites),
        "gain": {failure.value: loop.gain[failure].max for failure in CLASSES},
        "gain_min": {failure.value: loop.gain_min[failure].max for failure in CLASSES},
        "stopped_by": loop.stopped_by,
        "laps": loop.laps,
        "returns": sorted(({"from": hop.source, "to": hop.target} for hop in loop.returns), key=_by("from", "to")),
        "evidence": loop.evidence.word,
        **({"gain_at_most": [each.value for each in CLASSES if each in loop.at_most]} if loop.at_most else {}),
        **({"expires_seconds": whole(loop.expires)} if loop.expires is not None else {}),
    }


def _finding(report: Report, finding: Finding, fingerprint: str) -> Json:
    at = locate(report.app, finding.place)
    return {
        "rule": finding.rule,
        "severity": finding.severity.word,
        "confidence": finding.confidence.value,
        "site": finding.site,
        "message": finding.message,
        "headline": finding.headline,
        "facts": list(finding.facts),
        "details": list(finding.details),
        "example": list(finding.events),
        "assumptions": list(finding.assumptions),
        "fix": finding.fix.text,
        "how_to_fix": _how_to_fix(finding.fix),
        "stop_now": finding.stop_now.text or None,
        "how_to_stop": _how_to_stop(finding.stop_now),
        "changes": [change for each in finding.changes for change in changes_of(report, each)],
        "side_effects": list(finding.side_effects),
        "paste": finding.paste or None,
        "failure": None if finding.failure is None else finding.failure.value,
        "attempts": finding.attempts,
        "cost": _cost(finding.cost),
        "resource": _resource(at),
        "trace": [_mark(report, mark) for mark in finding.trace],
        "also": list(finding.also),
        "acknowledge": how_to_acknowledge(report.app, finding) or None,
        "fingerprint": fingerprint,
    }


def _how_to_fix(fix: Fix) -> Json:
    """What to do, step by step; each names its entries of the finding's `changes` by their position."""
    steps: list[Json] = []
    done = 0
    for step in fix.steps:
        edits = sum(len(change.edits) for change in step.changes)
        mine = list(range(done, done + edits))
        steps.append({"do": step.do, "effect": step.effect or None, "notes": list(step.notes), "changes": mine})
        done += edits
    return {
        "first": fix.first or None,
        "correction": [edit.edit for change in fix.correction for edit in change.edits],
        "steps": steps,
        "trade_off": fix.trade_off or None,
        "otherwise": fix.otherwise or None,
    }


def _how_to_stop(stop: StopNow) -> Json | None:
    """What to do at once, step by step."""
    if not stop.do:
        return None
    steps: list[Json] = [{"do": step.do, "commands": list(step.commands)} for step in stop.steps]
    return {"when": stop.when, "do": stop.do, "steps": steps}


def _cost(cost: Cost | None) -> Json | None:
    """What one failing event costs at list price, in US dollars."""
    if cost is None:
        return None
    full = cost.saturation
    return {
        "currency": "USD",
        "region": REGION,
        "prices_of": TABLE_DATE,
        "per_event": _money(cost.per_event),
        "per_hour": _money(cost.per_hour),
        "items": [
            {"site": one.site, "unit": one.unit, "quantity": whole(one.quantity), "amount": _money(one.amount)}
            for one in cost.items
        ],
        "saturation": full
        and {"at_once": full.at_once, "site": full.site or None, "rounds": full.rounds, "seconds": whole(full.seconds)},
        "assumptions": list(cost.assumptions),
        "not_priced": list(cost.not_priced),
    }


def _money(amount: float | None) -> float | None:
    """An amount without digits that say nothing."""
    return None if amount is None else float(f"{amount:.6g}")


def _resource(at: Location) -> Json:
    return {
        "logical_id": at.logical_id,
        "type": at.resource.type if at.resource else None,
        "construct_path": at.resource.construct_path if at.resource else None,
        "app": at.resource.app or None if at.resource else None,
        "template": at.template,
        "property": at.setting or None,
        "line": at.line,
        "source": {"file": below(at.source.file), "line": at.source.line} if at.source else None,
    }


def _mark(report: Report, mark: Mark) -> Json:
    at = locate(report.app, mark.place) if mark.place is not None else None
    return {
        "site": mark.site,
        "tries": mark.tries,
        "note": mark.note,
        "hop": mark.hop or None,
        "awaits": mark.awaits,
        "running": mark.running,
        **({"copies": mark.copies} if mark.copies != 1 else {}),
        "template": at.template if at else None,
        "property": (at.setting or None) if at else None,
        "line": at.line if at else None,
    }


def _by(*keys: str) -> Callable[[Json], tuple[str, ...]]:
    return lambda entry: tuple(entry[key] for key in keys)


def _by_ends(hop: Json) -> tuple[str, ...]:
    return (hop["from"], hop["to"], hop["kind"], hop["when"], str(not hop["awaits"]), hop["evidence"])


def _baseline_object(settled: BaselineComparison) -> Json:
    """The entry ``baseline`` of a report."""
    return {
        "file": settled.name,
        "covered": settled.covered,
        "worse": [_changed(one) for one in settled.worse],
        "better": [_changed(one) for one in settled.better],
        "unclear": [_changed(one) for one in settled.unclear],
        "gone": [{**_which(one), "why": one.why} for one in settled.gone],
    }


def _changed(one: Changed) -> Json:
    return {**_which(one), "fingerprint": one.fingerprint, "change": one.change.said}


def _which(one: Changed | Gone) -> Json:
    return {"rule": one.known.rule, "site": one.known.site, "fingerprint": one.known.fingerprint}
