"""From a finished training run to a version of the networks: round, calibrate on validation scans, measure on held-out ones, write."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from models.analysis import FloatMap, NetworkError, OperatingPoint
from models.calibration import calibrated, choose_lesion_rule
from models.claiming import check_new
from models.classifier import build_classifier
from models.convert import convert_version
from models.datasets import SPLITS, Example, counts, fingerprint, likeness_codes, select
from models.lesions import LesionRule
from models.measuring import evaluation
from models.measuring.looks import LOG_FILE, note_look
from models.pipeline import Pipeline
from models.preprocessing import VIEW_SIZES, Letterbox
from models.segmenter import build_segmenter
from models.weights import SEGMENTER_FILE, Manifest, NetworkFile, checked_weights, is_version, read_manifest, save_small, write_seen

_MOST_FALSE_LESIONS = 0.06
"""Share of normal validation scans on which a false lesion is put up with when the veto is chosen."""

_MOST_LOST = 0.05
"""Share of the lesions that the veto may cost."""

_NO_POINTS = (OperatingPoint("even", 0.5, 0.0, 0.0, "nothing yet"),)
"""Until they are chosen."""

_LEAST_OF_A_CLASS = 5
"""Found validation lesions of each class below which nothing is calibrated."""

_log = logging.getLogger(__name__)
Report = Callable[[str, float], None]


def make_version(examples: Sequence[Example], source: Path, out: Path, cache: Path, version: str, report: Report, measures: Path) -> Manifest:
    """Write a version of the networks into the folder ``out`` and return its manifest.

    ``source`` is the folder of a training run, or of a version: its weights are then taken as they are, and what is chosen is chosen anew, for a
    pipeline that uses them otherwise.

    Everything is chosen on validation scans. Held-out scans are measured last, once, and that is noted in the folder ``measures``; into it go all
    figures, ``validation.json`` and ``held-out.json``, of which the manifest gets the most important ones.

    Raises
    ------
    NetworkError
        ``out`` is not empty, the run has no finished segmenter or classifier, the version is damaged, or either was made from other data.
    """
    check_new(out)
    beside = out.with_name(f"{out.name}.partial")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    manifest = (_copied if is_version(source) else _uncalibrated)(source, beside, version, examples)
    manifest.write(beside)
    report("preparing", 0.05)
    convert_version(beside, cache, lambda *_: None)
    validation, held_out = select(examples, "validation"), select(examples, "held-out")
    write_seen(beside, likeness_codes([e.read_pixels() for e in [*select(examples, "training"), *validation]]))
    report("choosing the lesion rule", 0.15)
    manifest = replace(manifest, lesion_rule=_lesion_rule(Pipeline.load(beside, cache), validation))
    manifest.write(beside)
    report("calibrating", 0.3)
    manifest = _calibrated(manifest, Pipeline.load(beside, cache), validation)
    manifest.write(beside)
    report("measuring", 0.5)
    if held_out:
        note_look(measures / LOG_FILE, f"train bundle --version {version}", version, manifest.info.hashes, held_out)
    manifest, files = _measured(manifest, Pipeline.load(beside, cache), {"validation": validation, "held-out": held_out})
    manifest.write(beside)
    if out.exists():
        out.rmdir()
    beside.replace(out)
    measures.mkdir(parents=True, exist_ok=True)
    for split, content in files.items():
        (measures / f"{split}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    report("done", 1.0)
    return manifest


def _measured(manifest: Manifest, pipeline: Pipeline, splits: Mapping[str, Sequence[Example]]) -> tuple[Manifest, dict[str, Any]]:
    """Return the manifest with its figures and with the operating points' rates on held-out scans, and all figures of each split."""
    records = {split: evaluation.run(pipeline, examples) for split, examples in splits.items()}
    clean = [record for record in records["held-out"] if not record.objection]
    points = tuple(_measured_point(point, clean) for point in manifest.operating_points)
    manifest = replace(manifest, operating_points=points)
    command = f"train bundle --version {manifest.version}"
    files = {split: evaluation.measured(command, records[split], points, manifest.info, examples, split) for split, examples in splits.items()}
    kept = {split: {name: content[name] for name in ("metrics", "metrics_with_objections")} for split, content in files.items()}
    return replace(manifest, metrics=kept), files


def _uncalibrated(run: Path, out: Path, version: str, examples: Sequence[Example]) -> Manifest:
    recipes = _recipes(run)
    _check_data(run, recipes, examples)
    views = [view for view in VIEW_SIZES if (run / f"classifier-{view}" / "network.weights.h5").is_file()]
    if not views:
        raise NetworkError(f"{run} has no finished classifier; run: python main.py train classifier --run {run}")
    if not (run / "segmenter" / "network.weights.h5").is_file():
        raise NetworkError(f"{run} has no finished segmenter; run: python main.py train segmenter --run {run}")
    encoder = recipes.get("segmenter", {}).get("encoder", "efficientnetb0")
    segmenter = _small(build_segmenter(encoder), run / "segmenter", out, NetworkFile("", SEGMENTER_FILE, "", {"encoder": encoder}))
    classifiers = []
    for view in views:
        options: dict[str, Any] = {"input_size": VIEW_SIZES[view], "has_grade": True}
        file = NetworkFile("", f"classifier-{view}.weights.h5", "", options, view)
        classifiers.append(_small(build_classifier(**options), run / f"classifier-{view}", out, file))
    return Manifest(
        version=version,
        created=datetime.now(UTC).date().isoformat(),
        segmenter=segmenter,
        classifiers=tuple(classifiers),
        lesion_rule=LesionRule(),
        temperature=1.0,
        operating_points=_NO_POINTS,
        trained_on=_sentence(examples),
        data={split: counts(select(examples, split)) for split in SPLITS},
        recipes=recipes,
    )


