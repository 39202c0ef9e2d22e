import json


def handler(event, context):
    for record in event["Records"]:
        print("shipping", json.loads(record["body"])["id"])
