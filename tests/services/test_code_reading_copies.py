# ruff: noqa: E501 -- programs as text
"""Code that sends several times: lines of one way add, of branches the largest counts, loops multiply.

Everywhere A (receives) -> F -> B (2 receives) -> G. The figure of G is the messages that one run of F sends, twice each.
"""

from __future__ import annotations

import pytest

from seawall.graph import FailureClass
from seawall.retries import Analysis

from .conftest import Raw, Wire, arn, queue, ref, resource
from .figures import analysed, attempts
from .test_code_reading import role

ERROR, TIMEOUT, THROTTLE, FAULT = (
    FailureClass.ERROR, FailureClass.TIMEOUT, FailureClass.THROTTLE, FailureClass.FAULT,
)  # fmt: skip
PYTHON = (
    "import json, os, boto3\nsqs = boto3.client('sqs')\nevents = boto3.client('events')\nlam = boto3.client('lambda')\n"
    "def send(queue='B'):\n    sqs.send_message(QueueUrl=os.environ[queue], MessageBody='x')\n"
)
NODE = (
    "const {SQSClient, SendMessageCommand, SendMessageBatchCommand} = require('@aws-sdk/client-sqs');\n"
    "const {EventBridgeClient, PutEventsCommand} = require('@aws-sdk/client-eventbridge');\n"
    "const sqs = new SQSClient({});\nconst events = new EventBridgeClient({});\n"
    "const send = (queue = 'B') => sqs.send(new SendMessageCommand({QueueUrl: process.env[queue], MessageBody: 'x'}));\n"
)


def function(code: str, runtime: str = "python3.13", **environment: Raw) -> Raw:
    return resource(
        "Lambda::Function",
        Runtime=runtime,
        Handler="index.handler",
        Role=arn("Role"),
        Code={"ZipFile": code},
        Environment={"Variables": environment},
    )


RAISES = function("def handler(event, context):\n    raise ValueError(event)\n")
"""Whatever happens."""


def reads(queue_: str, function_: str) -> Raw:
    return resource("Lambda::EventSourceMapping", EventSourceArn=arn(queue_), FunctionName=ref(function_), BatchSize=1)


