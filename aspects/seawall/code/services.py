"""How SDKs call services and their operations, in the words of IAM and the API references."""

from __future__ import annotations

from collections.abc import Mapping

SERVICES: Mapping[str, str] = {
    "stepfunctions": "states",
    "sfn": "states",
    "eventbridge": "events",
    "cloudwatchevents": "events",
    "cloudwatch-events": "events",
    "cloudwatchlogs": "logs",
    "cloudwatch-logs": "logs",
    "dynamodb-streams": "dynamodb",
    "dynamodbdocument": "dynamodb",
    "sesv2": "ses",
}
"""By an SDK's name, where it is another than IAM's."""

PARTS: Mapping[str, str] = {
    "Queue": "QueueUrl",
    "Topic": "TopicArn",
    "Table": "TableName",
    "Bucket": "Bucket",
    "Object": "Bucket",
    "EventBus": "EventBusName",
    "Message": "QueueUrl",
    "BucketObject": "Bucket",
}
"""Kinds of boto3's resource objects, with the request parameter that they are made for."""


def service(name: str) -> str:
    """The service that an SDK calls so, as IAM calls it.

    >>> service("stepfunctions"), service("SQS")
    ('states', 'sqs')
    """
    return SERVICES.get(name.lower(), name.lower())


def operation(method: str) -> str:
    """The operation of a method.

    >>> operation("send_message_batch"), operation("putEvents")
    ('SendMessageBatch', 'PutEvents')
    """
    return "".join(part[:1].upper() + part[1:] for part in method.split("_"))
