"""The honest protocol of the comparison: every scan is tested once, by networks that saw nothing of its group.

K folds of whole groups, as even in every class as groups allow; a data set's official folds are kept whole. Scans filed under two classes are
left out. Normal scans teach the segmenter, and tell how often it finds a lesion where there is none. Epochs are fixed beforehand; no fit ever
looks at the scans that it is tested on.

**Masks.** A classifier learns from masks of segmenters that saw nothing of the scan's group, and is tested with such masks too. When fold k is
tested, the other folds fall into two halves, and each half's masks come from a segmenter fitted on the other; those of fold k come from one
fitted on all the others. One segmenter serves wherever the folds that it saw are the same: of three folds, six segmenters in all. Where a
segmenter finds nothing, its likeliest region is taken: every system answers about every lesion.

**A second task.** Where radiologists' BI-RADS categories are known, the second unit of ``multi-task`` learns those. On BUSI alone there are
none: it then learns how round the annotated lesion is (minor by major axis of its ellipse). A crop, flip or small turn does not change that; the
mask that the network is given says it only roughly, so it has to be read from the pixels; and it carries nothing of how an outline is drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.analysis import NetworkError
from models.batches import ClassifierBatches, Recipe, repeats_of
from models.comparing.comparison import (
    THRESHOLD,
    Answers,
    MaskFigures,
    auc_of,
    differences_of,
    mean_logits,
    measured_mask,
    metrics_of,
    records_of,
)
from models.comparing.system_fits import (
    SEGMENTER_SECONDS,
    GuidedBatches,
    Job,
    Options,
    ScanBatches,
    Tell,
    claim,
    fit_segmenter,
    fit_system,
    logits_of,
    read_logits,
    read_maps,
    run_jobs,
    seconds_of_fit,
    serving,
    starts,
    write_json,
    write_maps,
)
from models.comparing.systems import System
from models.datasets import LABELS, Example, counts, fingerprint
from models.lesions import most_likely_region
from models.measuring.evaluation import Record, curves, software
from models.preprocessing import Ellipse, Mask
from models.probabilities import predict_probabilities
from models.training import SEGMENTER_RECIPE

FEWEST_FOLDS = 3
"""With fewer, there is nothing to halve when one is left out."""

_OFFICIAL_FOLDS = 5

EPOCHS = 12
"""Passes of every fit: some 500 steps of a classifier on BUSI."""

NOTE = (
    "Figures are pooled over folds; intervals are 95 %, whole groups resampled. Scans filed under two classes are left out; those of the axilla and "
    "with needles are fitted and tested, but only metrics_with_objections counts them. Epochs were fixed beforehand, the threshold is 0.5 as in the "
    "reference. A system whose start is random did not have the ImageNet weights that the others start from."
)


def default_folds(examples: Sequence[Example]) -> int:
    """Return five where every data set brings official folds, else three."""
    return _OFFICIAL_FOLDS if all(e.fold is not None for e in examples) else FEWEST_FOLDS


def assign_folds(examples: Sequence[Example], folds: int, seed: int) -> dict[str, int]:
    """Return the fold, 0 … folds - 1, of each group.

    Where a data set brings official folds, these are kept whole, several in one where there are fewer folds. Elsewhere groups are shuffled,
    the largest dealt first, each to the fold that it leaves the most even in every class of its data set.

    Raises
    ------
    NetworkError
        There are fewer than three folds, or more than a data set's official ones or than there are groups.
    """
    if folds < FEWEST_FOLDS:
        raise NetworkError(f"{folds} folds are too few: the masks that a classifier learns from need at least {FEWEST_FOLDS}.")
    if folds > _OFFICIAL_FOLDS and any(e.fold is not None for e in examples):
        raise NetworkError(f"The data bring {_OFFICIAL_FOLDS} official folds; more cannot be made of them.")
    placed = {e.group: (e.fold - 1) % folds for e in examples if e.fold is not None}
    for dataset in sorted({e.dataset for e in examples}):
        placed |= _dealt([e for e in examples if e.dataset == dataset and e.fold is None], folds, seed)
    if len(set(placed.values())) < folds:
        raise NetworkError(f"The data cannot be dealt to {folds} folds: there are too few groups.")
    return placed


def _dealt(examples: Sequence[Example], folds: int, seed: int) -> dict[str, int]:
    groups: dict[str, Counter[str]] = {}
    for e in sorted(examples, key=lambda e: e.key):
        groups.setdefault(e.group, Counter())[e.label] += 1
    totals = Counter(e.label for e in examples)
    shuffled = [sorted(groups)[i] for i in np.random.default_rng(seed).permutation(len(groups))]
    filled = [Counter[str]() for _ in range(folds)]
    placed = {}
    for group in sorted(shuffled, key=lambda name: -groups[name].total()):
        # How full the fold would be, class by class, squared so that what lags behind is filled first.
        costs = [sum(count * (2 * fold[label] + count) / totals[label] ** 2 for label, count in groups[group].items()) for fold in filled]
        placed[group] = int(np.argmin(costs))
        filled[placed[group]] += groups[group]
    return placed


def segmenter_folds(fold: int, tested: int, folds: int) -> tuple[int, ...]:
    """Return the folds that the segmenter of a fold's masks has seen, when ``tested`` is tested: never the fold itself, nor the tested one."""
    others = tuple(f for f in range(folds) if f != tested)
    if fold == tested:
        return others
    halves = others[: len(others) // 2], others[len(others) // 2 :]
    return halves[1] if fold in halves[0] else halves[0]


class GroupedRun:
    """A comparison under the honest protocol, in a folder of its own; killed and run again, it goes on.

    Parameters
    ----------
    examples
        All scans of the data sets; those filed under two classes are left out here.
    systems
        From ``systems.chosen_systems``.
    folder
        Where fits and answers live.
    tested
        The folds that are tested, from 0; by default all. Whoever has less time tests some, and the others in another run of the same folder.

    Raises
    ------
    NetworkError
        The folder holds a comparison of other data or options, the folds cannot be made, or there is no such fold.
    """

    def __init__(
        self, examples: Sequence[Example], systems: Sequence[System], folds: int, options: Options, folder: Path, tested: Sequence[int] = ()
    ) -> None:
        self.examples = [e for e in examples if e.objection != "multiclass"]
        self.fold_of = assign_folds(self.examples, folds, options.seed)
        self.systems, self.folds, self.options = list(systems), folds, options
        self.tested = sorted(set(tested)) or list(range(folds))
        if not set(self.tested) <= set(range(folds)):
            raise NetworkError(f"There are {folds} folds, 1 to {folds}: {', '.join(str(fold + 1) for fold in self.tested)} cannot all be tested.")
        self._folder = folder
        self._data = fingerprint(self.examples)
        for fold in range(folds):
            held = {e.label for e in self._in_folds(fold)}
            if not held >= set(LABELS[:2]):
                raise NetworkError(f"Fold {fold + 1} of {folds} holds not both benign and malignant scans: take fewer folds, or more data.")
        plan = {"data": self._data, "folds": folds, "size": options.size, "epochs": options.epochs, "seed": options.seed, "init": options.init}
        claim(folder, plan)
        self.starts = starts(folder, systems, options.init)

    def run(self, tell: Tell) -> None:
        """Fit whatever is not fitted yet."""
        run_jobs([*self._segmenter_jobs(), *self._system_jobs()], tell)

    def answers(self) -> dict[str, Answers]:
        """Return what each system answered about every scan; once all is fitted."""
        found: dict[str, Answers] = {}
        for system in self.systems:
            if system.build is None:
                found[system.name] = mean_logits([found[name] for name in system.mean_of])
            else:
                found[system.name] = {k: v for fold in self.tested for k, v in read_logits(self._logits(system, fold)).items()}
        return found

    def masks(self) -> dict[str, MaskFigures]:
        """Return what the predicted mask of each scan came to, by key; from segmenters that saw nothing of its group."""
        found: dict[str, MaskFigures] = {}
        for fold in self.tested:
            tested = self._in_folds(fold)
            maps = read_maps(self._maps(segmenter_folds(fold, fold, self.folds)), tested)
            found |= {e.key: measured_mask(e, probability, self.options.size) for e, probability in zip(tested, maps, strict=True)}
        return found

    def report(self, resamples: int = 1000) -> dict[str, Any]:
        """Return all figures and how they came to be, ready for a file; once all is fitted."""
        masks = self.masks()
        answers = self.answers()
        examples = self._in_folds(*self.tested)
        records = {s.name: records_of(examples, answers[s.name], masks if s.needs_masks else None) for s in self.systems}
        clean = {name: [r for r in found if not r.objection] for name, found in records.items()}
        options = self.options
        return {
            "protocol": f"{self.folds} folds of whole groups; {self._which} is tested once, by networks that saw nothing of its group",
            "note": NOTE,
            "data": self._data,
            "scans": counts(examples),
            "scans_in_figures": counts([e for e in examples if not e.objection]),
            "folds": self.folds,
            "folds_tested": [fold + 1 for fold in self.tested],
            "size_px": options.size,
            "epochs": options.epochs,
            "seed": options.seed,
            "resamples": resamples,
            "software": software(),
            "threshold": THRESHOLD,
            "systems": {s.name: self._of_system(s, clean[s.name], records[s.name], resamples) for s in self.systems},
            "differences": differences_of(clean, resamples),
        }

    @property
    def _which(self) -> str:
        return "each scan" if len(self.tested) == self.folds else f"each scan of fold {_named(self.tested)}, and none of the others,"

    def _of_system(self, system: System, clean: Sequence[Record], records: Sequence[Record], resamples: int) -> dict[str, Any]:
        parts = [[r for r in clean if self.fold_of[r.group] == fold] for fold in self.tested]
        return {
            "title": system.title,
            "start": Path(self.starts[system.backbone]).name,
            "metrics": metrics_of(clean, has_masks=system.needs_masks, resamples=resamples),
            "metrics_with_objections": metrics_of(records, has_masks=system.needs_masks, resamples=resamples),
            "roc": curves(clean)["roc"],
            "auc_by_fold": [auc_of(part) for part in parts],
        }

    def _segmenter_jobs(self) -> list[Job]:
        pairs = [(fold, tested) for tested in self.tested for fold in range(self.folds)]
        needed = sorted({segmenter_folds(fold, tested, self.folds) for fold, tested in pairs})
        return [self._segmenter_job(seen) for seen in needed]

    def _segmenter_job(self, seen: tuple[int, ...]) -> Job:
        training = self._in_folds(*seen)
        title = f"U-Net++ on fold {_named(seen)}"
        seconds = seconds_of_fit(SEGMENTER_SECONDS, sum(repeats_of(training)), self.options)
        return Job(title, seconds, self._maps(seen), lambda: self._fit_segmenter(seen, training))

    def _fit_segmenter(self, seen: tuple[int, ...], training: Sequence[Example]) -> None:
        batches = ScanBatches(training, self.options.recipe(SEGMENTER_RECIPE), is_training=True, size=self.options.size)
        answers = serving(fit_segmenter(batches, self._maps(seen).parent, self.options, fingerprint(training)))
        unseen = self._in_folds(*(fold for fold in range(self.folds) if fold not in seen))
        write_maps(self._maps(seen), unseen, predict_probabilities(answers, unseen, self.options.size))

    def _system_jobs(self) -> list[Job]:
        """Return the fits of the systems, fold by fold, the cheapest first: who stops early has most of the table."""
        cheapest_first = sorted((system for system in self.systems if system.build), key=lambda system: system.seconds)
        return [self._system_job(system, fold) for fold in self.tested for system in cheapest_first]

    def _system_job(self, system: System, tested: int) -> Job:
        images = sum(repeats_of(self._lesions(*(f for f in range(self.folds) if f != tested))))
        seconds = seconds_of_fit(system.seconds, images, self.options)
        title = f"{system.title}, fold {tested + 1} of {self.folds}"
        return Job(title, seconds, self._logits(system, tested), lambda: self._fit_system(system, tested))

    def _fit_system(self, system: System, tested: int) -> None:
        recipe, size, view = self.options.recipe(), self.options.size, system.view
        others = [fold for fold in range(self.folds) if fold != tested]
        training, masks = self._with_masks(others, tested)
        make = _RoundnessBatches if system.has_second_task and not any(e.birads for e in training) else GuidedBatches
        batches = make(training, masks, recipe, is_training=True, size=size, view=view)
        folder = self._logits(system, tested).parent
        network = fit_system(system, batches, folder, self.options, self.starts[system.backbone], fingerprint(training))
        unseen, masks = self._with_masks([tested], tested)
        still = ClassifierBatches(unseen, masks, recipe, is_training=False, size=size, view=view)
        write_json(self._logits(system, tested), logits_of(network, still, unseen))

    def _with_masks(self, folds: Sequence[int], tested: int) -> tuple[list[Example], list[Mask]]:
        """Return the lesion scans of some folds with predicted masks, none of a segmenter that saw their fold or the tested one."""
        chosen: list[Example] = []
        masks: list[Mask] = []
        for fold in folds:
            lesions = self._lesions(fold)
            chosen += lesions
            masks += [most_likely_region(p) for p in read_maps(self._maps(segmenter_folds(fold, tested, self.folds)), lesions)]
        return chosen, masks

    def _in_folds(self, *folds: int) -> list[Example]:
        return [e for e in self.examples if self.fold_of[e.group] in folds]

    def _lesions(self, *folds: int) -> list[Example]:
        return [e for e in self._in_folds(*folds) if e.label != "normal"]

    def _maps(self, seen: tuple[int, ...]) -> Path:
        return self._folder / "segmenters" / f"seen-{_named(seen)}" / "probabilities.npz"

    def _logits(self, system: System, tested: int) -> Path:
        return self._folder / system.name / f"fold-{tested + 1}" / "logits.json"


def _named(folds: Sequence[int]) -> str:
    return "+".join(str(fold + 1) for fold in folds)


class _RoundnessBatches(GuidedBatches):
    """Classifier batches whose second truth is how round the annotated lesion is, instead of a BI-RADS category that nobody gave."""

    def __init__(
        self, examples: Sequence[Example], masks: Sequence[Mask], recipe: Recipe, *, is_training: bool, size: int, view: str = "scan"
    ) -> None:
        super().__init__(examples, masks, recipe, is_training=is_training, size=size, view=view)
        for truth, example in zip(self._truths, examples, strict=True):
            truth[1] = _roundness_of(example.read_mask())


def _roundness_of(mask: Mask) -> float:
    """Return the minor by the major axis of a mask's ellipse, in (0, 1], or -1, unknown, of an empty mask."""
    if not mask.any():
        return -1.0
    ellipse = Ellipse.of_mask(mask)
    return ellipse.minor / ellipse.major
