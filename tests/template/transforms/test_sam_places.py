"""Lines of the author's file for what the translator made."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.template import App, line_of

from ..conftest import only
from .reading import SAM, read, written_at

TEXT = (
    SAM
    + """
Globals:
  Function:
    Runtime: python3.12
    Handler: app.handler
    Timeout: 30
    EventInvokeConfig:
      MaximumEventAgeInSeconds: 60
Resources:
  Queue:
    Type: AWS::SQS::Queue
  Bucket:
    Type: AWS::S3::Bucket
  Topic:
    Type: AWS::SNS::Topic
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ./src
      MemorySize: 512
      DeadLetterQueue:
        Type: SQS
        TargetArn: !GetAtt Queue.Arn
      Events:
        Orders:
          Type: SQS
          Properties:
            Queue: !GetAtt Queue.Arn
            BatchSize: 7
            FunctionResponseTypes: [ReportBatchItemFailures]
        Files:
          Type: S3
          Properties:
            Bucket: !Ref Bucket
            Events: s3:ObjectCreated:*
        Tick:
          Type: Schedule
          Properties:
            Schedule: rate(1 minute)
            RetryPolicy:
              MaximumRetryAttempts: 3
            DeadLetterConfig:
              Type: SQS
        Nightly:
          Type: ScheduleV2
          Properties:
            ScheduleExpression: rate(1 day)
            RetryPolicy:
              MaximumRetryAttempts: 8
        News:
          Type: SNS
          Properties:
            Topic: !Ref Topic
            SqsSubscription: true
        Get:
          Type: Api
          Properties:
            Path: /x
            Method: get
  Other:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ./src
      AutoPublishAlias: live
      EventInvokeConfig:
        MaximumRetryAttempts: 0
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: flow
      Definition:
        StartAt: Work
        States:
          Work:
            Type: Task
            Resource: !GetAtt Worker.Arn
            End: true
  Part:
    Type: AWS::Serverless::Application
    Properties:
      Location: ./part.yaml
"""
)
PROPERTIES = "Properties"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> App:
    return read(tmp_path_factory.mktemp("places"), TEXT)


@pytest.mark.parametrize(
    ("logical_id", "path", "line"),
    [
        ("Worker", (), "Worker:"),
        ("Worker", (PROPERTIES, "MemorySize"), "MemorySize: 512"),
        ("Worker", (PROPERTIES, "Timeout"), "Timeout: 30"),
        ("Worker", (PROPERTIES, "DeadLetterConfig"), "DeadLetterQueue:"),
        ("Worker", (PROPERTIES, "DeadLetterConfig", "TargetArn"), "TargetArn: !GetAtt Queue.Arn"),
        ("WorkerOrders", (), "Orders:"),
        ("WorkerOrders", (PROPERTIES, "BatchSize"), "BatchSize: 7"),
        ("WorkerOrders", (PROPERTIES, "EventSourceArn"), "Queue: !GetAtt Queue.Arn"),
        ("WorkerOrders", (PROPERTIES, "MaximumBatchingWindowInSeconds"), "Properties:"),
        ("WorkerTick", (PROPERTIES, "ScheduleExpression"), "Schedule: rate(1 minute)"),
        (
            "WorkerTick",
            (PROPERTIES, "Targets", "0", "RetryPolicy", "MaximumRetryAttempts"),
            "MaximumRetryAttempts: 3",
        ),
        ("WorkerTick", (PROPERTIES, "Targets", "0", "DeadLetterConfig"), "DeadLetterConfig:"),
        ("WorkerTickQueue", (PROPERTIES, "VisibilityTimeout"), "DeadLetterConfig:"),
        (
            "WorkerNightly",
            (PROPERTIES, "Target", "RetryPolicy", "MaximumRetryAttempts"),
            "MaximumRetryAttempts: 8",
        ),
        ("WorkerNews", (PROPERTIES, "TopicArn"), "Topic: !Ref Topic"),
        ("WorkerNewsQueue", (), "News:"),
        ("WorkerNewsEventSourceMapping", (PROPERTIES, "BatchSize"), "SqsSubscription: true"),
        ("WorkerFilesPermission", (), "Files:"),
        (
            "Bucket",
            (PROPERTIES, "NotificationConfiguration", "LambdaConfigurations", "0", "Event"),
            "Files:",
        ),
        ("WorkerEventInvokeConfig", (), "EventInvokeConfig:"),
        ("WorkerEventInvokeConfig", (PROPERTIES, "MaximumEventAgeInSeconds"), "MaximumEventAgeInSeconds: 60"),
        ("OtherEventInvokeConfig", (PROPERTIES, "MaximumRetryAttempts"), "MaximumRetryAttempts: 0"),
        ("OtherVersion", (), "AutoPublishAlias: live"),
        ("ServerlessRestApi", (), "Get:"),
        ("Flow", (PROPERTIES, "StateMachineName"), "Name: flow"),
        ("Flow", (PROPERTIES, "DefinitionString", "States", "Work", "Type"), "Type: Task"),
        ("Part", (PROPERTIES, "TemplateURL"), "Location: ./part.yaml"),
    ],
)
def test_the_line_that_the_author_can_change(app: App, logical_id: str, path: tuple[str, ...], line: str) -> None:
    assert written_at(app, logical_id, *path) == line


def test_the_globals_are_only_meant_where_they_count(app: App) -> None:
    assert written_at(app, "Other", PROPERTIES, "Timeout") == "Timeout: 30"
    assert written_at(app, "OtherEventInvokeConfig") == "EventInvokeConfig:"
    lines = Path(only(app).path).read_text(encoding="utf-8").splitlines()
    line = line_of(only(app), ["Resources", "OtherEventInvokeConfig"])
    assert line == lines.index("      EventInvokeConfig:") + 1
