# ruff: noqa: E501 -- programs as text
"""Code that was read, joined with templates: hops made, ruled out and left open, in CloudFormation, SAM and the CDK."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from seawall.graph import CLASSES, Evidence, FailureClass, When
from seawall.graph.guards import Like
from seawall.services import Wiring, read
from seawall.template import load

from .conftest import Raw, Wire, arn, hop, hops, queue, ref, resource

SQS = "import json, os, boto3\nsqs = boto3.client('sqs')\n"
SEND = f"{SQS}def handler(event, context):\n    sqs.send_message(QueueUrl=os.environ['QUEUE'], MessageBody='x')\n"
BACK = (
    f"{SQS}def handler(event, context):\n    try:\n        json.loads(event['Records'][0]['body'])\n    except Exception:\n"
    "        sqs.send_message(QueueUrl=os.environ['QUEUE'], MessageBody=json.dumps(event))\n"
)


def role(actions: Any, on: Any) -> Raw:
    return resource(
        "IAM::Role",
        Policies=[
            {"PolicyName": "P", "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": actions, "Resource": on}}}
        ],
    )


def python(code: str, **properties: Any) -> Raw:
    return resource(
        "Lambda::Function",
        Runtime="python3.13",
        Handler="index.handler",
        Code={"ZipFile": code},
        Environment={"Variables": {"QUEUE": ref("Queue")}},
        **properties,
    )


def app(code: str, actions: Any = "sqs:SendMessage", on: Any = None, **more: Raw) -> dict[str, Raw]:
    return {
        "Queue": queue(),
        "Other": queue(),
        "Role": role(actions, on or [arn("Queue"), arn("Other")]),
        "Fn": python(code, Role=arn("Role")),
        **more,
    }


def ends(wiring: Wiring) -> set[tuple[str, str]]:
    return {(one.target, one.evidence.word) for one in hops(wiring, "Fn")}


def test_what_the_code_sends_is_read_and_what_it_does_not_is_ruled_out(wire: Wire) -> None:
    wiring = wire(app(SEND))
    assert ends(wiring) == {("app/Queue", "read")}
    [gone] = wiring.ruled_out
    assert (gone.source, gone.target, gone.kind) == ("app/Fn", "app/Other", "sqs:SendMessage")
    assert gone.at is not None


def test_a_wildcard_role_changes_nothing_of_what_was_read(wire: Wire) -> None:
    narrow, wide = wire(app(SEND)), wire(app(SEND, "*", "*"))
    assert ends(narrow) == ends(wide) == {("app/Queue", "read")}
    assert wide.ruled_out == []


def test_without_code_inference_stays(tmp_path: Path) -> None:
    path = tmp_path / "app.json"
    path.write_text(json.dumps({"Resources": app(SEND)}))
    wiring = read(load([path]), reads_code=False)
    assert {(one.target, one.evidence) for one in wiring.hops if one.source == "app/Fn"} == {
        ("app/Queue", Evidence.STRONG),
        ("app/Other", Evidence.MEDIUM),
    }


@pytest.mark.parametrize(
    ("code", "gap"),
    [
        ("x", None),
        ("pass", None),
        ("def handler(event, context):\n    return {}\n", None),
        ("def other(event, context):\n" + "    print(event)\n" * 20, "does not define the handler index.handler"),
        ("def handler(event, context:\n" + "    print(event)\n" * 20, "is not Python that can be parsed"),
        (
            f"{SQS}from company import queue\ndef handler(event, context):\n    queue.send(event)\n",
            "calls company.queue.send",
        ),
        (
            f"{SQS}def handler(event, context):\n    sqs.send_message(QueueUrl=event['url'])\n",
            "the event says where to (url)",
        ),
        (
            f"{SQS}def handler(event, context):\n    sqs.send_message(QueueUrl=os.environ['GONE'])\n",
            "the environment variable GONE is not set",
        ),
        (
            f"{SQS}def handler(event, context):\n    boto3.client(event['x']).send_message(QueueUrl='q')\n",
            "whose service is not literal",
        ),
    ],
)
def test_what_cannot_be_followed_leaves_inference_and_is_said(wire: Wire, code: str, gap: str | None) -> None:
    """A short placeholder is none of the app's code: nothing is said of it."""
    wiring = wire(app(code))
    assert ends(wiring) == {("app/Queue", "inferred (strong)"), ("app/Other", "inferred (medium)")}
    assert wiring.ruled_out == []
    found = [each.why for each in wiring.unknowns if each.property == "Code"]
    assert found == [] if gap is None else any(gap in why for why in found), found


