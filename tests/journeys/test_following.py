"""Three apps from red to green by following the printed fixes alone. `make tutorials` writes the logs of the docs.

What no template can show is the handler's own part, `report_batch_item_failures`: its code is given here, as a person
would write it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from .conftest import WHOLE
from .following import follow
from .installed import ROOT, Environment

RED = Path(__file__).parent / "red"
LOGS = ROOT / "docs" / "logs"
PARTIAL = {
    "code/ship.py": """\
import json


def handler(event, context):
    failed = []
    for record in event["Records"]:
        try:
            print("shipping", json.loads(record["body"])["id"])
        except Exception as error:
            print("failed", error)
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
""",
    "lambda/worker/index.js": """\
const { SFNClient, StartSyncExecutionCommand } = require('@aws-sdk/client-sfn');
const client = new SFNClient({});

exports.handler = async (event) => {
  const batchItemFailures = [];
  for (const record of event.Records) {
    try {
      const done = await client.send(
        new StartSyncExecutionCommand({ stateMachineArn: process.env.MACHINE_ARN, input: record.body }),
      );
      if (done.status !== 'SUCCEEDED') throw new Error(done.error);
    } catch (error) {
      console.error(error);
      batchItemFailures.push({ itemIdentifier: record.messageId });
    }
  }
  return { batchItemFailures };
};
""",
}


ACCEPTED = "cdk.Validations.of(worker).acknowledge({ id: 'Seawall::batch-retry', reason: 'one bulk insert' });"
STATED = "(charge.node.defaultChild as cdk.CfnResource).addMetadata('seawall', { idempotent: 'keyed by order id' });"
CDK = ROOT / "node_modules" / ".bin" / "cdk"
LONG = pytest.mark.skipif(
    not (WHOLE or os.environ.get("SEAWALL_LOGS")), reason="starts the CDK several times, and downloads its compiler"
)


def log(name: str, text: str, folder: Path) -> str:
    """What was printed, as the docs show it: written down where SEAWALL_LOGS is set."""
    clean = re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\", "", text)
    clean = clean.replace(f"{folder.resolve()}/", "").replace(f"{folder}/", "")
    clean = "".join(line for line in clean.splitlines(keepends=True) if not line.startswith(("b'!!", "!!")))
    if os.environ.get("SEAWALL_LOGS"):
        LOGS.mkdir(exist_ok=True)
        (LOGS / f"{name}.txt").write_text(clean.strip() + "\n")
    return clean


def changes(environment: Environment, folder: Path, path: str) -> list[dict[str, object]]:
    done = environment.run(["seawall", "check", path, "--format", "json", "--fail-on", "never"], folder)
    report = json.loads(done.stdout)
    assert report["findings"]
    return [change for finding in report["findings"] for change in finding["changes"]]


def put(folder: Path, files: Iterable[str]) -> None:
    for name in files:
        (folder / name).write_text(PARTIAL[name])


@LONG
def test_an_app_in_python(environment: Environment, tmp_path: Path) -> None:
    app = shutil.copytree(RED / "python", tmp_path / "app")
    (app / "cdk.json").write_text('{"app": "python app.py"}')
    red = environment.run([CDK, "synth", "--quiet"], app, code=1)
    log("python-red", red.stdout + red.stderr, app)
    assert "can run Shop/Charge 5 times; up to 35 calls (5 x 7) only" in red.stdout + red.stderr
    follow(app, changes(environment, app, "cdk.out"))
    environment.run([CDK, "synth", "--quiet"], app)
    green = environment.run(["seawall", "check", "--fail-on", "warning"], app)
    log("python-green", green.stdout, app)
    log("python-app", (app / "app.py").read_text(), app)


def test_an_app_in_sam(bare: Environment, tmp_path: Path) -> None:
    app = shutil.copytree(RED / "sam", tmp_path / "app")
    (app / ".git").mkdir()
    red = bare.run(["seawall", "check", "template.yaml", "--fail-on", "warning"], app, code=1)
    log("sam-red", red.stdout, app)
    safe = bare.run(["seawall", "fix", "template.yaml", "--diff"], app)
    log("sam-fix", safe.stdout + safe.stderr, app)
    bare.run(["seawall", "fix", "template.yaml"], app)
    assert "maxReceiveCount: 5   # better safe than sorry" in (app / "template.yaml").read_text()
    follow(app, changes(bare, app, "template.yaml"))
    put(app, ["code/ship.py"])
    green = bare.run(["seawall", "check", "template.yaml", "--fail-on", "warning"], app)
    log("sam-green", green.stdout, app)
    log("sam-template", (app / "template.yaml").read_text(), app)


@LONG
def test_an_app_in_typescript(bare: Environment, tmp_path: Path) -> None:
    app = shutil.copytree(RED / "typescript", tmp_path / "app")
    for name in ("package.json", "package-lock.json", "tsconfig.json"):
        shutil.copy(RED.parent / "typescript" / name, app)
    bare.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], app)
    cdk: list[str | Path] = [CDK, "synth", "--quiet"]
    path = f"{bare.python.parent}{os.pathsep}{app / 'node_modules' / '.bin'}{os.pathsep}{os.environ['PATH']}"
    red = bare.run(cdk, app, code=1, PATH=path)
    told = log("typescript-red", red.stdout + red.stderr, app)
    assert ":20:\n         new tasks.LambdaInvoke(this, 'ChargeStep', {" in told
    follow(app, changes(bare, app, "cdk.out"))
    put(app, ["lambda/worker/index.js"])
    green = bare.run(cdk, app, PATH=path)
    log("typescript-green", green.stdout + green.stderr, app)
    log("typescript-app", (app / "app.ts").read_text(), app)
    clean = bare.run(["seawall", "check", "--fail-on", "warning"], app)
    assert "nothing found" in clean.stdout
    _accepting(bare, app, cdk, path)


def _accepting(bare: Environment, app: Path, cdk: list[str | Path], path: str) -> None:
    """In place of a fix: an acknowledgement and a statement, in TypeScript, by the snippets that are printed."""
    text = (RED / "typescript" / "app.ts").read_text()
    text = text.replace(
        "    const mails =",
        f"    {ACCEPTED}\n    {STATED}\n    const mails =",
    )
    (app / "app.ts").write_text(text)
    handler = Path("lambda/worker/index.js")  # that raises: one that catches all would leave 7 runs, within the limit
    shutil.copy(RED / "typescript" / handler, app / handler)
    red = bare.run(cdk, app, code=1, PATH=path)
    told = log("typescript-accepted", red.stdout + red.stderr, app)
    assert "is stated to be idempotent (keyed by order id)" in " ".join(told.split())
    assert "acknowledged: 1 finding" in told
