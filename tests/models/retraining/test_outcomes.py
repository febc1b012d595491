"""Fitting the classifiers: on the shipped segmenter's masks, with enough outcomes, and with what they knew."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from models.classifier import GRADE_LAYER, LOGIT_LAYER
from models.lesions import LesionRule
from models.losses import class_and_grade_loss
from models.retraining import outcomes
from models.retraining.clinic import ClinicLesion, clinic_example
from models.retraining.events import Stepped
from models.retraining.keras_learner import KerasLearner
from models.retraining.outcomes import (
    Lessons,
    classifier_plan,
    classifier_scores,
    fit_classifier,
    lessons_of,
    lessons_of_pack,
    reason_against,
)
from models.retraining.steps import Clock, Plan
from tests.models.retraining.clinic_of_shapes import case, cases, pack, tiny_classifier

RULE = LesionRule()


def forget(event):
    """Tell nobody."""


def probability(mask):
    return np.where(mask, 0.95, 0.02).astype(np.float32)


def known(benign, malignant):
    some = [case(n, outcome="malignant" if n < malignant else "benign") for n in range(benign + malignant)]
    return Lessons(some, [e.read_mask() for e in some])


def test_masks_are_the_segmenters_and_labels_those_of_each_lesion():
    one, other = np.zeros((2, 48, 64), np.bool_)
    one[5:20, 5:20], other[25:45, 35:60] = True, True
    two = clinic_example(
        "two", "g", np.zeros((48, 64), np.uint8), (ClinicLesion(one, "benign"), ClinicLesion(other, "malignant")), "drawn", is_held_out=False
    )
    found = np.zeros((48, 64), np.bool_)
    found[6:20, 5:18], found[25:45, 35:58] = True, True
    lessons = lessons_of([two], [probability(found)], RULE, 256)
    assert [e.label for e in lessons.examples] == ["benign", "malignant"]
    assert [e.key for e in lessons.examples] == ["two", "two"]
    for mask, drawn in zip(lessons.masks, (one, other), strict=True):
        assert not np.array_equal(mask, drawn)
        assert (mask & found).sum() > 0.9 * mask.sum()


def test_what_the_segmenter_did_not_find_teaches_nothing():
    missed = case(1, outcome="malignant")
    assert not lessons_of([missed], [probability(np.zeros((48, 64), np.bool_))], RULE, 256).examples
    elsewhere = np.zeros((48, 64), np.bool_)
    elsewhere[:10, :10] = True
    assert not lessons_of([missed], [probability(elsewhere)], RULE, 256).examples


@pytest.mark.parametrize(("benign", "malignant", "held_out", "words"), [(9, 30, 3, "9 benign"), (10, 10, 2, "2 malignant"), (10, 10, 3, "")])
def test_too_few_outcomes_are_said_in_numbers(benign, malignant, held_out, words):
    reason = reason_against(known(benign, malignant), known(5, held_out))
    assert (words in reason) if words else not reason


def test_an_unknown_outcome_is_no_outcome():
    some = cases(4, 0)
    assert not Lessons(some, [e.read_mask() for e in some]).known.examples


def test_only_the_last_block_and_the_head_learn_and_the_same_step_is_taken_after_an_end(tmp_path):
    keras.utils.set_random_seed(1)
    weights = tiny_classifier(has_grade=True).get_weights()

    def fit(folder):
        network = tiny_classifier(has_grade=True)
        network.set_weights(weights)
        before = {layer.name: [np.array(w) for w in layer.get_weights()] for layer in network.layers}
        plan = Plan("classifier-scan", 6, 6, 1e-4)
        rehearsal = lessons_of_pack(pack().rehearsal, [probability(e.mask) for e in pack().rehearsal])
        fit_classifier(KerasLearner(network, "scan"), "scan", known(4, 4), rehearsal, plan, folder, clock)
        moved = {
            name for name, old in before.items() for a, b in zip(old, network.get_layer(name).get_weights(), strict=True) if not np.array_equal(a, b)
        }
        return network, moved

    clock = Clock(forget, {})
    whole, moved = fit(tmp_path / "whole")
    assert moved == {"top_conv", LOGIT_LAYER, GRADE_LAYER}

    def stop(event):
        if isinstance(event, Stepped) and event.step == 3:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("models.retraining.steps._SECONDS_BETWEEN_CHECKPOINTS", 0.0)
        clock = Clock(stop, {})
        with pytest.raises(KeyboardInterrupt):
            fit(tmp_path / "cut")
    clock = Clock(forget, {})
    resumed, _ = fit(tmp_path / "cut")
    for one, other in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_rehearsed_answers_are_those_at_which_the_loss_is_least():
    answers = np.array([[1.2, -0.4], [-2.0, 0.7], [0.0, 0.0]])
    truths = outcomes._as_truths(answers)
    at_own = np.array(class_and_grade_loss(truths, answers.astype(np.float32)))
    for nudge in ([0.1, 0], [-0.1, 0], [0, 0.1], [0, -0.1]):
        assert (np.array(class_and_grade_loss(truths, (answers + nudge).astype(np.float32))) > at_own).all()
    assert outcomes._as_truths(answers[:, :1])[:, 1].tolist() == [-1, -1, -1]


def test_shares_are_judged_by_the_log_loss_of_all_classifiers_together():
    keras.utils.set_random_seed(1)
    learner = KerasLearner(tiny_classifier(has_grade=True), "scan")
    shipped = learner.trained_weights()
    turned = [-w for w in shipped]
    lessons = known(3, 3)
    scores = classifier_scores([("scan", learner, shipped, turned), ("lesion", learner, shipped, turned)], lessons, lessons, 1.5, forget)
    assert list(scores) == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert all(each.kept == (each.clinic,) and each.clinic < 0 for each in scores.values())
    assert scores[0.0] != scores[1.0]
    alone = classifier_scores([("scan", learner, shipped, turned)], lessons, None, 1.5, forget)
    assert {each.kept for each in alone.values()} == {None}


def test_steps_follow_the_number_of_lesions():
    assert [classifier_plan("scan", n, 0).steps for n in (1, 20, 100, 999)] == [100, 200, 1000, 1500]


def test_scans_without_a_lesion_teach_no_classifier():
    scans = [replace(pack().rehearsal[0], label="normal"), pack().rehearsal[1]]
    assert len(lessons_of_pack(scans, [probability(e.mask) for e in scans]).examples) == 1
