"""From a finished training run to a version of the networks: round, calibrate on validation scans, measure on held-out ones, write."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from models import evaluation
from models.analysis import FloatMap, NetworkError, OperatingPoint
from models.calibration import choose_lesion_rule, choose_operating_points, fit_temperature, rates_at
from models.classifier import build_classifier
from models.convert import convert_version
from models.crossfit import stored_probabilities
from models.datasets import SPLITS, Example, counts, fingerprint, likeness_codes, select
from models.lesions import LesionRule
from models.pipeline import Pipeline
from models.preprocessing import Letterbox
from models.segmenter import build_segmenter
from models.weights import CLASSIFIER_FILE, SEGMENTER_FILE, Manifest, NetworkFile, save_float16, write_seen

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
        ``out`` is not empty, the run has no finished segmenter or classifier, or it was made from other data.
    """
    if out.exists() and any(out.iterdir()):
        raise NetworkError(f"{out} is not empty. Name a new folder with --out: a version is never written over another.")
    beside = out.with_name(f"{out.name}.partial")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    manifest = _uncalibrated(run, beside, version, examples)
    manifest.write(beside)
    report("converting", 0.05)
    convert_version(beside, cache, lambda *_: None)
    validation, held_out = select(examples, "validation"), select(examples, "held-out")
    write_seen(beside, likeness_codes([e.read_pixels() for e in [*select(examples, "training"), *validation]]))
    report("choosing the lesion rule", 0.15)
    manifest = replace(manifest, lesion_rule=_lesion_rule(Pipeline.load(beside, cache), validation, run))
    manifest.write(beside)
    report("calibrating", 0.3)
    manifest = _calibrated(manifest, evaluation.run(Pipeline.load(beside, cache), validation))
    manifest.write(beside)
    report("measuring", 0.5)
    manifest = _measured(manifest, Pipeline.load(beside, cache), validation, held_out)
    manifest.write(beside)
    if out.exists():
        out.rmdir()
    beside.replace(out)
    report("done", 1.0)
    return manifest


def _measured(manifest: Manifest, pipeline: Pipeline, validation: Sequence[Example], held_out: Sequence[Example]) -> Manifest:
    """Return the manifest with every figure, and with the operating points' rates on held-out scans."""
    threshold = manifest.operating_points[0].threshold
    on_validation, on_held_out = evaluation.run(pipeline, validation), evaluation.run(pipeline, held_out)
    clean = [record for record in on_held_out if not record.objection]
    points = tuple(_measured_point(point, clean) for point in manifest.operating_points)
    figures = {"validation": evaluation.report_of(on_validation, threshold), "held-out": evaluation.report_of(on_held_out, threshold)}
    return replace(manifest, operating_points=points, metrics=figures)


def _uncalibrated(run: Path, out: Path, version: str, examples: Sequence[Example]) -> Manifest:
    recipes = _recipes(run)
    made_from = recipes.get("classifier", {}).get("data")
    if made_from not in (None, fingerprint(examples)):
        raise NetworkError(f"{run} was trained on other data than these: its held-out scans would not be held out.")
    segmenter_options = {"encoder": recipes.get("segmenter", {}).get("encoder", "efficientnetb0")}
    files = {}
    for name, network, file, options in (
        ("segmenter", build_segmenter(**segmenter_options), SEGMENTER_FILE, segmenter_options),
        ("classifier", build_classifier(), CLASSIFIER_FILE, {}),
    ):
        weights = run / name / "network.weights.h5"
        if not weights.is_file():
            raise NetworkError(f"{run} has no finished {name}; run: python main.py train {name} --run {run}")
        network.load_weights(weights)
        files[name] = NetworkFile(network.name, file, save_float16(network, out / file), options)
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
        recipes=recipes,
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
    maps[True] += [_on_grid(p) for key, p in cross_fitted.items() if "/normal/" in key and key not in seen]
    rule = choose_lesion_rule(maps[True], maps[False], _MOST_FALSE_LESIONS)
    _log.info("lesion rule on %d normals and %d lesions: %s", len(maps[True]), len(maps[False]), rule)
    return rule


def _on_grid(probability: FloatMap) -> FloatMap:
    """Return a map of a scan's size on the network grid, where doubt is measured."""
    rows, columns = probability.shape
    box = Letterbox(rows, columns)
    return box.crop(box.apply(probability))


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
