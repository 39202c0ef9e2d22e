"""The worst inputs end within seconds and a stated amount of memory, and no run reaches out of its process."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.whole import WHOLE

SECONDS = 10
"""Of computing, for one run."""
PART = 1 if WHOLE else 4
"""What there are many of is divided by it; `make bounds` runs the whole."""
FOR_MANY = SECONDS if PART == 1 else 4
"""Seconds of computing, for one of those."""
MEMORY = 1024**3
SEEDS = Path(__file__).parents[2] / "fuzz" / "seeds"

GUARDED = """
import json, os, resource, sys
path = ""
REFUSED = ("socket.", "subprocess.", "os.exec", "os.spawn", "os.posix_spawn", "os.system", "os.fork", "urllib.")
def watch(event, arguments):
    if event == "socket.__new__" or (event == "socket.bind" and arguments[1] == ("::1", 0)):
        return  # a library of the SAM translator's asks, as it is imported, whether the machine knows IPv6
    if event.startswith(REFUSED):
        print("REACHED OUT:", event, arguments, file=sys.stderr)
        raise SystemExit(99)
    if event == "exec" and getattr(arguments[0], "co_filename", "").startswith(path):
        print("RAN:", arguments, file=sys.stderr)
        raise SystemExit(98)
from seawall.cli import main
with open(os.devnull, "w") as sys.stdout:
    main(["check", sys.argv[1]])  # what every run imports is imported once
for line in sys.stdin:
    asked = json.loads(line)
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_AS, (asked["memory"],) * 2)
        resource.setrlimit(resource.RLIMIT_CPU, (asked["seconds"],) * 2)
        sys.stdin = open(os.devnull)
        sys.stdout, sys.stderr = open(asked["out"], "w"), open(asked["error"], "w")
        path = asked["arguments"][0]
        sys.addaudithook(watch)
        try:
            code = main(["check", *asked["arguments"]])
        except SystemExit as stop:
            code = stop.code
        sys.stdout.flush(), sys.stderr.flush()
        os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), file=sys.__stdout__, flush=True)
