"""Random acyclic wirings: queues, pipes, topics, functions and state machines, each bounded by a count."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from msgspec import Struct

Raw = dict[str, Any]

FAULTS = ["Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException"]


class Wiring(Struct, frozen=True):
    """A template, and which function fails how."""

    template: Raw
    fails: str
    failure: str


class _Made:
    """A template that grows."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.resources: Raw = {}
        self.functions: list[str] = []

    def add(self, stem: str, kind: str, **properties: Any) -> str:
        name = f"{stem}{len(self.resources)}"
        self.resources[name] = {"Type": f"AWS::{kind}", "Properties": properties}
        return name

    def function(self, depth: int) -> str:
        name = self.add("Function", "Lambda::Function", Handler="index.handler", Runtime="python3.13")
        self.functions.append(name)
        if depth and self.draw(st.booleans()):
            to = self.downstream(depth - 1)
            self.resources[name]["Metadata"] = {"seawall": {"sends_to": [{"to": {"Ref": to}, "when": "always"}]}}
        return name

    def downstream(self, depth: int) -> str:
        kind = self.draw(st.sampled_from(["queue", "machine", "topic"]))
        if kind == "queue":
            return self.queue(depth)
        if kind == "machine":
            return self.machine("STANDARD")
        topic = self.add("Topic", "SNS::Topic")
        queue = self.queue(depth)
        self.add("Subscription", "SNS::Subscription", TopicArn={"Ref": topic}, Protocol="sqs", Endpoint=arn(queue))
        return topic

    def queue(self, depth: int) -> str:
        dead = self.add("Dead", "SQS::Queue")
        receives = self.draw(st.integers(1, 3))
        policy = {"deadLetterTargetArn": arn(dead), "maxReceiveCount": receives}
        queue = self.add("Queue", "SQS::Queue", RedrivePolicy=policy)
        if self.draw(st.integers(0, 2)) == 0:
            self.pipe(queue)
        else:
            self.reader(queue, self.function(depth))
        return queue

    def reader(self, queue: str, function: str) -> None:
        self.add(
            "Mapping",
            "Lambda::EventSourceMapping",
            EventSourceArn=arn(queue),
            FunctionName={"Ref": function},
            BatchSize=1,
        )

    def pipe(self, queue: str) -> None:
        invocation = {"StepFunctionStateMachineParameters": {"InvocationType": "REQUEST_RESPONSE"}}
        source = {"SqsQueueParameters": {"BatchSize": 1}}
        machine = self.machine("EXPRESS")
        self.add(
            "Pipe",
            "Pipes::Pipe",
            Source=arn(queue),
            SourceParameters=source,
            Target={"Ref": machine},
            TargetParameters=invocation,
        )

    def machine(self, kind: str) -> str:
        states: Raw = {}
        names = [f"S{number}" for number in range(self.draw(st.integers(1, 2)))]
        for position, name in enumerate(names):
            after = names[position + 1 :]
            states[name] = self.task() | ({"Next": after[0]} if after else {"End": True})
        definition = {"StartAt": "S0", "States": states}
        if self.draw(st.integers(0, 3)) == 0:
            retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}]
            whole = {"Type": "Parallel", "Branches": [definition], "Retry": retry, "End": True}
            definition = {"StartAt": "All", "States": {"All": whole}}
        return self.add("Machine", "StepFunctions::StateMachine", StateMachineType=kind, Definition=definition)

    def task(self) -> Raw:
        retry = self.draw(
            st.lists(
                st.builds(
                    lambda errors, attempts: {"ErrorEquals": errors, "MaxAttempts": attempts},
                    st.sampled_from([FAULTS, ["Declined"], ["States.TaskFailed"]]),
                    st.integers(0, 2),
                ),
                max_size=2,
                unique_by=lambda retrier: str(retrier["ErrorEquals"]),
            )
        )
        state: Raw = {"Type": "Task", "Resource": arn(self.function(0))}
        return state | ({"Retry": retry} if retry else {})


def arn(name: str) -> Raw:
    return {"Fn::GetAtt": [name, "Arn"]}


@st.composite
def wirings(draw: st.DrawFn) -> Wiring:
    """One wiring with one event at its only entry, in which some function fails."""
    made = _Made(draw)
    made.queue(depth=2)
    fails = draw(st.sampled_from(made.functions))
    return Wiring({"Resources": made.resources}, fails, draw(st.sampled_from(["error", "fault"])))
