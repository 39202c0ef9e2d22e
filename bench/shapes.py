"""Generated apps of any size, whose figures can be worked out by hand: chains, fans, loops and wide machines.

An app is made of *units* that do not touch one another, each small enough for CloudFormation's limit of 500 resources
in a template. In every unit, when a handler raises:

* **chain**: ten stages of queue (3 receives) -> function, which sends to the next stage's queue: a hand-off, so each
  function runs 3 times, however far down it stands.
* **fan**: a topic with 60 queues (4 receives) behind it, each with its function: each runs 4 times.
* **loop**: a ring of five stages as in a chain, whose last function sends to the first queue: each function runs 3
  times in a lap, so that one event comes back as 3.
* **machine**: a queue (3 receives) -> a pipe that waits for an Express machine, which runs 40 tasks beside each other;
  each task is retried twice, and so are all of them together once: each function runs 3 x 2 x 3 = 18 times.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from .parts import Json, allowed, arn, dead_letters, handler, reader, resource, service_role, work_queue

CHAIN_STAGES, FAN_BRANCHES, LOOP_STAGES, MACHINE_TASKS = 10, 60, 5, 40
TEMPLATE_LIMIT = 500
"""Resources in one template, as CloudFormation has it."""


def chain(name: str) -> Json:
    """51 resources."""
    return _row(name, CHAIN_STAGES, None)


def loop(name: str) -> Json:
    """26 resources."""
    return _row(name, LOOP_STAGES, f"{name}Queue0")


def fan(name: str) -> Json:
    """243 resources."""
    made = {
        f"{name}Topic": resource("SNS::Topic"),
        f"{name}Role": service_role("lambda"),
        f"{name}Dead": dead_letters(),
    }
    for number in range(FAN_BRANCHES):
        queue, worker = f"{name}Queue{number}", f"{name}Worker{number}"
        made[queue] = work_queue(f"{name}Dead", 4)
        made[f"{name}Subscription{number}"] = resource(
            "SNS::Subscription", Protocol="sqs", TopicArn={"Ref": f"{name}Topic"}, Endpoint=arn(queue)
        )
        made[worker] = handler(f"{name}Role")
        made[f"{name}Mapping{number}"] = reader(queue, worker)
    return made


def machine(name: str) -> Json:
    """46 resources."""
    made = {
        f"{name}Dead": dead_letters(),
        f"{name}Queue": work_queue(f"{name}Dead", 3),
        f"{name}Role": service_role("lambda"),
    }
    branches = []
    for number in range(MACHINE_TASKS):
        made[f"{name}Worker{number}"] = handler(f"{name}Role")
        task = {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": f"${{Worker{number}}}", "Payload.$": "$"},
            "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}],
            "End": True,
        }
        branches.append({"StartAt": f"Task{number}", "States": {f"Task{number}": task}})
    everything = {
        "Type": "Parallel",
        "Branches": branches,
        "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}],
        "End": True,
    }
    made[f"{name}Machine"] = resource(
        "StepFunctions::StateMachine",
        StateMachineType="EXPRESS",
        RoleArn=arn(f"{name}MachineRole"),
        DefinitionString=json.dumps({"StartAt": "All", "States": {"All": everything}}),
        DefinitionSubstitutions={f"Worker{each}": arn(f"{name}Worker{each}") for each in range(MACHINE_TASKS)},
    )
    made[f"{name}MachineRole"] = service_role("states")
    made[f"{name}Pipe"] = resource(
        "Pipes::Pipe",
        RoleArn=arn(f"{name}MachineRole"),
        Source=arn(f"{name}Queue"),
        Target={"Ref": f"{name}Machine"},
        TargetParameters={"StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}},
    )
    return made


SHAPES: dict[str, Callable[[str], Json]] = {"chains": chain, "fans": fan, "loops": loop, "machines": machine}


def resources(shape: str, at_least: int) -> Iterator[Json]:
    """Units of a shape until there are `at_least` so many resources."""
    made = 0
    while made < at_least:
        unit = SHAPES[shape](f"U{made}")
        made += len(unit)
        yield unit


def write_app(folder: Path, shape: str, at_least: int, limit: int = TEMPLATE_LIMIT) -> int:
    """Write an app as templates of at most `limit` resources each, as the CDK would indent them; its resources."""
    folder.mkdir(parents=True, exist_ok=True)
    pending: Json = {}
    written = files = 0
    for unit in resources(shape, at_least):
        if pending and len(pending) + len(unit) > limit:
            _write(folder / f"{shape}{files:05}.template.json", pending)
            written, files, pending = written + len(pending), files + 1, {}
        pending |= unit
    _write(folder / f"{shape}{files:05}.template.json", pending)
    return written + len(pending)


def _write(path: Path, made: Json) -> None:
    path.write_text(json.dumps({"Resources": made}, indent=1) + "\n", "utf-8")


def _row(name: str, stages: int, back_to: str | None) -> Json:
    """Stages of queue -> function, each of which sends to the next one's queue; the last one to `back_to`, if given."""
    made: Json = {f"{name}Dead": dead_letters()}
    for number in range(stages):
        queue, worker = f"{name}Queue{number}", f"{name}Worker{number}"
        onward = f"{name}Queue{number + 1}" if number + 1 < stages else back_to
        made[queue] = work_queue(f"{name}Dead", 3)
        made[worker] = handler(f"{worker}Role", onward)
        made[f"{name}Mapping{number}"] = reader(queue, worker)
        made[f"{worker}Role"] = service_role("lambda")
        made[f"{worker}Policy"] = allowed(
            f"{worker}Role", onward or queue, "SendMessage" if onward else "ReceiveMessage"
        )
    return made
