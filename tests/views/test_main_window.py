"""The window as a whole, driven by key and mouse."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton, QWidget

from busi_gui.domain.case import Case
from busi_gui.services.settings import Settings
from busi_gui.services.states import Activity, NetworkState, NetworkStatus
from busi_gui.views.about import TextDialog
from busi_gui.views.empty_state import RecentFile
from busi_gui.views.keys import KeysDialog
from busi_gui.views.scan.layers import Layer, Tool
from tests.services.comparisons import watch_comparisons
from tests.views.fake_session import FakeSession, make_case, make_diagnosis, make_scan
from tests.views.windows import shown_window

PATHS = tuple(Path("/scans") / f"scan {n}.png" for n in (1, 2, 10))


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path / "settings.ini")


@pytest.fixture
def session(qapp):
    return FakeSession()


@pytest.fixture
def window(qtbot, session, settings):
    return shown_window(qtbot, session, settings)


def open_folder(session, place=1, *diagnoses):
    session.set_folder(PATHS)
    scan = make_scan(PATHS[place])
    session.set_case(Case(scan))
    if diagnoses:
        session.set_case(make_case(*diagnoses, scan=scan))


def press(qtbot, window, key, modifier=Qt.KeyboardModifier.NoModifier):
    qtbot.keyClick(window.focusWidget() or window, key, modifier)


def drag_of(*paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def test_without_a_case_the_window_says_what_can_be_opened(window):
    assert window.stack.currentWidget() is window.empty_state
    assert window.windowTitle() == "busi-gui"


def test_a_case_puts_the_scan_on_screen_and_its_name_in_the_title(window, session):
    open_folder(session)
    assert window.stack.currentWidget() is window.reading
    assert window.windowTitle() == "scan 2.png – busi-gui"
    assert window.scan_view.case is session.case


def test_the_first_scan_is_painted_before_what_stands_around_it(window, session, qtbot):
    around = (window.cases_dock, window.panel_dock, window.toolbar, window.statusBar())
    open_folder(session, 1)
    assert not any(part.updatesEnabled() for part in around)
    assert window.scan_view.updatesEnabled()
    qtbot.waitUntil(lambda: all(part.updatesEnabled() for part in around))
    open_folder(session, 2)
    assert all(part.updatesEnabled() for part in around)


def test_opening_asks_the_session(window, session):
    window.open_path(Path("/scans"))
    assert session.calls == [("open", Path("/scans"))]


def test_the_open_key_lets_the_reader_choose_a_file(window, session, qtbot, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/scans/a.dcm", ""))
    press(qtbot, window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    window.commands["open_folder"].trigger()
    assert session.calls == [("open", Path("/scans/a.dcm"))]


@pytest.mark.parametrize(("key", "call"), [(Qt.Key.Key_A, -1), (Qt.Key.Key_D, 1), (Qt.Key.Key_PageUp, -1), (Qt.Key.Key_PageDown, 1)])
def test_keys_go_to_the_previous_and_the_next_scan(window, session, qtbot, key, call):
    open_folder(session)
    press(qtbot, window, key)
    assert session.calls == [("step", call)]


def test_at_the_ends_of_the_folder_there_is_no_further_step(window, session, qtbot):
    open_folder(session, 0)
    assert not window.commands["previous"].isEnabled()
    press(qtbot, window, Qt.Key.Key_A)
    assert session.calls == []
    assert window.commands["next"].isEnabled()


def test_a_large_folder_is_not_looked_through_for_each_change(window, session, monkeypatch):
    session.set_folder(tuple(Path("/scans") / f"{n}.png" for n in range(2000)))
    window.cases_dock.hide()  # drawing rows compares those in sight
    compared = watch_comparisons(monkeypatch)
    session.set_case(Case(make_scan(Path("/scans/1999.png"))))
    session.set_activity(Activity("segmenting", 0.2, True))
    assert window.commands["previous"].isEnabled()
    assert not window.commands["next"].isEnabled()
    assert len(compared) < 50


def test_r_diagnoses_and_escape_stops(window, session, qtbot):
    open_folder(session)
    press(qtbot, window, Qt.Key.Key_R)
    session.set_activity(Activity("segmenting", 0.2, True))
    press(qtbot, window, Qt.Key.Key_R)
    press(qtbot, window, Qt.Key.Key_Escape)
    assert session.calls == [("analyse",), ("stop",)]


def test_tools_and_layers_have_keys(window, session, qtbot, monkeypatch):
    open_folder(session)
    tools: list[Tool] = []
    monkeypatch.setattr(window.scan_view, "set_tool", tools.append)
    press(qtbot, window, Qt.Key.Key_W)
    press(qtbot, window, Qt.Key.Key_V)
    assert tools == [Tool.WINDOW, Tool.HAND]
    for key, layer, before in ((Qt.Key.Key_1, Layer.OUTLINE, True), (Qt.Key.Key_4, Layer.SALIENCY, False)):
        assert window.scan_view.is_layer_visible(layer) is before
        press(qtbot, window, key)
        assert window.scan_view.is_layer_visible(layer) is not before


def test_h_hides_the_overlays_only_while_it_is_held(window, session, qtbot, monkeypatch):
    open_folder(session, 1, make_diagnosis(0.8))
    hidden: list[bool] = []
    monkeypatch.setattr(window.scan_view, "hide_overlays", hidden.append)
    focus = window.focusWidget()
    qtbot.keyPress(focus, Qt.Key.Key_H)
    assert hidden == [True]
    qtbot.keyRelease(focus, Qt.Key.Key_H)
    assert hidden[-1] is False


def test_keys_type_into_the_filter_and_do_nothing_else(window, session, qtbot):
    open_folder(session)
    window.case_list.filter.setFocus()
    qtbot.keyClicks(window.case_list.filter, "radvwhfin14")
    assert window.case_list.filter.text() == "radvwhfin14"
    assert session.calls == []
    assert window.scan_view.is_layer_visible(Layer.OUTLINE)


def test_tab_over_the_scan_hides_all_panels_and_brings_them_back(window, session, qtbot):
    open_folder(session)
    window.scan_view.setFocus()
    press(qtbot, window, Qt.Key.Key_Tab)
    assert not window.cases_dock.isVisible()
    assert not window.panel_dock.isVisible()
    press(qtbot, window, Qt.Key.Key_Tab)
    assert window.cases_dock.isVisible()
    assert window.panel_dock.isVisible()


def test_a_panel_that_was_closed_stays_closed_after_tab(window, session, qtbot):
    open_folder(session)
    window.cases_dock.close()
    window.commands["hide_panels"].trigger()
    window.commands["hide_panels"].trigger()
    assert not window.cases_dock.isVisible()
    assert window.panel_dock.isVisible()


def test_tab_in_a_panel_moves_the_focus(window, session, qtbot):
    open_folder(session)
    window.case_list.filter.setFocus()
    press(qtbot, window, Qt.Key.Key_Tab)
    assert window.panel_dock.isVisible()
    assert window.focusWidget() is not window.case_list.filter


def test_f6_goes_round_the_parts_of_the_window(window, session, qtbot):
    open_folder(session, 1, make_diagnosis(0.8))
    window.scan_view.setFocus()
    places = []
    for _ in range(3):
        press(qtbot, window, Qt.Key.Key_F6)
        focus = window.focusWidget()
        parts = {"files": window.case_list, "diagnosis": window.panel, "scan": window.scan_view}
        places.append(next(name for name, part in parts.items() if part is focus or part.isAncestorOf(focus)))
    assert places == ["files", "diagnosis", "scan"]


def test_n_shows_the_next_lesion_on_the_scan_too(window, session, qtbot):
    open_folder(session, 1, make_diagnosis(0.8), make_diagnosis(0.3))
    press(qtbot, window, Qt.Key.Key_N)
    assert window.editor.selection.number == 2
    assert window.scan_view._selected == 2


def test_a_click_on_a_lesion_shows_it_in_the_panel(window, session):
    open_folder(session, 1, make_diagnosis(0.8), make_diagnosis(0.3))
    window.scan_view.lesion_clicked.emit(2)
    assert window.editor.selection.number == 2


def test_the_wheel_with_alt_fades_the_saliency_and_shows_it(window, session, settings):
    open_folder(session, 1, make_diagnosis(0.8))
    before = window.layers.opacity(Layer.SALIENCY)
    window.scan_view.opacity_scrolled.emit(2.0)
    assert window.layers.opacity(Layer.SALIENCY) == pytest.approx(before + 0.1)
    assert window.scan_view.layer_opacity(Layer.SALIENCY) == pytest.approx(before + 0.1)
    assert window.scan_view.is_layer_visible(Layer.SALIENCY)
    window.scan_view.opacity_scrolled.emit(50.0)
    assert window.layers.opacity(Layer.SALIENCY) == 1.0


def test_a_slider_fades_its_layer_and_follows_it(window, session, qtbot):
    slider = window.layers.slider(Layer.FILL)
    qtbot.addWidget(slider)
    slider.setValue(70)
    assert window.scan_view.layer_opacity(Layer.FILL) == pytest.approx(0.7)
    window.layers.set_opacity(Layer.FILL, 0.2)
    assert slider.value() == 20


def test_choosing_a_saliency_class_shows_the_saliency(window, session):
    open_folder(session, 1, make_diagnosis(0.8))
    window.panel.saliency_class_chosen.emit("benign")
    assert window.scan_view.is_layer_visible(Layer.SALIENCY)
    assert window.scan_view._saliency_class == "benign"


def test_the_status_bar_says_what_is_under_the_pointer(window, session):
    open_folder(session, 1, make_diagnosis(0.8))
    window.scan_view.pointer_moved.emit(12, 34, 87, 0)
    assert window.status.pointer.full_text == "row 12 column 34 · 87 · outside the lesion"
    window.scan_view.pointer_moved.emit(12, 34, 87, 1)
    assert window.status.pointer.full_text == "row 12 column 34 · 87 · inside the lesion"
    window.scan_view.pointer_left.emit()
    assert window.status.pointer.full_text == ""
    session.set_case(Case(make_scan()))
    window.scan_view.pointer_moved.emit(1, 2, 3, 0)
    assert window.status.pointer.full_text == "row 1 column 2 · 3"


def test_the_status_bar_says_what_is_done_and_what_this_is_not_for(window, session):
    assert window.status.notice.full_text == "not for clinical use"
    assert window.status.state.full_text == "networks 0.1 ready"
    session.set_network(NetworkState(NetworkStatus.LOADING))
    assert window.status.state.full_text == "networks are being loaded …"
    session.set_activity(Activity("explaining", 0.8, True))
    assert window.status.state.full_text == "explaining …"
    assert window.status.progress.isVisible()
    assert window.status.progress.value() == 80


def test_a_failure_is_said_above_the_scan_and_gone_with_the_next_case(window, session):
    open_folder(session, 0)
    session.failed.emit("a.png is broken. Copy it again.")
    assert window.message_bar.isVisible()
    assert window.scan_view.case is session.case
    open_folder(session, 1)
    assert not window.message_bar.isVisible()


def test_a_new_analysis_keeps_the_view(window, session):
    open_folder(session)
    window.scan_view.one_to_one()
    zoom = window.scan_view.zoom_percent
    session.set_case(make_case(make_diagnosis(0.5), scan=session.case.scan))
    assert window.scan_view.zoom_percent == zoom


def test_dropped_files_are_opened_and_announced_while_dragged(window, session, tmp_path):
    data = drag_of(tmp_path / "a.png", tmp_path / "b.png")
    action, button, modifier = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(9, 9), action, data, button, modifier)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    assert window.drops.hint.isVisible()
    assert window.drops.hint.text == "Drop to open “a.png”"
    QApplication.sendEvent(window, QDropEvent(QPointF(9, 9), action, data, button, modifier))
    assert not window.drops.hint.isVisible()
    assert session.calls == [("open", tmp_path / "a.png")]


def test_dragging_does_not_look_at_the_drive(window, tmp_path, monkeypatch):
    looked = []
    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", lambda path, **_: looked.append(path))
        patch.setattr(Path, "is_dir", looked.append)
        window.drops.hint.show_for(tmp_path / "folder")
    assert window.drops.hint.text == "Drop to open “folder”"
    assert looked == []


def test_what_is_no_file_cannot_be_dropped(window):
    data = QMimeData()
    data.setText("text")
    enter = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter.ignore()
    QApplication.sendEvent(window, enter)
    assert not enter.isAccepted()


def test_no_child_takes_drops_away_from_the_window(window, session):
    open_folder(session)
    takers = [widget for widget in window.findChildren(QWidget) if widget.acceptDrops() and widget.isVisible()]
    assert takers == []


def test_opened_files_are_offered_again(qtbot, session, settings, tmp_path):
    path = tmp_path / "seen.png"
    path.touch()
    window = shown_window(qtbot, session, settings)
    session.set_case(Case(make_scan(path)))
    assert settings.recent_files == (path,)
    assert settings.last_folder == tmp_path
    session.set_case(None)
    recent = window.empty_state.findChild(RecentFile)
    assert recent is not None
    link = recent.findChild(QPushButton)
    qtbot.mouseClick(link, Qt.MouseButton.LeftButton)
    assert session.calls == [("open", path)]
    window.commands["clear_recent"].trigger()
    assert settings.recent_files == ()


def test_the_window_comes_back_as_it_was(qtbot, session, settings):
    window = shown_window(qtbot, session, settings)
    window.commands["fill"].setChecked(True)
    window.commands["identity"].setChecked(False)
    window.cases_dock.close()
    window.commands["hide_panels"].trigger()
    window.close()
    again = shown_window(qtbot, session, settings)
    assert again.scan_view.is_layer_visible(Layer.FILL)
    assert not again.commands["identity"].isChecked()
    assert not again.cases_dock.isVisible()
    assert again.panel_dock.isVisible()


def test_f1_lists_the_keys_and_a_changed_key_works_at_once(window, session, qtbot):
    open_folder(session)
    press(qtbot, window, Qt.Key.Key_F1)
    dialog = window.findChild(KeysDialog)
    assert dialog.isVisible()
    dialog.close()
    window.commands.set_keys("analyse", QKeySequence("X"))
    assert any(button.text() == "Diagnose (X)" for button in window.panel.findChildren(QPushButton))
    with qtbot.waitActive(window):
        window.activateWindow()
    window.scan_view.setFocus()
    press(qtbot, window, Qt.Key.Key_X)
    assert session.calls == [("analyse",)]


@pytest.mark.parametrize(("name", "title"), [("about", "About busi-gui"), ("about_networks", "About the networks")])
def test_about_opens(window, name, title):
    window.commands[name].trigger()
    assert [dialog.windowTitle() for dialog in window.findChildren(TextDialog) if dialog.isVisible()] == [title]


def test_a_failed_network_cannot_be_asked(window, session):
    open_folder(session)
    session.set_network(NetworkState(NetworkStatus.FAILED, None, "Broken."))
    assert not window.commands["analyse"].isEnabled()


def test_the_window_can_be_as_small_as_1024_by_700(window, session):
    open_folder(session, 1, make_diagnosis(0.8), make_diagnosis(0.3))
    window.resize(1024, 700)
    assert window.minimumSizeHint().width() <= 1024
    assert window.minimumSizeHint().height() <= 700


def test_a_closed_panel_can_be_shown_again_from_the_menu(window):
    window.panel_dock.close()
    window.panel_dock.toggleViewAction().trigger()
    assert window.panel_dock.isVisible()
    views = [action.menu() for action in window.menuBar().actions() if action.text() == "&View"]
    assert {"Cases", "Diagnosis"} <= {action.text() for action in views[0].actions()}


def test_alt_that_was_held_for_the_wheel_does_not_open_the_menu(window, session, qtbot):
    open_folder(session, 1, make_diagnosis(0.8))
    window.scan_view.setFocus()
    focus = window.focusWidget()
    qtbot.keyPress(focus, Qt.Key.Key_Alt, Qt.KeyboardModifier.AltModifier)
    window.scan_view.opacity_scrolled.emit(1.0)
    qtbot.keyRelease(focus, Qt.Key.Key_Alt)
    assert window.focusWidget() is focus
