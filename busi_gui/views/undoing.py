"""Undoing: takes steps back and does them again, on the frame that the reader works on."""

from __future__ import annotations

from PySide6.QtCore import QObject

from busi_gui.services.editing import Editing
from busi_gui.views.actions import Actions
from busi_gui.views.scan.comparison import Comparison


class Undoing(QObject):
    """Joins undo and redo to the active view: there every change of a reading is a step, whatever it was made with.

    The actions say what they would do: "Undo brush stroke".
    """

    def __init__(self, comparison: Comparison, actions: Actions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._comparison, self._actions = comparison, actions
        actions["undo"].triggered.connect(self._on_undo)
        actions["redo"].triggered.connect(self._on_redo)
        for view in comparison.all_views():
            comparison.editing_of(view).changed.connect(self._refresh)
        comparison.active_changed.connect(self._refresh)
        self._refresh()

    @property
    def _editing(self) -> Editing:
        return self._comparison.editing_of(self._comparison.active_view)

    def _on_undo(self) -> None:
        self._editing.undo()

    def _on_redo(self) -> None:
        self._editing.redo()

    def _refresh(self) -> None:
        editing = self._editing
        for name, step in (("undo", editing.undo_name), ("redo", editing.redo_name)):
            action = self._actions[name]
            action.setEnabled(bool(step))
            action.setText(f"{name.capitalize()} {step}".rstrip().replace("&", "&&"))  # a step may carry a name that the reader gave
