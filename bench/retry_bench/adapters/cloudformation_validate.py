"""cloudformation-validate, AWS's own, by node. ``RETRY_BENCH_NODE_MODULES`` names the folder that holds it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from ..cases import Case
from ..scoring import Told
from . import MissingToolError

NAME = "cloudformation-validate"
OF_THIS_FIELD = {
    "E3502": "a dead-letter queue of another kind than its queue",
    "E3505": "a visibility timeout below the function's timeout",
    "E3601": "the form of a state machine, its retriers among it",
    "E3717": "a retry setting of a mapping that its source does not take",
    "W3694": "a lifecycle rule that nothing matches",
}
_PACKAGE = Path("@aws", "cloudformation-validate")
_ASK = """
const { RegoEngine, TemplateFile } = require(process.argv[2]);
const fs = require("fs"), path = require("path");
const engine = new RegoEngine();
const found = {};
for (const name of fs.readdirSync(process.argv[3])) {
  try {
    const report = engine.validateStandard(new TemplateFile(path.join(process.argv[3], name)));
    found[name] = report.diagnostics.map((each) => each.ruleId);
  } catch (error) { found[name] = ["error: " + error]; }
}
console.log(JSON.stringify(found));
"""


def _package() -> Path:
    folder = Path(os.environ.get("RETRY_BENCH_NODE_MODULES", "node_modules")) / _PACKAGE
    if not folder.is_dir() or shutil.which("node") is None:
        raise MissingToolError("npm install @aws/cloudformation-validate; RETRY_BENCH_NODE_MODULES=node_modules")
    return folder.resolve()


def about() -> str:
    """Which version, and how it is asked."""
    return f"{json.loads((_package() / 'package.json').read_text('utf-8'))['version']}, all rules"


def run(cases: Iterable[Case]) -> dict[str, Told]:
    """What it tells."""
    every = list(cases)
    with tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(every):
            (body,) = case.templates.values()
            (Path(folder) / f"{number}.json").write_text(json.dumps(body), "utf-8")
        script = Path(folder).with_suffix(".js")
        script.write_text(_ASK, "utf-8")
        try:
            command = ["node", str(script), str(_package()), folder]
            told = subprocess.run(command, capture_output=True, text=True, check=True)
        finally:
            script.unlink()
    answers = json.loads(told.stdout.strip().splitlines()[-1])
    return {
        every[int(Path(name).stem)].id: Told(alarms=tuple(sorted({each for each in ids if each in OF_THIS_FIELD})))
        for name, ids in answers.items()
    }
