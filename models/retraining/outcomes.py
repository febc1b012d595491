"""Fitting the shipped classifiers to lesions whose outcome the clinic has recorded.

They learn on masks that the *shipped* segmenter predicted: it saw no case of the clinic, so it cannot tell how the reader draws. What they rehearse
are their own answers, not labels: of scans that the segmenter was fitted on, its masks follow the annotator's hand, and that tells the label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.batches import ClassifierBatches, Recipe
from models.datasets import Example
from models.lesions import LesionRule, most_likely_region
from models.measuring.records import overlap
from models.preprocessing import GROWTHS, FloatMap, Mask
from models.retraining.blending import Scores, Weights, blend, scores_of
from models.retraining.clinic import ClinicExample
from models.retraining.events import Doing, Tell
from models.retraining.learner import BATCH, Learner
from models.retraining.outlining import lesions_of
from models.retraining.steps import Clock, Plan, joined, take_steps

LEAST_OUTCOMES = 10
"""Recorded outcomes of each class below which no classifier is fitted: of fewer lesions it would learn by heart who they are."""

LEAST_HELD_OUT = 3
"""Held-out outcomes of each class below which nothing tells whether a fit is any better."""

MOST_LOST = 0.01
"""By how much the log loss on the pack's hold-out may rise."""

_STEPS_A_LESION, _LEAST_STEPS, _MOST_STEPS = 10, 100, 1500

RATE = 1e-4
"""Of the last block and the head, which is all that moves."""

_SAME = 0.3
"""Dice from which what the segmenter found is the approved lesion."""

CLASSES = ("benign", "malignant")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Lessons:
    """Lesions and the masks, bool of each scan's size, that the shipped segmenter has of them."""

    examples: Sequence[Example]
    masks: Sequence[Mask]

    @property
    def known(self) -> Lessons:
        """Those whose outcome is recorded."""
        pairs = [(e, mask) for e, mask in zip(self.examples, self.masks, strict=True) if e.label in CLASSES]
        return Lessons([e for e, _ in pairs], [mask for _, mask in pairs])

    @property
    def is_malignant(self) -> npt.NDArray[np.bool_]:
        """Which are, bool (lesions,)."""
        return np.array([e.label == "malignant" for e in self.examples], np.bool_)

    @property
    def fewest(self) -> int:
        """Lesions of the class of which there are fewer."""
        counts = Counter(e.label for e in self.examples)
        return min(counts[name] for name in CLASSES)

    def __add__(self, other: Lessons) -> Lessons:
        return Lessons([*self.examples, *other.examples], [*self.masks, *other.masks])


def lessons_of(cases: Sequence[ClinicExample], maps: Iterable[FloatMap], rule: LesionRule, size: int) -> Lessons:
    """Return a lesson for every approved lesion that the shipped segmenter found, labelled by the lesion's own outcome.

    What it did not find is left out: there is no mask of it but the reader's.
    """
    examples: list[Example] = []
    masks: list[Mask] = []
    for case, probability in zip(cases, maps, strict=True):
        found = lesions_of(probability, rule, size)
        for lesion in case.lesions:
            best = max(found, key=lambda mask: overlap(mask, lesion.mask)[0], default=None)
            if best is not None and overlap(best, lesion.mask)[0] >= _SAME:
                examples.append(replace(case, label=lesion.outcome))
                masks.append(best)
    return Lessons(examples, masks)


def lessons_of_pack(scans: Sequence[Example], maps: Iterable[FloatMap]) -> Lessons:
    """Return a lesson for each scan of a pack that has a lesion, its mask chosen as when the shipped classifiers were trained."""
    pairs = [(scan, most_likely_region(p)) for scan, p in zip(scans, maps, strict=True) if scan.label in CLASSES]
    return Lessons([scan for scan, _ in pairs], [mask for _, mask in pairs])


def reason_against(learned: Lessons, held_out: Lessons) -> str:
    """Return why the classifiers stay as they are, in words; empty where they can be fitted."""
    for lessons, least, which in ((learned, LEAST_OUTCOMES, "to learn from"), (held_out, LEAST_HELD_OUT, "held out")):
        counts = Counter(e.label for e in lessons.examples)
        if lessons.fewest < least:
            have = " and ".join(f"{counts[name]} {name}" for name in CLASSES)
            return (
                f"The classifiers stay as they are: {have} outcomes of lesions that the networks found are {which}, and {least} of each are needed."
            )
    return ""


