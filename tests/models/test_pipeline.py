"""The shipped networks on LiteRT: equal to Keras, and sensible on synthetic scans."""

import itertools
import shutil
from pathlib import Path

import numpy as np
import pytest

from busi_gui import cli, paths
from busi_gui.domain.case import analysed_case
from busi_gui.domain.diagnosing import diagnosed
from busi_gui.domain.scan import Box, Scan
from models.analysis import AnalysisStopped
from models.classifier import build_classifier
from models.committee import Opinion
from models.from_keras import head_weights
from models.pipeline import Pipeline
from models.preprocessing import VIEW_SIZES, Ellipse, LesionWindow, Letterbox, guided_channels, lesion_view, segmenter_input
from models.retraining.clinic import ClinicLesion, clinic_example
from models.retraining.keras_learner import KerasLearner
from models.retraining.lite_learner import LiteLearner
from models.retraining.outcomes import Lessons, logits_of
from models.saliency import grad_cam_plus_plus, pooled_gradients, scaled_to_one
from models.segmenter import build_segmenter, with_probability
from models.weights import PREPARED_DIR, load_small, read_seen
from tests.builders import make_scan


@pytest.fixture(scope="module")
def pipeline(networks, cache_folder):
    return Pipeline.load(networks, cache_folder)


@pytest.fixture(scope="module")
def keras_networks(pipeline):
    manifest = pipeline.manifest
    segmenter = build_segmenter(**manifest.segmenter.options)
    load_small(segmenter, paths.weights_dir() / manifest.segmenter.file)
    classifiers = []
    for network in manifest.classifiers:
        classifiers.append(build_classifier(**network.options))
        load_small(classifiers[-1], paths.weights_dir() / network.file)
    return segmenter, classifiers


def test_networks_that_came_with_their_flatbuffers_load_without_a_cache(networks, cache_folder, tmp_path, monkeypatch):
    version = Path(shutil.copytree(networks, tmp_path / "version"))
    shutil.copytree(cache_folder, version / PREPARED_DIR)
    monkeypatch.setenv("BUSI_GUI_CACHE", str(tmp_path / "none"))
    assert cli.main(["convert", "--networks", str(version)]) == 0
    Pipeline.load(version, paths.cache_dir())
    assert not paths.cache_dir().exists()


def scan(seed=0, kind="malignant"):
    return make_scan(seed=seed, kind=kind, shape=(480, 600)).pixels


@pytest.mark.parametrize("seed", range(4))
def test_segmenter_on_litert_equals_keras(pipeline, keras_networks, seed):
    pixels = scan(seed)
    box = Letterbox.around(pixels)
    serving = with_probability(keras_networks[0])
    ways = [pixels, np.ascontiguousarray(pixels[:, ::-1])]
    straight, mirrored = (box.crop(np.asarray(serving(segmenter_input(way, box)))[0, ..., 0]) for way in ways)
    np.testing.assert_allclose(pipeline.lesion_probability(pixels, box), (straight + mirrored[:, ::-1]) / 2, atol=1e-4)


