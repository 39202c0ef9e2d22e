"""Every layer of retries says who tries again, and offers a change or says why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from seawall.graph import Hop, Sets, Tries
from seawall.services import build
from seawall.services.registry import RECEIVERS, receiver
from seawall.template import load

SCENARIOS = sorted((Path(__file__).parents[1] / "scenarios").glob("*.json"))


def layers(file: Path) -> Iterator[tuple[Hop, Tries]]:
    """Each way in which an awaited hop of a template tries again."""
    for hop in build(load([file])).hops:
        if hop.awaits:
            yield from ((hop, tries) for tries in hop.tries.values() if tries.total != 1)


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_each_layer_offers_a_change_or_says_why_not(file: Path) -> None:
    for hop, tries in layers(file):
        said = f"{hop.source} -> {hop.target} ({hop.kind}, {tries.note})"
        assert tries.layer is not None, f"{said}: nobody says who tries again"
        offers = [offer for offer in (tries.layer.limit, tries.layer.drop) if offer is not None]
        assert offers or tries.layer.no_offer, f"{said}: no change is offered, and nothing says why"
        assert not (offers and tries.layer.no_offer), said
        for offer in offers:
            assert offer.sets is not Sets.OTHER or offer.new, f"{said}: what to put there is not said"


def test_a_second_receiver_for_a_type_is_an_error() -> None:
    taken = next(iter(RECEIVERS))
    with pytest.raises(ValueError, match=f"{taken} has a receiver already"):
        receiver(taken)(lambda *_: None)
