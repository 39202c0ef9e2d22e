"""How a loop is opened: one change of its own cycle, and what comes before it so that nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from seawall.engine import report_of
from seawall.rules import Finding
from seawall.template import load
from tests.rules.judging import Raw, found, judged, only, scenario
from tests.rules.test_commands import commands
from tests.rules.test_loop_halts import destinations
from tests.rules.test_loop_stops import arn, bucket, made, sender, writer

APPS = Path(__file__).parents[1] / "remedies" / "apps"
RULE = "retry-loop"


def loops(name: str) -> dict[str, Finding]:
    report = report_of(load([APPS / f"{name}.yaml"]))
    return {one.site.rpartition("/")[2]: one for one in report.findings if one.rule == RULE}


def places(finding: Finding) -> set[tuple[str, str]]:
    edits = [edit for change in finding.changes for edit in change.edits]
    return {(edit.place.address.logical_id, edit.place.property) for edit in edits}


def test_loops_that_share_a_site_are_each_opened_on_their_own_cycle() -> None:
    """`Failed` is read as a dead-letter queue; `Hopeless` is written to and read by the same function."""
    found = loops("dead-letters-sent-back")
    assert [step.do for step in found["Failed"].fix.steps] == [
        "stop dead-letters-sent-back/Sorter from reading the dead-letter queue dead-letters-sent-back/Failed",
        ("set an alarm on the ApproximateNumberOfMessagesVisible of that queue, and redrive by hand what is worth it"),
    ]
    assert places(found["Failed"]) == {("SorterDeadLetter", "")}
    raises, bounds = (step.do for step in found["Hopeless"].fix.steps)
    assert raises == (
        "let dead-letters-sent-back/Sorter raise the error instead of sending it back to "
        "dead-letters-sent-back/Hopeless"
    )
    assert bounds == (
        "in the same deployment, add a dead-letter queue with maxReceiveCount 5 to dead-letters-sent-back/Hopeless"
    )
    assert {name for name, _ in places(found["Hopeless"])} == {
        "Hopeless",
        "HopelessDeadLetters",
        "HopelessDeadLettersAlarm",
        "Sorter",
    }


@pytest.mark.parametrize("name", ["started-and-forgotten"])
def test_what_fails_in_a_machine_that_nobody_waits_for_is_caught_there(name: str) -> None:
    """Raising alone would lose the event: `Starter` is done long before `Charge` fails."""
    (finding,) = loops(name).values()
    raises, catches = finding.fix.steps
    assert raises.effect.endswith(" -> 0"), "the figure stands at the change of the code, which brings it"
    assert catches.do == (
        f"in the same deployment, keep the event that fails then: catch States.ALL in {name}/Payment, and send the "
        "input to a dead-letter queue that nothing reads, with an alarm on it"
    )
    assert catches.notes == ("who is told is up to you: give the alarm an action",)


def test_where_a_queue_delivers_it_says_where_the_event_ends() -> None:
    report = scenario("case-26-sent-back")
    (finding,) = [one for one in report.findings if one.rule == RULE]
    told = finding.fix.text.replace("case-26-sent-back/", "")
    assert "Queue then tries it again and in the end moves it to Dead, which nothing should read" in told


def _published_and_led(end: Raw, *, publishes: bool) -> dict[str, Raw]:
    """A topic starts `Fn`, whose failures go to `end`; its code may publish to the topic as well."""
    topic = made("SNS::Topic", Subscription=[{"Protocol": "lambda", "Endpoint": arn("Fn")}])
    code = "import boto3, os\nsns = boto3.client('sns')\ndef handler(event, context):\n"
    sends = "    sns.publish(TopicArn=os.environ['TO'], Message='x')\n" if publishes else ""
    held = {"Code": {"ZipFile": f"{code}{sends}    raise ValueError\n"}, "Handler": "index.handler"}
    function = sender("sns:Publish", {"Ref": "Topic"}, {"Ref": "Topic"}, Runtime="python3.13", **held)
    return function | {"Topic": topic, "Dead": made("SQS::Queue"), "Ends": destinations("Fn", OnFailure=end)}


def test_a_destination_is_led_elsewhere_before_code_raises_instead_of_sending(tmp_path: Path) -> None:
    """3 tries that publish, and 1 event to the destination: 4. To raise alone leaves the 1."""
    loop = only(judged(tmp_path, {"Resources": _published_and_led({"Ref": "Topic"}, publishes=True)}), RULE)
    leads, raises = loop.fix.steps
    assert (leads.do.replace("app/", ""), leads.effect) == (
        "send what fails at Fn#async after all tries to a new queue that nothing reads, not to Topic",
        "",
    )
    assert raises.do.startswith("let app/Fn raise the error instead of sending it back to app/Topic (")
    assert raises.effect == "events that come back: 4 -> 0"


@pytest.mark.parametrize(
    ("end", "publishes", "loops_left"),
    [({"Ref": "Topic"}, False, 1), (arn("Dead"), True, 1), (arn("Dead"), False, 0)],
    ids=["raises alone", "led elsewhere alone", "both"],
)
def test_only_both_of_its_steps_open_it(tmp_path: Path, end: Raw, publishes: bool, loops_left: int) -> None:
    report = judged(tmp_path, {"Resources": _published_and_led(end, publishes=publishes)})
    assert len(found(report, RULE)) == loops_left


def test_a_way_back_that_another_copy_of_the_start_takes_is_none_that_is_ended(tmp_path: Path) -> None:
    """What `Fn` writes to the bucket and what Lambda writes there for it are told apart: of 3 tries that write and the
    destination come 4, and without the destination 3.
    """
    ends = destinations("Fn", OnFailure=arn("Bucket"))
    leads, writes = only(judged(tmp_path, {"Resources": bucket() | writer() | {"Ends": ends}}), RULE).fix.steps
    assert (leads.do.startswith("send what fails at app/Fn#async after all tries to a new queue"), leads.effect) == (
        True,
        "",
    )
    assert writes.effect == "events that come back: 4 -> 0"


def test_an_on_success_destination_is_a_step_beside_that_of_the_code(tmp_path: Path) -> None:
    """The code publishes whatever happens, so that no raising ends that."""
    resources = _published_and_led(arn("Dead"), publishes=True)
    resources["Ends"] = destinations("Fn", OnSuccess={"Ref": "Topic"})
    takes, keeps = only(judged(tmp_path, {"Resources": resources}), RULE).fix.steps
    assert (takes.do, takes.effect) == ("take the on-success destination of app/Fn away", "")
    assert keeps.do.startswith("keep what app/Fn sends from coming back to app/Topic: ")
    assert keeps.effect.endswith(" -> 0")


def _triggers(on: str, state: str, starts: str) -> Raw:
    condition = {"LogicalOperator": "EQUALS", "JobName": on, "State": state}
    return made(
        "Glue::Trigger", Type="CONDITIONAL", Actions=[{"JobName": starts}], Predicate={"Conditions": [condition]}
    )


def test_a_trigger_has_no_code_that_could_raise(tmp_path: Path) -> None:
    """A job that fails is started again by a trigger: the trigger's condition is what there is to change."""
    jobs = {name: made("Glue::Job", Name=name.lower(), Role="r", Command={}) for name in ("Load", "Clean")}
    triggers = {"Again": _triggers("load", "FAILED", "clean"), "Then": _triggers("clean", "SUCCEEDED", "load")}
    loop = only(judged(tmp_path, {"Resources": jobs | triggers}), RULE)
    assert loop.headline == "when app/Load fails, the event that says so starts it again, for ever"
    assert [step.said for step in loop.fix.steps] == [
        (
            "take the condition on app/Load out of app/Again, or let it start nothing that fails in the same way "
            "(events that come back: 1 -> 0)"
        )
    ]
    assert commands(loop)[-2:] == ["aws glue stop-trigger --name $id", "aws glue start-trigger --name $id"]


