"""Constructs that are safe as they are: one owner of the retry, an end for what fails, images that stay.

Needs the AWS CDK: ``pip install 'seawall[cdk]'``. Each is loaded when it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .guarded_function import GuardedFunction
    from .guarded_state_machine import DeadLetters, GuardedStateMachine
    from .invoking import invoke
    from .release_repository import ReleaseRepository
    from .request_value import RequestValue
    from .webhook_pipeline import WebhookPipeline

__all__ = [
    "DeadLetters",
    "GuardedFunction",
    "GuardedStateMachine",
    "ReleaseRepository",
    "RequestValue",
    "WebhookPipeline",
    "invoke",
]

_HOMES = {
    "DeadLetters": "guarded_state_machine",
    "GuardedFunction": "guarded_function",
    "GuardedStateMachine": "guarded_state_machine",
    "ReleaseRepository": "release_repository",
    "RequestValue": "request_value",
    "WebhookPipeline": "webhook_pipeline",
    "invoke": "invoking",
}
"""The module of each name."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("aws_cdk", "constructs", "jsii"):
            raise
        why = "this part of Seawall needs the AWS CDK: pip install 'seawall[cdk]'"
        raise ImportError(why, name=error.name) from None


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
