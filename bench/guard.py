"""The guard inside a CDK app, beside a bare synth, an Aspect that does nothing, and cdk-nag."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

from .aims import note
from .processes import ROOT

FORMS = (
    "bare",
    "seawall.guard",
    "RetryGuard plugin",
    "no-op Aspect",
    "RetryGuard Aspect",
    "both guards as Aspects",
    "cdk-nag plugin",
)
Measured = dict[str, float]


def guard(rounds: int = 5) -> str:
    """Every form, with the CDK's own checks of templates on and off, as text."""
    parts = []
    for validation in (True, False):
        results = measure(rounds, validation)
        share = _median(results["seawall.guard"], "own_processor") / _median(results["bare"], "synth")
        note("guard" if validation else "guard without checks", share)
        first = results["bare"][0]
        state = "on, as it is by default" if validation else "off (CDK_VALIDATION=false)"
        parts.append(
            f"an app of {first['resources']:.0f} resources in {first['constructs']:.0f} constructs; "
            f"the CDK's own template checks {state}; {rounds} runs each, interleaved\n\n{table(results)}"
        )
    return "```\n" + "\n\n".join(parts) + "\n```"


def measure(rounds: int, validation: bool) -> dict[str, list[Measured]]:
    """Each form in processes of its own; one form after the other in each round, so that all see the same weather."""
    results: dict[str, list[Measured]] = {form: [] for form in FORMS}
    for _ in range(rounds):
        for form in FORMS:
            results[form].append(_run(form, validation))
    return results


def _run(form: str, validation: bool) -> Measured:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    env |= {
        "CDK_VALIDATION": str(validation).lower(),
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "18,20,21,22,23,24,25",
    }
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "bench.run", form], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    process = time.perf_counter() - started
    if done.returncode:
        sys.exit(f"{form} failed:\n{done.stderr}")
    measured: Measured = json.loads(done.stdout)
    return {**measured, "process": process}


def table(results: dict[str, list[Measured]]) -> str:
    """The forms below each other.

    Own work is the processor time of the guard's visits and its verdict, and its part of the same run's synth. With
    waits is the time until the CDK has its answer: node, whose threads compile CDK's template checks meanwhile, takes
    its share of the cores and answers questions. Import is loading and attaching the form, before the synth.
    """
    bare = _median(results["bare"], "synth")
    noop = _median(results["no-op Aspect"], "synth")
    rows = [("", "synth", "least", "- bare", "- no-op", "own work", "of synth", "with waits", "import", "process")]
    for form, runs in results.items():
        synth = _median(runs, "synth")
        share = statistics.median(run["own_processor"] / run["synth"] for run in runs)
        works = any(run["calls"] for run in runs)
        rows.append(
            (
                form,
                f"{synth:.2f} s",
                f"{min(run['synth'] for run in runs):.2f} s",
                f"{synth - bare:+.2f} s",
                f"{synth - noop:+.2f} s" if form.endswith("Aspect") else "",
                f"{_median(runs, 'own_processor') * 1000:.0f} ms" if works else "",
                f"{share:.1%}" if works else "",
                f"{_median(runs, 'own') * 1000:.0f} ms" if works else "",
                f"{_median(runs, 'attach') * 1000:.0f} ms",
                f"{_median(runs, 'process'):.2f} s",
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    name, *figures = row
    return "  ".join(
        [name.ljust(widths[0]), *(one.rjust(width) for one, width in zip(figures, widths[1:], strict=True))]
    )


def _median(runs: Sequence[Measured], key: str) -> float:
    return statistics.median(run[key] for run in runs)
