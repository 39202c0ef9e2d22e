"""A state machine run by somebody else's interpreter, in process: moto's, which is that of LocalStack.

Its Lambda is replaced by a Python function that counts and fails under names that are given, and its waits by none.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

import boto3
from moto import mock_aws
from moto.awslambda_simple.models import LambdaSimpleBackend
from moto.core.config import DefaultConfig
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl

REGION = "us-east-1"
ROLE = "arn:aws:iam::123456789012:role/machine"
CONFIG: DefaultConfig = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}
PATIENCE = 20.0


class Interpreter:
    """Runs definitions; functions are those of `failing`, with the names that they fail under in turn."""

    def __init__(self) -> None:
        self.runs: Counter[str] = Counter()
        self.failing: Mapping[str, Sequence[str]] = {}
        self._machines = 0

    def arn(self, function: str) -> str:
        """How a definition names a function."""
        return f"arn:aws:lambda:{REGION}:123456789012:function:{function}"

    def play(self, definition: Mapping[str, Any], failing: Mapping[str, Sequence[str]]) -> tuple[str, Counter[str]]:
        """How one execution ends, and how often each function ran."""
        self.runs, self.failing = Counter(), failing
        client = boto3.client("stepfunctions", region_name=REGION)
        name = f"machine-{self._machines}"
        self._machines += 1
        made = client.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE)
        started = client.start_execution(stateMachineArn=made["stateMachineArn"], input="{}")
        deadline = time.monotonic() + PATIENCE
        status = "RUNNING"
        while status == "RUNNING" and time.monotonic() < deadline:
            time.sleep(0.01)
            status = client.describe_execution(executionArn=started["executionArn"])["status"]
        return status, self.runs

    def invoke(self, function_name: str, response_headers: Any) -> bytes:
        """What the Lambda of the interpreter answers."""
        function = function_name.rpartition(":")[2]
        self.runs[function] += 1
        names = self.failing.get(function, ())
        if not names:
            return b"{}"
        response_headers["x-amz-function-error"] = "Unhandled"
        name = names[min(self.runs[function], len(names)) - 1]
        return json.dumps({"errorType": name, "errorMessage": "as asked"}).encode()


@contextmanager
def interpreter(functions: Sequence[str]) -> Iterator[Interpreter]:
    """The interpreter, with these functions."""
    made = Interpreter()

    def invoke(_backend: Any, name: str, _qualifier: Any, _body: Any, _headers: Any, response_headers: Any) -> bytes:
        return made.invoke(name, response_headers)

    user = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"), "test")
    with (
        mock.patch.dict(os.environ, user | {"AWS_CONFIG_FILE": os.devnull}),
        mock_aws(config=CONFIG),
        mock.patch.object(LambdaSimpleBackend, "invoke", invoke),
        mock.patch.object(retrier_decl, "time", mock.Mock()),
    ):
        role = boto3.client("iam", region_name=REGION).create_role(RoleName="machine", AssumeRolePolicyDocument="{}")
        client = boto3.client("lambda", region_name=REGION)
        for function in functions:
            client.create_function(
                FunctionName=function,
                Runtime="python3.13",
                Role=role["Role"]["Arn"],
                Handler="index.handler",
                Code={"ZipFile": b""},
            )
        yield made
