"""Programs whose function F calls others and sends, and the app around it: A (3 receives) -> F; B (2), C (5), D (7)."""

from __future__ import annotations

from .conftest import Raw, queue, ref, resource
from .test_code_reading import role
from .test_code_reading_copies import RAISES, function, reads

PYTHON = (
    "import json, os, random, time, boto3\nsqs = boto3.client('sqs')\nlam = boto3.client('lambda')\n"
    "events = boto3.client('events')\n"
    "def send(q='B'):\n    sqs.send_message(QueueUrl=os.environ[q], MessageBody='x')\n"
    "def ask(f='G'):\n    return lam.invoke(FunctionName=os.environ[f])\n"
)
NODE = (
    "const {SQSClient, SendMessageCommand} = require('@aws-sdk/client-sqs');\n"
    "const {LambdaClient, InvokeCommand} = require('@aws-sdk/client-lambda');\n"
    "const sqs = new SQSClient({});\nconst lam = new LambdaClient({});\n"
    "const send = (q = 'B') => sqs.send(new SendMessageCommand({QueueUrl: process.env[q], MessageBody: 'x'}));\n"
    "const ask = (f = 'G') => lam.send(new InvokeCommand({FunctionName: process.env[f]}));\n"
)


def app(code: str, runtime: str, wires: str, **more: Raw) -> dict[str, Raw]:
    """F with a program, and readers of its queues: ``B>X`` has X read B."""
    names = ("A", "B", "C", "D", "G", "H")
    found = {
        "Role": role(["sqs:SendMessage", "lambda:InvokeFunction", "events:PutEvents"], "*"),
        "Dead": queue(),
        "A": queue(3),
        "B": queue(2),
        "C": queue(5),
        "D": queue(7),
        "Bus": resource("Events::EventBus", Name="bus"),
        "F": function(code, runtime, **{name: ref(name) for name in names}, BUS=ref("Bus")),
        "FromA": reads("A", "F"),
        "G": RAISES,
        "H": RAISES,
        "X": RAISES,
        **more,
    }
    for number, wire in enumerate(wires.split()):
        found[f"Wire{number}"] = reads(*wire.split(">"))
    return found
