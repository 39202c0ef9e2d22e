"""One measurement in a fresh process: `python -m bench.run FORM`. Prints what it took as JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

_STARTED = time.perf_counter()


class Work:
    """Adds up the time spent in some methods, nested calls counted once."""

    def __init__(self) -> None:
        self.wall = 0.0
        self.processor = 0.0
        self.calls = 0
        self._depth = 0

    def measure(self, owner: type, *names: str) -> None:
        """Time these methods of a class from now on."""
        for name in names:
            setattr(owner, name, self._timed(getattr(owner, name)))

    def _timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            if self._depth:
                return method(*arguments)
            self.calls += 1
            self._depth += 1
            wall, processor = time.perf_counter(), time.thread_time()
            try:
                return method(*arguments)
            finally:
                self.wall += time.perf_counter() - wall
                self.processor += time.thread_time() - processor
                self._depth -= 1

        return timed


def main(form: str) -> dict[str, float]:
    """Build the app, attach what `form` says, synthesize."""
    import aws_cdk as cdk

    loaded = time.perf_counter()
    from bench.app import build

    app = cdk.App()
    build(app)
    built = time.perf_counter()
    work = Work()
    _attach(app, form, work)
    attached = time.perf_counter()
    try:
        app.synth()
    except RuntimeError as error:
        if not str(error).startswith("ValidationFailed:"):
            raise
    done = time.perf_counter()
    return {
        "load": loaded - _STARTED,
        "build": built - loaded,
        "attach": attached - built,
        "synth": done - attached,
        "own": work.wall,
        "own_processor": work.processor,
        "calls": work.calls,
        "constructs": len(app.node.find_all()),
        "resources": _resources(app),
    }


def _attach(app: Any, form: str, work: Work) -> None:
    import aws_cdk as cdk
    import jsii

    if form == "no-op Aspect":

        @jsii.implements(cdk.IAspect)
        class Nothing:
            def visit(self, _node: Any) -> None: ...

        work.measure(Nothing, "visit")
        cdk.Aspects.of(app).add(Nothing())
    elif form.startswith(("RetryGuard", "seawall.guard", "both guards")):
        import seawall
        from seawall import ImageGuard, RetryGuard
        from seawall.cdk.validation_plugin import ValidationPlugin

        work.measure(RetryGuard, "visit", "validate")
        work.measure(ImageGuard, "visit", "validate")
        work.measure(ValidationPlugin, "validate")
        if form == "seawall.guard":
            seawall.guard(app)
        elif form.endswith("plugin"):
            cdk.Validations.of(app).add_plugins(RetryGuard())
        else:
            cdk.Aspects.of(app).add(RetryGuard())
        if form.startswith("both"):
            cdk.Aspects.of(app).add(ImageGuard())
    elif form == "cdk-nag plugin":
        from cdk_nag import ServerlessChecks

        cdk.Validations.of(app).add_plugins(ServerlessChecks())


def _resources(app: Any) -> int:
    from pathlib import Path

    templates = Path(app.outdir).glob("*.template.json")
    return sum(len(json.loads(template.read_text())["Resources"]) for template in templates)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1])) + "\n")
