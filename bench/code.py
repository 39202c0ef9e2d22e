"""What reading the code of functions takes, in time of the processor."""

from __future__ import annotations

import time
from collections.abc import Mapping
from statistics import mean, median

from seawall.code import Account, Inline, ParsedModules, language_of, read

from .processes import table

FUNCTIONS = 200
_PYTHON = """\
import json, os, boto3
from outbox import Outbox
outbox = Outbox(os.environ["QUEUE"])
def handler(event, context):
    failed = []
    for record in event["Records"]:
        try:
            body = json.loads(record["body"])
            if body.get("kind") == "order-{number}":
                outbox.send(body)
        except Exception as error:
            print(error)
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
"""
_OUTBOX = """\
import json, boto3
class Outbox:
    def __init__(self, url):
        self.url, self.client = url, boto3.client("sqs")
    def send(self, body):
        self.client.send_message(QueueUrl=self.url, MessageBody=json.dumps(body), MessageGroupId="{number}")
"""
_JAVASCRIPT = """\
const { Outbox } = require("./outbox");
const outbox = new Outbox(process.env.QUEUE);
exports.handler = async (event) => {
  const batchItemFailures = [];
  await Promise.all(event.Records.map(async (record) => {
    try { const body = JSON.parse(record.body); if (body.kind === "order-{number}") await outbox.send(body); }
    catch (error) { console.log(error); batchItemFailures.push({ itemIdentifier: record.messageId }); }
  }));
  return { batchItemFailures };
};
"""
_OUTBOX_JAVASCRIPT = """\
const { SQSClient, SendMessageCommand } = require("@aws-sdk/client-sqs");
class Outbox {
  constructor(url) { this.url = url; this.client = new SQSClient({}); }
  async send(body) {
    const message = { QueueUrl: this.url, MessageBody: JSON.stringify(body), Id: "{number}" };
    await this.client.send(new SendMessageCommand(message));
  }
}
exports.Outbox = Outbox;
"""
_FILLER = (
    "var f{number} = (a, b) => {{ if (a > {number}) {{ return b.map((x) => x + {number}); }} return [a, ...b]; }};\n"
)


def code() -> str:
    """Mean and median of one function, and bundles by their size."""
    rows = [
        _row("Python, a handler and a module", [_handler("py", number) for number in range(FUNCTIONS)], "python3.13"),
        _row("JavaScript, the same", [_handler("js", number) for number in range(FUNCTIONS)], "nodejs22.x"),
    ]
    rows += [
        _row(f"JavaScript, a bundle of {size:,} KB", [_bundle(size)], "nodejs22.x") for size in (100, 1_000, 3_000)
    ]
    return table(("", "functions", "mean", "median", "longest"), rows)


def _handler(suffix: str, number: int) -> Mapping[str, str]:
    own, other = (_PYTHON, _OUTBOX) if suffix == "py" else (_JAVASCRIPT, _OUTBOX_JAVASCRIPT)
    return {
        f"app.{suffix}": own.replace("{number}", str(number)),
        f"outbox.{suffix}": other.replace("{number}", str(number)),
    }


def _bundle(kilobytes: int) -> Mapping[str, str]:
    one = len(_FILLER.format(number=10_000))
    filler = "".join(_FILLER.format(number=number) for number in range(kilobytes * 1_000 // one))
    return {"app.js": filler + _OUTBOX_JAVASCRIPT + _JAVASCRIPT.partition("\n")[2]}


def _row(name: str, functions: list[Mapping[str, str]], runtime: str) -> list[str]:
    language = language_of(runtime)
    if language is None:
        raise ValueError(runtime)
    read("app.handler", language, [Inline({"app.py": "", "app.js": ""}, "app")], ParsedModules())  # loads the parser
    taken = []
    for files in functions:
        started = time.process_time()
        found = read("app.handler", language, [Inline(files, "app")], ParsedModules())
        taken.append((time.process_time() - started) * 1_000)
        if not isinstance(found, Account) or [call.operation for call in found.calls] != ["SendMessage"]:
            raise ValueError(f"{name}: {found}")
    return [name, f"{len(taken):,}", f"{mean(taken):.1f} ms", f"{median(taken):.1f} ms", f"{max(taken):.0f} ms"]
