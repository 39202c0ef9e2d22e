"""Rules on events of AWS's services that the code behind them may cause itself: how often these come back is not known.

Services tell of what happens in them: of a transcription that ended, an image that was pushed, an instance that
stopped. Which call brings which event stands in no schema. Where code behind such a rule may change something in the
service, by a permission that says so in particular or by a call that it makes, its own event may start it again.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event.html, read 2026-11-30
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from seawall.graph.model import GapKind
from seawall.graph.reach import by_source, reach
from seawall.template import Props
from seawall.words import some

from ..cloudtrail.trails import API_CALL
from ..holders import Holder, holders
from ..lambda_.code_calls import ACTIONS, roles_of, statements_by_role
from ..registry import finisher
from ..sdk_calls import ACTED_ON
from ..wiring import Wiring
from .buses import RULE, enabled

_READS = (
    "batchget", "check", "describe", "download", "estimate", "filter", "get", "head", "list", "lookup", "preview",
    "query", "scan", "search", "select", "simulate", "validate", "verify", "view",
)  # fmt: skip
"""How actions begin that change nothing."""
_CAUSES_NONE = frozenset(
    {
        "autoscaling:completelifecycleaction",
        "autoscaling:recordlifecycleactionheartbeat",
        "codepipeline:putjobfailureresult",
        "codepipeline:putjobsuccessresult",
        "ec2:assignprivateipaddresses",
        "ec2:createnetworkinterface",
        "ec2:createtags",
        "ec2:deletenetworkinterface",
        "ec2:deletetags",
        "ec2:unassignprivateipaddresses",
    }
)
"""Actions that answer an event, or that nothing is told of but a tag's change."""
_FOLLOWED = frozenset({*ACTIONS, *(action.lower() for action in ACTED_ON)})
_TOLD_ELSEWHERE = ("events", "s3")
"""Services whose events are told of what makes them: schedules, buckets."""


@finisher(order=15)
def caused_events(wiring: Wiring) -> None:
    """Note rules whose events the code behind them may cause."""
    outgoing = by_source(wiring.hops)
    for rule in wiring.app.by_type.get(RULE, ()):
        services = list(_services(wiring.props(rule).at("EventPattern"))) if enabled(wiring, rule) else []
        if not services or rule.site_id not in wiring.sites:
            continue
        inside = reach([rule.site_id], outgoing)
        for holder in holders(wiring):
            if holder.site not in inside or wiring.sites[holder.site].framework:
                continue
            if any(hop.target == rule.site_id for hop in outgoing.get(holder.sender or holder.site, ())):
                continue
            for service in services:
                causing = list(dict.fromkeys(_changing(wiring, holder, service)))
                if causing:
                    why = (
                        f"is on events of aws.{service}, and {holder.site} behind it may cause some by "
                        f"{some(causing, 3)}: how often it runs for its own is not known"
                    )
                    wiring.unknown(rule, "EventPattern", why, what=GapKind.RESOURCE, touches=(holder.site,))


def _services(pattern: Props) -> Iterator[str]:
    """The services whose events a pattern asks for; one on calls of certain names is told of who makes these."""
    kinds = {item.props.text().value for item in pattern.items("detail-type")}
    if kinds == {API_CALL} and pattern.exists("detail", "eventName"):
        return
    for item in pattern.items("source"):
        source = item.props.text().value or ""
        service = source.removeprefix("aws.")
        if source != service and service not in _TOLD_ELSEWHERE:
            yield service


def _changing(wiring: Wiring, holder: Holder, service: str) -> Iterator[str]:
    """What code may change in a service: by a call that it makes or, where it was not read, by its role."""
    named: Collection[str] | None = wiring.calls.get(holder.site)
    if named is None:
        of_roles = (statements_by_role(wiring).get(role.site_id, ()) for role in roles_of(wiring, holder))
        actions = (item.props.text().value for some_ in of_roles for one in some_ for item in one.items("Action"))
        named = [action for action in actions if action]
    for each in sorted(named):
        called, _, name = each.lower().partition(":")
        particular = name[:1] not in ("", "*", "?") and not name.startswith(_READS)
        if called == service and particular and each.lower() not in _FOLLOWED | _CAUSES_NONE:
            yield each
