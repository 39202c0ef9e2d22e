"""Whatever stands in a mapping, a notification or a function's settings, reading it never raises."""

from __future__ import annotations

import copy
import json
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from seawall.services import read
from seawall.template import load

from .conftest import arn, function, join, queue, ref, resource
from .test_nonsense import ODD, _places

POLLERS = {"MinimumPollers": 1, "MaximumPollers": 2}
FILTER = {"S3Key": {"Rules": [{"Name": "prefix", "Value": "in/"}]}}
STATEMENT = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": join(arn("Bucket"), "/out/*")}
SOUND: dict[str, Any] = {
    "Fn": function(
        Role=arn("Role"),
        ReservedConcurrentExecutions=1,
        DurableConfig={"ExecutionTimeout": 60},
        DeadLetterConfig={"TargetArn": arn("Queue")},
    ),
    "Role": resource("IAM::Role", Policies=[{"PolicyName": "P", "PolicyDocument": {"Statement": STATEMENT}}]),
    "Queue": queue(),
    "Topic": resource("SNS::Topic", Subscription=[{"Protocol": "lambda", "Endpoint": arn("Fn")}]),
    "Config": resource(
        "Lambda::EventInvokeConfig",
        FunctionName=ref("Fn"),
        Qualifier="$LATEST",
        DestinationConfig={"OnFailure": {"Destination": arn("Bus")}, "OnSuccess": {"Destination": arn("Bucket")}},
    ),
    "Bus": resource("Events::EventBus", Name="b"),
    "Bucket": resource(
        "S3::Bucket",
        NotificationConfiguration={
            "EventBridgeConfiguration": {"EventBridgeEnabled": True},
            "QueueConfigurations": [{"Event": "s3:ObjectCreated:*", "Queue": arn("Queue"), "Filter": FILTER}],
        },
    ),
    "Rule": resource(
        "Events::Rule",
        EventPattern={
            "source": ["aws.s3", {"prefix": "x"}],
            "detail-type": [{"anything-but": ["y"]}],
            "detail": {"bucket": {"name": [ref("Bucket")]}, "object": {"key": [{"suffix": ".jpg"}]}},
        },
    ),
    "Kafka": resource("MSK::Cluster"),
    "Broker": resource("AmazonMQ::Broker"),
    "Docs": resource("DocDB::DBCluster", DBClusterParameterGroupName=ref("Group")),
    "Group": resource("DocDB::DBClusterParameterGroup", Parameters={"change_stream_log_retention_duration": "1"}),
    "Fast": resource("Kinesis::StreamConsumer", StreamARN=arn("Stream")),
    "Stream": resource("Kinesis::Stream"),
    "Topics": resource(
        "Lambda::EventSourceMapping",
        FunctionName=ref("Fn"),
        EventSourceArn=ref("Kafka"),
        Topics=["t"],
        ProvisionedPollerConfig=POLLERS,
        DestinationConfig={"OnFailure": {"Destination": "kafka://u"}},
    ),
    "Alone": resource(
        "Lambda::EventSourceMapping",
        FunctionName=ref("Fn"),
        SelfManagedEventSource={"Endpoints": {"KafkaBootstrapServers": ["b:9092"]}},
        Topics=["t"],
    ),
    "Messages": resource(
        "Lambda::EventSourceMapping", FunctionName=ref("Fn"), EventSourceArn=arn("Broker"), Queues=["q"]
    ),
    "Changes": resource(
        "Lambda::EventSourceMapping",
        FunctionName=ref("Fn"),
        EventSourceArn=join("arn:aws:rds:r:1:cluster:", ref("Docs")),
        FilterCriteria={"Filters": [{"Pattern": "{}"}]},
    ),
    "Records": resource(
        "Lambda::EventSourceMapping", FunctionName=ref("Fn"), EventSourceArn={"Fn::GetAtt": ["Fast", "ConsumerARN"]}
    ),
}
BY_RESOURCE = [[(name, "Properties", *path) for path in _places(raw["Properties"])] for name, raw in SOUND.items()]


@pytest.mark.parametrize("odd", ODD, ids=json.dumps)
def test_one_odd_value_in_each_resource(tmp_path: Path, odd: Any) -> None:
    for number, places in enumerate(zip_longest(*BY_RESOURCE)):
        template = copy.deepcopy(SOUND)
        for place in filter(None, places):
            node: Any = template
            for step in place[:-1]:
                node = node[step]
            node[place[-1]] = copy.deepcopy(odd)
        path = tmp_path / f"{number}.json"
        conditions = {"C": {"Fn::Equals": [ref("AWS::Region"), "x"]}}
        path.write_text(json.dumps({"Resources": template, "Conditions": conditions}))
        wiring = read(load([path]))
        assert all({found.source, found.target} <= set(wiring.sites) for found in wiring.hops)
