"""What an earlier run left holds only where nothing has changed."""

import json
import os
import shutil
from dataclasses import replace

import numpy as np
import pytest

from busi_gui.io import earlier
from busi_gui.io.analysing import analyse_files
from busi_gui.io.earlier import Terms
from models.analysis import OperatingPoint
from tests.builders import make_pixels, write_dicom, write_image
from tests.services.fake_pipeline import INFO, analysis_of

BALANCED = OperatingPoint("balanced", 0.85, 0.8, 0.9, "made-up scans")
NETWORK = replace(INFO, operating_points=(INFO.operating_point, BALANCED), hashes={"segmenter.weights.h5": "4d" * 32})


class Counting:
    """Networks that count how often they are asked."""

    def __init__(self):
        self.asked = 0

    def analyse(self, pixels):
        self.asked += 1
        return replace(analysis_of(pixels), network=NETWORK)


class Room:
    """One scan, analysed."""

    def __init__(self, folder):
        self.path = write_image(folder / "a.png", make_pixels(1))
        self.terms = Terms(folder / "out", NETWORK, given=frozenset({"a"}))
        self.terms.out.mkdir()
        self.files = [(self.path, "a")]
        self.again(self.terms)

    def again(self, terms):
        """Analyse it on these terms; return whether the networks were asked, and the results."""
        networks = Counting()
        results = list(analyse_files(networks, self.files, terms))
        return bool(networks.asked), results


@pytest.fixture
def room(tmp_path):
    return Room(tmp_path)


def test_what_is_done_is_known_by_its_record(room):
    (record,) = room.terms.earlier_records(room.path, "a")
    assert record == json.loads((room.terms.out / "a.json").read_text())
    was_asked, (result,) = room.again(room.terms)
    assert not was_asked
    assert (result.record, result.sentence, result.error) == (record, "", None)
    assert set(record["file"]) == {"bytes", "modified_ns"}
    assert set(record["pictures"]) == {"mask", "saliency", "overlay"}


@pytest.mark.parametrize(
    "changed",
    [
        {"network": NETWORK.at("balanced")},
        {"network": replace(NETWORK, version="0.1")},
        {"network": replace(NETWORK, hashes={"segmenter.weights.h5": "4e" * 32})},
        {"network": replace(NETWORK, parent="0.0-a")},
        {"network": replace(NETWORK, operating_point=replace(INFO.operating_point, threshold=0.31))},
        {"with_identity": True},
        {"is_anew": True},
    ],
    ids=["point", "version", "weights", "parent", "threshold", "identity", "again"],
)
def test_other_terms_are_worked_on_anew(room, changed):
    terms = replace(room.terms, **changed)
    assert terms.earlier_records(room.path, "a") is None
    assert room.again(terms)[0]


def test_what_another_program_wrote_is_done_anew(room, monkeypatch):
    monkeypatch.setattr(earlier, "__version__", "9.9")
    assert room.terms.earlier_records(room.path, "a") is None


def later(path, out):
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))


def larger(path, out):
    before = path.stat()
    path.write_bytes(path.read_bytes() + b" ")
    os.utime(path, ns=(0, before.st_mtime_ns))


def gone(path, out):
    path.unlink()


def record_cut_short(path, out):
    record = out / "a.json"
    record.write_bytes(record.read_bytes()[:-20])


def record_empty(path, out):
    (out / "a.json").write_bytes(b"")


def record_of_an_older_program(path, out):
    record = json.loads((out / "a.json").read_text())
    for key in ("file", "pictures", "program"):
        del record[key]
    (out / "a.json").write_text(json.dumps(record))


def record_of_no_record(path, out):
    (out / "a.json").write_text("[1, 2]")


def picture_empty(path, out):
    (out / "a_saliency.png").write_bytes(b"")


def picture_gone(path, out):
    (out / "a_overlay.png").unlink()


def picture_of_another(path, out):
    shutil.copy(out / "a_overlay.png", out / "a_mask.png")


@pytest.mark.parametrize(
    "change",
    [
        *(later, larger, gone, record_cut_short, record_empty, record_of_an_older_program, record_of_no_record),
        *(picture_empty, picture_gone, picture_of_another),
    ],
)
def test_what_has_changed_is_done_anew(room, change):
    change(room.path, room.terms.out)
    assert room.terms.earlier_records(room.path, "a") is None


def test_a_record_of_another_file_of_that_name_does_not_count(room, tmp_path):
    other = tmp_path / "elsewhere" / "a.png"
    other.parent.mkdir()
    shutil.copy2(room.path, other)
    assert room.terms.earlier_records(other, "a") is None


def test_where_a_picture_cannot_be_written_the_record_of_before_is_gone(room):
    overlay = room.terms.out / "a_overlay.png"
    overlay.unlink()
    overlay.mkdir()
    was_asked, (result,) = room.again(room.terms)
    assert was_asked
    assert "could not be written" in result.error
    assert not (room.terms.out / "a.json").exists()


def test_of_a_cine_only_the_frames_that_are_missing_are_done(tmp_path):
    frames = np.stack([make_pixels(seed) for seed in range(3)])
    path = write_dicom(tmp_path / "cine.dcm", frames, frames=3)
    terms = Terms(tmp_path, NETWORK, "all", given=frozenset({"cine", "cine_f001"}))
    first = list(analyse_files(Counting(), [(path, "cine")], terms))
    assert [result.name for result in first] == ["cine_f000", "cine_f001_2", "cine_f002"]
    assert terms.earlier_records(path, "cine") == [result.record for result in first]
    (tmp_path / "cine_f001_2.json").unlink()
    assert terms.earlier_records(path, "cine") is None
    networks = Counting()
    assert [result.record["frame"] for result in analyse_files(networks, [(path, "cine")], terms)] == [0, 1, 2]
    assert networks.asked == 1


def test_a_choice_of_frames_is_done_where_each_of_them_is(tmp_path):
    path = write_dicom(tmp_path / "cine.dcm", np.stack([make_pixels(seed) for seed in range(3)]), frames=3)
    terms = Terms(tmp_path, NETWORK, (2, 0))
    list(analyse_files(Counting(), [(path, "cine")], terms))
    records = terms.earlier_records(path, "cine")
    assert records is not None
    assert [record["frame"] for record in records] == [2, 0]
    for frames in ("first", "all", (0, 1), (0, 7)):
        assert replace(terms, frames=frames).earlier_records(path, "cine") is None


def test_a_picture_is_its_first_frame_and_all_of_them(room):
    for frames in ("first", "all", (0,)):
        assert replace(room.terms, frames=frames).earlier_records(room.path, "a") is not None
    assert replace(room.terms, frames=(0, 1)).earlier_records(room.path, "a") is None
