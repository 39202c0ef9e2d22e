import aws_cdk as cdk
from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from aws_cdk.aws_lambda_event_sources import DynamoEventSource, SqsEventSource

import seawall


class Shop(cdk.Stack):
    def __init__(self, scope: cdk.App, name: str) -> None:
        super().__init__(scope, name)
        made = {"runtime": lambda_.Runtime.PYTHON_3_13, "code": lambda_.Code.from_asset("handlers")}
        dead = sqs.Queue(self, "Dead", retention_period=Duration.days(14))
        orders = sqs.Queue(self, "Orders", dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=5))

        charge = lambda_.Function(self, "Charge", handler="charge.handler", **made)
        step = tasks.LambdaInvoke(self, "ChargeStep", lambda_function=charge)
        step.add_retry(errors=["States.Timeout"], max_attempts=2)
        body = sfn.DefinitionBody.from_chainable(step)
        express = sfn.StateMachineType.EXPRESS
        machine = sfn.StateMachine(self, "Payment", definition_body=body, state_machine_type=express)

        worker = lambda_.Function(self, "Worker", handler="worker.handler", timeout=Duration.seconds(30), **made)
        worker.add_environment("MACHINE_ARN", machine.state_machine_arn)
        worker.add_event_source(SqsEventSource(orders, batch_size=1))
        machine.grant_start_sync_execution(worker)

        audit = lambda_.Function(self, "Audit", handler="audit.handler", **made)
        paid = events.Rule(self, "Paid", event_pattern=events.EventPattern(source=["shop"]))
        paid.add_target(targets.LambdaFunction(audit))

        key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
        new = dynamodb.StreamViewType.NEW_IMAGE
        table = dynamodb.Table(self, "Customers", partition_key=key, stream=new)
        index = lambda_.Function(self, "Index", handler="index.handler", **made)
        latest = lambda_.StartingPosition.LATEST
        index.add_event_source(DynamoEventSource(table, starting_position=latest, batch_size=1))


app = cdk.App()
seawall.record_source_lines()
seawall.guard(app, max_attempts=10)
Shop(app, "Shop")
app.synth()
