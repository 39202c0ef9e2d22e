"""The gate's function as Lambda runs it: a new instance, then the same one again; time and memory of each.

``.venv/bin/python -m bench.gate`` prints the table of docs/gate.md. An instance is a fresh interpreter; the payload is
at hand, so that what S3 takes is not among the figures. Times are those of the processor, so that other work on the
machine does not count; Lambda with 1,769 MB gives one processor.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from .gate_templates import HOSTILE, largest
from .processes import table

ROOT = Path(__file__).parents[1]
CALLS = 5
_WORKER = """
import json, resource, sys, time
from seawall.hook.handling import answer
imported = time.process_time()
def used():
    both = [resource.getrusage(each) for each in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in both)
payload = json.dumps({"template": open(sys.argv[1]).read()}).encode()
class Context:
    memory_limit_in_mb = int(sys.argv[2])
    def get_remaining_time_in_millis(self): return 25000
event = {"clientRequestToken": "t", "stackId": "arn:aws:cloudformation:eu-west-1:111111111111:stack/S/1",
         "actionInvocationPoint": "CREATE_PRE_PROVISION", "awsAccountId": "111111111111",
         "requestData": {"targetType": "STACK", "targetLogicalId": "S", "payload": "x"}}
times = []
for _ in range(int(sys.argv[3])):
    begun = used()
    found = answer(event, Context(), lambda *_: payload)
    times.append(used() - begun)
own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps({"import": imported, "times": times, "own": own, "worker": worker, "status": found["hookStatus"],
                  "said": found["message"].splitlines()[0]}), file=sys.stderr)
"""


def measured(template: Path, megabytes: int = 1024, calls: int = CALLS) -> dict[str, Any]:
    """One new instance with `calls` events."""
    arguments = [sys.executable, "-c", _WORKER, str(template), str(megabytes), str(calls)]
    ran = subprocess.run(arguments, capture_output=True, text=True, check=True, cwd=ROOT)
    found: dict[str, Any] = json.loads(ran.stderr.strip().splitlines()[-1])
    return found


def rows(folder: Path) -> list[list[str]]:
    """One row for each template."""
    usual = {name: ROOT / "tests" / "scenarios" / f"{file}.json" for name, file in USUAL.items()}
    written = {"1 MB, 500 resources": largest, **HOSTILE}
    for number, (name, make) in enumerate(written.items()):
        usual[name] = folder / f"{number}.template"
        usual[name].write_text(make(), "utf-8")
    return [_row(name, measured(path, calls=CALLS if name in USUAL else 1)) for name, path in usual.items()]


USUAL = {"a queue and a function": "case-01-queue-function", "the webhook of the incident": "case-13-requeue"}


def _row(name: str, found: dict[str, Any]) -> list[str]:
    warm = found["times"][1:]
    return [
        name,
        f"{found['import']:.2f} s",
        f"{found['times'][0]:.2f} s",
        f"{median(warm):.2f} s" if warm else "",
        f"{found['own'] / 1024:.0f} MB",
        f"{found['worker'] / 1024:.0f} MB",
        found["said"][:90],
    ]


def main() -> None:
    """Print the table."""
    head = ["template", "start", "first answer", "further ones", "gate", "worker", "answer"]
    with tempfile.TemporaryDirectory() as folder:
        print(table(head, rows(Path(folder))))


if __name__ == "__main__":
    main()
