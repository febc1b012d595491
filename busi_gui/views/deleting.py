"""Deleting: one key for what the reader has selected, a measurement or a lesion."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from busi_gui.views.actions import Actions
from busi_gui.views.measuring.measuring import Measuring
from busi_gui.views.scan.comparison import Comparison
from busi_gui.views.selection import Selection


class Deleting(QObject):
    """Deletes the selected measurement of the active view; where there is none, the lesion in hand.

    Parameters
    ----------
    comparison
        Says where the reader works: lesions are in hand in the main view only.
    measuring, selection
        What is selected.
    actions
        Of which ``delete`` is joined here.
    delete_lesion
        Deletes the lesion in hand, or tells the reader why not; without it only measurements are deleted.
    parent
        Owns it.
    """

    def __init__(
        self,
        comparison: Comparison,
        measuring: Measuring,
        selection: Selection,
        actions: Actions,
        delete_lesion: Callable[[], object] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._comparison, self._measuring, self._selection = comparison, measuring, selection
        self._delete_lesion, self._action = delete_lesion, actions["delete"]
        self._action.triggered.connect(self._on_delete)
        measuring.changed.connect(self._refresh)
        selection.changed.connect(self._refresh)
        comparison.active_changed.connect(self._refresh)
        self._refresh()

    @property
    def _for_lesion(self) -> Callable[[], object] | None:
        is_in_hand = self._selection.number is not None and self._comparison.active_view is self._comparison.main_view
        return self._delete_lesion if is_in_hand else None

    def _on_delete(self) -> None:
        if not self._measuring.delete_selected() and self._for_lesion is not None:
            self._for_lesion()

    def _refresh(self) -> None:
        self._action.setEnabled(self._measuring.selected is not None or self._for_lesion is not None)
