"""Fitting the segmenter: frozen statistics, nothing held out in a batch, and a run that goes on as if it had not been ended."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from models.analysis import NetworkError
from models.batches import Recipe, SegmenterBatches
from models.lesions import LesionRule
from models.losses import bce_dice_loss, distilled_loss
from models.retraining import fitting, steps
from models.retraining.cases import digest_of, learned_and_held_out
from models.retraining.events import Doing, Measured, Paced, Shown, Stepped
from models.retraining.fitting import Material, fit_segmenter, segmenter_plan, segmenter_scores
from models.retraining.keras_learner import KerasLearner, as_served
from models.retraining.outlining import agreement
from models.retraining.steps import Clock, Plan
from tests.models.retraining.clinic_of_shapes import SIZE, case, cases, empty_case, fitted_segmenter, pack, tiny_segmenter

PLAN = Plan("segmenter", 12, 4, 1e-4, seed=7)


@pytest.fixture(scope="module")
def start():
    return fitted_segmenter().get_weights()


def segmenter(start):
    network = tiny_segmenter()
    network.set_weights(start)
    return KerasLearner(network, "")


def material(pack=None, number=5):
    learned, held_out = learned_and_held_out(cases(number, 3))
    maps = [case.read_mask().astype(np.uint8) * 200 for case in learned]
    return Material(learned, held_out, maps, pack, LesionRule())


def fit(start, folder, tell, pack=None, plan=PLAN):
    return fit_segmenter(segmenter(start), material(pack), plan, folder, Clock(tell, {"segmenter": plan.steps}))


def forget(event):
    """Tell nobody."""


class StopError(Exception):
    pass


def stop_at(step, told):
    def tell(event):
        told.append(event)
        if isinstance(event, Stepped) and event.step == step:
            raise StopError

    return tell


@pytest.mark.parametrize("with_pack", [True, False])
def test_frozen_statistics_do_not_move_and_everything_else_does(start, tmp_path, with_pack):
    learner = segmenter(start)
    before = {layer.name: [np.array(w) for w in layer.get_weights()] for layer in learner.network.layers}
    fit_segmenter(learner, material(pack() if with_pack else None), PLAN, tmp_path, Clock(forget, {}))
    for layer in learner.network.layers:
        for old, new in zip(before[layer.name], layer.get_weights(), strict=True):
            assert np.array_equal(old, new) == layer.name.startswith("bn_"), layer.name


def test_a_network_learns_as_it_is_served():
    scan = np.random.default_rng(0).uniform(0, 255, (2, SIZE, SIZE, 1)).astype(np.float32)
    x = y = keras.Input((SIZE, SIZE, 1))
    y = keras.layers.Dropout(0.5)(keras.layers.BatchNormalization()(y))
    network = as_served(keras.Model(x, y), "")
    np.testing.assert_array_equal(np.array(network(scan, training=True)), np.array(network(scan, training=False)))


def test_a_run_that_was_ended_goes_on_and_ends_with_the_same_weights(start, tmp_path, monkeypatch):
    monkeypatch.setattr(steps, "_SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    whole_told = []
    whole = fit(start, tmp_path / "whole", whole_told.append, pack())
    told = []
    with pytest.raises(StopError):
        fit(start, tmp_path / "cut", stop_at(7, told), pack())
    again = []
    resumed = fit(start, tmp_path / "cut", again.append, pack())
    taken = [event.step for event in again if isinstance(event, Stepped)]
    assert taken == [7, 8, 9, 10, 11, 12]  # step 7 was told, but not yet in a checkpoint
    for one, other in zip(whole, resumed, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    assert np.abs(whole[0] - start[0]).max() > 1e-5
    curves = [[event for event in events if isinstance(event, Measured)] for events in (whole_told, again)]
    assert [row.step for row in curves[1]] == [0, 4, 8, 12]
    for one, other in zip(*curves, strict=True):
        assert (one.clinic, one.base) == pytest.approx((other.clinic, other.base), abs=1e-6)


def test_what_is_finished_is_loaded_and_not_fitted_again(start, tmp_path):
    first = fit(start, tmp_path, forget)
    again = []
    second = fit(start, tmp_path, again.append)
    assert not [event for event in again if isinstance(event, Stepped)]
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_damaged_checkpoint_is_refused_in_words(start, tmp_path):
    fit(start, tmp_path, forget)
    (tmp_path / "checkpoint.npz").write_bytes(b"nothing")
    with pytest.raises(NetworkError, match="damaged"):
        fit(start, tmp_path, forget)


def test_a_run_that_ends_between_two_steps_keeps_its_last_checkpoint(start, tmp_path, monkeypatch):
    monkeypatch.setattr(steps, "_SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    with pytest.raises(StopError):
        fit(start, tmp_path, stop_at(3, []))
    with np.load(tmp_path / "checkpoint.npz") as stored:
        assert '"step": 2' in str(stored["arr_0"])
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.npz"]


def test_held_out_cases_never_enter_a_batch(start, tmp_path, monkeypatch):
    """Also: neither does the pack's hold-out, and each step holds as many scans to rehearse on as cases."""
    seen = []

    class Recorded(SegmenterBatches):
        def __init__(self, examples, recipe, **more):
            seen.append((list(examples), recipe.batch_size))
            super().__init__(examples, recipe, **more)

    monkeypatch.setattr(fitting, "SegmenterBatches", Recorded)
    given = material(pack())
    fit_segmenter(segmenter(start), given, PLAN, tmp_path, Clock(forget, {}))
    (learned, half), (rehearsed, other_half) = seen
    assert half == other_half == 2
    assert not {e.key for e in learned} & {e.key for e in given.held_out}
    assert not {e.group for e in rehearsed} & {e.group for e in given.pack.hold_out}
    assert len(learned) == len(given.learned)