def test_a_gap_of_code_names_its_file_and_line(wire: Wire) -> None:
    [gap] = wire(app(f"{SQS}from company import queue\ndef handler(event, context):\n    queue.send(event)\n")).unknowns
    assert gap.at is not None
    assert gap.at.file.endswith("app.json")
    assert gap.at.line == 1, "a template on one line"


def test_a_variable_that_goes_into_a_library_keeps_its_hop_open(wire: Wire) -> None:
    code = f"{SQS}import awslambdaric\nfrom smart_open import open as o\ndef handler(event, context):\n    o(os.environ['QUEUE'])\n"
    assert ("app/Queue", "inferred (strong)") in ends(wire(app(code)))


def test_sent_back_instead_of_failing(wire: Wire) -> None:
    """Worked case 26: the queue sees no error, its five receives are for timeouts, throttles and faults."""
    mapping = resource("Lambda::EventSourceMapping", EventSourceArn=arn("Queue"), FunctionName=ref("Fn"))
    wiring = wire({**app(BACK), "Queue": queue(5), "Dead": queue(), "Map": mapping})
    back = hop(wiring, "Fn", "Queue")
    assert (back.when, back.fails_after, back.evidence, back.awaits) == (When.FAILURE, False, Evidence.READ, False)
    into = hop(wiring, "Queue", "Fn")
    assert {each: into.tries_for(each).total for each in CLASSES} == {
        "error": 1,
        "timeout": 5,
        "throttle": 5,
        "fault": 5,
    }
    assert into.shown(FailureClass.ERROR) is None
    [handling] = wiring.handlings
    assert (handling.raises, handling.reported) == (False, True)


def test_a_statement_wins_and_what_contradicts_the_code_is_said(wire: Wire) -> None:
    resources = app(SEND)
    resources["Fn"]["Metadata"] = {
        "seawall": {"never_sends_to": [{"to": "Queue"}], "sends_to": [{"to": "Other", "when": "always"}]}
    }
    wiring = wire(resources)
    assert ends(wiring) == {("app/Other", "stated")}
    assert sorted(one.what for one in wiring.wrong) == [
        "the code of app/Fn sends to app/Queue (app.json:1)",
        "the code of app/Fn was read, and it does not send to app/Other",
    ]


INVOKE = "import boto3, os\nfunctions = boto3.client('lambda')\ndef handler(event, context):\n"


@pytest.mark.parametrize(
    ("body", "target", "awaits", "error", "fault"),
    [
        (
            "functions.invoke(FunctionName=os.environ['F'], InvocationType='Event')",
            "app/Callee#async",
            False,
            "error",
            "fault",
        ),
        ("functions.invoke(FunctionName=os.environ['F'])", "app/Callee", True, None, "error"),
        (
            "r = functions.invoke(FunctionName=os.environ['F'])\n    if 'FunctionError' in r: raise ValueError()",
            "app/Callee",
            True,
            "error",
            "error",
        ),
    ],
)
def test_how_an_invocation_is_made_and_heeded(
    wire: Wire, body: str, target: str, awaits: bool, error: str | None, fault: str
) -> None:
    """An invocation answers 200 when the function fails: the caller fails only if it looks at FunctionError. A refused
    call raises.
    """
    caller = python(f"{INVOKE}    {body}\n")
    caller["Properties"]["Environment"]["Variables"]["F"] = ref("Callee")
    callee = resource("Lambda::Function", Runtime="python3.13", Handler="a.b", Code={"S3Bucket": "b", "S3Key": "k"})
    [made] = hops(wire({"Fn": caller, "Queue": queue(), "Callee": callee}), "Fn")
    assert (made.target, made.awaits, made.evidence, made.assumption) == (target, awaits, Evidence.READ, "")
    assert (made.shown(FailureClass.ERROR), made.shown(FailureClass.FAULT)) == (error, fault)


