"""Fitting: resumable, repeatable, and never on what must not be seen."""

import csv

import cv2
import keras
import numpy as np
import pytest

from models import crossfit
from models.analysis import NetworkError
from models.batches import Batches, ClassifierBatches, Recipe, repeats_of
from models.datasets import Example, cross_fit_part, fingerprint, select, split_of
from models.training import fit, initialise, start_name
from tests.builders import make_scan
from tests.models.made_up import picture

RECIPE = Recipe(epochs=3, batch_size=4, learning_rate=1e-2, seed=5)


class Numbers(Batches):
    """Pairs that a line fits; ``dies_at`` is the epoch in which it is killed."""

    def __init__(self, dies_at=None, *, is_training=True):
        self.dies_at = dies_at
        super().__init__(16, [1] * 16, RECIPE, is_training=is_training)

    @property
    def epoch(self):
        return self._epoch

    @epoch.setter
    def epoch(self, epoch):
        if self.dies_at is not None and epoch >= self.dies_at:
            raise KeyboardInterrupt
        self._epoch = epoch

    def _make(self, index, rng):
        shift = 0.0 if rng is None else rng.normal(0, 0.01)
        return np.array([index / 16 + shift], np.float32), np.array([2 * index / 16], np.float32)


def line():
    keras.utils.set_random_seed(RECIPE.seed)
    return keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, name="line")])


def run(folder, batches):
    network = line()
    fit(network, batches, Numbers(is_training=False), keras.losses.MeanSquaredError(), RECIPE, folder, {"data": "made up"})
    return network.get_weights()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the killed run's log is closed by nobody
def test_a_run_killed_in_its_second_epoch_goes_on_and_ends_as_if_it_had_not_been(tmp_path):
    whole = run(tmp_path / "whole", Numbers())
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut", Numbers(dies_at=1))
    assert not (tmp_path / "cut" / "network.weights.h5").exists()
    resumed = run(tmp_path / "cut", Numbers())
    for first, second in zip(whole, resumed, strict=True):
        np.testing.assert_allclose(first, second, atol=1e-6)
    with (tmp_path / "cut" / "metrics.csv").open() as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["0", "1", "2"]


def test_what_is_finished_is_loaded_and_not_fitted_again(tmp_path):
    first = run(tmp_path, Numbers())
    np.testing.assert_array_equal(first[0], run(tmp_path, Numbers(dies_at=1))[0])


def test_a_run_never_goes_on_with_other_data(tmp_path):
    run(tmp_path, Numbers())
    with pytest.raises(NetworkError, match="another data"):
        fit(line(), Numbers(), Numbers(is_training=False), keras.losses.MeanSquaredError(), RECIPE, tmp_path, {"data": "other"})


def test_a_run_that_diverged_is_not_kept(tmp_path):
    network = line()
    network.set_weights([np.full((1, 1), np.nan, np.float32), np.zeros(1, np.float32)])
    with pytest.raises(NetworkError, match="diverged"):
        fit(network, Numbers(), Numbers(is_training=False), keras.losses.MeanSquaredError(), RECIPE, tmp_path, {})
    assert not (tmp_path / "network.weights.h5").exists()


def examples(number=400):
    labels = ("benign", "malignant", "normal")
    return [Example(picture(i), (), labels[i % 3], f"busi:{i // 2}", "busi") for i in range(number)]


def test_cross_fitted_masks_come_from_segmenters_that_did_not_see_the_group(tmp_path, monkeypatch):
    """Also: nothing that is fitted or predicted for the classifier is a held-out scan."""
    fitted: list[list[Example]] = []
    predicted: list[list[Example]] = []

    class Network:
        def load_weights(self, path):
            """Load nothing."""

        def predict_on_batch(self, scans):
            """Nobody asks."""

    def fit_segmenter(training_examples, validation, folder, recipe, init, encoder):
        fitted.append(list(training_examples))
        return folder

    def predict(network, chosen):
        predicted.append(list(chosen))
        return [np.zeros((4, 4), np.float32)] * len(chosen)

    monkeypatch.setattr(crossfit, "_fit_segmenter", fit_segmenter)
    monkeypatch.setattr(crossfit, "build_segmenter", Network)
    monkeypatch.setattr(crossfit, "with_probability", lambda network: network)
    monkeypatch.setattr(crossfit, "predict_probabilities", predict)
    maps = crossfit.cross_fitted_probabilities(examples(), tmp_path, RECIPE, "random")
    assert len(fitted) == len(predicted) == crossfit.PARTS
    for seen, unseen in zip(fitted, predicted, strict=True):
        assert not {e.group for e in seen} & {e.group for e in unseen}
        assert {split_of(e) for e in seen} == {"training"}
        assert "held-out" not in {split_of(e) for e in unseen}
    wanted = [e.key for split in ("training", "validation") for e in select(examples(), split)]
    assert set(maps) == set(wanted)


