"""What comes into the Workspace, and what a reader drew that stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from busi_gui.domain.callipers import Calliper, Distance, Point
from busi_gui.domain.case import CaseStatus
from busi_gui.domain.reading import Assessment, MaskSource, Outcome, OutcomeEvidence, Reading
from busi_gui.io.exports.cases import mask_png
from busi_gui.io.imports.datasets import read_dataset
from busi_gui.services.import_run import store_dataset
from busi_gui.store.workspace import Workspace
from models.analysis import AnalysisStopped
from tests.builders import write_image
from tests.io.exports.export_cases import disc
from tests.services.exchange import MASKS, key_of, reading_of, set_down, stored, write_scan


@pytest.fixture
def workspace():
    made = Workspace()
    yield made
    made.close()


@pytest.fixture
def data(tmp_path):
    """Return a data set of two pictures with a lesion each, and one without."""
    for seed, (folder, mask) in enumerate((("benign", MASKS[0]), ("malignant", MASKS[1]), ("normal", None))):
        write_scan(tmp_path / "data" / folder, f"{folder}.png", seed)
        if mask is not None:
            (tmp_path / "data" / folder / f"{folder}_mask.png").write_bytes(mask_png(mask))
    return tmp_path / "data"


def run(folder, workspace, **how):
    return store_dataset(folder, read_dataset(folder), workspace, **how)


def test_masks_are_stored_for_their_pictures_wherever_those_lie(data, workspace, tmp_path):
    summary = run(data, workspace)
    assert (summary.stored, summary.lesions, summary.unchanged, summary.kept, summary.problems) == (3, 2, 0, (), ())
    assert summary.first == data / "benign" / "benign.png"
    copy = tmp_path / "elsewhere.png"
    copy.write_bytes((data / "malignant" / "malignant.png").read_bytes())
    reading = stored(workspace, copy)
    assert reading.is_touched
    (outline,) = reading.outlines
    assert np.array_equal(outline.mask, MASKS[1])
    assert (outline.source, outline.assessment.outcome) == (MaskSource.IMPORTED, Outcome.MALIGNANT)


def test_a_picture_without_a_lesion_is_one_that_the_networks_do_not_outline(data, workspace):
    run(data, workspace)
    reading = stored(workspace, data / "normal" / "normal.png")
    assert (reading.is_touched, reading.outlines) == (True, ())


def test_what_a_reader_drew_is_kept(data, workspace):
    path = set_down(workspace, data / "benign" / "benign.png", reading_of(disc(30, 30, 4)))
    summary = run(data, workspace)
    assert (summary.stored, summary.kept) == (2, ("benign.png",))
    assert np.array_equal(stored(workspace, path).outlines[0].mask, disc(30, 30, 4))


def test_what_a_reader_drew_is_replaced_where_that_is_asked_for_as_another_revision(data, workspace):
    path = set_down(workspace, data / "benign" / "benign.png", reading_of(disc(30, 30, 4)))
    workspace.remember(key_of(path), status=CaseStatus.REVIEWED)
    before = workspace.readings(key_of(path))[0].revision
    summary = run(data, workspace, is_overwriting=True)
    assert (summary.stored, summary.kept) == (3, ())
    assert np.array_equal(stored(workspace, path).outlines[0].mask, MASKS[0])
    assert workspace.readings(key_of(path))[0].revision > before
    assert workspace.note(key_of(path)).status is CaseStatus.CORRECTED


def test_callipers_stay(data, workspace):
    line = Reading().measured([Calliper(1, Distance(Point(1, 1), Point(5, 5)))])
    path = set_down(workspace, data / "benign" / "benign.png", line)
    assert run(data, workspace).stored == 3
    assert stored(workspace, path).callipers == line.callipers


def test_a_second_time_nothing_is_changed(data, workspace):
    run(data, workspace)
    revisions = {path: workspace.readings(key_of(path))[0].revision for path in data.glob("*/*[!k].png")}
    assert len(revisions) == 3
    summary = run(data, workspace, is_overwriting=True)
    assert (summary.stored, summary.unchanged) == (0, 3)
    assert {path: workspace.readings(key_of(path))[0].revision for path in revisions} == revisions


def test_what_never_leaves_the_program_is_no_difference(data, workspace):
    run(data, workspace)
    path = data / "benign" / "benign.png"
    evidence = OutcomeEvidence(source="report 17")
    assessed = stored(workspace, path).changed(1, assessment=Assessment(outcome=Outcome.BENIGN, remark="seen", evidence=evidence))
    set_down(workspace, path, assessed)
    assert run(data, workspace, is_overwriting=True).unchanged == 3
    assert stored(workspace, path).is_same(assessed)
    dated = replace(evidence, date="2026-03-01")
    set_down(workspace, path, assessed.changed(1, assessment=Assessment(outcome=Outcome.BENIGN, evidence=dated)))
    assert run(data, workspace).kept == ("benign.png",)


def test_masks_that_cannot_be_used_are_named_and_the_others_stored(data, workspace):
    write_image(data / "benign" / "benign_mask.png", np.full((5, 5), 255, np.uint8))
    (data / "malignant" / "malignant.png").write_bytes(b"no picture")
    summary = run(data, workspace)
    assert summary.stored == 1
    assert [word in problem for word, problem in zip(("5 x 5", "malignant.png"), summary.problems, strict=True)] == [True, True]


def test_one_picture_with_two_readings_is_said(data, workspace):
    copy = data / "malignant" / "benign.png"
    copy.write_bytes((data / "benign" / "benign.png").read_bytes())
    (data / "malignant" / "benign_mask.png").write_bytes(mask_png(MASKS[0]))
    summary = run(data, workspace, is_overwriting=True)
    assert summary.problems == ("benign.png is the same picture as benign.png, with other masks or outcomes: it is left out.",)
    assert stored(workspace, copy).outlines[0].assessment.outcome is Outcome.BENIGN


def test_what_was_stored_before_a_stop_stays_and_the_next_run_goes_on(data, workspace):
    def report(_name, done, _total):
        if done == 1:
            raise AnalysisStopped

    with pytest.raises(AnalysisStopped):
        run(data, workspace, report=report)
    summary = run(data, workspace)
    assert (summary.stored, summary.unchanged) == (2, 1)
