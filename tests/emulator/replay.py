"""Deploys a scenario to the emulator with one site failing, lets it play out, counts the runs."""

import io
import json
import time
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .ministack import MiniStack
from .play import Play
from .rewrite import rewritten

SCENARIOS = Path(__file__).parents[1] / "scenarios"
PATIENCE = 60.0
BUCKET = "stubs"
KEY = "stub.zip"
QUEUE_DEPTHS = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]


def upload_stub(emulator: MiniStack) -> None:
    """Put the stub where the rewritten templates' functions take their code from."""
    bootstrap = zipfile.ZipInfo("bootstrap")
    bootstrap.external_attr = 0o755 << 16
    start = '#!/bin/sh\nexec "$REPLAY_PYTHON" -I -S "$LAMBDA_TASK_ROOT/stub.py"\n'
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr(bootstrap, start)
        archive.writestr("stub.py", Path(__file__).with_name("stub.py").read_bytes())
    storage = emulator.client("s3")
    storage.create_bucket(Bucket=BUCKET)
    storage.put_object(Bucket=BUCKET, Key=KEY, Body=package.getvalue())


@dataclass(frozen=True)
class Counts:
    """What was observed once everything was quiet."""

    runs_by_lap: Counter[tuple[str, int]]

    def runs(self, function: str) -> int:
        """How often the function with this logical id ran."""
        return sum(runs for (name, _), runs in self.runs_by_lap.items() if name == function)


class Replay:
    """One play under way: deployed and started on construction, read with `counts`."""

    def __init__(self, emulator: MiniStack, play: Play, folder: Path) -> None:
        self._emulator = emulator
        self._play = play
        self._log = folder / f"{play.name}.log"
        self._log.touch()
        template = json.loads((SCENARIOS / f"{play.template}.json").read_text(encoding="utf-8"))
        code = {"S3Bucket": BUCKET, "S3Key": KEY}
        self._resources = rewritten(template, play, self._log, code)["Resources"]
        self._physical = self._deploy(template | {"Resources": self._resources})
        self._send(play.entry, json.dumps({"lap": 0}))

    def counts(self) -> Counts:
        """Wait until nothing moves any more, then count."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            notes = self._notes()
            if self._is_quiet(notes):
                return Counts(Counter((n["function"], n["lap"]) for n in notes if n["begins"]))
            time.sleep(0.1)
        state = "alive" if self._emulator.alive() else "dead"
        raise AssertionError(
            f"{self._play.name}: still moving after {PATIENCE:g} s with {len(self._notes())} "
            f"notes, emulator {state}.\n{self._emulator.tail()}"
        )

    def _deploy(self, template: dict[str, Any]) -> dict[str, str]:
        """Create the stack; the physical id of each logical one."""
        stacks, name = self._emulator.client("cloudformation"), self._play.name
        body = json.dumps(template)
        stacks.create_stack(StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_IAM"])
        deadline = time.monotonic() + PATIENCE
        status = "CREATE_IN_PROGRESS"
        while status == "CREATE_IN_PROGRESS" and time.monotonic() < deadline:
            stack = stacks.describe_stacks(StackName=name)["Stacks"][0]
            status = stack["StackStatus"]
            time.sleep(0.02)
        if status != "CREATE_COMPLETE":
            raise AssertionError(f"{name} does not deploy: {stack}\n{self._emulator.tail()}")
        resources = stacks.describe_stack_resources(StackName=name)["StackResources"]
        return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources}

    def _send(self, entry: str, event: str) -> None:
        client, target = self._emulator.client, self._physical[entry]
        match self._resources[entry]["Type"]:
            case "AWS::SQS::Queue":
                client("sqs").send_message(QueueUrl=target, MessageBody=event)
            case "AWS::SNS::Topic":
                client("sns").publish(TopicArn=target, Message=event)
            case "AWS::StepFunctions::StateMachine":
                client("stepfunctions").start_execution(stateMachineArn=target, input=event)
            case "AWS::Lambda::Function":
                invoke = client("lambda").invoke
                invoke(FunctionName=target, InvocationType="Event", Payload=event)
            case "AWS::Events::Rule":
                pattern = self._resources[entry]["Properties"]["EventPattern"]
                source, kind = pattern["source"][0], pattern["detail-type"][0]
                entries = [{"Source": source, "DetailType": kind, "Detail": event}]
                client("events").put_events(Entries=entries)
            case other:
                raise ValueError(f"no way to send an event to a {other}")

    def _notes(self) -> list[dict[str, Any]]:
        notes = [json.loads(line) for line in self._log.read_text(encoding="utf-8").splitlines()]
        for note in notes:
            if "broken" in note:
                raise AssertionError(f"{self._play.name}: the stub itself failed: {note}")
        return notes

    def _is_quiet(self, notes: list[dict[str, Any]]) -> bool:
        """Nothing moves, twice over, and nothing was noted meanwhile.

        A message or an event may pass from one place to another while these are looked at one
        by one, hence twice; the log's age comes last, so no note slips in unseen.
        """
        begun = sum(note["begins"] for note in notes)
        return (
            0 < begun == len(notes) - begun
            and not self._moves()
            and not self._moves()
            and time.time() - self._log.stat().st_mtime > self._play.settle
        )

    def _moves(self) -> bool:
        """Whether a queue that somebody reads holds a message, or an execution runs."""
        queues, machines = self._emulator.client("sqs"), self._emulator.client("stepfunctions")
        for name, one in self._resources.items():
            target = self._physical[name]
            if one["Type"] == "AWS::Lambda::EventSourceMapping":
                queue = self._physical[one["Properties"]["EventSourceArn"]["Fn::GetAtt"][0]]
                depths = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=QUEUE_DEPTHS)
                if any(depths["Attributes"][depth] != "0" for depth in QUEUE_DEPTHS):
                    return True
            elif one["Type"] == "AWS::StepFunctions::StateMachine":
                list_executions = machines.list_executions
                if list_executions(stateMachineArn=target, statusFilter="RUNNING")["executions"]:
                    return True
        return False
