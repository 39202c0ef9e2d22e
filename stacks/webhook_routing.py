"""What both webhook pipelines share: the types, the function code and the shape of the machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import aws_cdk.aws_lambda as lambda_
import aws_cdk.aws_stepfunctions as sfn
import aws_cdk.aws_stepfunctions_tasks as tasks
from constructs import Construct

WEBHOOK_TYPES = ("order", "product", "benefit", "category", "customer")

RUNTIME = lambda_.Runtime.PYTHON_3_14
ARCHITECTURE = lambda_.Architecture.ARM_64


def function_code() -> lambda_.Code:
    """The functions' code, without what running it locally leaves behind."""
    return lambda_.Code.from_asset(str(Path(__file__).parent / "functions"), exclude=["__pycache__", "*.pyc"])


def invoke(
    scope: Construct,
    state_name: str,
    function: lambda_.IFunction,
    *,
    payload: sfn.TaskInput | None = None,
) -> tasks.LambdaInvoke:
    """A state that runs the function and passes on what it returns."""
    return tasks.LambdaInvoke(
        scope,
        state_name,
        lambda_function=function,
        payload=payload,
        output_path="$.Payload",
        # Left to its default, CDK adds six retries on service faults that nobody wrote down.
        retry_on_service_exceptions=False,
    )


def route_by_type(scope: Construct, handlers: Mapping[str, sfn.IChainable], *, otherwise: sfn.IChainable) -> sfn.Choice:
    """Choose the handler by the event's `webhook_type`."""
    choice = sfn.Choice(scope, "WhichType")
    for webhook_type, handler in handlers.items():
        choice.when(sfn.Condition.string_equals("$.webhook_type", webhook_type), handler)
    return choice.otherwise(otherwise)
