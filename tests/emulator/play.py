"""What is to be played: a scenario, what fails in which way, and how often the failing function should run."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from seawall.graph import FailureClass
from seawall.replay import Experiment, plan
from seawall.retries import Analysis, analyse
from seawall.services import build
from seawall.template import App, load

SCENARIOS = Path(__file__).parents[1] / "scenarios"


class Play(Struct, frozen=True):
    """One event, one failing function."""

    template: str
    fails: str
    failure: str
    runs: int
    """Worked out by hand: `tests/scenarios/README.md`."""
    errors: tuple[str, ...] = ()
    laps: int = 0
    stand_ins: bool = True

    @property
    def name(self) -> str:
        """Good as a stack's name and as a test's id."""
        parts = [self.template, self.fails, self.failure, *self.errors]
        return "-".join(parts if self.stand_ins else [*parts, "as-is"])

    @property
    def experiment(self) -> Experiment:
        """The same for the replay."""
        app, analysis = _read(SCENARIOS / f"{self.template}.json")
        by_name = "fault" if self.failure == "throttle" else self.failure
        made = plan(app, analysis, self.fails, by_name, laps=self.laps)
        failure = FailureClass(self.failure)
        return replace(made, failure=failure, errors=self.errors, stand_ins=self.stand_ins)


@cache
def _read(path: Path) -> tuple[App, Analysis]:
    app = load([path])
    return app, analyse(build(app))
