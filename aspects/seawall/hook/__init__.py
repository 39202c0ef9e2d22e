"""A gate on CloudFormation itself: the handler of a Lambda hook that judges templates before they are deployed.

`seawall.constructs.DeploymentGate` deploys it; the function's handler is ``seawall.hook.handler``. It needs no CDK.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .handling import handler

__all__ = ["handler"]


def __getattr__(name: str) -> Any:
    """The handler is loaded when Lambda asks for it: whoever bundles it needs nothing of it."""
    if name != "handler":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.handling"), name)