def test_classifier_folds_never_start_from_fitted_weights(tmp_path, monkeypatch):
    starts = []

    def stop(examples, folder, recipe, init):
        starts.append(init)
        raise InterruptedError

    monkeypatch.setattr(crossfit, "cross_fitted_probabilities", stop)
    monkeypatch.setattr(crossfit, "initialise", lambda network, init: None)
    for init in ("some/classifier.weights.h5", "random"):
        with pytest.raises(InterruptedError):
            crossfit.train_classifier(examples(), tmp_path, RECIPE, init, RECIPE)
    assert starts == ["imagenet", "random"]


def test_a_start_that_does_not_fit_is_refused_in_words(tmp_path):
    network = line()
    with pytest.raises(NetworkError, match="does not exist"):
        initialise(network, str(tmp_path / "none.weights.h5"))
    junk = tmp_path / "junk.weights.h5"
    junk.write_bytes(b"no weights")
    with pytest.raises(NetworkError, match=r"junk.weights.h5 holds neither"):
        initialise(network, str(junk))


def test_a_start_is_written_down_without_where_it_lies(tmp_path):
    path = tmp_path / "network.weights.h5"
    path.write_bytes(b"weights")
    assert start_name("imagenet") == "imagenet"
    assert str(tmp_path) not in start_name(str(path))
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / path.name
    other.write_bytes(b"weights")
    assert start_name(str(other)) == start_name(str(path))
    other.write_bytes(b"more weights")
    assert start_name(str(other)) != start_name(str(path))


def test_a_start_from_an_efficientnet_file_fills_every_layer_it_names(tmp_path):
    from models.classifier import build_classifier

    backbone = keras.applications.EfficientNetB0(include_top=False, weights=None, input_shape=(64, 64, 3))
    path = tmp_path / "backbone.weights.h5"
    backbone.save_weights(path)
    network = build_classifier(64)
    initialise(network, str(path))
    for name in ("stem_conv", "block4a_se_reduce", "top_conv"):
        np.testing.assert_array_equal(network.get_layer(name).get_weights()[0], backbone.get_layer(name).get_weights()[0])
    with pytest.raises(NetworkError, match="does not fit"):
        initialise(line(), str(path))


def test_a_classifier_learns_class_and_grade_from_either_view(tmp_path):
    some = []
    for number, birads in enumerate(("5", "2", "")):
        path = tmp_path / f"{number}.png"
        cv2.imwrite(str(path), make_scan(seed=number, shape=(96, 128)).pixels)
        some.append(Example(path, (), "malignant", f"a:{number}", "a", birads=birads))
    masks = [np.ones(e.read_pixels().shape, np.bool_) for e in some]
    for view in ("scan", "lesion"):
        batches = ClassifierBatches(some, masks, RECIPE, is_training=False, size=64, view=view)
        guided, truth = batches[0]
        assert guided.shape[1:] == (64, 64, 3)
        assert truth[:, 0].tolist() == [1] * len(truth)
        assert truth[:, 1].tolist() == [1, 0, -1][: len(truth)]


def test_small_data_sets_are_shown_twice_and_fingerprints_follow_the_groups():
    both = [Example(picture(i), (), "benign", f"a:{i}", "a" if i < 10 else "b") for i in range(40)]
    assert repeats_of(both) == [2] * 10 + [1] * 30
    moved = [*both[:-1], Example(picture(39), (), "benign", "a:other", "b")]
    assert fingerprint(both) == fingerprint(both[::-1]) != fingerprint(moved)
    assert {cross_fit_part(e, 2) for e in both} == {0, 1}
