"""What becomes of each image in use, as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from seawall.graph import ImageUse

from .analysis import ImageAnalysis

Json: TypeAlias = "dict[str, Any]"


def listed(images: ImageAnalysis) -> Iterator[tuple[ImageUse, Json]]:
    """Each image in use with its verdict, by consumer; one whose repository the templates do not tell is unknown."""
    found = [
        (used.use, {**used.judgement.to_object(), "kind": used.use.kind, "conditions": list(used.conditions)})
        for used in images.used
    ]
    found += [(use, _unknown(use)) for use in images.elsewhere]
    yield from sorted(found, key=lambda pair: (*(pair[1][key] for key in _ORDER), str(pair[1])))


_ORDER = ("consumer", "repository", "reference")


def _unknown(use: ImageUse) -> Json:
    image = use.image
    return {
        "consumer": use.site,
        "kind": use.kind,
        "repository": image.repository.name or "?",
        "reference": f"@{image.digest or '?'}" if image.pinned else f":{image.tag or '?'}",
        "verdict": "unknown",
        "rule_priority": None,
        "why": image.why or image.repository.why or "the templates do not tell which repository holds it",
        "witness": [],
        "conditions": list(use.conditions),
    }
