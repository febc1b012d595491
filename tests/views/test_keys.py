"""Keys: every one is free, listed, and can be changed."""

from collections import Counter

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence

from busi_gui.services.settings import Settings
from busi_gui.views.actions import ACTIONS, MOUSE_GESTURES, Actions
from busi_gui.views.keys import KeysDialog


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path / "settings.ini")


@pytest.fixture
def owner(qapp):
    return QObject()


@pytest.fixture
def actions(settings, owner):
    return Actions(settings, owner)


@pytest.fixture
def dialog(qtbot, actions):
    widget = KeysDialog(actions)
    qtbot.addWidget(widget)
    widget.show()
    return widget


def lines(dialog):
    table = dialog.table
    return [(table.item(row, 0).text(), table.item(row, 1).text()) for row in range(table.rowCount()) if not table.isRowHidden(row)]


def type_key(qtbot, dialog, key, modifier=Qt.KeyboardModifier.NoModifier):
    dialog.editor.setFocus()
    qtbot.keyClick(dialog.editor, key, modifier)
    dialog.editor.editingFinished.emit()


def test_no_two_actions_have_the_same_key(actions):
    count = Counter(key.toString() for spec in ACTIONS for key in actions.keys(spec.name))
    assert [key for key, times in count.items() if times > 1] == []


def test_every_default_key_can_be_read(actions):
    for spec in ACTIONS:
        assert len(actions.keys(spec.name)) == len([part for part in spec.keys.split("; ") if part]), spec.name


def test_tooltips_name_the_key(actions):
    assert actions["fit"].toolTip() == "Fit (F)\nShow the whole scan"


def test_all_actions_and_gestures_are_listed(dialog):
    shown = lines(dialog)
    assert len(shown) == len(ACTIONS) + len(MOUSE_GESTURES)
    assert ("Fit", "F") in shown
    assert ("Opacity of the saliency", "Alt+wheel") in shown


def test_what_can_be_done_is_never_cut_short(dialog):
    table = dialog.table
    widest = max(table.fontMetrics().horizontalAdvance(what) for what, _ in lines(dialog))
    assert widest < table.columnWidth(0) < table.viewport().width() * 0.7, "and the keys have room too"


def test_the_table_can_be_searched_by_name_and_by_key(dialog, qtbot):
    qtbot.keyClicks(dialog.search, "zoom")
    assert {what for what, _ in lines(dialog)} == {"Zoom in", "Zoom out", "Zoom", "Link zoom"}
    dialog.search.setText("Alt+")
    assert lines(dialog) == [("Opacity of the saliency", "Alt+wheel")]


def test_a_key_can_be_changed_and_is_remembered(dialog, actions, settings, owner, qtbot):
    dialog.choose("fit")
    with qtbot.waitSignal(actions.keys_changed):
        type_key(qtbot, dialog, Qt.Key.Key_J)
    assert actions.keys("fit") == [QKeySequence("J")]
    assert ("Fit", "J") in lines(dialog)
    assert Actions(settings, owner).keys("fit") == [QKeySequence("J")]


def test_a_key_that_belongs_to_another_action_is_refused(dialog, actions, qtbot):
    dialog.choose("fit")
    type_key(qtbot, dialog, Qt.Key.Key_W)
    assert actions.keys("fit") == [QKeySequence("F")]
    assert dialog.note == "W belongs to “Window”. Give that another key first."
    assert dialog.editor.keySequence() == QKeySequence("F")


def test_a_key_can_be_taken_away(dialog, actions, qtbot):
    dialog.choose("fit")
    dialog.editor.clear()
    dialog.editor.editingFinished.emit()
    assert actions.keys("fit") == []


def test_a_changed_key_can_be_reset(dialog, actions, qtbot):
    dialog.choose("next")
    assert not dialog.reset.isEnabled()
    type_key(qtbot, dialog, Qt.Key.Key_J)
    qtbot.mouseClick(dialog.reset, Qt.MouseButton.LeftButton)
    assert actions.keys("next") == [QKeySequence("D"), QKeySequence("PgDown")]
    assert not actions.is_changed("next")


def test_a_default_key_that_was_given_away_is_not_taken_back_unasked(dialog, actions, qtbot):
    actions.set_keys("fit", QKeySequence("J"))
    actions.set_keys("hand", QKeySequence("F"))
    dialog.choose("fit")
    qtbot.mouseClick(dialog.reset, Qt.MouseButton.LeftButton)
    assert actions.keys("fit") == [QKeySequence("J")]
    assert "belongs to “Hand”" in dialog.note


def test_all_keys_can_be_reset_at_once(dialog, actions, qtbot):
    actions.set_keys("fit", QKeySequence("J"))
    actions.set_keys("hand", QKeySequence("F"))
    qtbot.mouseClick(dialog.reset_all, Qt.MouseButton.LeftButton)
    assert actions.keys("fit") == [QKeySequence("F")]
    assert actions.keys("hand") == [QKeySequence("V")]


def test_a_mouse_gesture_cannot_be_changed(dialog):
    dialog.table.setCurrentCell(len(ACTIONS), 0)
    assert not dialog.editor.isEnabled()
    assert dialog.note == "Mouse gestures cannot be changed."


def test_settings_from_another_version_do_no_harm(settings, owner):
    settings.changed_keys = {"fit": "NoSuchKey+?", "an action that is gone": "Q"}
    assert Actions(settings, owner).keys("hand") == [QKeySequence("V")]


def test_a_key_that_the_reader_chose_before_an_action_came_that_has_it_as_its_own_stays_the_readers(settings, owner):
    settings.changed_keys = {"fit": "K"}
    actions = Actions(settings, owner)
    assert actions.keys("fit") == [QKeySequence("K")]
    assert actions.keys("play") == []
    actions.reset_keys("fit")
    assert actions.keys("play") == [QKeySequence("K")]
