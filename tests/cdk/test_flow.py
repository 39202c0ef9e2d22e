"""`Flow`: statements written into the metadata of constructs, and read back from the synthesized files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import aws_cdk.aws_ecr as ecr
import aws_cdk.aws_events as events
import aws_cdk.aws_lambda as lambda_
import aws_cdk.aws_sns as sns
import aws_cdk.aws_sns_subscriptions as subscriptions
import aws_cdk.aws_sqs as sqs
import pytest
from constructs import IConstruct

from seawall import Flow, RetryGuard
from seawall.graph import Evidence
from seawall.services import Wiring, read
from seawall.template import load_assembly
from tests.cdk.apps import parts

from .conftest import MakeApp, synth

ELSEWHERE = "arn:aws:sqs:eu-west-1:111122223333:elsewhere"


def own(construct: IConstruct) -> cdk.CfnResource:
    """The resource that a construct makes."""
    child = construct.node.default_child
    assert isinstance(child, cdk.CfnResource)
    return child


class Shop:
    """Functions that state what they do, within a stack, across stacks both ways, nested, and in a Stage."""

    def __init__(self, app: cdk.App) -> None:
        self.app = app
        self.a, self.b = cdk.Stack(app, "A"), cdk.Stack(app, "B")
        self.nested = cdk.NestedStack(self.a, "Nested")
        self.web = cdk.Stack(cdk.Stage(app, "Prod"), "Web")
        queue, self.far = parts.queue(self.a), parts.queue(self.b)
        worker, sender = parts.consumer(self.a, queue), parts.function(self.b, "Sender")
        Flow.of(worker).sends_to(queue, laps=5).idempotent("keyed by order")
        Flow.of(worker).sends_to(self.far, when="always").sends_to(ELSEWHERE, when="always")
        Flow.of(sender).sends_to(queue, when="always").calls(worker, raises=False).raises(False)
        imported = sqs.Queue.from_queue_arn(self.b, "Imported", ELSEWHERE)
        Flow.of(sender).sends_to(imported, when="always").sends_to(own(self.far), when="always")

        inner = parts.function(self.nested, "Inner")
        Flow.of(inner).sends_to(queue, when="always").sends_to(parts.queue(self.nested), when="always")
        Flow.of(worker).calls(inner)

        page = parts.function(self.web, "Page")
        Flow.of(page).sends_to(parts.queue(self.web), when="always")
        alias = lambda_.Alias(self.web, "Live", alias_name="live", version=page.current_version)
        Flow.of(alias).sends_to(ELSEWHERE)

        machine = parts.machine(self.b)
        Flow.of(sender).calls(machine)
        Flow.of(machine).idempotent()
        rule = events.Rule(self.b, "Rule", event_pattern=events.EventPattern(source=["shop"]))
        Flow.of(rule).matches(True)
        filtered = {"kind": sns.SubscriptionFilter.string_filter(allowlist=["order"])}
        topic = sns.Topic(self.b, "Topic")
        fed = topic.add_subscription(subscriptions.SqsSubscription(self.far, filter_policy=filtered))
        assert isinstance(fed, sns.Subscription)
        Flow.of(fed).matches(True)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    directory = tmp_path_factory.mktemp("shop")
    made = Shop(cdk.App(outdir=str(directory / "cdk.out"), builtin_cloud_formation_validation=False))
    made.app.synth()
    return made


@pytest.fixture(scope="module")
def wiring(shop: Shop) -> Wiring:
    return read(load_assembly(Path(shop.app.outdir)))


def stated(shop: Shop, stack: cdk.Stack, name: str) -> Any:
    """What the template says of the only function whose logical id begins with `name`."""
    body = json.loads((Path(shop.app.outdir) / stack.template_file).read_text())
    (found,) = [
        each
        for logical_id, each in body["Resources"].items()
        if logical_id.startswith(name) and each["Type"] == "AWS::Lambda::Function"
    ]
    return found["Metadata"]["seawall"]


def test_what_is_written(shop: Shop) -> None:
    same = shop.a.resolve(own(shop.a.node.find_child("Queue")).logical_id)
    assert stated(shop, shop.a, "Worker") == {
        "sends_to": [
            {"to": same, "when": "failure", "laps": 5},
            {"to": "B/Queue/Resource", "when": "always"},
            {"to": ELSEWHERE, "when": "always"},
        ],
        "calls": [{"to": "A/Nested/Inner/Resource"}],
        "idempotent": "keyed by order",
    }
    assert stated(shop, shop.b, "Sender")["raises"] is False


def test_what_is_read_back(wiring: Wiring) -> None:
    assert not wiring.wrong
    hops = {
        (hop.source, hop.target, hop.awaits, hop.when.value, hop.laps)
        for hop in wiring.hops
        if hop.evidence is Evidence.STATED
    }
    outside = f"external:{ELSEWHERE}"
    assert hops == {
        ("A/Worker", "A/Queue", False, "failure", 5),
        ("A/Worker", "B/Queue", False, "always", None),
        ("A/Worker", outside, False, "always", None),
        ("A/Worker", "A/Nested/Inner", True, "always", None),
        ("B/Sender", "A/Queue", False, "always", None),
        ("B/Sender", "A/Worker", True, "always", None),
        ("B/Sender", outside, False, "always", None),
        ("B/Sender", "B/Queue", False, "always", None),
        ("B/Sender", "B/Machine", True, "always", None),
        ("A/Nested/Inner", "A/Queue", False, "always", None),
        ("A/Nested/Inner", "A/Nested/Queue", False, "always", None),
        ("Prod/Web/Page", "Prod/Web/Queue", False, "always", None),
        ("Prod/Web/Page", outside, False, "failure", None),
    }
    assert wiring.sites["A/Worker"].idempotent == "keyed by order"
    assert wiring.sites["B/Machine"].idempotent == "stated"
    assert not [hop for hop in wiring.hops if hop.source == "B/Topic" and hop.assumption]


def test_nothing_comes_to_depend_on_anything(shop: Shop) -> None:
    assert [list(stack.dependencies) for stack in (shop.a, shop.b, shop.web)] == [[], [], []]
    for stack in (shop.a, shop.b, shop.nested, shop.web):
        assert "Ref" not in json.dumps([one.get("Metadata") for one in _resources(shop, stack)])


def _resources(shop: Shop, stack: cdk.Stack) -> list[dict[str, Any]]:
    directory = Path(shop.app.outdir) / ("assembly-Prod" if stack is shop.web else "")
    return list(json.loads((directory / stack.template_file).read_text())["Resources"].values())


def test_statements_add_up_and_are_not_repeated(make_app: MakeApp) -> None:
    stack = cdk.Stack(make_app(), "A")
    function = parts.function(stack, "Fn")
    resource = function.node.default_child
    assert isinstance(resource, lambda_.CfnFunction)
    resource.add_metadata("seawall", {"acknowledge": [{"rule": "retry-loop", "reason": "x"}]})
    for _ in range(2):
        Flow.of(function).sends_to("Queue").sends_to("Other")
        Flow.of(resource).once_per_batch().raises(False)
    assert resource.get_metadata("seawall") == {
        "acknowledge": [{"rule": "retry-loop", "reason": "x"}],
        "sends_to": [{"to": "Queue", "when": "failure"}, {"to": "Other", "when": "failure"}],
        "once_per_batch": True,
        "raises": False,
    }


@pytest.mark.parametrize(
    ("state", "error", "message"),
    [
        (lambda flow: flow.sends_to("Q", laps=0), ValueError, "`laps` must be at least 1, not 0"),
        (lambda flow: flow.sends_to("Q", laps=True), TypeError, "`laps` takes a whole number such as 5, not True"),
        (lambda flow: flow.sends_to("Q", laps="5"), TypeError, "`laps` takes a whole number such as 5, not '5'"),
        (lambda flow: flow.sends_to("Q", when="fails"), ValueError, "when takes 'failure' or 'always', not 'fails'"),
        (lambda flow: flow.sends_to(None), TypeError, "sends_to takes a construct that makes a resource, or an ARN"),
        (lambda flow: flow.sends_to(""), TypeError, "sends_to takes a construct that makes a resource, or an ARN"),
        (lambda flow: flow.calls("Fn", raises="no"), TypeError, "raises takes True or False, not 'no'"),
        (lambda flow: flow.raises(0), TypeError, "raises takes True or False, not 0"),
        (lambda flow: flow.idempotent(5), TypeError, "idempotent takes a reason, or nothing, not 5"),
        (lambda flow: flow.matches(True), ValueError, "A/Fn/Resource: matches is stated of rules and subscriptions"),
    ],
)
def test_nonsense_is_refused_at_once(make_app: MakeApp, state: Any, error: type[Exception], message: str) -> None:
    flow = Flow.of(parts.function(cdk.Stack(make_app(), "A"), "Fn"))
    with pytest.raises(error) as caught:
        state(flow)
    assert str(caught.value).startswith(message)


def test_of_what_nothing_can_be_stated(make_app: MakeApp) -> None:
    stack = cdk.Stack(make_app(), "A")
    imported = sqs.Queue.from_queue_arn(stack, "Imported", ELSEWHERE)
    for construct, said in ((imported, "A/Imported"), (stack, "A"), (None, "None")):
        with pytest.raises(TypeError, match=f"makes a resource, not {said}:"):
            Flow.of(construct)  # type: ignore[arg-type]
    with pytest.raises(
        ValueError, match="idempotent is stated of functions, containers, jobs and state machines, not of an AWS::SQS"
    ):
        Flow.of(parts.queue(stack)).idempotent()


def test_what_is_stated_of_a_repository(make_app: MakeApp) -> None:
    stack = cdk.Stack(make_app(), "A")
    repository = ecr.Repository(stack, "Images")
    Flow.of(repository).pushes_per_day({"sha-*": 2.5}).days_between_deployments(7).rollbacks(0).images_per_push(3)
    Flow.of(repository).build_tags("sha-*").moving_tags().also_tagged("v*", "sha-*").used_elsewhere(images=2)
    Flow.of(repository).pulled_daily()
    assert own(repository).get_metadata("seawall") == {
        "pushes_per_day": {"sha-*": 2.5},
        "days_between_deployments": 7,
        "rollbacks": 0,
        "images_per_push": 3,
        "build_tags": ["sha-*"],
        "moving_tags": [],
        "also_tagged": ["v*", "sha-*"],
        "used_elsewhere": 2,
        "pulled_daily": True,
    }
    with pytest.raises(ValueError, match="pushes_per_day takes a number above 0, or one for each family"):
        Flow.of(repository).pushes_per_day(0)
    with pytest.raises(ValueError, match="rollbacks takes a whole number from 0, not -1"):
        Flow.of(repository).rollbacks(-1)
    with pytest.raises(ValueError, match="used_elsewhere takes tags, or a number of images"):
        Flow.of(repository).used_elsewhere()
    with pytest.raises(ValueError, match="pulled_daily is stated of repositories"):
        Flow.of(parts.queue(stack)).pulled_daily()


def test_what_the_template_contradicts_fails_the_synth(make_app: MakeApp) -> None:
    app = make_app()
    stack = cdk.Stack(app, "A")
    source = parts.queue(stack)
    Flow.of(parts.pipe(stack, source, parts.machine(stack, 0))).never_sends_to("A/Machine")
    Flow.of(parts.function(stack, "Fn")).sends_to("A/Gone")
    cdk.Aspects.of(app).add(RetryGuard())
    outcome = synth(app)
    assert outcome.failed
    assert outcome.found == [("wrong-statement", "A/Fn"), ("wrong-statement", "A/Pipe")]
    (where, *_) = [one["violatingConstructs"][0] for one in outcome.violations]
    assert where["constructPath"] in ("A/Fn/Resource", "A/Pipe")


def test_naming_flow_loads_no_cdk() -> None:
    code = "import sys, seawall; seawall.Flow; print([name for name in sys.modules if name in ('aws_cdk', 'jsii')])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_using_it_without_the_cdk_gives_a_hint() -> None:
    code = """
import sys
for name in ("aws_cdk", "constructs", "jsii"):
    sys.modules[name] = None
from seawall import Flow
try:
    Flow.of(None)
except ImportError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'seawall[cdk]'" in run.stdout