def app(code: str, runtime: str = "python3.13", receives: int = 3, **more: Raw) -> dict[str, Raw]:
    return {
        "Role": role(["sqs:SendMessage", "events:PutEvents", "lambda:InvokeFunction"], "*"),
        "Dead": queue(),
        "A": queue(receives),
        "F": function(code, runtime, A=ref("A"), B=ref("B"), C=ref("C"), BUS=ref("Bus"), G=ref("G")),
        "FromA": reads("A", "F"),
        "B": queue(2),
        "C": queue(5),
        "Bus": resource("Events::EventBus", Name="bus"),
        "G": RAISES,
        "FromB": reads("B", "G"),
        **more,
    }


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        pytest.param("    for n in range(3):\n        send()", 3, id="constant loop"),
        pytest.param("    for n in range(2):\n        for m in range(4):\n            send()", 8, id="loop in loop"),
        pytest.param("    n = 0\n    while n < 4:\n        send()\n        n += 1", 4, id="while counts"),
        pytest.param("    send()\n    send()", 2, id="two lines"),
        pytest.param("    send(); send(); send()", 3, id="three on a line"),
        pytest.param("    if event['a']:\n        send()\n    else:\n        send()\n        send()", 2, id="the larger branch"),
        pytest.param("    if event['a']:\n        send()\n        return\n    send()\n    send()", 2, id="early return"),
        pytest.param("    if event['a']:\n        send()\n    if event['b']:\n        send()", 2, id="two conditions"),
        pytest.param("    for n in range(9):\n        send()\n        break", 1, id="left in the first lap"),
        pytest.param("    for n in range(9):\n        send()\n        return n", 1, id="returns in the first lap"),
        pytest.param("    for n in range(3):\n        send()\n        if event['a']:\n            break", 3, id="left on a condition"),
        pytest.param("    for q in ['B', 'C']:\n        send(q)", 1, id="a loop over queues"),
        pytest.param("    for q in ['B', 'C', 'B']:\n        send(q)", 2, id="one queue twice among them"),
        pytest.param("    for q in ('B', 'C'):\n        for n in range(3):\n            send(q)", 3, id="each of them thrice"),
        pytest.param("    for n, q in enumerate(['B', 'C', 'B']):\n        send(q)", 2, id="enumerated"),
        pytest.param("    for q, times in {'B': 1, 'C': 2}.items():\n        send(q)", 1, id="keys of a record"),
        pytest.param("    [send(q) for q in ('B', 'B', 'C')]", 2, id="a comprehension"),
        pytest.param("    list(map(send, ['B', 'C', 'B']))", 2, id="map"),
        pytest.param("    for n in range(3):\n        if n:\n            send()\n        else:\n            send('C')", 2, id="all laps but the first"),
        pytest.param("    for record in event['Records']:\n        send()", 1, id="one for each record"),
        pytest.param("    for record in event['Records']:\n        for n in range(3):\n            send()", 3, id="three for each record"),
        pytest.param("    for n in range(3):\n        try:\n            send()\n            break\n        except Exception:\n            pass", 1, id="tries are no copies"),
        pytest.param("    for n in range(3):\n        try:\n            send()\n        except Exception:\n            print(n)", 3, id="copies are no tries"),
        pytest.param("    sqs.send_message_batch(QueueUrl=os.environ['B'], Entries=[{'Id': '1'}, {'Id': '2'}])", 2, id="a batch of two"),
        pytest.param("    sqs.send_message_batch(QueueUrl=os.environ['B'], Entries=[{'Id': str(n)} for n in range(7)])", 7, id="a batch that is made"),
        pytest.param("    batch = []\n    for n in range(2):\n        batch.append({'Id': 'a'})\n        batch.append({'Id': 'b'})\n    sqs.send_message_batch(QueueUrl=os.environ['B'], Entries=batch)", 4, id="a batch that grows"),
        pytest.param("    batch = []\n    for record in event['Records']:\n        batch.append({'Id': record['messageId']})\n    sqs.send_message_batch(QueueUrl=os.environ['B'], Entries=batch)", 1, id="a batch of what came"),
        pytest.param("    failed = []\n    for record in event['Records']:\n        try:\n            print(record['body'])\n        except Exception:\n            failed.append(record)\n    for record in failed:\n        send()", 1, id="one for each that failed"),
        pytest.param("    match event['kind']:\n        case 'a':\n            send()\n        case 'b':\n            send(); send()\n        case _:\n            pass", 2, id="a match"),
        pytest.param("    work = send if event['a'] else send\n    work()", 1, id="one of two functions"),
    ],
)  # fmt: skip
def test_messages_of_one_run_in_python(wire: Wire, body: str, sent: int) -> None:
    found = attempts(wire, app(f"{PYTHON}def handler(event, context):\n{body}\n"), "G")
    assert found == (2 * sent,) * 4


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        pytest.param("for (let n = 0; n < 3; n++) { await send(); }", 3, id="constant loop"),
        pytest.param("await send(); await send(); await send();", 3, id="three on a line"),
        pytest.param("if (event.a) { await send(); } else { await send(); await send(); }", 2, id="the larger branch"),
        pytest.param("if (event.a) { await send(); return; } await send(); await send();", 2, id="early return"),
        pytest.param("for (const q of ['B', 'C', 'B']) { await send(q); }", 2, id="a loop over queues"),
        pytest.param("await Promise.all(['B', 'C'].map((q) => send(q)));", 1, id="beside each other"),
        pytest.param("await Promise.all(Array.from({length: 4}, () => send()));", 4, id="as many as a length"),
        pytest.param("['B', 'B'].forEach(async (q) => { await send(q); });", 2, id="forEach"),
        pytest.param("await Promise.all(event.Records.map(async (record) => { await send(); }));", 1, id="one for each record"),
        pytest.param("switch (event.kind) { case 'a': await send(); break; case 'b': await send(); await send(); break; }", 2, id="a switch"),
        pytest.param("switch (event.kind) { case 'a': await send(); case 'b': await send(); break; }", 2, id="a case that falls through"),
        pytest.param("await sqs.send(new SendMessageBatchCommand({QueueUrl: process.env.B, Entries: [1, 2, 3].map((n) => ({Id: String(n)}))}));", 3, id="a batch"),
        pytest.param("const sent = event.a ? await send() : await send();", 1, id="either"),
        pytest.param("for (const n of [1, 2, 3]) { try { await send(); return; } catch (error) { continue; } }", 1, id="tries are no copies"),
    ],
)  # fmt: skip
def test_messages_of_one_run_in_javascript(wire: Wire, body: str, sent: int) -> None:
    code = f"{NODE}exports.handler = async (event) => {{\n{body}\n}};\n"
    assert attempts(wire, app(code, "nodejs22.x"), "G") == (2 * sent,) * 4


