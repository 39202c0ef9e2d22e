"""What an author's file calls things, and blocks in these names: worked out by hand."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from seawall.remedies.recipes.author_code import AuthorCode
from seawall.remedies.recipes.code import HERE, Call, CodeLine, Identifier, RawOverride, Seconds, literal
from seawall.remedies.recipes.snippets import snippet
from seawall.template import AuthorLanguage

PYTHON, TYPESCRIPT = AuthorLanguage.PYTHON, AuthorLanguage.TYPESCRIPT
QUEUE = CodeLine(Call("sqs.Queue", (HERE, literal("Orders")), (("visibilityTimeout", Seconds(360)),), rest=True))
SOURCE = CodeLine(
    Call(
        "SqsEventSource",
        (Identifier("queue"),),
        (("onFailure", Call("SqsDlq", (Call("sqs.Queue", (HERE, literal("Dead"))),))),),
        rest=True,
    )
)


def one_line(lines: Iterable[str]) -> str:
    return " ".join(each.strip() for each in lines).replace("( ", "(").replace(", )", ")")


@pytest.mark.parametrize(
    ("brought", "imports", "call"),
    [
        ("import aws_cdk as cdk", [], 'sqs.Queue(self, "Orders", ..., visibility_timeout=cdk.Duration.seconds(360))'),
        ("from aws_cdk import Duration as D", [], 'sqs.Queue(self, "Orders", ..., visibility_timeout=D.seconds(360))'),
        (
            "import os",
            ["from aws_cdk import Duration"],
            'sqs.Queue(self, "Orders", ..., visibility_timeout=Duration.seconds(360))',
        ),
    ],
)
def test_names_that_a_file_has_are_used_and_not_brought_in_again(brought: str, imports: list[str], call: str) -> None:
    made = snippet([QUEUE], PYTHON, AuthorCode(f"{brought}\nsqs.Queue(self, 'Orders')\n", PYTHON), 2)
    assert list(made.imports) == imports
    assert one_line(made.lines) == call.replace('"Orders"', "'Orders'")


def test_the_call_stands_as_it_does_on_its_line() -> None:
    text = "from aws_cdk import aws_lambda_event_sources as src, aws_sqs as q\n\nfn.add(src.SqsEventSource(orders))\n"
    made = snippet([SOURCE], PYTHON, AuthorCode(text, PYTHON), 3)
    assert one_line(made.lines) == 'src.SqsEventSource(orders, ..., on_failure=src.SqsDlq(q.Queue(self, "Dead")))'
    assert made.imports == ()


def test_the_same_in_typescript() -> None:
    text = "import * as q from 'aws-cdk-lib/aws-sqs';\nimport { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';\n"
    text += "worker.addEventSource(new SqsEventSource(this.orders, { batchSize: 1 }));\n"
    made = snippet([SOURCE], TYPESCRIPT, AuthorCode(text, TYPESCRIPT), 3)
    assert made.imports == ()
    assert " ".join(each.strip() for each in made.lines) == (
        "new SqsEventSource(this.orders, { ..., onFailure: new SqsDlq(new q.Queue(this, 'Dead')), });"
    )


def test_a_construct_of_another_id_is_another_one() -> None:
    """A line may make several."""
    made = snippet([QUEUE], PYTHON, AuthorCode("made = my.Queue(self, name)\n", PYTHON), 1)
    assert one_line(made.lines) == 'sqs.Queue(self, "Orders", ..., visibility_timeout=Duration.seconds(360))'


def test_a_state_has_the_name_that_it_is_assigned_to() -> None:
    retry = Call(".addRetry", named=(("maxAttempts", literal(2)),), rest=True, makes=False)
    code = AuthorCode("charge = tasks.LambdaInvoke(\n    self, 'ChargeStep', lambda_function=fn)\n", PYTHON)
    assert snippet([CodeLine(retry, of="ChargeStep")], PYTHON, code, 1).lines == (
        "charge.add_retry(..., max_attempts=2)",
    )
    assert snippet([CodeLine(retry, of="Other")], PYTHON, code, 1).lines == (
        '# step is the state "Other"',
        "step.add_retry(..., max_attempts=2)",
    )


def test_a_cast_has_the_files_own_name() -> None:
    line = CodeLine(RawOverride("Shop", ("Orders",), "DelaySeconds", literal(5)))
    code = AuthorCode("import * as cdk from 'aws-cdk-lib';\n", TYPESCRIPT)
    made = snippet([line], TYPESCRIPT, code, 1)
    assert "as cdk.CfnResource)" in made.text
    assert made.imports == ()


@pytest.mark.parametrize("text", ["", "sqs.Queue(self, 'Orders'", "(" * 50, "from aws_cdk import (", "import { "])
def test_a_file_that_does_not_tell_leaves_the_usual_names(text: str) -> None:
    for language in (PYTHON, TYPESCRIPT):
        assert snippet([QUEUE], language, AuthorCode(text, language), 1) == snippet([QUEUE], language)
