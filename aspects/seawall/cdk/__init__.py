"""The CDK face: guards that judge an app while it is synthesized, what authors state of its constructs, and repairs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .flow import Flow
    from .guard import Guard, ImageGuard, RetryGuard
    from .repairs import (
        AsyncFailureDestination,
        FitVisibility,
        Jitter,
        RedriveTo,
        ShieldImagesInUse,
        SingleRetryOwner,
    )
    from .source_lines import record_source_lines

__all__ = [
    "AsyncFailureDestination",
    "FitVisibility",
    "Flow",
    "Guard",
    "ImageGuard",
    "Jitter",
    "RedriveTo",
    "RetryGuard",
    "ShieldImagesInUse",
    "SingleRetryOwner",
    "record_source_lines",
]

_HOMES = {
    "AsyncFailureDestination": "repairs",
    "FitVisibility": "repairs",
    "Flow": "flow",
    "Guard": "guard",
    "ImageGuard": "guard",
    "Jitter": "repairs",
    "RedriveTo": "repairs",
    "RetryGuard": "guard",
    "ShieldImagesInUse": "repairs",
    "SingleRetryOwner": "repairs",
    "record_source_lines": "source_lines",
}


def __getattr__(name: str) -> Any:
    """Each name loads the module it lives in: guards load the CDK, `Flow` does when it is used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("aws_cdk", "constructs", "jsii"):
            raise
        why = "this part of Seawall needs the AWS CDK: pip install 'seawall[cdk]'"
        raise ImportError(why, name=error.name) from None
