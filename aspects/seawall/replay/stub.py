"""Stands in for every function of a replayed app: it notes the run, calls what it is said to call, fails as asked.

This file alone is what the emulator runs, so it needs the standard library only. It serves as a custom runtime, which
is what lets an error carry a name of our choice, and as a Python handler. The variable REPLAY says what it does.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import sys
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

NEXT = "/2018-06-01/runtime/invocation/next"
RESULT = "/2018-06-01/runtime/invocation/{}/{}"
LAMBDA = "/2015-03-31/functions/{}/invocations"
PROBLEMS = (OSError, http.client.HTTPException, LookupError, RuntimeError, TypeError, ValueError)
_SQS, _STATES, _EVENTS = "AmazonSQS.", "AWSStepFunctions.", "AWSEvents."
_LAP = re.compile(r"seawall_lap\W+(\d+)")
_ID = re.compile(r"seawall_id\W+([0-9a-f]+)")


_INSTANCES: list[Stub] = []


class Refusal(Exception):  # noqa: N818
    """The run fails; the text is the error's name as the caller sees it."""


class Stub:
    """One function: `spec` says which one, where to note its runs, what to call, how to fail."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.name: str = spec["function"]
        self.log: str = spec["log"]
        self.errors: list[str] = spec["errors"]
        self.hangs: bool = spec["hangs"]
        self.calls: list[dict[str, Any]] = spec["calls"]
        self.token: str = spec["token"]
        self.hidden: dict[str, int] = spec["hidden"]
        self.turns: dict[str, int] = {}
        self.endpoint = urlsplit(os.environ["AWS_ENDPOINT_URL"]).netloc

    def run(self, event: Any) -> Any:
        """One invocation, from its note in the log to its failure or its result."""
        text = json.dumps(event)
        records = [_record(each) for each in _records(event)]
        begun = time.monotonic()
        self.note(lap=int(_found(_LAP, text) or 0), begins=True, records=records)
        failed = False
        try:
            for each in _units(event):
                lap = _found(_LAP, json.dumps(each))
                for call in self.calls:
                    if call["after"] and failed:
                        continue
                    if call["when"] == "always" or self.errors or self.hangs:
                        failed = (not self._perform_all(call, each, lap) and call["heeded"]) or failed
            if self.errors and (error := self._next_error(_found(_ID, text) or "")):
                raise Refusal(error)
            if failed:
                self._hand_back(event, time.monotonic() - begun)
                raise Refusal("CalleeFailed")
        finally:
            self.note(begins=False)
        if self.hangs:
            time.sleep(3600)
        return event

    def note(self, **facts: Any) -> None:
        """One line in the log. Appending whole lines keeps concurrent stubs apart."""
        line = json.dumps({"function": self.name, "at": time.time(), **facts})
        if self.log.startswith("http"):
            self._aws(_SQS + "SendMessage", QueueUrl=self.log, MessageBody=line)
            return
        handle = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, f"{line}\n".encode())
        os.close(handle)

    def _next_error(self, name: str) -> str:
        """The named errors in order, from the start again for every execution: each uses up all of them."""
        if len(self.errors) == 1:
            return self.errors[0]
        if self.log.startswith("http"):  # elsewhere: as good as the function's only instance knows
            self.turns[name] = self.turns.get(name, 0) + 1
            return self.errors[(self.turns[name] - 1) % len(self.errors)]
        path = f"{self.log}.{name}"
        with open(path, "a+b", buffering=0) as tally:
            tally.write(b".")
            run = os.path.getsize(path) - 1
        return self.errors[run % len(self.errors)]

    def _perform_all(self, call: dict[str, Any], event: Any, lap: str | None) -> bool:
        """Make a call as often as the code does; False if one fails, with which the run may end."""
        well = True
        for _ in range(call["copies"]):
            well = self._perform(call, event, lap) and well
            if not well and call["ends"]:
                break
        return well

    def _perform(self, call: dict[str, Any], event: Any, lap: str | None) -> bool:
        """Make a call; False if what it waits for fails."""
        now = int(lap or 0)
        if call["laps"] is not None:  # a way back: it takes the event on its next lap, if it is due
            if lap is None or now not in call["laps"]:
                return True
            now += 1
        body = json.dumps({"seawall_lap": now, "seawall_id": uuid.uuid4().hex})
        target = call["target"]
        match call["action"]:
            case "send":
                group = {"MessageGroupId": _group(event), "MessageDeduplicationId": uuid.uuid4().hex}
                fifo = group if target.endswith(".fifo") else {}
                self._aws(_SQS + "SendMessage", QueueUrl=self._url(target), MessageBody=body, **fifo)
            case "publish":
                self._publish(target, body)
            case "put-events":
                entry = {"Source": call["source"], "DetailType": "replay", "Detail": body, "EventBusName": target}
                self._aws(_EVENTS + "PutEvents", Entries=[entry])
            case "start":
                self._aws(_STATES + "StartExecution", stateMachineArn=target, input=_input(event, body))
            case "start-sync":
                answer = self._aws(_STATES + "StartSyncExecution", stateMachineArn=target, input=_input(event, body))
                return bool(answer["status"] == "SUCCEEDED")
            case "invoke":
                return self._invoke(target, body, "RequestResponse")
            case "invoke-event":
                return self._invoke(target, body, "Event")
        return True

    def _hand_back(self, event: Any, passed: float) -> None:
        """Do not wait out a visibility timeout that is long so as not to end early, but that of the template."""
        for record in _records(event):
            if "receiptHandle" in record:
                name = record["eventSourceARN"].rpartition(":")[2]
                request = {"QueueUrl": self._url(name), "ReceiptHandle": record["receiptHandle"]}
                left = max(0, round(self.hidden.get(name, 0) - passed))
                self._aws(_SQS + "ChangeMessageVisibility", **request, VisibilityTimeout=left)

    def _url(self, queue: str) -> str:
        return f"http://{self.endpoint}/000000000000/{queue}"

    def _publish(self, topic: str, body: str) -> None:
        from urllib.parse import urlencode

        fields = {"Action": "Publish", "Version": "2010-03-31", "TopicArn": topic, "Message": body}
        if topic.endswith(".fifo"):
            fields |= {"MessageGroupId": "replay", "MessageDeduplicationId": uuid.uuid4().hex}
        self._request("/", urlencode(fields), {"Content-Type": "application/x-www-form-urlencoded"} | _signed("sns"))

    def _invoke(self, function: str, body: str, kind: str) -> bool:
        headers = {"X-Amz-Invocation-Type": kind, "Content-Type": "application/json"} | _signed("lambda")
        response, _ = self._request(LAMBDA.format(function), body, headers)
        return response.headers.get("X-Amz-Function-Error") is None

    def _aws(self, operation: str, **request: Any) -> dict[str, Any]:
        service = {"AmazonSQS": "sqs", "AWSStepFunctions": "states", "AWSEvents": "events"}[operation.partition(".")[0]]
        headers = {"X-Amz-Target": operation, "Content-Type": "application/x-amz-json-1.0"} | _signed(service)
        _, text = self._request("/", json.dumps(request), headers)
        answer: dict[str, Any] = json.loads(text or "{}")
        return answer

    def _request(self, path: str, body: str, headers: dict[str, str]) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection(self.endpoint)
        connection.request("POST", path, body, headers | ({"X-Seawall-Token": self.token} if self.token else {}))
        response = connection.getresponse()
        text = response.read()
        connection.close()
        if response.status >= 300:
            raise RuntimeError(f"{path} answered {response.status}: {text[:500]!r}")
        return response, text


def _signed(service: str) -> dict[str, str]:
    """What tells an emulator which service is meant; it checks no signature."""
    scope = f"test/20260101/us-east-1/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}


def _found(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found[1] if found else None


def _records(event: Any) -> list[dict[str, Any]]:
    """Messages of a queue, as a mapping hands them over or as a pipe does."""
    records = event.get("Records", []) if isinstance(event, dict) else event if isinstance(event, list) else []
    return [each for each in records if isinstance(each, dict)]


def _units(event: Any) -> list[Any]:
    """A batch, message by message; anything else as it is."""
    records = _records(event)
    return [{"Records": [each]} for each in records] if len(records) > 1 else [event]


def _record(record: dict[str, Any]) -> list[str]:
    count = str(record.get("attributes", {}).get("ApproximateReceiveCount", ""))
    return [str(record.get("eventSourceARN", "")).rpartition(":")[2], str(record.get("messageId", "")), count]


def _group(event: Any) -> str:
    for record in _records(event):
        if "MessageGroupId" in record.get("attributes", {}):
            return str(record["attributes"]["MessageGroupId"])
    found = re.search(r"seawall_group\W+([\w-]+)", json.dumps(event))
    return found[1] if found else "replay"


def _input(event: Any, body: str) -> str:
    """An execution's input: the lap, and the event around it, in the form in which most code looks for it."""
    return json.dumps(json.loads(body) | {"body": body, "seawall_group": _group(event)})


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


def handler(event: Any, _context: object) -> Any:
    """The same as a handler of a Python runtime, for emulators that start no custom one."""
    if not _INSTANCES:
        _INSTANCES.append(Stub(json.loads(os.environ["REPLAY"])))
    try:
        return _INSTANCES[0].run(event)
    except Refusal as refusal:
        raise type(str(refusal), (Exception,), {})(_INSTANCES[0].name) from None


if __name__ == "__main__":
    try:
        serve(Stub(json.loads(os.environ["REPLAY"])))
    except (OSError, http.client.HTTPException):
        sys.exit(0)
