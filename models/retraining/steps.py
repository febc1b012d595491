"""Step after step of a fit that can be ended at any time, and goes on as if it had not been."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any
from zipfile import BadZipFile

import numpy as np

from models.analysis import NetworkError
from models.batches import Batch, ClassifierBatches, SegmenterBatches
from models.retraining.events import Doing, Measured, Paced, Stepped, Tell, network_name
from models.retraining.learner import Learner

_SECONDS_BETWEEN_CHECKPOINTS = 30.0
_CHECKPOINT = "checkpoint.npz"
_PACED_AFTER = 5
"""Steps on which the pace is measured; the very first, before which everything is made ready, does not count."""

_COSTS = {"segmenter": 1.0, "classifier-scan": 0.2, "classifier-lesion": 0.18}
"""What a step of each network takes, in steps of the segmenter: of the classifiers only the end is gone through backwards."""

_PATIENCE = 6
"""Measurements in a row, none of which is better than the best before them, after which a fit is ended: half of it."""

Measure = Callable[[int], Measured]


@dataclass(frozen=True)
class Plan:
    """How a network is fitted: its steps, the steps between two measurements, the highest rate of the cosine, and the seed of all that is random."""

    network: str
    steps: int
    measure_every: int
    rate: float
    seed: int = 0


@dataclass
class Clock:
    """Tells steps, and how many seconds are left until every network of ``ahead``, steps by name, is fitted."""

    tell: Tell
    ahead: dict[str, int]
    _durations: list[float] = field(default_factory=list)

    def start(self, network: str, steps_left: int) -> None:
        """Begin with a network of which so many steps are left."""
        self.ahead[network] = steps_left
        self._durations = []

    def stepped(self, network: str, step: int, loss: float, seconds: float) -> None:
        """Tell a step that took so long; what ``tell`` raises goes on."""
        self._durations = [*self._durations[-20:], seconds]
        self.ahead[network] -= 1
        if len(self._durations) <= _PACED_AFTER:
            self.tell(Stepped(network, step, loss, None))
            return
        pace = float(np.median(self._durations[1:]))
        left = pace * sum(steps * _cost(name) for name, steps in self.ahead.items()) / _cost(network)
        if len(self._durations) == _PACED_AFTER + 1:
            self.tell(Paced(network, pace, left))
        self.tell(Stepped(network, step, loss, left))

    def done(self, network: str) -> None:
        """Be done with a network, whether or not all of its steps were taken."""
        self.ahead[network] = 0


def _cost(network: str) -> float:
    return _COSTS.get(network, 1.0)


def joined(parts: Sequence[SegmenterBatches | ClassifierBatches]) -> Callable[[int], Batch]:
    """Return what makes a step's batch of one batch of each part; it depends on the step's number alone."""

    def batch_of(step: int) -> Batch:
        pairs = []
        for part in parts:
            part.epoch, number = divmod(step, len(part))
            pairs.append(part[number])
        return np.concatenate([x for x, _ in pairs]), np.concatenate([y for _, y in pairs])

    return batch_of


def take_steps(
    learner: Learner,
    batch_of: Callable[[int], Batch],
    plan: Plan,
    folder: Path,
    clock: Clock,
    measure: Measure | None = None,
) -> list[Measured]:
    """Fit a network from where the folder's checkpoint is, or from its weights as they are; return its curve.

    A checkpoint is written every half minute and at the end, beside and then renamed. ``measure`` is called before the first step, every so many and
    after the last; the fit ends early when that has not become better for long. Its weights are those of the last step: the cosine comes to rest
    there, and none is picked by looking.

    Raises
    ------
    NetworkError
        The loss became infinite, or the checkpoint is damaged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / _CHECKPOINT
    learner.begin(plan.steps, plan.rate)
    step, curve, is_done = _restored(checkpoint, learner)
    for row in curve:
        clock.tell(row)
    clock.start(plan.network, plan.steps - step)
    _look(measure, 0, curve, clock)
    if not is_done:
        clock.tell(Doing(f"preparing the {network_name(plan.network)}", 0.0))
    saved = perf_counter()
    while not is_done:
        start = perf_counter()
        value = learner.learn(*batch_of(step))
        if not np.isfinite(value):
            raise NetworkError("The fit diverged: the loss became infinite. Are all approved masks where the lesions are?")
        step += 1
        clock.stepped(plan.network, step, value, perf_counter() - start)
        is_last = step >= plan.steps
        if is_last or step % plan.measure_every == 0:
            _look(measure, step, curve, clock)
        is_done = is_last or _is_enough(curve)
        if is_done or perf_counter() - saved > _SECONDS_BETWEEN_CHECKPOINTS:
            _save(checkpoint, learner, {"step": step, "curve": [asdict(row) for row in curve], "is_done": is_done, "learner": learner.kind})
            saved = perf_counter()
    learner.rest()
    clock.done(plan.network)
    return curve


def _look(measure: Measure | None, step: int, curve: list[Measured], clock: Clock) -> None:
    """Measure and tell what was not measured yet."""
    if measure is not None and all(row.step < step for row in curve):
        curve.append(measure(step))
        clock.tell(curve[-1])


def _is_enough(curve: Sequence[Measured]) -> bool:
    best = max((row.clinic for row in curve[:-_PATIENCE]), default=None)
    return best is not None and max(row.clinic for row in curve[-_PATIENCE:]) <= best


def _save(path: Path, learner: Learner, state: Mapping[str, Any]) -> None:
    beside = path.with_name(f"partial-{path.name}")
    np.savez(beside, json.dumps(state), *learner.state())
    beside.replace(path)


def _restored(path: Path, learner: Learner) -> tuple[int, list[Measured], bool]:
    """Set the learner as a checkpoint has it, and return its step, curve and whether it is the end.

    A beginning where there is none, or where it is of another kind of learner, such as that of an older program.
    """
    if not path.is_file():
        return 0, [], False
    try:
        with np.load(path) as stored:
            values = [stored[name] for name in stored.files]
        state = json.loads(str(values[0]))
        if state.get("learner") != learner.kind:
            return 0, [], False
        learner.set_state(values[1:])
        return int(state["step"]), [Measured(**row) for row in state["curve"]], bool(state["is_done"])
    except (OSError, ValueError, KeyError, TypeError, IndexError, EOFError, BadZipFile) as error:
        raise NetworkError(f"{path} is damaged ({error}). Delete it: the fit then starts anew.") from error