def _copied(source: Path, out: Path, version: str, examples: Sequence[Example]) -> Manifest:
    made = read_manifest(source)
    _check_data(source, made.recipes, examples)
    for network in made.networks:
        shutil.copy(checked_weights(source, network), out / network.file)
    today = datetime.now(UTC).date().isoformat()
    return replace(
        made, version=version, parent=made.version, created=today, lesion_rule=LesionRule(), temperature=1.0, operating_points=_NO_POINTS, metrics={}
    )


def _check_data(source: Path, recipes: Mapping[str, Any], examples: Sequence[Example]) -> None:
    made_from = {recipe["data"] for name, recipe in recipes.items() if name.startswith("classifier") and "data" in recipe}
    if made_from - {fingerprint(examples)}:
        raise NetworkError(f"{source} was trained on other data than these: its held-out scans would not be held out.")


def _small(network: keras.Model, folder: Path, out: Path, file: NetworkFile) -> NetworkFile:
    """Load a fitted network and store it small; return its place in the manifest."""
    network.load_weights(folder / "network.weights.h5")
    return replace(file, name=network.name, sha256=save_small(network, out / file.file))


def _sentence(examples: Sequence[Example]) -> str:
    titles = {"busi": "BUSI (Baheya Hospital, Cairo)", "bus-bra": "BUS-BRA (INCA, Rio de Janeiro)"}
    training = select(examples, "training")
    names = [titles.get(name, name) for name in sorted({e.dataset for e in training})]
    return f"{len(training)} scans of {len({e.group for e in training})} lesions or patients from {' and '.join(names)}"


def _recipes(run: Path) -> dict[str, Any]:
    folders = {"segmenter": "segmenter", "cross-fitted segmenters": "folds/0", **{f"classifier-{view}": f"classifier-{view}" for view in VIEW_SIZES}}
    return {name: json.loads((run / f / "recipe.json").read_text()) for name, f in folders.items() if (run / f / "recipe.json").is_file()}


def _lesion_rule(pipeline: Pipeline, validation: Sequence[Example]) -> LesionRule:
    """Choose the veto on validation scans alone.

    Normals are few there. Cross-fitted maps of the training normals would be more, but they come from segmenters that saw half of the scans, and a
    veto that is strict enough for those cost the segmenter that is served a ninth of BUSI's lesions.
    """
    maps: dict[bool, list[FloatMap]] = {True: [], False: []}
    for example in validation:
        if not example.objection or example.label == "normal":
            pixels = example.read_pixels()
            maps[example.label == "normal"].append(pipeline.lesion_probability(pixels, Letterbox.around(pixels)))
    rule = choose_lesion_rule(maps[True], maps[False], _MOST_FALSE_LESIONS, _MOST_LOST)
    _log.info("lesion rule on %d normals and %d lesions: %s", len(maps[True]), len(maps[False]), rule)
    return rule


def _calibrated(manifest: Manifest, pipeline: Pipeline, validation: Sequence[Example]) -> Manifest:
    """Return the manifest with temperature, operating points and doubt as chosen on the lesions that were found on validation scans."""
    logits, is_malignant = _found_logits(pipeline, validation)
    if min(np.count_nonzero(is_malignant), np.count_nonzero(~is_malignant)) < _LEAST_OF_A_CLASS:
        _log.warning("too few lesions of both classes were found on validation scans to calibrate: temperature 1 and the even point stay")
        return manifest
    temperature, points = calibrated(logits, is_malignant, "validation scans")
    return replace(manifest, temperature=temperature, operating_points=points)


def _found_logits(pipeline: Pipeline, examples: Sequence[Example]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Return each classifier's logit, not calibrated, of the most suspicious lesion found, float64 (lesions, classifiers); which are malignant."""
    rows, labels = [], []
    for example in examples:
        pixels = example.read_pixels()
        lesions = pipeline.analyse(pixels).lesions if example.label != "normal" else ()
        if lesions:
            rows.append([opinion.logit for opinion in pipeline.opinions(pixels, lesions[0].mask)])
            labels.append(example.label == "malignant")
    return np.array(rows, np.float64).reshape(len(rows), len(pipeline.members)), np.array(labels, np.bool_)


def _measured_point(point: OperatingPoint, records: Sequence[evaluation.Record]) -> OperatingPoint:
    lesions = [r for r in records if r.label != "normal"]
    measured = evaluation.figures(lesions, point.threshold)
    sensitivity, specificity = measured["sensitivity"], measured["specificity"]
    patients = len({r.group for r in lesions})
    return replace(
        point,
        sensitivity=sensitivity.value or 0.0,
        specificity=specificity.value or 0.0,
        measured_on=f"{len(lesions)} held-out scans of {patients} lesions or patients",
        sensitivity_interval=_interval(sensitivity),
        specificity_interval=_interval(specificity),
    )


def _interval(figure: evaluation.Figure) -> tuple[float, float] | None:
    return None if figure.low is None or figure.high is None else (figure.low, figure.high)
