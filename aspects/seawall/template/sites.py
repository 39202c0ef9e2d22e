"""Stable names for people: each resource's site id, unique within an app."""

from __future__ import annotations

import itertools
import posixpath
from collections import Counter
from collections.abc import Iterable, Set


class SiteIds:
    """Gives each resource its site id, in the order in which they are asked for."""

    def __init__(self, keys: Iterable[str], in_several_apps: Set[str] = frozenset()) -> None:
        """`keys` are those of all templates; `in_several_apps` are construct paths that more than one app has."""
        self._shared = frozenset(map(_without_resource, in_several_apps))
        keys = list(keys)
        counts = Counter(stem(posixpath.basename(key)) for key in keys)
        self._names = {key: _template_name(key, counts) for key in keys}
        self._tails = {key: name.rpartition("/")[2] for key, name in self._names.items()}
        self._taken: set[str] = set()

    def give(self, key: str, logical_id: str, construct_path: str | None, app: str = "") -> str:
        """The id of a resource: its construct path without a last ``/Resource``, else template name and logical id.

        A resource that is named as its template is, as the machine of a definition's own file is, has that name. The
        app stands before a construct path that several apps have.
        """
        name = self._names[key]
        plain = name if self._tails[key] == logical_id else f"{name}/{logical_id}"
        base = plain if construct_path is None else _without_resource(construct_path)
        if construct_path is not None and base in self._shared:
            base = f"{app}:{base}"
        if base not in self._taken:
            self._taken.add(base)
            return base
        choices = [f"{base}[{logical_id}]", f"{base}[{plain}]"]
        numbered = (f"{base}[{plain}~{number}]" for number in itertools.count(2))
        chosen = next(name for name in itertools.chain(choices, numbered) if name not in self._taken)
        self._taken.add(chosen)
        return chosen


def _without_resource(construct_path: str) -> str:
    return construct_path.removesuffix("/Resource")


def stem(name: str) -> str:
    """A template file's name without what only says that it is one.

    >>> stem("Prod.template.json"), stem("ProdInner6AE3BBF4.nested.template.json"), stem("app.json@Set")
    ('Prod', 'ProdInner6AE3BBF4', 'app@Set')
    """
    whole = name
    file, at, where = name.partition("@")
    if at and stem(file) != file and "." not in where:  # a template within another: ``app.json@Set``
        return f"{stem(file)}@{where}"
    for suffix in (".json", ".yaml", ".yml", ".template", ".nested", ".asl"):
        name = name.removesuffix(suffix)
    return name or whole


def _template_name(key: str, counts: Counter[str]) -> str:
    folder, file = posixpath.split(key)
    name = stem(file)
    return name if counts[name] == 1 else posixpath.join(folder, name)
