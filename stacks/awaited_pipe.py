"""A pipe that waits for the machine, so that a failed execution leaves its message on the queue."""

from __future__ import annotations

import aws_cdk as cdk
import aws_cdk.aws_iam as iam
import aws_cdk.aws_pipes as pipes
import aws_cdk.aws_sqs as sqs
import aws_cdk.aws_stepfunctions as sfn
from constructs import Construct


class AwaitedPipe(Construct):
    """Runs an Express machine once for each message of a queue, and awaits it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        queue: sqs.IQueue,
        machine: sfn.IStateMachine,
    ) -> None:
        super().__init__(scope, construct_id)

        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "pipes.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}},
            ),
        )
        queue.grant(role, "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
        machine.grant_start_sync_execution(role)

        pipe = pipes.CfnPipe(
            self,
            "Resource",
            role_arn=role.role_arn,
            source=queue.queue_arn,
            source_parameters=pipes.CfnPipe.PipeSourceParametersProperty(
                # One message for one execution: a failure is that message's alone. A batch would
                # need partial batch responses (the machine catches each failure and answers with
                # the failed ids), or one bad message would run its healthy neighbours again.
                sqs_queue_parameters=pipes.CfnPipe.PipeSourceSqsQueueParametersProperty(batch_size=1),
            ),
            target=machine.state_machine_arn,
            target_parameters=pipes.CfnPipe.PipeTargetParametersProperty(
                step_function_state_machine_parameters=(
                    pipes.CfnPipe.PipeTargetStateMachineParametersProperty(invocation_type="REQUEST_RESPONSE")
                ),
            ),
        )
        # A pipe checks its permissions when it is created.
        pipe.node.add_dependency(role)
