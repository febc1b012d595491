"""The window of a retraining on the real service, over a Workspace with approved cases, beside networks to choose from."""

from PySide6.QtWidgets import QWidget

from busi_gui.views.retraining.dialog import RetrainDialog
from busi_gui.views.retraining.strip import RetrainingStrip
from tests.services.retraining_room import RetrainingRoom
from tests.services.version_room import VersionRoom


class RetrainingDesk:
    """Attributes: ``room``, ``retraining``, ``versions`` with their ``store``, ``dialog``, ``strip``, and ``pages`` that were told."""

    def __init__(self, qtbot, folder, cases=15):
        self._qtbot = qtbot
        self.room = RetrainingRoom(folder / "room", cases)
        self.retraining = self.room.retraining
        self._version_room = VersionRoom(folder / "networks", "a", "clinic-1")
        self.versions, self.store = self._version_room.versions, self._version_room.store
        self.dialog = RetrainDialog(self.retraining, self.versions, approve_key="Ctrl+Return")
        self._main_window = QWidget()
        self.strip = RetrainingStrip(self.retraining, self._main_window)
        self.dialog.seen.connect(self.strip.mark_seen)
        for widget in (self.dialog, self._main_window):
            qtbot.addWidget(widget)
        self.dialog.resize(1100, 760)

    def open(self):
        """Show the window, and wait until it knows what is approved."""
        with self._qtbot.waitActive(self.dialog), self._qtbot.waitSignal(self.retraining.listed):
            self.dialog.open_again()
        return self.dialog

    def run(self, *events):
        """Retrain, with what its process tells, until it has ended."""
        self.begin(*events)
        self.wait(lambda: not self.retraining.progress.is_running)

    def begin(self, *events):
        """Retrain, with what its process tells, and wait until its last word has come; it waits then if it was told to."""
        self.room.play(*events)
        self.retraining.start()

    def wait(self, until):
        """Wait until something is so."""
        self._qtbot.waitUntil(lambda: bool(until()), timeout=20_000)

    def close(self):
        """End everything."""
        self.room.close()
        assert self.versions.shut_down()
