# ruff: noqa: E501, ISC004 -- programs as text
"""JavaScript and TypeScript handlers: which calls they make, to what, when, and what becomes of a failure."""

from __future__ import annotations

import pytest

from seawall.code import Account, Inline, ParsedModules, UnreadCode, language_of, read

from .reading import account as account_of
from .reading import aims, call

V3 = "import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';\nconst sqs = new SQSClient({});\n"
SENT = "sqs.send(new SendMessageCommand({ QueueUrl: process.env.Q, MessageBody: 'x' }))"


def account(text: str, handler: str = "app.handler", **files: str) -> Account:
    return account_of(text, handler, "nodejs22.x", **files)


@pytest.mark.parametrize(
    "program",
    [
        f"{V3}export const handler = async (event) => {{ await {SENT}; }};",
        f"{V3}export async function handler(event) {{ await {SENT}; }}",
        f"{V3}const handler = async (event) => {SENT};\nexport {{ handler }};",
        f"{V3}const main = async (event) => {SENT};\nexport {{ main as handler }};",
        "const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');\nconst sqs = new SQSClient();\n"
        f"exports.handler = async (event) => {{ return await {SENT}; }};",
        "const { SQS } = require('@aws-sdk/client-sqs');\nconst sqs = new SQS({});\n"
        "module.exports = { handler: async () => { await sqs.sendMessage({ QueueUrl: process.env.Q }); } };",
        "const AWS = require('aws-sdk');\nconst sqs = new AWS.SQS({ apiVersion: '2012-11-05' });\n"
        "exports.handler = async () => { await sqs.sendMessage({ QueueUrl: process.env.Q }).promise(); };",
        "const SQS = require('aws-sdk/clients/sqs');\nconst sqs = new SQS();\n"
        "exports.handler = (event, context, callback) => {\n"
        "  sqs.sendMessage({ QueueUrl: process.env.Q }, (err, data) => { if (err) callback(err); else callback(null, data); });\n};",
        f"{V3}const {{ Q: url }} = process.env;\n"
        "const send = (QueueUrl) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '' }));\n"
        "export const handler = async () => { await send(url); };",
        f"{V3}class Sender {{\n  constructor(url) {{ this.url = url; }}\n"
        "  async send() { const params = { QueueUrl: this.url }; const command = new SendMessageCommand(params); return sqs.send(command); }\n}\n"
        "const sender = new Sender(process.env['Q']);\nexport const handler = async () => sender.send();",
        f"{V3}export const handler = async (event) => {{ await Promise.all(event.Records.map(async (r) => {SENT})); }};",
        "import middy from '@middy/core';\n"
        + V3
        + f"const work = async () => {SENT};\nexport const handler = middy(work).use({{}});",
        "import * as sdk from '@aws-sdk/client-sqs';\nconst sqs = new sdk.SQSClient({});\n"
        "export const handler = async () => sqs.send(new sdk.SendMessageCommand({ QueueUrl: process.env.Q }));",
    ],
)
def test_a_message_goes_where_the_environment_says(program: str) -> None:
    found = account(program)
    assert found.gaps == ()
    one = call(found)
    assert (one.service, one.operation, aims(one, "QueueUrl")) == ("sqs", "SendMessage", ["$Q"])


@pytest.mark.parametrize(
    ("module", "name", "service", "operation"),
    [
        ("client-sfn", "StartExecutionCommand", "states", "StartExecution"),
        ("client-eventbridge", "PutEventsCommand", "events", "PutEvents"),
        ("client-lambda", "InvokeCommand", "lambda", "Invoke"),
        ("client-sns", "PublishCommand", "sns", "Publish"),
        ("lib-dynamodb", "PutCommand", "dynamodb", "PutItem"),
        ("client-kinesis", "PutRecordsCommand", "kinesis", "PutRecords"),
    ],
)
def test_commands_are_operations(module: str, name: str, service: str, operation: str) -> None:
    one = call(
        account(
            f"import {{ {name}, Client }} from '@aws-sdk/{module}';\nconst c = new Client({{}});\n"
            f"export const handler = async () => {{ await c.send(new {name}({{}})); }};\n"
        )
    )
    assert (one.service, one.operation) == (service, operation)


