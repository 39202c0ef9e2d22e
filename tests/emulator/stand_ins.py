"""What takes the place of a resource that the emulator accepts but does not play.

A stand-in moves messages and counts nothing. What it asserts is ours, not the emulator's, and is
said here; every count around it stays the emulator's.
"""

from typing import Any

from .play import Call

Resources = dict[str, dict[str, Any]]
ROLE = "arn:aws:iam::000000000000:role/stand-in"


def install(resources: Resources) -> list[Call]:
    """Replace what needs replacing, in place; the calls the stand-ins then make."""
    calls = []
    for name, one in list(resources.items()):
        if one["Type"] == "AWS::Pipes::Pipe":
            del resources[name]
            calls.append(_pipe(resources, name, one["Properties"]))
        elif one["Type"] == "AWS::SQS::Queue" and (dead := _redriven_again(resources, one)):
            calls.append(_relay(resources, one["Properties"]["RedrivePolicy"], dead))
    return calls


def _pipe(resources: Resources, name: str, pipe: dict[str, Any]) -> Call:
    """A pipe from a queue to a machine: the emulator never delivers.

    Ours: that REQUEST_RESPONSE awaits the execution and fails when it failed.
    """
    parameters = pipe["TargetParameters"]["StepFunctionStateMachineParameters"]
    if parameters["InvocationType"] != "REQUEST_RESPONSE":
        raise ValueError("only an awaiting pipe has a stand-in")
    source: str = pipe["Source"]["Fn::GetAtt"][0]
    _function(resources, name, source, {"TARGET": pipe["Target"], "SOURCE": {"Ref": source}})
    return Call(name, "start-sync-execution", "TARGET")


def _redriven_again(resources: Resources, queue: dict[str, Any]) -> str | None:
    """The queue's dead-letter queue, if that has a redrive policy of its own."""
    policy = queue.get("Properties", {}).get("RedrivePolicy")
    if policy is None:
        return None
    dead: str = policy["deadLetterTargetArn"]["Fn::GetAtt"][0]
    return dead if "RedrivePolicy" in resources[dead].get("Properties", {}) else None


def _relay(resources: Resources, policy: dict[str, Any], dead: str) -> Call:
    """The way into a dead-letter queue with a redrive policy of its own.

    The emulator measures such a policy against the receives on all queues together, so the
    message leaves at once. The relay sends it on as a new one. Ours: that each queue counts its
    own receives.
    """
    arrivals, relay = f"{dead}Arrivals", f"{dead}Relay"
    resources[arrivals] = {"Type": "AWS::SQS::Queue"}
    policy["deadLetterTargetArn"] = {"Fn::GetAtt": [arrivals, "Arn"]}
    _function(resources, relay, arrivals, {"TARGET": {"Ref": dead}})
    return Call(relay, "pass-on", "TARGET")


def _function(resources: Resources, name: str, source: str, variables: dict[str, Any]) -> None:
    resources[name] = {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Role": ROLE, "Environment": {"Variables": variables}},
    }
    resources[f"{name}Mapping"] = {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {
            "EventSourceArn": {"Fn::GetAtt": [source, "Arn"]},
            "FunctionName": {"Ref": name},
            "BatchSize": 1,
        },
    }
