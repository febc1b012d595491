"""From approved cases to a proposed version: whole or not at all, answering as Keras does, and saying where it comes from."""

import json
from dataclasses import replace

import keras
import numpy as np
import pytest

from models.analysis import NetworkError
from models.batches import ClassifierBatches, SegmenterBatches
from models.claiming import check_new
from models.classifier import LOGIT_LAYER
from models.committee import Flatbuffer
from models.preprocessing import Letterbox
from models.retraining import fitting, outcomes, proposal
from models.retraining.cases import digest_of
from models.retraining.events import Done, Planned, Said, Stepped
from models.retraining.keras_learner import KerasLearner
from models.retraining.outcomes import Lessons
from models.retraining.proposal import check_answers, proposed_manifest, recalibrated, write_proposal
from models.retraining.run import retrain
from models.segmenter import with_probability
from models.weights import flatbuffers, load_small, read_manifest, read_seen, sha256_of
from tests.models.retraining.clinic_of_shapes import POINTS, case, cases, disc, pack, tiny_classifier, tiny_networks, tiny_segmenter, write_version

pytestmark = pytest.mark.timeout(400)  # TensorFlow compiles several networks, which takes a busy machine minutes


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("networks") / "base"
    write_version(folder)
    return folder


def forget(event):
    """Tell nobody."""


def recorded(batches, learned_from):
    """Return what makes such batches and notes the examples that a network is fitted on."""

    def make(examples, *more, is_training, **options):
        learned_from.extend(examples if is_training else [])
        return batches(examples, *more, is_training=is_training, **options)

    return make


@pytest.fixture(scope="module")
def learned_from():
    return []


@pytest.fixture(scope="module")
def proposed(base, tmp_path_factory, learned_from):
    """Return a finished run: its folder, what it was told, its cases."""
    folder = tmp_path_factory.mktemp("run")
    given, told = cases(24, 8, known=True), []
    with tiny_networks(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "SegmenterBatches", recorded(SegmenterBatches, learned_from))
        patch.setattr(outcomes, "ClassifierBatches", recorded(ClassifierBatches, learned_from))
        retrain(base, folder / "cache", given, pack(), folder / "run", folder / "out", "1.0+clinic.1", told.append)
    return folder, told, given


def test_no_network_is_fitted_on_what_is_held_out(proposed, learned_from):
    _, _, given = proposed
    keys = [e.key for e in learned_from]
    assert not set(keys) & {e.key for e in [*pack().hold_out, *(e for e in given if e.is_held_out)]}
    for e in [*(e for e in given if not e.is_held_out), *pack().rehearsal]:
        assert keys.count(e.key) == 3, e.key  # once by each network


def test_a_proposal_says_where_it_comes_from(base, proposed):
    folder, _, given = proposed
    manifest, parent = read_manifest(folder / "out"), read_manifest(base)
    assert (manifest.version, manifest.parent) == ("1.0+clinic.1", "1.0")
    assert (manifest.lesion_rule, manifest.temperature) == (parent.lesion_rule, parent.temperature)
    assert [(p.name, p.threshold, p.doubt) for p in manifest.operating_points] == [(p.name, p.threshold, p.doubt) for p in POINTS]
    assert all(p.measured_on == "made-up scans, with 1.0" for p in manifest.operating_points)
    clinic = manifest.data["clinic"]
    assert clinic["learned"]["cases"] == {e.key: digest_of(e) for e in given if not e.is_held_out}
    assert clinic["held-out"]["cases"] == {e.key: digest_of(e) for e in given if e.is_held_out}
    assert clinic["learned"]["outcomes"] == {"benign": 12, "malignant": 12, "unknown": 0}
    assert clinic["learned"]["kinds"] == {"corrected": 24}
    assert clinic["replay pack"]["sha256"] == pack().digest
    assert manifest.data["training"] == parent.data["training"]
    assert manifest.metrics == {}
    assert len(read_seen(folder / "out")) == len(given)
    recipe = manifest.recipes["retraining"]
    assert set(recipe["shares"]) == {"segmenter", "classifier-scan", "classifier-lesion"}
    assert list(recipe["scores"]["segmenter"]) == ["0", "0.25", "0.5", "0.75", "1"]
    for file in manifest.networks:
        assert sha256_of(folder / "out" / file.file) == file.sha256


def test_a_run_tells_its_plan_first_and_its_end_last_and_every_event_is_plain(proposed):
    _, told, _ = proposed
    planned = next(event for event in told if isinstance(event, Planned))
    assert planned.cases == 24
    assert planned.held_out == 8
    assert list(planned.steps) == ["segmenter", "classifier-scan", "classifier-lesion"]
    assert not any(isinstance(event, Stepped) for event in told[: told.index(planned)])
    assert isinstance(told[-1], Done)
    lines = [json.loads(json.dumps(event.as_json())) for event in told]
    assert {line["event"] for line in lines} == {"doing", "planned", "measured", "example", "step", "paced", "said", "done"}
    networks = [line["network"] for line in lines if line["event"] == "step"]
    assert sorted(set(networks), key=networks.index) == list(planned.steps)


