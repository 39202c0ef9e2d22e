# ruff: noqa: E501 -- programs as text
"""Branches of code that send to different places which lead to one site: one event takes one of them.

A (3 receives) -> F -> B (2 receives), C (5) or D (7), which X reads.
"""

from __future__ import annotations

import pytest

from seawall.graph import FailureClass

from .conftest import Wire
from .figures import analysed, attempts
from .programs import NODE, PYTHON, app
from .test_code_reading_copies import rule

ERROR = FailureClass.ERROR


@pytest.mark.parametrize(
    ("code", "wires", "runs"),
    [
        pytest.param("def handler(event, context):\n    if event['kind'] == 'a':\n        send('B')\n    else:\n        send('C')", 'B>X C>X', 5, id='if/else'),
        pytest.param("def handler(event, context):\n    if event['kind'] == 'a':\n        send('B')\n    elif event['kind'] == 'b':\n        send('C')\n    else:\n        send('D')", 'B>X C>X D>X', 7, id='elif'),
        pytest.param("def handler(event, context):\n    send('B' if event['kind'] == 'a' else 'D')", 'B>X C>X D>X', 7, id='ternary'),
        pytest.param("def handler(event, context):\n    url = os.environ['B'] if event['kind'] == 'a' else os.environ['D']\n    sqs.send_message(QueueUrl=url, MessageBody='x')", 'B>X C>X D>X', 7, id='ternary of urls'),
        pytest.param("def handler(event, context):\n    match event['kind']:\n        case 'a':\n            send('B')\n        case 'b':\n            send('C')\n        case _:\n            send('D')", 'B>X C>X D>X', 7, id='match'),
        pytest.param("def handler(event, context):\n    if event['kind'] == 'a':\n        send('B')\n        return\n    send('C')", 'B>X C>X', 5, id='early return'),
        pytest.param("def handler(event, context):\n    QUEUES = {'a': os.environ['B'], 'b': os.environ['C'], 'c': os.environ['D']}\n    sqs.send_message(QueueUrl=QUEUES[event['kind']], MessageBody='x')", 'B>X C>X D>X', 7, id='dict lookup'),
        pytest.param("def handler(event, context):\n    QUEUES = {'a': os.environ['B'], 'b': os.environ['C']}\n    sqs.send_message(QueueUrl=QUEUES.get(event['kind'], os.environ['D']), MessageBody='x')", 'B>X C>X D>X', 7, id='dict get with default'),
        pytest.param("def handler(event, context):\n    if event.get('a'):\n        send('B')\n    if event.get('b'):\n        send('C')", 'B>X C>X', 7, id='two ifs'),
        pytest.param("def handler(event, context):\n    if event.get('a'):\n        send('B')\n    else:\n        send('C')\n    send('D')", 'B>X C>X D>X', 12, id='if twice the same test'),
        pytest.param("def handler(event, context):\n    if event.get('a'):\n        send('B')\n        if event.get('x'):\n            send('B')\n        else:\n            send('C')\n    else:\n        send('D')", 'B>X C>X D>X', 7, id='nested'),
        pytest.param("def handler(event, context):\n    if event.get('a'):\n        send('B')\n        if event.get('x'):\n            send('B')\n        else:\n            send('D')\n    else:\n        send('C')\n        send('C')", 'B>X C>X D>X', 10, id='nested sum'),
        pytest.param("def handler(event, context):\n    for record in event['Records']:\n        if record['body'] == 'a':\n            send('B')\n        else:\n            send('C')", 'B>X C>X', 5, id='records loop, each record one branch'),
        pytest.param("def handler(event, context):\n    for n in range(2):\n        if n == 0:\n            send('B')\n        else:\n            send('C')", 'B>X C>X', 7, id='condition on the lap'),
        pytest.param("def handler(event, context):\n    for n in range(3):\n        if event['a']:\n            send('B')\n        else:\n            send('C')", 'B>X C>X', 15, id='constant loop, data condition of event'),
        pytest.param("def handler(event, context):\n    for item in event['items']:\n        if item['a']:\n            send('B')\n        else:\n            send('C')", 'B>X C>X', 5, id='loop over items, each item its own'),
        pytest.param("def handler(event, context):\n    try:\n        json.loads(event['x'])\n        send('B')\n    except ValueError:\n        send('C')", 'B>X C>X', 2, id='try/except else'),
        pytest.param("def a(): send('B')\ndef b(): send('C')\ndef handler(event, context):\n    {'a': a, 'b': b}[event['kind']]()", 'B>X C>X', 5, id='dispatch on functions'),
        pytest.param("def handler(event, context):\n    for q in ('B', 'C'):\n        send(q)", 'B>X C>X', 7, id='loop in branch with other'),
        pytest.param("def handler(event, context):\n    for q in ('B', 'C'):\n        if event.get(q):\n            send(q)\n        else:\n            send('D')", 'B>X C>X D>X', 14, id='loop in loop'),
        pytest.param("def handler(event, context):\n    url = os.environ['B'] if event['kind'] == 'a' else os.environ['C']\n    sqs.send_message(QueueUrl=url, MessageBody='x')\n    sqs.send_message(QueueUrl=url, MessageBody='y')", 'B>X C>X', 10, id='env ternary with one target twice'),
        pytest.param("def handler(event, context):\n    if event.get('a'):\n        send('B')\n        return\n    if event.get('b'):\n        send('C')\n        return\n    send('D')", 'B>X C>X D>X', 7, id='three way early returns'),
        pytest.param("def handler(event, context):\n    if event.get('a'):\n        send('B')\n        send('C')\n    else:\n        send('D')", 'B>X C>X D>X', 7, id='and then both in batch of one call'),
        pytest.param("def handler(event, context):\n    while True:\n        if event.get('a'):\n            send('B')\n            break\n        send('C')\n        break", 'B>X C>X', 5, id='class dispatch / while'),
    ],
)  # fmt: skip
def test_branches_in_python(wire: Wire, code: str, wires: str, runs: int) -> None:
    assert attempts(wire, app(PYTHON + code, "python3.13", wires), "X") == (runs,) * 4


