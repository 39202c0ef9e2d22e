"""What services say of a replay: which resources it deploys, and which of their layers try again there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import seawall.replay
from seawall.graph import Replayed, RetryOwner, SiteKind, Tries
from seawall.services import build
from seawall.services.playing import PLAYED, PlayedPart, Tally
from seawall.services.registry import discover
from seawall.template import load

SCENARIOS = sorted((Path(__file__).parents[1] / "scenarios").glob("*.json"))
PSEUDO = {"Region", "AccountId", "Partition", "URLSuffix", "StackName"}


def test_what_is_deployed_can_be_made_or_is_code_or_a_definition() -> None:
    discover()
    assert {name: one.part for name, one in PLAYED.items() if one.make is None} == {
        "AWS::Lambda::Function": PlayedPart.CODE,
        "AWS::Lambda::Alias": PlayedPart.NAME,
        "AWS::Lambda::Version": PlayedPart.NAME,
        "AWS::StepFunctions::StateMachine": PlayedPart.DEFINITION,
    }
    counted = {name for name, one in PLAYED.items() if one.tally is not Tally.NOTHING}
    assert counted == {"AWS::Lambda::Function", "AWS::SQS::Queue", "AWS::StepFunctions::StateMachine"}


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_layer_that_is_said_to_be_played_stands_between_sites_that_are(path: Path) -> None:
    flow = build(load([path]))
    for hop in flow.hops:
        for tries in hop.tries.values():
            if played(tries):
                kind = flow.sites[hop.source].kind
                owner = tries.layer.owner if tries.layer is not None else None
                assert (owner, kind) in {
                    (RetryOwner.QUEUE, SiteKind.QUEUE),
                    (RetryOwner.FUNCTION, SiteKind.ASYNCHRONOUS_QUEUE),
                    (RetryOwner.MACHINE, SiteKind.MACHINE),
                    (RetryOwner.MACHINE, SiteKind.STATE),
                }


def played(tries: Tries) -> bool:
    return tries.layer is not None and tries.layer.replayed is not Replayed.NOT


def test_a_replay_knows_no_resource_type() -> None:
    """They are the services' own, as are the properties that it would take to tell them apart."""
    for path in Path(seawall.replay.__file__).parent.glob("*.py"):
        named = re.findall(r'"AWS::(\w+)(::\w+)?"', path.read_text(encoding="utf-8"))
        assert {first for first, rest in named if rest or first not in PSEUDO} == set(), path.name
