import os

import boto3

machines = boto3.client("stepfunctions")


def handler(event, context):
    for record in event["Records"]:
        done = machines.start_sync_execution(stateMachineArn=os.environ["MACHINE_ARN"], input=record["body"])
        if done["status"] != "SUCCEEDED":
            raise RuntimeError(done.get("error"))
