"""Small apps with figures worked out by hand: which ways one event can take, in which world, by which reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.graph import FailureClass
from seawall.retries import Analysis, analyse
from seawall.services import build
from seawall.template import load

from . import wirings as w
from .wirings import BUS, Json, arn

ERROR = FailureClass.ERROR


def read(tmp_path: Path, resources: Json, top: Json | None = None) -> Analysis:
    path = tmp_path / "app.template.json"
    path.write_text(json.dumps(w.template(resources, top)), "utf-8")
    return analyse(build(load([path])))


def two(first: Any = 5, second: Any = 5, **more: Json) -> Json:
    """Two queues read by one function, and what else there is."""
    return {
        "Q1": w.queue(first),
        "Q2": w.queue(second),
        "E1": w.reads("Q1", "F"),
        "E2": w.reads("Q2", "F"),
        "F": w.function(),
        **more,
    }


def third(receives: Any, **more: Json) -> Json:
    return {"Q3": w.queue(receives), "E3": w.reads("Q3", "F"), **more}


def of_key(**key: str) -> Json:
    return {"source": ["aws.s3"], "detail": {"object": {"key": [key]}}}


S3_BUS: Json = {"NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}}
BUCKET = w.resource("S3::Bucket", **S3_BUS)
BUSES = {BUS: w.bus(), "Far": w.bus("Far"), "Third": w.bus("Third")}
SOURCE_S: Json = {"source": ["s"]}
KIND_A: Json = {"detail-type": ["a"]}
KIND_B: Json = {"detail-type": ["b"]}
BODY: Json = {"FilterPolicyScope": "MessageBody"}
AB = w.stages("a", "b")
ABC = w.stages("a", "b", "c")
TABLE = w.resource("DynamoDB::Table", KeySchema=[], StreamSpecification={"StreamViewType": "NEW_IMAGE"})
TABLE_STREAM = {"Fn::GetAtt": ["Table", "StreamArn"]}
RETRYING = w.machine("A", "EXPRESS", A=w.task("F", 3))
ONCE_MORE = w.machine("A", "EXPRESS", A=w.task("F", 1))


def image(value: str) -> Json:
    return {"dynamodb": {"NewImage": {"state": {"S": [value]}}}}


def to_f(name: str, **fields: Any) -> Json:
    return w.branch(name, **{name: w.task("F", **fields)})


def by_mapping(name: str) -> Json:
    return {"Fn::FindInMap": [name, {"Ref": "Stage"}, "n"]}


def inside(name: str, choice: Json, *branches: Json, retries: int = 0) -> Json:
    one = w.branch("C", C=choice, SendA=w.sends("Q1"), SendB=w.sends("Q2"))
    return w.machine(name, "STANDARD", **{name: w.parallel(one, *branches, retries=retries)})


EITHER = w.choice(a="SendA", b="SendB")
MAP = {"Type": "Map", "End": True, "ItemProcessor": w.branch("C", C=EITHER, SendA=w.sends("Q1"), SendB=w.sends("Q2"))}
REST = {"Api": w.resource("ApiGateway::RestApi", Name="a")}


def route(path: str, uri: Any, proxy: bool = True) -> Json:
    integration = {"Type": "AWS_PROXY" if proxy else "AWS", "IntegrationHttpMethod": "POST", "Uri": uri}
    return {
        f"{path}Resource": w.resource(
            "ApiGateway::Resource",
            RestApiId={"Ref": "Api"},
            ParentId={"Fn::GetAtt": ["Api", "RootResourceId"]},
            PathPart=path,
        ),
        f"{path}Method": w.resource(
            "ApiGateway::Method",
            RestApiId={"Ref": "Api"},
            ResourceId={"Ref": f"{path}Resource"},
            HttpMethod="POST",
            Integration=integration,
        ),
    }


def to_function(name: str) -> Json:
    return {"Fn::Sub": "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${%s.Arn}/invocations" % name}  # noqa: UP031


def to_queue(name: str) -> Json:
    return {"Fn::Sub": "arn:aws:apigateway:eu-west-1:sqs:path/111122223333/${%s.QueueName}" % name}  # noqa: UP031


EXACT: dict[str, tuple[Json, Json | None, int]] = {
    # Buses: a rule that targets a bus passes the same event on.
    "two kinds told apart on the second bus: 5": (
        two(
            **BUSES,
            R=w.rule({"source": [{"prefix": ""}]}, "Far"),
            R1=w.rule(KIND_A, "Q1", on="Far"),
            R2=w.rule(KIND_B, "Q2", on="Far"),
        ),
        None,
        5,
    ),
    "one of two rules passes it on, both rules behind take it: 4 + 3": (
        two(
            4,
            3,
            **BUSES,
            Ra=w.rule(KIND_A, "Far"),
            Rb=w.rule(KIND_B, "Far"),
            R1=w.rule(SOURCE_S, "Q1", on="Far"),
            R2=w.rule(SOURCE_S, "Q2", on="Far"),
        ),
        None,
        7,
    ),
    "both rules pass it on, so that it comes twice: 2 x 5": (
        two(
            5,
            1,
            **BUSES,
            Ra=w.rule(SOURCE_S, "Far"),
            Rb=w.rule(KIND_A, "Far"),
            R1=w.rule(KIND_A, "Q1", on="Far"),
            R2=w.rule(KIND_B, "Q2", on="Far"),
        ),
        None,
        10,
    ),
    "copied to two buses that ask for different sources: 5": (
        two(
            **BUSES,
            Ra=w.rule(KIND_A, "Far"),
            Rb=w.rule(KIND_A, "Third"),
            R1=w.rule(SOURCE_S, "Q1", on="Far"),
            R2=w.rule({"source": ["t"]}, "Q2", on="Third"),
        ),
        None,
        5,
    ),
    "copied to two buses that take it: 5 + 3": (
        two(
            5,
            3,
            **BUSES,
            Ra=w.rule(SOURCE_S, "Far"),
            Rb=w.rule(SOURCE_S, "Third"),
            R1=w.rule(KIND_A, "Q1", on="Far"),
            R2=w.rule(KIND_A, "Q2", on="Third"),
        ),
        None,
        8,
    ),
    "three buses in a row, kinds told apart on the first, sources on the last: 5 + 4": (
        two(
            5,
            4,
            **third(9),
            **BUSES,
            Ra=w.rule(KIND_A, "Far"),
            Rb=w.rule(SOURCE_S, "Third", on="Far"),
            R1=w.rule(KIND_A, "Q1", on="Third"),
            R2=w.rule(SOURCE_S, "Q2", on="Third"),
            R3=w.rule(KIND_B, "Q3", on=BUS),
        ),
        None,
        9,
    ),
    "a rule with two targets copies: 2 x 3 of two asynchronous queues": (
        {"F": w.function(), **BUSES, "R1": w.rule(SOURCE_S, "F"), "R2": w.rule(KIND_A, "F")},
        None,
        6,
    ),
    "the worst two of three overlapping prefixes: 5 + 4": (
        two(
            5,
            4,
            **third(3),
            **BUSES,
            R1=w.rule({"source": [{"prefix": "a"}]}, "Q1"),
            R2=w.rule({"source": [{"prefix": "a.b"}]}, "Q2"),
            R3=w.rule({"source": [{"anything-but": {"prefix": "a"}}]}, "Q3"),
        ),
        None,
        9,
    ),
    # Topics behind rules: the whole event is the message body.
    "a topic behind a rule, bodies of two kinds: 5": (
        two(
            **BUSES,
            T=w.topic(),
            R=w.rule(SOURCE_S, {"Ref": "T"}),
            S1=w.subscription("T", "Q1", KIND_A, **BODY),
            S2=w.subscription("T", "Q2", KIND_B, **BODY),
        ),
        None,
        5,
    ),
    "a topic behind a rule, bodies that can be both: 10": (
        two(
            **BUSES,
            T=w.topic(),
            R=w.rule({"version": ["0"]}, {"Ref": "T"}),
            S1=w.subscription("T", "Q1", KIND_A, **BODY),
            S2=w.subscription("T", "Q2", SOURCE_S, **BODY),
        ),
        None,
        10,
    ),
    "two exclusive rules, two topics, one queue: 5": (
        {
            "Q": w.queue(5),
            "E": w.reads("Q", "F"),
            "F": w.function(),
            **BUSES,
            "T1": w.topic(),
            "T2": w.topic(),
            "R1": w.rule(KIND_A, {"Ref": "T1"}),
            "R2": w.rule(KIND_B, {"Ref": "T2"}),
            "S1": w.subscription("T1", "Q"),
            "S2": w.subscription("T2", "Q"),
        },
        None,
        5,
    ),
    "two copying rules, two topics, one queue: 10": (
        {
            "Q": w.queue(5),
            "E": w.reads("Q", "F"),
            "F": w.function(),
            **BUSES,
            "T1": w.topic(),
            "T2": w.topic(),
            "R1": w.rule(KIND_A, {"Ref": "T1"}),
            "R2": w.rule(SOURCE_S, {"Ref": "T2"}),
            "S1": w.subscription("T1", "Q"),
            "S2": w.subscription("T2", "Q"),
        },
        None,
        10,
    ),
    "attributes of two kinds and one subscription without a filter: 5 + 3": (
        two(
            5,
            4,
            **third(3),
            T=w.topic(),
            S1=w.subscription("T", "Q1", {"k": ["a"]}),
            S2=w.subscription("T", "Q2", {"k": ["b"]}),
            S3=w.subscription("T", "Q3"),
        ),
        None,
        8,
    ),
    "numbers of attributes that do not meet: 5": (
        two(
            5,
            4,
            T=w.topic(),
            S1=w.subscription("T", "Q1", {"n": [{"numeric": ["<", 5]}]}),
            S2=w.subscription("T", "Q2", {"n": [{"numeric": [">=", 5]}]}),
        ),
        None,
        5,
    ),
    "an attribute with a value, or absent: 5": (
        two(
            5,
            4,
            T=w.topic(),
            S1=w.subscription("T", "Q1", {"k": [{"exists": False}]}),
            S2=w.subscription("T", "Q2", {"k": ["x"]}),
        ),
        None,
        5,
    ),
    # Buckets over the default bus.
    "prefixes of keys that exclude each other: 5": (
        two(K=BUCKET, R1=w.rule(of_key(prefix="in/"), "Q1", on=""), R2=w.rule(of_key(prefix="out/"), "Q2", on="")),
        None,
        5,
    ),
    "a prefix and a suffix go together: 10": (
        two(K=BUCKET, R1=w.rule(of_key(prefix="in/"), "Q1", on=""), R2=w.rule(of_key(suffix=".csv"), "Q2", on="")),
        None,
        10,
    ),
    "created and deleted: 5": (
        two(
            K=BUCKET,
            R1=w.rule({"source": ["aws.s3"], "detail-type": ["Object Created"]}, "Q1", on=""),
            R2=w.rule({"source": ["aws.s3"], "detail-type": ["Object Deleted"]}, "Q2", on=""),
        ),
        None,
        5,
    ),
    "two buckets: 5": (
        two(
            K=BUCKET,
            L=BUCKET,
            R1=w.rule({"source": ["aws.s3"], "detail": {"bucket": {"name": [{"Ref": "K"}]}}}, "Q1", on=""),
            R2=w.rule({"source": ["aws.s3"], "detail": {"bucket": {"name": [{"Ref": "L"}]}}}, "Q2", on=""),
        ),
        None,
        5,
    ),
    # What a machine sends.
    "a choice between two queues: 5": (
        two(M=w.machine("C", C=EITHER, SendA=w.sends("Q1"), SendB=w.sends("Q2"))),
        None,
        5,
    ),
    "a choice inside a branch, the other branch sends as well: 5 + 3": (
        two(**third(3), M=inside("P", EITHER, w.branch("S", S=w.sends("Q3")))),
        None,
        8,
    ),
    "two branches that each choose: 5 + 5": (
        two(
            5, 4, M=inside("P", EITHER, w.branch("C2", C2=w.choice(a="A2", b="B2"), A2=w.sends("Q1"), B2=w.sends("Q2")))
        ),
        None,
        10,
    ),
    "a choice inside a map: 5": (two(M=w.machine("E", E=MAP)), None, 5),
    "a choice inside a map inside a branch: 5": (
        two(M=w.machine("P", P=w.parallel(w.branch("E", E=MAP), w.branch("N", N={"Type": "Pass", "End": True})))),
        None,
        5,
    ),
    "two choices one after the other: 5 + 4": (
        two(
            5,
            4,
            M=w.machine(
                "C",
                C=w.choice(a="SendA", b="D"),
                SendA=w.sends("Q1", Next="D"),
                D=w.choice(c="SendB", d="Done"),
                SendB=w.sends("Q2"),
                Done={"Type": "Succeed"},
            ),
        ),
        None,
        9,
    ),
    "a choice between tasks with 3 and 2 retries: 4": (
        {"F": w.function(), "M": w.machine("C", C=w.choice(a="A", b="B"), A=w.task("F", 3), B=w.task("F", 2))},
        None,
        4,
    ),
    "a choice between two kinds of event: 5": (
        two(
            5,
            4,
            **BUSES,
            M=w.machine("C", C=w.choice(a="A", b="B"), A=w.puts("s", "a"), B=w.puts("s", "b")),
            R1=w.rule(KIND_A, "Q1"),
            R2=w.rule(KIND_B, "Q2"),
        ),
        None,
        5,
    ),
    "two branches put an event of each kind: 5 + 4": (
        two(
            5,
            4,
            **BUSES,
            M=w.machine("P", P=w.parallel(w.branch("A", A=w.puts("s", "a")), w.branch("B", B=w.puts("s", "b")))),
            R1=w.rule(KIND_A, "Q1"),
            R2=w.rule(KIND_B, "Q2"),
        ),
        None,
        9,
    ),
    # Machines that wait for machines.
    "parent 2, branch 1, task 3: 3 x 2 x 4": (
        {
            "F": w.function(),
            "M": w.machine("P", P=w.parallel(to_f("A", retries=3), retries=1)),
            "N": w.machine("R", R=w.runs("M", 2)),
        },
        None,
        24,
    ),
    "three machines deep: 2 x 3 x 4": (
        {
            "F": w.function(),
            "M": w.machine("A", A=w.task("F", 3)),
            "N": w.machine("R", R=w.runs("M", 2)),
            "O": w.machine("R", R=w.runs("N", 1)),
        },
        None,
        24,
    ),
    "a child that is only started: 4": (
        {
            "F": w.function(),
            "M": w.machine("A", A=w.task("F", 3)),
            "N": w.machine("R", R=w.runs("M", 2, "startExecution")),
        },
        None,
        4,
    ),
    "a choice between a child and a task: 2 x 4, not 5": (
        {
            "F": w.function(),
            "M": w.machine("A", A=w.task("F", 3)),
            "N": w.machine("C", C=w.choice(a="R", b="A"), R=w.runs("M", 1), A=w.task("F", 4)),
        },
        None,
        8,
    ),
    "a child in each of two branches, the first failure ends both: 2 x 4, and 4 beside it": (
        {
            "F": w.function(),
            "M": w.machine("A", A=w.task("F", 3)),
            "N": w.machine("P", P=w.parallel(w.branch("R", R=w.runs("M")), w.branch("S", S=w.runs("M")))),
        },
        None,
        8,
    ),
    # Routes of an API.
    "one route calls, the other queues: 5": (
        {
            **REST,
            **route("call", to_function("F")),
            **route("queue", to_queue("Q1"), proxy=False),
            "F": w.function(),
            "Q1": w.queue(5),
            "E1": w.reads("Q1", "F"),
        },
        None,
        5,
    ),
    "two routes, two queues: 5": (
        two(5, 4, **REST, **route("one", to_queue("Q1"), proxy=False), **route("two", to_queue("Q2"), proxy=False)),
        None,
        5,
    ),
    # Readers.
    "readers with different machines behind exclusive rules: 5 x 4": (
        {
            "Q1": w.queue(5),
            "Q2": w.queue(4),
            "F": w.function(),
            **BUSES,
            "R1": w.rule(KIND_A, "Q1"),
            "R2": w.rule(KIND_B, "Q2"),
            "M": RETRYING,
            "N": ONCE_MORE,
            "P1": w.pipe("Q1", "M"),
            "P2": w.pipe("Q1", "N"),
            "P3": w.pipe("Q2", "M"),
        },
        None,
        20,
    ),
    "readers of a queue, and a copy in another one: 5 x 4 + 3": (
        {
            "Q1": w.queue(5),
            "Q2": w.queue(3),
            "F": w.function(),
            **BUSES,
            "R1": w.rule(SOURCE_S, "Q1"),
            "R2": w.rule(KIND_A, "Q2"),
            "M": RETRYING,
            "P1": w.pipe("Q1", "M"),
            "E1": w.reads("Q1", "F"),
            "E2": w.reads("Q2", "F"),
        },
        None,
        23,
    ),
    "dead letters with two readers: 3 + 2 x 4": (
        {
            "Q1": w.queue(3, "D"),
            "D": w.queue(2),
            "F": w.function(),
            "M": RETRYING,
            "E1": w.reads("Q1", "F"),
            "E2": w.reads("D", "F"),
            "P": w.pipe("D", "M"),
        },
        None,
        11,
    ),
    "dead letters of one of two queues: 4 + 2": (
        {
            "Q1": w.queue(3, "D"),
            "Q2": w.queue(4, "D"),
            "D": w.queue(2),
            "F": w.function(),
            **BUSES,
            "R1": w.rule(KIND_A, "Q1"),
            "R2": w.rule(KIND_B, "Q2"),
            "E1": w.reads("Q1", "F"),
            "E2": w.reads("Q2", "F"),
            "E3": w.reads("D", "F"),
        },
        None,
        6,
    ),
    "dead letters of both of two queues: 3 + 4 + 2 + 2": (
        {
            "Q1": w.queue(3, "D"),
            "Q2": w.queue(4, "D"),
            "D": w.queue(2),
            "F": w.function(),
            **BUSES,
            "R1": w.rule(SOURCE_S, "Q1"),
            "R2": w.rule(KIND_B, "Q2"),
            "E1": w.reads("Q1", "F"),
            "E2": w.reads("Q2", "F"),
            "E3": w.reads("D", "F"),
        },
        None,
        11,
    ),
    "two readers of a FIFO queue: 4": (
        {
            "Q1": w.queue(4, "D", FifoQueue=True),
            "D": w.queue(FifoQueue=True),
            "F": w.function(),
            "E1": w.reads("Q1", "F"),
            "E2": w.reads("Q1", "F"),
        },
        None,
        4,
    ),
    "two FIFO queues of a FIFO topic: 3 + 4": (
        {
            "Q1": w.queue(3, "D", FifoQueue=True),
            "Q2": w.queue(4, "D", FifoQueue=True),
            "D": w.queue(FifoQueue=True),
            "F": w.function(),
            "E1": w.reads("Q1", "F"),
            "E2": w.reads("Q2", "F"),
            "T": w.topic(FifoTopic=True),
            "S1": w.subscription("T", "Q1"),
            "S2": w.subscription("T", "Q2"),
        },
        None,
        7,
    ),
    # Worlds.
    "queues of two worlds: 5": (
        two(T=w.topic(), S1=w.subscription("T", "Q1"), S2=w.subscription("T", "Q2"))
        | {"Q1": w.queue(5, condition="Isa"), "Q2": w.queue(3, condition="Nota")},
        AB,
        5,
    ),
    "readers of two worlds, one queue: 4 x 4": (
        {
            "Q1": w.queue(4),
            "F": w.function(),
            "M": RETRYING,
            "P": {**w.pipe("Q1", "M"), "Condition": "Isa"},
            "E": w.reads("Q1", "F", "Nota"),
        },
        AB,
        16,
    ),
    "rules of two worlds and one of both: 5 + 2": (
        two(
            **third(2),
            **BUSES,
            R1=w.rule(KIND_A, "Q1", condition="Isa"),
            R2=w.rule(KIND_A, "Q2", condition="Nota"),
            R3=w.rule(SOURCE_S, "Q3"),
        ),
        AB,
        7,
    ),
    "rules switched on by condition: 5": (
        two(
            5,
            4,
            **BUSES,
            R1=w.rule(KIND_A, "Q1", State={"Fn::If": ["Isa", "ENABLED", "DISABLED"]}),
            R2=w.rule(KIND_A, "Q2", State={"Fn::If": ["Isa", "DISABLED", "ENABLED"]}),
        ),
        AB,
        5,
    ),
    "mappings switched on by condition: 5": (
        two(5, 4, T=w.topic(), S1=w.subscription("T", "Q1"), S2=w.subscription("T", "Q2"))
        | {
            "E1": w.reads("Q1", "F", Enabled={"Fn::If": ["Isa", True, False]}),
            "E2": w.reads("Q2", "F", Enabled={"Fn::If": ["Isa", False, True]}),
        },
        AB,
        5,
    ),
    "a row of each of two mappings, one stage for both: 2 + 9 in a, not 7 + 9": (
        two(by_mapping("X"), by_mapping("Y"), T=w.topic(), S1=w.subscription("T", "Q1"), S2=w.subscription("T", "Q2")),
        {
            **ABC,
            "Mappings": {
                "X": {"a": {"n": 2}, "b": {"n": 7}, "c": {"n": 3}},
                "Y": {"a": {"n": 9}, "b": {"n": 1}, "c": {"n": 3}},
            },
        },
        11,
    ),
    "two parameters that are free of each other: 5 + 4": (
        two({"Ref": "M"}, {"Ref": "N"}, T=w.topic(), S1=w.subscription("T", "Q1"), S2=w.subscription("T", "Q2")),
        {
            "Parameters": {
                "M": {"Type": "Number", "AllowedValues": [2, 5]},
                "N": {"Type": "Number", "AllowedValues": [4, 3]},
            }
        },
        9,
    ),
    "a world and a kind: 5 in a for one kind, 4 in b for the other, and 2 always": (
        two(
            5,
            4,
            **third(2),
            **BUSES,
            R1=w.rule(KIND_A, "Q1", condition="Isa"),
            R2=w.rule(KIND_B, "Q2", condition="Isb"),
            R3=w.rule({"source": [{"prefix": ""}]}, "Q3"),
        ),
        AB,
        7,
    ),
    "a queue of one world read in the other: 3": (
        two(5, 3, T=w.topic(), S1=w.subscription("T", "Q1", condition="Isa"), S2=w.subscription("T", "Q2"))
        | {"E1": w.reads("Q1", "F", "Nota")},
        AB,
        3,
    ),
    "a role of one world sends to one queue: 5": (
        two(
            5,
            4,
            T=w.topic(),
            Ra=w.role(("sqs:SendMessage", arn("Q1"))),
            Rb=w.role(("sqs:SendMessage", arn("Q2"))),
            U={**w.sender("Ra", QUEUE={"Ref": "Q1"}), "Condition": "Isa"},
            V={**w.sender("Rb", QUEUE={"Ref": "Q2"}), "Condition": "Nota"},
            S1=w.resource("SNS::Subscription", "Isa", TopicArn={"Ref": "T"}, Protocol="lambda", Endpoint=arn("U")),
            S2=w.resource("SNS::Subscription", "Nota", TopicArn={"Ref": "T"}, Protocol="lambda", Endpoint=arn("V")),
        ),
        AB,
        5,
    ),
    # Records.
    "states of an item that exclude each other: 3": (
        {
            "Table": TABLE,
            "F": w.function(),
            "E1": w.follows(TABLE_STREAM, "F", image("a")),
            "E2": w.follows(TABLE_STREAM, "F", image("b")),
        },
        None,
        3,
    ),
    "a state of an item, and its removal: 3": (
        {
            "Table": TABLE,
            "F": w.function(),
            "E1": w.follows(TABLE_STREAM, "F", {"eventName": ["REMOVE"]}),
            "E2": w.follows(TABLE_STREAM, "F", {"eventName": ["INSERT", "MODIFY"]}, retries=1),
        },
        None,
        3,
    ),
    "a new item of one state: 3 + 2": (
        {
            "Table": TABLE,
            "F": w.function(),
            "E1": w.follows(TABLE_STREAM, "F", image("a")),
            "E2": w.follows(TABLE_STREAM, "F", {"eventName": ["INSERT"]}, retries=1),
        },
        None,
        5,
    ),
    # Two schedules are two events.
    "two schedules: 3 each": (
        {
            "F": w.function(),
            "S1": w.resource("Events::Rule", ScheduleExpression="rate(1 day)", Targets=[{"Id": "t", "Arn": arn("F")}]),
            "S2": w.resource("Events::Rule", ScheduleExpression="rate(2 days)", Targets=[{"Id": "t", "Arn": arn("F")}]),
        },
        None,
        3,
    ),
}


@pytest.mark.parametrize("name", EXACT)
def test_figure(tmp_path: Path, name: str) -> None:
    resources, top, most = EXACT[name]
    attempts = read(tmp_path, resources, top).attempts
    assert attempts.of("app/F", ERROR).max == most


def put_by(source: str, asked: Json, on: str = BUS, **more: Json) -> Json:
    """A machine that a rule starts, and that puts an event."""
    return {**BUSES, "M": w.machine("P", P=w.puts(source, on=on)), "R": w.rule(asked, {"Ref": "M"}), **more}


def back(target: Json, *pairs: tuple[str, Any], **more: Json) -> Json:
    """A function behind a queue, with an environment that holds `target`."""
    return {
        "Q": w.queue(3),
        "E": w.reads("Q", "F"),
        "R": w.role(*pairs),
        "F": w.sender("R", TARGET=target),
        **more,
    }


LOOPS: dict[str, tuple[Json, Json | None, int]] = {
    "anything but its own source": (put_by("shop", {"source": [{"anything-but": "shop"}]}), None, 0),
    "anything but another source": (put_by("shop", {"source": [{"anything-but": ["bank"]}]}), None, 1),
    "anything but a prefix of its source": (
        put_by("shop.orders", {"source": [{"anything-but": {"prefix": "shop"}}]}),
        None,
        0,
    ),
    "round two buses, ended by a source": (
        put_by("out", {"source": ["in"]}, "Far", Rf=w.rule({"source": [{"prefix": ""}]}, arn(BUS), on="Far")),
        None,
        0,
    ),
    "round two buses, and the first rule takes it": (
        put_by("out", {"source": ["in", "out"]}, "Far", Rf=w.rule({"source": [{"prefix": ""}]}, arn(BUS), on="Far")),
        None,
        1,
    ),
    "round two buses, ended on the second one": (
        put_by("out", {"source": ["in", "out"]}, "Far", Rf=w.rule({"source": ["other"]}, arn(BUS), on="Far")),
        None,
        0,
    ),
    "a status that its rule does not ask for": (
        {
            **BUSES,
            "M": w.machine("P", P=w.puts("s", detail={"status": "done"})),
            "R": w.rule({"source": ["s"], "detail": {"status": ["new"]}}, {"Ref": "M"}),
        },
        None,
        0,
    ),
    "a status that the data decides": (
        {
            **BUSES,
            "M": w.machine("P", P=w.puts("s", detail={"status.$": "$.status"})),
            "R": w.rule({"source": ["s"], "detail": {"status": ["new"]}}, {"Ref": "M"}),
        },
        None,
        1,
    ),
    "sent back to its queue": (back({"Ref": "Q"}, ("sqs:SendMessage", arn("Q"))), None, 1),
    "sent back in one world": (
        back({"Fn::If": ["Isa", {"Ref": "Q"}, {"Ref": "Q2"}]}, ("sqs:SendMessage", "*"), Q2=w.queue(3)),
        AB,
        1,
    ),
    "sent back by a subscription of one world": (
        back({"Ref": "T"}, ("sns:Publish", {"Ref": "T"}), T=w.topic(), S=w.subscription("T", "Q", condition="Isa")),
        AB,
        1,
    ),
    "the two halves of a circle in two worlds": (
        back({"Ref": "T"}, ("sns:Publish", {"Ref": "T"}), T=w.topic(), S=w.subscription("T", "Q", condition="Isa"))
        | {"E": w.reads("Q", "F", "Nota")},
        AB,
        0,
    ),
    "a topic that filters out what its function publishes from another one": (
        back({"Ref": "T"}, ("sns:Publish", {"Ref": "T"}), T=w.topic()),
        None,
        0,
    ),
}


@pytest.mark.parametrize("name", LOOPS)
def test_loops(tmp_path: Path, name: str) -> None:
    resources, top, count = LOOPS[name]
    assert len(read(tmp_path, resources, top).loops) == count


def test_two_ways_back_are_two_events_in_each_of_three_runs(tmp_path: Path) -> None:
    """3 receives x (one message, and one notice that the topic passes on): 6; 1 if it sends only one and ends well."""
    both = {"Queue": {"Ref": "Q"}, "Topic": {"Ref": "T"}}
    resources = back(
        {"Ref": "Q"},
        ("sqs:SendMessage", arn("Q")),
        ("sns:Publish", {"Ref": "T"}),
        T=w.topic(),
        S=w.subscription("T", "Q"),
    ) | {"F": w.sender("R", **both)}
    gains = {loop.start: (loop.gain[ERROR].max, loop.gain_min[ERROR].max) for loop in read(tmp_path, resources).loops}
    assert gains["app/Q"] == (6, 1)


def test_a_loop_of_one_world_names_it(tmp_path: Path) -> None:
    resources = back(
        {"Ref": "T"}, ("sns:Publish", {"Ref": "T"}), T=w.topic(), S=w.subscription("T", "Q", condition="Isa")
    )
    (loop,) = read(tmp_path, resources, AB).loops
    assert loop.gain[ERROR].max == 3


def test_more_classes_than_are_counted_one_by_one(tmp_path: Path) -> None:
    """Five free conditions, four kinds, four readers of each queue: 5 x 3 + 5 x 4 = 35, or "at most" more."""
    flags = [f"P{number}" for number in range(5)]
    top: Json = {
        "Parameters": {flag: {"Type": "String", "AllowedValues": ["yes", "no"]} for flag in flags},
        "Conditions": {f"Is{flag}": {"Fn::Equals": [{"Ref": flag}, "yes"]} for flag in flags}
        | {f"Not{flag}": {"Fn::Not": [{"Condition": f"Is{flag}"}]} for flag in flags},
    }
    made: Json = {"F": w.function(), **BUSES}
    for flag in flags:
        for side, receives in (("Is", 3), ("Not", 2)):
            name = f"{side}{flag}"
            made |= {
                f"Q{name}": w.queue(receives),
                f"E{name}": w.reads(f"Q{name}", "F"),
                f"R{name}": w.rule(SOURCE_S, f"Q{name}", condition=name),
            }
    for number in range(4):
        queue = f"K{number}"
        made |= {
            queue: w.queue(2 + number),
            f"R{queue}": w.rule({"detail-type": [queue]}, queue),
            f"M{number}": w.machine("A", "EXPRESS", A=w.task("F", number)),
        }
        made |= {f"P{number}{reader}": w.pipe(queue, f"M{reader}") for reader in range(4)}
    figure = read(tmp_path, made, top).attempts.of("app/F", ERROR).max
    assert figure is not None
    assert 35 <= figure <= 50
