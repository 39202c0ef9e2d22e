"""Blocks in TypeScript, pasted into an app that node runs: what they are for is gone, and nothing else is found.

The types are left out: node of the versions that CI has takes none.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import seawall
from seawall.report.written_edits import Block, blocks

from .in_node import HEAD, TAIL, packages, required, synthesize

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="needs node")

BODY = """\
    const endless = new sqs.Queue(this, 'Endless', {});
    const lazy = new lambda.Function(this, 'Lazy', { ...made });
    lazy.addEventSource(new SqsEventSource(endless, { batchSize: 1 }));

    const plain = new sqs.CfnQueue(this, 'Plain', {});
    const slow = new lambda.Function(this, 'Slow', { ...made });
    new lambda.CfnEventSourceMapping(this, 'Mapping', {
      functionName: slow.functionName, eventSourceArn: plain.attrArn, batchSize: 1,
    });

    const stream = new kinesis.Stream(this, 'Stream', {});
    const reader = new lambda.Function(this, 'Reader', { ...made });
    const latest = lambda.StartingPosition.LATEST;
    reader.addEventSource(new KinesisEventSource(stream, { startingPosition: latest, batchSize: 1 }));

    const audit = new lambda.Function(this, 'Audit', { ...made });
    const rule = new events.Rule(this, 'Rule', { eventPattern: { source: ['shop'] } });
    rule.addTarget(new targets.LambdaFunction(audit));

    const charge = new lambda.Function(this, 'Charge', { ...made });
    const step = new tasks.LambdaInvoke(this, 'ChargeStep', { lambdaFunction: charge });
    // the steps
    const body = sfn.DefinitionBody.fromChainable(step);
    const machine = new sfn.StateMachine(this, 'Payment', { definitionBody: body });

    const dead = new sqs.Queue(this, 'Dead', { retentionPeriod: cdk.Duration.days(14) });
    const orders = new sqs.Queue(this, 'Orders', {
      visibilityTimeout: cdk.Duration.seconds(10), deadLetterQueue: { queue: dead, maxReceiveCount: 5 },
    });
    const worker = new lambda.Function(this, 'Worker', { ...made });
    worker.addEventSource(new SqsEventSource(orders, { batchSize: 1 }));
    const called = new lambda.Function(this, 'Called', { ...made });
    const call = new tasks.LambdaInvoke(this, 'Call', { lambdaFunction: called });
    const express = new sfn.StateMachine(this, 'Express', {
      definitionBody: sfn.DefinitionBody.fromChainable(call), stateMachineType: sfn.StateMachineType.EXPRESS,
    });
    express.grantStartSyncExecution(worker);
    worker.addEnvironment('MACHINE', express.stateMachineArn);

    rule.addTarget(new targets.SfnStateMachine(machine, { deadLetterQueue: dead }));
    // the end
"""


@pytest.fixture(scope="session")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packages(tmp_path_factory.mktemp("packages"))


def test_the_blocks_pasted_into_an_app_mend_what_was_found(modules: Path, tmp_path: Path) -> None:
    source = HEAD + BODY + TAIL
    before = seawall.check(synthesize(source, tmp_path, "before", modules))
    printed = [block for finding in before.findings for block in blocks(before.app, finding)]
    assert {each.rule for each in before.findings} == {
        "unbounded-retry", "handoff-gap", "stacked-retries", "short-visibility",
    }  # fmt: skip
    assert {block.language for block in printed} == {""}, "the CDK's metadata tells the language"
    for block in dict.fromkeys(printed):
        source = pasted(source, block)
    after = seawall.check(synthesize(source, tmp_path, "after", modules))
    assert [(each.rule, each.site, each.headline) for each in after.findings] == []


def pasted(source: str, block: Block) -> str:
    """A source with one block in it: a call with `...` is the author's with something more."""
    step = "before its machine is made" in block.text
    imports = [required(line) for line in block.text.splitlines() if line.startswith("import ")]
    rest = "\n".join(line for line in block.text.splitlines() if not line.startswith(("import ", "//")))
    new = list[str]()
    for statement in filter(None, (each.strip() for each in re.split(r";$", rest, flags=re.MULTILINE))):
        if "..." in statement:
            source, new = _merged(source, statement, new), []
        else:
            new.append(re.sub(r" as [\w.]+\)", ")", statement) + ";")
    place = "    // the steps\n" if step else "    // the end\n"
    source = source.replace(place, "".join(f"    {each}\n" for each in new) + place)
    return "\n".join([*imports, source])


def _merged(source: str, statement: str, before: list[str]) -> str:
    """The options of the author's call, with those of the statement behind them; other statements stand before it."""
    head, _, options = statement.partition("...,")
    call = re.sub(r"\s*\{\s*$", "", head)
    start = source.find(call.removeprefix("new "))
    if start < 0 and ".addRetry(" in call:
        start = source.index("step.addRetry(")
    if start < 0:  # the author's own name for what is read
        start = source.index(call.removeprefix("new ").partition("(")[0] + "(")
    line = source.rindex("\n", 0, start) + 1
    above = "".join(f"    {each}\n" for each in before)
    source, start = f"{source[:line]}{above}{source[line:]}", start + len(above)
    end = source.index("})", start)
    while source.count("{", start, end) > source.count("}", start, end) + 1:
        end = source.index("})", end + 1)
    added = options.rsplit("}", 1)[0].strip()
    return (
        f"{source[:end].rstrip().rstrip(',')}, {added} {source[end:]}"
        if not source[:end].rstrip().endswith("{")
        else f"{source[:end]} {added} {source[end:]}"
    )
