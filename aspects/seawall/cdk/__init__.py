"""The CDK face: guards that judge an app while it is synthesized."""

from __future__ import annotations

try:
    from .guard import Guard, ImageGuard, RetryGuard
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in ("aws_cdk", "constructs", "jsii"):
        raise
    raise ImportError("this part of Seawall needs the AWS CDK: pip install 'seawall[cdk]'", name=error.name) from None

__all__ = ["Guard", "ImageGuard", "RetryGuard"]
