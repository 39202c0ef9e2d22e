"""Parts of an app, named by construct paths; the empty path is the whole app."""

from __future__ import annotations

from collections.abc import Collection, Iterable


def around(scope: str, path: str) -> bool:
    """Whether the construct at `path` is the one at `scope` or lies within it.

    >>> around("Prod/Web", "Prod/Web/Queue"), around("Prod/Web", "Prod/WebSocket"), around("", "Prod")
    (True, False, True)
    """
    return not scope or path == scope or path.startswith(f"{scope}/")


def within(scopes: Iterable[str], path: str) -> bool:
    """Whether the construct at `path` lies within one of `scopes`."""
    return any(around(scope, path) for scope in scopes)


def ancestors(path: str) -> Iterable[str]:
    """What lies around the construct at `path`, from the inside to the app.

    >>> list(ancestors("Prod/Web/Queue"))
    ['Prod/Web', 'Prod', '']
    """
    while path:
        path = path.rpartition("/")[0]
        yield path


def widest(given: Iterable[str], every: Collection[str]) -> tuple[str, ...]:
    """The largest scopes that hold the stacks `given` and none of the others in `every`.

    >>> widest(["Prod/Web", "Prod/Work"], ["Prod/Web", "Prod/Work", "Test/Web"])
    ('Prod',)
    """
    given = list(given)
    others = [path for path in every if path not in given]
    found: dict[str, None] = {}
    for path in given:
        wider = [scope for scope in ancestors(path) if not any(around(scope, other) for other in others)]
        found[wider[-1] if wider else path] = None
    return tuple(found)
