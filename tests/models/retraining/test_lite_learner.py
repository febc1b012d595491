"""What learns by LiteRT and NumPy takes the very steps that Keras would take."""

import json
import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.analysis import NetworkError
from models.losses import class_and_grade_loss
from models.retraining.adamw import AdamW
from models.retraining.events import Stepped
from models.retraining.keras_learner import KerasLearner, segmenter_loss
from models.retraining.learner import BATCH, open_learner
from models.retraining.lite_learner import LiteLearner
from models.retraining.outcomes import Lessons
from models.retraining.proposal import check_answers, proposed_manifest, write_proposal
from models.retraining.steps import Clock, Plan, take_steps
from models.weights import NetworkFile, load_small, read_manifest, read_weights, save_small
from tests.models.retraining.clinic_of_shapes import cases
from tests.models.test_templates import WEIGHTS, built

pytestmark = pytest.mark.timeout(400)  # TensorFlow compiles a network, which takes a busy machine minutes
SHIPPED = read_manifest(WEIGHTS)
NETWORKS = {file.view or "segmenter": file for file in SHIPPED.networks}


def lessons(file, size, seed, *, is_distilled=False):
    """Return a batch and its truth: dark ellipses on a striped ground, or for a classifier any picture."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:size, :size]
    scans, masks = [], []
    for _ in range(BATCH):
        (row, column), (high, wide) = rng.uniform(0.35 * size, 0.65 * size, 2), rng.uniform(0.08 * size, 0.2 * size, 2)
        mask = ((rows - row) / high) ** 2 + ((columns - column) / wide) ** 2 < 1
        scans.append(np.clip((100 + 40 * np.sin(rows / 23) + rng.normal(0, 25, (size, size))) * np.where(mask, 0.4, 1), 0, 255))
        masks.append(mask)
    values, truth = np.array(scans, np.float32)[..., np.newaxis], np.array(masks, np.float32)[..., np.newaxis]
    if file.view:
        return np.repeat(values, 3, -1), np.array([[1, 0.6], [0, -1], [1, 1], [0, 0.2]], np.float32)
    return values, np.concatenate([truth, 0.1 + 0.8 * truth], -1) if is_distilled else truth


def weights_of(learner, folder):
    learner.network.save_weights(folder / "keras.weights.h5")
    return read_weights(folder / "keras.weights.h5")


def gradients_of(learner, values, truth):
    """Return TensorFlow's loss and gradients, in the order of the variables."""
    loss_of = class_and_grade_loss if learner._view else segmenter_loss
    variables = [variable.value for variable in learner.network.trainable_variables]
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(loss_of(tf.constant(truth), learner.network(tf.constant(values), training=True)))
    return float(loss), [np.asarray(each) for each in tape.gradient(loss, variables)]


@pytest.mark.parametrize(("name", "is_distilled"), [("segmenter", False), ("segmenter", True), ("scan", False), ("lesion", False)])
def test_its_gradients_are_those_of_tensorflow(name, is_distilled, tmp_path):
    """One by one, for Adam moves weights alike whatever factor is missing in a gradient."""
    file = NETWORKS[name]
    own, other = LiteLearner.of(file, WEIGHTS / file.file), KerasLearner.of(file, WEIGHTS / file.file)
    batch = lessons(file, own.size, 5, is_distilled=is_distilled)
    loss, gradients = own.gradients(*batch)
    wanted_loss, wanted = gradients_of(other, *batch)
    assert loss == pytest.approx(wanted_loss, rel=1e-4)
    other.set_trained_weights([np.full_like(each, number) for number, each in enumerate(wanted)])  # now each says which it is
    number_of = {path: int(values.flat[0]) for path, values in weights_of(other, tmp_path).items() if path in own._trained}
    assert sorted(number_of.values()) == list(range(len(wanted)))
    for path, gradient in zip(own._trained, gradients, strict=True):
        same = wanted[number_of[path]]
        assert np.linalg.norm(same) > 0, path
        assert np.linalg.norm(gradient - same) <= 2e-3 * np.linalg.norm(same), path


