"""Account-level log subscriptions that cover the logs of what they lead to: every line brings the next.

The logs of a function that is itself the destination are left out by CloudWatch Logs; those of whatever comes behind
a stream, a delivery stream, a bucket or that function are not, unless the selection names their log groups.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Subscriptions-recursion-prevention.html (the note on
Lambda destinations as well), read 2026-11-29
"""

from __future__ import annotations

from collections.abc import Iterator

from seawall.graph.model import Place
from seawall.graph.reach import by_source, reach
from seawall.template import Absent, Resource, Unknown, concat, render

from ..lambda_.functions import FUNCTION
from ..registry import finisher
from ..wiring import Wiring
from .groups import ACCOUNT_POLICY, OF_FUNCTIONS

_WRITES = "the log group of {} is not excluded by the policy's selection criteria"


@finisher(order=17)
def covered(wiring: Wiring) -> None:
    """Hops from functions behind an account policy back to the log groups of the account."""
    outgoing = by_source(wiring.hops)
    for policy in wiring.app.by_type.get(ACCOUNT_POLICY, ()):
        if policy.site_id not in wiring.sites:
            continue
        own = {each.target.removesuffix("#async") for each in outgoing.get(policy.site_id, ())}
        criteria = wiring.props(policy).value("SelectionCriteria")
        inside = reach([policy.site_id], outgoing) - own
        for function in _behind(wiring, inside):
            if isinstance(criteria, Unknown):
                wiring.unknown(policy, "SelectionCriteria", criteria.why)
                break
            if isinstance(criteria, Absent) or not any(name in render(criteria) for name in _names(wiring, function)):
                wiring.hop(
                    function.site_id,
                    policy.site_id,
                    "log",
                    Place(policy.address, "SelectionCriteria"),
                    assumption=_WRITES.format(function.site_id),
                    stop=f"name the log group of {function.site_id} in the selection criteria of {policy.site_id}",
                )


def _behind(wiring: Wiring, inside: set[str]) -> Iterator[Resource]:
    for function in wiring.app.by_type.get(FUNCTION, ()):
        if function.site_id in inside and not wiring.sites[function.site_id].framework:
            yield function


def _names(wiring: Wiring, function: Resource) -> Iterator[str]:
    """How a selection may write the function's log group, each in quotes."""
    props = wiring.props(function)
    chosen, named = props.value("LoggingConfig", "LogGroup"), props.value("FunctionName")
    if not isinstance(chosen, Absent):
        yield f'"{render(chosen)}"'
        for target in wiring.targets(function, chosen, "logs"):
            group = wiring.app.resource(target.address)
            if group is not None:
                yield f'"{render(wiring.props(group).value("LogGroupName"))}"'
        return
    if not isinstance(named, Absent):
        yield f'"{render(concat([OF_FUNCTIONS, named]))}"'
    yield f'"{OF_FUNCTIONS.value}${{{function.address.logical_id}}}"'
