"""The gate on what really happened: it refuses the incident's stacks and passes the guarded ones, as synthesized."""

from __future__ import annotations

import json
from pathlib import Path

import aws_cdk as cdk
import pytest

from seawall.hook.handling import answer
from stacks.review_guarded import ReviewServerGuardedStack
from stacks.review_incident import ReviewServerIncidentStack
from stacks.webhook_guarded import WebhookGuardedStack
from stacks.webhook_incident import WebhookIncidentStack

from . import events
from .events import LambdaContext

ROOT = Path(__file__).parents[2]
INCIDENT = {"Webhook": WebhookIncidentStack, "Review": ReviewServerIncidentStack}
GUARDED = {"GuardedWebhook": WebhookGuardedStack, "GuardedReview": ReviewServerGuardedStack}


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("incident")
    context = json.loads((ROOT / "cdk.json").read_text())["context"] | {"aws:cdk:enable-path-metadata": True}
    app = cdk.App(context=context, outdir=str(folder), builtin_cloud_formation_validation=False)
    for name, stack in {**INCIDENT, **GUARDED}.items():
        stack(app, name)
    app.synth()
    return folder


@pytest.mark.parametrize(
    ("name", "rule", "event"),
    [
        ("Webhook", "retry-loop", events.of_stack("CREATE")),
        ("Review", "image-endangered", events.of_stack("UPDATE")),
        ("Review", "image-endangered", events.of_change_set()),
    ],
    ids=["webhook", "review server", "review server, change set"],
)
def test_the_incident_is_refused(assembly: Path, name: str, rule: str, event: object) -> None:
    text = (assembly / f"{name}.template.json").read_text("utf-8")
    found = answer(event, LambdaContext(), events.payload(text))
    assert (found["hookStatus"], found["errorCode"]) == ("FAILED", "NonCompliant")
    assert rule in {each["annotationName"] for each in found["annotations"]}
    assert found["message"].startswith("Seawall: error[")
    assert "Fix: " in found["message"]


@pytest.mark.parametrize("name", GUARDED)
def test_the_guarded_stacks_pass(assembly: Path, name: str) -> None:
    text = (assembly / f"{name}.template.json").read_text("utf-8")
    found = answer(events.of_stack("CREATE"), LambdaContext(), events.payload(text))
    assert (found["hookStatus"], found["message"].startswith("Seawall")) == ("SUCCESS", True)