@pytest.mark.parametrize(
    "body",
    [
        "    for item in event['items']:\n        send()",
        "    for record in event['Records']:\n        for item in json.loads(record['body'])['items']:\n            send()",
        "    while event['more']:\n        send()",
        "    sqs.send_message_batch(QueueUrl=os.environ['B'], Entries=json.loads(event['entries']))",
        "    for item in event['items']:\n        for n in range(1):\n            send()",
    ],
)
def test_what_the_code_does_not_tell_is_counted_for_each(wire: Wire, body: str) -> None:
    found = analysed(wire, app(f"{PYTHON}def handler(event, context):\n{body}\n"))
    assert found.attempts.of("app/G", ERROR).max == 2
    assert [hop.for_each for hop in found.flow.into("app/B")] == [True]


def test_what_is_told_counts_beside_what_is_not(wire: Wire) -> None:
    """3 messages, and one for each item: (3 + 1) x 2."""
    found = analysed(
        wire,
        app(
            f"{PYTHON}def handler(event, context):\n    for n in range(3):\n        send()\n    for item in event['items']:\n        send()\n"
        ),
    )
    assert found.attempts.of("app/G", ERROR).max == 8
    assert {(hop.copies, hop.for_each) for hop in found.flow.into("app/B")} == {(3, False), (1, True)}


def test_copies_leave_the_sender_alone(wire: Wire) -> None:
    """A delivers 3 times: F runs 3 times if it fails, and sends 3 each time before, at worst."""
    found = analysed(wire, app(f"{PYTHON}def handler(event, context):\n    for n in range(3):\n        send()\n"))
    assert found.attempts.of("app/F", ERROR).max == 3
    assert {each.site: each.runs.max for each in found.collateral("app/F", ERROR)} == {"app/G": 9}
    [path] = found.figure("app/G", ERROR).paths
    assert [(one.copies, one.tries.total) for one in path.multiplying] == [(3, 1), (1, 2)]
    assert [one.tries.total for one in path.layers] == [2]


ANSWERED = "lam.invoke(FunctionName=os.environ['G'])"


@pytest.mark.parametrize(
    ("body", "right"),
    [
        pytest.param(
            f"    for n in range(3):\n        answer = {ANSWERED}\n        if 'FunctionError' in answer:\n            raise RuntimeError(n)",
            (4, 4, 4, 4),
            id="the first failure raises",
        ),
        pytest.param(
            f"    for n in range(3):\n        try:\n            answer = {ANSWERED}\n            if 'FunctionError' in answer:\n                raise RuntimeError(n)\n        except Exception as error:\n            print(error)",
            (3, 3, 3, 3),
            id="caught, and goes on",
        ),
        pytest.param(
            f"    for n in range(3):\n        {ANSWERED}",
            (3, 3, 4, 4),  # the answer is not looked at; the call itself raises where it is refused or not answered
            id="unheeded",
        ),
        pytest.param(
            f"    for n in range(2):\n        try:\n            {ANSWERED}\n        except Exception as error:\n            print(error)\n    answer = {ANSWERED}\n    if 'FunctionError' in answer:\n        raise RuntimeError()",
            (12, 12, 12, 12),  # 4 receives, each with 2 that are caught and one that is not
            id="two are caught, the third raises",
        ),
    ],
)  # fmt: skip
def test_calls_that_are_awaited_in_a_loop(wire: Wire, body: str, right: tuple[int, ...]) -> None:
    """For error, timeout, fault and throttle; A delivers 4 times."""
    resources = app(f"{PYTHON}def handler(event, context):\n{body}\n", receives=4)
    del resources["FromB"]
    assert attempts(wire, resources, "G") == right