def test_a_mirrored_scan_has_the_mirrored_lesion_probability(pipeline):
    pixels = scan(1)[:, :500]
    box = Letterbox.around(pixels)
    mirrored = pipeline.lesion_probability(np.ascontiguousarray(pixels[:, ::-1]), box)
    np.testing.assert_allclose(mirrored[:, ::-1], pipeline.lesion_probability(pixels, box), atol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_classifiers_on_litert_equal_keras(pipeline, keras_networks, seed):
    pixels = scan(seed)
    mask = Ellipse(200, 300, 60, 40, 0).distance(pixels.shape) <= 1
    box = Letterbox.around(pixels)
    square, about = box.apply(pixels), [box.ellipse_of(mask).grown(growth) for growth in (-6, 0, 6)]
    opinions = pipeline.opinions(pixels, mask)
    for member, classifier, opinion in zip(pipeline.members, keras_networks[1], opinions, strict=True):
        seen = [(square, ellipse) if member.view == "scan" else lesion_view(square, ellipse, VIEW_SIZES["lesion"]) for ellipse in about]
        expected = np.asarray(classifier(np.stack([guided_channels(*each) for each in seen])))[:, 0]
        assert np.ptp(expected) > 0.01
        assert opinion.logit == pytest.approx(expected.mean(), abs=2e-4)
    logit = np.mean([opinion.logit for opinion in opinions])
    p = pipeline.diagnose(pixels, mask).p_malignant
    assert p == pytest.approx(1 / (1 + np.exp(-logit / pipeline.manifest.temperature)), abs=1e-6)


@pytest.mark.parametrize("kind", [LiteLearner, KerasLearner])
def test_what_a_retrained_classifier_is_judged_by_is_what_it_will_be_served_as(pipeline, networks, kind):
    pixels = scan(1)
    mask = Ellipse(200, 300, 60, 40, 0).distance(pixels.shape) <= 1
    example = clinic_example("a", "a", pixels, (ClinicLesion(mask, "benign"),), "drawn", is_held_out=True)
    for member, file, opinion in zip(pipeline.members, pipeline.manifest.classifiers, pipeline.opinions(pixels, mask), strict=True):
        (logit,) = logits_of(kind.of(file, networks / file.file), member.view, Lessons([example], [mask]), lambda event: None)
        assert logit == pytest.approx(opinion.logit, abs=2e-4)


@pytest.mark.parametrize("towards", ["malignant", "benign"])
def test_saliency_short_cut_equals_gradients_taken_by_tensorflow(pipeline, keras_networks, towards):
    """Behind global pooling the gradient is the head's weights over the positions: against a gradient tape, for either class."""
    import tensorflow as tf

    pixels = scan(1)
    mask = Ellipse(200, 300, 60, 40, 0).distance(pixels.shape) <= 1
    sign = 1 if towards == "malignant" else -1
    for member, classifier, opinion in zip(pipeline.members, keras_networks[1], pipeline.opinions(pixels, mask), strict=True):
        kernel, _ = classifier.get_layer("logit").get_weights()
        with tf.GradientTape() as tape:
            watched = tf.constant(opinion.activations)
            tape.watch(watched)
            score = sign * tf.linalg.matvec(kernel, tf.reduce_mean(watched, (0, 1)), transpose_a=True)
        gradients = tape.gradient(score, watched).numpy()
        short = grad_cam_plus_plus(opinion.activations, pooled_gradients(sign * member.head, opinion.activations[..., 0].size))
        np.testing.assert_allclose(short, grad_cam_plus_plus(opinion.activations, gradients), atol=1e-5)


def test_each_class_has_its_own_map_laid_over_what_was_looked_at(pipeline):
    """At the middle of each position of the last feature map the fine map has the coarse map's value, for either class and in either view."""
    pixels = scan(1)
    box = Letterbox.around(pixels)
    mask = Ellipse(200, 300, 60, 40, 0).distance(pixels.shape) <= 1
    for member, opinion in zip(pipeline.members, pipeline.opinions(pixels, mask), strict=True):
        window = LesionWindow(0, 0, 256, 256) if opinion.window is None else opinion.window
        maps = {name: member.saliency(opinion, name) for name in ("malignant", "benign")}
        positions = opinion.activations.shape[0]
        step = window.side / positions
        middles = [(row, column) for row in range(positions) for column in range(positions)]
        at = [(round(window.top + (r + 0.5) * step - 0.5), round(window.left + (c + 0.5) * step - 0.5)) for r, c in middles]
        inside = [(place, middle) for place, middle in zip(at, middles, strict=True) if min(place) >= 0 and max(place) < 256]
        assert len(inside) > positions
        for name, sign in (("malignant", 1), ("benign", -1)):
            coarse = scaled_to_one(grad_cam_plus_plus(opinion.activations, pooled_gradients(sign * member.head, positions**2)))
            found = [maps[name][place] for place, _ in inside]
            np.testing.assert_allclose(found, [coarse[middle] for _, middle in inside], atol=0.08)
        assert np.abs(maps["malignant"] - maps["benign"]).max() > 0.1
    shown = pipeline.diagnose(pixels, mask).saliency
    assert shown["malignant"].shape == box.inner[2:]


def test_head_weights_are_those_of_the_logit(pipeline, keras_networks):
    for member, classifier in zip(pipeline.members, keras_networks[1], strict=True):
        np.testing.assert_array_equal(member.head, head_weights(classifier))


def test_answers_are_in_their_ranges_and_of_the_scans_size(pipeline):
    pixels = scan(2)
    analysis = pipeline.analyse(pixels)
    assert analysis.probability.dtype == np.float32
    assert 0 <= analysis.probability.min() <= analysis.probability.max() <= 1
    assert set(analysis.timings_ms) == {"segment", "classify", "explain"}
    for lesion in analysis.lesions:
        assert lesion.mask.shape == pixels.shape
        assert lesion.mask.dtype == np.bool_
        diagnosis = lesion.diagnosis
        assert 0 <= diagnosis.low <= diagnosis.p_malignant <= diagnosis.high <= 1
        assert all(0 <= m.min() <= m.max() <= 1 for m in diagnosis.saliency.values())


def test_the_same_scan_gives_the_same_answer(pipeline):
    first, second = pipeline.analyse(scan(3)), pipeline.analyse(scan(3))
    np.testing.assert_array_equal(first.probability, second.probability)
    assert first.p_malignant == second.p_malignant


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (2000, 3), (900, 1200)])
def test_scans_of_any_shape_are_analysed(pipeline, shape):
    analysis = pipeline.analyse(np.zeros(shape, np.uint8))
    assert max(analysis.probability.shape) == 256
    assert analysis.finding == "no lesion"


def test_a_diagnosis_of_the_networks_own_mask_is_that_of_the_analysis(pipeline):
    pixels = scan(0)
    analysis = pipeline.analyse(pixels)
    assert analysis.lesions, "the sample's lesion is found"
    for lesion in analysis.lesions:
        assert pipeline.diagnose(pixels, lesion.mask).p_malignant == lesion.diagnosis.p_malignant