"""
"""Checks what it is asked to, each in a process of its own that cannot reach out."""


def resource_of(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def arn(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


def task(**more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": arn("F"), "Retry": [{"ErrorEquals": ["States.ALL"]}], **more}


def machine(start: str, states: dict[str, Any]) -> dict[str, Any]:
    return {
        "F": resource_of("Lambda::Function"),
        "M": resource_of("StepFunctions::StateMachine", Definition={"StartAt": start, "States": states}),
    }


def either(depth: int, wide: bool = False) -> Any:
    found: Any = 3
    for number in range(depth):
        found = {"Fn::If": [f"C{number}", found, found if wide else number]}
    return found


def nested_parallels(depth: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"StartAt": "T", "States": {"T": task(End=True)}}
    for number in range(depth):
        state = {
            "Type": "Parallel",
            "Branches": [inner],
            "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 99_999_999}],
            "End": True,
        }
        inner = {"StartAt": f"P{number}", "States": {f"P{number}": state}}
    return inner


def policy(*patterns: str) -> dict[str, Any]:
    rules = [
        {
            "rulePriority": number + 1,
            "selection": {
                "tagStatus": "tagged",
                "tagPatternList": [pattern],
                "countType": "imageCountMoreThan",
                "countNumber": 10**9,
            },
            "action": {"type": "expire"},
        }
        for number, pattern in enumerate(patterns)
    ]
    image = {"Fn::Sub": "${R.RepositoryUri}:" + "a" * 100}
    return {
        "R": resource_of("ECR::Repository", LifecyclePolicy={"LifecyclePolicyText": json.dumps({"rules": rules})}),
        "T": resource_of("ECS::TaskDefinition", ContainerDefinitions=[{"Name": "a", "Image": image}]),
    }


def foreach() -> dict[str, Any]:
    body: dict[str, Any] = {"Q${A}${B}${C}": resource_of("SQS::Queue")}
    for name in "CBA":
        body = {f"Fn::ForEach::{name}": [name, [str(number) for number in range(100)], body]}
    return body


def doubling() -> dict[str, Any]:
    found = {}
    for number in range(40):
        before = f"{{{{resolve:ssm:/p{number - 1}}}}}" if number else "x"
        found[f"P{number}"] = resource_of("SSM::Parameter", Name=f"/p{number}", Type="String", Value=before * 2)
    return {**found, "Q": resource_of("SQS::Queue", QueueName="{{resolve:ssm:/p39}}")}


def many_laps() -> dict[str, Any]:
    sender = {
        **resource_of("Lambda::Function"),
        "Metadata": {"seawall": {"sends_to": [{"to": "Q", "when": "failure", "laps": 10**9}]}},
    }
    queue = resource_of(
        "SQS::Queue", RedrivePolicy={"maxReceiveCount": 1000, "deadLetterTargetArn": "arn:aws:sqs:r:1:d"}
    )
    return {
        "Q": queue,
        "F": sender,
        "M": resource_of("Lambda::EventSourceMapping", FunctionName={"Ref": "F"}, EventSourceArn=arn("Q")),
    }


def ring_of_queues(number: int) -> dict[str, Any]:
    made: dict[str, Any] = {"F": resource_of("Lambda::Function")}
    for at in range(number):
        redrive = {"maxReceiveCount": 1000, "deadLetterTargetArn": arn(f"Q{(at + 1) % number}")}
        made[f"Q{at}"] = resource_of("SQS::Queue", RedrivePolicy=redrive)
        mapping = {"FunctionName": {"Ref": "F"}, "EventSourceArn": arn(f"Q{at}")}
        made[f"M{at}"] = resource_of("Lambda::EventSourceMapping", **mapping)
    return made


def calling_twice(number: int) -> dict[str, Any]:
    """Two ways at each of them: two to the power of their number in all."""
    made = machine("A", {"A": task(End=True)})
    made[f"M{number}"] = made.pop("M")
    for at in range(number):
        call = {
            "Type": "Task",
            "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Parameters": {"StateMachineArn": {"Ref": f"M{at + 1}"}},
            "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 99_999_999}],
        }
        states = {"A": {**call, "Next": "B"}, "B": {**call, "End": True}}
        made[f"M{at}"] = resource_of("StepFunctions::StateMachine", Definition={"StartAt": "A", "States": states})
    return made


def branches(number: int, *, failing: bool) -> dict[str, Any]:
    """A Parallel of tasks; `failing`: each is caught and leads on to a Fail state with an error of its own."""
    made = []
    for at in range(number):
        if failing:
            catch = [{"ErrorEquals": ["States.ALL"], "Next": f"X{at}"}]
            states = {f"T{at}": task(End=True, Catch=catch), f"X{at}": {"Type": "Fail", "Error": f"E{at}"}}
        else:
            states = {f"T{at}": task(End=True)}
        made.append({"StartAt": f"T{at}", "States": states})
    return machine(
        "S", {"S": {"Type": "Parallel", "Branches": made, "Retry": [{"ErrorEquals": ["States.ALL"]}], "End": True}}
    )


def one_role(number: int) -> dict[str, Any]:
    """Functions that may all send to as many queues."""
    allowed = [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn(f"Q{at}")} for at in range(number)]
    role = resource_of("IAM::Role", Policies=[{"PolicyDocument": {"Statement": allowed}}])
    queues = {f"Q{at}": resource_of("SQS::Queue") for at in range(number)}
    functions = {f"F{at}": resource_of("Lambda::Function", Role=arn("Role")) for at in range(number)}
    return {"Role": role, **queues, **functions}


def one_bus(number: int) -> dict[str, Any]:
    """Functions that send to the bus whose rules start them."""
    allowed = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": arn("B")}
    made = {
        "B": resource_of("Events::EventBus", Name="b"),
        "Role": resource_of("IAM::Role", Policies=[{"PolicyDocument": {"Statement": [allowed]}}]),
    }
    for at in range(number):
        made[f"F{at}"] = resource_of("Lambda::Function", Role=arn("Role"))
        targets = [{"Id": "1", "Arn": arn(f"F{at}")}]
        pattern = {"source": [f"s{at}"]}
        made[f"R{at}"] = resource_of("Events::Rule", EventBusName={"Ref": "B"}, EventPattern=pattern, Targets=targets)
    return made


def serverless(number: int) -> dict[str, Any]:
    """Functions with five events of one API each."""
    made = {}
    for at in range(number):
        events = {
            f"E{event}": {"Type": "Api", "Properties": {"Path": f"/{at}/{event}", "Method": "get"}}
            for event in range(5)
        }
        made[f"F{at}"] = resource_of(
            "Serverless::Function", Handler="a.b", Runtime="python3.13", InlineCode="x", Events=events
        )
    return made


def several(*targets: Any) -> dict[str, Any]:
    return {"F": resource_of("Lambda::Function"), "R": resource_of("Events::Rule", Targets=list(targets))}


WORST: dict[str, Callable[[], dict[str, Any]]] = {
    "120 conditions in each other": lambda: {"Q": resource_of("SQS::Queue", VisibilityTimeout=either(120))},
    "all sides of 13 conditions": lambda: {"Q": resource_of("SQS::Queue", VisibilityTimeout=either(13, wide=True))},
    "text of 40 conditions": lambda: several(
        {"Arn": {"Fn::Join": ["", [{"Fn::If": [f"C{number}", "a", "b"]} for number in range(40)]]}}
    ),
    "2,000 conditional targets": lambda: several(
        *({"Fn::If": [f"C{number}", {"Arn": arn("F")}, {"Ref": "AWS::NoValue"}]} for number in range(2000 // PART))
    ),
    "parameters that double": doubling,
    "a million resources out of ForEach": foreach,
    "1,000 alternatives in a pattern": lambda: {
        "F": resource_of("Lambda::Function"),
        "R": resource_of(
            "Events::Rule",
            EventPattern={"source": [str(number) for number in range(1000)]},
            Targets=[{"Arn": arn("F")}],
        ),
    },
    "1,000 lifecycle rules": lambda: policy(*(f"v{number}*" for number in range(1000))),
    "a billion laps": many_laps,
    "40 parallels in each other, each tried 100 million times": lambda: machine("P39", nested_parallels(40)["States"]),
    "200 parallels in each other, as text": lambda: {
        "M": resource_of("StepFunctions::StateMachine", DefinitionString=json.dumps(nested_parallels(200)))
    },
    "60 machines, each calling the next twice": lambda: calling_twice(max(30, 60 // PART)),
    "100 states in a ring": lambda: machine(
        "S0", {f"S{number}": task(Next=f"S{(number + 1) % 100}") for number in range(100)}
    ),
}


LARGE: dict[str, Callable[[], dict[str, Any]]] = {
    "400 branches side by side": lambda: branches(400 // PART, failing=False),
    "200 branches that fail with errors of their own": lambda: branches(200 // PART, failing=True),
    "a ring of 1,000 dead-letter queues": lambda: ring_of_queues(1000 // PART),
    "one role of 600 functions for 600 queues": lambda: one_role(600 // PART),
    "2,000 functions around one bus": lambda: one_bus(2000 // PART),
    "SAM, 1,000 events of one API": lambda: serverless(200 // PART),
    "SAM, far beyond what deploys": lambda: serverless(3000),
}
"""The names say the numbers of `make bounds`; other runs divide them by `PART`. Reported as text: what a report in JSON
lists of every state grows with the square of a machine."""


def limited(seconds: int = SECONDS) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


@pytest.fixture(scope="module")
def guarded() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", GUARDED, str(SEEDS / "check" / "images.json")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.communicate()


Checked = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def checked(guarded: subprocess.Popen[str], tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """Run the command within limits of memory and computing time."""

    def run(path: Path, *options: str, seconds: int = SECONDS) -> subprocess.CompletedProcess[str]:
        assert guarded.stdin
        assert guarded.stdout
        out, error = (tmp_path_factory.mktemp("said") / name for name in ("out", "error"))
        asked = {"arguments": [str(path), *options], "out": str(out), "error": str(error)}
        guarded.stdin.write(json.dumps({**asked, "seconds": seconds, "memory": MEMORY}) + "\n")
        guarded.stdin.flush()
        code = int(guarded.stdout.readline())
        return subprocess.CompletedProcess(asked["arguments"], code, out.read_text(), error.read_text())

    return run


@pytest.mark.parametrize("worst", WORST)
def test_it_ends_within_bounds(tmp_path: Path, checked: Checked, worst: str) -> None:
    path = tmp_path / "t.json"
    transform = {"Transform": "AWS::LanguageExtensions"} if "ForEach" in worst else {}
    path.write_text(json.dumps({**transform, "Resources": WORST[worst]()}))
    found = checked(path, "--output", str(tmp_path / "report.json"), "--format", "json")
    assert found.returncode in (0, 1, 2), found.stderr
    assert "internal error" not in found.stderr


@pytest.mark.parametrize("worst", LARGE)
def test_many_of_a_kind_end_within_bounds(tmp_path: Path, checked: Checked, worst: str) -> None:
    path = tmp_path / "t.json"
    transform = {"Transform": "AWS::Serverless-2016-10-31"} if "SAM" in worst else {}
    path.write_text(json.dumps({**transform, "Resources": LARGE[worst]()}))
    found = checked(path, seconds=FOR_MANY)
    assert found.returncode in (0, 1), found.stderr
    assert "internal error" not in found.stderr


def test_aliases_that_expand_without_end(tmp_path: Path, checked: Checked) -> None:
    lines = [
        "a0: &a0 [x, x]",
        *(f"a{number}: &a{number} [*a{number - 1}, *a{number - 1}]" for number in range(1, 60)),
        "Resources: {Q: {Type: T, Properties: {A: *a59}}}",
    ]
    (tmp_path / "t.yaml").write_text("\n".join(lines))
    found = checked(tmp_path / "t.yaml")
    assert found.returncode == 2
    assert "aliases stand for more than" in found.stderr


@pytest.mark.parametrize(
    "seed", ["check/sam.json", "check/conditions.yaml", "check/images.json", "check/events.json", "machine/all.json"]
)
def test_no_network_no_process_no_code_of_the_app(tmp_path: Path, checked: Checked, seed: str) -> None:
    app = tmp_path / "app"
    app.mkdir()
    for trap in ("seawall.py", "yaml.py", "conftest.py", "sitecustomize.py", "handler.py"):
        (app / trap).write_text("raise SystemExit('the code of the app was run')\n")
    name = "t.yaml" if seed.endswith("yaml") else "t.asl.json" if seed.startswith("machine") else "t.json"
    (app / name).write_bytes((SEEDS / seed).read_bytes())
    found = checked(app)
    assert found.returncode in (0, 1), found.stderr


def test_no_network_for_an_assembly_with_addresses_and_includes(tmp_path: Path, checked: Checked) -> None:
    for name, body in json.loads((SEEDS / "together" / "assembly.json").read_text("utf-8")).items():
        (tmp_path / name).write_text(json.dumps(body))
    include = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "https://example.com/x.yaml"}}}
    nested = resource_of("CloudFormation::Stack", TemplateURL="https://example.com/t.json")
    stored = resource_of("StepFunctions::StateMachine", DefinitionS3Location={"Bucket": "b", "Key": "k"})
    (tmp_path / "A.template.json").write_text(json.dumps({"Resources": {"I": include, "N": nested, "S": stored}}))
    found = checked(tmp_path)
    assert found.returncode in (0, 1), found.stderr


def test_wildcards_do_not_backtrack() -> None:
    program = "from seawall.images.matching import matches_pattern as m; print(m('a*' * 40 + 'b', 'a' * 100))"
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, preexec_fn=limited, check=True
    )
    assert found.stdout == "False\n"
