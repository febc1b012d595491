"""Where the work is kept, told and chosen in a dialog."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from busi_gui.services.work_place import PASSWORD, WorkPlace
from busi_gui.store.workspace import Workspace
from busi_gui.views.labels import Words
from busi_gui.views.workspace_dialog import WorkspaceDialog


@pytest.fixture
def dialog(qtbot, tmp_path):
    workspace = Workspace(tmp_path / "workspace.db", reader="reader on desk")
    place = WorkPlace(workspace, tmp_path / "data")
    made = WorkspaceDialog(place)
    qtbot.addWidget(made)
    yield made
    assert place.shut_down()
    workspace.close()


def test_it_says_where_the_work_is_and_as_whose(dialog, tmp_path):
    said = "\n".join(words.text() for words in dialog.findChildren(Words))
    assert str(tmp_path / "workspace.db") in said
    assert "“reader on desk”" in said


def test_a_copy_is_made_where_the_reader_says(dialog, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(tmp_path / "copy.db"), ""))
    qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    assert not dialog.use.isEnabled()
    qtbot.waitUntil(lambda: "copy.db" in dialog.answer)
    assert dialog.use.isEnabled()
    assert (tmp_path / "copy.db").is_file()


def test_enter_uses_the_place_that_is_written(dialog, qtbot, tmp_path):
    dialog.other.setText(str(tmp_path / "other.db"))
    qtbot.keyClick(dialog.other, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "next start" in dialog.answer)


def test_a_password_is_refused_with_the_way_to_do_it(dialog, qtbot):
    dialog.other.setText("postgresql://reader:secret@host/breast")
    qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert dialog.answer == PASSWORD


def test_opened_while_the_workspace_still_opens_it_can_be_used_once_that_is_done(qtbot, tmp_path):
    workspace = Workspace(tmp_path / "workspace.db")
    place = WorkPlace(workspace, tmp_path / "data")
    place.open()
    dialog = WorkspaceDialog(place)
    qtbot.addWidget(dialog)
    assert not dialog.use.isEnabled()
    qtbot.waitUntil(dialog.use.isEnabled)
    assert dialog.copy.isEnabled()
    assert place.shut_down()
    workspace.close()
