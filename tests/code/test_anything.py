# ruff: noqa: E501 -- programs as text
"""Whatever stands in a module, reading it ends, soon, with an account or a gap."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.code import Account, UnreadCode
from seawall.code.read import BROKEN

from .reading import told

PYTHON = (
    "import os, json, boto3\nfrom lib import *\nsqs = boto3.client('sqs')\nclass A(B):\n    x = os.environ['Q']\n"
    "    def __init__(self, a=1, *b, c=2, **d):\n        self.a = a\ndef handler(event, context):\n"
    "    for r in event['Records']:\n        try:\n            sqs.send_message(QueueUrl=A().x, **r)\n"
    "        except (KeyError, ValueError) as e:\n            raise RuntimeError from e\n        finally:\n            pass\n"
    "    while True:\n        if (n := event.get('n', 0) + 1) > 3: break\n    return {**event, 'a': [x for x in range(3) if x]}\n"
)
JAVASCRIPT = (
    "const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');\nimport x from './y';\n"
    "class A extends B { #p = 1; constructor({ a = 1, ...r }, [b]) { super(a); this.b = b; } get v() { return 1; } }\n"
    "export const handler = async (event, context, callback) => {\n  for (const r of event.Records) {\n"
    "    try { await c.send(new SendMessageCommand({ ...r, QueueUrl: process.env.Q })); } catch { throw e; } finally { }\n"
    "  }\n  await Promise.all(event.map((x) => f(x).catch((e) => g(e))));\n  switch (a) { case 1: b(); default: c(); }\n"
    "  do { i++ } while (i < 3); return `${a}${b?.c ?? d}`;\n};\n"
)
RUNTIMES = [("python3.13", PYTHON), ("nodejs22.x", JAVASCRIPT)]


@st.composite
def mutated(draw: st.DrawFn, text: str) -> str:
    """A program with parts cut out, doubled, moved or replaced."""
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 60)))
        piece = draw(
            st.sampled_from(("", text[start:end] * 2, "(", "}", "\n    ", "...", "`", "'", "await ", "lambda: ", "\0"))
        )
        text = text[:start] + piece + text[end:]
    return text


@pytest.mark.parametrize(("runtime", "text"), RUNTIMES)
def test_any_change_of_a_program_is_read_or_a_gap(runtime: str, text: str) -> None:
    @settings(max_examples=120, deadline=None, database=None)
    @given(mutated(text))
    def read(changed: str) -> None:
        found = told(changed, runtime=runtime)
        assert isinstance(found, Account) or BROKEN not in found.why

    read()


@pytest.mark.parametrize(
    ("runtime", "text"),
    [
        ("python3.13", "def handler(e, c):\n    x = " + "+".join(["e"] * 5_000)),
        ("python3.13", "def handler(e, c):\n    " + "f(" * 2_000 + ")" * 2_000),
        (
            "python3.13",
            "".join(f"def f{n}(x):\n    f{n + 1}(x); f{n + 1}(x)\n" for n in range(30))
            + "def handler(e, c):\n    f0(e)\n",
        ),
        ("python3.13", "def handler(e, c):\n    handler(e, c)\n    return handler\n"),
        ("python3.13", "import app\ndef handler(e, c):\n    app.handler(e, c)\n"),
        ("nodejs22.x", "exports.handler = async (e) => { " + "a," * 20_000 + "b };"),
        ("nodejs22.x", "exports.handler = async (e) => { x = " + "'a'+" * 20_000 + "'b' };"),
        ("nodejs22.x", "exports.handler = async (e) => { " + "(" * 3_000 + ")" * 3_000 + " };"),
        ("nodejs22.x", "exports.handler = async (e) => { x" + ".a()" * 3_000 + " };"),
        ("nodejs22.x", "var a = " * 1_000 + "1; exports.handler = async (e) => {};"),
    ],
)
def test_large_and_deep_programs_end_soon(runtime: str, text: str) -> None:
    start = time.process_time()
    found = told(text, runtime=runtime)
    assert isinstance(found, Account) or (isinstance(found, UnreadCode) and BROKEN not in found.why)
    assert time.process_time() - start < 60, "seconds, with much to spare for a slow machine"
