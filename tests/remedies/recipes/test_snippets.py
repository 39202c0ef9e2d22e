"""Statements as they can be pasted, in both languages, worked out by hand."""

from __future__ import annotations

import ast

import pytest

from seawall.remedies.recipes.code import (
    HERE,
    Assignment,
    Call,
    CodeLine,
    Identifier,
    Options,
    RawOverride,
    Seconds,
    Structure,
    literal,
)
from seawall.remedies.recipes.layout import WIDTH
from seawall.remedies.recipes.snippets import snippet
from seawall.template import AuthorLanguage

DEAD = Call("sqs.Queue", (HERE, literal("OrdersDeadLetters")), (("retentionPeriod", Seconds(1_209_600)),))
REDRIVE = Options("sqs.DeadLetterQueue", (("queue", DEAD), ("maxReceiveCount", literal(5))))
QUEUE = CodeLine(Call("sqs.Queue", (HERE, literal("Orders")), (("deadLetterQueue", REDRIVE),), rest=True))
PYTHON, TYPESCRIPT = AuthorLanguage.PYTHON, AuthorLanguage.TYPESCRIPT


def text(language: AuthorLanguage, *lines: CodeLine) -> str:
    return snippet(lines, language).text


def test_python_breaks_at_commas_below_its_imports() -> None:
    assert (
        text(PYTHON, QUEUE)
        == """\
from aws_cdk import Duration, aws_sqs as sqs

sqs.Queue(
    self, "Orders", ...,
    dead_letter_queue=sqs.DeadLetterQueue(
        queue=sqs.Queue(
            self, "OrdersDeadLetters",
            retention_period=Duration.days(14),
        ),
        max_receive_count=5,
    ),
)"""
    )


def test_typescript_keeps_the_opening_brace_with_the_call() -> None:
    assert (
        text(TYPESCRIPT, QUEUE)
        == """\
import { Duration } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';

new sqs.Queue(this, 'Orders', {
  ...,
  deadLetterQueue: {
    queue: new sqs.Queue(this, 'OrdersDeadLetters', {
      retentionPeriod: Duration.days(14),
    }),
    maxReceiveCount: 5,
  },
});"""
    )


def test_arguments_of_one_call_stand_in_one() -> None:
    """Two changes of one event source, of which the second brings in a class."""
    source = Call("KinesisEventSource", (Identifier("stream"),), rest=True)
    retries = CodeLine(Call(source.name, source.given, (("retryAttempts", literal(4)),), rest=True))
    dead = Call("SqsDlq", (Identifier("deadLetters"),))
    failure = CodeLine(Call(source.name, source.given, (("onFailure", dead),), rest=True))
    assert text(PYTHON, retries, failure).splitlines() == [
        "from aws_cdk.aws_lambda_event_sources import KinesisEventSource",
        "from aws_cdk.aws_lambda_event_sources import SqsDlq",
        "",
        "KinesisEventSource(",
        "    stream, ...,",
        "    retry_attempts=4,",
        "    on_failure=SqsDlq(dead_letters),",
        ")",
    ]
    assert "import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';" in text(TYPESCRIPT, retries, failure)


def test_an_override_says_where_it_goes() -> None:
    value = Structure((("deadLetterTargetArn", Identifier("deadLetters.queueArn")), ("maxReceiveCount", literal(5))))
    named = CodeLine(Assignment("deadLetters", DEAD))
    line = CodeLine(RawOverride("Shop", ("A", "Resource"), "RedrivePolicy", value))
    assert text(TYPESCRIPT, named, line).splitlines()[3:] == [
        "// at the end of the constructor of stack Shop",
        "const deadLetters = new sqs.Queue(this, 'OrdersDeadLetters', {",
        "  retentionPeriod: Duration.days(14),",
        "});",
        "(this.node.findChild('A').node.findChild('Resource') as CfnResource).addPropertyOverride('RedrivePolicy', {",
        "  deadLetterTargetArn: deadLetters.queueArn,",
        "  maxReceiveCount: 5,",
        "});",
    ]


@pytest.mark.parametrize("line", [QUEUE])
def test_the_python_is_python_and_no_line_is_long(line: CodeLine) -> None:
    printed = text(PYTHON, line)
    ast.parse(printed)
    assert max(map(len, printed.splitlines())) <= WIDTH


def test_arguments_that_go_leave_the_call() -> None:
    """A function whose asynchronous settings never act stays a function."""
    call = Call("lambda.Function", (HERE, literal("Worker")), rest=True)
    line = CodeLine(call, removes=True, arguments=("retryAttempts", "maxEventAge"))
    assert snippet([line], AuthorLanguage.PYTHON).text == (
        '# take retry_attempts and max_event_age out of lambda_.Function(self, "Worker", ...)'
    )
    assert snippet([line], AuthorLanguage.TYPESCRIPT).text == (
        "// take retryAttempts and maxEventAge out of new lambda.Function(this, 'Worker', { ... })"
    )
