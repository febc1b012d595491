"""Two scans in the window: the keys for them, and what goes to which."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFileDialog

from busi_gui.domain.case import Case
from busi_gui.services.settings import Settings
from busi_gui.views.scan.layers import Layer
from tests.views.compared import make_compared
from tests.views.fake_session import FakeSession
from tests.views.scan_views import screen_point, send
from tests.views.windows import shown_window


@pytest.fixture
def session(qapp):
    return FakeSession()


@pytest.fixture
def window(qtbot, session, tmp_path):
    window = shown_window(qtbot, session, Settings(tmp_path / "settings.ini"))
    session.set_case(make_compared())
    return window


def press(qtbot, window, key, modifier=Qt.KeyboardModifier.NoModifier):
    qtbot.keyClick(window.focusWidget() or window, key, modifier)


def test_a_chosen_file_is_opened_beside(window, session, qtbot, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/scans/prior.png", ""))
    press(qtbot, window, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    assert session.calls == [("open_beside", Path("/scans/prior.png"))]


def test_without_a_scan_nothing_can_lie_beside_it(window, session):
    assert window.commands["open_beside"].isEnabled()
    session.set_case(None)
    assert not window.commands["open_beside"].isEnabled()


def test_keys_for_two_scans_do_nothing_for_one(window, session, qtbot):
    for name in ("swap_beside", "close_beside", "link_zoom"):
        assert not window.commands[name].isEnabled()
    press(qtbot, window, Qt.Key.Key_X)
    assert session.calls == []


def test_keys_swap_unlink_and_close(window, session, qtbot):
    session.set_beside(make_compared("prior.png"))
    press(qtbot, window, Qt.Key.Key_X)
    assert session.case.scan.path.name == "prior.png"
    press(qtbot, window, Qt.Key.Key_Z)
    assert not window.comparison.link.is_linked
    press(qtbot, window, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert session.beside is None
    assert not window.comparison.second_view.isVisible()


def test_keys_for_overlays_and_identity_reach_both(window, session, qtbot):
    session.set_beside(make_compared("prior.png"))
    press(qtbot, window, Qt.Key.Key_1)
    assert not any(view.is_layer_visible(Layer.OUTLINE) for view in window.comparison.all_views())
    press(qtbot, window, Qt.Key.Key_I)
    assert window.comparison.second_view._text._corners.identity == ()


def test_the_status_bar_reads_the_pointer_in_either_view(window, session):
    session.set_beside(Case(make_compared("prior.png").scan))
    second = window.comparison.second_view
    send(second, QEvent.Type.MouseMove, screen_point(second, 30, 20))
    assert window.status.pointer.full_text.startswith("row 30 column 20")
    assert "lesion" not in window.status.pointer.full_text, "the scan beside has none"
    first = window.comparison.main_view
    send(first, QEvent.Type.MouseMove, screen_point(first, 25, 30))
    assert "lesion" in window.status.pointer.full_text


def test_f6_goes_through_both_scans(window, session, qtbot):
    session.set_beside(make_compared("prior.png"))
    window.scan_view.setFocus()
    press(qtbot, window, Qt.Key.Key_F6)
    assert window.comparison.active_view is window.comparison.second_view
