"""Stands in for every function of a replayed template: it notes the run, calls, fails as asked.

The emulator starts this as a custom Lambda runtime, which is what lets an error carry a name of
our choice. It needs the standard library only. What it does is said by the variable REPLAY.
"""

import http.client
import json
import os
import sys
import time
from typing import Any
from urllib.parse import urlsplit

NEXT = "/2018-06-01/runtime/invocation/next"
RESULT = "/2018-06-01/runtime/invocation/{}/{}"
SEND = "AmazonSQS.SendMessage"
HAND_BACK = "AmazonSQS.ChangeMessageVisibility"
START = "AWSStepFunctions.StartExecution"
START_SYNC = "AWSStepFunctions.StartSyncExecution"
PROBLEMS = (OSError, http.client.HTTPException, LookupError, RuntimeError, TypeError, ValueError)


class Refusal(Exception):
    """The run fails; the text is the error's name as the caller sees it."""


class Stub:
    """One function: `spec` says which one, where to note its runs, what to call, how to fail."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.name: str = spec["function"]
        self.log: str = spec["log"]
        self.errors: list[str] = spec["errors"]
        self.hangs: bool = spec["hangs"]
        self.calls: list[dict[str, str]] = spec["calls"]
        self.laps: int = spec["laps"]
        self.endpoint = urlsplit(os.environ["AWS_ENDPOINT_URL"]).netloc

    def run(self, event: dict[str, Any]) -> dict[str, str]:
        """One invocation, from its note in the log to its failure or its result."""
        lap = lap_of(event)
        self.note(lap=lap, begins=True)
        try:
            for call in self.calls:
                if call["when"] == "always" or self.errors or self.hangs:
                    self._perform(call, lap, event)
            if self.errors:
                raise Refusal(self._next_error())
        finally:
            self.note(lap=lap, begins=False)
        if self.hangs:
            time.sleep(3600)
        return event

    def note(self, **facts: Any) -> None:
        """One line in the log. Appending whole lines keeps concurrent stubs apart."""
        line = json.dumps({"function": self.name, **facts}) + "\n"
        handle = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, line.encode())
        os.close(handle)

    def _next_error(self) -> str:
        """The named errors in order, the last one for ever after."""
        if len(self.errors) == 1:
            return self.errors[0]
        with open(self.log, encoding="utf-8") as log:
            notes = [json.loads(line) for line in log]
        runs = sum(note["function"] == self.name and note["begins"] for note in notes)
        name: str = self.errors[min(runs, len(self.errors)) - 1]
        return name

    def _perform(self, call: dict[str, str], lap: int, event: dict[str, Any]) -> None:
        target = os.environ[call["variable"]]
        if call["action"] == "send-message" and lap < self.laps:
            self._aws(SEND, QueueUrl=target, MessageBody=json.dumps({"lap": lap + 1}))
        elif call["action"] == "pass-on":
            self._aws(SEND, QueueUrl=target, MessageBody=json.dumps({"lap": lap}))
        elif call["action"] == "start-execution":
            self._aws(START, stateMachineArn=target, input=json.dumps({"lap": lap}))
        elif call["action"] == "start-sync-execution":
            answer = self._aws(START_SYNC, stateMachineArn=target, input=json.dumps({"lap": lap}))
            if answer["status"] != "SUCCEEDED":
                self._hand_back(event)
                raise Refusal("ExecutionFailed")

    def _hand_back(self, event: dict[str, Any]) -> None:
        """Do not wait out a visibility timeout that is long so as not to expire early."""
        handle = event["Records"][0]["receiptHandle"]
        queue = os.environ["SOURCE"]
        self._aws(HAND_BACK, QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=0)

    def _aws(self, operation: str, **request: Any) -> dict[str, Any]:
        connection = http.client.HTTPConnection(self.endpoint)
        headers = {"X-Amz-Target": operation, "Content-Type": "application/x-amz-json-1.0"}
        connection.request("POST", "/", json.dumps(request), headers)
        response = connection.getresponse()
        text = response.read()
        connection.close()
        if response.status != 200:
            raise RuntimeError(f"{operation} answered {response.status}: {text!r}")
        answer: dict[str, Any] = json.loads(text or "{}")
        return answer


def lap_of(event: dict[str, Any]) -> int:
    """The lap, whether the event comes from a queue, from a bus, or as it was sent."""
    if "Records" in event:
        event = json.loads(event["Records"][0]["body"])
    lap: int = event.get("detail", event)["lap"]
    return lap


def serve(stub: Stub) -> None:
    """Take invocations from the Lambda runtime interface until nobody offers any."""
    runtime = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        runtime.request("GET", NEXT)
        response = runtime.getresponse()
        event = json.loads(response.read())
        if response.status != 200:
            return
        request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
        try:
            kind, answer = "response", stub.run(event)
        except Refusal as refusal:
            kind, answer = "error", {"errorType": str(refusal), "errorMessage": stub.name}
        except PROBLEMS as problem:
            kind, answer = "error", {"errorType": "StubIsBroken", "errorMessage": repr(problem)}
            stub.note(broken=repr(problem), begins=False)
        runtime.request("POST", RESULT.format(request_id, kind), json.dumps(answer))
        runtime.getresponse().read()


if __name__ == "__main__":
    try:
        serve(Stub(json.loads(os.environ["REPLAY"])))
    except (OSError, http.client.HTTPException):
        sys.exit(0)
