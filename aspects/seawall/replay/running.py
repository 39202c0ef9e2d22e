"""One replay from start to end: deploy, send, wait until nothing moves, count."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from .counts import Key, LapRuns, Row, What
from .deployment import Deployment
from .emulator import Endpoint, answering
from .errors import ReplayError
from .experiment import Experiment
from .limits import explained, limits
from .log import Log, in_file, in_queue
from .names import ACCOUNT, DeployedNames
from .observing import observe
from .predicting import Prediction, predict
from .translation import Translation

_ORDER = tuple(What)
HALTING = 5.0
"""Seconds that are given to what is under way where a bound stops a replay."""

Progress = Callable[[Log, float], None]
"""Told what was counted so far, and for how many seconds."""


class Bounds(Struct, frozen=True):
    """What ends a replay that does not end by itself."""

    runs: int = 20_000
    """Of all functions together."""
    seconds: float = 100.0
    settle: float = 0.5
    """Seconds of silence after which nothing moves any more."""


class ReplayOutcome(Struct, frozen=True):
    """What came of it."""

    experiment: Experiment
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    """What was left out, replaced or is played otherwise, known before the run."""
    stopped_by: str
    """Empty where everything was quiet; else the bound that was reached."""
    seconds: float
    moments: tuple[tuple[float, str], ...]
    """When which function ran, in seconds since the first run."""
    by_lap: Mapping[tuple[str, int], int]
    """Runs by function and lap."""
    laps: tuple[LapRuns, ...] = ()
    """The same beside what is predicted, of events that code sends back."""

    @property
    def differs(self) -> bool:
        """Whether something was counted otherwise than predicted, and nothing explains it."""
        if self.stopped_by:
            return any(row.exceeded for row in self.rows)
        lapsed = any(lap.differs for lap in self.laps) and not any(row.verdict == "explained" for row in self.rows)
        return self.ended or lapsed or any(row.verdict == "differs" for row in self.rows)

    @property
    def endless(self) -> bool:
        """Whether the event goes round without end, as the model has it."""
        return any(row.endless and row.key.site == self.experiment.site for row in self.rows)

    @property
    def ended(self) -> bool:
        """Whether everything came to rest although it should not have."""
        return self.endless and not self.stopped_by and all(row.observed is not None for row in self.rows)


class Replay:
    """An experiment under way on an emulator: deployed and started on construction, read with `outcome`."""

    def __init__(
        self, emulator: Endpoint, experiment: Experiment, folder: Path, name: str = "replay", speed: float = 100
    ) -> None:
        self.emulator = emulator
        self.experiment = experiment
        names = DeployedNames(experiment.app, name, emulator.endpoint)
        path, queue = folder / f"{name}.log", f"{emulator.endpoint}/{ACCOUNT}/{name}-notes"
        log = str(path) if emulator.own else queue
        wait = emulator.asynchronous_wait
        self.translation = Translation(experiment, names, log, speed, emulator.own, emulator.token, wait)
        self.notes = (*limits(self.translation), *self.translation.notes)
        self._deployment: Deployment | None = None
        self._started = 0.0
        self.log = Log(in_file(path) if emulator.own else in_queue(emulator.client("sqs"), queue))

    def start(self) -> Deployment:
        """Deploy, and send the events."""
        with answering(self.emulator):
            self._deployment = deployment = Deployment(self.emulator, self.translation)
            self._started = time.monotonic()
            for number in range(self.experiment.events):
                deployment.send(number)
        return deployment

    def outcome(self, bounds: Bounds, progress: Progress | None = None) -> ReplayOutcome:
        """Wait until nothing moves or a bound is reached, then count."""
        deployment = self._deployment or self.start()
        with answering(self.emulator):
            stopped_by = self._wait(deployment, bounds, progress)
            seconds = time.monotonic() - self._started
            if stopped_by:
                self._halt(deployment)
            observed = observe(deployment, self.log)
        self.log.update()
        first = min((at for at, _ in self.log.moments), default=0.0)
        prediction = self.predicted()
        rows = self._rows(prediction, observed)
        return ReplayOutcome(
            self.experiment,
            rows,
            self.notes,
            stopped_by,
            seconds,
            tuple((at - first, name) for at, name in sorted(self.log.moments)),
            dict(self.log.laps),
            self._laps(prediction, rows),
        )

    def close(self) -> None:
        """Clean up on an emulator that goes on; our own one goes anyway."""
        if not self.emulator.own and self._deployment is not None:
            with answering(self.emulator):
                self._deployment.remove()

    def predicted(self) -> Prediction:
        """What the model says, known before the run."""
        return predict(self.experiment, self.translation.left)

    def _wait(self, deployment: Deployment, bounds: Bounds, progress: Progress | None) -> str:
        while True:
            self.log.update()
            passed = time.monotonic() - self._started
            if progress is not None:
                progress(self.log, passed)
            if self.log.begun >= bounds.runs:
                return f"{bounds.runs:,} runs"
            if passed >= bounds.seconds:
                return f"{bounds.seconds:g} s"
            if not self.emulator.alive():
                raise ReplayError(f"the emulator died; the end of its log:\n{self.emulator.tail()}".rstrip())
            if self.log.idle and time.time() - self.log.last > bounds.settle and self._is_quiet(deployment):
                return ""
            time.sleep(0.05)

    def _halt(self, deployment: Deployment) -> None:
        """Let the lap that is under way end, so that all counts are of one moment; some ways round do not end so."""
        deployment.halt()
        end = time.monotonic() + HALTING
        while time.monotonic() < end:
            before = self.log.update()
            if not before and self.log.idle and not deployment.runs() and not self.log.update():
                return
            time.sleep(0.1)

    def _is_quiet(self, deployment: Deployment) -> bool:
        """Nothing moves, twice over, and nothing was noted meanwhile.

        An event may pass from one place to another while these are looked at one by one, hence twice.
        """
        return not deployment.moves() and not deployment.moves() and not self.log.update()

    def _laps(self, prediction: Prediction, rows: Sequence[Row]) -> tuple[LapRuns, ...]:
        """Lap by lap, where events are sent back one by one and each bears its lap."""
        if not self.experiment.returns or self.experiment.batch > 1:
            return ()
        compared = {row.key.site for row in rows if row.key.what is What.RUNS and row.verdict in ("equal", "differs")}
        return tuple(
            LapRuns(site, lap, count, self.log.laps[site, lap])
            for (site, lap), count in sorted(prediction.by_lap.items(), key=lambda pair: pair[0][1])
            if site in compared
        )

    def _rows(self, prediction: Prediction, observed: Mapping[Key, int]) -> tuple[Row, ...]:
        predicted = prediction.counts
        laps = _laps_played(prediction, observed)
        sites = self.experiment.analysis.flow.sites
        order = {name: number for number, name in enumerate(self.experiment.analysis.open_flow.order)}
        keys = sorted(
            (key for key in predicted if key.site in self.translation.in_play),
            key=lambda key: (order.get(key.site, 0), _ORDER.index(key.what)),
        )
        rows = []
        for key in keys:
            one = self.translation
            kind, answer = sites[key.site].kind, predicted[key]
            row = Row(key, kind, answer, observed.get(key), laps=laps, timed=one.timed, hurried=one.hurried)
            rows.append(explained(self.translation, row))
        return tuple(rows)


def _laps_played(prediction: Prediction, observed: Mapping[Key, int]) -> int | None:
    """How often events went round that go round without end: told by what happens least often on a lap."""
    if not prediction.steady:
        return None
    turns = [
        (answer.lap, key)
        for key, answer in prediction.counts.items()
        if answer.lap and answer.count is None and observed.get(key) is not None
    ]
    if not turns:
        return None
    lap, key = min(turns)
    return observed[key] // lap
