# ruff: noqa: E501 -- programs as text
"""Handlers as people write them: retries by loops and libraries, fallbacks, work beside each other, calls in a row.

Everywhere A (3 receives) -> F, which waits for G and H; B (2 receives) and C (5) lead where it is said.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from .conftest import Wire, ref
from .figures import Figures, attempts
from .programs import NODE, PYTHON, app
from .test_code_reading_copies import function, reads
from .test_code_reading_failures import figures


@pytest.mark.parametrize(
    ("code", "wires", "right"),
    [
        pytest.param("def handler(event, context):\n    from botocore.config import Config\n    c = boto3.client('lambda', config=Config(retries={'total_max_attempts': 4}))\n    r = c.invoke(FunctionName=os.environ['G'])\n    if 'FunctionError' in r: raise RuntimeError()", '', {'G': (3, 3, 12, 12)}, id='SDK retries in code'),
        pytest.param("def handler(event, context):\n    for attempt in range(4):\n        try:\n            r = ask('G')\n            if 'FunctionError' in r: raise RuntimeError()\n            break\n        except Exception as e:\n            if attempt == 3:\n                raise\n            time.sleep(2 ** attempt)\n    send('B')", 'B>X', {'G': (12, 12, 12, 12), 'X': (2, 2, 2, 2)}, id='hand-made loop with sleep, sequential send behind'),
        pytest.param("from tenacity import retry, stop_after_attempt\n@retry(stop=stop_after_attempt(3))\ndef work():\n    r = ask('G')\n    if 'FunctionError' in r: raise RuntimeError()\ndef handler(event, context):\n    work()", '', {'G': (9, 9, 9, 9)}, id='tenacity'),
        pytest.param("from tenacity import retry, stop_after_attempt\n@retry(stop=stop_after_attempt(3))\ndef work():\n    return ask('G')\ndef handler(event, context):\n    r = work()\n    if 'FunctionError' in r: raise RuntimeError()", '', {'G': (3, 3, 9, 9)}, id='tenacity around call only, raise outside'),
        pytest.param("import backoff\n@backoff.on_exception(backoff.expo, Exception, max_tries=4)\ndef work():\n    r = ask('G')\n    if 'FunctionError' in r: raise RuntimeError()\ndef handler(event, context):\n    try:\n        work()\n    except Exception as e:\n        print(e)", '', {'G': (4, 4, 4, 4)}, id='backoff swallowed at the end'),
        pytest.param("def handler(event, context):\n    r = ask('G')\n    if 'FunctionError' in r: raise RuntimeError()\n    send('B')", 'B>G', {'G': (3, 3, 3, 3)}, id='sequential: G first, B behind leads to G as well: never both'),
        pytest.param("def handler(event, context):\n    send('B')\n    r = ask('G')\n    if 'FunctionError' in r: raise RuntimeError()", 'B>G', {'G': (9, 9, 9, 9)}, id='send first, then G'),
        pytest.param("def handler(event, context):\n    try:\n        r = ask('G')\n        if 'FunctionError' in r: raise RuntimeError()\n    except Exception as e:\n        print(e)\n    send('B')", 'B>G', {'G': (3, 3, 3, 3)}, id='G swallowed, then B always'),
        pytest.param("from concurrent.futures import ThreadPoolExecutor\ndef handler(event, context):\n    with ThreadPoolExecutor() as pool:\n        futures = [pool.submit(ask, 'G') for n in range(3)]\n        for f in futures:\n            r = f.result()\n            if 'FunctionError' in r: raise RuntimeError()", '', {'G': (9, 9, 9, 9)}, id='threads: executor.submit and result'),
        pytest.param("from concurrent.futures import ThreadPoolExecutor\ndef work(name):\n    r = ask(name)\n    if 'FunctionError' in r: raise RuntimeError()\ndef handler(event, context):\n    with ThreadPoolExecutor() as pool:\n        list(pool.map(work, ['G', 'G', 'H']))", '', {'G': (6, 6, 6, 6), 'H': (3, 3, 3, 3)}, id='pool.map'),
        pytest.param("def handler(event, context):\n    entries = []\n    for record in event['Records']:\n        r = ask('G')\n        if 'FunctionError' in r:\n            continue\n        entries.append({'Id': record['messageId'], 'MessageBody': 'x'})\n    if entries:\n        sqs.send_message_batch(QueueUrl=os.environ['B'], Entries=entries)", 'B>X', {'G': (1, 1, 3, 3), 'X': (2, 2, 2, 2)}, id='loop over records then batch send'),
        pytest.param("def handler(event, context):\n    try:\n        r = ask('G')\n        if 'FunctionError' in r: raise RuntimeError()\n    except Exception:\n        r = ask('H')\n        if 'FunctionError' in r: raise RuntimeError()", '', {'G': (1, 1, 1, 1), 'H': (3, 3, 3, 3)}, id='fallback: G, else H'),
        pytest.param("def handler(event, context):\n    for name in ('G', 'H'):\n        try:\n            r = ask(name)\n            if 'FunctionError' in r: raise RuntimeError()\n            return\n        except Exception as e:\n            print(e)\n    raise RuntimeError('none')", '', {'G': (1, 1, 1, 1), 'H': (3, 3, 3, 3)}, id='fallback over two functions by loop'),
        pytest.param("def handler(event, context):\n    from tenacity import Retrying, stop_after_attempt\n    for attempt in Retrying(stop=stop_after_attempt(3)):\n        with attempt:\n            r = ask('G')\n            if 'FunctionError' in r: raise RuntimeError()", '', {'G': (9, 9, 9, 9)}, id='context manager with retry: for attempt in Retrying'),
        pytest.param("import asyncio\nasync def one(n):\n    r = ask('G')\n    if 'FunctionError' in r: raise RuntimeError()\nasync def main():\n    await asyncio.gather(one(1), one(2))\ndef handler(event, context):\n    asyncio.run(main())", '', {'G': (6, 6, 6, 6)}, id='async gather'),
        pytest.param("def safe(f):\n    def inner(*a, **k):\n        try:\n            return f(*a, **k)\n        except Exception as e:\n            print(e)\n    return inner\n@safe\ndef handler(event, context):\n    r = ask('G')\n    if 'FunctionError' in r: raise RuntimeError()", '', {'G': (1, 1, 1, 1)}, id='decorator of the app that swallows'),
        pytest.param("def again(f):\n    def inner(*a, **k):\n        for n in range(3):\n            try:\n                return f(*a, **k)\n            except Exception as e:\n                last = e\n        raise last\n    return inner\n@again\ndef work():\n    r = ask('G')\n    if 'FunctionError' in r: raise RuntimeError()\ndef handler(event, context):\n    work()", '', {'G': (9, 9, 9, 9)}, id='decorator of the app that tries again'),
        pytest.param("def handler(event, context):\n    r = ask('G')\n    body = json.loads(r['Payload'].read())\n    return {'statusCode': 200 if 'errorMessage' not in body else 500}", '', {'G': (1, 1, 3, 3)}, id='lambda error result returned as value'),
        pytest.param("def handler(event, context):\n    r = ask('G')\n    body = json.loads(r['Payload'].read())\n    if body['statusCode'] != 200:\n        raise RuntimeError()", '', {'G': (3, 3, 3, 3)}, id="status code of the answer's own payload"),
        pytest.param("class Worker:\n    def __init__(self):\n        self.failed = False\n    def work(self, name):\n        try:\n            r = ask(name)\n            if 'FunctionError' in r: raise RuntimeError()\n        except Exception:\n            self.failed = True\ndef handler(event, context):\n    w = Worker()\n    w.work('G')\n    if w.failed:\n        raise RuntimeError('x')", '', {'G': (3, 3, 3, 3)}, id='class with method that notes failures'),
        pytest.param("def handler(event, context):\n    failed = 0\n    for name in ('G', 'H'):\n        r = ask(name)\n        if 'FunctionError' in r:\n            failed += 1\n    if failed:\n        raise RuntimeError('x')", '', {'G': (3, 3, 3, 3), 'H': (3, 3, 3, 3)}, id='counter of failures'),
        pytest.param("def handler(event, context):\n    r = ask('G')\n    if r.get('FunctionError'):\n        send('B')\n        return\n    send('C')", 'B>X C>X', {'X': (5, 5, 5, 5), 'G': (1, 1, 3, 3)}, id='sends to dead queue when told, returns'),
        pytest.param("def handler(event, context):\n    try:\n        r = ask('G')\n        if 'FunctionError' in r: raise RuntimeError()\n    except Exception:\n        send('B')\n        raise\n    send('C')", 'B>G C>G', {'G': (9, 9, 9, 9)}, id='sends to dead queue in except and raise; second consumer'),
        pytest.param("def get():\n    try:\n        r = ask('G')\n        if 'FunctionError' in r: raise RuntimeError()\n        return r\n    except Exception:\n        return None\ndef handler(event, context):\n    r = get()\n    if r is None:\n        raise RuntimeError('none')\n    send('B')", 'B>X', {'G': (3, 3, 3, 3), 'X': (2, 2, 2, 2)}, id='try inside helper with return None, used later'),
        pytest.param("def handler(event, context):\n    try:\n        r = ask('G')\n        if 'FunctionError' in r: raise RuntimeError()\n    finally:\n        return 1", '', {'G': (1, 1, 1, 1)}, id='finally returns: swallows'),
        pytest.param("def handler(event, context):\n    import contextlib\n    with contextlib.suppress(Exception):\n        r = ask('G')\n        if 'FunctionError' in r: raise RuntimeError()\n    send('B')", 'B>G', {'G': (3, 3, 3, 3)}, id='suppress'),
        pytest.param("def handler(event, context):\n    from botocore.exceptions import ClientError\n    try:\n        r = ask('G')\n        if 'FunctionError' in r: raise RuntimeError()\n    except ClientError as e:\n        print(e)", '', {'G': (3, 3, 3, 3)}, id='ClientError only'),
        pytest.param("def handler(event, context):\n    if os.environ.get('MODE') == 'x':\n        send('B')\n    else:\n        send('C')", 'B>X C>X', {'X': (5, 5, 5, 5)}, id='env decides between two queues'),
        pytest.param("def handler(event, context):\n    r = ask('G')\n    if 'FunctionError' in r:\n        send('B')\n    send('C')", 'B>G C>G', {'G': (8, 8, 3, 3)}, id='py fallthrough: told sends, then goes on to C'),
        pytest.param("def handler(event, context):\n    if not event.get('id'):\n        raise ValueError('no id')\n    try:\n        r = ask('G')\n        if 'FunctionError' in r: raise RuntimeError()\n    except Exception as e:\n        print(e)", '', {'G': (1, 1, 1, 1)}, id='validation first'),
        pytest.param("def handler(event, context):\n    bad = False\n    for record in event['Records']:\n        try:\n            r = ask('G')\n            if 'FunctionError' in r: raise RuntimeError()\n        except Exception:\n            bad = True\n    if bad:\n        raise RuntimeError('some failed')", '', {'G': (3, 3, 3, 3)}, id='py loop: for record try raise at end'),
        pytest.param("def handler(event, context):\n    if event['k'] == 'g':\n        r = ask('G')\n    elif event['k'] == 'h':\n        r = ask('H')\n    else:\n        return\n    if 'FunctionError' in r: raise RuntimeError()", '', {'G': (3, 3, 3, 3), 'H': (3, 3, 3, 3)}, id='elif chain to functions waited'),
        pytest.param("from tenacity import retry, stop_after_attempt\n@retry(stop=stop_after_attempt(3), retry_error_callback=lambda s: None)\ndef work():\n    r = ask('G')\n    if 'FunctionError' in r: raise RuntimeError()\ndef handler(event, context):\n    work()", '', {'G': (3, 3, 3, 3)}, id='tenacity reraise False swallowed'),
        pytest.param("def call(name):\n    for n in range(2):\n        try:\n            r = ask(name)\n            if 'FunctionError' in r: raise RuntimeError()\n            return\n        except Exception:\n            pass\n    raise RuntimeError('gave up')\ndef handler(event, context):\n    for name in ('G', 'G', 'H'):\n        call(name)", '', {'G': (6, 6, 6, 6), 'H': (6, 6, 6, 6)}, id='nested function retries within loop over names'),
        pytest.param("def call(name):\n    for n in range(2):\n        try:\n            r = ask(name)\n            if 'FunctionError' in r: raise RuntimeError()\n            return\n        except Exception:\n            pass\n    raise RuntimeError('gave up')\ndef handler(event, context):\n    for name in ('G', 'G', 'H'):\n        try:\n            call(name)\n        except Exception as e:\n            print(e)", '', {'G': (4, 4, 4, 4), 'H': (2, 2, 2, 2)}, id='same but caught outside per name'),
        pytest.param("def handler(event, context):\n    try:\n        r = ask('G')\n        if 'FunctionError' in r: raise RuntimeError()\n    except Exception:\n        r = ask('G')\n        if 'FunctionError' in r: raise RuntimeError()", '', {'G': (6, 6, 6, 6)}, id='two tries in a row of the same function'),
        pytest.param("def handler(event, context):\n    for name in ('G', 'H'):\n        try:\n            r = ask(name)\n            if 'FunctionError' in r: raise RuntimeError()\n        except Exception:\n            send('B')\n            continue\n        send('C')", 'B>G', {'G': (3, 3, 3, 3)}, id='send then raise for all but swallow G'),
        pytest.param("def handler(event, context):\n    try:\n        r = ask('G')\n        if 'FunctionError' in r: raise RuntimeError()\n        return {'statusCode': 200}\n    except Exception:\n        return {'statusCode': 500}", '', {'G': (1, 1, 1, 1)}, id='status answer http only'),
        pytest.param("def handler(event, context):\n    results = []\n    for name in ('G', 'H'):\n        r = ask(name)\n        results.append('FunctionError' in r)\n    if any(results):\n        raise RuntimeError('x')", '', {'G': (3, 3, 3, 3), 'H': (3, 3, 3, 3)}, id='py any(results)'),
        pytest.param("def check(answer, what):\n    if answer.get('FunctionError'):\n        raise RuntimeError(what)\n    return answer\ndef handler(event, context):\n    check(ask('G'), 'g')\n    check(ask('H'), 'h')\n    send('B')", 'B>G', {'G': (3, 3, 3, 3), 'H': (3, 3, 3, 3)}, id='py raise_for helper with message'),
        pytest.param("class Work:\n    def __init__(self):\n        self.errors = []\n    @property\n    def broken(self):\n        return len(self.errors) > 0\n    def one(self, name):\n        try:\n            r = ask(name)\n            if 'FunctionError' in r: raise RuntimeError()\n        except Exception as e:\n            self.errors.append(e)\ndef handler(event, context):\n    w = Work()\n    w.one('G')\n    if w.broken:\n        raise RuntimeError('x')", '', {'G': (3, 3, 3, 3)}, id='property of an object'),
        pytest.param("class Work:\n    def __init__(self):\n        self.errors = []\n    def broken(self):\n        return bool(self.errors)\n    def one(self, name):\n        try:\n            r = ask(name)\n            if 'FunctionError' in r: raise RuntimeError()\n        except Exception as e:\n            self.errors.append(e)\n    def finish(self):\n        if self.broken():\n            raise RuntimeError('x')\ndef handler(event, context):\n    w = Work()\n    w.one('G')\n    w.finish()", '', {'G': (3, 3, 3, 3)}, id='method of an object'),
        pytest.param("def handler(event, context):\n    try:\n        r = ask('G')\n    except Exception:\n        print('x')\n    else:\n        send('C')", 'C>G', {'G': (6, 6, 1, 1)}, id='try else'),
        pytest.param("def run(name):\n    r = ask(name)\n    return {'ok': 'FunctionError' not in r}\ndef handler(event, context):\n    out = run('G')\n    if not out['ok']:\n        raise RuntimeError('x')", '', {'G': (3, 3, 3, 3)}, id='result object'),
        pytest.param("failed = False\ndef work():\n    global failed\n    try:\n        r = ask('G')\n        if 'FunctionError' in r: raise RuntimeError()\n    except Exception:\n        failed = True\ndef handler(event, context):\n    work()\n    if failed:\n        raise RuntimeError('x')", '', {'G': (3, 3, 3, 3)}, id='global flag'),
        pytest.param("def handler(event, context):\n    import sys\n    try:\n        r = ask('G')\n        if 'FunctionError' in r: raise RuntimeError()\n    except Exception:\n        sys.exit(1)", '', {'G': (3, 3, 3, 3)}, id='sys.exit in except'),
        pytest.param("def fail(e):\n    raise RuntimeError('x') from e\ndef handler(event, context):\n    try:\n        r = ask('G')\n        if 'FunctionError' in r: raise ValueError()\n    except Exception as e:\n        fail(e)", '', {'G': (3, 3, 3, 3)}, id='except re-raises other type through helper'),
    ],
)  # fmt: skip
def test_handlers_in_python(wire: Wire, code: str, wires: str, right: Mapping[str, Figures]) -> None:
    """For error, timeout, fault and throttle."""
    assert figures(wire, PYTHON + code, "python3.13", wires, right) == right


@pytest.mark.parametrize(
    ("code", "wires", "right"),
    [
        pytest.param("exports.handler = async (event) => {\nconst pRetry = require('p-retry');\nawait pRetry(async () => { const r = await ask('G'); if (r.FunctionError) throw new Error('x'); }, {retries: 2});\n};", '', {'G': (9, 9, 9, 9)}, id='p-retry'),
        pytest.param("exports.handler = async (event) => {\nconst check = async (f) => { const r = await ask(f); if (r.FunctionError) throw new Error('x'); };\nawait Promise.all([check('G'), check('G')]);\n};", '', {'G': (6, 6, 6, 6)}, id='js Promise.all of two'),
        pytest.param("exports.handler = async (event) => {\nawait Promise.all([1,2,3].map(async () => { const r = await ask('G'); if (r.FunctionError) throw new Error('x'); }));\n};", '', {'G': (9, 9, 9, 9)}, id='js Promise.all over array'),
        pytest.param("exports.handler = async (event) => {\nfor (const n of [1,2,3]) { const r = await ask('G'); if (r.FunctionError) throw new Error('x'); }\n};", '', {'G': (3, 3, 3, 3)}, id='js for await in sequence'),
        pytest.param("exports.handler = async (event) => {\nawait Promise.all(event.Records.map(async (rec) => { try { const r = await ask('G'); if (r.FunctionError) throw new Error('x'); } catch (e) { console.error(e); } }));\n};", '', {'G': (1, 1, 1, 1)}, id='js Promise.all of records swallowed each'),
        pytest.param("const retry = async (fn, n) => { for (let i = 0; i < 3; i++) { try { return await fn(); } catch (e) { if (i === 2) throw e; } } };\nexports.handler = async (event) => {\n  await retry(async () => { const r = await ask('G'); if (r.FunctionError) throw new Error('x'); });\n};", '', {'G': (9, 9, 9, 9)}, id='js retry helper'),
        pytest.param("const AWS = require('aws-sdk');\nconst l = new AWS.Lambda();\nexports.handler = (event, context, callback) => {\n  l.invoke({FunctionName: process.env.G}, (err, data) => {\n    if (err) return callback(err);\n    if (data.FunctionError) return callback(new Error('x'));\n    callback(null, 'ok');\n  });\n};", '', {'G': (3, 3, 3, 3)}, id='js callback v2'),
        pytest.param("exports.handler = (event) => ask('G').then((r) => { if (r.FunctionError) throw new Error('x'); }).catch((e) => { console.log(e); });", '', {'G': (1, 1, 1, 1)}, id='js then/catch chain'),
        pytest.param("exports.handler = (event) => ask('G').then((r) => { if (r.FunctionError) throw new Error('x'); return r; });", '', {'G': (3, 3, 3, 3)}, id='js then chain raises'),
        pytest.param("exports.handler = async (event) => {\nlet n = 0;\ndo { const r = await ask('G'); if (!r.FunctionError) return; n++; } while (n < 4);\nthrow new Error('x');\n};", '', {'G': (12, 12, 3, 3)}, id='do-while counted'),
        pytest.param("exports.handler = async (event) => {\nconst r = await ask('G');\nif (r.FunctionError) throw new Error('x');\nawait send('B');\n};", 'B>G', {'G': (3, 3, 3, 3)}, id='js sequential: G then B'),
        pytest.param("exports.handler = async (event) => {\nif (!event.id) throw new Error('no id');\ntry { const r = await ask('G'); if (r.FunctionError) throw new Error('x'); } catch (e) { console.error(e); }\n};", '', {'G': (1, 1, 1, 1)}, id='js validation first'),
        pytest.param("exports.handler = async (event) => {\nlet result = null;\ntry { const r = await ask('G'); if (r.FunctionError) throw new Error('x'); result = r; } catch (e) { console.error(e); }\nif (!result) throw new Error('nothing');\n};", '', {'G': (3, 3, 3, 3)}, id='js result variable null then thrown'),
        pytest.param("exports.handler = async (event) => {\nconst errors = [];\nfor (const f of ['G', 'H']) {\n  try { const r = await ask(f); if (r.FunctionError) throw new Error('x'); } catch (e) { errors.push(e); }\n}\nif (errors.length) throw new Error('some');\n};", '', {'G': (3, 3, 3, 3), 'H': (3, 3, 3, 3)}, id='js errors pushed'),
        pytest.param("const work = async () => { try { const r = await ask('G'); if (r.FunctionError) throw new Error('x'); return true; } catch (e) { return false; } };\nexports.handler = async () => { if (!(await work())) throw new Error('x'); };", '', {'G': (3, 3, 3, 3)}, id='js helper returns false'),
        pytest.param("exports.handler = async (event) => {\nconst all = [];\nfor (let i = 0; i < 3; i++) { all.push(ask('G')); }\nawait Promise.all(all);\n};", '', {'G': (3, 3, 9, 9)}, id='js loop with unawaited'),
        pytest.param("exports.handler = async (event) => {\nlet left = 3;\nwhile (left > 0) {\n  try { const r = await ask('G'); if (r.FunctionError) throw new Error('x'); break; }\n  catch (e) { left--; if (left === 0) throw e; }\n}\n};", '', {'G': (9, 9, 9, 9)}, id='js while with tries left'),
        pytest.param("exports.handler = async (event) => {\nconst results = await Promise.all(['G', 'H'].map(async (f) => { const r = await ask(f); return !r.FunctionError; }));\nif (!results.every(Boolean)) throw new Error('x');\n};", '', {'G': (3, 3, 3, 3), 'H': (3, 3, 3, 3)}, id='js every(results)'),
        pytest.param("class Work { constructor() { this.errors = []; }\n  async one(f) { try { const r = await ask(f); if (r.FunctionError) throw new Error('x'); } catch (e) { this.errors.push(e); } }\n  get broken() { return this.errors.length > 0; } }\nexports.handler = async () => { const w = new Work(); await w.one('G'); if (w.broken) throw new Error('x'); };", '', {'G': (3, 3, 3, 3)}, id='js class field'),
        pytest.param("exports.handler = async (event) => {\ntry { const r = await ask('G'); if (r.FunctionError) throw new Error('x'); } finally { await send('B'); }\n};", 'B>G', {'G': (9, 9, 9, 9)}, id='js finally throws away'),
    ],
)  # fmt: skip
def test_handlers_in_javascript(wire: Wire, code: str, wires: str, right: Mapping[str, Figures]) -> None:
    assert figures(wire, NODE + code, "nodejs22.x", wires, right) == right


FAILED = "{ itemIdentifier: event.Records[i].messageId }"
SETTLED = f"const results = await Promise.allSettled(event.Records.map(async () => {{ const r = await ask('G'); if (r.FunctionError) throw new Error('x'); }}));\nreturn {{ batchItemFailures: results.map((r, i) => r.status === 'rejected' ? {FAILED} : null).filter(Boolean) }};"
PUSHED = "const failures = [];\nfor (const record of event.Records) {\n  try { const r = await ask('G'); if (r.FunctionError) throw new Error('x'); }\n  catch (e) { failures.push({ itemIdentifier: record.messageId }); }\n}\nreturn { batchItemFailures: failures };"


@pytest.mark.parametrize("body", [SETTLED, PUSHED])
def test_records_that_are_named_as_failed_in_javascript(wire: Wire, body: str) -> None:
    resources = app(f"{NODE}exports.handler = async (event) => {{\n{body}\n}};\n", "nodejs22.x", "")
    resources["FromA"]["Properties"] |= {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
    assert attempts(wire, resources, "G") == (3, 3, 3, 3)


def test_two_events_of_one_sender_may_take_two_branches(wire: Wire) -> None:
    """P asks F for both kinds in each of its 3 runs: one waits for G, which fails, and P fails; behind the other one B
    (2 receives) leads to G: as often as P asks, told as at most.
    """
    branches = "    if event.get('a'):\n        r = ask('G')\n        if 'FunctionError' in r:\n            raise ValueError()\n    else:\n        send('B')\n"
    both = "    for kind in ('b', 'a'):\n        r = lam.invoke(FunctionName=os.environ['F'], Payload=json.dumps({kind: 1}))\n        if 'FunctionError' in r:\n            raise ValueError()\n"
    sender = function(f"{PYTHON}def handler(event, context):\n{both}", F=ref("F"))
    resources = app(
        f"{PYTHON}def handler(event, context):\n{branches}", "python3.13", "B>G", P=sender, FromA=reads("A", "P")
    )
    found = attempts(wire, resources, "G")[0]
    assert isinstance(found, int)
    assert found >= 3 * (2 + 1)