def test_a_picture_counts_once_as_it_was_approved_last_and_what_is_held_out_is_not_learned_from():
    first, other, locked = case(1, outcome="benign"), case(2), case(3, is_held_out=True)
    again = replace(case(1, outcome="malignant"), path=first.path.with_name("again"), group="another")
    leaked = replace(case(3), group="another")
    learned, held_out = learned_and_held_out([first, other, locked, again, leaked])
    assert [e.key for e in learned] == ["again", "case 2"]
    assert held_out == [locked]


def test_nothing_to_learn_from_or_to_compare_on_is_said():
    with pytest.raises(NetworkError, match="nothing to learn from"):
        learned_and_held_out([case(1, is_held_out=True)])
    with pytest.raises(NetworkError, match="nothing to compare on"):
        learned_and_held_out([case(1)])


def test_a_digest_follows_pixels_masks_and_outcomes_alone():
    one = case(1, outcome="benign")
    assert digest_of(one) == digest_of(replace(one, group="other"))
    shifted = replace(one, lesions=(replace(one.lesions[0], mask=np.roll(one.lesions[0].mask, 1)),))
    assert len({digest_of(e) for e in (one, shifted, case(1, outcome="malignant"), case(2, outcome="benign"))}) == 4


def test_steps_are_in_proportion_to_cases_between_a_floor_and_a_limit():
    assert [segmenter_plan(n).steps for n in (1, 10, 20, 100, 1000)] == [200, 200, 400, 2000, 3000]


def test_what_waits_is_told_plan_pace_curve_and_examples(start, tmp_path):
    told = []
    fit(start, tmp_path, told.append, pack())
    paced = next(event for event in told if isinstance(event, Paced))
    assert 0 < paced.seconds_a_step < 5
    lefts = [event.seconds_left for event in told if isinstance(event, Stepped)]
    assert lefts[:5] == [None] * 5
    assert lefts[-1] == 0
    assert {event.case for event in told if isinstance(event, Shown)} == {"case 5", "case 6", "case 7"}
    assert all(event.base is not None for event in told if isinstance(event, Measured))
    assert any(isinstance(event, Doing) for event in told)


def test_seconds_left_count_the_networks_that_follow():
    told = []
    clock = Clock(told.append, {"segmenter": 100, "classifier-scan": 200})
    clock.start("segmenter", 100)
    for step in range(1, 11):
        clock.stepped("segmenter", step, 1.0, 0.5)
    assert told[-1].seconds_left == pytest.approx(0.5 * (90 + 200 * steps._COSTS["classifier-scan"]))


def test_a_fit_ends_when_it_has_not_become_better_for_half_of_it():
    rows = [Measured(n, dice, None) for n, dice in enumerate([0.5, 0.7, *[0.6] * 5])]
    assert not steps._is_enough(rows)
    assert steps._is_enough([*rows, Measured(9, 0.7, None)])
    assert not steps._is_enough([*rows, Measured(9, 0.71, None)])


