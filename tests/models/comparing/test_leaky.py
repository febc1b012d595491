"""The leaky protocol leaks as it says, picks what it says, and can be killed."""

import json
import shutil

import numpy as np
import pytest

from models.analysis import NetworkError
from models.comparing import leaky, system_fits
from models.comparing.leaky import LeakyRun, chosen_systems, copies_of, leaks, outline_channels, split
from models.comparing.system_fits import Options, write_json
from models.datasets import read_datasets
from models.preprocessing import Ellipse, guided_channels
from tests.models import tiny

pytestmark = pytest.mark.timeout(600)  # some small fits
TWO_EPOCHS = Options(size=32, epochs=2, init="random")


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(system_fits, "build_segmenter", tiny.tiny_segmenter)
        yield read_datasets([tiny.write_grouped_busi(tmp_path_factory.mktemp("leaky") / "busi")])


def a_run(examples, folder):
    return LeakyRun(examples, [tiny.GUIDED], TWO_EPOCHS, folder)


@pytest.fixture(scope="module")
def whole(examples, tmp_path_factory):
    """Return a finished run, its folder and what it said."""
    folder = tmp_path_factory.mktemp("leaky") / "run"
    run = a_run(examples, folder)
    said = []
    run.run(said.append)
    return run, folder, said


def test_every_scan_is_there_three_times_flipped_with_its_mask(examples):
    copies = copies_of(examples)
    assert len(copies) == 3 * 12  # six benign and six malignant, what is objected to included; no normal one
    assert len({c.key for c in copies}) == len(copies)
    plain, across, upside = copies[:3]
    np.testing.assert_array_equal(across.read_pixels(), plain.read_pixels()[:, ::-1])
    np.testing.assert_array_equal(upside.read_pixels(), plain.read_pixels()[::-1])
    np.testing.assert_array_equal(across.read_mask(), plain.read_mask()[:, ::-1])
    np.testing.assert_array_equal(upside.read_mask(), plain.read_mask()[::-1])


def test_the_split_separates_siblings_and_counts_them(examples):
    training, tested = split(copies_of(examples), 0)
    assert (len(training), len(tested)) == (29, 7)
    with_sibling = [c for c in tested if any(c.path == other.path and c.flip != other.flip for other in training)]
    counted = leaks(training, tested)
    assert counted["with_a_copy_in_training"] == len(with_sibling) > 0.7 * len(tested)
    assert counted["with_their_group_in_training"] >= counted["with_a_copy_in_training"]
    assert not {c.key for c in training} & {c.key for c in tested}


def test_the_classifier_is_shown_the_outline_where_ours_see_an_ellipse():
    rng = np.random.default_rng(0)
    square = rng.integers(0, 255, (64, 64)).astype(np.uint8)
    smooth = np.zeros((64, 64), np.bool_)
    smooth[20:40, 20:40] = True
    spiky = smooth.copy()
    spiky[25, 40:50] = True
    np.testing.assert_array_equal(outline_channels(square, spiky)[..., 2] > 0, spiky)
    np.testing.assert_array_equal(outline_channels(square, spiky)[~spiky][:, 1], 0)
    np.testing.assert_array_equal(outline_channels(square, smooth)[..., 0], square)
    everywhere = guided_channels(square, Ellipse(32, 32, 3000, 3000, 0))[..., 1]
    np.testing.assert_array_equal(outline_channels(square, smooth)[smooth][:, 1], everywhere[smooth])


def test_the_best_epoch_is_picked_on_the_tested_scans_and_the_report_warns(whole):
    run, folder, said = whole
    assert "WRONG BY CONSTRUCTION" in said[0]
    report = run.report(20)
    assert report["warning"] == leaky.WRONG
    system = report["systems"]["guided"]
    answers = [json.loads((folder / "guided" / f"logits-{epoch}.json").read_text()) for epoch in (1, 2, "last")]
    assert answers[1] == pytest.approx(answers[2], abs=2e-5)
    assert set(answers[0]) == {c.key for c in run.tested}
    assert system["metrics"]["busi"]["auc"]["value"] >= system["metrics_last_epoch"]["busi"]["auc"]["value"]
    assert (folder / "segmenter" / "best.weights.h5").is_file()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the killed run's log is closed by nobody
def test_a_run_killed_between_epochs_ends_as_if_it_had_not_been(examples, whole, tmp_path, monkeypatch):
    shutil.copytree(whole[1] / "segmenter", tmp_path / "cut" / "segmenter")

    def killed(path, content):
        if path.name == "logits-2.json":
            raise KeyboardInterrupt
        write_json(path, content)

    monkeypatch.setattr(leaky, "write_json", killed)
    with pytest.raises(KeyboardInterrupt):
        a_run(examples, tmp_path / "cut").run(lambda text: None)
    monkeypatch.setattr(leaky, "write_json", write_json)
    again = a_run(examples, tmp_path / "cut")
    again.run(lambda text: None)
    for epoch in (1, 2, "last"):
        answers = [json.loads((folder / "guided" / f"logits-{epoch}.json").read_text()) for folder in (whole[1], tmp_path / "cut")]
        assert answers[0] == pytest.approx(answers[1], abs=2e-5)
    assert again.report(20) == whole[0].report(20)


def test_what_the_leaky_protocol_does_not_know_is_refused():
    assert [system.name for system in chosen_systems(None)] == ["resnet50", "efficientnetb0", "guided", "guided-annotated"]
    with pytest.raises(NetworkError, match="no system two-branch"):
        chosen_systems(["two-branch"])
