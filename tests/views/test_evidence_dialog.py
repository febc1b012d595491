"""What was compared before a version was proposed, shown from its files."""

import base64
from dataclasses import replace

import cv2
import numpy as np
import pytest

from busi_gui.services.versions import VersionEntry
from busi_gui.views.retraining.evidence_dialog import EvidenceDialog
from busi_gui.views.retraining.words import NO_PICTURES
from busi_gui.views.version_words import MEASURED_ELSEWHERE, compared_of, no_evidence
from models.analysis import Evidence
from models.retraining.evidence import MOST_SHOWN
from tests.services.retraining_room import RetrainingRoom, evidence

SUMMARY, REMARK = "Compared with 0.2.2 on 14 held-out cases of this clinic.", "On your 12 held-out cases the outlines agree better with yours."
KNOWN = Evidence(SUMMARY, (), ("Your rise may be chance.",), (REMARK,), evidence().as_json())
ENTRY = VersionEntry("clinic-1", evidence=KNOWN)


@pytest.fixture
def room(tmp_path):
    made = RetrainingRoom(tmp_path, cases=15)
    yield made
    made.close()


def shown(qtbot, room, entry):
    dialog = EvidenceDialog(entry, room.retraining)
    qtbot.addWidget(dialog)
    with qtbot.waitExposed(dialog):
        dialog.show()
    return dialog


def test_objections_figures_remarks_and_cases_with_their_pictures_are_there(qtbot, room):
    dialog = shown(qtbot, room, ENTRY)
    for part in (
        "clinic-1: may not be used",
        "Your rise may be chance.",
        f"{SUMMARY}\n{REMARK}",
        "Most improved held-out cases",
        "Not for clinical use.",
    ):
        assert part in dialog.text()
    assert dialog.table.item(0, 0).text() == "Your 14 held-out cases of 12 patients"
    assert dialog.table.item(1, 3).text() == "+0.034, better"
    assert dialog.table.rowCount() == 12
    qtbot.waitUntil(lambda: len(dialog.gallery.pictures) == 3 and all(picture.has_picture for picture in dialog.gallery.pictures))
    assert NO_PICTURES not in dialog.text()


def test_what_was_compared_elsewhere_is_not_taken_for_this_clinic_and_outlines_stand_alone(qtbot, room, tmp_path):
    elsewhere = RetrainingRoom(tmp_path / "elsewhere")
    dialog = shown(qtbot, elsewhere, replace(ENTRY, is_imported=True))
    assert dialog.table.item(0, 0).text() == "Their 14 held-out cases of 12 patients"
    assert "the outlines agree better with theirs" in dialog.text()
    assert MEASURED_ELSEWHERE in dialog.text()
    assert NO_PICTURES in dialog.text()
    assert [picture.hands for picture in dialog.gallery.pictures] == [["yours", "networks before", "proposal"]] * 3
    assert not any(picture.has_picture for picture in dialog.gallery.pictures)
    elsewhere.close()


def damaged(**changes):
    return evidence().as_json() | changes


def with_case(**changes):
    return damaged(improved=[evidence().as_json()["improved"][0] | changes])


def with_figure(**changes):
    clinic = evidence().as_json()["clinic"]
    return damaged(clinic=clinic | {"figures": clinic["figures"] | {"dice": clinic["figures"]["dice"] | changes}})


LARGE = base64.b64encode(cv2.imencode(".png", np.zeros((12_000, 12_000), np.uint8))[1].tobytes()).decode("ascii")
WRONG = [
    with_case(old_dice="0.8"), with_case(new_dice=None), with_case(reader=LARGE, old=LARGE, new=LARGE), with_case(new="bm9uZQ=="), with_case(old=3),
    with_figure(old="0.8"), with_figure(new=float("nan")), with_figure(high=10**400), with_figure(cases=-1), with_figure(cases=True),
    damaged(clinic={**evidence().as_json()["clinic"], "figures": {}}), damaged(agreement={"cases": 3}), damaged(worsened={"a": 1}),
]  # fmt: skip


@pytest.mark.parametrize("comparison", WRONG)
def test_what_is_no_comparison_is_not_opened_and_that_is_said(comparison):
    entry = replace(ENTRY, evidence=replace(KNOWN, comparison=comparison))
    assert compared_of(entry) is None
    assert "cannot be understood" in no_evidence(entry)


def test_what_a_newer_program_adds_is_left_out_and_the_rest_is_shown(qtbot, room):
    told = evidence().as_json()
    told["clinic"]["figures"]["hausdorff"] = {"old": 3}
    told["agreement"]["more"] = 1
    told["improved"] *= 40
    dialog = shown(qtbot, room, replace(ENTRY, evidence=replace(KNOWN, comparison=told)))
    assert dialog.table.rowCount() == 12
    assert len(dialog.gallery.pictures) == MOST_SHOWN + 1


def test_evidence_that_was_changed_is_not_shown_as_if_it_were_sound():
    assert no_evidence(replace(ENTRY, problem="Its evidence.json is damaged.")) == "Its evidence.json is damaged."
    assert no_evidence(ENTRY) == ""
    assert "Nothing was compared" in no_evidence(replace(ENTRY, evidence=None))


@pytest.mark.parametrize("comparison", [None, {}, {"clinic": 3}, evidence().as_json() | {"improved": [{"key": "a"}]}])
def test_of_what_cannot_be_understood_there_is_nothing_to_show(comparison):
    assert compared_of(replace(ENTRY, evidence=replace(KNOWN, comparison=comparison))) is None