def test_the_converted_segmenter_answers_as_the_stored_weights(proposed):
    folder, _, _ = proposed
    manifest = read_manifest(folder / "out")
    network = tiny_segmenter()
    load_small(network, folder / "out" / manifest.segmenter.file)
    scan, _ = disc(77)
    values = Letterbox.around(scan, 32).apply(scan)[np.newaxis, ..., np.newaxis].astype(np.float32)
    (answer,) = Flatbuffer(flatbuffers(manifest, folder / "cache").segmenter, 1)(values)
    wanted = keras.ops.convert_to_numpy(with_probability(network)(values))
    np.testing.assert_allclose(answer, wanted, atol=1e-3)
    assert np.ptp(wanted) > 0.1


def changed_networks(base):
    parent = read_manifest(base)
    networks = {}
    for file in parent.networks:
        network = tiny_classifier(**file.options) if file.view else tiny_segmenter()
        load_small(network, base / file.file)
        layer = network.get_layer(LOGIT_LAYER if file.view else "heads")
        layer.set_weights([w + 0.25 for w in layer.get_weights()])
        networks[file.file] = KerasLearner(network, file.view)
    return parent, networks


def write(base, folder):
    parent, networks = changed_networks(base)
    given = cases(3, 1, known=True)
    lessons = Lessons(given, [e.read_mask() for e in given])
    manifest = proposed_manifest(parent, "1.0+clinic.2", given[:3], given[3:], {}, {})
    with tiny_networks():
        written = write_proposal(manifest, base, networks, folder / "out", folder / "cache", given, lessons, forget)
    return written, networks, given, lessons


def test_every_changed_network_is_stored_and_compared(base, tmp_path):
    written, networks, given, lessons = write(base, tmp_path)
    parent = read_manifest(base)
    assert not {file.sha256 for file in written.networks} & {file.sha256 for file in parent.networks}
    assert read_manifest(tmp_path / "out") == written
    for file in written.networks:  # another network than the one that was stored is found out, whichever it is
        layer = networks[file.file].network.get_layer(LOGIT_LAYER if file.view else "heads")
        kept = layer.get_weights()
        layer.set_weights([w + 0.1 for w in kept])
        with tiny_networks(), pytest.raises(NetworkError, match="answers otherwise"):
            check_answers(written, {file.file: networks[file.file]}, tmp_path / "cache", given, lessons)
        layer.set_weights(kept)
    assert not flatbuffers(written, tmp_path / "cache").are_there


def test_what_does_not_answer_alike_leaves_no_version(base, tmp_path, monkeypatch):
    monkeypatch.setattr(proposal, "MOST_APART", -1.0)
    with pytest.raises(NetworkError, match="answers otherwise"):
        write(base, tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("out")] == []


def test_networks_that_stay_are_copied_byte_for_byte(base, tmp_path):
    parent = read_manifest(base)
    given = cases(2, 1)
    manifest = proposed_manifest(parent, "1.0+clinic.3", given[:2], given[2:], {}, {})
    with tiny_networks():
        written = write_proposal(manifest, base, {}, tmp_path / "out", tmp_path / "cache", given, Lessons([], []), forget)
    assert written.networks == parent.networks
    for file in parent.networks:
        assert (tmp_path / "out" / file.file).read_bytes() == (base / file.file).read_bytes()


def test_few_outcomes_leave_classifiers_and_thresholds_alone_and_it_is_said(base, tmp_path):
    told = []
    with tiny_networks():
        manifest = retrain(base, tmp_path / "cache", cases(4, 2, known=True), None, tmp_path / "run", tmp_path / "out", "1.0+clinic.1", told.append)
    assert manifest.classifiers == read_manifest(base).classifiers
    texts = [event.text for event in told if isinstance(event, Said)]
    assert sum("10 of each" in text for text in texts) == 1
    assert sum("Temperature" in text for text in texts) == 1
    with pytest.raises(NetworkError, match="not empty"):
        check_new(tmp_path / "out")


def test_a_run_goes_on_with_the_same_cases_only(base, tmp_path):
    class StopError(Exception):
        pass

    def stop(event):
        if isinstance(event, Planned):
            raise StopError

    def start(given, a_pack=None):
        with tiny_networks():
            retrain(base, tmp_path / "cache", given, a_pack, tmp_path / "run", tmp_path / "out", "1.0+clinic.1", stop)

    given = cases(3, 1)
    for _ in range(2):
        with pytest.raises(StopError):
            start(given)
    with pytest.raises(NetworkError, match="another learned"):
        start([case(50), *given])
    with pytest.raises(NetworkError, match="another pack"):
        start(given, pack())
    assert not (tmp_path / "out").exists()


def test_thresholds_move_with_fifty_outcomes_and_not_with_fewer(base):
    parent = read_manifest(base)
    rng = np.random.default_rng(0)
    given = [case(n, outcome="malignant" if n < 25 else "benign") for n in range(50)]
    lessons = Lessons(given, [e.read_mask() for e in given])
    logits = rng.normal(np.where(lessons.is_malignant, 2, -2)[:, np.newaxis], 1.5, (50, 2))
    moved = recalibrated(parent, logits, lessons)
    assert moved.temperature != parent.temperature
    assert [p.name for p in moved.operating_points] == ["sensitive", "balanced"]
    assert "50 lesions" in moved.operating_points[0].measured_on
    fewer = Lessons(given[1:], lessons.masks[1:])
    assert recalibrated(parent, logits[1:], fewer) == parent
    of_one_class = Lessons([replace(e, label="benign") for e in given], lessons.masks)
    assert recalibrated(parent, logits, of_one_class) == parent
