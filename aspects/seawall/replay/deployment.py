"""Deploying, sending, and finding out whether anything still moves."""

from __future__ import annotations

import io
import json
import time
import uuid
import zipfile
from pathlib import Path
from typing import Any

from seawall.graph import SiteKind
from seawall.services.lambda_.mappings import MAPPING
from seawall.services.sqs.queues import QUEUE
from seawall.services.stepfunctions.machine import MACHINE

from .emulator import Endpoint
from .errors import ReplayError
from .names import ACCOUNT, REGION
from .translation import CODE_BUCKET, CODE_KEY, Translation

PATIENCE = 60.0
_DEPTHS = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]


class Deployment:
    """A translated app on an emulator."""

    def __init__(self, emulator: Endpoint, translation: Translation) -> None:
        self.emulator = emulator
        self.translation = translation
        self._stack = translation.names.prefix
        self._upload()
        self._create()
        resources = translation.resources.values()
        self._read = {
            translation.resources[one["Properties"]["EventSourceArn"]["Fn::GetAtt"][0]]["Properties"]["QueueName"]
            for one in resources
            if one["Type"] == MAPPING
        }
        self._queues = [one["Properties"]["QueueName"] for one in resources if one["Type"] == QUEUE]
        self._machines = [
            f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{one['Properties']['StateMachineName']}"
            for one in resources
            if one["Type"] == MACHINE
        ]

    def remove(self) -> None:
        """Take down what was deployed."""
        self.emulator.client("cloudformation").delete_stack(StackName=self._stack)

    def send(self, number: int) -> None:
        """Send one event to the entry."""
        one, client = self.translation, self.emulator.client
        entry = one.experiment.entry
        body = {"seawall_lap": 0, "seawall_id": uuid.uuid4().hex, "seawall_group": f"g{number}"}
        event = json.dumps(body)
        kind = one.flow.sites[entry].kind
        if kind == SiteKind.ASYNCHRONOUS_QUEUE:
            entry = one.flow.out_of(entry)[0].target
        resource = one.deployed[entry]
        name, arn = one.names.name(resource), one.arn(resource)
        if kind == SiteKind.QUEUE:
            fifo = {"MessageGroupId": f"g{number}", "MessageDeduplicationId": body["seawall_id"]}
            url = one.names.url(resource)
            client("sqs").send_message(QueueUrl=url, MessageBody=event, **(fifo if name.endswith(".fifo") else {}))
        elif kind == SiteKind.TOPIC:
            fifo = {"MessageGroupId": f"g{number}", "MessageDeduplicationId": body["seawall_id"]}
            client("sns").publish(TopicArn=arn, Message=event, **(fifo if name.endswith(".fifo") else {}))
        elif kind == SiteKind.MACHINE:
            client("stepfunctions").start_execution(stateMachineArn=arn, input=event)
        elif kind in (SiteKind.FUNCTION, SiteKind.ASYNCHRONOUS_QUEUE):
            waits = "RequestResponse" if kind == SiteKind.FUNCTION else "Event"
            client("lambda").invoke(FunctionName=name, InvocationType=waits, Payload=event)
        else:
            bus = one.resources[one.names.id(resource)]["Properties"].get("EventBusName", "default")
            source = f"{one.names.prefix}.{one.names.id(resource)}"
            entries = [{"Source": source, "DetailType": "replay", "Detail": event, "EventBusName": bus}]
            client("events").put_events(Entries=entries)

    def halt(self) -> None:
        """Have nobody read a queue any more: what goes round comes to rest there, and can be counted."""
        client = self.emulator.client("lambda")
        for page in client.get_paginator("list_event_source_mappings").paginate():
            for mapping in page["EventSourceMappings"]:
                if mapping["FunctionArn"].rpartition(":")[2].startswith(f"{self._stack}-"):
                    client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)

    def runs(self) -> bool:
        """Whether an execution runs."""
        list_executions = self.emulator.client("stepfunctions").list_executions
        return any(list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"] for arn in self._machines)

    def moves(self) -> bool:
        """Whether a queue that somebody reads holds a message, or an execution runs."""
        return any(self.depth(name) for name in self._read) or self.runs()

    def depth(self, queue: str) -> int:
        """Messages in a queue, hidden and delayed ones included."""
        url = f"{self.emulator.endpoint}/{ACCOUNT}/{queue}"
        found = self.emulator.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=_DEPTHS)["Attributes"]
        return sum(int(found[name]) for name in _DEPTHS)

    def remaining(self, queue: str) -> list[str]:
        """Ids of the messages that nobody read; they are taken out, as a group would hide all but its first."""
        if queue in self._read:
            return []
        url = f"{self.emulator.endpoint}/{ACCOUNT}/{queue}"
        found: list[str] = []
        while (
            messages := self.emulator.client("sqs")
            .receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=60)
            .get("Messages")
        ):
            for each in messages:
                found.append(each["MessageId"])
                self.emulator.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return found

    def executions(self, machine: str) -> list[dict[str, Any]]:
        """Executions of a machine, by its ARN."""
        pages = self.emulator.client("stepfunctions").get_paginator("list_executions")
        return [each for page in pages.paginate(stateMachineArn=machine) for each in page["executions"]]

    def history(self, execution: str) -> list[dict[str, Any]]:
        """Events of an execution, by its ARN."""
        pages = self.emulator.client("stepfunctions").get_paginator("get_execution_history")
        return [event for page in pages.paginate(executionArn=execution) for event in page["events"]]

    def _upload(self) -> None:
        """Put the stub where the functions take their code from."""
        bootstrap = zipfile.ZipInfo("bootstrap")
        bootstrap.external_attr = 0o755 << 16
        start = '#!/bin/sh\nexec "$REPLAY_PYTHON" -I -S "$LAMBDA_TASK_ROOT/stub.py"\n'
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr(bootstrap, start)
            archive.writestr("stub.py", Path(__file__).with_name("stub.py").read_bytes())
        storage = self.emulator.client("s3")
        storage.create_bucket(Bucket=CODE_BUCKET)
        storage.put_object(Bucket=CODE_BUCKET, Key=CODE_KEY, Body=package.getvalue())

    def _create(self) -> None:
        stacks, body = self.emulator.client("cloudformation"), json.dumps(self.translation.template())
        stacks.create_stack(StackName=self._stack, TemplateBody=body, Capabilities=["CAPABILITY_IAM"])
        deadline = time.monotonic() + PATIENCE
        status, stack = "CREATE_IN_PROGRESS", {}
        while status == "CREATE_IN_PROGRESS" and time.monotonic() < deadline:
            stack = stacks.describe_stacks(StackName=self._stack)["Stacks"][0]
            status = stack["StackStatus"]
            time.sleep(0.02)
        if status != "CREATE_COMPLETE":
            why = stack.get("StackStatusReason", status)
            raise ReplayError(f"the emulator does not deploy the app: {why}\n{self.emulator.tail()}".rstrip())