@pytest.mark.parametrize(
    ("code", "wires", "runs"),
    [
        pytest.param("switch (event.kind) { case 'a': await send('B'); break; case 'b': await send('C'); break; default: await send('D'); }", 'B>X C>X D>X', 7, id='js switch'),
        pytest.param("await send(event.a ? 'B' : 'D');", 'B>X C>X D>X', 7, id='js ternary'),
        pytest.param("const Q = {a: process.env.B, b: process.env.C, c: process.env.D};\nawait sqs.send(new SendMessageCommand({QueueUrl: Q[event.kind], MessageBody: 'x'}));", 'B>X C>X', 5, id='js record lookup'),
        pytest.param("switch (event.kind) { case 'a': await send('B'); case 'b': await send('C'); break; default: await send('D'); }", 'B>X C>X D>X', 7, id='js switch fall through'),
        pytest.param("if (event.a) { await send('B'); } else { await send('C'); }", 'B>X C>X', 5, id='js if else'),
    ],
)  # fmt: skip
def test_branches_in_javascript(wire: Wire, code: str, wires: str, runs: int) -> None:
    program = f"{NODE}exports.handler = async (event) => {{\n{code}\n}};\n"
    assert attempts(wire, app(program, "nodejs22.x", wires), "X") == (runs,) * 4


PUT = "events.put_events(Entries=[{{'Source': 'shop', 'DetailType': {}, 'Detail': '{{}}', 'EventBusName': os.environ['BUS']}}])"
KINDS = {
    f"    if event['a']:\n        {PUT.format(repr('Placed'))}\n    else:\n        {PUT.format(repr('Cancelled'))}\n": 5,
    f"    {PUT.format(repr('Placed') + ' if event[0] else ' + repr('Cancelled'))}\n": 5,
    f"    {PUT.format(repr('Placed'))}\n    {PUT.format(repr('Cancelled'))}\n": 7,
}


@pytest.mark.parametrize("body", KINDS)
def test_kinds_of_event_by_branch(wire: Wire, body: str) -> None:
    """A rule for each kind, to B and to C: one of both, but where both are sent."""
    code = f"{PYTHON}def handler(event, context):\n{body}"
    rules = {"ToB": rule("B", "Placed"), "ToC": rule("C", "Cancelled")}
    assert attempts(wire, app(code, "python3.13", "B>X C>X", **rules), "X")[0] == KINDS[body]


BY_CHANCE = "    if random.random() < 0.5:\n        r = ask()\n        if 'FunctionError' in r:\n            raise ValueError()\n    else:\n        send('B')\n"
BY_COUNT = BY_CHANCE.replace(
    "random.random() < 0.5", "int(event['Records'][0]['attributes']['ApproximateReceiveCount']) < 3"
)
BY_EVENT = BY_CHANCE.replace("random.random() < 0.5", "event['Records'][0]['body'] == 'x'")


@pytest.mark.parametrize(("body", "exact", "told"), [(BY_CHANCE, 4, 9), (BY_COUNT, 4, 9), (BY_EVENT, 3, 3)])
def test_runs_that_choose_anew_may_mix_a_branch_that_fails_with_another(
    wire: Wire, body: str, exact: int, told: int
) -> None:
    """Two runs that wait for G, which fails, and a third that sends to B (2 receives), which leads to G: 4, told as at
    most. Where the event decides, every run waits, or none: 3.
    """
    found = analysed(wire, app(f"{PYTHON}def handler(event, context):\n{body}", "python3.13", "B>G"))
    assert found.attempts.of("app/G", ERROR).max == told >= exact
    assert found.attempts.exact("app/G", ERROR) is (told == exact)


def gains(wire: Wire, body: str) -> dict[str, int | None]:
    found = analysed(wire, app(f"{PYTHON}def handler(event, context):\n{body}", "python3.13", "C>F"))
    return {loop.start: loop.gain[ERROR].max for loop in found.loops}


def test_an_event_that_goes_back_by_one_of_two_queues(wire: Wire) -> None:
    """F fails behind what it sends: C delivers 5 times, and each run sends one back; together with A, 3 more."""
    one = "    if event.get('a'):\n        send('A')\n    else:\n        send('C')\n"
    assert gains(wire, one) == {"app/A": 5, "app/C": 5}
    assert gains(wire, "    send('A')\n    send('C')\n") == {"app/A": 8, "app/C": 8}
