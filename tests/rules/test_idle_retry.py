"""`idle-retry`."""

from __future__ import annotations

import pytest

from seawall.rules import Severity

from .judging import ALL, found, only, scenario

RULE = "idle-retry"
FIRING = {
    "idle-event-invoke-config": (
        "Task",
        (
            "the event invoke config (MaximumRetryAttempts = 0) of idle-event-invoke-config/Task never acts: it acts "
            "on asynchronous invocations, and all calls are synchronous (by a state machine)"
        ),
    ),
    "idle-shadowed-retrier": (
        "Machine#Charge",
        (
            "retrier 2 (Lambda.ServiceException, Lambda.SdkClientException) of idle-shadowed-retrier/Machine#Charge "
            "never acts: retrier 1 (States.TaskFailed) stands before it and takes every error it names"
        ),
    ),
    "case-14b-nested-sync-own-error": (
        "Parent#RunOrder",
        (
            "retrier 1 (PaymentDeclined) of case-14b-nested-sync-own-error/Parent#RunOrder never acts: a child "
            "execution that fails arrives as States.TaskFailed, whatever error it failed with"
        ),
    ),
}


@pytest.mark.parametrize("name", FIRING)
def test_fires_and_says_why(name: str) -> None:
    site, message = FIRING[name]
    finding = only(scenario(name), RULE)
    assert (finding.site, finding.message) == (f"{name}/{site}", message)
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize("name", sorted(set(ALL) - set(FIRING)))
def test_is_silent_elsewhere(name: str) -> None:
    assert not found(scenario(name), RULE)
