"""What the stubs call: the hops that the model sees leave a function's code, as calls of the emulator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from seawall.graph import Flow, Hop, SiteKind, When
from seawall.services import Wiring
from seawall.template import Resource

from .experiment import CallReading, Experiment
from .names import DeployedNames

Call = dict[str, Any]

_HANDED: Mapping[str, str] = {
    SiteKind.QUEUE: "send",
    SiteKind.TOPIC: "publish",
    SiteKind.MACHINE: "start",
    SiteKind.RULE: "put-events",
}
_AWAITED: Mapping[str, str] = {SiteKind.MACHINE: "start-sync", SiteKind.FUNCTION: "invoke"}
_UNAWAITED = {"invoke": "invoke-event"}


def calls_of(experiment: Experiment, names: DeployedNames, site: str, deployed: frozenset[str]) -> list[Call]:
    """Calls of one function's code: first what it hands off, then what it waits for, then what comes after that."""
    flow, unsent = experiment.analysis.flow, experiment.unsent
    hops = [hop for hop in flow.out_of(site) if hop.when is not When.EXHAUSTED and hop.target not in unsent]
    hops.sort(key=lambda hop: (hop.after is not None or bool(hop.skipped), hop.awaits))
    made = [_call(experiment, names, each, deployed) for hop in hops for each in _straight(experiment, hop)]
    return [one for one in made if one is not None]


def _straight(experiment: Experiment, hop: Hop) -> list[Hop]:
    """A hop onto a bus as one to each rule that takes the event there: each listens to its own address here."""
    if experiment.analysis.flow.sites[hop.target].kind != SiteKind.BUS:
        return [hop]
    return [replace(hop, target=rule) for rule in _rules_behind(experiment, hop)]


def taken_by(experiment: Experiment, site: str) -> list[str]:
    """The rules that take what `site` puts onto buses."""
    sites, found = experiment.analysis.flow.sites, []
    for hop in experiment.analysis.flow.out_of(site):
        if sites[hop.target].kind == SiteKind.RULE:
            found.append(hop.target)
        elif sites[hop.target].kind == SiteKind.BUS:
            found += _rules_behind(experiment, hop)
    return found


def _rules_behind(experiment: Experiment, onto: Hop) -> list[str]:
    """The rules of a bus that take what comes over a hop onto it: not those whose patterns rule it out."""
    flow = experiment.analysis.attempts.flow
    copies = {hop.target for hop in flow.hops if flow.originals.get(hop, hop) is onto}
    return list(dict.fromkeys(flow.plain(hop.target) for copy in sorted(copies) for hop in flow.out_of(copy)))


def call(names: DeployedNames, flow: Flow, target: str, *, awaits: bool) -> Call | None:
    """A call that delivers an event to `target`; None if nothing can."""
    kind = flow.sites[target].kind
    if kind == SiteKind.ASYNCHRONOUS_QUEUE:
        target, action = next(hop.target for hop in flow.out_of(target) if hop.awaits), "invoke-event"
    else:
        found = (_AWAITED if awaits else _HANDED).get(kind)
        if found is None:
            return None
        action = found
    place = flow.sites[target].place
    resource = names.app.resource(place.address) if place else None
    if resource is None:
        return None
    by_name = action in ("send", "invoke", "invoke-event")
    to = bus_of(names, resource) if kind == SiteKind.RULE else names.name(resource) if by_name else names.arn(resource)
    return single_call(action, to, f"{names.prefix}.{names.id(resource)}")


def single_call(action: str, to: Any, source: str = "") -> Call:
    """A call that each run makes once, and with whose failure it fails; `source`: of events put onto a bus."""
    return {
        "action": action,
        "target": to,
        "when": "always",
        "laps": None,
        "after": False,
        "heeded": True,
        "copies": 1,
        "ends": False,
        "source": source,
    }


def bus_of(names: DeployedNames, rule: Resource) -> str:
    """The name of the bus that a rule listens to."""
    wiring = Wiring(names.app)
    for target in wiring.targets(rule, wiring.props(rule).value("EventBusName"), "events:event-bus"):
        found = names.app.resource(target.address)
        if found is not None:
            return names.name(found)
    return "default"


def _call(experiment: Experiment, names: DeployedNames, hop: Hop, deployed: frozenset[str]) -> Call | None:
    flow = experiment.analysis.flow
    made = call(names, flow, hop.target, awaits=hop.awaits) if hop.target in deployed else None
    if made is None:
        return None
    if hop.unread:
        made |= {"heeded": experiment.reading is CallReading.HEEDED}
        if experiment.reading is CallReading.UNAWAITED and made["action"] in _UNAWAITED:
            made |= {"action": _UNAWAITED[made["action"]]}
    elif hop.shown(experiment.failure) is None:
        made |= {"heeded": False}
    laps = experiment.laps_over(hop)
    return made | {
        "when": "always" if experiment.sends(hop) else "failure",
        "laps": None if laps is None else list(laps),
        "after": hop.after is not None or any(experiment.failure in classes for classes in hop.skipped.values()),
        "copies": hop.copies,
        "ends": experiment.failure in hop.ends_run,
    }
