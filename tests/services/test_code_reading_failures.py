# ruff: noqa: E501 -- programs as text
"""Code in which a call fails: whose failure it is, what becomes of the run, and how often the loops around go on.

Everywhere A (3 receives) -> F, which waits for G and H; where it is said, B (2 receives) leads to one of them or to X.
An error or a timeout of what F waits for stands in the answer; a fault or a throttle is raised by the call itself.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from seawall.graph import FailureClass

from .conftest import Wire, hop, ref
from .figures import Figures, analysed, attempts
from .programs import NODE, PYTHON, app
from .test_code_reading_copies import function, reads


def figures(wire: Wire, code: str, runtime: str, wires: str, sites: Mapping[str, Figures]) -> dict[str, Figures]:
    resources = app(code, runtime, wires)
    return {site: attempts(wire, resources, site) for site in sites}


@pytest.mark.parametrize(
    ("code", "wires", "right"),
    [
        pytest.param(
            "def handler(event, context):\n    for i in range(5):\n        r = ask()\n        if 'FunctionError' in r:\n            print(r)\n        if not event.get('ok'):\n            raise ValueError('x')",
            '',
            {'G': (5, 5, 3, 3)},
            id='unrelated raise below',
        ),
        pytest.param(
            "def handler(event, context):\n    for i in range(5):\n        r = ask()\n        if 'FunctionError' in r:\n            raise RuntimeError(r)",
            '',
            {'G': (3, 3, 3, 3)},
            id='related raise',
        ),
        pytest.param(
            "def handler(event, context):\n    for i in range(5):\n        r = ask()\n        if not event.get('ok'):\n            raise ValueError('x')\n        if 'FunctionError' in r:\n            raise RuntimeError(r)",
            '',
            {'G': (3, 3, 3, 3)},
            id='unrelated then related',
        ),
        pytest.param(
            "def handler(event, context):\n    for i in range(5):\n        r = ask()\n        if r.get('FunctionError'):\n            continue\n        if not event.get('ok'):\n            raise ValueError('x')\n        return r",
            '',
            {'G': (5, 5, 3, 3)},
            id='continue else return, unrelated below',
        ),
        pytest.param(
            "def handler(event, context):\n    for i in range(5):\n        r = ask()\n        if r.get('FunctionError'):\n            continue\n        if not event.get('ok'):\n            raise ValueError('x')\n        return r\n    raise RuntimeError('gave up')",
            '',
            {'G': (15, 15, 3, 3)},
            id='continue else return then raise at end',
        ),
        pytest.param(
            "def handler(event, context):\n    for i in range(5):\n        r = ask()\n        if 'FunctionError' in r:\n            return 'failed'",
            '',
            {'G': (1, 1, 3, 3)},
            id='return on failure',
        ),
        pytest.param(
            "def handler(event, context):\n    for i in range(5):\n        r = ask()\n        if 'FunctionError' in r:\n            break",
            '',
            {'G': (1, 1, 3, 3)},
            id='break on failure',
        ),
        pytest.param(
            "def handler(event, context):\n    for i in range(5):\n        r = ask()\n        if 'FunctionError' in r:\n            break\n    for i in range(5):\n        r = ask()\n        if 'FunctionError' in r:\n            break",
            '',
            {'G': (2, 2, 3, 3)},
            id='break on failure twice',
        ),
        pytest.param(
            "def check(r):\n    if r.get('FunctionError'):\n        raise RuntimeError(r)\ndef handler(event, context):\n    for i in range(5):\n        r = ask()\n        check(r)\n        if not event.get('ok'):\n            raise ValueError('x')",
            '',
            {'G': (3, 3, 3, 3)},
            id='helper check',
        ),
        pytest.param(
            "def handler(event, context):\n    for i in range(2):\n        for j in range(4):\n            r = ask()\n            if 'FunctionError' in r:\n                break",
            '',
            {'G': (2, 2, 3, 3)},
            id='nested laps, inner break',
        ),
        pytest.param(
            "def handler(event, context):\n    for i in range(5):\n        try:\n            r = ask()\n            if 'FunctionError' in r:\n                raise RuntimeError(r)\n        except Exception as e:\n            print(e)\n        if not event.get('ok'):\n            raise ValueError('x')",
            '',
            {'G': (5, 5, 5, 5)},
            id='try in loop, raise in it is caught',
        ),
        pytest.param(
            "def handler(event, context):\n    for i in range(5):\n        r = ask()\n        if 'FunctionError' in r:\n            print(r)\n        try:\n            raise ValueError('x')\n        except ValueError:\n            pass",
            '',
            {'G': (5, 5, 3, 3)},
            id='raise below in try elsewhere',
        ),
        pytest.param(
            "def handler(event, context):\n    for i in range(5):\n        r = ask()\n        p = json.loads(r['Payload'].read())\n        if p.get('bad'):\n            raise ValueError('x')",
            '',
            {'G': (15, 15, 3, 3)},
            id='payload test may raise: at most',
        ),
        pytest.param(
            "def handler(event, context):\n    for i in range(5):\n        r = ask()\n        p = json.loads(r['Payload'].read())\n        if 'errorMessage' in p:\n            raise ValueError('x')",
            '',
            {'G': (3, 3, 3, 3)},
            id='payload errorMessage',
        ),
        pytest.param(
            "def handler(event, context):\n    for i in range(5):\n        r = ask()\n        assert 'FunctionError' not in r\n        if not event.get('ok'):\n            raise ValueError('x')",
            '',
            {'G': (3, 3, 3, 3)},
            id='assert',
        ),
        pytest.param(
            "def handler(event, context):\n    errors = []\n    for i in range(5):\n        r = ask()\n        if 'FunctionError' in r:\n            errors.append(r)\n    if errors:\n        raise RuntimeError(errors)",
            '',
            {'G': (15, 15, 3, 3)},
            id='collects and raises at end',
        ),
        pytest.param(
            "def handler(event, context):\n    for i in range(5):\n        r = ask()\n        failed = 'FunctionError' in r\n        if failed:\n            raise ValueError('x')\n        if not event.get('ok'):\n            raise ValueError('y')",
            '',
            {'G': (3, 3, 3, 3)},
            id='flag variable',
        ),
        pytest.param(
            "def handler(event, context):\n    for i in range(5):\n        r = ask()\n        if 'FunctionError' not in r:\n            print('ok')\n        else:\n            raise ValueError('x')",
            '',
            {'G': (3, 3, 3, 3)},
            id='else branch',
        ),
        pytest.param(
            "def handler(event, context):\n    for i in range(5):\n        r = ask()\n        if r['StatusCode'] != 200 or r.get('FunctionError'):\n            raise ValueError('x')\n        if not event.get('ok'):\n            raise ValueError('y')",
            '',
            {'G': (3, 3, 3, 3)},
            id='compound or',
        ),
        pytest.param(
            "def validate(event):\n    if not event.get('ok'):\n        raise ValueError('x')\ndef handler(event, context):\n    for i in range(5):\n        r = ask()\n        if 'FunctionError' in r:\n            print(r)\n        validate(event)",
            '',
            {'G': (5, 5, 3, 3)},
            id='raise in callee helper unrelated',
        ),
        pytest.param(
            "def handler(event, context):\n    n = 0\n    while n < 5:\n        r = ask()\n        if 'FunctionError' in r:\n            print(r)\n        if not event.get('ok'):\n            raise ValueError('x')\n        n += 1",
            '',
            {'G': (5, 5, 3, 3)},
            id='while counted with unrelated raise',
        ),
        pytest.param(
            "def handler(event, context):\n    r = ask()\n    if 'FunctionError' in r:\n        print(r)",
            '',
            {'G': (1, 1, 3, 3)},
            id='no loop: looks and prints',
        ),
        pytest.param(
            "def handler(event, context):\n    r = ask()\n    if 'FunctionError' in r:\n        print(r)\n    if not event.get('ok'):\n        raise ValueError('x')",
            '',
            {'G': (1, 1, 3, 3)},
            id='no loop: looks, unrelated raise',
        ),
        pytest.param(
            "def handler(event, context):\n    r = ask()\n    return {'ok': 'FunctionError' not in r}",
            '',
            {'G': (1, 1, 3, 3)},
            id='return status only',
        ),
        pytest.param(
            'def handler(event, context):\n    return ask()',
            '',
            {'G': (1, 1, 3, 3)},
            id='return r',
        ),
        pytest.param(
            "def handler(event, context):\n    for record in event['Records']:\n        r = ask()\n        if 'FunctionError' in r:\n            print(r)\n        if not record.get('ok'):\n            raise ValueError('x')",
            '',
            {'G': (1, 1, 3, 3)},
            id='records loop',
        ),
        pytest.param(
            "def handler(event, context):\n    try:\n        r = ask('G')\n        if 'FunctionError' in r: raise RuntimeError()\n    except Exception as e:\n        print(e)\n    r2 = ask('H')\n    if 'FunctionError' in r2: raise RuntimeError()",
            '',
            {'G': (1, 1, 1, 1), 'H': (3, 3, 3, 3)},
            id='try around G only, H outside',
        ),
        pytest.param(
            "def handler(event, context):\n    try:\n        r = ask('G')\n        if 'FunctionError' in r: raise RuntimeError()\n    except Exception as e:\n        send('B')\n    r2 = ask('H')\n    if 'FunctionError' in r2: raise RuntimeError()",
            'B>G',
            {'G': (3, 3, 3, 3), 'H': (3, 3, 3, 3)},
            id='except sends, swallows; same site behind',
        ),
        pytest.param(
            "def handler(event, context):\n    try:\n        r = ask('G')\n        if 'FunctionError' in r: raise RuntimeError()\n    except Exception as e:\n        send('B')\n    r2 = ask('H')\n    if 'FunctionError' in r2: raise RuntimeError()",
            'B>X',
            {'G': (1, 1, 1, 1), 'H': (3, 3, 3, 3), 'X': (2, 2, 2, 2)},
            id='except sends for G; H outside leads to nothing else: X runs only if G fails',
        ),
        pytest.param(
            "def handler(event, context):\n    try:\n        r = ask('G')\n        if 'FunctionError' in r: raise RuntimeError()\n    except Exception as e:\n        send('B')\n    r2 = ask('H')\n    if 'FunctionError' in r2: raise RuntimeError()",
            'B>H',
            {'G': (1, 1, 1, 1), 'H': (3, 3, 3, 3)},
            id="H reached also by B: H's failure does not take the catch of G",
        ),
        pytest.param(
            "def handler(event, context):\n    try:\n        r = ask('G')\n        if 'FunctionError' in r: raise RuntimeError()\n    except Exception as e:\n        send('B')\n        raise",
            'B>G',
            {'G': (9, 9, 9, 9)},
            id='except sends and raises again',
        ),
        pytest.param(
            "def handler(event, context):\n    try:\n        r = ask('G')\n        if 'FunctionError' in r: raise RuntimeError()\n        r2 = ask('H')\n        if 'FunctionError' in r2: raise RuntimeError()\n    except Exception as e:\n        send('B')",
            'B>G',
            {'G': (3, 3, 3, 3), 'H': (1, 1, 1, 1)},
            id='one try around both',
        ),
        pytest.param(
            "def handler(event, context):\n    try:\n        r = ask('G')\n        if 'FunctionError' in r: raise RuntimeError()\n        r2 = ask('H')\n        if 'FunctionError' in r2: raise RuntimeError()\n    except Exception as e:\n        send('B')",
            'B>H',
            {'G': (1, 1, 1, 1), 'H': (3, 3, 3, 3)},
            id='one try around both, reached H',
        ),
        pytest.param(
            "def handler(event, context):\n    try:\n        try:\n            r = ask('G')\n            if 'FunctionError' in r: raise RuntimeError()\n        except Exception:\n            print('never mind')\n        r2 = ask('H')\n        if 'FunctionError' in r2: raise RuntimeError()\n    except Exception as e:\n        send('B')\n        raise",
            'B>H',
            {'G': (1, 1, 1, 1), 'H': (9, 9, 9, 9)},
            id='nested try: inner swallows G, outer sends for H',
        ),
        pytest.param(
            "def handler(event, context):\n    try:\n        try:\n            r = ask('G')\n            if 'FunctionError' in r: raise RuntimeError()\n        except Exception:\n            print('never mind')\n        r2 = ask('H')\n        if 'FunctionError' in r2: raise RuntimeError()\n    except Exception as e:\n        send('B')\n        raise",
            'B>G',
            {'G': (1, 1, 1, 1), 'H': (3, 3, 3, 3)},
            id='inner swallows G: B never for G',
        ),
        pytest.param(
            "def handler(event, context):\n    try:\n        r = ask('G')\n        if 'FunctionError' in r: raise RuntimeError()\n    finally:\n        send('B')",
            'B>G',
            {'G': (9, 9, 9, 9)},
            id='finally sends',
        ),
        pytest.param(
            "def handler(event, context):\n    class Mine(Exception): pass\n    try:\n        r = ask('G')\n        if 'FunctionError' in r: raise Mine()\n    except Mine:\n        print('x')",
            '',
            {'G': (1, 1, 3, 3)},
            id='specific own exception',
        ),
        pytest.param(
            "def handler(event, context):\n    for record in event['Records']:\n        try:\n            r = ask('G')\n            if 'FunctionError' in r: raise RuntimeError()\n        except Exception as e:\n            print(e)",
            '',
            {'G': (1, 1, 1, 1)},
            id='per-record try swallowed',
        ),
        pytest.param(
            "def handler(event, context):\n    for n in range(3):\n        try:\n            r = ask('G')\n            if 'FunctionError' in r: raise RuntimeError()\n            break\n        except Exception:\n            time.sleep(1)\n    else:\n        raise RuntimeError('gave up')",
            '',
            {'G': (9, 9, 9, 9)},
            id='py retry loop then raise',
        ),
        pytest.param(
            "def handler(event, context):\n    for n in range(3):\n        try:\n            r = ask('G')\n            if 'FunctionError' in r: raise RuntimeError()\n            return\n        except Exception:\n            time.sleep(1)\n    raise RuntimeError('gave up')",
            '',
            {'G': (9, 9, 9, 9)},
            id='py retry loop then raise behind',
        ),
        pytest.param(
            "def handler(event, context):\n    for n in range(3):\n        try:\n            r = ask('G')\n            if 'FunctionError' in r: raise RuntimeError()\n            return\n        except Exception:\n            if n == 2:\n                raise\n            time.sleep(1)",
            '',
            {'G': (9, 9, 9, 9)},
            id='py retry loop, raise on the last',
        ),
        pytest.param(
            "def handler(event, context):\n    for n in range(3):\n        try:\n            r = ask('G')\n            if 'FunctionError' in r: raise RuntimeError()\n            return\n        except Exception:\n            time.sleep(1)\n    send('B')",
            'B>G',
            {'G': (5, 5, 5, 5)},
            id='retry loop, then send to B',
        ),
        pytest.param(
            "def handler(event, context):\n    ok = False\n    for n in range(3):\n        try:\n            r = ask('G')\n            if 'FunctionError' in r: raise RuntimeError()\n            ok = True\n            break\n        except Exception:\n            time.sleep(1)\n    if not ok:\n        raise RuntimeError('gave up')",
            '',
            {'G': (9, 9, 9, 9)},
            id='flag after loop',
        ),
        pytest.param(
            "def handler(event, context):\n    last = None\n    for n in range(3):\n        try:\n            r = ask('G')\n            if 'FunctionError' in r: raise RuntimeError()\n            return r\n        except Exception as e:\n            last = e\n    raise last",
            '',
            {'G': (9, 9, 9, 9)},
            id='last error kept',
        ),
        pytest.param(
            "def handler(event, context):\n    for n in range(3):\n        try:\n            r = ask('G')\n            if event.get('x'):\n                break\n        except Exception:\n            continue\n    send('B')",
            'B>X',
            {'G': (3, 3, 3, 3), 'X': (2, 2, 2, 2)},
            id='break under a condition on success',
        ),
        pytest.param(
            "def work():\n    try:\n        r = ask('G')\n        if 'FunctionError' in r: raise RuntimeError()\n    except Exception:\n        return False\n    return True\ndef handler(event, context):\n    if not work():\n        raise RuntimeError('x')",
            '',
            {'G': (3, 3, 3, 3)},
            id='catch returns a status, caller raises',
        ),
        pytest.param(
            "def handler(event, context):\n    errors = []\n    for name in ('G', 'H'):\n        try:\n            r = ask(name)\n            if 'FunctionError' in r: raise RuntimeError()\n        except Exception as e:\n            errors.append(e)\n    if errors:\n        raise RuntimeError(errors)",
            '',
            {'G': (3, 3, 3, 3), 'H': (3, 3, 3, 3)},
            id='caught, remembered, raised at the end',
        ),
        pytest.param(
            "def handler(event, context):\n    try:\n        r = ask('G')\n        if 'FunctionError' in r: raise RuntimeError()\n    except Exception as e:\n        send('B')\n    send('C')",
            'B>G C>X',
            {'G': (3, 3, 3, 3)},
            id='send on failure of G, swallow; H outside raises: X by H',
        ),
        pytest.param(
            "def handler(event, context):\n    r = ask('G')\n    if 'FunctionError' in r:\n        send('B')",
            'B>G',
            {'G': (3, 3, 3, 3)},
            id='if failed: send',
        ),
        pytest.param(
            "def handler(event, context):\n    r = ask('G')\n    if 'FunctionError' in r:\n        send('B')\n    r2 = ask('H')\n    if 'FunctionError' in r2: raise RuntimeError()",
            'B>H',
            {'H': (3, 3, 3, 3)},
            id='if failed send, H fails: not sent',
        ),
    ],
)  # fmt: skip
def test_failures_in_python(wire: Wire, code: str, wires: str, right: Mapping[str, Figures]) -> None:
    """For error, timeout, fault and throttle."""
    assert figures(wire, PYTHON + code, "python3.13", wires, right) == right


@pytest.mark.parametrize(
    ("code", "wires", "right"),
    [
        pytest.param(
            "for (let i = 0; i < 5; i++) {\n  const r = await ask();\n  if (r.FunctionError) console.log(r);\n  if (!event.ok) throw new Error('x');\n}",
            '',
            {'G': (5, 5, 3, 3)},
            id='js unrelated',
        ),
        pytest.param(
            "for (let i = 0; i < 5; i++) {\n  const r = await ask();\n  if (r.FunctionError) throw new Error('x');\n}",
            '',
            {'G': (3, 3, 3, 3)},
            id='js related',
        ),
        pytest.param(
            "for (let i = 0; i < 5; i++) {\n  const r = await ask();\n  if (r.FunctionError) continue;\n  if (!event.ok) throw new Error('x');\n  return r;\n}\nthrow new Error('gave up');",
            '',
            {'G': (15, 15, 3, 3)},
            id='js continue/return/throw',
        ),
        pytest.param(
            "const a = await ask('G').catch((e) => console.log(e));\nconst b = await ask('H');\nif (b.FunctionError) throw new Error('x');",
            '',
            {'G': (1, 1, 1, 1), 'H': (3, 3, 3, 3)},
            id='js catch on one promise',
        ),
        pytest.param(
            "await Promise.allSettled([ask('G'), ask('H')]);",
            '',
            {'G': (1, 1, 1, 1), 'H': (1, 1, 1, 1)},
            id='js allSettled',
        ),
        pytest.param(
            "await ask('G').catch(async (e) => { await send('B'); });\nconst b = await ask('H');\nif (b.FunctionError) throw new Error('x');",
            'B>G',
            {'G': (1, 1, 3, 3), 'H': (3, 3, 3, 3)},
            id='js catch sends for one promise',
        ),
        pytest.param(
            "await ask('G').catch(async (e) => { await send('B'); });\nconst b = await ask('H');\nif (b.FunctionError) throw new Error('x');",
            'B>H',
            {'G': (1, 1, 1, 1), 'H': (3, 3, 3, 3)},
            id='js catch sends for G, B>H',
        ),
        pytest.param(
            "for (let n = 0; n < 3; n++) {\n  try { const r = await ask('G'); if (r.FunctionError) throw new Error('x'); return r; }\n  catch (e) { console.log(e); }\n}\nthrow new Error('gave up');",
            '',
            {'G': (9, 9, 9, 9)},
            id='js retry loop then throw',
        ),
        pytest.param(
            "let lastError;\nfor (let n = 0; n < 3; n++) {\n  try { const r = await ask('G'); if (r.FunctionError) throw new Error('x'); return r; }\n  catch (e) { lastError = e; }\n}\nthrow lastError;",
            '',
            {'G': (9, 9, 9, 9)},
            id='js lastError',
        ),
    ],
)  # fmt: skip
def test_failures_in_javascript(wire: Wire, code: str, wires: str, right: Mapping[str, Figures]) -> None:
    program = f"{NODE}exports.handler = async (event) => {{\n{code}\n}};\n"
    assert figures(wire, program, "nodejs22.x", wires, right) == right


@pytest.mark.parametrize(
    ("body", "exact"),
    [
        # What says whether it failed goes through the outcome of a helper: 5 in truth.
        ("def once():\n    r = ask()\n    if r.get('FunctionError'):\n        return False\n    return True\ndef handler(event, context):\n    for i in range(5):\n        if once():\n            return\n        if not event.get('ok'):\n            raise ValueError('x')\n", (5, 5)),
        # Strict events fail with the first one, 3 in all; the others make all laps, 5 in one run.
        ("def handler(event, context):\n    for i in range(5):\n        r = ask()\n        if event.get('strict'):\n            if 'FunctionError' in r:\n                raise ValueError('x')\n", (5, 5)),
        # What is asked of the answer is not what tells of a failure: a run may raise in any lap, the last one.
        ("def handler(event, context):\n    for i in range(5):\n        r = ask()\n        p = json.loads(r['Payload'].read())\n        if p.get('bad'):\n            raise ValueError('x')\n", (15, 15)),
    ],
)  # fmt: skip
def test_what_may_be_about_a_failure_is_an_upper_bound_and_says_so(
    wire: Wire, body: str, exact: tuple[int, int]
) -> None:
    """5 laps in each of 3 runs, with what has to be so for it."""
    resources = app(PYTHON + body, "python3.13", "")
    found = attempts(wire, resources, "G")
    assert found == (15, 15, 3, 3)
    assert all(isinstance(one, int) and one >= right for one, right in zip(found, exact, strict=False))
    assert hop(wire(resources), "F", "G").assumption == "the handler raises where the answer says that the work failed"


def test_what_stands_behind_a_loop_that_may_go_on_runs_for_each_lap(wire: Wire) -> None:
    """F asks G in up to 3 laps also where all goes well, G sends to B each time, X reads it twice."""
    body = "    for n in range(3):\n        try:\n            ask()\n            if event.get('x'):\n                break\n        except Exception:\n            continue\n"
    sends = function(f"{PYTHON}def handler(event, context):\n    send('B')\n", B=ref("B"))
    resources = app(f"{PYTHON}def handler(event, context):\n{body}", "python3.13", "B>X", G=sends)
    assert attempts(wire, resources, "X") == (6,) * 4


CAUGHT = "    failed = []\n    for record in event['Records']:\n        try:\n            r = ask()\n            if 'FunctionError' in r:\n                raise ValueError()\n        except Exception:\n            failed.append({'itemIdentifier': record['messageId']})\n    return {'batchItemFailures': failed}\n"
TOLD = "    failed = []\n    for record in event['Records']:\n        r = ask()\n        if 'FunctionError' in r:\n            failed.append({'itemIdentifier': record['messageId']})\n    return {'batchItemFailures': failed}\n"


@pytest.mark.parametrize("body", [CAUGHT, TOLD])
@pytest.mark.parametrize(("takes", "errors"), [(True, 3), (False, 1)])
def test_a_record_that_is_named_as_failed_comes_again(wire: Wire, body: str, takes: bool, errors: int) -> None:
    """Where the mapping takes what the handler names; else nobody sees the failure."""
    mapping = reads("A", "F")
    mapping["Properties"] |= {"BatchSize": 10}
    mapping["Properties"] |= {"FunctionResponseTypes": ["ReportBatchItemFailures"]} if takes else {}
    resources = app(f"{PYTHON}def handler(event, context):\n{body}", "python3.13", "", FromA=mapping)
    assert attempts(wire, resources, "G")[:2] == (errors, errors)


def test_a_loop_over_the_failure_of_what_is_waited_for(wire: Wire) -> None:
    """G fails, whatever the class, F catches it and sends the event back: one for one."""
    body = "    try:\n        r = ask()\n        if 'FunctionError' in r:\n            raise ValueError()\n    except Exception:\n        send('A')\n"
    [loop] = analysed(wire, app(f"{PYTHON}def handler(event, context):\n{body}", "python3.13", "")).loops
    assert [loop.gain[each].max for each in (FailureClass.ERROR, FailureClass.THROTTLE)] == [1, 1]