def test_what_stands_behind_an_awaited_call_counts_every_one(wire: Wire) -> None:
    """F waits for G three times, G sends to B each time, H reads B twice: 6; and 1 x 4 if G fails."""
    call = f"    for n in range(3):\n        answer = {ANSWERED}\n        if 'FunctionError' in answer:\n            raise RuntimeError(n)"
    resources = app(f"{PYTHON}def handler(event, context):\n{call}\n", receives=4)
    resources["G"] = function(f"{PYTHON}def handler(event, context):\n    send()\n", B=ref("B"))
    resources["H"] = RAISES
    resources["FromB"] = reads("B", "H")
    assert attempts(wire, resources, "H")[0] == 6
    assert attempts(wire, resources, "G")[0] == 4


def rule(target: str, *kinds: str) -> Raw:
    return resource(
        "Events::Rule",
        EventBusName=ref("Bus"),
        EventPattern={"detail-type": list(kinds)},
        Targets=[{"Id": "t", "Arn": arn(target)}],
    )


PUT = "events.put_events(Entries=[{{'Source': 'shop', 'DetailType': '{}', 'Detail': '{{}}', 'EventBusName': os.environ['BUS']}}])"
BOTH = "events.put_events(Entries=[{'Source': 'shop', 'DetailType': kind, 'Detail': '{}', 'EventBusName': os.environ['BUS']} for kind in ('Placed', 'Cancelled')])"


@pytest.mark.parametrize(
    "body",
    [
        f"    {PUT.format('Placed')}\n    {PUT.format('Cancelled')}",
        f"    {BOTH}",
        "    for kind in ('Placed', 'Cancelled'):\n        put(kind)\ndef put(kind):\n    "
        + PUT.format("@").replace("'@'", "kind"),
    ],
)
def test_events_of_several_kinds_are_each_their_own(wire: Wire, body: str) -> None:
    """A rule for one kind lets one of two events through, one for both both."""
    code = f"{PYTHON}def handler(event, context):\n{body}\n"
    one = app(code, Rule=rule("B", "Placed"))
    other = app(code, Rule=rule("B", "Cancelled"))
    both = app(code, Rule=rule("B", "Placed", "Cancelled"))
    neither = app(code, Rule=rule("B", "Shipped"))
    assert [attempts(wire, each, "G")[0] for each in (one, other, both)] == [2, 2, 4]
    assert analysed(wire, neither).flow.ruled_out


def gains(found: Analysis) -> tuple[list[int | None], list[int | None]]:
    [loop] = found.loops
    classes = (ERROR, TIMEOUT, FAULT, THROTTLE)
    return [loop.gain[each].max for each in classes], [loop.gain_min[each].max for each in classes]


def test_three_back_into_its_own_queue(wire: Wire) -> None:
    """Every run sends three back: 3 if nothing fails, and in each of 2 receives at worst, if it fails behind them; one
    that is throttled did not run.
    """
    code = f"{PYTHON}def handler(event, context):\n    for n in range(3):\n        send('A')\n"
    gain, least = gains(analysed(wire, app(code, receives=2)))
    assert gain == [6, 6, 6, 3]
    assert least == [3, 3, 3, 3]


def test_three_back_instead_of_failing(wire: Wire) -> None:
    """What fails is caught, sent back three times, and the run ends well: 3 on an error."""
    code = f"{PYTHON}def handler(event, context):\n    try:\n        json.loads(event['Records'][0]['body'])\n    except Exception:\n        for n in range(3):\n            send('A')\n"
    gain, least = gains(analysed(wire, app(code, receives=4)))
    assert (gain[0], least[0]) == (3, 3)


