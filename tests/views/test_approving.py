"""What the window says of approvals, and how the reader gives and takes them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from PySide6.QtCore import Qt

from busi_gui.domain.approving import ApprovalKind
from busi_gui.domain.reading import Outcome
from busi_gui.services.approving import ApprovingSummary
from busi_gui.services.settings import Settings
from busi_gui.services.states import ApprovalNote, ApprovalState, CaseEntry, FrameApproval
from busi_gui.views.approving.case_approving import summary_text
from busi_gui.views.approving.words import approvals_text, explanation, state_text
from busi_gui.views.cases.case_order import Sieve, Wish, arranged
from tests.services.exchange import MASKS, reading_of, set_down, write_scan
from tests.views.fake_session import FakeSession, make_case, make_diagnosis, make_scan
from tests.views.windows import shown_window

NOTE = ApprovalNote("key", 0, "file:key", ApprovalKind.CORRECTED, (Outcome.UNKNOWN,), "", "Ann", datetime(2026, 3, 1, 12, tzinfo=UTC), "", False)


@pytest.fixture
def window(qtbot, tmp_path):
    session = FakeSession()
    made = shown_window(qtbot, session, Settings(tmp_path / "settings.ini"))
    session.set_case(make_case(make_diagnosis(0.8)))
    qtbot.waitUntil(lambda: made.approval_row.text == "Not approved")
    return made


def press(qtbot, window):
    qtbot.keyClick(window.scan_view, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def test_one_key_approves_withdraws_and_approves_again(qtbot, window):
    row, action, editing = window.approval_row, window.commands["approve"], window._session.editing
    assert action.text() == "Approve for learning"
    press(qtbot, window)
    qtbot.waitUntil(lambda: row.text == "Approved: accepted outline")
    assert action.text() == "Withdraw the approval"
    assert not row.withdraw.isVisible()
    mask = np.roll(editing.reading.outlines[0].mask, 2, 0)
    editing.edit("moving", editing.reading.with_mask(1, mask))
    qtbot.waitUntil(lambda: row.text == "Changed since you approved it: approve again")
    assert row.withdraw.isVisible()
    press(qtbot, window)
    qtbot.waitUntil(lambda: row.text == "Approved: corrected outline")
    row.button.click()
    qtbot.waitUntil(lambda: row.text == "Not approved")


def test_what_approving_does_stands_in_the_tooltip(window):
    tip = window.approval_row._body.toolTip()
    assert "pixels and outlines in the Workspace" in tip
    assert "Nothing leaves it" in tip


def test_why_nothing_is_approved_is_said_over_the_scan(qtbot, window):
    editing = window._session.editing
    editing.edit("hiding", editing.reading.changed(1, is_hidden=True))
    press(qtbot, window)
    qtbot.waitUntil(lambda: "Lesion 1 is hidden" in window.saying.text)


def test_without_a_scan_there_is_nothing_to_approve(window):
    window._session.set_case(None)
    assert not window.commands["approve"].isEnabled()
    assert window.approval_row.text == ""


def test_the_key_is_about_the_active_view_and_the_row_about_the_main_one(qtbot, window, tmp_path):
    session = window._session
    session.set_beside(make_case(make_diagnosis(0.2), scan=replace(make_scan(tmp_path / "b.png"), pixels=make_scan().pixels[::-1])))
    window.comparison.second_view.setFocus()
    qtbot.waitUntil(lambda: window.comparison.active_view is window.comparison.second_view)
    window.commands["approve"].trigger()
    qtbot.waitUntil(lambda: window.commands["approve"].text() == "Withdraw the approval")
    assert window.approval_row.text == "Not approved"


def test_chosen_files_are_approved_from_the_list_and_what_came_of_it_is_said(qtbot, window, tmp_path):
    files = tuple(write_scan(tmp_path / "in", f"{seed}.png", seed) for seed in range(3))
    approving, book = window.approving._approving, window._book
    approving.approved_changed.connect(book.note_approvals)
    for path in files[:2]:
        set_down(approving._workspace, path, reading_of(*MASKS))
    window._session.set_folder(files)
    cases = window.case_list
    for row, modifier in ((0, Qt.KeyboardModifier.ControlModifier), (2, Qt.KeyboardModifier.ShiftModifier)):
        place = cases.view.visualRect(cases.model.index(row)).center()
        qtbot.mouseClick(cases.view.viewport(), Qt.MouseButton.LeftButton, modifier, place)
    assert cases.chosen == list(files)
    assert ("open", files[2]) not in window._session.calls, "rows are chosen, not opened"
    menu = cases.menu_of(files[0])
    (action,) = [each for each in menu.actions() if each.text() == "Approve 3 scans for learning"]
    action.trigger()
    assert window.case_approving.text == "approving …"
    qtbot.waitUntil(lambda: window.message_bar.text != "")
    assert window.message_bar.text.splitlines()[0] == "2 frames approved for learning. Left out: 1."
    assert window.message_bar.text.splitlines()[1].startswith("2.png: No reader has reviewed it")
    assert window.case_approving.text == ""
    assert [book.entry(path).approvals != () for path in files] == [True, True, False]
    assert "approved: drawn outline" in cases.model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    menu.deleteLater()


def test_approved_cases_can_be_sieved():
    path = make_scan().path
    entries = [CaseEntry(path, is_read=True, approvals=(NOTE,)), CaseEntry(path, is_read=True), CaseEntry(path)]
    names = ["a", "b", "c"]
    assert arranged(names, entries, Wish(sieve=Sieve.APPROVED), None) == [0]
    assert arranged(names, entries, Wish(sieve=Sieve.NOT_APPROVED), None) == [1], "of a file that was not looked at nobody knows"


def test_words_say_how_what_is_approved_came_about():
    held, empty = replace(NOTE, frame=2, is_held_out=True), replace(NOTE, frame=1, kind=ApprovalKind.EMPTY)
    assert approvals_text(()) == ""
    assert approvals_text((NOTE,)) == "approved: corrected outline"
    assert approvals_text((NOTE, empty, held)) == "approved: 3 frames (2 corrected outline, 1 no lesion), kept for comparing"
    assert state_text(FrameApproval()) == ""
    assert state_text(FrameApproval(problem="The database is locked.")) == "Whether it is approved is not known"
    assert "damaged" in state_text(FrameApproval(ApprovalState.CHANGED, replace(NOTE, problem="It is damaged.")))
    shared = explanation(FrameApproval(ApprovalState.APPROVED, held), is_shared=True)
    assert "Approved by Ann on 01 March 2026" in shared
    assert "kept for comparing" in shared
    assert "Nothing leaves it" not in shared


def test_a_summary_says_what_stopped_it():
    text = summary_text(ApprovingSummary(approved=1, unchanged=2, is_stopped=True), is_withdrawing=False)
    assert text == "1 frame approved for learning, 2 approved before. Stopped before the rest."
    text = summary_text(ApprovingSummary(withdrawn=2, trouble="The disk is full."), is_withdrawing=True)
    assert text == "The approval of 2 frames was withdrawn. The rest was left as it was. The disk is full."
