"""Amazon Cognito: the functions that a user pool calls.

A user pool waits for its triggers, which must answer within 5 seconds; one that does not is called again, three times
in all. An error that the function returns is the answer: it ends what the user wanted. A call that Lambda itself
answers with 5xx is not repeated. Senders of messages are invoked asynchronously.

Source: https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
"""

from __future__ import annotations

from seawall.graph.facts import Fact
from seawall.graph.layers import fixed
from seawall.graph.model import Bound, FailureClass, Place, Site, Tries
from seawall.template import Props, Resource, ValueStatus

from ..conditions import under
from ..registry import Arrival, hops, sites
from ..wiring import Wiring

USER_POOL = "AWS::Cognito::UserPool"
_PAGE = "https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html"

ATTEMPTS = Fact(3, _PAGE, "2026-11-22")
"""Calls of a trigger that does not answer within 5 seconds, in all. Not configurable."""
_FIXED = fixed("Cognito's own attempts cannot be set")
_LATE = Tries(ATTEMPTS.value, Bound.COUNT, ValueStatus.KNOWN, "LambdaConfig", "no answer: 3 attempts", layer=_FIXED)
_THROTTLED = Tries(
    None, status=ValueStatus.UNKNOWN, setting="LambdaConfig", note="not documented", backoff=None, layer=_FIXED
)
_SYNCHRONOUS = (
    "CreateAuthChallenge",
    "CustomMessage",
    "DefineAuthChallenge",
    "PostAuthentication",
    "PostConfirmation",
    "PreAuthentication",
    "PreSignUp",
    "PreTokenGeneration",
    "UserMigration",
    "VerifyAuthChallengeResponse",
)
_VERSIONED = "PreTokenGenerationConfig"
"""The same trigger as `PreTokenGeneration`, with a version of its event."""
_FEDERATION = "InboundFederation"
_SENDERS = ("CustomEmailSender", "CustomSMSSender")


@sites(USER_POOL)
def user_pool(wiring: Wiring, resource: Resource) -> None:
    """A user pool with triggers is an entry: users come in."""
    if wiring.props(resource).exists("LambdaConfig"):
        wiring.site(Site(resource.site_id, "user-pool", Place(resource.address)))


@hops(USER_POOL)
def triggers(wiring: Wiring, resource: Resource) -> None:
    """Every trigger's function."""
    config = wiring.props(resource).at("LambdaConfig")
    if not config.exists():
        return
    for name in _SYNCHRONOUS:
        _trigger(wiring, resource, config.at(name), Arrival.SYNC)
    _trigger(wiring, resource, config.at(_FEDERATION, "LambdaArn"), Arrival.SYNC)
    versioned, plain = config.at(_VERSIONED, "LambdaArn"), config.at("PreTokenGeneration")
    if versioned.value() != plain.value():
        _trigger(wiring, resource, versioned, Arrival.SYNC)
    for name in _SENDERS:
        _trigger(wiring, resource, config.at(name, "LambdaArn"), Arrival.ASYNC)


def _trigger(wiring: Wiring, resource: Resource, function: Props, arrival: Arrival) -> None:
    awaits = arrival is Arrival.SYNC
    for site, target in wiring.receivers(resource, function.property, function.value(), arrival, "lambda"):
        wiring.hop(
            resource.site_id,
            site,
            "user-pool-trigger",
            Place(resource.address, function.property),
            awaits=awaits,
            tries={FailureClass.TIMEOUT: _LATE, FailureClass.THROTTLE: _THROTTLED} if awaits else None,
            conditions=under(resource, target),
        )
