"""State machine definitions as they are deployed: order, Retry and Catch as written, everything else out of the way.

No data of the app exists in a replay. So what shapes data goes, the event passes through every state unchanged, a
Choice takes the branch that a counter says (where none decides, the way to the site that fails), a Map runs for the
items that it tells itself, or for one, and a task that calls a service which is not deployed passes.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from seawall.graph import Plan

from .courses import ReplayedCourse, plain

State = dict[str, Any]
States = Mapping[str, State]

_FUNCTION = re.compile(r"arn:[^:]*:lambda:[^:]*:[^:]*:function:([^:]+)")
_FLOW = ("Next", "End", "Retry", "Catch")
_DISTANT = 10**6


class ReplayedDefinition:
    """A definition with its references filled in, made fit for a replay that fails the function called `failing`."""

    def __init__(
        self,
        document: Any,
        text: Callable[[str], str],
        failing: str,
        deployed: Collection[str],
        speed: float,
        entries: Callable[[str], list[dict[str, str]]] = lambda _state: [],
        plans: Callable[[str], Plan | None] = lambda _container: None,
        signals: Sequence[str] = (),
    ) -> None:
        """`text` fills in a string; `deployed` are names; `speed` is 1 where the emulator shortens waits itself.

        `entries` are the events that a state puts onto buses, so that the rules which take them there take them here.
        `plans` are what the model knows of the ways through a Parallel or Map, or, under no name, through all;
        `signals` what the failure shows.
        """
        self._plans = plans
        self._signals = signals
        self._entries = entries
        self._text = text
        self._failing = failing
        self._deployed = deployed
        self._speed = speed
        self.notes: list[str] = []
        self.left: set[str] = set()
        """States on ways that are not taken."""
        self.passing: set[str] = set()
        """States that pass, as what they call is not deployed."""
        self.calling: list[State] = []
        """States that call the failing function, as they are deployed."""
        self.document = self._branch(document if isinstance(document, dict) else {})

    def _branch(self, branch: Mapping[str, Any], container: str = "") -> dict[str, Any]:
        states = _states(branch)
        course = ReplayedCourse(states, self._plans(container), self._signals)
        made = self._course(course, states, str(branch.get("StartAt")))
        self.left |= states.keys() - {plain(name) for name in made}
        return {"StartAt": branch.get("StartAt"), "States": made}

    def _items(self, branch: Mapping[str, Any], plan: Plan) -> list[dict[str, Any]]:
        """The items of a Map as branches of a Parallel: as many side by side as run at once, the others behind them."""
        states = _states(branch)
        course = ReplayedCourse(states, plan, self._signals)
        items: list[tuple[str, States]] = []
        for step in plan.branches:
            start = course.named(step) or str(branch.get("StartAt"))
            items.append((start, self._course(course, states, start)))
        self.left |= states.keys() - {plain(name) for _, made in items for name in made}
        rows = min(plan.at_once or len(items), len(items))
        return [one_after_another(items[number::rows]) for number in range(rows)]

    def _course(self, course: ReplayedCourse, states: States, start: str) -> States:
        """The states that come after `start`, as they are deployed."""
        distances = self._distances(states)
        made: dict[str, State] = {}
        pending = [start]
        while pending:
            name = pending.pop()
            if plain(name) in states and name not in made:
                made[name] = self._led(course, name, self._state(course, name, states[plain(name)], distances))
                pending.extend(_onward(made[name]))
        return made

    def _led(self, course: ReplayedCourse, name: str, made: State) -> State:
        """A state that leads to those which are entered with what it hands on."""
        if "Next" in made:
            made["Next"] = course.after(name, str(made["Next"]))
        if isinstance(made.get("Catch"), list):
            made["Catch"] = [each | {"Next": course.caught(name, str(each["Next"]))} for each in made["Catch"]]
        return made

    def _state(self, course: ReplayedCourse, number: str, state: State, distances: Mapping[str, int]) -> State:
        name, kind = plain(number), state.get("Type")
        flow = {key: state[key] for key in _FLOW if key in state}
        if (error := course.ending(number)) is not None:
            return {"Type": "Fail", "Error": error, "Cause": "by time or for want of a choice"}
        if kind == "Choice":
            options = course.options(number)
            nearest = min(options, key=lambda option: distances.get(plain(option), _DISTANT), default=None)
            return {"Type": "Pass", "Next": nearest} if nearest else {"Type": "Succeed"}
        if kind in ("Parallel", "Map"):
            inner = state.get("Branches") or [state.get("ItemProcessor") or state.get("Iterator") or {}]
            plan = self._plans(name) if kind == "Map" else None
            if plan is not None and plan.items != 1:
                if plan.items == 0:
                    return {"Type": "Pass"} | {key: flow[key] for key in ("Next", "End") if key in flow}
                branches = self._items(inner[0], plan)
            else:
                branches = [self._branch(each, name) for each in inner]
            return {"Type": "Parallel", "Branches": branches, "ResultPath": None, **self._timed(flow)}
        if kind == "Wait":
            seconds = state.get("Seconds")
            given = seconds if isinstance(seconds, int) else 1
            return {"Type": "Wait", "Seconds": max(1, round(given / self._speed)), **flow}
        if kind == "Task":
            return self._task(name, state, self._timed(flow))
        if kind == "Fail":
            return {"Type": "Fail", "Error": str(state.get("Error", "Failed")), "Cause": "as the definition says"}
        return {"Type": "Succeed"} if kind == "Succeed" else {"Type": "Pass", **flow}

    def _timed(self, flow: State) -> State:
        """Catchers pass the event on; waits are short where the emulator does not shorten them itself."""
        flow = dict(flow)
        if isinstance(flow.get("Catch"), list):
            keys = ("ErrorEquals", "Next")
            flow["Catch"] = [{key: each[key] for key in keys} | {"ResultPath": None} for each in flow["Catch"]]
        if isinstance(flow.get("Retry"), list) and self._speed > 1:
            quick = {"IntervalSeconds": 1, "BackoffRate": 1.0}
            flow["Retry"] = [
                {key: each[key] for key in ("ErrorEquals", "MaxAttempts") if key in each} | quick
                for each in flow["Retry"]
            ]
        return flow

    def _task(self, name: str, state: State, flow: State) -> State:
        resource = self._text(str(state.get("Resource", "")))
        given = state.get("Parameters") or state.get("Arguments")
        given = given if isinstance(given, dict) else {}
        made: State | None = self._call(resource, {key: self._text(str(value)) for key, value in given.items()})
        if resource.endswith((":::events:putEvents", ":::aws-sdk:eventbridge:putEvents")) and self._entries(name):
            put = [{**entry, "Detail.$": "$"} for entry in self._entries(name)]
            made = {"Resource": "arn:aws:states:::events:putEvents", "Parameters": {"Entries": put}}
        if made is None:
            self.passing.add(name)
            self.notes.append(f"state {name} calls {resource or 'nothing'}: it passes")
            return {"Type": "Pass"} | {key: flow[key] for key in ("Next", "End") if key in flow}
        made = {"Type": "Task", **made, "ResultPath": None, **flow}
        if self._failing in self._called(state):
            self.calling.append(made)
        return made

    def _call(self, resource: str, given: Mapping[str, str]) -> State | None:
        if found := _FUNCTION.match(resource):
            return {"Resource": found[0]} if found[1] in self._deployed else None
        action = resource.partition(":::")[2]
        if action in ("lambda:invoke", "aws-sdk:lambda:invoke"):
            name = function_name(given.get("FunctionName", ""))
            kind = {"InvocationType": given["InvocationType"]} if "InvocationType" in given else {}
            parameters = {"FunctionName": name, "Payload.$": "$", **kind}
            return {"Resource": resource, "Parameters": parameters} if name in self._deployed else None
        if action.startswith(("states:startExecution", "aws-sdk:sfn:startExecution")) and "Token" not in action:
            machine = given.get("StateMachineArn", "")
            parameters = {"StateMachineArn": machine, "Input.$": "$"}
            return {"Resource": resource, "Parameters": parameters} if self._has(machine) else None
        if action in ("sqs:sendMessage", "aws-sdk:sqs:sendMessage"):
            url = given.get("QueueUrl", "")
            fifo = {"MessageGroupId": "replay", "MessageDeduplicationId.$": "States.UUID()"}
            parameters = {"QueueUrl": url, "MessageBody.$": "$"} | (fifo if url.endswith(".fifo") else {})
            return {"Resource": resource, "Parameters": parameters} if self._has(url) else None
        if action in ("sns:publish", "aws-sdk:sns:publish") and self._has(given.get("TopicArn", "")):
            return {"Resource": resource, "Parameters": {"TopicArn": given["TopicArn"], "Message.$": "$"}}
        return None

    def _has(self, name: str) -> bool:
        return re.split(r"[:/]", name)[-1] in self._deployed

    def _called(self, state: State) -> set[str]:
        """Names of functions that a state, or one inside it, calls."""
        found: set[str] = set()
        for inner in _within(state):
            given = inner.get("Parameters") or inner.get("Arguments")
            named = given.get("FunctionName", "") if isinstance(given, dict) else ""
            resource = self._text(str(inner.get("Resource", "")))
            called = _FUNCTION.match(resource)
            found.add(called[1] if called else function_name(self._text(str(named))))
        return found

    def _distances(self, states: States) -> dict[str, int]:
        """Steps from each state to the one that fails; where none leads there, to the end, farther than any."""
        found: dict[str, int] = {}
        targets = [name for name, state in states.items() if self._failing in self._called(state)]
        ends = [name for name, state in states.items() if state.get("End") or state.get("Type") == "Succeed"]
        fails = [name for name, state in states.items() if state.get("Type") == "Fail"]
        for base, goals in ((0, targets), (_DISTANT // 100, ends), (_DISTANT // 10, fails)):
            pending = deque((goal, base) for goal in goals)
            while pending:
                name, distance = pending.popleft()
                if name not in found:
                    found[name] = distance
                    before = [each for each, state in states.items() if name in _onward(state)]
                    pending.extend((each, distance + 1) for each in before)
        return found


def one_after_another(items: Sequence[tuple[str, States]]) -> dict[str, Any]:
    """Items of a Map in one branch, each begun where the one before it has ended well.

    >>> one_after_another([("A", {"A": {"Type": "Pass", "End": True}})] * 2)["States"]
    {'A': {'Type': 'Pass', 'Next': 'A (item 2)'}, 'A (item 2)': {'Type': 'Pass', 'End': True}}
    """
    names = [
        {name: name if not number else f"{name} (item {number + 1})" for name in states}
        for number, (_, states) in enumerate(items)
    ]
    chained: dict[str, State] = {}
    for number, (_, states) in enumerate(items):
        following = names[number + 1][items[number + 1][0]] if number + 1 < len(items) else None
        for name, state in states.items():
            chained[names[number][name]] = _linked(state, names[number], following)
    return {"StartAt": items[0][0], "States": chained}


def _linked(state: State, names: Mapping[str, str], following: str | None) -> State:
    """A state of an item under the names that it has there."""
    made = dict(state)
    if "Next" in made:
        made["Next"] = names[made["Next"]]
    if "Catch" in made:
        made["Catch"] = [each | {"Next": names[each["Next"]]} for each in made["Catch"]]
    if following is None:
        return made
    if made.get("Type") == "Succeed":
        return {"Type": "Pass", "Next": following}
    if made.pop("End", False):
        made["Next"] = following
    return made


def _states(branch: Mapping[str, Any]) -> dict[str, State]:
    return {name: state for name, state in (branch.get("States") or {}).items() if isinstance(state, dict)}


def function_name(text: str) -> str:
    """A function's bare name out of an ARN or a name with a qualifier."""
    found = _FUNCTION.match(text)
    return found[1] if found else text.partition(":")[0]


def _within(state: State) -> Iterator[State]:
    yield state
    inner = [*state.get("Branches", []), state.get("ItemProcessor"), state.get("Iterator")]
    for branch in inner:
        for each in (branch or {}).get("States", {}).values():
            yield from _within(each)


def _onward(state: State) -> set[str]:
    found = {state.get("Next"), state.get("Default")}
    found |= {each.get("Next") for key in ("Choices", "Catch") for each in state.get(key, []) if isinstance(each, dict)}
    return {str(name) for name in found if name}
