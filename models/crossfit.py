"""Training runs: the segmenter, and the classifier on masks that cross-fitted segmenters predicted.

A segmenter reproduces the annotators' drawing style on scans it was trained on, and that style tells the class. So every mask that the classifier
learns from comes from a segmenter that did not see its scan, nor any scan of its group.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np

from models.analysis import NetworkError
from models.batches import ClassifierBatches, Recipe, SegmenterBatches
from models.classifier import build_classifier
from models.datasets import Example, cross_fit_part, fingerprint, select
from models.lesions import most_likely_region
from models.preprocessing import VIEW_SIZES, FloatMap
from models.probabilities import predict_probabilities
from models.segmenter import build_segmenter, with_probability
from models.training import CLASSIFIER_RECIPE, SEGMENTER_RECIPE, classifier_loss, fit, initialise, segmenter_loss, start_name

FOLD_RECIPE = replace(SEGMENTER_RECIPE, epochs=6, learning_rate=1e-3)
"""How each cross-fitted segmenter is fitted."""

PARTS = 2
"""Cross-fitting parts: each part's masks come from a segmenter fitted on the other parts."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Recipes:
    """How each network of a version is fitted: the cross-fitted segmenters, the segmenter, and the classifier of each view."""

    folds: Recipe
    segmenter: Recipe
    classifiers: Mapping[str, Recipe]


def recipes(seed: int = 0, fold_epochs: int | None = None, segmenter_epochs: int | None = None, classifier_epochs: int | None = None) -> Recipes:
    """Return the recipes of the shipped version, with other epochs where given."""
    segmenter = replace(SEGMENTER_RECIPE, epochs=segmenter_epochs or SEGMENTER_RECIPE.epochs, seed=seed)
    classifier = replace(CLASSIFIER_RECIPE, epochs=classifier_epochs or CLASSIFIER_RECIPE.epochs)
    views = {view: replace(classifier, seed=seed + number) for number, view in enumerate(VIEW_SIZES)}
    return Recipes(replace(FOLD_RECIPE, epochs=fold_epochs or FOLD_RECIPE.epochs, seed=seed), segmenter, views)


def train_all(examples: Sequence[Example], run: Path, how: Recipes, init: str) -> None:
    """Fit every network of a version; what is finished in the run's folder is not done again.

    The segmenter goes on from the first cross-fitted one, which has seen half of the same training scans.
    """
    for view, recipe in how.classifiers.items():
        _log.info("the classifier of the %s", view)
        train_classifier(examples, run, recipe, init, how.folds, view)
    _log.info("the segmenter")
    train_segmenter(examples, run, how.segmenter, str(run / "folds" / "0" / "network.weights.h5"), "efficientnetb0")


def train_segmenter(examples: Sequence[Example], run: Path, recipe: Recipe, init: str, encoder: str) -> Path:
    """Fit U-Net++ on the training split, normals included, and return the path of its weights in ``run/segmenter``."""
    folder = run / "segmenter"
    return _fit_segmenter(select(examples, "training"), select(examples, "validation"), folder, recipe, init, encoder)


def train_classifier(examples: Sequence[Example], run: Path, recipe: Recipe, init: str, fold_recipe: Recipe, view: str = "scan") -> Path:
    """Cross-fit segmenters, predict the training masks, fit the guided classifier of a view; return its weights' path in ``run/classifier-VIEW``.

    Each step is skipped when its result lies in the run's folder. Normals have no class to learn and are left out.
    """
    size = VIEW_SIZES[view]
    keras.utils.set_random_seed(recipe.seed)
    network = build_classifier(size, has_grade=True)
    initialise(network, init)  # before the folds: a start that does not fit is said now, not in an hour
    # The folds never start from fitted weights: those have seen the very masks that a fold must not know.
    maps = cross_fitted_probabilities(examples, run / "folds", fold_recipe, init if init in ("imagenet", "random") else "imagenet")
    batches = {}
    for split in ("training", "validation"):
        chosen = [e for e in select(examples, split) if e.label != "normal"]
        masks = [most_likely_region(maps[e.key]) for e in chosen]
        batches[split] = ClassifierBatches(chosen, masks, recipe, is_training=split == "training", size=size, view=view)
    made_from = {"init": start_name(init), "data": fingerprint(examples), "view": view}
    return fit(network, batches["training"], batches["validation"], classifier_loss(), recipe, run / f"classifier-{view}", made_from)


def cross_fitted_probabilities(examples: Sequence[Example], folder: Path, recipe: Recipe, init: str) -> dict[str, FloatMap]:
    """Return a lesion probability, float32 of the scan's size, by example key, for every training and validation example.

    A training example's comes from the segmenter that did not see its part; a validation example, which none saw, takes part 0's.
    """
    training, validation = select(examples, "training"), select(examples, "validation")
    store = folder / "probabilities.npz"
    if not store.exists():
        maps: dict[str, np.ndarray] = {}
        for part in range(PARTS):
            seen = [e for e in training if cross_fit_part(e, PARTS) != part]
            unseen = [e for e in training if cross_fit_part(e, PARTS) == part] + (validation if part == 0 else [])
            _log.info("cross-fitting part %d of %d: %d scans to learn from, %d to predict", part + 1, PARTS, len(seen), len(unseen))
            weights = _fit_segmenter(seen, validation, folder / str(part), replace(recipe, seed=recipe.seed + part), init, "efficientnetb0")
            network = build_segmenter()
            network.load_weights(weights)
            predicted = predict_probabilities(with_probability(network).predict_on_batch, unseen)
            maps |= {e.key: np.round(p * 255).astype(np.uint8) for e, p in zip(unseen, predicted, strict=True)}
        beside = folder / "partial.npz"
        np.savez_compressed(beside, **maps)  # type: ignore[arg-type]
        beside.rename(store)
    maps_by_key = stored_probabilities(folder)
    missing = [e.key for e in [*training, *validation] if e.key not in maps_by_key]
    if missing:
        raise NetworkError(f"{store} was made for other data: it lacks {missing[0]} and {len(missing) - 1} more. Use another run folder.")
    return maps_by_key


def stored_probabilities(folder: Path) -> dict[str, FloatMap]:
    """Return what ``cross_fitted_probabilities`` has stored in a folder; empty before it has run."""
    store = folder / "probabilities.npz"
    if not store.is_file():
        return {}
    with np.load(store) as stored:
        return {name: stored[name].astype(np.float32) / 255 for name in stored.files}


def _fit_segmenter(training: Sequence[Example], validation: Sequence[Example], folder: Path, recipe: Recipe, init: str, encoder: str) -> Path:
    keras.utils.set_random_seed(recipe.seed)
    network = build_segmenter(encoder)
    initialise(network, init)
    batches = SegmenterBatches(training, recipe, is_training=True), SegmenterBatches(validation, recipe, is_training=False)
    made_from = {"encoder": encoder, "init": start_name(init), "data": fingerprint(training)}
    return fit(network, *batches, segmenter_loss(), recipe, folder, made_from)
