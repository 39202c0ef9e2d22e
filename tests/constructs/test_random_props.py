"""Whatever the props: either they are refused, or the template keeps the promise, as Seawall reads it there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aws_cdk as cdk
import aws_cdk.aws_sqs as sqs
import aws_cdk.aws_stepfunctions as sfn
import aws_cdk.aws_stepfunctions_tasks as tasks
from hypothesis import event, given, settings
from hypothesis import strategies as st

from seawall.constructs import RequestValue, WebhookPipeline, invoke
from seawall.engine import report_of
from seawall.graph import CLASSES
from seawall.rules import Severity
from seawall.settings import Settings
from seawall.template import load
from tests.constructs.conftest import EXPRESS, function
from tests.whole import examples

Props = dict[str, Any]
Build = Callable[[cdk.Stack], Props]
SECONDS = st.integers(1, 120).map(cdk.Duration.seconds)
TRIES = st.sampled_from((1, 1, 1, 2, 4))


def maybe(**choices: st.SearchStrategy[Any]) -> st.SearchStrategy[Props]:
    """Any of the props, each set or not."""
    return st.fixed_dictionaries({}, optional=choices)


@st.composite
def functions(draw: st.DrawFn) -> Build:
    seconds = draw(st.integers(1, 60))
    props = draw(
        maybe(
            batch_size=st.integers(1, 11),
            batching_window=st.integers(1, 10).map(cdk.Duration.seconds),
            max_concurrency=st.integers(2, 1001),
            retry_owner=st.just("queue"),
        )
    )
    return lambda stack: {"function": function(stack, seconds=seconds), **props}


@st.composite
def machines(draw: st.DrawFn) -> Build:
    """One to three states, some of which call the same function, catch what fails, or bring CDK's own retrier."""
    states = draw(
        st.lists(
            st.tuples(TRIES, st.sampled_from("AB"), st.sampled_from(("", "", "caught", "cdk"))), min_size=1, max_size=3
        )
    )
    around = draw(st.one_of(st.none(), st.integers(0, 2)))
    props = draw(
        maybe(
            retry_owner=st.sampled_from(("machine", "queue")),
            machine_type=st.sampled_from((EXPRESS, sfn.StateMachineType.STANDARD)),
            machine_timeout=SECONDS,
        )
    )

    def build(stack: cdk.Stack) -> Props:
        called = {name: function(stack, name, 5) for name in "AB"}
        chain: Any = None
        for number, (tries, name, form) in enumerate(states):
            state: tasks.LambdaInvoke = invoke(stack, f"State{number}", called[name], tries=tries)
            if form == "cdk":
                state = tasks.LambdaInvoke(stack, f"Hidden{number}", lambda_function=called[name])
            elif form == "caught":
                state.add_catch(invoke(stack, f"Instead{number}", called[name], tries=tries))
            chain = state if chain is None else chain.next(state)
        if around is not None:
            chain = sfn.Parallel(stack, "Around").branch(chain).add_retry(max_attempts=around)
        return {"definition": chain, **props}

    return build


@st.composite
def entries(draw: st.DrawFn) -> Build:
    props: Props
    if draw(st.integers(0, 3)):
        props = draw(
            maybe(
                tenant=st.sampled_from((RequestValue.path("shop"), RequestValue.header("X-Shop"))),
                visibility_timeout=st.integers(300, 2000).map(cdk.Duration.seconds),
                delivery_delay=st.integers(0, 900).map(cdk.Duration.seconds),
                retention=st.integers(1, 13).map(cdk.Duration.days),
                max_receive_count=st.integers(1, 12),
            )
        )
        return lambda stack: {"signature_header": "X-Signature", "path": "/{shop}", **props}
    receives, hidden = draw(st.integers(1, 12)), draw(st.integers(300, 2000))

    def taken(stack: cdk.Stack) -> Props:
        letters = sqs.DeadLetterQueue(queue=sqs.Queue(stack, "Dead"), max_receive_count=receives)
        visibility = cdk.Duration.seconds(hidden)
        return {"queue": sqs.Queue(stack, "Queue", visibility_timeout=visibility, dead_letter_queue=letters)}

    return taken


@settings(max_examples=examples(25), deadline=None)
@given(st.one_of(functions(), machines(), machines()), entries(), st.integers(3, 20))
def test_the_promise_is_refused_or_kept(consumer: Build, entry: Build, max_attempts: int) -> None:
    with TemporaryDirectory() as directory:
        app = cdk.App(outdir=directory, builtin_cloud_formation_validation=False)
        stack = cdk.Stack(app, "Shop")
        try:
            hooks = WebhookPipeline(stack, "Hooks", **consumer(stack), **entry(stack), max_attempts=max_attempts)
        except ValueError as error:
            assert str(error).startswith("Shop/Hooks")
            event("refused: " + str(error).partition("\n")[0].partition(": ")[2][:25])
            return
        app.synth()
        report = report_of(load([Path(directory)]), Settings(max_attempts=max_attempts))
    sites = [site.id for site in report.analysis.flow.sites.values() if site.works]
    runs = [report.analysis.attempts.of(site, failure).max for site in sites for failure in CLASSES]
    event("kept")
    assert None not in runs
    assert max(filter(None, runs)) == hooks.worst_case <= max_attempts
    assert [finding for finding in report.findings if finding.severity is Severity.ERROR] == []
