"""A retraining in the program's window: its action, its line in the status bar, and what is asked when the reader quits in the middle of it."""

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QMessageBox

from busi_gui.services.settings import Settings
from busi_gui.services.versions import VersionEntry
from busi_gui.views.main_window import MainWindow
from busi_gui.views.networks_dialog import NetworksDialog
from busi_gui.views.retraining.evidence_dialog import EvidenceDialog
from models.analysis import Evidence
from tests.services.all_services import services_around
from tests.services.retraining_room import BEGINNING, PROPOSED, RetrainingRoom, evidence, stepped
from tests.views.fake_session import FakeSession


class Desk:
    """Attributes: ``room`` of the retraining and the program's ``window``."""

    def __init__(self, qtbot, folder):
        self._qtbot = qtbot
        self.room = RetrainingRoom(folder / "room", 15)
        services = replace(services_around(FakeSession(), self.room.workspace, folder), retraining=self.room.retraining)
        self._services = services
        self.window = MainWindow(services, Settings(folder / "settings.ini"))
        qtbot.addWidget(self.window)
        self.window.show()

    @property
    def question(self):
        return self.window.findChild(QMessageBox)

    def begin(self, *events):
        self.room.play(*events)
        self.room.retraining.start()

    def choose(self, text):
        next(button for button in self.question.buttons() if button.text() == text).click()

    def close(self):
        self.room.close()
        for part in (self._services.approving, self._services.book, self._services.exporting, self._services.versions):
            part.shut_down()


@pytest.fixture
def desk(qtbot, tmp_path):
    made = Desk(qtbot, tmp_path)
    yield made
    made.close()


def test_the_action_opens_one_window_again_and_again(desk, qtbot):
    with qtbot.waitSignal(desk.room.retraining.listed) as listed:
        desk.window.commands["retrain"].trigger()
    assert len(listed.args[0]) == 15
    dialog = desk.window.retraining.open()
    assert dialog.isVisible()
    dialog.reject()
    assert desk.window.retraining.open() is dialog


def test_the_status_bar_says_how_far_it_is_and_leads_to_its_window(desk, qtbot):
    strip = desk.window.retraining.strip
    assert not strip.isVisible()
    desk.begin(*BEGINNING, *stepped("segmenter", 1), "wait for ever")
    qtbot.waitUntil(lambda: "Retraining: " in strip.full_text)
    assert strip.isVisible()
    strip.click()
    dialog = desk.window.retraining.open()
    assert dialog.page is dialog.running


def test_what_came_of_it_stands_there_until_it_was_seen(desk, qtbot):
    strip = desk.window.retraining.strip
    desk.begin(*BEGINNING, *PROPOSED)
    qtbot.waitUntil(lambda: strip.full_text == "Retraining: proposal ready")
    strip.click()
    qtbot.waitUntil(lambda: not strip.isVisible())


def test_every_version_can_be_seen_from_there(desk):
    dialog = desk.window.retraining.open()
    for _ in range(3):  # no dialog of the main window holds this one's clicks back
        dialog.networks_wanted.emit()
    (shown,) = [each for each in desk.window.findChildren(NetworksDialog) if each.isVisible()]
    assert shown.parentWidget() is dialog, "the main window may be an icon"
    shown.reject()


def test_the_evidence_of_a_version_opens_over_the_list(desk):
    listed = desk.window.dialogs.open_networks_over(desk.window)
    listed.evidence_wanted.emit(VersionEntry("a", evidence=Evidence("Compared.", comparison=evidence().as_json())))
    (shown,) = listed.findChildren(EvidenceDialog)
    assert shown.isVisible()
    assert "a: proposal" in shown.text()
    shown.reject()
    listed.reject()


def test_who_quits_in_the_middle_of_it_is_asked_and_may_stay(desk, qtbot):
    desk.begin(*BEGINNING, "wait for ever")
    qtbot.waitUntil(lambda: desk.room.retraining.progress.planned is not None)
    desk.window.close()
    assert desk.window.isVisible()
    desk.choose("Stay")
    assert desk.window.isVisible()
    assert desk.room.retraining.progress.is_running


def test_who_quits_all_the_same_is_not_asked_twice(desk, qtbot):
    desk.begin(*BEGINNING, "wait for ever")
    qtbot.waitUntil(lambda: desk.room.retraining.progress.planned is not None)
    desk.window.close()
    desk.choose("Quit and go on later")
    assert not desk.window.isVisible()


def test_nobody_is_asked_where_nothing_runs(desk, qtbot):
    desk.begin(*BEGINNING, *PROPOSED)
    qtbot.waitUntil(lambda: desk.room.retraining.progress.judged is not None and not desk.room.retraining.progress.is_running)
    desk.window.close()
    assert desk.question is None
    assert not desk.window.isVisible()


def test_its_window_is_the_desktops_own_and_goes_with_the_main_window(desk):
    dialog = desk.window.retraining.open()
    assert dialog.windowHandle().transientParent() is None, "minimised alone, the main window stays"
    dialog.reject()
    assert desk.window.retraining.open().windowHandle().transientParent() is None
    desk.window.close()
    assert not dialog.isVisible(), "else the program would not end"
