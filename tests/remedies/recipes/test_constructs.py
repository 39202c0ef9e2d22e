"""Recipes, followed to the letter: each printed edit is made in the Python of a real CDK app, and that is synthesized.

An edit is valid Python, with `...` for what stays: it is merged into the call of that name on the line that it names.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

import seawall
from seawall.report.written_edits import Block, blocks

from .in_python import synthesize

HEAD = """\
import aws_cdk as cdk
import seawall
from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from aws_cdk.aws_lambda_destinations import SqsDestination
from aws_cdk.aws_lambda_event_sources import DynamoEventSource, KinesisEventSource, SqsDlq, SqsEventSource
from aws_cdk.aws_sns_subscriptions import UrlSubscription


class Shop(cdk.Stack):
    def __init__(self, scope, name):
        super().__init__(scope, name)
        py = lambda_.Runtime.PYTHON_3_13
        code = lambda_.Code.from_inline("def handler(event, context): ...")
        made = dict(runtime=py, handler="index.handler", code=code)
        dead = sqs.Queue(self, "Dead", retention_period=Duration.days(14))
"""
TAIL = """

app = cdk.App(outdir=OUTDIR)
seawall.record_source_lines()
Shop(app, "Shop")
app.synth()
"""
CASES = {
    "a task's own retries, and the author's": (
        "stacked-retries",
        """
        orders = sqs.Queue(self, "Orders", dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=5))
        worker = lambda_.Function(self, "Worker", **made)
        worker.add_event_source(SqsEventSource(orders, batch_size=1))
        charge = lambda_.Function(self, "Charge", **made)
        step = tasks.LambdaInvoke(self, "ChargeStep", lambda_function=charge)
        step.add_retry(errors=["States.Timeout"], max_attempts=2)
        body = sfn.DefinitionBody.from_chainable(step)
        machine = sfn.StateMachine(
            self, "Machine", definition_body=body, state_machine_type=sfn.StateMachineType.EXPRESS
        )
        machine.grant_start_sync_execution(worker)
        worker.add_environment("MACHINE", machine.state_machine_arn)
""",
    ),
    "a queue without a dead-letter queue": (
        "unbounded-retry",
        """
        endless = sqs.Queue(self, "Endless")
        lambda_.Function(self, "Lazy", **made).add_event_source(SqsEventSource(endless, batch_size=1))
""",
    ),
    "a FIFO queue without one": (
        "unbounded-retry",
        """
        endless = sqs.Queue(self, "Endless", fifo=True)
        lambda_.Function(self, "Lazy", **made).add_event_source(SqsEventSource(endless, batch_size=1))
""",
    ),
    "a table's stream": (
        "unbounded-retry",
        """
        key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
        table = dynamodb.Table(self, "Table", partition_key=key, stream=dynamodb.StreamViewType.NEW_IMAGE)
        latest = lambda_.StartingPosition.LATEST
        reader = lambda_.Function(self, "Reader", **made)
        reader.add_event_source(DynamoEventSource(table, starting_position=latest, batch_size=1))
""",
    ),
    "an asynchronous function": (
        "handoff-gap",
        """
        rule = events.Rule(self, "Rule", event_pattern=events.EventPattern(source=["shop"]))
        rule.add_target(targets.LambdaFunction(lambda_.Function(self, "Audit", **made)))
""",
    ),
    "one that has a config": (
        "handoff-gap",
        """
        rule = events.Rule(self, "Rule", event_pattern=events.EventPattern(source=["shop"]))
        rule.add_target(targets.LambdaFunction(lambda_.Function(self, "Audit", retry_attempts=1, **made)))
""",
    ),
    "a subscription over HTTP": (
        "handoff-gap",
        """
        topic = sns.Topic(self, "Topic")
        topic.add_subscription(UrlSubscription("https://example.org/hook"))
""",
    ),
    "a rule that calls an endpoint": (
        "handoff-gap",
        """
        key = events.Authorization.api_key("x-key", cdk.SecretValue.unsafe_plain_text("key"))
        connection = events.Connection(self, "Connection", authorization=key)
        api = events.ApiDestination(self, "Api", connection=connection, endpoint="https://example.org/hook")
        rule = events.Rule(self, "Rule", event_pattern=events.EventPattern(source=["shop"]))
        rule.add_target(targets.ApiDestination(api))
""",
    ),
    "a FIFO group": (
        "group-blocked",
        """
        gone = sqs.DeadLetterQueue(queue=sqs.Queue(self, "Gone", fifo=True), max_receive_count=9)
        line = sqs.Queue(self, "Line", fifo=True, visibility_timeout=Duration.minutes(15), dead_letter_queue=gone)
        lambda_.Function(self, "Steady", **made).add_event_source(SqsEventSource(line, batch_size=1))
""",
    ),
    "throttling": (
        "throttled-receives",
        """
        busy = sqs.Queue(self, "Busy", dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=3))
        capped = lambda_.Function(self, "Capped", reserved_concurrent_executions=10, **made)
        capped.add_event_source(SqsEventSource(busy, batch_size=1))
