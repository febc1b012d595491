"""The honest protocol: no group on both sides of anything, and a killed run ends as if it had not been."""

import json
import shutil
from collections import Counter

import numpy as np
import pytest

from models.analysis import NetworkError
from models.comparing import grouped, system_fits
from models.comparing.grouped import GroupedRun, assign_folds, default_folds, segmenter_folds
from models.comparing.system_fits import fit_system
from models.datasets import Example, read_datasets
from tests.models import tiny
from tests.models.made_up import picture

pytestmark = pytest.mark.timeout(600)  # a dozen small fits


def lesions(number=300, **more):
    labels = ("benign", "benign", "malignant")
    return [Example(picture(i), (), labels[i // 2 % 3], f"busi:{i // 2}", "busi", **more) for i in range(number)]


def test_folds_keep_groups_whole_and_are_even_in_every_class():
    for seed in range(3):
        placed = assign_folds(lesions(), 3, seed)
        held = Counter((placed[e.group], e.label) for e in lesions())
        for label, total in (("benign", 200), ("malignant", 100)):
            assert all(abs(held[fold, label] - total / 3) <= 2 for fold in range(3))
    assert assign_folds(lesions(), 3, 0) == assign_folds(lesions()[::-1], 3, 0) != assign_folds(lesions(), 3, 1)


def test_official_folds_stay_whole():
    official = [Example(picture(i), (), "benign", f"bus-bra:{i}", "bus-bra", fold=i % 5 + 1) for i in range(50)]
    assert assign_folds(official, 5, 0) == {e.group: e.fold - 1 for e in official if e.fold}
    joined = assign_folds([*official, *lesions()], 3, 0)
    assert all(len({joined[e.group] for e in official if e.fold == fold}) == 1 for fold in range(1, 6))
    assert default_folds(official) == 5
    assert default_folds([*official, *lesions()]) == 3
    with pytest.raises(NetworkError, match="official folds"):
        assign_folds(official, 6, 0)
    with pytest.raises(NetworkError, match="too few"):
        assign_folds(official, 2, 0)


@pytest.mark.parametrize("folds", [3, 4, 5])
def test_no_mask_comes_from_a_segmenter_that_saw_its_fold_or_the_tested_one(folds):
    for tested in range(folds):
        for fold in range(folds):
            seen = segmenter_folds(fold, tested, folds)
            assert seen
            assert fold not in seen
            assert tested not in seen
        assert len(segmenter_folds(tested, tested, folds)) == folds - 1


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(system_fits, "build_segmenter", tiny.tiny_segmenter)
        yield read_datasets([tiny.write_grouped_busi(tmp_path_factory.mktemp("grouped") / "busi")])


def a_run(examples, folder, systems=(tiny.SYSTEM, tiny.GUIDED)):
    return GroupedRun(examples, systems, 3, tiny.OPTIONS, folder)


@pytest.fixture(scope="module")
def whole(examples, tmp_path_factory):
    """Return a finished run of all kinds of systems, and its folder."""
    folder = tmp_path_factory.mktemp("grouped") / "run"
    run = a_run(examples, folder, (tiny.SYSTEM, tiny.GUIDED, tiny.LESION, tiny.MULTI_TASK, tiny.TWO_BRANCH))
    run.run(lambda text: None)
    return run, folder


def test_nothing_that_is_fitted_has_seen_the_group_that_it_answers_about(examples, tmp_path, monkeypatch):
    seen, asked = [], []

    def batches(of):
        class Noted(of):  # type: ignore[valid-type, misc]  # a class that is handed over
            def __init__(self, chosen, *more, is_training, **options):
                if chosen:
                    (seen if is_training else asked).append({e.group for e in chosen})
                super().__init__(chosen, *more, is_training=is_training, **options)

        return Noted

    def fit_segmenter(batches, folder, options, data):
        folder.mkdir(parents=True, exist_ok=True)
        return tiny.tiny_segmenter(options.size)

    def predict(network, unseen, size):
        asked.append({e.group for e in unseen})
        return [np.full(e.read_pixels().shape, 0.2, np.float32) for e in unseen]

    for name in ("ClassifierBatches", "GuidedBatches", "ScanBatches"):
        monkeypatch.setattr(grouped, name, batches(getattr(grouped, name)))
    monkeypatch.setattr(grouped, "fit_segmenter", fit_segmenter)
    monkeypatch.setattr(grouped, "fit_system", lambda system, batches, folder, *more: (folder.mkdir(parents=True), tiny.tiny_classifier(32))[1])
    monkeypatch.setattr(grouped, "predict_probabilities", predict)
    run = a_run(examples, tmp_path / "run")
    run.run(lambda text: None)
    assert len(seen) == len(asked) == 6 + 2 * 3
    assert not any(known & unknown for known, unknown in zip(seen, asked, strict=True))
    told = Counter(key for name in ("efficientnetb0", "guided") for key in run.answers()[name])
    assert told == {e.key: 2 for e in examples if e.label != "normal" and e.objection != "multiclass"}


def test_a_run_that_is_killed_and_started_again_gives_the_same_figures(examples, whole, tmp_path, monkeypatch):
    shutil.copytree(whole[1] / "segmenters", tmp_path / "cut" / "segmenters")
    fitted = []
    most = [2]

    def noted(system, *more):
        if len(fitted) == most[0]:
            raise KeyboardInterrupt
        fitted.append(system.name)
        return fit_system(system, *more)

    monkeypatch.setattr(grouped, "fit_system", noted)
    with pytest.raises(KeyboardInterrupt):
        a_run(examples, tmp_path / "cut").run(lambda text: None)
    most[0] = 100
    again = a_run(examples, tmp_path / "cut")
    again.run(lambda text: None)
    assert Counter(fitted) == {"efficientnetb0": 3, "guided": 3}  # none of them twice
    found, expected = again.report(20), whole[0].report(20)
    assert json.dumps(found) == json.dumps(again.report(20))
    assert found["systems"] == {name: expected["systems"][name] for name in ("efficientnetb0", "guided")}


def test_one_fold_can_be_tested_alone_and_the_others_later_in_the_same_folder(examples, whole, tmp_path, monkeypatch):
    for part in ("segmenters", "guided", "plan.json"):
        source = whole[1] / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / part)
    monkeypatch.setattr(grouped, "fit_system", lambda *more: pytest.fail("the fold was fitted already"))
    some = GroupedRun(examples, [tiny.GUIDED], 3, tiny.OPTIONS, tmp_path, [2])
    for other in ("fold-1", "fold-2"):
        shutil.rmtree(tmp_path / "guided" / other)
    some.run(lambda text: None)
    report = some.report(20)
    assert report["folds_tested"] == [3]
    assert "each scan of fold 3, and none of the others" in report["protocol"]
    keys = {e.key for e in some.examples if some.fold_of[e.group] == 2}
    assert sum(report["scans"].values()) == len(keys) < len(some.examples)
    assert set(some.answers()["guided"]) == {e.key for e in some.examples if e.key in keys and e.label != "normal"}
    with pytest.raises(NetworkError, match="There are 3 folds"):
        GroupedRun(examples, [tiny.GUIDED], 3, tiny.OPTIONS, tmp_path, [3])


def test_the_figures_leave_out_what_is_objected_to_and_say_where_weights_started(whole):
    run, _ = whole
    report = run.report(20)
    assert list(report["systems"]) == ["efficientnetb0", "guided", "lesion", "multi-task", "two-branch"]
    for system in report["systems"].values():
        assert system["start"] == "random"
        assert (system["metrics"]["busi"]["auc"]["scans"], system["metrics_with_objections"]["busi"]["auc"]["scans"]) == (10, 11)
    assert ("dice" in report["systems"]["guided"]["metrics"]["busi"], "dice" in report["systems"]["efficientnetb0"]["metrics"]["busi"]) == (
        True,
        False,
    )
    assert set(report["differences"]) == {f"{name} minus efficientnetb0" for name in ("guided", "lesion", "two-branch")}
    answers = run.answers()
    key = next(iter(answers["guided"]))
    assert answers["two-branch"][key] == pytest.approx((answers["guided"][key] + answers["lesion"][key]) / 2)


def test_where_nobody_gave_a_category_the_second_task_is_the_lesions_roundness(examples):
    chosen = [e for e in examples if e.label != "normal"]
    masks = [e.read_mask() for e in chosen]
    batches = grouped._RoundnessBatches(chosen, masks, tiny.OPTIONS.recipe(), is_training=False, size=32)
    truth = np.concatenate([batches[i][1] for i in range(len(batches))])
    assert truth[:, 0].tolist() == [float(e.label == "malignant") for e in chosen]
    assert truth[chosen.index(next(e for e in chosen if e.path.stem == "malignant (2)")), 1] > 0.95  # a disc
    assert truth[chosen.index(next(e for e in chosen if e.path.stem == "benign (1)")), 1] < 0.5  # two of them, far apart
