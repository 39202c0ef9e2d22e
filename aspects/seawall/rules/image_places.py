"""Where the rules about images report."""

from __future__ import annotations

from collections.abc import Iterable

from seawall.graph import Place
from seawall.images import Used
from seawall.images.analysis import RepositoryCase

from .context import Context

TOPIC = "images"


def policy_place(context: Context, case: RepositoryCase) -> Place:
    """Where the policy of a repository stands; the repository, if it has none."""
    if case.text is not None:
        return case.text.place
    return case.found.place if case.found is not None else context.place(case.repository.key)


def sites(used: Iterable[Used]) -> tuple[str, ...]:
    """Who uses the images, each once."""
    return tuple(dict.fromkeys(each.use.site for each in used))