""",
    ),
    "batches": (
        "batch-retry",
        """
        many = sqs.Queue(self, "Many", dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=5))
        lambda_.Function(self, "Worker", **made).add_event_source(SqsEventSource(many))
""",
    ),
    "a filter on a queue's reader": (
        "filtered-away",
        """
        many = sqs.Queue(self, "Many", dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=5))
        kinds = lambda_.FilterCriteria.filter({"body": {"kind": ["paid"]}})
        lambda_.Function(self, "Worker", **made).add_event_source(SqsEventSource(many, batch_size=1, filters=[kinds]))
""",
    ),
    "a machine that nobody waits for": (
        "handoff-gap",
        """
        charge = lambda_.Function(self, "Charge", **made)
        step = tasks.LambdaInvoke(self, "ChargeStep", lambda_function=charge)
        machine = sfn.StateMachine(self, "Payment", definition_body=sfn.DefinitionBody.from_chainable(step))
        rule = events.Rule(self, "Rule", event_pattern=events.EventPattern(source=["shop"]))
        rule.add_target(targets.SfnStateMachine(machine, dead_letter_queue=dead))
""",
    ),
    "a setting that never acts": (
        "idle-retry",
        """
        many = sqs.Queue(self, "Many", dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=5))
        worker = lambda_.Function(self, "Worker", retry_attempts=1, **made)
        worker.add_event_source(SqsEventSource(many, batch_size=1))
""",
    ),
    "jitter": (
        "synchronized-backoff",
        """
        charge = lambda_.Function(self, "Charge", **made)
        call = tasks.LambdaInvoke(self, "Call", lambda_function=charge, retry_on_service_exceptions=False)
        call.add_retry(max_attempts=3, backoff_rate=1)
        each = sfn.Map(self, "Each").item_processor(call)
        sfn.StateMachine(self, "Batch", definition_body=sfn.DefinitionBody.from_chainable(each))
""",
    ),
    "a resource's own class": (
        "short-visibility",
        """
        plain = sqs.CfnQueue(self, "Plain", visibility_timeout=10)
        slow = lambda_.Function(self, "Slow", timeout=Duration.seconds(10), **made)
        lambda_.CfnEventSourceMapping(
            self, "Mapping", function_name=slow.function_name, event_source_arn=plain.attr_arn, batch_size=1
        )
""",
    ),
    "an argument that no class has": (
        "unbounded-retry",
        """
        plain = sqs.CfnQueue(self, "Plain")
        slow = lambda_.Function(self, "Slow", **made)
        lambda_.CfnEventSourceMapping(
            self, "Mapping", function_name=slow.function_name, event_source_arn=plain.attr_arn, batch_size=1
        )