def test_one_back_in_either_branch(wire: Wire) -> None:
    code = f"{PYTHON}def handler(event, context):\n    try:\n        json.loads(event['Records'][0]['body'])\n    except Exception:\n        if event['a']:\n            send('A')\n        else:\n            send('A')\n"
    gain, _ = gains(analysed(wire, app(code, receives=4)))
    assert gain[0] == 1


def test_back_by_two_queues(wire: Wire) -> None:
    """Two to A, one to C that F reads as well: events grow with the largest eigenvalue of [[2, 1], [2, 1]], 3."""
    code = f"{PYTHON}def handler(event, context):\n    try:\n        json.loads(event['Records'][0]['body'])\n    except Exception:\n        send('A')\n        send('A')\n        send('C')\n"
    found = analysed(wire, app(code, receives=4, FromC=reads("C", "F")))
    assert {loop.start: loop.gain[ERROR].max for loop in found.loops} == {"app/A": 3, "app/C": 3}


ASK = "r = lam.invoke(FunctionName=os.environ['G'])"
BY_ANSWER = {
    # The answer says that it failed, and the next lap asks again: 3 in each of 3 runs.
    f"    n = 0\n    while n < 3:\n        {ASK}\n        if not r.get('FunctionError'):\n            return\n        n += 1\n    raise ValueError()\n": 9,
    f"    for n in range(3):\n        {ASK}\n        if 'FunctionError' not in r:\n            return\n    raise ValueError()\n": 9,
    # The first answer that says so ends the run.
    f"    for n in range(3):\n        {ASK}\n        if 'FunctionError' in r:\n            raise ValueError()\n": 3,
    # What raises stands before the call, and is about the event: each failed answer brings the next lap.
    f"    for n in range(3):\n        if not event:\n            raise ValueError()\n        {ASK}\n        if r.get('FunctionError'):\n            continue\n        return\n    raise ValueError()\n": 9,
    # Nobody looks at the answers: the run goes well, 3 calls.
    f"    for n in range(3):\n        {ASK}\n": 3,
}


@pytest.mark.parametrize("body", BY_ANSWER)
def test_a_loop_that_looks_at_answers_asks_again(wire: Wire, body: str) -> None:
    resources = app(f"{PYTHON}def handler(event, context):\n{body}", G=RAISES)
    assert attempts(wire, resources, "G")[0] == BY_ANSWER[body]


def test_a_function_that_calls_itself_after_a_failure_tries_again_without_a_limit(wire: Wire) -> None:
    code = f"{PYTHON}def ask(n):\n    try:\n        {ASK}\n        if 'FunctionError' in r:\n            raise ValueError()\n    except Exception:\n        if n <= 1:\n            raise\n        ask(n - 1)\ndef handler(event, context):\n    ask(4)\n"
    found = analysed(wire, app(code, G=RAISES))
    assert any("again" in gap.why and "without a constant limit" in gap.why for gap in found.flow.unknown)


OPEN = {
    f"    while True:\n        {ASK}\n        if r.get('FunctionError'):\n            continue\n        return r\n": True,
    f"    done = False\n    while not done:\n        {ASK}\n        done = 'FunctionError' not in r\n": True,
    f"    {ASK}\n    if r.get('FunctionError'):\n        return handler(event, context)\n    return r\n": True,
    # The first answer that says so ends the run, a constant limits the laps, or nobody looks at the answer.
    f"    while event.pop('more'):\n        {ASK}\n        if 'FunctionError' in r:\n            raise ValueError()\n": False,
    f"    n = 0\n    while n < 5:\n        {ASK}\n        if 'FunctionError' not in r:\n            break\n        n += 1\n": False,
    f"    for each in event['items']:\n        {ASK}\n        if 'FunctionError' in r:\n            print(r)\n": False,
    f"    while event.pop('more'):\n        {ASK}\n": False,
}


@pytest.mark.parametrize("body", OPEN)
def test_asking_again_while_an_answer_says_that_it_failed_is_a_gap_without_a_limit(wire: Wire, body: str) -> None:
    found = analysed(wire, app(f"{PYTHON}def handler(event, context):\n{body}", G=RAISES)).flow.unknown
    assert any("again" in gap.why and "without a constant limit" in gap.why for gap in found) is OPEN[body]
