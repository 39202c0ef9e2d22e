"""Tries of a setting that counts what comes after the first one: retry policies of deliveries."""

from __future__ import annotations

from seawall.graph.layers import Layer
from seawall.graph.model import Bound, Tries
from seawall.template import Resource, Setting, ValueStatus

from .wiring import Wiring


def retried(
    wiring: Wiring,
    resource: Resource,
    retries: Setting[int],
    layer: Layer,
    age: int | None = None,
    backoff: float | None = None,
) -> Tries:
    """Tries of a delivery that is made again as often as `retries` says, until it is `age` seconds old; `backoff`: what
    is waited between them in all.
    """
    limit = None if age is None else float(age)
    if retries.value is None:
        return untold(wiring, resource, retries, layer, limit)
    name, by_default = retries.property.rpartition(".")[2], retries.status is ValueStatus.DEFAULT
    return Tries(
        1 + retries.value,
        Bound.COUNT,
        retries.status,
        retries.property,
        f"{name} = {retries.value}{' by default' if by_default else ''}",
        backoff=backoff,
        limit=limit,
        layer=layer,
        value=retries.value,
    )


def untold(
    wiring: Wiring, resource: Resource, setting: Setting[int], layer: Layer, limit: float | None = None
) -> Tries:
    """Tries of a setting whose number is not known, which is noted."""
    wiring.unknown(resource, setting.property, setting.why)
    return Tries(
        None,
        Bound.COUNT,
        ValueStatus.UNKNOWN,
        setting.property,
        setting.why,
        backoff=None,
        limit=limit,
        layer=layer,
    )
