"""`idle-retry`."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.rules import Severity

from .judging import ALL, Raw, found, judged, only, scenario
from .reading import app, mapping, redrive, resource

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


def test_the_order_of_the_template_does_not_matter(tmp_path: Path) -> None:
    """Two functions that a queue feeds, each with asynchronous settings: named by site, reported at the first."""
    resources: Raw = {}
    for name in ("Zebra", "Ant"):
        config = resource(
            "Lambda::EventInvokeConfig", FunctionName={"Ref": name}, Qualifier="$LATEST", MaximumRetryAttempts=0
        )
        reads = {f"{name}Queue": resource("SQS::Queue", **redrive(5)), f"{name}Reads": mapping(f"{name}Queue", name)}
        resources |= {name: resource("Lambda::Function"), f"{name}Config": config, **reads}
    one, other = (
        only(judged(tmp_path, app(**order)), RULE) for order in (resources, dict(reversed(resources.items())))
    )
    assert (one.site, one.also) == (other.site, other.also) == ("app/Ant", ("app/Zebra",))
    assert (one.message, one.place) == (other.message, other.place)
