"""Choice: one of a few, in a box that takes no more room than its words."""

from __future__ import annotations

from enum import Enum
from typing import Generic, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

Kind = TypeVar("Kind", bound=Enum)


class Choice(QComboBox, Generic[Kind]):
    """One member of an enumeration, whose values are what the reader sees; at first the first.

    Parameters
    ----------
    kind
        The enumeration.
    name
        What is chosen, in a few words: the tooltip, and what a screen reader says.

    Signals
    -------
    chosen()
        Another is chosen now.
    """

    chosen = Signal()

    def __init__(self, kind: type[Kind], name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._members = list(kind)
        self.addItems([member.value for member in kind])
        self.setToolTip(name)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.currentIndexChanged.connect(self.chosen)

    @property
    def choice(self) -> Kind:
        """What is chosen."""
        return self._members[self.currentIndex()]

    def choose(self, member: Kind) -> None:
        """Choose this."""
        self.setCurrentIndex(self._members.index(member))
