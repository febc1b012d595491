"""The proposed version on disk: written whole or not at all, and only if what is derived of it answers as it does."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from models.analysis import NetworkError, OperatingPoint
from models.batches import ClassifierBatches, Recipe
from models.calibration import calibrated
from models.claiming import check_new
from models.committee import Flatbuffer
from models.convert import convert_version
from models.datasets import Example, likeness_codes
from models.preprocessing import FloatMap, Letterbox
from models.retraining.cases import digest_of
from models.retraining.clinic import ClinicExample
from models.retraining.events import Doing, Tell
from models.retraining.learner import BATCH, Learner
from models.retraining.outcomes import CLASSES, Floats, Lessons
from models.weights import Manifest, NetworkFile, checked_weights, flatbuffers, read_seen, write_seen

LEAST_TO_CALIBRATE = 50
"""Recorded outcomes, of lesions that the classifiers were not fitted on, below which temperature and thresholds stay the parent's."""

LEAST_OF_A_CLASS = 10

MOST_APART = 1e-3
"""By how much the answers of a network as it was fitted and as it is served may differ: a probability, or a logit."""

_CHECKED = 3
"""Cases on which they are compared."""


def proposed_manifest(
    parent: Manifest,
    version: str,
    learned: Sequence[ClinicExample],
    held_out: Sequence[ClinicExample],
    pack: Mapping[str, str],
    recipe: Mapping[str, Any],
) -> Manifest:
    """Return the manifest of a version that is fitted to a clinic's cases; its networks are still the parent's.

    The parent's figures are left out, and where its operating points name what they were measured on, they say by which version: nobody has
    measured this one yet.
    """
    points = tuple(replace(point, measured_on=f"{point.measured_on}, with {parent.version}") for point in parent.operating_points)
    return replace(
        parent,
        version=version,
        parent=parent.version,
        created=datetime.now(UTC).date().isoformat(),
        operating_points=points,
        trained_on=f"{parent.trained_on}; then {len(learned)} approved cases of a clinic",
        data={**parent.data, "clinic": {"learned": _summary(learned), "held-out": _summary(held_out), "replay pack": dict(pack)}},
        metrics={},
        recipes={**parent.recipes, "retraining": dict(recipe)},
    )


def recalibrated(manifest: Manifest, logits: Floats, lessons: Lessons) -> Manifest:
    """Return the manifest with temperature and operating points as chosen on the clinic's lesions, or as it is where these are too few.

    Parameters
    ----------
    logits
        Each classifier's, not calibrated, float64 (lesions, classifiers).
    lessons
        Lesions with an outcome, none of which the classifiers were fitted on: of those, they know too much.
    """
    if not can_calibrate(lessons):
        return manifest
    temperature, points = calibrated(logits, lessons.is_malignant, f"{len(lessons.examples)} lesions of the clinic, on which it was chosen")
    return replace(manifest, temperature=temperature, operating_points=_in_order_of(manifest.operating_points, points))


def can_calibrate(lessons: Lessons) -> bool:
    """Whether lesions with an outcome are enough to choose temperature and operating points on."""
    return len(lessons.examples) >= LEAST_TO_CALIBRATE and lessons.fewest >= LEAST_OF_A_CLASS


def write_proposal(
    manifest: Manifest,
    base: Path,
    learners: Mapping[str, Learner],
    out: Path,
    cache: Path,
    cases: Sequence[ClinicExample],
    lessons: Lessons,
    tell: Tell,
) -> Manifest:
    """Write a version into the folder ``out``, derive its flatbuffers, and return its manifest with the weights' hashes.

    Parameters
    ----------
    base
        The parent's folder: its weights are copied where a network stays as it is.
    learners
        The networks that changed, by the name of their weights' file.
    cases, lessons
        What was learned from or compared on, and lesions in them to compare the answers on.

    Raises
    ------
    NetworkError
        ``out`` is not empty, or what serves does not answer as what was fitted; then nothing is left of it.
    """
    check_new(out)
    beside = out.with_name(f"{out.name}.partial")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    tell(Doing("writing the version", 0.0))
    files = [_stored(file, base, learners.get(file.file), beside) for file in manifest.networks]
    manifest = replace(manifest, segmenter=files[0], classifiers=tuple(files[1:]))
    manifest.write(beside)
    write_seen(beside, np.concatenate([read_seen(base), likeness_codes([case.pixels for case in cases])]))
    convert_version(beside, cache, lambda what, fraction: tell(Doing(what, fraction)))
    try:
        check_answers(manifest, learners, cache, cases, lessons)
    except NetworkError:
        shutil.rmtree(beside)
        raise
    if out.exists():
        out.rmdir()
    beside.replace(out)
    return manifest


