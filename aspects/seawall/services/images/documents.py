"""Images named inside JSON documents: task parameters, Kubernetes manifests, values of a Helm chart.

Nonsense in a document never raises: what is no object or list where one is expected names nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from seawall.template import ABSENT, Absent, Embedded, Json, Known, Unknown, Value, concat

_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
MOST_NESTED = 60


def entries(document: Embedded, start: Json, path: str) -> Iterator[tuple[str, Value]]:
    """What stands at `path` below `start`: where, and as a value. ``[]`` stands for the entries of a list.

    A name that ends in ``.$``, and text in ``{% %}``, is chosen only when a state machine runs.
    """
    found: list[tuple[tuple[str, ...], Json]] = [((), start)]
    for step in path.split("."):
        name = step.removesuffix("[]")
        below: list[tuple[tuple[str, ...], Json]] = []
        for where, node in found:
            if not isinstance(node, dict):
                continue
            if f"{name}.$" in node:
                yield ".".join((*where, f"{name}.$")), Unknown(f"{name} is chosen when the state runs")
            elif name in node and step.endswith("[]") and isinstance(node[name], list):
                below += [((*where, name, str(index)), entry) for index, entry in enumerate(node[name])]
            elif name in node and not step.endswith("[]"):
                below.append(((*where, name), node[name]))
        found = below
    for where, node in found:
        chosen = isinstance(node, str) and node.startswith("{%")
        value = Unknown(f"{where[-1]} is chosen when the state runs") if chosen else document.value(node)
        yield ".".join(where), value


def named(document: Embedded, start: Json, keys: tuple[str, ...]) -> Iterator[tuple[str, Value]]:
    """Every text below `start` that stands under one of `keys`, at whatever depth: where, and as a value."""
    pending: list[tuple[tuple[str, ...], Json]] = [((), start)]
    while pending:
        where, node = pending.pop()
        if len(where) > MOST_NESTED:
            continue
        if isinstance(node, str) and where and where[-1] in keys:
            yield ".".join(where), document.value(node)
        below = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        pending += [((*where, str(key)), entry) for key, entry in reversed(list(below))]


class Workload(Struct, frozen=True):
    """The Kubernetes object around a container."""

    kind: str = ""
    name: str = ""
    replicas: int | None = None
    """As written on the object; None where it is not a literal number."""


class Contained(Struct, frozen=True):
    """One container's image in a manifest."""

    path: str
    value: Value
    container: str | None
    workload: Workload


def containers(document: Embedded, start: Json, around: Workload | None = None) -> Iterator[Contained]:
    """Every image in Kubernetes objects, at whatever depth they stand: those of containers, and those that operators
    and workflows name beside them (`spec.image` of a Spark application, `container` and `script` of an Argo template).
    """
    pending: list[tuple[tuple[str, ...], Json, Workload]] = [((), start, around or Workload())]
    while pending:
        where, node, inside = pending.pop()
        if len(where) > MOST_NESTED:
            continue
        if isinstance(node, dict):
            inside = _workload(document, node) or inside
            for list_name in _CONTAINERS:
                yield from _images(document, node.get(list_name), (*where, list_name), inside)
            if "spec" in where and isinstance(node.get("image"), str) and not _in_list(where):
                yield Contained(".".join((*where, "image")), document.value(node["image"]), None, inside)
        below = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        pending += [((*where, str(key)), entry, inside) for key, entry in reversed(list(below))]


def _in_list(where: tuple[str, ...]) -> bool:
    """Whether a place is an entry of a list of containers, which is read as such."""
    return len(where) > 1 and where[-2] in _CONTAINERS


def _images(document: Embedded, listed: Json, where: tuple[str, ...], inside: Workload) -> Iterator[Contained]:
    for index, entry in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(entry, dict) and isinstance(entry.get("image"), str):
            name = entry.get("name")
            path = ".".join((*where, str(index), "image"))
            yield Contained(path, document.value(entry["image"]), name if isinstance(name, str) else None, inside)


def _workload(document: Embedded, node: dict[str, Json]) -> Workload | None:
    kind, metadata, spec = node.get("kind"), node.get("metadata"), node.get("spec")
    if not isinstance(kind, str) or not isinstance(spec, dict):
        return None
    name = metadata.get("name") if isinstance(metadata, dict) else None
    replicas = spec.get("replicas")
    whole = isinstance(replicas, int) and not isinstance(replicas, bool)
    return Workload(kind, document.text(name) if isinstance(name, str) else "", replicas if whole else None)


def chart_images(document: Embedded, start: Json) -> Iterator[tuple[str, Value]]:
    """Images in the values of a Helm chart: ``image: <uri>``, or ``image`` with `registry`, `repository`, `tag`.

    Which values a chart reads is its own affair; these are the ones by which charts commonly name an image. Where only
    the repository is given, the tag is the chart's own. `global.imageRegistry` takes the place of every registry, as
    charts commonly have it.
    """
    pending: list[tuple[tuple[str, ...], str, Json]] = [((), "", start)]
    everywhere = start.get("global") if isinstance(start, dict) else None
    registry = everywhere.get("imageRegistry") if isinstance(everywhere, dict) else None
    while pending:
        where, key, node = pending.pop()
        if len(where) > MOST_NESTED:
            continue
        if key.lower().endswith("image") and isinstance(node, str) and node:
            yield ".".join(where), document.value(node)
        elif isinstance(node, dict) and _names_image(key, node):
            yield (
                ".".join((*where, "repository")),
                _put_together(document, node if not registry else {**node, "registry": registry}),
            )
        below = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        pending += [((*where, str(name)), str(name), entry) for name, entry in reversed(list(below))]


def _names_image(key: str, node: dict[str, Json]) -> bool:
    return isinstance(node.get("repository"), str) and (
        key.lower().endswith("image") or "tag" in node or "digest" in node
    )


def _put_together(document: Embedded, node: dict[str, Json]) -> Value:
    def part(name: str) -> Value:
        raw = node.get(name)
        return ABSENT if raw in (None, "") or isinstance(raw, (dict, list)) else document.value(raw)

    registry, tag, digest = part("registry"), part("tag"), part("digest")
    parts: list[Value] = [] if isinstance(registry, Absent) else [registry, Known("/")]
    parts.append(part("repository"))
    if isinstance(tag, Absent) and isinstance(digest, Absent):
        tag = Unknown("the values give no tag, so the chart chooses one")
    if not isinstance(tag, Absent):
        parts += [Known(":"), tag]
    if not isinstance(digest, Absent):
        parts += [Known("@"), digest]
    return concat(parts)
