"""How a service's file takes part: decorators that say which resource types its functions read.

Every module of this package is imported once and registers itself; nothing is listed in a second place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

from seawall.package_data import modules_in
from seawall.template import Resource, Target

if TYPE_CHECKING:
    from .wiring import Wiring

Reader: TypeAlias = "Callable[[Wiring, Resource], None]"
Receiver: TypeAlias = "Callable[[Wiring, Resource, Target, Arrival], str | None]"
Finisher: TypeAlias = "Callable[[Wiring], None]"


class Arrival(Enum):
    """How an event reaches a resource."""

    SYNC = "the sender waits for the outcome"
    ASYNC = "the sender is done once the event is accepted"


SITES: dict[str, list[Reader]] = {}
HOPS: dict[str, list[Reader]] = {}
RECEIVERS: dict[str, Receiver] = {}
FINISHERS: list[tuple[int, Finisher]] = []


def sites(*types: str) -> Callable[[Reader], Reader]:
    """The function declares the sites of resources of these types."""
    return _under(SITES, types)


def hops(*types: str) -> Callable[[Reader], Reader]:
    """The function declares the hops that resources of these types make; all sites are known by then."""
    return _under(HOPS, types)


def receiver(*types: str) -> Callable[[Receiver], Receiver]:
    """The function says at which site an event arrives that is sent to a resource of these types.

    `ValueError` if another one says so already: which of them is asked must not hang on the order of imports.
    """

    def register(function: Receiver) -> Receiver:
        for name in types:
            known = RECEIVERS.setdefault(name, function)
            if known is not function:
                raise ValueError(f"{name} has a receiver already: {known.__module__}.{known.__qualname__}")
        return function

    return register


def followed(type_: str) -> bool:
    """Whether a service reads resources of a type."""
    return type_ in SITES or type_ in HOPS


def leads_on(type_: str) -> bool:
    """Whether a service reads resources of a type for where events go, and not for images alone."""
    return any(not reader.__module__.startswith(_IMAGES) for table in (SITES, HOPS) for reader in table.get(type_, ()))


_IMAGES = f"{__package__}.images"


def finisher(order: int) -> Callable[[Finisher], Finisher]:
    """The function runs once all declared hops are known; lower orders first."""

    def register(function: Finisher) -> Finisher:
        FINISHERS.append((order, function))
        return function

    return register


def _under(table: dict[str, list[Reader]], types: Iterable[str]) -> Callable[[Reader], Reader]:
    def register(function: Reader) -> Reader:
        for name in types:
            table.setdefault(name, []).append(function)
        return function

    return register


@cache
def discover() -> None:
    """Import every module of the package, so that each registers what it reads."""
    for name in sorted(_modules(__package__ or "seawall.services")):
        import_module(name)


def _modules(package: str) -> Iterator[str]:
    for name, inner in modules_in(import_module(package).__path__):
        if inner:
            yield from _modules(f"{package}.{name}")
        else:
            yield f"{package}.{name}"
