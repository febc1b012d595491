"""CautionSign: says by its shape what the colour beside it says."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget

from busi_gui.views import icons, theme


class CautionSign(QLabel):
    """A triangle with an exclamation mark, a little higher than a line of the text that it stands beside."""

    def __init__(self, name: str, beside: QWidget) -> None:
        super().__init__()
        self.setAccessibleName(name)
        side = round(beside.fontMetrics().height() * 1.1)
        self.setPixmap(icons.pixmap("caution", side, theme.CAUTION, beside.devicePixelRatioF()))
