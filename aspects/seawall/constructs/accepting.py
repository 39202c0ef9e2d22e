"""Accepting a rule of another checker where it does not fit, with the reason beside it."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import IConstruct

NO_RESOURCE_TO_NAME = "AwsSolutions::AwsSolutions-IAM5[Resource::*]"
"""cdk-nag on a statement for all resources: right where an action knows none."""


def accept(construct: IConstruct, rule: str, reason: str) -> None:
    """Acknowledge one rule on a construct and everything in it."""
    cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=rule, reason=reason))
