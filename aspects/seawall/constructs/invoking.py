"""Tasks that call a function and say who tries again."""

from __future__ import annotations

import aws_cdk as cdk
import aws_cdk.aws_iam as iam
import aws_cdk.aws_lambda as lambda_
import aws_cdk.aws_stepfunctions as sfn
import aws_cdk.aws_stepfunctions_tasks as tasks
import jsii
from constructs import Construct


class GuardedInvoke(tasks.LambdaInvoke):
    """A `LambdaInvoke` without the retrier that CDK hides in it, and with the permission that it needs.

    Left to itself, CDK adds six retries on service faults that nobody wrote down (seven runs), and allows the machine
    to call every version of the function, now and later. All else is as in `LambdaInvoke`. Made by `invoke`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        function: lambda_.IFunction,
        payload: sfn.TaskInput | None,
        output_path: str,
        state_name: str | None,
    ) -> None:
        self._allowed = [iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[function.function_arn])]
        super().__init__(
            scope,
            construct_id,
            lambda_function=function,
            payload=payload,
            output_path=output_path,
            state_name=state_name,
            retry_on_service_exceptions=False,
        )

    @property
    @jsii.member(jsii_name="taskPolicies")
    def _task_policies(self) -> list[iam.PolicyStatement]:
        return self._allowed


def invoke(
    scope: Construct,
    construct_id: str,
    function: lambda_.IFunction,
    *,
    tries: int = 1,
    payload: sfn.TaskInput | None = None,
    output_path: str = "$.Payload",
    interval: cdk.Duration | None = None,
    max_delay: cdk.Duration | None = None,
    state_name: str | None = None,
) -> GuardedInvoke:
    """A state that runs `function`, waits for it, and passes on what it returns.

    Whoever owns the retry says so here: by default it is somebody else, and a failure leaves the state at once. Give
    `tries` only where the machine owns it::

        invoke(self, "Charge", charge)             # the queue in front tries again
        invoke(self, "Charge", charge, tries=4)    # the machine does: one run and three more

    What fails for the last time goes where the machine sends it: see `GuardedStateMachine`.

    Args:
        scope: Where the state stands, usually the stack.
        construct_id: Its id, and its name in the machine unless `state_name` is given.
        function: What to run.
        tries: How often at most, in all, whatever the error. At least 1; 1 by default. Above 1, the waits double, are
            capped, and are spread at random (jitter FULL), so that many executions do not return at once.
        payload: What the function is given. The state's input by default.
        output_path: What of the result goes on. What the function returned, by default.
        interval: The longest wait before the second try. 2 seconds by default, as in AWS's best practices
            (https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html).
        max_delay: The longest wait between two tries. 1 minute by default.
        state_name: The state's name in the machine.

    Raises:
        ValueError: `tries` is below 1.
    """
    if tries < 1:
        raise ValueError(f"{construct_id}: tries counts all runs, so it is at least 1, not {tries}")
    state = GuardedInvoke(
        scope, construct_id, function=function, payload=payload, output_path=output_path, state_name=state_name
    )
    retry_with_jitter(state, tries, interval, max_delay)
    return state


def retry_with_jitter(
    state: sfn.TaskStateBase | sfn.CustomState,
    tries: int,
    interval: cdk.Duration | None = None,
    max_delay: cdk.Duration | None = None,
) -> None:
    """Have `state` try `tries` times in all, whatever the error, after waits that double and are spread at random."""
    if tries > 1:
        state.add_retry(
            errors=[sfn.Errors.ALL],
            max_attempts=tries - 1,
            interval=interval or cdk.Duration.seconds(2),
            backoff_rate=2,
            max_delay=max_delay or cdk.Duration.minutes(1),
            jitter_strategy=sfn.JitterType.FULL,
        )
