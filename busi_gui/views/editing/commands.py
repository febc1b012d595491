"""Commands: what is done to lesions by menu, button or key."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from busi_gui.domain.case import Lesion
from busi_gui.services.carrying import Carrying
from busi_gui.services.session import Session
from busi_gui.services.settings import Settings
from busi_gui.views.actions import Actions
from busi_gui.views.editing.lesion_edits import LesionEdits, step_unit
from busi_gui.views.selection import Selection

HIDDEN_STAYS = "{title} is hidden. Show it in the list of lesions to delete it, or press the button in its row."
STEPS = {"mm": 1.0, "px": 2.0}
"""How far an outline moves at first in one step."""


class Commands(QObject):
    """Connects the actions that change lesions as a whole, and keeps each enabled where it makes sense.

    ``delete`` is shared with the measurements: whoever owns that action calls `delete_selected` when no measurement is selected.

    Attributes
    ----------
    carrying
        Takes a lesion to the next frame.

    Signals
    -------
    said(str)
        A sentence for the reader.
    done(str)
        The command of this action has done a step.
    """

    said = Signal(str)
    done = Signal(str)

    def __init__(self, session: Session, selection: Selection, actions: Actions, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._selection, self._actions, self._settings = session, selection, actions, settings
        self._is_busy = False
        self._edits = LesionEdits(session, self)
        self.carrying = Carrying(session, self)
        for part in (self._edits, self.carrying):
            part.said.connect(self.said)
        self.carrying.laid.connect(selection.select)
        self._connect()
        session.case_changed.connect(self._refresh)
        session.cine_changed.connect(self._refresh)
        selection.changed.connect(self._refresh)
        selection.chosen_changed.connect(self._refresh)
        self._refresh()

    @property
    def is_busy(self) -> bool:
        """Whether a command is changing the reading right now: then the change is none of a tool's."""
        return self._is_busy

    @property
    def can_delete(self) -> bool:
        """Whether there is a lesion that `delete_selected` would delete."""
        return bool(self._selection.chosen)

    def delete_selected(self) -> bool:
        """Delete the lesion in hand, and those chosen along with it; return whether there was any, even a locked or hidden one, which stays."""
        chosen, case = self._selection.chosen, self._session.case
        if not chosen or case is None:
            return False
        hidden = next((lesion.outline for lesion in case.lesions if lesion.number in chosen and lesion.outline.is_hidden), None)
        if hidden is not None:  # over the scan a key must not delete what nobody sees; the button in its row does
            self.said.emit(HIDDEN_STAYS.format(title=hidden.title))
            return True
        following = self._following(chosen)
        if self._run("delete", lambda: self._edits.delete(chosen)) and following is not None:
            self._selection.select(following)
        return True

    def _connect(self) -> None:
        edits, actions = self._edits, self._actions
        for_one: dict[str, Callable[[int], bool]] = {
            "fill_holes": edits.fill_holes,
            "smooth": edits.smooth,
            "keep_largest": edits.keep_largest,
            "widen": lambda number: edits.move_outline(number, self._step()),
            "narrow": lambda number: edits.move_outline(number, -self._step()),
            "split_lesion": edits.split,
            "network_outline": edits.take_network_outline,
        }
        for name, change in for_one.items():
            actions[name].triggered.connect(lambda _=False, name=name, change=change: self._on_one(name, change))
        actions["merge_lesions"].triggered.connect(self._on_merge)
        actions["lock_lesion"].triggered.connect(lambda: self._on_flag("lock_lesion", edits.set_locked))
        actions["hide_lesion"].triggered.connect(lambda: self._on_flag("hide_lesion", edits.set_hidden))
        actions["new_lesion"].triggered.connect(self._selection.begin_new)
        actions["copy_to_next_frame"].triggered.connect(self._on_copy)

    @property
    def _lesion(self) -> Lesion | None:
        case = self._session.case
        return case.lesion(self._selection.number) if case is not None else None

    def _step(self) -> float:
        unit = step_unit(self._session.case, self._selection.number)
        return self._settings.outline_step(unit, STEPS[unit])

    def _following(self, numbers: tuple[int, ...]) -> int | None:
        """Return the number of the lesion that comes after the last of some in the list, or else before; None where no other is left."""
        case = self._session.case
        listed = [lesion.number for lesion in case.lesions] if case is not None else []
        place = listed.index(numbers[-1])
        left = [number for number in (*listed[place + 1 :], *reversed(listed[:place])) if number not in numbers]
        return left[0] if left else None

    def _run(self, name: str, change: Callable[[], bool]) -> bool:
        self._is_busy = True
        has_changed = change()
        self._is_busy = False
        if has_changed:
            self.done.emit(name)
        return has_changed

    def _on_one(self, name: str, change: Callable[[int], bool]) -> None:
        number = self._selection.number
        if number is not None:
            self._run(name, lambda: change(number))

    def _on_merge(self) -> None:
        chosen = self._selection.chosen
        if chosen and self._run("merge_lesions", lambda: self._edits.merge(chosen)):
            self._selection.select(chosen[0])
            self._selection.choose(())

    def _on_flag(self, name: str, change: Callable[[tuple[int, ...], bool], bool]) -> None:
        # Not by what the action says: of several chosen it shows the one in hand, and a key may come before it was refreshed.
        chosen, lesion = self._selection.chosen, self._lesion
        if lesion is not None:
            is_set = lesion.outline.is_locked if name == "lock_lesion" else lesion.outline.is_hidden
            self._run(name, lambda: change(chosen, not is_set))
        self._refresh()

    def _on_copy(self) -> None:
        number = self._selection.number
        if number is not None:
            self.carrying.carry(number)
            self.done.emit("copy_to_next_frame")

    def _refresh(self) -> None:
        case, lesion, actions = self._session.case, self._lesion, self._actions
        for name in ("fill_holes", "smooth", "keep_largest", "widen", "narrow", "split_lesion", "rename_lesion", "lock_lesion", "hide_lesion"):
            actions[name].setEnabled(lesion is not None)
        actions["new_lesion"].setEnabled(case is not None)
        actions["merge_lesions"].setEnabled(lesion is not None and case is not None and len(case.lesions) > 1)
        actions["network_outline"].setEnabled(lesion is not None and case is not None and case.analysis is not None and bool(case.analysis.lesions))
        actions["copy_to_next_frame"].setEnabled(lesion is not None and self._session.cine is not None)
        actions["lock_lesion"].setChecked(lesion is not None and lesion.outline.is_locked)
        actions["hide_lesion"].setChecked(lesion is not None and lesion.outline.is_hidden)
