"""The first-start notice: not for clinical use."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from busi_gui.services.settings import Settings
from busi_gui.views.labels import Role, Words

VERSION = "1"
"""Goes up when the text changes its meaning: then it is shown again."""

TITLE = "Not for clinical use; for research"
PARAGRAPHS = (
    "This program is not a medical device. No authority has cleared it. Do not use it to diagnose, to treat, or to decide whether to take a biopsy.",
    "Its networks were trained on few scans of few hospitals. They miss cancers, call harmless lesions suspicious, and outline what is no lesion.",
    "A saliency map shows what moved the network, not where the tumour is.",
)


class NoticeDialog(QDialog):
    """Asks the reader to accept the notice; leaves a note in the settings when accepted."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setWindowTitle("busi-gui")
        buttons = QDialogButtonBox()
        accept = buttons.addButton("I understand", QDialogButtonBox.ButtonRole.AcceptRole)
        accept.setDefault(True)
        buttons.addButton("Quit", QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 18)
        column.setSpacing(12)
        column.addWidget(Words(TITLE, Role.TITLE))
        for paragraph in PARAGRAPHS:
            column.addWidget(Words(paragraph))
        column.addWidget(buttons)
        width = min(self.fontMetrics().horizontalAdvance("0") * 64, self.screen().availableSize().width() - 80)
        self.setMinimumWidth(width)
        self.resize(width, column.totalHeightForWidth(width))
        self.accepted.connect(self._on_accepted)

    def _on_accepted(self) -> None:
        self._settings.accepted_notice = VERSION
        self._settings.save()


def show_notice_once(window: QWidget, settings: Settings) -> NoticeDialog | None:
    """Show the notice over the window unless it was accepted; declining closes the window. Return the open dialog, None when there is none."""
    if settings.accepted_notice == VERSION:
        return None
    dialog = NoticeDialog(settings, window)
    dialog.rejected.connect(window.close)
    dialog.open()
    return dialog
