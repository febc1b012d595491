"""Pieces of the simulation of clinics, with tiny networks on discs that were written down as the two data sets are."""

import csv
import shutil
from dataclasses import replace

import cv2
import pytest

from models.analysis import NetworkError
from models.preprocessing import INPUT_SIZE, VIEW_SIZES
from models.weights import flatbuffers, read_manifest
from tests.benchmarks.scripts import script
from tests.models.retraining.clinic_of_shapes import disc, tiny_networks, tiny_segmenter, write_version

pytestmark = pytest.mark.timeout(600)
fcntl = pytest.importorskip("fcntl", reason="pieces lock their folder as Unix does")
runs, naive, pieces = script("clinic_runs"), script("clinic_naive"), script("clinic_pieces")
Piece = pieces.Piece
BEFORE = Piece("before", 0)


def write_discs(root, table, header, row_of, number, first):
    root.mkdir()
    lines = [header]
    for n in range(number):
        label = ("benign", "malignant")[n % 2]
        (root / label).mkdir(exist_ok=True)
        pixels, mask = disc(first + n)
        cv2.imwrite(str(root / label / f"{n:03}.png"), pixels)
        cv2.imwrite(str(root / label / f"{n:03}_mask.png"), mask.astype("uint8") * 255)
        lines.append([f"{label}/{n:03}.png", label, *row_of(n)])
    with (root / table).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(lines)
    return root


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    bus_bra = ["image", "label", "patient", "fold5", "device"]
    write_discs(root / "BUS-BRA", "patients.csv", bus_bra, lambda n: [f"patient {n}", 1 + n % 5, "machine A"], 24, 0)
    write_discs(root / "BUSI", "groups.csv", ["image", "label", "group"], lambda n: [f"group {n}"], 24, 500)
    return root


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """Write tiny networks that are asked with squares of the real sizes, as a pipeline asks."""
    folder = tmp_path_factory.mktemp("networks") / "base"
    manifest = write_version(folder)
    segmenter, *classifiers = (
        replace(file, options={**file.options, "input_size": VIEW_SIZES[file.view] if file.view else INPUT_SIZE}) for file in manifest.networks
    )
    replace(manifest, segmenter=segmenter, classifiers=tuple(classifiers)).write(folder)
    return folder


@pytest.fixture(scope="module", autouse=True)
def tiny():
    with tiny_networks(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "MOST", 12)
        patch.setattr(naive, "build_segmenter", tiny_segmenter)
        yield


@pytest.fixture(scope="module")
def begun(data, networks, tmp_path_factory):
    """Return a benchmark that has measured what there was before the first clinic is learned from."""
    setting = runs.Setting([data], networks, tmp_path_factory.mktemp("begun") / "run", unseen=5)
    runs.do(setting, BEFORE)
    return setting


@pytest.fixture
def setting(begun, tmp_path):
    shutil.copytree(begun.run, tmp_path / "run")
    return runs.Setting(begun.datasets, begun.base, tmp_path / "run", begun.unseen)


def test_a_chain_starts_from_where_it_was_left_and_is_measured_on_unseen_patients_and_elsewhere_and_can_be_forgotten(setting):
    for piece in (Piece("naive", 0, 5), Piece("naive", 0, 10)):
        runs.do(setting, piece)
    first, second = (read_manifest(setting.run / "versions" / f"naive-00-{cases:03}") for cases in (5, 10))
    assert first.parent == "1.0"
    assert second.parent == first.version == "naive-00-005"
    assert len({setting.old.manifest.segmenter.sha256, first.segmenter.sha256, second.segmenter.sha256}) == 3
    assert second.classifiers == setting.old.manifest.classifiers
    there = setting.results.read(BEFORE.name)
    found = setting.results.read("naive-00-010")
    for part in ("unseen", "hold_out"):
        assert [row["key"] for row in found[part]] == [row["key"] for row in there[part]]
    assert len(there["unseen"]) == 5
    assert len(there["corrections"]) == 12
    assert not {row["group"] for row in there["unseen"]} & {row["group"] for row in there["corrections"]}
    own = flatbuffers(second, setting.cache).segmenter
    assert own.is_file()
    setting.forget(setting.run / "versions" / "naive-00-010")
    assert not own.exists()
    assert flatbuffers(first, setting.cache).are_there, "what versions share outlives one of them"


def test_a_chain_is_not_begun_in_its_middle_nor_before_it_was_measured_what_there_was(setting):
    with pytest.raises(SystemExit, match="measured first"):
        runs.do(setting, Piece("naive", 1, 5))
    with pytest.raises(SystemExit, match="naive-00-005 is missing"):
        runs.do(setting, Piece("naive", 0, 10))


def test_a_proposal_that_is_stopped_says_why_and_leaves_nothing_behind(setting):
    derived = set(setting.cache.iterdir())
    runs.do(setting, Piece("learning", 0, 5))
    told = setting.results.read("learning-00-005")
    assert (told["fitted"], told["may_adopt"], told["approved"], told["held_out"]) == (False, False, 5, 1)
    assert any("approved cases to learn from; 5 are the least" in sentence for sentence in told["objections"])
    assert told["seconds"] <= told["total_seconds"]
    assert told["peak_mb"] > 100
    assert "unseen" not in told
    assert set(setting.cache.iterdir()) == derived
    assert not list((setting.run / "work").glob("*"))


def test_a_proposal_that_is_fitted_is_measured_on_unseen_patients_and_only_its_figures_stay(setting, monkeypatch):
    monkeypatch.setattr("models.retraining.proposing.examine", lambda *_: ())  # discs are no ultrasound
    monkeypatch.setattr("models.retraining.needs.LEAST_LEARNED", 2)
    monkeypatch.setattr(runs, "approved", with_three_held_out(runs.approved))
    derived = set(setting.cache.iterdir())
    runs.do(setting, Piece("outcomes", 0, 10))
    told, there = (setting.results.read(name) for name in ("outcomes-00-010", "before-00"))
    assert told["fitted"]
    assert [row["key"] for row in told["unseen"]] == [row["key"] for row in there["unseen"]]
    assert told["comparison"]["base"]["cases"] == len(there["hold_out"])
    assert set(told["shares"]) == {"segmenter", "classifier-scan", "classifier-lesion"}
    assert set(setting.cache.iterdir()) == derived
    assert not list((setting.run / "versions").glob("*"))


def with_three_held_out(approve):
    """Hold three cases out where every fifth of ten patients would be two."""

    def approved(*given, **more):
        cases = approve(*given, **more)
        return [replace(case, is_held_out=place < 3) for place, case in enumerate(cases)]

    return approved


def test_results_of_other_networks_are_never_mixed(setting, tmp_path):
    others = tmp_path / "others"
    shutil.copytree(setting.base, others)
    manifest = others / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"version": "1.0"', '"version": "2.0"'))
    with pytest.raises(NetworkError, match="another networks"):
        runs.do(runs.Setting(setting.datasets, others, setting.run, setting.unseen), Piece("learning", 0, 5))
    with pytest.raises(NetworkError, match="another unseen"):
        runs.do(runs.Setting(setting.datasets, setting.base, setting.run, 4), Piece("learning", 0, 5))


def test_two_pieces_are_never_at_work_in_one_folder(setting):
    with (setting.run / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(SystemExit, match="Another piece is at work"):
            runs.do(setting, Piece("learning", 0, 5))
