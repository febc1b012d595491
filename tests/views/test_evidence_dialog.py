"""What was compared before a version was proposed, shown from its files."""

from dataclasses import replace

import pytest

from busi_gui.services.versions import VersionEntry
from busi_gui.views.retraining.evidence_dialog import EvidenceDialog
from busi_gui.views.version_words import compared_of
from models.analysis import Evidence
from tests.services.retraining_room import RetrainingRoom, evidence

SUMMARY, REMARK = "Compared on 14 held-out cases of this clinic.", "On your 12 held-out cases the outlines agree better with yours."
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


def test_what_was_compared_elsewhere_is_not_taken_for_this_clinic_and_outlines_stand_alone(qtbot, room, tmp_path):
    elsewhere = RetrainingRoom(tmp_path / "elsewhere")
    dialog = shown(qtbot, elsewhere, replace(ENTRY, is_imported=True))
    assert dialog.table.item(0, 0).text() == "Their 14 held-out cases of 12 patients"
    assert "the outlines agree better with theirs" in dialog.text()
    assert "The pictures of their cases stayed there" in dialog.text()
    assert [picture.hands for picture in dialog.gallery.pictures] == [["yours", "networks before", "proposal"]] * 3
    assert not any(picture.has_picture for picture in dialog.gallery.pictures)
    elsewhere.close()


@pytest.mark.parametrize("comparison", [None, {}, {"clinic": 3}, evidence().as_json() | {"improved": [{"key": "a"}]}])
def test_of_what_cannot_be_understood_there_is_nothing_to_show(comparison):
    assert compared_of(replace(ENTRY, evidence=replace(KNOWN, comparison=comparison))) is None
