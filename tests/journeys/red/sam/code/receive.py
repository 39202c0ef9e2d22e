import json
import os

import boto3

functions = boto3.client("lambda")


def handler(event, context):
    order = json.loads(event["body"])
    functions.invoke(FunctionName=os.environ["CHARGE"], InvocationType="Event", Payload=json.dumps(order))
    return {"statusCode": 202}
