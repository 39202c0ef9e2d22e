"""The CDK face: guards that judge an app while it is synthesized, what authors state of its constructs, and repairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seawall._lazy import lazily

if TYPE_CHECKING:
    from .flow import Flow
    from .guards import AspectGuard, ImageGuard, RetryGuard, guard
    from .repairs import AsyncFailureDestination, FitVisibility, Jitter, RedriveTo, ShieldImagesInUse, SingleRetryOwner
    from .source_lines import record_source_lines

__all__ = [
    "AspectGuard",
    "AsyncFailureDestination",
    "FitVisibility",
    "Flow",
    "ImageGuard",
    "Jitter",
    "RedriveTo",
    "RetryGuard",
    "ShieldImagesInUse",
    "SingleRetryOwner",
    "guard",
    "record_source_lines",
]

_HOMES = {
    "AsyncFailureDestination": "repairs",
    "FitVisibility": "repairs",
    "Flow": "flow",
    "AspectGuard": "guards",
    "ImageGuard": "guards",
    "Jitter": "repairs",
    "RedriveTo": "repairs",
    "RetryGuard": "guards",
    "ShieldImagesInUse": "repairs",
    "SingleRetryOwner": "repairs",
    "guard": "guards",
    "record_source_lines": "source_lines",
}
"""The module of each name: guards load the CDK, `Flow` does when it is used."""

__getattr__ = lazily(__name__, _HOMES)
