"""Renewing: where other networks answer from now on, what lies in a pane is looked at again by them."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from busi_gui.services.analysing import Analysing
from busi_gui.services.model_service import ModelService
from busi_gui.services.pane import Pane


class Renewing(QObject):
    """Forgets what the former networks said of the file in a pane, and has the frame that is looked at analysed by those that answer now.

    So what two versions said is never mixed in one case, nor along one cine. What the reader has touched stays.

    Signals
    -------
    forgotten(Case)
        The frame that is looked at, without anything that networks said, is to be shown.
    """

    forgotten = Signal(object)

    def __init__(self, models: ModelService, pane: Pane, analysing: Analysing, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pane, self._analysing = pane, analysing
        models.replaced.connect(self._on_replaced)

    def _on_replaced(self) -> None:
        file = self._pane.file
        if file is None:
            return
        self._analysing.forget()
        file.forget_analyses()
        self._pane.forget_answers()
        self.forgotten.emit(file.case)
        if self._pane.case is not None:
            self._analysing.start(self._pane.case)