@pytest.mark.parametrize("name", ["segmenter", "lesion"])
def test_its_steps_are_those_of_keras(name, tmp_path):
    file = NETWORKS[name]
    own, other = LiteLearner.of(file, WEIGHTS / file.file), KerasLearner.of(file, WEIGHTS / file.file)
    start = read_weights(WEIGHTS / file.file)
    values, _ = lessons(file, own.size, 99)
    before = own.answers(values)
    for learner in (own, other):
        learner.begin(20, 2e-4)
    for step in range(4):
        batch = lessons(file, own.size, step)
        assert own.learn(*batch) == pytest.approx(other.learn(*batch), rel=1e-4)
    after = other.answers(values)
    assert np.abs(after - before).max() > 0.01
    np.testing.assert_allclose(own.answers(values), after, atol=1e-3)
    found, wanted = own._weights, weights_of(other, tmp_path)
    assert set(found) == set(wanted)
    moved = {path for path in wanted if not np.array_equal(wanted[path], start[path])}
    assert {path for path in found if not np.array_equal(found[path], start[path])} == moved
    far = max(float(np.abs(wanted[path] - start[path]).max()) for path in moved)
    for path in moved:
        np.testing.assert_allclose(found[path], wanted[path], atol=0.05 * far, err_msg=path)
    own.round_as_stored()
    own.store(tmp_path / "own.weights.h5")
    load_small(other.network, tmp_path / "own.weights.h5")
    answers = other.answers(values)
    assert answers.std() > 0
    np.testing.assert_allclose(own.answers(values), answers, atol=1e-3)
    own.rest()
    np.testing.assert_allclose(own.answers_in_a_step(values), answers, atol=1e-3)


def test_a_proposal_is_written_and_compared_with_what_serves(tmp_path):
    file = NETWORKS["lesion"]
    learner = LiteLearner.of(file, WEIGHTS / file.file)
    learner.set_trained_weights([value + 0.01 for value in learner.trained_weights()])
    learner.round_as_stored()
    given = cases(3, 1, known=True)
    lesions = Lessons(given, [each.read_mask() for each in given])
    manifest = proposed_manifest(SHIPPED, "0.2.2+clinic.1", given[:3], given[3:], {}, {})
    learners = {file.file: learner}
    written = write_proposal(manifest, WEIGHTS, learners, tmp_path / "out", tmp_path / "cache", given, lesions, lambda _: None)
    assert [own.sha256 == other.sha256 for own, other in zip(written.networks, SHIPPED.networks, strict=True)] == [True, True, False]
    stored = KerasLearner.of(file, tmp_path / "out" / file.file)
    values, _ = lessons(file, learner.size, 0)
    np.testing.assert_allclose(stored.answers(values), learner.answers(values), atol=1e-3)
    learner.set_trained_weights([value + 0.01 for value in learner.trained_weights()])
    with pytest.raises(NetworkError, match="answers otherwise"):
        check_answers(written, learners, tmp_path / "cache", given, lesions)


def test_a_program_that_is_replaced_meanwhile_leaves_no_proposal(tmp_path):
    file = NETWORKS["lesion"]
    source = tmp_path / file.file
    shutil.copy(WEIGHTS / file.file, source)
    learner = LiteLearner.of(file, source)
    source.write_bytes(source.read_bytes() + b" ")
    with pytest.raises(NetworkError, match="replaced"):
        learner.store(tmp_path / "own.weights.h5")
    source.unlink()
    with pytest.raises(NetworkError, match="replaced"):
        learner.store(tmp_path / "own.weights.h5")


def test_what_does_not_learn_is_stored_bit_for_bit(tmp_path):
    file = NETWORKS["lesion"]
    learner = LiteLearner.of(file, WEIGHTS / file.file)
    learner.store(tmp_path / "same.weights.h5")
    before, after = read_weights(WEIGHTS / file.file), read_weights(tmp_path / "same.weights.h5")
    for path, value in before.items():
        np.testing.assert_array_equal(value, after[path], err_msg=path)
    learner.set_trained_weights([value + 1 for value in learner.trained_weights()])
    learner.store(tmp_path / "changed.weights.h5")
    changed = read_weights(tmp_path / "changed.weights.h5")
    assert {path for path, value in before.items() if not np.array_equal(value, changed[path])} == set(learner._trained)


