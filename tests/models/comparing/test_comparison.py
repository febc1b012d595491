"""Figures of the compared systems, and the jobs that lead to them."""

import numpy as np
import pytest

from models.analysis import NetworkError
from models.comparing.comparison import difference_of, differences_of, mean_logits, measured_mask, metrics_of, records_of
from models.comparing.system_fits import Job, claim, run_jobs
from models.datasets import Example
from tests.models.made_up import picture


def example(number, label="", **more):
    return Example(picture(number), (), label or ("malignant" if number // 4 % 2 else "benign"), f"busi:{number // 4}", "busi", **more)


def made_up_scores(lift, count=400, seed=0):
    """Return records of two systems, the first of which puts malignant lesions ``lift`` higher.

    Four scans show the same lesion: they share their noise, some of it with the other system, so they are no four witnesses.
    """
    rng = np.random.default_rng(seed)
    lesions = [example(i) for i in range(count)]
    shared, first, second = rng.normal(0, 1, (3, count // 4)).repeat(4, axis=1)
    is_malignant = np.arange(count) // 4 % 2
    second = shared + is_malignant + second / 2
    first = shared + is_malignant * (1 + lift) + first / 2
    return [records_of(lesions, {e.key: float(z) for e, z in zip(lesions, scores, strict=True)}, None) for scores in (first, second)]


def test_the_interval_of_a_difference_holds_the_truth_nineteen_times_of_twenty():
    def interval(number, seed, resamples):
        first, second = made_up_scores(0.8, number, seed)
        found = difference_of(first, second, resamples)
        return [found[name] or 0.0 for name in ("value", "low", "high")]

    truth = np.mean([interval(4000, seed, 1)[0] for seed in range(100, 110)])
    found = np.array([interval(400, seed, 200) for seed in range(60)])
    held = np.mean((found[:, 1] <= truth) & (truth <= found[:, 2]))
    assert 0.85 <= held <= 1.0
    assert np.mean(found[:, 1] > 0) > 0.9  # and is narrow enough to tell which is better


def test_systems_are_paired_by_scan_whatever_their_order():
    first, second = made_up_scores(0.5)
    assert difference_of(first, second[::-1], 50) == difference_of(first, second, 50)
    assert difference_of(first, first, 50) == {"value": 0.0, "low": 0.0, "high": 0.0, "scans": 400}
    with pytest.raises(ValueError, match="same scans"):
        difference_of(first, second[1:], 50)


def test_differences_are_told_of_pairs_that_are_both_there():
    first, second = made_up_scores(0.5)
    found = differences_of({"guided": first, "efficientnetb0": second, "resnet50": second}, 20)
    assert list(found) == ["guided minus efficientnetb0"]
    assert set(found["guided minus efficientnetb0"]) == {"busi", "pooled"}


def test_a_system_without_masks_has_no_dice_and_normals_do_not_count_for_it():
    scans = [example(0, "benign"), example(1, "malignant"), example(2, "normal")]
    answers = {e.key: 1.0 if e.label == "malignant" else -1.0 for e in scans}
    blind = metrics_of(records_of(scans, answers, None), has_masks=False, resamples=10)["busi"]
    assert "dice" not in blind
    assert "false_lesions_on_normals" not in blind
    assert (blind["auc"]["value"], blind["accuracy"]["value"], blind["accuracy"]["scans"]) == (1.0, 1.0, 2)
    masks = {scans[0].key: (0.5, 0.4, 1), scans[1].key: (0.7, 0.6, 2), scans[2].key: (None, None, 1)}
    seeing = metrics_of(records_of(scans, answers, masks), has_masks=True, resamples=10)["busi"]
    assert seeing["dice"]["value"] == 0.6
    assert seeing["false_lesions_on_normals"]["value"] == 1.0


class Annotated(Example):
    def read_mask(self):
        mask = np.zeros((40, 60), np.bool_)
        mask[10:20, 10:20] = self.label != "normal"
        return mask


def test_a_mask_is_measured_at_the_scans_own_size():
    lesion = Annotated(picture(0), (), "benign", "busi:0", "busi")
    probability = np.zeros((40, 60), np.float32)
    assert measured_mask(lesion, probability, 64) == (0.0, 0.0, 0)
    probability[10:20, 10:20] = 1
    dice, iou, lesions = measured_mask(lesion, probability, 64)
    assert (dice or 0) > 0.85
    assert (iou or 0) > 0.75
    assert lesions == 1
    assert measured_mask(Annotated(picture(0), (), "normal", "busi:0", "busi"), probability, 64) == (None, None, 1)


def test_the_mean_of_two_systems_is_that_of_their_logits():
    assert mean_logits([{"a": 1.0, "b": 4.0}, {"a": 3.0, "b": -4.0}]) == {"a": 2.0, "b": 0.0}


def test_jobs_that_are_done_are_not_done_again_and_the_estimate_follows_the_machine(tmp_path):
    clock = [0.0]
    done = []

    def job(name, seconds, takes):
        def run():
            clock[0] += takes
            done.append(name)
            (tmp_path / name).touch()

        return Job(name, seconds, tmp_path / name, run)

    (tmp_path / "first").touch()
    said = []
    run_jobs([job("first", 600, 0), job("second", 600, 1200), job("third", 1800, 0)], said.append, lambda: clock[0])
    assert done == ["second", "third"]
    assert said == [
        "1 of 3 fits lie in the run's folder already.",
        "1 of 2: second; about 40 minutes left for all",
        "2 of 2: third; about 60 minutes left for all",  # the second took twice as long as expected
    ]


def test_a_run_of_other_options_is_refused(tmp_path):
    claim(tmp_path, {"data": "a", "size": 32})
    claim(tmp_path, {"data": "a", "size": 32})
    with pytest.raises(NetworkError, match="another size"):
        claim(tmp_path, {"data": "a", "size": 64})
