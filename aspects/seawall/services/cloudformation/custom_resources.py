"""Custom resources: functions that CloudFormation calls while it deploys.

CloudFormation invokes them asynchronously and waits for the answer that they send, not for their run; a failure is seen
by whoever deploys. So they make no flow of events, and nothing is lost where no dead-letter queue is set. All that
matters is that asynchronous settings of such a function can act.

Source: https://docs.aws.amazon.com/lambda/latest/dg/services-cloudformation.html
"""

from __future__ import annotations

from ..lambda_.functions import FUNCTION
from ..registry import finisher
from ..wiring import Wiring

CUSTOM_RESOURCE = "AWS::CloudFormation::CustomResource"
_OWN_TYPES = "Custom::"


@finisher(order=10)
def handlers(wiring: Wiring) -> None:
    """Every function that a custom resource names may be invoked asynchronously."""
    for kind, resources in wiring.app.by_type.items():
        if kind != CUSTOM_RESOURCE and not kind.startswith(_OWN_TYPES):
            continue
        for resource in resources:
            for target in wiring.targets(resource, wiring.props(resource).value("ServiceToken"), "lambda"):
                found = wiring.app.resource(target.address) if target.address else None
                if found is not None and found.type == FUNCTION:
                    wiring.may_be_asynchronous.add(found.site_id)
