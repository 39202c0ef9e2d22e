"""Each repair removes the findings that it is about, and a diff of the templates shows nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_pipes as pipes
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from seawall import testing
from seawall.cdk.repairs import (
    AsyncFailureDestination,
    FitVisibility,
    Jitter,
    RedriveTo,
    Repair,
    ShieldImagesInUse,
    SingleRetryOwner,
)
from stacks.review_incident import ReviewServerIncidentStack
from stacks.webhook_incident import WebhookIncidentStack

from .conftest import MakeApp

ABSENT = "absent"


@dataclass
class Synthesized:
    """What became of an app."""

    templates: dict[str, Any]
    findings: list[tuple[str, str]]
    repair: Repair | None
    app: cdk.App

    @property
    def rules(self) -> set[str]:
        return {rule for rule, _ in self.findings}


def synthesized(app: cdk.App, repair: Repair | None = None, *, scope: Construct | None = None) -> Synthesized:
    if repair is not None:
        cdk.Aspects.of(scope or app).add(repair, priority=cdk.AspectPriority.MUTATING)
    report = testing.check(app)
    templates = {stack.stack_name: stack.template["Resources"] for stack in app.synth().stacks}
    return Synthesized(templates, sorted((one.rule, one.site) for one in report.findings), repair, app)


def differences(before: Any, after: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Where two templates differ, as deep down as they do."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}):
            yield from differences(before.get(key, ABSENT), after.get(key, ABSENT), (*path, key))
    elif before != after:
        yield path, before, after


def function(scope: Construct, name: str, *, seconds: int = 3, **more: Any) -> lambda_.Function:
    return lambda_.Function(
        scope,
        name,
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): pass"),
        timeout=cdk.Duration.seconds(seconds),
        **more,
    )


def awaited(scope: Construct, name: str, machine: str, receives: int = 5) -> None:
    """Queue -> pipe, awaiting -> the Express machine of this ARN."""
    dead = sqs.Queue(scope, f"{name}Dead")
    queue = sqs.Queue(
        scope, f"{name}Queue", dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=receives)
    )
    pipes.CfnPipe(
        scope,
        f"{name}Pipe",
        role_arn="arn:aws:iam::111122223333:role/pipe",
        source=queue.queue_arn,
        target=machine,
        target_parameters={"stepFunctionStateMachineParameters": {"invocationType": "REQUEST_RESPONSE"}},
    )


RETRY = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 3, "IntervalSeconds": 2, "BackoffRate": 1}]


def task(arn: str, retry: bool = True) -> dict[str, Any]:
    return {"Type": "Task", "Resource": arn, **({"Retry": RETRY} if retry else {}), "End": True}


def machine(scope: Construct, name: str, **definition: Any) -> sfn.CfnStateMachine:
    return sfn.CfnStateMachine(
        scope,
        name,
        role_arn="arn:aws:iam::111122223333:role/machine",
        state_machine_type="EXPRESS",
        **definition,
    )


class TestIncident:
    """The stacks of the incident, as they are in `stacks/`."""

    @pytest.fixture
    def incident(self, make_app: MakeApp) -> Callable[..., Synthesized]:
        def make(repair: Callable[[WebhookIncidentStack], Repair] | None = None) -> Synthesized:
            app = make_app()
            webhook = WebhookIncidentStack(app, "Webhook")
            ReviewServerIncidentStack(app, "Review")
            return synthesized(app, repair(webhook) if repair else None)

        return make

    def test_a_redrive_policy_bounds_the_dead_letter_queue(self, incident: Callable[..., Synthesized]) -> None:
        before, after = incident(), incident(lambda stack: RedriveTo(stack.last_queue))
        gone = {("group-blocked", "Webhook/DeadLetterQueue"), ("unbounded-retry", "Webhook/DeadLetterQueue")}
        assert gone <= set(before.findings) - set(after.findings)
        assert not set(after.findings) - set(before.findings)
        ((path, old, new),) = differences(before.templates, after.templates)
        assert path[-2:] == ("Properties", "RedrivePolicy")
        assert (path[1][:15], old, new["maxReceiveCount"]) == ("DeadLetterQueue", ABSENT, 5)
        assert new["deadLetterTargetArn"]["Fn::GetAtt"][0].startswith("LastQueue")

    def test_the_image_in_use_is_shielded(self, incident: Callable[..., Synthesized]) -> None:
        before, after = incident(), incident(lambda _: ShieldImagesInUse())
        assert set(before.findings) - set(after.findings) == {("image-endangered", "Review/Production/Service")}
        assert not set(after.findings) - set(before.findings)
        ((path, _, new),) = differences(before.templates, after.templates)
        assert path[2:] == ("Properties", "LifecyclePolicy", "LifecyclePolicyText")
        shield, rest = json.loads(new)["rules"]
        assert (shield["selection"]["tagPatternList"], shield["selection"]["countNumber"]) == (["production"], 1)
        assert (rest["selection"]["tagStatus"], rest["selection"]["countNumber"]) == ("any", 611)

    def test_the_queue_cannot_own_what_the_trigger_hands_off(self, incident: Callable[..., Synthesized]) -> None:
        before, after = incident(), incident(lambda _: SingleRetryOwner("queue"))
        assert list(differences(before.templates, after.templates)) == []
        assert after.repair is not None
        (left,) = after.repair.left
        assert left.text == (
            "left Webhook/Machine alone: Webhook/Trigger hands off to Webhook/Machine and does not see it fail"
        )

    @pytest.mark.parametrize("repair", [FitVisibility, Jitter])
    def test_what_is_right_stays(self, incident: Callable[..., Synthesized], repair: Callable[[], Repair]) -> None:
        before, after = incident(), incident(lambda _: repair())
        assert list(differences(before.templates, after.templates)) == []
        assert after.repair is not None
        assert (after.repair.changes, after.repair.left) == ((), ())


def forms(scope: cdk.Stack) -> None:
    """The same awaited machine in every form that a definition can have."""
    plain = {"StartAt": "Do it. Now", "States": {"Do it. Now": task("${Work}")}}
    text = json.dumps(plain)
    both = {"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": True, "Branches": [plain]}}}

    def work(name: str) -> dict[str, str]:
        return {"Work": function(scope, f"{name}Work").function_arn}

    first = tasks.LambdaInvoke(scope, "First", lambda_function=function(scope, "JoinedWork"))
    second = tasks.LambdaInvoke(
        scope, "Second", lambda_function=function(scope, "Other"), retry_on_service_exceptions=False
    )
    joined = sfn.StateMachine(
        scope,
        "Joined",
        state_machine_type=sfn.StateMachineType.EXPRESS,
        definition_body=sfn.DefinitionBody.from_chainable(first.next(second)),
    )
    awaited(scope, "Joined", joined.state_machine_arn)
    raw = machine(scope, "Raw")
    arn = work("Raw")["Work"]
    parts = [*text.replace("${Work}", "|").partition("|")]
    raw.add_property_override("DefinitionString", {"Fn::Join": ["", [parts[0], arn, parts[2]]]})
    for made in (
        raw,
        machine(scope, "Text", definition_string=json.dumps(plain, indent=2), definition_substitutions=work("Text")),
        machine(scope, "Sub", definition_string=cdk.Fn.sub(text, work("Sub"))),
        machine(scope, "Whole", definition=both, definition_substitutions=work("Whole")),
    ):
        awaited(scope, made.node.id, made.attr_arn)


class TestSingleRetryOwner:
    @pytest.fixture
    def both(self, make_app: MakeApp) -> tuple[Synthesized, Synthesized]:
        found = []
        for repair in (None, SingleRetryOwner("queue")):
            app = make_app()
            forms(cdk.Stack(app, "Forms"))
            found.append(synthesized(app, repair))
        return found[0], found[1]

    def test_every_form_of_definition_loses_its_retries_and_nothing_else(
        self, both: tuple[Synthesized, Synthesized]
    ) -> None:
        before, after = both
        stacked = [site for rule, site in before.findings if rule == "stacked-retries"]
        assert stacked == [f"Forms/{name}Work" for name in ("Joined", "Raw", "Sub", "Text", "Whole")]
        assert set(after.findings) == {one for one in before.findings if one[0] != "stacked-retries"}
        changed = {
            path[1].rstrip("0123456789ABCDEF"): (path[2:], old, new)
            for path, old, new in differences(before.templates, after.templates)
        }
        assert set(changed) == {"Joined", "Text", "Sub", "Whole", "Raw"}
        path, old, new = changed["Joined"]
        assert path == ("Properties", "DefinitionString", "Fn::Join")
        assert [one for one in new[1] if not isinstance(one, str)] == [
            one for one in old[1] if not isinstance(one, str)
        ]
        first = json.dumps(old).index(',\\"Retry\\"')
        assert json.dumps(new)[:first] == json.dumps(old)[:first]
        _, old, new = changed["Text"]
        assert old.count("\n") - new.count("\n") == 10
        assert json.loads(new)["States"] == {"Do it. Now": task("${Work}", retry=False)}
        path, old, new = changed["Sub"]
        assert path == ("Properties", "DefinitionString", "Fn::Sub")
        assert (json.loads(new[0])["States"], new[1]) == ({"Do it. Now": task("${Work}", retry=False)}, old[1])
        path, old, new = changed["Whole"]
        assert path == ("Properties", "Definition", "States", "Both", "Branches")
        assert new == [{"StartAt": "Do it. Now", "States": {"Do it. Now": task("${Work}", retry=False)}}]
        assert changed["Raw"][0] == ("Properties", "DefinitionString", "Fn::Join")

    def test_each_change_says_what_and_why(self, both: tuple[Synthesized, Synthesized]) -> None:
        repair = both[1].repair
        assert repair is not None
        assert sorted((change.construct_path, change.text) for change in repair.changes) == [
            ("Forms/Joined/Resource", "removed the Retry of First: the queue owns the retry"),
            ("Forms/Raw", "removed the Retry of Do it. Now: the queue owns the retry"),
            ("Forms/Sub", "removed the Retry of Do it. Now: the queue owns the retry"),
            ("Forms/Text", "removed the Retry of Do it. Now: the queue owns the retry"),
            (
                "Forms/Whole",
                "removed Definition.States.Both.Branches.0.States.Do it. Now.Retry: the queue owns the retry",
            ),
        ]

    def test_what_is_awaited_from_elsewhere_too_keeps_its_retry(self, make_app: MakeApp) -> None:
        app = make_app()
        stack = cdk.Stack(app, "S")
        one = machine(stack, "M", definition_string=json.dumps({"StartAt": "A", "States": {"A": task("arn:x")}}))
        awaited(stack, "Own", one.attr_arn)
        events.CfnRule(
            stack,
            "Rule",
            event_pattern={"source": ["shop"]},
            targets=[{"id": "M", "arn": one.attr_arn, "roleArn": "arn:aws:iam::111122223333:role/rule"}],
        )
        found = synthesized(app, SingleRetryOwner("queue"))
        assert found.repair is not None
        assert found.repair.changes == ()
        assert [left.text for left in found.repair.left] == [
            "left S/M alone: S/Rule hands off to S/M and does not see it fail"
        ]

    def test_a_caught_failure_is_not_the_queues(self, make_app: MakeApp) -> None:
        app = make_app()
        stack = cdk.Stack(app, "S")
        caught = {**task("arn:x"), "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Sent"}]}
        states = {"A": caught, "Sent": {"Type": "Succeed"}}
        awaited(
            stack, "Own", machine(stack, "M", definition_string=json.dumps({"StartAt": "A", "States": states})).attr_arn
        )
        found = synthesized(app, SingleRetryOwner("queue"))
        assert found.repair is not None
        assert found.repair.changes == ()
        assert [left.text for left in found.repair.left] == ["left S/M alone: failures of S/M#A do not leave S/M"]

    def test_a_queue_of_which_nothing_is_known_owns_nothing(self, make_app: MakeApp) -> None:
        app = make_app()
        stack = cdk.Stack(app, "S")
        made = machine(stack, "M", definition_string=json.dumps({"StartAt": "A", "States": {"A": task("arn:x")}}))
        pipes.CfnPipe(
            stack,
            "Pipe",
            role_arn="arn:aws:iam::111122223333:role/pipe",
            source="arn:aws:sqs:eu-west-1:111122223333:elsewhere",
            target=made.attr_arn,
            target_parameters={"stepFunctionStateMachineParameters": {"invocationType": "REQUEST_RESPONSE"}},
        )
        found = synthesized(app, SingleRetryOwner("queue"))
        assert found.repair is not None
        assert found.repair.changes == ()

    def test_what_is_only_inferred_is_not_built_upon(self, make_app: MakeApp) -> None:
        """The function may start the machine and wait, by its role; whether its code does is not known."""
        app = make_app()
        stack = cdk.Stack(app, "S")
        queue = sqs.Queue(
            stack,
            "Queue",
            dead_letter_queue=sqs.DeadLetterQueue(queue=sqs.Queue(stack, "Dead"), max_receive_count=5),
        )
        document = json.dumps({"StartAt": "A", "States": {"A": task("arn:x")}})
        made = sfn.StateMachine(
            stack,
            "M",
            state_machine_type=sfn.StateMachineType.EXPRESS,
            definition_body=sfn.DefinitionBody.from_string(document),
        )
        work = function(stack, "Work", environment={"MACHINE": made.state_machine_arn})
        made.grant_start_sync_execution(work)
        work.add_event_source(sources.SqsEventSource(queue, batch_size=1))
        found = synthesized(app, SingleRetryOwner("queue"))
        assert found.repair is not None
        assert found.repair.changes == ()
        assert [left.why for left in found.repair.left] == ["that S/Work awaits S/M is inferred (strong)"]

    def test_only_the_scope_is_changed(self, make_app: MakeApp) -> None:
        app = make_app()
        one, other = cdk.Stack(app, "One"), cdk.Stack(app, "Other")
        for stack in (one, other):
            made = machine(stack, "M", definition_string=json.dumps({"StartAt": "A", "States": {"A": task("arn:x")}}))
            awaited(stack, "Own", made.attr_arn)
        found = synthesized(app, SingleRetryOwner("queue"), scope=one)
        assert [site for rule, site in found.findings if rule == "stacked-retries"] == ["Other/M#A"]

    def test_a_machine_that_owns_lowers_receives_to_what_aws_asks_for(self, make_app: MakeApp) -> None:
        app = make_app()
        stack = cdk.Stack(app, "S")
        for name, receives in (("Many", 12), ("Few", 5)):
            made = machine(stack, name, definition_string=json.dumps({"StartAt": "A", "States": {"A": task("arn:x")}}))
            awaited(stack, f"{name}Own", made.attr_arn, receives)
        found = synthesized(app, SingleRetryOwner("machine"))
        assert found.repair is not None
        (change,) = found.repair.changes
        assert (change.construct_path, change.setting, change.old, change.new) == (
            "S/ManyOwnQueue/Resource",
            "RedrivePolicy.maxReceiveCount",
            12,
            5,
        )
        assert [left.site for left in found.repair.left] == ["S/FewOwnQueue"]

    def test_of_states_within_each_other_the_innermost_keeps_its_retry(self, make_app: MakeApp) -> None:
        app = make_app()
        stack = cdk.Stack(app, "S")
        inner = {"StartAt": "A", "States": {"A": task("arn:x")}}
        outer = {"Type": "Parallel", "Branches": [inner], "Retry": RETRY, "End": True}
        made = machine(stack, "M", definition_string=json.dumps({"StartAt": "P", "States": {"P": outer}}))
        found = synthesized(app, SingleRetryOwner("machine"))
        states = json.loads(found.templates["S"]["M"]["Properties"]["DefinitionString"])["States"]
        assert made.logical_id
        assert states == {"P": {"Type": "Parallel", "Branches": [inner], "End": True}}

    def test_a_stream_that_a_pipe_reads_leaves_the_retry_to_the_machine(self, make_app: MakeApp) -> None:
        app = make_app()
        stack = cdk.Stack(app, "S")
        stream = kinesis.Stream(stack, "Stream")
        made = machine(stack, "M", definition_string=json.dumps({"StartAt": "A", "States": {"A": task("arn:x")}}))
        dead = sqs.Queue(stack, "Dead")
        for name, end in (("Kept", {"deadLetterConfig": {"arn": dead.queue_arn}}), ("Dropped", {})):
            pipes.CfnPipe(
                stack,
                name,
                role_arn="arn:aws:iam::111122223333:role/pipe",
                source=stream.stream_arn,
                source_parameters={
                    "kinesisStreamParameters": {"startingPosition": "LATEST", "maximumRetryAttempts": 3, **end}
                },
                target=made.attr_arn,
                target_parameters={"stepFunctionStateMachineParameters": {"invocationType": "REQUEST_RESPONSE"}},
            )
        found = synthesized(app, SingleRetryOwner("machine"))
        assert found.repair is not None
        setting = "SourceParameters.KinesisStreamParameters.MaximumRetryAttempts"
        assert [(change.construct_path, change.text) for change in found.repair.changes] == [
            ("S/Kept", f"set {setting} to 0 (was 3): the machine owns the retry")
        ]
        assert [left.why for left in found.repair.left] == [
            "what fails there ends nowhere: give it a dead-letter queue first"
        ]

    def test_no_other_owner_is_known(self) -> None:
        with pytest.raises(ValueError, match="not 'topic'"):
            SingleRetryOwner("topic")  # type: ignore[arg-type]


class TestShieldImagesInUse:
    def make(self, make_app: MakeApp, text: str, tags: tuple[str, ...], repair: Repair | None) -> Synthesized:
        app = make_app()
        stack = cdk.Stack(app, "S")
        images = ecr.CfnRepository(
            stack,
            "Images",
            image_tag_mutability="IMMUTABLE",
            lifecycle_policy=ecr.CfnRepository.LifecyclePolicyProperty(lifecycle_policy_text=text),
        )
        for tag in tags:
            image = cdk.Fn.join("", [images.attr_repository_uri, ":", tag])
            container = ecs.CfnTaskDefinition.ContainerDefinitionProperty(name="web", image=image)
            task = ecs.CfnTaskDefinition(stack, f"Task-{tag}", container_definitions=[container])
            ecs.CfnService(stack, f"Service-{tag}", task_definition=task.ref)
        return synthesized(app, repair)

    def test_rules_for_tags_in_use_stand_above_the_repositorys_own(self, make_app: MakeApp) -> None:
        own = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 3}
        kept = {"tagStatus": "tagged", "tagPatternList": ["dev-*"], "countType": "imageCountMoreThan", "countNumber": 9}
        expire = {"type": "expire"}
        rules = [
            {"rulePriority": 2, "description": "mine", "selection": kept, "action": expire},
            {"rulePriority": 7, "selection": own, "action": expire},
        ]
        text = json.dumps({"rules": rules})
        before = self.make(make_app, text, ("v41", "v42"), None)
        after = self.make(make_app, text, ("v41", "v42"), ShieldImagesInUse())
        assert {"image-endangered", "image-doomed"} & before.rules
        assert not {"image-endangered", "image-doomed", "lifecycle-invalid"} & after.rules
        ((path, _, new),) = differences(before.templates, after.templates)
        assert path[1:] == ("Images", "Properties", "LifecyclePolicy", "LifecyclePolicyText")
        tagged = {"tagStatus": "tagged", "countType": "imageCountMoreThan", "countNumber": 9}
        found = json.loads(new)["rules"]
        assert [(rule["rulePriority"], rule.get("description"), rule["selection"]) for rule in found] == [
            (1, "releases", {**tagged, "tagPatternList": ["v*"]}),
            (2, "mine", kept),
            (3, None, own),
        ]
        assert after.repair is not None
        assert [change.text for change in after.repair.changes] == [
            "set rule 1 (tags v*, keep 9) in the lifecycle policy: the app runs these images"
        ]

    def test_it_counts_with_the_pace_that_it_is_given(self, make_app: MakeApp) -> None:
        selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30}
        text = json.dumps({"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]})
        for pace, changes in ((10, 1), (0.5, 0)):
            repair = ShieldImagesInUse(pushes_per_day=pace, days_between_deployments=7)
            found = self.make(make_app, text, ("v42",), repair).repair
            assert found is not None
            assert len(found.changes) == changes

    def test_a_policy_that_endangers_nothing_stays(self, make_app: MakeApp) -> None:
        selection = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1}
        rule = {"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}
        found = self.make(make_app, json.dumps({"rules": [rule]}), ("v42",), ShieldImagesInUse())
        assert found.repair is not None
        assert (found.repair.changes, found.repair.left) == ((), ())


class TestAcrossStacks:
    """Both stacks have a `Work` and a `Queue` with the same logical ids."""

    def make(self, make_app: MakeApp, repair: Repair | None) -> Synthesized:
        app = make_app()
        one, two = cdk.Stack(app, "One"), cdk.Stack(app, "Two")
        works = [function(stack, "Work", seconds=seconds) for stack, seconds in ((one, 20), (two, 3))]
        queues = [sqs.Queue(stack, "Queue", visibility_timeout=cdk.Duration.seconds(30)) for stack in (one, two)]
        lambda_.EventSourceMapping(two, "Read", target=works[0], event_source_arn=queues[1].queue_arn, batch_size=1)
        made = sfn.StateMachine(
            two,
            "Machine",
            state_machine_type=sfn.StateMachineType.EXPRESS,
            definition_body=sfn.DefinitionBody.from_chainable(
                tasks.LambdaInvoke(two, "There", lambda_function=works[0]).next(
                    tasks.LambdaInvoke(two, "Here", lambda_function=works[1])
                )
            ),
        )
        awaited(cdk.NestedStack(two, "Nested"), "Own", made.state_machine_arn)
        return synthesized(app, repair)

    def test_the_function_that_is_meant_counts(self, make_app: MakeApp) -> None:
        found = self.make(make_app, FitVisibility())
        assert found.repair is not None
        assert [(change.construct_path, change.new) for change in found.repair.changes] == [("Two/Queue/Resource", 120)]

    def test_references_stay_references(self, make_app: MakeApp) -> None:
        before, after = self.make(make_app, None), self.make(make_app, SingleRetryOwner("queue"))
        ((path, old, new),) = differences(before.templates, after.templates)
        assert path[2:] == ("Properties", "DefinitionString", "Fn::Join")
        assert [one for one in new[1] if not isinstance(one, str)] == [
            one for one in old[1] if not isinstance(one, str)
        ]
        assert "Fn::ImportValue" in json.dumps(new)
        assert "Retry" not in json.dumps(new)


class TestFitVisibility:
    def test_only_short_ones_are_raised(self, make_app: MakeApp) -> None:
        found = []
        for repair in (None, FitVisibility()):
            app = make_app()
            stack = cdk.Stack(app, "S")
            for name, seconds, hidden in (("Short", 10, None), ("Long", 10, 600), ("Close", 5, 30)):
                queue = sqs.Queue(
                    stack,
                    f"{name}Queue",
                    visibility_timeout=cdk.Duration.seconds(hidden) if hidden else None,
                )
                function(stack, name, seconds=seconds).add_event_source(
                    sources.SqsEventSource(queue, batch_size=1, max_batching_window=cdk.Duration.seconds(7))
                )
            found.append(synthesized(app, repair))
        before, after = found
        assert "short-visibility" in before.rules
        assert "short-visibility" not in after.rules
        changed = {
            path[1][:10]: (path[2:], old, new) for path, old, new in differences(before.templates, after.templates)
        }
        assert changed == {
            "CloseQueue": (("Properties", "VisibilityTimeout"), 30, 37),
            "ShortQueue": (("Properties",), ABSENT, {"VisibilityTimeout": 67}),
        }
        assert after.repair is not None
        assert {change.text for change in after.repair.changes} == {
            "set VisibilityTimeout to 67 (was nothing): 6 x 10 s timeout of S/Short + 7 s batching window",
            "set VisibilityTimeout to 37 (was 30): 6 x 5 s timeout of S/Close + 7 s batching window",
        }

    def test_a_factor_below_one_is_refused(self) -> None:
        with pytest.raises(ValueError, match="at least 1"):
            FitVisibility(0.5)


class TestJitter:
    def test_steady_retriers_get_jitter_and_keep_their_numbers(self, make_app: MakeApp) -> None:
        found = []
        for repair in (None, Jitter()):
            app = make_app()
            stack = cdk.Stack(app, "S")
            branches = [{"StartAt": name, "States": {name: task("arn:x")}} for name in "AB"]
            both = {"Type": "Parallel", "Branches": branches, "End": True}
            document = {"StartAt": "P", "States": {"P": both}}
            machine(stack, "Text", definition_string=json.dumps(document))
            machine(stack, "Object", definition=document)
            found.append(synthesized(app, repair))
        before, after = found
        assert ("synchronized-backoff" in before.rules, "synchronized-backoff" in after.rules) == (True, False)
        retry = [{**RETRY[0], "JitterStrategy": "FULL"}]
        wanted = [{"StartAt": name, "States": {name: {**task("arn:x"), "Retry": retry}}} for name in "AB"]
        changed = {path[1]: (path[2:], new) for path, _, new in differences(before.templates, after.templates)}
        assert json.loads(changed["Text"][1])["States"]["P"]["Branches"] == wanted
        assert changed["Object"] == (("Properties", "Definition", "States", "P", "Branches"), wanted)


class TestAsyncFailureDestination:
    def make(self, make_app: MakeApp, repair: bool, *, key: bool = False) -> Synthesized:
        app = make_app()
        stack = cdk.Stack(app, "S")
        rule = events.Rule(stack, "Rule", event_pattern=events.EventPattern(source=["shop"]))
        plain, configured = function(stack, "Plain"), function(stack, "Configured", retry_attempts=1)
        told = function(stack, "Told", dead_letter_queue_enabled=True)
        role = iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::111122223333:role/other")
        for each in (plain, configured, told, function(stack, "Foreign", role=role)):
            rule.add_target(targets.LambdaFunction(each))
        queue = sqs.Queue(stack, "Failed", encryption_master_key=kms.Key(stack, "Key") if key else None)
        return synthesized(app, AsyncFailureDestination(queue) if repair else None)

    def test_failed_events_go_to_the_queue_and_may(self, make_app: MakeApp) -> None:
        before, after = self.make(make_app, False), self.make(make_app, True)
        lost = {site for rule, site in before.findings if rule == "handoff-gap"}
        assert lost == {"S/Plain#async", "S/Configured#async", "S/Foreign#async"}
        assert {site for rule, site in after.findings if rule == "handoff-gap"} == {"S/Foreign#async"}
        assert after.repair is not None
        assert [left.text for left in after.repair.left] == [
            "left S/Foreign#async alone: its role is not in the app, so that it may not send anything"
        ]
        arn = {"Fn::GetAtt": [next(name for name in after.templates["S"] if name.startswith("Failed")), "Arn"]}
        changes = list(differences(before.templates, after.templates))
        added = [new for _, old, new in changes if old == ABSENT and isinstance(new, dict) and "Type" in new]
        assert sorted(one["Type"] for one in added) == [
            "AWS::IAM::Policy",
            "AWS::IAM::Policy",
            "AWS::Lambda::EventInvokeConfig",
        ]
        policies = [one for one in added if one["Type"] == "AWS::IAM::Policy"]
        assert [one["Properties"]["PolicyDocument"]["Statement"] for one in policies] == [
            [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn}]
        ] * 2
        (config,) = (one for one in added if one not in policies)
        assert config["Properties"]["DestinationConfig"] == {"OnFailure": {"Destination": arn}}
        assert config["DependsOn"]
        others = [(path[2:], new) for path, old, new in changes if new not in added]
        assert (("Properties", "DestinationConfig"), {"OnFailure": {"Destination": arn}}) in others
        assert {path for path, _ in others} == {("Properties", "DestinationConfig"), ("DependsOn",)}

    def test_the_queues_key_may_be_used(self, make_app: MakeApp) -> None:
        after = self.make(make_app, True, key=True)
        policies = [
            one["Properties"]["PolicyDocument"]["Statement"]
            for name, one in after.templates["S"].items()
            if "FailureDestination" in name
        ]
        assert [each["Action"] for each in policies[0]] == ["sqs:SendMessage", ["kms:Decrypt", "kms:GenerateDataKey"]]

    def test_lambda_sends_to_no_fifo_queue(self, make_app: MakeApp) -> None:
        with pytest.raises(ValueError, match="FIFO"):
            AsyncFailureDestination(sqs.Queue(cdk.Stack(make_app(), "S"), "Queue", fifo=True))


def test_cdk_synth_prints_what_was_changed(make_app: MakeApp) -> None:
    app = make_app()
    stack = cdk.Stack(app, "S")
    queue = sqs.Queue(stack, "Queue")
    function(stack, "Work", seconds=10).add_event_source(sources.SqsEventSource(queue))
    cdk.Aspects.of(app).add(FitVisibility(), priority=cdk.AspectPriority.MUTATING)
    said = [entry.entry.data for entry in app.synth().get_stack_by_name("S").messages]
    assert said == ["FitVisibility: set VisibilityTimeout to 60 (was nothing): 6 x 10 s timeout of S/Work"]


def test_a_repair_sees_what_other_aspects_changed_before(make_app: MakeApp) -> None:
    app = make_app()
    stack = cdk.Stack(app, "S")
    queue = sqs.Queue(stack, "Queue")
    work = function(stack, "Work", seconds=10)
    work.add_event_source(sources.SqsEventSource(queue))
    repairs = FitVisibility(), FitVisibility(12)
    for repair in repairs:
        cdk.Aspects.of(app).add(repair, priority=cdk.AspectPriority.MUTATING)
    synthesized(app)
    assert [[(change.old, change.new) for change in repair.changes] for repair in repairs] == [
        [(None, 60)],
        [(60, 120)],
    ]


def test_an_exported_id_is_left_as_it_is(make_app: MakeApp) -> None:
    app = make_app()
    one, two = cdk.Stack(app, "One"), cdk.Stack(app, "Two")
    queues = [sqs.Queue(stack, "Queue") for stack in (one, two)]
    one.export_value(queues[0].queue_arn)
    function(two, "Work", seconds=10).add_event_source(sources.SqsEventSource(queues[0]))
    found = synthesized(app, FitVisibility())
    assert found.repair is not None
    assert [(change.construct_path, change.new) for change in found.repair.changes] == [("One/Queue/Resource", 60)]


def test_a_stage_is_repaired_where_the_repair_is_attached_to_it(make_app: MakeApp) -> None:
    app = make_app()
    stage = cdk.Stage(app, "Prod")
    for scope in (app, stage):
        stack = cdk.Stack(scope, "S")
        function(stack, "Work", seconds=10).add_event_source(sources.SqsEventSource(sqs.Queue(stack, "Queue")))
    repair = FitVisibility()
    cdk.Aspects.of(stage).add(repair, priority=cdk.AspectPriority.MUTATING)
    synthesized(app)
    assert [change.construct_path for change in repair.changes] == ["Prod/S/Queue/Resource"]


def test_the_app_is_as_it_was_after_it_was_looked_at(make_app: MakeApp) -> None:
    found = []
    for repair in (None, RedriveTo):
        app = make_app()
        one, two = cdk.Stack(app, "One"), cdk.Stack(app, "Two")
        queues = [sqs.Queue(stack, "Queue") for stack in (one, two)]
        function(one, "Work").add_event_source(sources.SqsEventSource(queues[1]))
        if repair:
            cdk.Aspects.of(app).add(FitVisibility(), priority=cdk.AspectPriority.MUTATING)
        assembly = app.synth()
        found.append([assembly.get_stack_by_name(name).template for name in ("One", "Two")])
    assert found[0] == found[1]
