"""A function that can do what it needs and nothing else, and whose runs can be followed."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
import aws_cdk.aws_iam as iam
import aws_cdk.aws_lambda as lambda_
import aws_cdk.aws_logs as logs
from constructs import Construct

from .accepting import NO_RESOURCE_TO_NAME, accept


class GuardedFunction(lambda_.Function):
    """A function with a timeout that is written down, tracing, logs that expire, and a role for no more than that.

    CDK's own role may write to every log group of the account; this one may write to the function's. What else the
    function needs is granted as usual, for example with ``table.grant_read_data(function)``.

    Args:
        code: What it runs.
        handler: The entry point in `code`, such as ``index.handler``.
        runtime: Python 3.14 by default.
        timeout: The longest that one run may take. 10 seconds by default. A queue in front hides its messages for six
            times as long (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html), so this is what
            decides how long a failing message takes to its next try.
        memory_size: In MiB. 256 by default.
        environment: Environment variables. None by default.
        architecture: ARM by default, which costs less.
        log_retention: How long its logs are kept. One month by default.
        description: For people. None by default.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        code: lambda_.Code,
        handler: str,
        runtime: lambda_.Runtime | None = None,
        timeout: cdk.Duration | None = None,
        memory_size: int = 256,
        environment: Mapping[str, str] | None = None,
        architecture: lambda_.Architecture | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        description: str | None = None,
    ) -> None:
        # Both are siblings of the function, as its own scope does not exist before it does.
        log_group = logs.LogGroup(
            scope, f"{construct_id}Logs", retention=log_retention, removal_policy=cdk.RemovalPolicy.DESTROY
        )
        role = iam.Role(scope, f"{construct_id}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        log_group.grant_write(role)
        super().__init__(
            scope,
            construct_id,
            code=code,
            handler=handler,
            runtime=runtime or lambda_.Runtime.PYTHON_3_14,
            timeout=timeout or cdk.Duration.seconds(10),
            memory_size=memory_size,
            environment=environment,
            architecture=architecture or lambda_.Architecture.ARM_64,
            description=description,
            role=role,
            tracing=lambda_.Tracing.ACTIVE,
            logging_format=lambda_.LoggingFormat.JSON,
            log_group=log_group,
        )
        accept(
            role, NO_RESOURCE_TO_NAME, "Writing X-Ray segments is the only such permission: it has no resource to name."
        )
        accept(
            self,
            "Serverless::Serverless-LambdaDLQ",
            "A function's own dead-letter queue acts on asynchronous calls only. Queues and machines call this one "
            "synchronously, and their dead-letter queues take what fails.",
        )
