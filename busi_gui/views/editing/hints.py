"""Hints: one line over the scan about what the reader has in hand or has done, until he has used it once.

They are written in the scan's upper edge, where the tools' own lines are: nothing has to be closed, nothing moves, and who knows his tools sees the
scan alone. What they say is also in tooltips and in the list of keys.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer

from busi_gui.domain.case import Case
from busi_gui.services.session import Session
from busi_gui.services.settings import Settings
from busi_gui.views.actions import Actions
from busi_gui.views.editing.commands import Commands
from busi_gui.views.scan.layers import HINTS, MASK_TOOLS, Tool
from busi_gui.views.scan.scan_view import ScanView

SHOWN_MS = 8000
"""How long the line about a command stays: twice as long as it takes to read."""

GROUPS = {
    "fill_holes": "shape",
    "smooth": "shape",
    "keep_largest": "shape",
    "network_outline": "shape",
    "widen": "step",
    "narrow": "step",
    "merge_lesions": "several",
    "split_lesion": "several",
    "copy_to_next_frame": "copy",
    "lock_lesion": "lock",
    "hide_lesion": "hide",
    "delete": "delete",
}
"""Which commands are told of together."""
SENTENCES = {
    "shape": "Undo{undo} takes it back.",
    "step": "How far the outline moves is set in the list of lesions.",
    "several": "Several lesions are chosen in the list of lesions, with Ctrl or Shift held.",
    "copy": "Once more{copy_to_next_frame} copies it on to the frame after.",
    "lock": "No tool changes a locked lesion. Lock lesion{lock_lesion} once more unlocks it.",
    "hide": "A hidden lesion is still in the list of lesions. Hide lesion{hide_lesion} once more shows it.",
    "delete": "Undo{undo} brings it back.",
}
"""A name in braces is an action, and stands for its key in brackets."""


class Hints(QObject):
    """Writes hints into the views.

    A mask tool's line is written while it is in hand, until the reader has changed a lesion with it; the next time it is not. A command's is written
    for some seconds when it is done for the first time, and never again.

    Parameters
    ----------
    views
        Of which the first is the main one, where lesions are changed.
    """

    def __init__(
        self,
        session: Session,
        views: Sequence[ScanView],
        actions: Actions,
        commands: Commands,
        settings: Settings,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._views, self._actions = session, tuple(views), actions
        self._commands, self._settings = commands, settings
        self._case = session.case
        self._soon = QTimer(self, singleShot=True, interval=0)  # the view writes its tool's line when it takes the tool: after that
        self._soon.timeout.connect(self._write_tool)
        self._later = QTimer(self, singleShot=True, interval=SHOWN_MS)
        self._later.timeout.connect(self._write_tool)
        for tool in Tool:
            actions[tool.value].toggled.connect(self._on_toggled)
        commands.done.connect(self._on_done)
        session.case_changed.connect(self._on_case_changed)

    @property
    def _tool(self) -> Tool | None:
        return next((tool for tool in Tool if self._actions[tool.value].isChecked()), None)

    def _on_toggled(self, is_checked: bool) -> None:
        if is_checked:
            self._later.stop()
            self._soon.start()

    def _write_tool(self) -> None:
        tool = self._tool
        is_learnt = tool in MASK_TOOLS and self._settings.is_hint_learnt(tool.value)
        self._write("" if tool is None or is_learnt else HINTS.get(tool, ""))

    def _write(self, text: str) -> None:
        for view in self._views:
            view.set_hint(text)

    def _on_done(self, name: str) -> None:
        group = GROUPS.get(name)
        if group is None or self._settings.is_hint_learnt(group):
            return
        self._settings.set_hint_learnt(group)
        names = ("undo", "copy_to_next_frame", "lock_lesion", "hide_lesion")
        self._write(SENTENCES[group].format(**{each: self._key(each) for each in names}))
        self._later.start()

    def _key(self, name: str) -> str:
        key = self._actions.keys_text(name).split(", ")[0]
        return f" ({key})" if key else ""

    def _on_case_changed(self) -> None:
        case, before = self._session.case, self._case
        self._case = case
        if self._later.isActive() and not _is_same_scan(case, before):
            self._later.stop()  # it is about what was done to another scan
            self._write_tool()
        tool = self._tool
        if tool in MASK_TOOLS and _is_changed(case, before) and not self._session.editing.redo_name and not self._commands.is_busy:
            self._settings.set_hint_learnt(tool.value)


def _is_same_scan(case: Case | None, before: Case | None) -> bool:
    return case is not None and before is not None and case.scan.path == before.scan.path


def _is_changed(case: Case | None, before: Case | None) -> bool:
    """Whether the reader has changed a lesion of the frame that was on screen before."""
    if case is None or before is None or case.scan.pixels is not before.scan.pixels or not case.reading.is_touched:
        return False
    masks, known = ([(outline.number, id(outline.mask)) for outline in one.reading.outlines] for one in (case, before))
    return masks != known