""",
    ),
}


@pytest.fixture
def synthesized(tmp_path: Path) -> Callable[[str], seawall.Report]:
    number = iter(range(9))
    return lambda source: seawall.check(synthesize(source, tmp_path, f"{next(number)}.out"))


@pytest.mark.parametrize(("rule", "body"), CASES.values(), ids=CASES.keys())
def test_the_edits_followed_to_the_letter_mend_the_finding(
    synthesized: Callable[[str], seawall.Report], rule: str, body: str
) -> None:
    source = ast.unparse(ast.parse(HEAD + body.removeprefix("\n") + TAIL))
    before = synthesized(source)
    findings = [each for each in before.findings if each.rule == rule]
    assert findings
    for finding in findings:
        printed = blocks(before.app, finding)
        assert printed
        source = followed(source, printed)
    after = synthesized(source)
    assert [each.headline for each in after.findings if each.rule == rule] == []
    known = {(each.rule, each.site) for each in before.findings}
    assert {(each.rule, each.site) for each in after.findings} <= known


@pytest.mark.parametrize(("rule", "body"), CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("left_out", ["tree", "metadata"])
def test_what_is_guessed_without_the_cdks_own_notes_is_what_it_would_be_with_them(
    synthesized: Callable[[str], seawall.Report], tmp_path: Path, rule: str, body: str, left_out: str
) -> None:
    """Only the templates are there, with the paths of the constructs or with nothing but logical ids: what is printed
    then, if anything is, is a part of what is printed with the notes, and that is pasted in the test above.
    """
    report = synthesized(ast.unparse(ast.parse(HEAD + body.removeprefix("\n") + TAIL)))
    noted = [block for finding in report.findings if finding.rule == rule for block in blocks(report.app, finding)]
    guessed = seawall.check(bare(next(tmp_path.glob("*.out")), left_out))
    found = [finding for finding in guessed.findings if finding.rule == rule]
    assert found
    printed = {
        of_any_state(ast.unparse(node))
        for finding in found
        for block in blocks(guessed.app, finding)
        if block.language == "Python" and (left_out == "tree" or block.text.startswith(("from ", "sqs.", "lambda_.")))
        for node in ast.parse(block.text).body
        if isinstance(node, ast.Expr | ast.Assign)  # the author's file has some of the imports
    }
    assert printed <= {of_any_state(ast.unparse(node)) for block in noted for node in ast.parse(block.text).body}
    texts = [block.text for finding in found for block in blocks(guessed.app, finding)]
    assert not any("DefinitionString" in text for text in texts), "nobody edits that in CDK code"


def of_any_state(code: str) -> str:
    """A call of a state's method, whatever the state's variable is called."""
    return re.sub(r"^\w+(?=\.add_)", "step", code)


def bare(out: Path, left_out: str) -> Path:
    """An assembly without what names its constructs: the tree, the source lines, and the metadata of its template."""
    (out / "tree.json").unlink()
    (template,) = out.glob("*.template.json")
    whole = json.loads(template.read_text())
    for resource in whole["Resources"].values():
        kept = {"aws:cdk:path": resource.get("Metadata", {}).get("aws:cdk:path")} if left_out == "tree" else {}
        resource["Metadata"] = kept
    if left_out == "tree":
        template.write_text(json.dumps(whole))
        return template
    alone = out.parent / "alone"
    alone.mkdir()
    (alone / template.name).write_text(json.dumps(whole))
    return alone / template.name


def followed(source: str, blocks: Iterable[Block]) -> str:
    """A source with every block pasted into it."""
    tree = ast.parse(source)
    for block in blocks:
        line = int(block.at.rpartition(":")[2])
        state = next(iter(re.findall(r'^# step is the state "([^"]*)"', block.text, re.MULTILINE)), "")
        for comment in re.findall(r"^# ((?:remove|take) .*)$", block.text, re.MULTILINE):
            _remove(tree, comment)
        new = list[ast.stmt]()
        for statement in ast.parse(block.text).body:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                tree.body.insert(0, statement)
            elif isinstance(statement, ast.Expr) and "..." in ast.unparse(statement):
                assert isinstance(statement.value, ast.Call)
                _before(tree, line, new)
                new = []
                _merge(tree, line, statement.value, state)
            else:
                new.append(statement)
        _insert(tree, new)
    return ast.unparse(ast.fix_missing_locations(tree))


def _before(tree: ast.Module, line: int, statements: list[ast.stmt]) -> None:
    """Statements before the one that stands on a line."""
    method = _constructor(tree)
    at = next(number for number, each in enumerate(method.body) if getattr(each, "end_lineno", 0) >= line)
    method.body[at:at] = statements


def _constructor(tree: ast.Module) -> ast.FunctionDef:
    stack = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    method = stack.body[0]
    assert isinstance(method, ast.FunctionDef)
    return method


def _insert(tree: ast.Module, statements: list[ast.stmt]) -> None:
    """Statements behind the one that makes a state, or at the end of the constructor."""
    method = _constructor(tree)
    called = next((found[1] for each in statements if (found := re.match(r"(\w+)\.add_catch", ast.unparse(each)))), "")
    mark = f"{called} = " if called else "no state"
    made = [number for number, each in enumerate(method.body) if ast.unparse(each).startswith(mark)]
    at = made[0] + 1 if made else len(method.body)
    method.body[at:at] = statements


def _remove(tree: ast.Module, code: str) -> None:
    """Calls of a method with the same first argument go."""
    if found := re.match("take (.*) out of (.*)", code):
        start = ast.unparse(ast.parse(found[2])).partition(", ...")[0]
        calls = (each for each in ast.walk(tree) if isinstance(each, ast.Call))
        (call,) = [each for each in calls if ast.unparse(each).startswith(start)]
        call.keywords = [each for each in call.keywords if each.arg not in found[1].split(" and ")]
        return
    wanted = re.search(r'\["[^\]]*\]', code)
    assert wanted is not None
    for owner in ast.walk(tree):
        if isinstance(owner, ast.FunctionDef):
            owner.body = [
                each
                for each in owner.body
                if not (".add_retry(" in ast.unparse(each) and ast.unparse(ast.parse(wanted[0])) in ast.unparse(each))
            ]


def _merge(tree: ast.Module, line: int, wanted: ast.Call, state: str) -> None:
    name = ast.unparse(wanted.func).rpartition(".")[2]
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] == name
        and (state or name.startswith("add_") or getattr(node, "lineno", line) == line)
    ]
    assert len(found) == 1, (ast.unparse(wanted), line)
    _into(found[0], wanted)


def _into(call: ast.Call, wanted: ast.Call) -> None:
    for keyword in wanted.keywords:
        present = next((each for each in call.keywords if each.arg == keyword.arg), None)
        stays = isinstance(keyword.value, ast.Call) and any(
            isinstance(each, ast.Constant) and each.value is ... for each in keyword.value.args
        )
        if present is None:
            call.keywords.append(keyword)
        elif stays and isinstance(present.value, ast.Call) and isinstance(keyword.value, ast.Call):
            _into(present.value, keyword.value)
        elif stays and isinstance(keyword.value, ast.Call):
            keyword.value.args = []
            keyword.value.keywords.insert(0, ast.keyword("queue", ast.Attribute(present.value, "queue")))
            present.value = keyword.value
        else:
            present.value = keyword.value
