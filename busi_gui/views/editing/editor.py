"""MaskEditor: correcting masks in the main view; joins tools, selection and commands to actions and session."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from busi_gui.services.session import Session
from busi_gui.services.settings import Settings
from busi_gui.views.actions import Actions
from busi_gui.views.editing.brush import Brush
from busi_gui.views.editing.commands import Commands
from busi_gui.views.editing.disc import Disc, DiscSize
from busi_gui.views.editing.draft import Draft
from busi_gui.views.editing.mask_hand import MaskHand
from busi_gui.views.editing.offer_lines import OfferedOutlines
from busi_gui.views.editing.path_tools import path_tools
from busi_gui.views.editing.push import Push
from busi_gui.views.editing.sensitivity import Tuning
from busi_gui.views.scan.layers import MASK_TOOLS, Tool
from busi_gui.views.scan.scan_view import ScanView
from busi_gui.views.selection import Selection


class MaskEditor(QObject):
    """Owns what it takes to correct masks.

    Attributes
    ----------
    selection
        The lesion in hand.
    draft
        What is being drawn.
    hand
        Works on the scan with the mask tool in hand.
    tuning
        The sensitivity of the lesion in hand.
    disc
        Of brush, eraser and push tool.
    commands
        What is done to lesions as a whole.
    offered
        Outlines of the network's that the reader wants to see dashed over the scan.

    Signals
    -------
    said(str)
        A sentence for the reader.
    """

    said = Signal(str)

    def __init__(self, session: Session, view: ScanView, actions: Actions, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._view, self._actions, self._settings = session, view, actions, settings
        self.selection = Selection(session, self)
        self.draft = Draft(session, view, self.selection, self)
        self.tuning = Tuning(session, view, self.draft, self.selection, actions, self)  # before the hand, which drops what it knows nothing of
        self.hand = MaskHand(view, self.draft, self)
        self.disc = Disc(view, DiscSize(settings, self), self)
        self.commands = Commands(session, self.selection, actions, settings, self)
        self.commands.said.connect(self.said)
        self.offered = OfferedOutlines()
        view.add_note(self.offered)
        self._take_tools_up()
        self.hand.tool_left.connect(actions["hand"].trigger)
        self.disc.size.changed.connect(self.hand.refresh)
        self.selection.changed.connect(self._on_selected)
        view.lesion_clicked.connect(self.selection.select)
        actions["smaller_brush"].triggered.connect(lambda: self.disc.size.step(-1))
        actions["larger_brush"].triggered.connect(lambda: self.disc.size.step(1))
        session.case_changed.connect(self._refresh)
        self._refresh()

    def drop(self) -> bool:
        """Drop what is being drawn, as Esc does, and return whether there was anything: whoever undoes a step asks this first."""
        return self.tuning.drop() or (self.hand.is_drawing and self.hand.escaped())

    def end(self) -> None:
        """End what is being drawn as if the button had been let go, and take what is tuned: the window closes."""
        self.hand.interrupt()
        self.tuning.take()

    def _take_tools_up(self) -> None:
        brush, push = Brush(self._view, self.draft, self.disc, self), Push(self._view, self.draft, self.disc, self)
        self.hand.register(Tool.BRUSH, brush)
        self.hand.register(Tool.ERASER, brush)
        self.hand.register(Tool.PUSH, push)
        paths = path_tools(self._session, self._view, self.draft, self)
        for tool, path_tool in paths.items():
            self.hand.register(tool, path_tool)
        for said in (self.draft.said, self.hand.said, self.tuning.said, brush.said, push.said, *(path_tool.said for path_tool in paths.values())):
            said.connect(self.said)

    def _on_selected(self, number: int | None) -> None:
        self._view.set_selected_lesion(number)
        self.hand.refresh()

    def _refresh(self) -> None:
        for tool in MASK_TOOLS:
            self._actions[tool.value].setEnabled(self._session.case is not None)