@pytest.mark.parametrize(
    ("body", "on_failure", "fails_after", "raises"),
    [
        (f"try {{ await work(e) }} catch (x) {{ await {SENT} }}", True, False, False),
        (f"try {{ await work(e) }} catch {{ await {SENT}; throw new Error('x') }}", True, True, True),
        (f"try {{ await work(e) }} catch (x) {{ await {SENT}; throw x }}", True, True, True),
        (f"await work(e).catch(async (x) => {{ await {SENT} }})", True, False, False),
        (f"await work(e).catch(async (x) => {{ await {SENT}; throw x }})", True, True, True),
        (f"return work(e).then(() => 1).catch((x) => {SENT})", True, False, False),
        (f"await work(e); await {SENT}", False, None, True),
    ],
)
def test_when_it_is_sent_and_what_follows(body: str, on_failure: bool, fails_after: bool | None, raises: bool) -> None:
    found = account(
        f"{V3}import {{ work }} from './lib';\nexport const handler = async (e) => {{ {body} }};\n",
        lib="import axios from 'axios';\nexport const work = async (e) => axios.post('https://x', e);\n",
    )
    one = call(found)
    assert (found.gaps, one.on_failure, found.raises) == ((), on_failure, raises)
    assert one.fails_after is fails_after


def test_callbacks_of_the_second_generation() -> None:
    """`callback(err)` fails the run; one that is only logged does not."""
    base = (
        "const AWS = require('aws-sdk');\nconst sns = new AWS.SNS();\n"
        "exports.handler = (event, context, callback) => {\n"
        "  sns.publish({ TopicArn: process.env.T }, (err, data) => { if (err) { console.log(err); %s return; } callback(null, 'ok'); });\n};"
    )
    assert account(base % "callback(err);").raises is True
    assert account(base % "").raises is False


def test_a_new_promise_that_is_rejected() -> None:
    found = account(
        "const AWS = require('aws-sdk');\nconst sns = new AWS.SNS();\n"
        "exports.handler = async () => new Promise((resolve, reject) => {\n"
        "  sns.publish({ TopicArn: process.env.T }, (err, data) => { if (err) reject(err); else resolve(data); });\n});"
    )
    assert (found.raises, aims(call(found), "TopicArn")) == (True, ["$T"])


def test_partial_batch_answers() -> None:
    found = account(
        "import axios from 'axios';\nexport const handler = async (event) => {\n  const batchItemFailures = [];\n  for (const record of event.Records) {\n"
        "    try { await axios.post('https://x', JSON.parse(record.body)); }\n"
        "    catch (e) { batchItemFailures.push({ itemIdentifier: record.messageId }); }\n  }\n  return { batchItemFailures };\n};"
    )
    assert (found.partial, found.names_failed, found.names_healthy) == (True, True, None)


def test_an_http_answer_of_failure() -> None:
    found = account(
        f"{V3}export const handler = async () => {{\n  try {{ await {SENT}; }} catch (e) {{\n    return {{ statusCode: 500, body: 'x' }};\n  }}\n}};"
    )
    assert (found.raises, found.answers.line if found.answers else None) == (False, 5)


@pytest.mark.parametrize(
    ("program", "tries", "sdk"),
    [
        ("const sqs = new SQSClient({ maxAttempts: 5 });\nconst go = () => sqs.send(new SendMessageCommand({}));", 1, 5),
        ("const sqs = new SQSClient({});\nconst go = () => pRetry(() => sqs.send(new SendMessageCommand({})), { retries: 4 });", 5, None),
        (
            "const sqs = new SQSClient({});\nconst go = async () => { for (let i = 0; i < 3; i++) { try { return await sqs.send(new SendMessageCommand({})) } catch (e) { await sleep(i) } } };",
            3, None,
        ),
    ],
)  # fmt: skip
def test_tries(program: str, tries: int, sdk: int | None) -> None:
    """maxAttempts is a total; p-retry's retries come on top of the first try."""
    one = call(
        account(
            "import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';\nimport pRetry from 'p-retry';\n"
            f"const sleep = (n) => new Promise((r) => setTimeout(r, n));\n{program}\nexport const handler = async () => {{ await go(); }};"
        )
    )
    assert (one.tries, one.sdk.total) == (tries, sdk)