@pytest.mark.parametrize("shared", [False, True])
def test_a_dead_letter_queue_that_others_send_to_is_read_on(tmp_path: Path, *, shared: bool) -> None:
    """Without its reader, what a schedule sends there would wait for nobody: the queue in front gets another one."""
    mappings = {
        name: made("Lambda::EventSourceMapping", EventSourceArn=arn(queue), FunctionName={"Ref": function}, BatchSize=1)
        for name, queue, function in (("Works", "Q", "Work"), ("Sorts", "Dead", "Fn"))
    }
    redrive = {"maxReceiveCount": 3, "deadLetterTargetArn": arn("Dead")}
    code = {"ZipFile": "import boto3, os\nboto3.client('sqs').send_message(QueueUrl=os.environ['TO'], MessageBody='x')"}
    resources = sender(
        "sqs:SendMessage", arn("Q"), {"Ref": "Q"}, Runtime="python3.13", Handler="index.handler", Code=code
    )
    resources |= mappings | {"Q": made("SQS::Queue", RedrivePolicy=redrive), "Dead": made("SQS::Queue")}
    resources["Work"] = made("Lambda::Function", Role="arn:aws:iam::123456789012:role/work")
    schedule = made("Events::Rule", ScheduleExpression="rate(1 hour)", Targets=[{"Id": "d", "Arn": arn("Dead")}])
    resources |= {"Hourly": schedule} if shared else {}
    first, *_ = only(judged(tmp_path, {"Resources": resources}), RULE).fix.steps
    assert first.do.startswith(
        "send what fails at app/Q " if shared else "stop app/Fn from reading the dead-letter queue"
    )
    assert first.effect == "events that come back: 1 -> 0"


@pytest.mark.parametrize("name", ["OrdersDeadLetters", "OrdersDLQ", "Orders"])
def test_a_queue_whose_name_says_so_is_a_dead_letter_queue(tmp_path: Path, name: str) -> None:
    """Its reader sends back there what fails; nothing moves there by a redrive."""
    code = "import boto3, os\ndef handler(event, context):\n    try:\n        work()\n    except Exception:\n"
    code += "        boto3.client('sqs').send_message(QueueUrl=os.environ['TO'], MessageBody='x')\n"
    held = {"Code": {"ZipFile": code}, "Runtime": "python3.13", "Handler": "index.handler"}
    resources = sender("sqs:SendMessage", arn(name), {"Ref": name}, RecursiveLoop="Allow", **held)
    resources[name] = made("SQS::Queue")
    resources["Map"] = made(
        "Lambda::EventSourceMapping", EventSourceArn=arn(name), FunctionName={"Ref": "Fn"}, BatchSize=1
    )
    first, *_ = only(judged(tmp_path, {"Resources": resources}), RULE).fix.steps
    stops = f"stop app/Fn from reading the dead-letter queue app/{name}"
    assert (first.do == stops) is (name != "Orders"), first.do
    assert first.effect.endswith(" -> 0")
