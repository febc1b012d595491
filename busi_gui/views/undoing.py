"""Undoing: takes steps back and does them again, on the frame that the reader works on."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from busi_gui.services.editing import Editing
from busi_gui.views.actions import Actions
from busi_gui.views.scan.comparison import Comparison


class Undoing(QObject):
    """Joins undo and redo to the active view: there every change of a reading is a step, whatever it was made with.

    The actions say what they would do: "Undo brush stroke".

    Parameters
    ----------
    comparison
        Says where the reader works.
    actions
        Of which ``undo`` and ``redo`` are joined here.
    drop
        Drops what is being drawn in the main view, and returns whether there was anything: that is what undo takes back then.
    parent
        Owns it.
    """

    def __init__(self, comparison: Comparison, actions: Actions, drop: Callable[[], bool] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._comparison, self._actions, self._drop = comparison, actions, drop
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
        drop = self._drop if self._comparison.active_view is self._comparison.main_view else None
        if drop is None or not drop():
            self._editing.undo()

    def _on_redo(self) -> None:
        self._editing.redo()

    def _refresh(self) -> None:
        editing = self._editing
        for name, step in (("undo", editing.undo_name), ("redo", editing.redo_name)):
            action = self._actions[name]
            action.setEnabled(bool(step))
            action.setText(f"{name.capitalize()} {step}".rstrip().replace("&", "&&"))  # a step may carry a name that the reader gave
