"""Reports built by hand: a queue, a pipe, an Express machine and a function, 5 x 4 deep, and whatever is asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from seawall.engine import Report
from seawall.graph import CLASSES, FailureClass, Flow, Gap, Hop, Place, Plan, Site, StateStep, Tries
from seawall.report.styled_text import say, wrap
from seawall.retries import analyse
from seawall.rules import Confidence, Finding, Fix, Mark, Severity, Suppressed
from seawall.settings import Settings
from seawall.template import Address, App, Resource, Template, ValueStatus

KEY = "Webhook.template.json"

QUEUE, PIPE, MACHINE, CHARGE = "Webhook/Queue", "Webhook/Pipe", "Webhook/Machine", "Webhook/Charge"
STATE = f"{MACHINE}#Charge"

BODY: Mapping[str, Any] = {
    "Resources": {
        "Queue4A7E3555": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"VisibilityTimeout": 360, "RedrivePolicy": {"maxReceiveCount": 5}},
            "Metadata": {"aws:cdk:path": f"{QUEUE}/Resource"},
        },
        "Pipe": {
            "Type": "AWS::Pipes::Pipe",
            "Properties": {"Source": "", "Target": ""},
            "Metadata": {"aws:cdk:path": PIPE},
        },
        "Machine38B5FA2B": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {"DefinitionString": "{}"},
            "Metadata": {"aws:cdk:path": f"{MACHINE}/Resource"},
        },
        "Charge1F0A2B3C": {
            "Type": "AWS::Lambda::Function",
            "Properties": {"Timeout": 30},
            "Metadata": {"aws:cdk:path": f"{CHARGE}/Resource"},
        },
    }
}


def place(logical_id: str, property_: str = "", key: str = KEY) -> Place:
    """A place in the template."""
    return Place(Address(key, logical_id), property_)


def app(directory: Path, body: Mapping[str, Any] = BODY, key: str = KEY, **more: Any) -> App:
    """An app of one template, written to `directory` so that its lines are real."""
    path = directory / key
    path.write_text(json.dumps(body, indent=2))
    resources = {}
    for name, resource in body["Resources"].items():
        metadata = resource.get("Metadata", {})
        construct = metadata.get("aws:cdk:path")
        site = construct.removesuffix("/Resource") if construct else f"{key.partition('.')[0]}/{name}"
        resources[name] = Resource(
            Address(key, name), resource["Type"], resource.get("Properties", {}), metadata, None, construct, site
        )
    template = Template(key, str(path), key.partition(".")[0], body, resources)
    return App({key: template}, **more)


def flow(*, unknown: Iterable[Gap] = (), receives: Tries | None = None) -> Flow:
    """Queue (5) -> pipe -> machine -> state with a retry of 3 -> function."""
    five = receives or Tries(5, setting="RedrivePolicy.maxReceiveCount", note="maxReceiveCount = 5", interval=360.0)
    four = Tries(4, setting="States.Charge.Retry", note="Retry States.ALL MaxAttempts 3", backoff=7.0)
    classes = CLASSES
    sites = (
        Site(QUEUE, "queue", place("Queue4A7E3555")),
        Site(PIPE, "pipe", place("Pipe")),
        Site(
            MACHINE,
            "state machine",
            place("Machine38B5FA2B"),
            plan=Plan((STATE,), {STATE: StateStep(STATE)}),
            works=True,
        ),
        Site(STATE, "state", place("Machine38B5FA2B", "States.Charge"), inside=MACHINE, works=True),
        Site(CHARGE, "function", place("Charge1F0A2B3C"), works=True),
    )
    hops = (
        Hop(QUEUE, PIPE, "pipe source", True, place("Pipe", "Source"), tries=dict.fromkeys(classes, five)),
        Hop(PIPE, MACHINE, "pipe target", True, place("Pipe", "Target")),
        Hop(
            MACHINE,
            STATE,
            "state",
            True,
            place("Machine38B5FA2B", "States.Charge.Retry"),
            tries=dict.fromkeys(classes, four),
        ),
        Hop(STATE, CHARGE, "task", True, place("Machine38B5FA2B", "States.Charge.Resource")),
    )
    return Flow({site.id: site for site in sites}, hops, unknown=tuple(unknown))


TRACE = (
    Mark(QUEUE, 1, place=place("Queue4A7E3555")),
    Mark(
        PIPE,
        5,
        "maxReceiveCount = 5",
        "pipe source",
        True,
        5,
        place("Queue4A7E3555", "RedrivePolicy.maxReceiveCount"),
    ),
    Mark(MACHINE, 1, "", "pipe target", True, 5, place("Pipe", "Target")),
    Mark(
        STATE,
        4,
        "Retry States.ALL MaxAttempts 3",
        "state",
        True,
        20,
        place("Machine38B5FA2B", "States.Charge.Retry"),
    ),
    Mark(CHARGE, 1, "", "task", True, 20, place("Machine38B5FA2B", "States.Charge.Resource")),
)


def finding(**changes: Any) -> Finding:
    """The stacked retries of the function, or a finding that differs from it by `changes`."""
    values: dict[str, Any] = {
        "rule": "stacked-retries",
        "severity": Severity.ERROR,
        "confidence": Confidence.HIGH,
        "place": place("Charge1F0A2B3C"),
        "site": CHARGE,
        "headline": "20 runs of Webhook/Charge for one event at Webhook/Queue",
        "facts": ("error, timeout, throttle, fault: 5 x 4 = 20", "gives up after 30 min"),
        "fix": Fix.of("let the queue own the retry: drop the Retry of the state Charge: 20 -> 5"),
        "failure": FailureClass.ERROR,
        "attempts": 20,
        "trace": TRACE,
        "shape": (QUEUE, PIPE, MACHINE, STATE, CHARGE),
    }
    return Finding(**(values | changes))


def report(
    directory: Path,
    findings: Iterable[Finding] | None = None,
    suppressed: Iterable[Suppressed] = (),
    *,
    unknown: Iterable[Gap] = (),
    receives: Tries | None = None,
    **more: Any,
) -> Report:
    """A report on the template, with the one finding unless others are given."""
    found = (finding(),) if findings is None else tuple(findings)
    made = app(directory, **more)
    return Report(made, analyse(flow(unknown=unknown, receives=receives)), Settings(), found, tuple(suppressed))


UNKNOWN_RECEIVES = Tries(None, status=ValueStatus.UNKNOWN, setting="RedrivePolicy.maxReceiveCount", note="a parameter")


def one_piece(line: str) -> bool:
    """Whether nothing in a line can be broken: a name, a path, code, behind what marks the line."""
    marked = re.sub(r"^[ └─┄]*(--> |= |\| |[\w-]+: |\+- )?", "", line)
    return len(wrap(say(marked), 1)) == 1
