"""Selection: which lesion of the case on screen the reader has in hand, and which he has chosen along with it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from busi_gui.domain.case import Case
from busi_gui.services.session import Session


class Selection(QObject):
    """One lesion, for every part of the window: tools change it, panels speak of it.

    Of another file the first lesion is selected; from frame to frame of a cine, and through corrections, the same number stays. None where there is
    no lesion that is shown, or where the reader wants to begin a new one.

    Signals
    -------
    changed(int | None)
        Another lesion is in hand, or none.
    chosen_changed()
        Others are chosen along with it, or none are any more.
    """

    changed = Signal(object)
    chosen_changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._number: int | None = None
        self._wanted: tuple[Path, int] | None = None
        self._is_beginning = False
        self._asked_for: Path | None = None
        self._others: frozenset[int] = frozenset()
        session.case_changed.connect(self._on_case_changed)
        self._on_case_changed(session.case)

    @property
    def number(self) -> int | None:
        """Number of the lesion in hand."""
        return self._number

    @property
    def chosen(self) -> tuple[int, ...]:
        """Numbers of the lesion in hand and of those chosen along with it, in the order of the list."""
        numbers = self._numbers if self._number is not None else []
        return tuple(number for number in numbers if number == self._number or number in self._others)

    @property
    def is_beginning(self) -> bool:
        """Whether the reader wants to begin a new lesion."""
        return self._is_beginning

    def choose(self, others: Iterable[int]) -> None:
        """Choose others along with the lesion in hand, for what is done to several; taking another in hand lets go of them."""
        self._set_others(frozenset(others) - {self._number or 0})

    def select(self, number: int) -> None:
        """Take a lesion in hand; a number that the case has not, or that is not shown, is passed over."""
        case = self._session.case
        if case is not None and number in self._numbers:
            self._is_beginning = False
            self._wanted = case.scan.path, number
            self._set(number)

    def begin_new(self) -> None:
        """Take none in hand: what is drawn next is a lesion of its own."""
        self._is_beginning = True
        self._set(None)

    def select_next(self) -> None:
        """Take the next lesion of the list; after the last comes the first."""
        numbers = self._numbers
        if numbers:
            self.select(numbers[(numbers.index(self._number) + 1) % len(numbers)] if self._number in numbers else numbers[0])

    def show_result_of(self, path: Path) -> None:
        """Take in hand what was found in this file also where it looks like no ultrasound: the reader wants to see it."""
        self._asked_for = path
        self._on_case_changed(self._session.case)

    @property
    def _numbers(self) -> list[int]:
        """Those of the lesions that are shown: what the reader does not see he must not change or delete by a key."""
        case = self._session.case
        if case is None or (case.is_kept_back and case.scan.path != self._asked_for):
            return []
        return [lesion.number for lesion in case.lesions]

    def _on_case_changed(self, case: Case | None) -> None:
        numbers = self._numbers
        path, wanted = self._wanted or (None, None)
        if case is None or path != case.scan.path:
            self._is_beginning = False
            wanted = None
        if self._is_beginning:
            return
        self._set(wanted if wanted in numbers else numbers[0] if numbers else None)

    def _set_others(self, others: frozenset[int]) -> None:
        if others != self._others:
            self._others = others
            self.chosen_changed.emit()

    def _set(self, number: int | None) -> None:
        if number != self._number:
            self._number = number
            self._others = frozenset()
            self.changed.emit(number)