def test_laps_by_a_counter() -> None:
    """Sent with n + 1 while n < 4, from 0: four times."""
    from seawall.code.bounds import laps

    one = call(
        account(
            f"{V3}export const handler = async (event) => {{\n  const n = event.n ?? 0;\n  if (n >= 4) throw new Error('x');\n"
            "  await sqs.send(new SendMessageCommand({ QueueUrl: process.env.Q, MessageBody: JSON.stringify({ ...event, n: n + 1 }) }));\n};"
        )
    )
    assert laps(one.bounds, one.request) == 4


TYPED = """
import { SQSClient, SendMessageCommand, type SendMessageCommandInput } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
interface Order { id: string }
enum Kind { A = 'a', B = 'b' }
class Sender {
  constructor(private readonly client: SQSClient, private url: string) {}
  public async send<T extends Order>(order: T): Promise<void> {
    const input: SendMessageCommandInput = { QueueUrl: this.url!, MessageBody: JSON.stringify(order) };
    await this.client.send(new SendMessageCommand(input));
  }
}
const sender = new Sender(new SQSClient({}), process.env.Q as string);
export const handler = async (event: SQSEvent): Promise<void> => {
  for (const record of event.Records) { await sender.send(JSON.parse(record.body) as Order); }
};
"""


def typed(text: str) -> Account | UnreadCode:
    language = language_of("nodejs22.x")
    assert language is not None

    class Shown(Inline, frozen=True):
        def shown(self, name: str) -> str:
            return name

    return read("app.handler", language, [Shown({"app.ts": text}, "app.ts")], ParsedModules())


def test_typescript() -> None:
    found = typed(TYPED)
    assert isinstance(found, Account)
    assert (found.gaps, call(found).per_record, aims(call(found), "QueueUrl")) == ((), True, ["$Q"])


ESBUILD = """
var __create = Object.create;
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __getProtoOf = Object.getPrototypeOf;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __commonJS = (cb, mod) => function __require() {
  return mod || (0, cb[__getOwnPropNames(cb)[0]])((mod = { exports: {} }).exports, mod), mod.exports;
};
var __export = (target, all) => { for (var name in all) __defProp(target, name, { get: all[name], enumerable: true }); };
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toESM = (mod, isNodeMode, target) => (target = mod != null ? __create(__getProtoOf(mod)) : {}, __copyProps(
  isNodeMode || !mod || !mod.__esModule ? __defProp(target, "default", { value: mod, enumerable: true }) : target, mod));
var __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);
"""


def test_a_bundle_without_the_sdk() -> None:
    found = account(
        ESBUILD
        + """
var require_lib = __commonJS({ "lib.js"(exports, module) { exports.url = () => process.env.Q; } });
var index_exports = {};
__export(index_exports, { handler: () => handler });
module.exports = __toCommonJS(index_exports);
var import_client_sqs = require("@aws-sdk/client-sqs");
var import_lib = __toESM(require_lib());
var sqs = new import_client_sqs.SQSClient({});
var handler = async (event) => {
  await sqs.send(new import_client_sqs.SendMessageCommand({ QueueUrl: (0, import_lib.url)(), MessageBody: "x" }));
};
0 && (module.exports = { handler });
"""
    )
    assert (found.gaps, aims(call(found), "QueueUrl"), call(found).operation) == ((), ["$Q"], "SendMessage")