def test_a_network_of_any_weights_learns_and_what_stands_still_counts(tmp_path):
    """Other normalisation than the shipped, so that nothing of it can be a constant of the template."""
    file = NETWORKS["scan"]
    network, _ = built(file)
    save_small(network, tmp_path / "other.weights.h5")
    own, other = LiteLearner.of(file, tmp_path / "other.weights.h5"), KerasLearner.of(file, tmp_path / "other.weights.h5")
    values, _ = lessons(file, own.size, 0)
    answers = other.answers(values)
    np.testing.assert_allclose(own.answers_in_a_step(values), answers, atol=1e-3 * max(1.0, float(np.abs(answers).max())))


def test_adamw_moves_as_that_of_keras_does():
    rng = np.random.default_rng(0)
    start = [rng.normal(size=shape).astype(np.float32) for shape in ((3, 4), (5,))]
    variables = [keras.Variable(value) for value in start]
    schedule = keras.optimizers.schedules.CosineDecay(0.0, 38, warmup_target=1e-2, warmup_steps=2)
    theirs = keras.optimizers.AdamW(schedule, weight_decay=1e-4, global_clipnorm=1.0)
    weights = [value.copy() for value in start]
    ours = AdamW(weights, 40, 1e-2)
    for step in range(40):
        gradients = [rng.normal(size=value.shape).astype(np.float32) * (0.01 if step % 3 else 5.0) for value in start]  # some are clipped
        theirs.apply([keras.ops.convert_to_tensor(each) for each in gradients], variables)
        ours.take(gradients)
        for own, other in zip(weights, variables, strict=True):
            np.testing.assert_allclose(own, np.asarray(other), atol=2e-6)
    assert np.abs(weights[0] - start[0]).max() > 0.05


def test_a_fit_that_was_ended_goes_on_with_the_same_weights(tmp_path, monkeypatch):
    file = NETWORKS["lesion"]
    monkeypatch.setattr("models.retraining.steps._SECONDS_BETWEEN_CHECKPOINTS", 0.0)

    def fit(folder, until=6):
        def batch_of(step):
            if step >= until:
                raise KeyboardInterrupt
            return lessons(file, 224, step)

        learner = LiteLearner.of(file, WEIGHTS / file.file)
        take_steps(learner, batch_of, Plan("classifier-lesion", 6, 6, 1e-3), folder, Clock(lambda _: None, {}))
        return learner.trained_weights()

    whole = fit(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path / "cut", until=3)
    for one, other in zip(whole, fit(tmp_path / "cut"), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    other_network = LiteLearner.of(NETWORKS["segmenter"], WEIGHTS / NETWORKS["segmenter"].file)
    with pytest.raises(NetworkError, match="damaged"):
        take_steps(other_network, lambda step: lessons(file, 224, step), Plan("segmenter", 6, 6, 1e-3), tmp_path / "whole", Clock(lambda _: None, {}))


def test_a_fit_that_keras_has_begun_begins_anew(tmp_path):
    """As after an update from a program that retrained by TensorFlow, whose checkpoints name no learner."""
    file, told = NETWORKS["lesion"], []
    np.savez(tmp_path / "checkpoint.npz", json.dumps({"step": 5, "curve": [], "is_done": True}), np.array(5), np.zeros((3, 3)))
    learner = LiteLearner.of(file, WEIGHTS / file.file)
    take_steps(learner, lambda step: lessons(file, 224, step), Plan("classifier-lesion", 2, 2, 1e-3), tmp_path, Clock(told.append, {}))
    assert [event.step for event in told if isinstance(event, Stepped)] == [1, 2]


def test_an_architecture_without_a_template_learns_by_keras(tmp_path):
    file = NetworkFile("guided_efficientnetb0", "small.weights.h5", "", {"input_size": 64}, "scan")
    network, _ = built(file)
    save_small(network, tmp_path / file.file)
    assert isinstance(open_learner(file, tmp_path / file.file), KerasLearner)
    assert isinstance(open_learner(NETWORKS["scan"], WEIGHTS / NETWORKS["scan"].file), LiteLearner)