def check_answers(manifest: Manifest, learners: Mapping[str, Learner], cache: Path, cases: Sequence[Example], lessons: Lessons) -> None:
    """Compare what a step is taken with and what serves on a few cases, of every network that changed.

    The learners hold the weights as they are stored. Where their answers differ the flatbuffer is deleted, and a NetworkError says so.
    """
    derived = flatbuffers(manifest, cache)
    paths = {manifest.segmenter.file: derived.segmenter}
    paths |= {file.file: files.network for file, files in zip(manifest.classifiers, derived.classifiers, strict=True)}
    for file in manifest.networks:
        if file.file not in learners:
            continue
        learner, path = learners[file.file], paths[file.file]
        apart = _apart(learner, path, _inputs(file, learner.size, cases, lessons))
        if not apart <= MOST_APART:
            path.unlink()
            raise NetworkError(
                f"The converted {file.file.split('.')[0]} answers otherwise than the fitted one (by {apart:.2g}). Start the fit again."
            )


def _stored(file: NetworkFile, base: Path, learner: Learner | None, folder: Path) -> NetworkFile:
    if learner is None:
        shutil.copyfile(checked_weights(base, file), folder / file.file)
        return file
    return replace(file, sha256=learner.store(folder / file.file))


def _inputs(file: NetworkFile, size: int, cases: Sequence[Example], lessons: Lessons) -> list[FloatMap]:
    """Return what a network is asked, float32 (1, size, size, channels) each."""
    if not file.view:
        scans = [case.read_pixels() for case in cases[:_CHECKED]]
        return [Letterbox.around(scan, size).apply(scan)[np.newaxis, ..., np.newaxis].astype(np.float32) for scan in scans]
    recipe = Recipe(epochs=1, batch_size=1, learning_rate=0.0)
    chosen = lessons.examples[:_CHECKED], lessons.masks[:_CHECKED]
    batches = ClassifierBatches(*chosen, recipe, is_training=False, size=size, view=file.view)
    return [batches[number][0] for number in range(len(batches))]


def _apart(learner: Learner, path: Path, inputs: Sequence[FloatMap]) -> float:
    """Return by how much a learner and its flatbuffer differ at most: in probability, or in the logit."""
    if not inputs:
        return 0.0
    learned = learner.answers_in_a_step(np.concatenate([inputs[number % len(inputs)] for number in range(BATCH)]))
    served = Flatbuffer(path, 1)
    apart = 0.0
    for values, wanted in zip(inputs, learned, strict=False):
        answer = min(served(values), key=lambda each: each.size)[0]  # a classifier's logit; its activations are many
        apart = max(apart, float(np.abs(answer - wanted[..., :1]).max()))
    return apart


def _summary(cases: Sequence[ClinicExample]) -> dict[str, Any]:
    outcomes = Counter(lesion.outcome for case in cases for lesion in case.lesions)
    return {
        "cases": {case.key: digest_of(case) for case in cases},
        "kinds": dict(sorted(Counter(case.kind for case in cases).items())),
        "outcomes": {name: outcomes[name] for name in (*CLASSES, "unknown")},
    }


def _in_order_of(old: Sequence[OperatingPoint], new: Sequence[OperatingPoint]) -> tuple[OperatingPoint, ...]:
    """Put the points into the order in which the parent has them: the first is the one in use."""
    names = [point.name for point in old]
    return tuple(sorted(new, key=lambda point: names.index(point.name) if point.name in names else len(names)))