def test_a_bundle_with_the_sdk_in_it() -> None:
    """Its commands name themselves and their client, minified or not."""
    found = account(
        ESBUILD
        + """
var Client = class { constructor(config) { this.config = config; this.middlewareStack = stack(); } send(command) { return command.resolveMiddleware(this.middlewareStack); } destroy() { } };
var Command = class { static classBuilder() { return new ClassBuilder(); } };
var SQSClient = class extends Client { constructor(...[c]) { super(resolve(c)); } send(command) { return super.send(command); } destroy() { super.destroy(); } };
var SendMessageCommand = class extends Command.classBuilder().ep(params).m(function(C, cs, config, o) { return []; }).s("AmazonSQS", "SendMessage", {}).n("SQSClient", "SendMessageCommand").sc(SendMessage$).build() { };
var index_exports = {};
__export(index_exports, { handler: () => handler });
module.exports = __toCommonJS(index_exports);
var sqs = new SQSClient({});
var handler = async (event) => { await sqs.send(new SendMessageCommand({ QueueUrl: process.env.Q, MessageBody: "x" })); };
"""
    )
    assert (found.gaps, aims(call(found), "QueueUrl"), call(found).operation) == ((), ["$Q"], "SendMessage")


def test_a_minified_bundle() -> None:
    found = account(
        "var r=Object.defineProperty;var a=Object.getOwnPropertyDescriptor;var i=Object.getOwnPropertyNames;var d=Object.prototype.hasOwnProperty;"
        'var m=(e,s)=>{for(var n in s)r(e,n,{get:s[n],enumerable:!0})},l=(e,s,n,t)=>{if(s&&typeof s=="object"||typeof s=="function")for(let o of i(s))'
        '!d.call(e,o)&&o!==n&&r(e,o,{get:()=>s[o],enumerable:!(t=a(s,o))||t.enumerable});return e};var u=e=>l(r({},"__esModule",{value:!0}),e);'
        'var p={};m(p,{handler:()=>x});module.exports=u(p);var c=require("@aws-sdk/client-sqs"),g=new c.SQSClient({}),'
        'x=async e=>{try{await fetch("https://x")}catch{await g.send(new c.SendMessageCommand({QueueUrl:process.env.Q,MessageBody:""}))}};0&&(module.exports={handler});'
    )
    one = call(found)
    assert (found.gaps, aims(one, "QueueUrl"), one.on_failure, one.fails_after) == ((), ["$Q"], True, False)


@pytest.mark.parametrize(
    ("program", "why"),
    [
        (
            "import { queue } from '@acme/layer';\nexport const handler = async (e) => { await queue.put(e); };",
            "calls @acme/layer.queue.put",
        ),
        ("const x = require(process.env.M);\nexports.handler = async (e) => { await x(e); };", "made up while it runs"),
        (
            "import { SQSClient } from '@aws-sdk/client-sqs';\nimport { make } from './gone';\nconst c = new SQSClient({});\nexport const handler = async (e) => { await c.send(make(e)); };",
            "could not be followed",
        ),
        (
            "export const handler = async (e) => { await thing.sendMessage(e); };",
            "something that could not be followed",
        ),
        ("export const handler = async (e) => { await go( ; };", "could not be parsed"),
    ],
)
def test_what_cannot_be_followed_is_a_gap(program: str, why: str) -> None:
    found = account(program)
    assert not found.complete
    assert any(why in gap.why for gap in found.gaps), found.gaps


def test_packages_that_are_listed_are_none() -> None:
    program = "import { go } from 'acme';\nexport const handler = async (e) => { await go(e); };"
    assert account(program, **{"package.json": '{"dependencies": {"acme": "1"}}'}).complete
    assert not account(program).complete


@pytest.mark.parametrize(
    ("config", "tries"),
    [
        ("", 6),
        (", { retryStrategy: createRetryStrategy({ maxAttempts: 4 }) }", 4),
        (", { retryStrategy: createRetryStrategy() }", 3),
        (", { retryStrategy: retryPresets.noRetry }", 1),
        (", { retryStrategy: (error, tries) => ({ shouldRetry: tries < 9 }) }", None),
    ],
)
def test_tries_of_a_step_of_a_durable_function(config: str, tries: int | None) -> None:
    found = account(
        f"{V3}import {{ withDurableExecution, createRetryStrategy, retryPresets }} from '@aws/durable-execution-sdk-js';\n"
        "export const handler = withDurableExecution(async (event, context) => {\n"
        f"  await context.step('send', async () => {{ await {SENT}; }}{config});\n}});"
    )
    assert [each for each, _ in found.step_tries] == [tries]
    assert [each.tries for each in found.calls] == [tries or 1]
    assert bool(found.gaps) is (tries is None)
