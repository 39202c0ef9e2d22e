"""Rules on API calls whose own targets may make the same call: every run brings the next.

What CloudTrail records reaches the default bus as "AWS API Call via CloudTrail". Which calls a target makes stands in
its role, and in the tasks of a machine.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html, read 2026-11-29
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from seawall.graph.model import Evidence, Hop, Place
from seawall.graph.reach import by_source, reach
from seawall.template import Props, Resource

from ..eventbridge.buses import RULE, enabled
from ..holders import holders
from ..iam.statements import actions_of
from ..lambda_.code_calls import roles_of, statements_by_role
from ..registry import finisher
from ..wiring import Wiring
from .trails import API_CALL

_VERSION = re.compile(r"20\d{6}(v\d+)?$")
"""What the names of some services' events end with: ``UpdateFunctionCode20150331v2``."""
_RECORDED = "a trail records the call, and the code makes it because of the event"


@finisher(order=14)
def calls_of_targets(wiring: Wiring) -> None:
    """Hops back to a rule from what it leads to and what may make the call that the rule is on."""
    outgoing = by_source(wiring.hops)
    for rule in wiring.app.by_type.get(RULE, ()):
        names = dict(_calls(wiring.props(rule).at("EventPattern"))) if enabled(wiring, rule) else {}
        wanted = frozenset(names)
        if wanted:
            inside = reach([rule.site_id], outgoing)
            made = [hop for site in inside for hop in outgoing.get(site, ()) if hop.kind.lower() in wanted]
            callers = {hop.source: (hop.evidence, hop.place) for hop in made if _on(wiring, rule, hop)}
            for site, evidence, place in _permitted(wiring, rule, inside, wanted):
                callers.setdefault(site, (evidence, place))
            stop = f"let the pattern of {rule.site_id} leave out calls of the role that what it starts has"
            for site, (evidence, place) in callers.items():
                wiring.hop(
                    site,
                    rule.site_id,
                    "api-call",
                    place,
                    evidence=evidence,
                    assumption=_RECORDED,
                    stop=stop,
                    event={
                        ("detail-type",): frozenset({API_CALL}),
                        ("detail", "eventName"): frozenset(names.values()),
                    },
                )


def _calls(pattern: Props) -> Iterator[tuple[str, str]]:
    """The calls that a rule is on, as ``service:action`` in lower case, with the event's name; none where it names no
    action.
    """
    kinds = [item.props.text().value for item in pattern.items("detail-type")]
    if API_CALL not in kinds:
        return
    services = [
        (item.props.text().value or "").removesuffix(".amazonaws.com")
        for item in pattern.items("detail", "eventSource")
    ]
    services += [(item.props.text().value or "").removeprefix("aws.") for item in pattern.items("source")]
    for item in pattern.items("detail", "eventName"):
        given = item.props.text().value or ""
        name = _VERSION.sub("", given)
        yield from ((f"{service}:{name}".lower(), given) for service in services if service and name)


def _on(wiring: Wiring, rule: Resource, hop: Hop) -> bool:
    """Whether a call is on what the rule's pattern asks for, where it names a bucket."""
    named = wiring.props(rule).items("EventPattern", "detail", "requestParameters", "bucketName")
    addresses = [target.address for item in named for target in wiring.targets(rule, item.props.value(), "s3")]
    site = wiring.sites[hop.target]
    return not addresses or site.place is None or site.place.address in addresses


def _permitted(
    wiring: Wiring, rule: Resource, inside: set[str], wanted: frozenset[str]
) -> Iterator[tuple[str, Evidence, Place]]:
    """Code behind the rule whose role allows the call."""
    statements = statements_by_role(wiring)
    named = wiring.props(rule).items("EventPattern", "detail", "requestParameters", "bucketName")
    for holder in holders(wiring):
        if holder.site not in inside or wiring.sites[holder.site].framework:
            continue
        for role in roles_of(wiring, holder):
            found = [_allows(wiring, each, wanted) for each in statements.get(role.site_id, ())]
            best = max((each for each in found if each is not None), default=None)
            if best is not None and not named:
                yield holder.site, best, holder.role


def _allows(wiring: Wiring, statement: Props, wanted: frozenset[str]) -> Evidence | None:
    actions = [name for _, name in actions_of(wiring, statement)]
    if wanted.intersection(actions):
        return Evidence.MEDIUM
    starts = [action[:-1] for action in actions if action.endswith("*") and ":" in action]
    return Evidence.WEAK if any(call.startswith(start) for call in wanted for start in starts) else None
