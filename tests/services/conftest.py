"""Small templates, read into sites and hops."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest

from seawall.graph import Hop
from seawall.services import Wiring, read
from seawall.template import load

Raw = dict[str, Any]


class Wire(Protocol):
    """Reads the resources of one template; sites are called ``app/<logical id>``."""

    def __call__(self, resources: Mapping[str, Raw], **sections: Any) -> Wiring: ...


@pytest.fixture
def wire(tmp_path: Path) -> Wire:
    def make(resources: Mapping[str, Raw], **sections: Any) -> Wiring:
        path = tmp_path / "app.json"
        path.write_text(json.dumps({"Resources": resources, **sections}))
        return read(load([path]))

    return make


def resource(kind: str, condition: str | None = None, **properties: Any) -> Raw:
    """A resource of type ``AWS::<kind>``."""
    return {"Type": f"AWS::{kind}", "Properties": properties} | ({"Condition": condition} if condition else {})


def arn(name: str) -> Raw:
    return {"Fn::GetAtt": [name, "Arn"]}


def ref(name: str) -> Raw:
    return {"Ref": name}


def join(*parts: Any) -> Raw:
    return {"Fn::Join": ["", list(parts)]}


def function(**properties: Any) -> Raw:
    return resource("Lambda::Function", Handler="index.handler", **properties)


def queue(receives: Any = None, **properties: Any) -> Raw:
    policy: Raw = (
        {"RedrivePolicy": {"deadLetterTargetArn": arn("Dead"), "maxReceiveCount": receives}} if receives else {}
    )
    return resource("SQS::Queue", **policy, **properties)


def machine(kind: str | None = None) -> Raw:
    """A state machine that does nothing."""
    body = {"StartAt": "Wait", "States": {"Wait": {"Type": "Pass", "End": True}}}
    return resource(
        "StepFunctions::StateMachine", Definition=body, **({"StateMachineType": kind} if kind is not None else {})
    )


def hops(wiring: Wiring, source: str | None = None, target: str | None = None) -> list[Hop]:
    """Hops between two sites, given as logical ids or whole ids; the ones that services add inside are left out."""
    return [
        hop
        for hop in wiring.hops
        if source in (None, hop.source, hop.source.removeprefix("app/"))
        and target in (None, hop.target, hop.target.removeprefix("app/"))
    ]


def hop(wiring: Wiring, source: str, target: str) -> Hop:
    """The only hop between two sites."""
    found = hops(wiring, source, target)
    assert len(found) == 1, [(each.source, each.target, each.kind) for each in wiring.hops]
    return found[0]


def totals(found: Hop) -> dict[str, int | None]:
    """Tries of a hop by failure class."""
    return {failure: found.tries_for(failure).total for failure in ("error", "timeout", "throttle", "fault")}


def shown(found: Hop) -> dict[str, str | None]:
    """What the sender shows, by failure class of the receiver."""
    return {failure: found.shown(failure) for failure in ("error", "timeout", "throttle", "fault")}


def whys(wiring: Wiring) -> dict[str, str]:
    """What stayed unknown, by site (its logical id) and property."""
    return {f"{each.site.removeprefix('app/')}.{each.property}": each.why for each in wiring.unknowns}


def everywhere(total: int | None) -> dict[str, int | None]:
    return dict.fromkeys(("error", "timeout", "throttle", "fault"), total)
