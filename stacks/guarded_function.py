"""A function that can do what it needs and nothing else, and whose runs can be followed."""

from __future__ import annotations

import aws_cdk as cdk
import aws_cdk.aws_iam as iam
import aws_cdk.aws_lambda as lambda_
import aws_cdk.aws_logs as logs
from constructs import Construct

from stacks.acknowledge import acknowledge
from stacks.webhook_routing import ARCHITECTURE, RUNTIME, function_code


class GuardedFunction(lambda_.Function):
    """Explicit memory and timeout, JSON logs that expire, tracing, a role for its own logs only."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        handler: str,
        timeout: cdk.Duration,
    ) -> None:
        # Both are siblings of the function, as its own scope does not exist before it does.
        log_group = logs.LogGroup(
            scope,
            f"{construct_id}Logs",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        role = iam.Role(
            scope,
            f"{construct_id}Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        )
        log_group.grant_write(role)
        super().__init__(
            scope,
            construct_id,
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            code=function_code(),
            handler=handler,
            role=role,
            memory_size=256,
            timeout=timeout,
            tracing=lambda_.Tracing.ACTIVE,
            logging_format=lambda_.LoggingFormat.JSON,
            log_group=log_group,
        )
        acknowledge(
            role,
            "AwsSolutions::AwsSolutions-IAM5[Resource::*]",
            "Writing X-Ray segments is the only such permission: it has no resource to name.",
        )
