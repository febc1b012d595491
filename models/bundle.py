"""From a finished training run to a version of the networks: round, calibrate on validation scans, measure on held-out ones, write."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from models import evaluation
from models.analysis import NetworkError, OperatingPoint
from models.calibration import choose_lesion_rule, choose_operating_points, fit_temperature, rates_at
from models.classifier import build_classifier
from models.convert import convert_version
from models.crossfit import stored_probabilities
from models.datasets import SPLITS, Example, counts, select
from models.lesions import LesionRule
from models.pipeline import Pipeline
from models.preprocessing import Letterbox
from models.segmenter import build_segmenter
from models.weights import CLASSIFIER_FILE, SEGMENTER_FILE, Manifest, NetworkFile, save_float16

_MOST_FALSE_LESIONS = 0.25
"""Share of normal scans on which a false lesion is put up with when the veto is chosen."""

_LEAST_OF_A_CLASS = 5
"""Found validation lesions of each class below which nothing is calibrated."""

_log = logging.getLogger(__name__)
Report = Callable[[str, float], None]


def make_version(examples: Sequence[Example], run: Path, out: Path, cache: Path, version: str, report: Report) -> Manifest:
    """Write a version of the networks into the folder ``out`` and return its manifest.

    Everything is chosen on validation scans (and, for the veto, on cross-fitted maps of normal training scans); held-out scans are
    measured last, once.

    Raises
    ------
    NetworkError
        The run has no finished segmenter or classifier.
    """
    out.mkdir(parents=True, exist_ok=True)
    manifest = _uncalibrated(run, out, version, examples)
    manifest.write(out)
    report("converting", 0.05)
    convert_version(out, cache, lambda *_: None)
    validation = select(examples, "validation")
    report("choosing the lesion rule", 0.15)
    manifest = replace(manifest, lesion_rule=_lesion_rule(Pipeline.load(out, cache), validation, run))
    manifest.write(out)
    report("calibrating", 0.3)
    records = evaluation.run(Pipeline.load(out, cache), validation)
    manifest = _calibrated(manifest, records)
    manifest.write(out)
    report("measuring", 0.5)
    measured = {split: evaluation.run(Pipeline.load(out, cache), select(examples, split)) for split in ("validation", "held-out")}
    threshold = manifest.operating_points[0].threshold
    manifest = replace(
        manifest,
        operating_points=tuple(_measured_point(point, measured["held-out"]) for point in manifest.operating_points),
        metrics={split: evaluation.as_json(found, threshold) for split, found in measured.items()},
    )
    manifest.write(out)
    report("done", 1.0)
    return manifest


def _uncalibrated(run: Path, out: Path, version: str, examples: Sequence[Example]) -> Manifest:
    segmenter_options = json.loads((run / "segmenter" / "options.json").read_text()) if (run / "segmenter" / "options.json").exists() else {}
    files = {}
    for name, network, file in (
        ("segmenter", build_segmenter(**segmenter_options), SEGMENTER_FILE),
        ("classifier", build_classifier(), CLASSIFIER_FILE),
    ):
        weights = run / name / "network.weights.h5"
        if not weights.is_file():
            raise NetworkError(f"{run} has no finished {name}; run: python main.py train {name} --run {run}")
        network.load_weights(weights)
        files[name] = NetworkFile(network.name, file, save_float16(network, out / file), segmenter_options if name == "segmenter" else {})
    return Manifest(
        version=version,
        created=datetime.now(UTC).date().isoformat(),
        segmenter=files["segmenter"],
        classifier=files["classifier"],
        lesion_rule=LesionRule(),
        temperature=1.0,
        operating_points=(OperatingPoint("even", 0.5, 0.0, 0.0, "nothing yet"),),
        trained_on=_sentence(examples),
        data={split: counts(select(examples, split)) for split in SPLITS},
        recipes=_recipes(run),
    )


def _sentence(examples: Sequence[Example]) -> str:
    titles = {"busi": "BUSI (Baheya Hospital, Cairo)", "bus-bra": "BUS-BRA (INCA, Rio de Janeiro)"}
    training = select(examples, "training")
    names = [titles.get(name, name) for name in sorted({e.dataset for e in training})]
    return f"{len(training)} scans of {len({e.group for e in training})} lesions or patients from {' and '.join(names)}"


def _recipes(run: Path) -> dict[str, Any]:
    folders = {"segmenter": "segmenter", "classifier": "classifier", "cross-fitted segmenters": "folds/0"}
    return {name: json.loads((run / f / "recipe.json").read_text()) for name, f in folders.items() if (run / f / "recipe.json").is_file()}


def _lesion_rule(pipeline: Pipeline, validation: Sequence[Example], run: Path) -> LesionRule:
    maps: dict[bool, list[Any]] = {True: [], False: []}
    for example in validation:
        pixels = example.read_pixels()
        maps[example.label == "normal"].append(pipeline.lesion_probability(pixels, Letterbox.around(pixels)))
    # Validation has few normals: cross-fitted maps of the training normals, which their segmenter never saw either, are added.
    cross_fitted = stored_probabilities(run / "folds")
    seen = {e.key for e in validation}
    maps[True] += [p for key, p in cross_fitted.items() if "/normal/" in key and key not in seen]
    rule = choose_lesion_rule(maps[True], maps[False], _MOST_FALSE_LESIONS)
    _log.info("lesion rule on %d normals and %d lesions: %s", len(maps[True]), len(maps[False]), rule)
    return rule


def _calibrated(manifest: Manifest, records: Sequence[evaluation.Record]) -> Manifest:
    found = [r for r in records if r.label != "normal" and r.logit is not None]
    logits = np.array([r.logit for r in found], np.float64)
    is_malignant = np.array([r.label == "malignant" for r in found], np.bool_)
    if min(np.count_nonzero(is_malignant), np.count_nonzero(~is_malignant)) < _LEAST_OF_A_CLASS:
        _log.warning("too few lesions of both classes were found on validation scans to calibrate: temperature 1 and the even point stay")
        return manifest
    temperature = fit_temperature(logits, is_malignant)
    points = choose_operating_points(1 / (1 + np.exp(-logits / temperature)), is_malignant, "validation scans")
    return replace(manifest, temperature=temperature, operating_points=points)


def _measured_point(point: OperatingPoint, records: Sequence[evaluation.Record]) -> OperatingPoint:
    lesions = [r for r in records if r.label != "normal"]
    scores = np.array([r.score for r in lesions], np.float64)
    is_malignant = np.array([r.label == "malignant" for r in lesions], np.bool_)
    sensitivity, specificity = rates_at(scores, is_malignant, point.threshold)
    patients = len({r.group for r in lesions})
    return replace(
        point,
        sensitivity=round(sensitivity, 4),
        specificity=round(specificity, 4),
        measured_on=f"{len(lesions)} held-out scans of {patients} lesions or patients",
    )
