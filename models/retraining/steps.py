"""Step after step of a fit that can be ended at any time, and goes on as if it had not been."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any
from zipfile import BadZipFile

import keras
import numpy as np
import numpy.typing as npt

from models.analysis import NetworkError
from models.retraining.events import Doing, Measured, Paced, Stepped, Tell, network_name
from models.training import Batch, ClassifierBatches, SegmenterBatches

BATCH = 4
"""Scans a step, half of them to rehearse on: on one busy core a step still takes under two seconds, which is how soon a stop must take effect."""

_WARMUP = 0.05
_SECONDS_BETWEEN_CHECKPOINTS = 30.0
_CHECKPOINT = "checkpoint.npz"
_PACED_AFTER = 5
"""Steps on which the pace is measured; the very first, in which the network is compiled, does not count."""

_COSTS = {"segmenter": 1.0, "classifier-scan": 0.2, "classifier-lesion": 0.15}
"""What a step of each network takes, in steps of the segmenter: of the classifiers only the end is gone through backwards."""

_PATIENCE = 6
"""Measurements in a row, none of which is better than the best before them, after which a fit is ended: half of it."""

Weights = list[npt.NDArray[np.float32]]
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


def as_served(network: keras.Model) -> keras.Model:
    """Let a network learn as it is served: batch normalisation keeps its statistics, scale and shift, dropout leaves nothing out.

    A few dozen scans are no statistics, and without chance in the network a step depends on its number alone.
    """
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
        elif isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    return network


def trained_weights(network: keras.Model) -> Weights:
    """Return copies of the weights that a fit moves."""
    return [_copied(variable) for variable in network.trainable_variables]


def set_trained_weights(network: keras.Model, weights: Sequence[npt.NDArray[np.float32]]) -> None:
    """Set what ``trained_weights`` returned."""
    for variable, value in zip(network.trainable_variables, weights, strict=True):
        variable.assign(value)


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
    network: keras.Model,
    batch_of: Callable[[int], Batch],
    loss: Callable[..., keras.KerasTensor],
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
    variables = [*network.trainable_variables, *_compiled(network, loss, plan).variables]
    step, curve, is_done = _restored(checkpoint, variables)
    for row in curve:
        clock.tell(row)
    clock.start(plan.network, plan.steps - step)
    _look(measure, 0, curve, clock)
    if not is_done:
        clock.tell(Doing(f"preparing the {network_name(plan.network)}", 0.0))  # compiling it takes as long as many steps
    saved = perf_counter()
    while not is_done:
        start = perf_counter()
        network.reset_metrics()
        value = float(network.train_on_batch(*batch_of(step)))
        if not np.isfinite(value):
            raise NetworkError("The fit diverged: the loss became infinite. Are all approved masks where the lesions are?")
        step += 1
        clock.stepped(plan.network, step, value, perf_counter() - start)
        is_last = step >= plan.steps
        if is_last or step % plan.measure_every == 0:
            _look(measure, step, curve, clock)
        is_done = is_last or _is_enough(curve)
        if is_done or perf_counter() - saved > _SECONDS_BETWEEN_CHECKPOINTS:
            _save(checkpoint, variables, {"step": step, "curve": [asdict(row) for row in curve], "is_done": is_done})
            saved = perf_counter()
    clock.done(plan.network)
    return curve


def _compiled(network: keras.Model, loss: Callable[..., keras.KerasTensor], plan: Plan) -> keras.optimizers.Optimizer:
    """Compile a network and return its optimiser, all of whose variables are there."""
    warmup = round(_WARMUP * plan.steps)
    rate = keras.optimizers.schedules.CosineDecay(0.0, plan.steps - warmup, warmup_target=plan.rate, warmup_steps=warmup)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=1e-4, global_clipnorm=1.0)
    network.compile(optimizer, loss, jit_compile=keras.backend.backend() == "jax")
    optimizer.build(network.trainable_variables)
    return optimizer


def _look(measure: Measure | None, step: int, curve: list[Measured], clock: Clock) -> None:
    """Measure and tell what was not measured yet."""
    if measure is not None and all(row.step < step for row in curve):
        curve.append(measure(step))
        clock.tell(curve[-1])


def _is_enough(curve: Sequence[Measured]) -> bool:
    best = max((row.clinic for row in curve[:-_PATIENCE]), default=None)
    return best is not None and max(row.clinic for row in curve[-_PATIENCE:]) <= best


def _save(path: Path, variables: Sequence[Any], state: Mapping[str, Any]) -> None:
    beside = path.with_name(f"partial-{path.name}")
    np.savez(beside, json.dumps(state), *map(_copied, variables))
    beside.replace(path)


def _copied(variable: keras.Variable) -> npt.NDArray[np.float32]:
    return np.array(keras.ops.convert_to_numpy(variable))


def _restored(path: Path, variables: Sequence[Any]) -> tuple[int, list[Measured], bool]:
    """Set the variables as a checkpoint has them, and return its step, curve and whether it is the end; a beginning where there is none."""
    if not path.is_file():
        return 0, [], False
    try:
        with np.load(path) as stored:
            values = [stored[name] for name in stored.files]
        state = json.loads(str(values[0]))
        for variable, value in zip(variables, values[1:], strict=True):
            variable.assign(value)
        return int(state["step"]), [Measured(**row) for row in state["curve"]], bool(state["is_done"])
    except (OSError, ValueError, KeyError, TypeError, IndexError, EOFError, BadZipFile) as error:
        raise NetworkError(f"{path} is damaged ({error}). Delete it: the fit then starts anew.") from error