def test_a_fit_that_diverges_is_ended_in_words(start, tmp_path):
    with pytest.raises(NetworkError, match="diverged"):
        fit([np.full_like(w, np.nan) for w in start], tmp_path, forget)
    assert not (tmp_path / "checkpoint.npz").exists()


def test_distillation_is_half_of_the_loss_and_least_where_both_agree():
    rng = np.random.default_rng(0)
    mask = (rng.random((2, 8, 8, 1)) > 0.5).astype(np.float32)
    logits = rng.normal(0, 1, (2, 8, 8, 4)).astype(np.float32)
    own = 1 / (1 + np.exp(-logits[..., :1]))
    same = np.repeat(logits[..., :1], 4, axis=-1)

    def loss(taught, answer):
        return np.array(distilled_loss(np.concatenate([mask, taught], -1), answer))

    taught_alone = loss(own, same) - 0.5 * np.array(bce_dice_loss(mask, same))
    for nudge in (-0.3, 0.3):
        assert (loss(own, same + nudge) - 0.5 * np.array(bce_dice_loss(mask, same + nudge)) > taught_alone).all()


def test_the_shipped_map_is_seen_in_the_same_view_as_the_mask():
    chosen = [case(n) for n in range(4)]
    maps = [e.read_mask().astype(np.uint8) * 255 for e in chosen]
    batches = SegmenterBatches(chosen, Recipe(1, 4, 0.0), is_training=True, size=SIZE, maps=maps)
    _, truth = batches[0]
    assert truth.shape == (4, SIZE, SIZE, 2)
    assert truth[..., 0].any()
    np.testing.assert_array_equal(truth[..., 0], truth[..., 1] > 0.5)


def test_without_a_pack_accepted_outlines_are_what_must_be_kept():
    some = [case(n, kind="accepted") for n in range(5)] + [case(9), empty_case(10)]
    given = replace(material(), learned=some)
    examples, most_lost = given.to_keep
    assert [e.key for e in examples] == [f"case {n}" for n in range(5)]
    assert all(here > there for here, there in zip(most_lost, fitting.MOST_LOST, strict=True))
    assert replace(given, learned=some[1:]).to_keep[0] == []
    with_pack = replace(given, pack=pack())
    scans, (dice, found, clean) = with_pack.to_keep
    assert scans is with_pack.pack.hold_out
    with_lesion = sum(bool(scan.read_mask().any()) for scan in scans)
    assert dice == fitting.MOST_LOST[0]
    assert found == pytest.approx(1 / with_lesion)  # of so few scans one is more than the limit
    assert clean == pytest.approx(max(fitting.MOST_LOST[2], 1 / (len(scans) - with_lesion)) if len(scans) > with_lesion else fitting.MOST_LOST[2])


def test_every_share_is_measured_with_weights_as_they_are_stored(start):
    learner = segmenter(start)
    shipped = learner.trained_weights()
    harmful = [-w for w in shipped]
    scores = segmenter_scores(learner, shipped, harmful, material(pack()), forget)
    last = learner.trained_weights()
    assert any(not np.array_equal(a, b) for a, b in zip(harmful, last, strict=True))
    learner.round_as_stored()
    for one, other in zip(last, learner.trained_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert list(scores) == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert scores[0.0].clinic > 0.5 > scores[1.0].clinic
    before, after = scores[0.0].kept, scores[1.0].kept
    assert before is not None
    assert after is not None
    assert before[0] > after[0]


def test_scans_without_a_lesion_are_counted_apart_from_outlines():
    lesion, empty = case(1), empty_case(2)
    truth = lesion.read_mask().astype(np.float32)
    everywhere = np.ones(empty.pixels.shape, np.float32)
    nothing = np.zeros(empty.pixels.shape, np.float32)
    rule = material().rule
    whole = agreement([truth, everywhere, nothing], [lesion, empty, empty], rule, SIZE)
    assert whole.dice > 0.9
    assert (whole.found, whole.clean) == (1.0, 0.5)
    missed = agreement([nothing, nothing], [lesion, empty], rule, SIZE)
    assert (missed.dice, missed.found, missed.clean) == (0.0, 0.0, 1.0)
    assert agreement([nothing], [empty], rule, SIZE).dice == 1.0, "where no scan tells it nothing is lost"
