"""A CDK app in JavaScript, with the library that comes with the one for Python."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tarfile
from importlib.resources import files
from pathlib import Path

HEAD = """\
var cdk = require('aws-cdk-lib');
var lambda = require('aws-cdk-lib/aws-lambda');
var sqs = require('aws-cdk-lib/aws-sqs');
var sfn = require('aws-cdk-lib/aws-stepfunctions');
var tasks = require('aws-cdk-lib/aws-stepfunctions-tasks');
var events = require('aws-cdk-lib/aws-events');
var targets = require('aws-cdk-lib/aws-events-targets');
var kinesis = require('aws-cdk-lib/aws-kinesis');
var { KinesisEventSource, SqsEventSource } = require('aws-cdk-lib/aws-lambda-event-sources');

class Shop extends cdk.Stack {
  constructor(scope, id) {
    super(scope, id);
    const code = lambda.Code.fromInline('exports.handler = async () => {}');
    const made = { runtime: lambda.Runtime.NODEJS_22_X, handler: 'index.handler', code };
"""
TAIL = """\
  }
}
const app = new cdk.App({ outdir: process.argv[2], analyticsReporting: true });
new Shop(app, 'Shop');
app.synth();
"""
_MODULE = re.compile(r"^import (?:\* as (?P<whole>\w+)|(?P<names>\{.*\})) from '(?P<module>.*)';$")


def packages(folder: Path) -> Path:
    """A folder of node's packages with the CDK in it."""
    for package in ("aws_cdk", "aws_cdk.cloud_assembly_schema", "constructs"):
        for archive in sorted(Path(str(files(package))).joinpath("_jsii").glob("*.tgz")):
            with tarfile.open(archive) as packed:
                wanted = (each for each in packed if not each.name.endswith((".d.ts", ".md", ".gz")))
                packed.extractall(folder / archive.stem, wanted, filter="data")
            package_folder = folder / archive.stem / "package"
            name = json.loads((package_folder / "package.json").read_text())["name"]
            (folder / "node_modules" / name).parent.mkdir(parents=True, exist_ok=True)
            package_folder.rename(folder / "node_modules" / name)
    return folder / "node_modules"


def required(line: str) -> str:
    """An import as node takes it without a compiler."""
    found = _MODULE.match(line)
    if found is None:
        return line
    return f"var {found['whole'] or found['names']} = require('{found['module']}');"


def synthesize(source: str, folder: Path, out: str, modules: Path) -> Path:
    """Run an app; its assembly. Without the CDK's own template checks, which take five seconds."""
    app = folder / "app.js"
    app.write_text(source)
    environment = {**os.environ, "NODE_PATH": str(modules), "CDK_VALIDATION": "false"}
    subprocess.run(["node", str(app), str(folder / out)], check=True, env=environment, timeout=120)
    return folder / out