def classifier_plan(view: str, lesions: int, seed: int) -> Plan:
    """Return how the classifier of a view is fitted on so many lesions."""
    steps = int(np.clip(_STEPS_A_LESION * lesions, _LEAST_STEPS, _MOST_STEPS))
    return Plan(f"classifier-{view}", steps, steps, RATE, seed)


def fit_classifier(learner: Learner, view: str, learned: Lessons, rehearsal: Lessons, plan: Plan, folder: Path, clock: Clock) -> Weights:
    """Fit a shipped classifier, resumably, and return the weights that moved; half of every batch are lesions of which it keeps its own answers."""
    size = learner.size
    answers = _as_truths(_answers(learner, view, rehearsal, clock.tell))
    half = Recipe(epochs=1, batch_size=BATCH // 2, learning_rate=plan.rate, seed=plan.seed)
    other = replace(half, seed=plan.seed + 1)
    parts = [
        ClassifierBatches(learned.examples, learned.masks, half, is_training=True, size=size, view=view),
        ClassifierBatches(rehearsal.examples, rehearsal.masks, other, is_training=True, size=size, view=view, truths=answers),
    ]
    take_steps(learner, joined(parts), plan, folder, clock)
    return learner.trained_weights()


def logits_of(learner: Learner, view: str, lessons: Lessons, tell: Tell) -> Floats:
    """Return a classifier's logit of *malignant* for each lesion as it is served, the mean over ellipses; not calibrated, float64 (lesions,)."""
    rows = [_answers(learner, view, lessons, tell, growth)[:, 0] for growth in GROWTHS]
    return np.asarray(np.mean(rows, axis=0), np.float64)


def classifier_scores(
    fits: Sequence[tuple[str, Learner, Weights, Weights]],
    held_out: Lessons,
    base: Lessons | None,
    temperature: float,
    tell: Tell,
) -> dict[float, Scores]:
    """Return what each share is worth, taken of all classifiers at once, for their mean is what is served: the negative mean log loss.

    Parameters
    ----------
    fits
        View, learner, shipped and fitted weights of each classifier; they are left with the last share's.
    held_out, base
        Lesions with an outcome, of the clinic and of the pack's hold-out.
    """

    def measure(share: float) -> Scores:
        columns: list[tuple[Floats, Floats | None]] = []
        for view, learner, shipped, fitted in fits:
            learner.set_trained_weights(blend(shipped, fitted, share))
            learner.round_as_stored()
            columns.append((logits_of(learner, view, held_out, tell), None if base is None else logits_of(learner, view, base, tell)))
        kept = None if base is None else -_log_loss([of_base for _, of_base in columns if of_base is not None], base, temperature)
        return Scores(-_log_loss([logits for logits, _ in columns], held_out, temperature), None if kept is None else (kept,))

    return scores_of(measure)


def _log_loss(logits: Sequence[Floats], lessons: Lessons, temperature: float) -> float:
    signs = np.where(lessons.is_malignant, 1.0, -1.0)
    return float(np.logaddexp(0, -signs * np.mean(logits, axis=0) / temperature).mean())


def _answers(learner: Learner, view: str, lessons: Lessons, tell: Tell, growth: float = 0.0) -> Floats:
    """Return the logits of class and, where the network has it, grade, float64 (lesions, 1 or 2)."""
    recipe = Recipe(epochs=1, batch_size=BATCH, learning_rate=0.0)
    size = learner.size
    batches = ClassifierBatches(lessons.examples, lessons.masks, recipe, is_training=False, size=size, view=view, growth=growth)
    rows = []
    for number in range(len(batches)):
        tell(Doing(f"asking the classifier of the {view}", number / len(batches)))
        rows.append(np.asarray(learner.answers(batches[number][0]), np.float64))
    return np.concatenate(rows)


def _as_truths(answers: Floats) -> FloatMap:
    """Return class and grade, float32 (lesions, 2), whose loss is least at these logits: the smoothing of the class's label is undone."""
    chances = 1 / (1 + np.exp(-answers))
    grade = chances[:, 1] if answers.shape[1] > 1 else np.full(len(answers), -1.0)
    return np.column_stack([np.clip((chances[:, 0] - 0.025) / 0.95, 0, 1), grade]).astype(np.float32)
