"""Walking to places in the properties of a resource, along paths such as ``ContainerDefinitions[].Image``."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from seawall.template import Props, Value


class Spot(Struct, frozen=True):
    """A place where a property may stand."""

    around: Props
    """The section that holds it: a container, for one."""
    name: str
    """The property of that section."""
    conditions: tuple[str, ...] = ()

    @property
    def value(self) -> Value:
        """What stands there."""
        return self.around.value(self.name)

    @property
    def property(self) -> str:
        """The dotted path below `Properties`."""
        return self.around.at(self.name).property


def spots(props: Props, path: str) -> Iterator[Spot]:
    """Every place in `props` that `path` leads to and where something stands.

    ``[]`` after a name stands for the entries of a list, ``{}`` for those of an object.
    """
    before, _, name = path.rpartition(".")
    for section, conditions in _sections(props, before.split(".") if before else [], ()):
        if section.exists(name):
            yield Spot(section, name, conditions)


def _sections(props: Props, steps: list[str], conditions: tuple[str, ...]) -> Iterator[tuple[Props, tuple[str, ...]]]:
    if not steps:
        yield props, conditions
        return
    step, *rest = steps
    if step.endswith("[]"):
        for item in props.items(step[:-2]):
            yield from _sections(item.props, rest, (*conditions, *item.conditions))
    elif step.endswith("{}"):
        for _, entry in props.mapping(step[:-2]):
            yield from _sections(entry, rest, conditions)
    else:
        yield from _sections(props.at(step), rest, conditions)
