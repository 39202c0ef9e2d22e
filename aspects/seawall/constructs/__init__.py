"""Constructs that are safe as they are: one owner of the retry, an end for what fails, images that stay.

Needs the AWS CDK: ``pip install 'seawall[cdk]'``. Each is loaded when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seawall._lazy import lazily

if TYPE_CHECKING:
    from .deployment_gate import DeploymentGate
    from .guarded_function import GuardedFunction
    from .guarded_state_machine import DeadLetters, GuardedStateMachine
    from .invoking import invoke
    from .release_repository import ReleaseRepository
    from .request_value import RequestValue
    from .webhook_pipeline import WebhookPipeline

__all__ = [
    "DeadLetters",
    "DeploymentGate",
    "GuardedFunction",
    "GuardedStateMachine",
    "ReleaseRepository",
    "RequestValue",
    "WebhookPipeline",
    "invoke",
]

_HOMES = {
    "DeadLetters": "guarded_state_machine",
    "DeploymentGate": "deployment_gate",
    "GuardedFunction": "guarded_function",
    "GuardedStateMachine": "guarded_state_machine",
    "ReleaseRepository": "release_repository",
    "RequestValue": "request_value",
    "WebhookPipeline": "webhook_pipeline",
    "invoke": "invoking",
}
"""The module of each name."""

__getattr__ = lazily(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