def test_tries_that_code_sets_count_and_those_by_default_are_shown(wire: Wire) -> None:
    """total_max_attempts 4 counts; where nothing is set, 3 since November 2026, shown only."""

    def made(config: str) -> Any:
        code = f"import boto3, os\nfrom botocore.config import Config\nf = boto3.client('lambda'{config})\ndef handler(e, c):\n    f.invoke(FunctionName=os.environ['F'])\n"
        caller = python(code)
        caller["Properties"]["Environment"]["Variables"]["F"] = ref("Callee")
        return hops(wire({"Fn": caller, "Queue": queue(), "Callee": resource("Lambda::Function")}), "Fn")[0]

    configured, bare = made(", config=Config(retries={'total_max_attempts': 4})"), made("")
    assert [configured.tries_for(each).total for each in CLASSES] == [1, 1, 4, 4]
    assert [bare.tries_for(each).total for each in CLASSES] == [1, 1, 1, 1]
    assert bare.unjudged[FailureClass.FAULT].total == 3


SAM = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.13, CodeUri: src}}
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Lib: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer}}
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Layers: [!Ref Lib]
      Environment: {Variables: {QUEUE: !Ref Queue}}
"""


def test_sam_with_globals_and_a_layer(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "layer" / "python").mkdir(parents=True)
    (tmp_path / "src" / "app.py").write_text("from lib import send\ndef handler(event, context):\n    send()\n")
    (tmp_path / "layer" / "python" / "lib.py").write_text(SEND.replace("def handler(event, context)", "def send()"))
    (tmp_path / "template.yaml").write_text(SAM)
    [made] = [one for one in read(load([tmp_path / "template.yaml"])).hops if one.target == "template/Queue"]
    assert made.at is not None
    assert (Path(made.at.file), made.at.line) == (tmp_path / "layer" / "python" / "lib.py", 4)


def test_inline_code_in_yaml_stands_on_its_own_lines(tmp_path: Path) -> None:
    """In each of two functions with the same code."""

    def function(name: str) -> str:
        return (
            f"  {name}:\n    Type: AWS::Lambda::Function\n    Properties:\n"
            "      Runtime: python3.13\n      Handler: index.handler\n      Environment: {Variables: {QUEUE: !Ref Queue}}\n"
            "      Code:\n        ZipFile: |\n" + "".join(f"          {line}\n" for line in SEND.splitlines())
        )

    (tmp_path / "template.yaml").write_text(
        f"Resources:\n  Queue: {{Type: AWS::SQS::Queue}}\n{function('Fn')}{function('Twin')}"
    )
    made = [one for one in read(load([tmp_path / "template.yaml"])).hops if one.target == "template/Queue"]
    lines = {one.source: one.at.line for one in made if one.at is not None}
    assert lines == {"template/Fn": 14, "template/Twin": 26}, "the fourth lines of texts that begin on 11 and 23"


@pytest.mark.parametrize("zipped", [True, False])
def test_assets_of_an_assembly(tmp_path: Path, zipped: bool) -> None:
    key = "0123456789abcdef"
    if zipped:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("index.py", SEND)
        (tmp_path / f"asset.{key}.zip").write_bytes(packed.getvalue())
    else:
        (tmp_path / f"asset.{key}").mkdir()
        (tmp_path / f"asset.{key}" / "index.py").write_text(SEND)
    path = f"asset.{key}.zip" if zipped else f"asset.{key}"
    function = python("")
    function["Properties"]["Code"] = {"S3Bucket": "b", "S3Key": f"{key}.zip"}
    (tmp_path / "App.template.json").write_text(json.dumps({"Resources": {"Queue": queue(), "Fn": function}}))
    (tmp_path / "App.assets.json").write_text(
        json.dumps({"files": {key: {"source": {"path": path}, "destinations": {"d": {"objectKey": f"{key}.zip"}}}}})
    )
    (tmp_path / "manifest.json").write_text(
        json.dumps(
            {
                "artifacts": {
                    "App": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "App.template.json"}}
                }
            }
        )
    )
    [made] = [one for one in read(load([tmp_path])).hops if one.evidence is Evidence.READ]
    assert made.at is not None
    assert (made.at.line, Path(made.at.file).name) == (4, "index.py")


def test_nothing_of_the_code_is_run(tmp_path: Path) -> None:
    """A trap: modules, packages, decorators, class bodies and defaults that would write a file if they ran."""
    mark = tmp_path / "mark"
    source = tmp_path / "src"
    (source / "pkg").mkdir(parents=True)
    trap = f"open({str(mark)!r}, 'w').write('run')\n"
    (source / "pkg" / "__init__.py").write_text(trap)
    (source / "conftest.py").write_text(trap)
    (source / "sitecustomize.py").write_text(trap)
    (source / "app.py").write_text(
        f"import pkg, os\n{trap}class A:\n    {trap}\ndef d(f, x={trap.strip()}):\n    {trap}    return f\n@d\ndef handler(event, context):\n    {trap}    os.system('touch {mark}')\n    exec({trap!r})\n"
    )
    (source / "index.js").write_text(
        f"require('fs').writeFileSync({str(mark)!r}, 'run');\nexports.handler = async () => {{}};\n"
    )
    template = SAM.replace("      Layers: [!Ref Lib]\n", "").replace(
        "  Lib: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer}}\n", ""
    )
    template += (
        "  Node:\n    Type: AWS::Serverless::Function\n    Properties: {Runtime: nodejs22.x, Handler: index.handler}\n"
    )
    (tmp_path / "template.yaml").write_text(template)
    read(load([tmp_path / "template.yaml"]))
    assert not mark.exists()
    assert not list(source.rglob("*.pyc"))


def test_code_at_paths_left_out_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_text(SEND)
    (tmp_path / "template.yaml").write_text(
        SAM.replace("      Layers: [!Ref Lib]\n", "").replace(
            "  Lib: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer}}\n", ""
        )
    )
    app_ = load([tmp_path / "template.yaml"])
    assert [one.target for one in read(app_).hops if one.evidence is Evidence.READ] == ["template/Queue"]
    assert [one for one in read(app_, True, ("src/*",)).hops if one.evidence is Evidence.READ] == []


def test_the_literals_of_events_are_known_to_rules(wire: Wire) -> None:
    """What is sent with source `shop` matches the rule on `shop`, not the one on `bank`."""
    code = (
        "import boto3, json\nevents = boto3.client('events')\ndef handler(event, context):\n"
        "    events.put_events(Entries=[{'Source': 'shop', 'DetailType': 'OrderPlaced', 'Detail': json.dumps(event)}])\n"
    )
    [made] = hops(wire({"Fn": python(code), "Queue": queue()}), "Fn")
    assert made.event == {("source",): frozenset({"shop"}), ("detail-type",): frozenset({"OrderPlaced"})}


def test_an_object_key_that_begins_with_a_literal(wire: Wire) -> None:
    code = (
        "import boto3, os\ns3 = boto3.client('s3')\ndef handler(event, context):\n"
        "    s3.put_object(Bucket=os.environ['B'], Key=f'out/{event[\"id\"]}.json', Body='x')\n"
    )
    sender = python(code)
    sender["Properties"]["Environment"]["Variables"]["B"] = ref("Bucket")
    notified = {"QueueConfigurations": [{"Event": "s3:ObjectCreated:*", "Queue": arn("Queue")}]}
    [made] = hops(
        wire({"Fn": sender, "Queue": queue(), "Bucket": resource("S3::Bucket", NotificationConfiguration=notified)}),
        "Fn",
    )
    assert made.event["key",] == frozenset({Like(("out/", ""))})


@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_inline_javascript_is_read_whatever_its_template_is_written_in(tmp_path: Path, suffix: str) -> None:
    client = "const {SQSClient, SendMessageCommand} = require('@aws-sdk/client-sqs');\nconst sqs = new SQSClient({});\n"
    send = "await sqs.send(new SendMessageCommand({QueueUrl: process.env.QUEUE, MessageBody: 'x'}));"
    code = f"{client}exports.handler = async (event) => {{ {send} }};"
    body = {"Resources": app(code, Fn=python(code, Role=arn("Role")) | {})}
    body["Resources"]["Fn"]["Properties"] |= {"Runtime": "nodejs22.x"}
    path = tmp_path / f"app.{suffix}"
    path.write_text(json.dumps(body) if suffix == "json" else f"# in YAML\n{json.dumps(body)}")
    assert {(one.target, one.evidence.word) for one in read(load([path])).hops} == {("app/Queue", "read")}


def test_a_request_that_is_tried_again_is_a_layer_in_front_of_what_it_names(wire: Wire) -> None:
    code = (
        "import os, requests, tenacity\n@tenacity.retry(stop=tenacity.stop_after_attempt(3))\ndef go():\n"
        "    requests.get(os.environ['API']).raise_for_status()\ndef handler(event, context):\n    go()\n"
    )
    resources = app(code)
    resources["Fn"]["Properties"]["Environment"]["Variables"]["API"] = "https://partner.example/orders"
    [asked] = hops(wire(resources), "Fn")
    assert (asked.target, asked.kind, asked.awaits) == ("external:https://partner.example/orders", "http:Request", True)
    assert {asked.tries_for(each).total for each in CLASSES} == {3}


NOT_AWAITED = "import os, boto3\nlam = boto3.client('lambda')\ndef handler(event, context):\n    lam.invoke(FunctionName=os.environ['G'], InvocationType='Event')\n"


def test_a_function_that_only_code_invokes_without_waiting_has_its_own_tries(wire: Wire) -> None:
    called = resource("Lambda::Function", DeadLetterConfig={"TargetArn": arn("Other")})
    own = resource("Lambda::EventInvokeConfig", FunctionName=ref("G"), Qualifier="$LATEST", MaximumRetryAttempts=1)
    caller = python(NOT_AWAITED, Role=arn("Role")) | {}
    caller["Properties"]["Environment"] = {"Variables": {"G": arn("G")}}
    wiring = wire({**app(SEND), "Fn": caller, "G": called, "Own": own, "Role": role("lambda:InvokeFunction", arn("G"))})
    assert ends(wiring) == {("app/G#async", "read")}
    assert hop(wiring, "G#async", "G").tries_for("error").total == 2
    assert hop(wiring, "G#async", "Other").when is When.EXHAUSTED


@pytest.mark.parametrize(("how", "end"), [("Event", "G#async"), ("RequestResponse", "G"), ("", "G")])
def test_how_a_function_is_invoked_may_stand_in_the_environment(wire: Wire, how: str, end: str) -> None:
    code = NOT_AWAITED.replace("'Event'", "os.environ.get('HOW', 'RequestResponse')")
    caller = python(code, Role=arn("Role"))
    caller["Properties"]["Environment"] = {"Variables": {"G": arn("G"), **({"HOW": how} if how else {})}}
    wiring = wire({"Fn": caller, "G": resource("Lambda::Function"), "Role": role("lambda:InvokeFunction", arn("G"))})
    assert ends(wiring) == {(f"app/{end}", "read")}
    assert not wiring.unknowns


def test_how_a_function_is_invoked_is_not_known_of_a_parameter(wire: Wire) -> None:
    caller = python(NOT_AWAITED.replace("'Event'", "os.environ['HOW']"), Role=arn("Role"))
    caller["Properties"]["Environment"] = {"Variables": {"G": arn("G"), "HOW": ref("How")}}
    wiring = wire(
        {"Fn": caller, "G": resource("Lambda::Function"), "Role": role("lambda:InvokeFunction", arn("G"))},
        Parameters={"How": {"Type": "String", "Default": "Event"}},
    )
    assert any("chooses how to invoke" in gap.why for gap in wiring.unknowns)