def test_a_diagnosis_takes_one_run_and_leaves_open_how_much_the_outline_matters(pipeline, monkeypatch):
    pixels = scan(0)
    (lesion, *_) = pipeline.analyse(pixels).lesions
    runs = []
    ask = pipeline._ask

    def counted(*given):
        runs.append(given)
        return ask(*given)

    monkeypatch.setattr(pipeline, "_ask", counted)
    diagnosis = pipeline.diagnose(pixels, lesion.mask)
    assert len(runs) == 1
    assert (diagnosis.low, diagnosis.high, diagnosis.ranges) == (None, None, ())
    for name, found in lesion.diagnosis.saliency.items():
        np.testing.assert_array_equal(diagnosis.saliency[name], found)


def test_in_the_field_the_networks_own_mask_has_exactly_the_networks_own_probability(pipeline):
    pixels = scan(0)
    whole = np.zeros((600, 900), np.uint8)
    field = Box(60, 150, 540, 750)
    whole[field.slices] = pixels
    case = analysed_case(Scan(Path("scan.png"), whole, field=field), pipeline.analyse)
    known = [lesion.answer for lesion in case.lesions if lesion.answer is not None]
    assert known
    for answer in known:
        found = diagnosed(case.scan, answer.mask, pipeline.diagnose)
        assert found.mask is answer.mask
        assert found.diagnosis.p_malignant == answer.diagnosis.p_malignant
        assert found.diagnosis.saliency["malignant"].shape == answer.diagnosis.saliency["malignant"].shape
    beyond = known[0].mask.copy()
    beyond[:50, :100] = True
    assert diagnosed(case.scan, beyond, pipeline.diagnose).diagnosis.p_malignant == known[0].diagnosis.p_malignant


def test_ranges_hold_the_outline_as_it_is_and_one_another(pipeline):
    pixels = scan(0)
    (lesion, *_) = pipeline.analyse(pixels).lesions
    p = pipeline.diagnose(pixels, lesion.mask).p_malignant
    ranges = pipeline.outline_ranges(pixels, lesion.mask, [(2, 2), (10, 10), (20, 20)])
    assert ranges[0] == (lesion.diagnosis.low, lesion.diagnosis.high), "that of 2 px is the analysis's own"
    for (low, high), (wider_low, wider_high) in itertools.pairwise([(p, p), *ranges]):
        assert wider_low <= low <= high <= wider_high
    assert ranges[-1][1] - ranges[-1][0] > 0


def test_a_larger_shift_has_the_answers_of_smaller_ones_in_its_range(pipeline, monkeypatch):
    logits = iter([0.0, -2.0, 1.0, -1.0, 0.5])
    monkeypatch.setattr(pipeline, "_ask", lambda *_: [Opinion(next(logits), np.zeros((1, 1, 1), np.float32), None)])
    pixels = scan(0)
    mask = Ellipse(200, 300, 60, 40, 0).distance(pixels.shape) <= 1
    lowest, highest = pipeline._calibrated(-2.0), pipeline._calibrated(1.0)
    assert pipeline.outline_ranges(pixels, mask, [(1, 1), (2, 2)]) == ((lowest, highest), (lowest, highest))


def test_a_shift_in_one_direction_more_than_in_the_other_is_another_range(pipeline):
    pixels = scan(0)
    (lesion, *_) = pipeline.analyse(pixels).lesions
    one, other = (pipeline.outline_ranges(pixels, lesion.mask, [shift]) for shift in ((4, 20), (20, 4)))
    assert one != other


def test_moving_the_outline_stops_before_any_run(pipeline):
    told = []

    def report(stage, fraction):
        told.append(fraction)
        if len(told) == 3:
            raise AnalysisStopped

    pixels = scan(0)
    with pytest.raises(AnalysisStopped):
        pipeline.outline_ranges(pixels, Ellipse(200, 300, 60, 40, 0).distance(pixels.shape) <= 1, [(1, 1), (2, 2)], report)
    assert told == [0, 0.2, 0.4]


def test_a_report_that_raises_ends_the_run_at_that_stage(pipeline):
    stages = []

    def report(stage, fraction):
        stages.append((stage, fraction))
        if stage == "classifying":
            raise AnalysisStopped

    with pytest.raises(AnalysisStopped):
        pipeline.analyse(scan(0), report)
    assert [stage for stage, _ in stages] == ["segmenting", "segmenting", "classifying"]
    assert all(0 <= fraction <= 1 for _, fraction in stages)


def test_the_shipped_version_was_measured_on_held_out_scans(pipeline):
    """What the window says of the operating point comes from figures in the manifest, not from hopes."""
    manifest = pipeline.manifest
    for dataset in ("busi", "bus-bra"):
        figures = manifest.metrics["held-out"]["metrics"][dataset]
        assert figures["dice"]["value"] > 0.7
        assert figures["auc"]["low"] < figures["auc"]["value"] < figures["auc"]["high"]
    assert "held-out" in manifest.info.operating_point.measured_on
    assert 0.5 < manifest.info.operating_point.sensitivity <= 1
    assert manifest.data["training"]["busi/normal"] > 0
    assert len(read_seen(paths.weights_dir())) == sum(manifest.data["training"].values()) + sum(manifest.data["validation"].values())
