"""A reader with several lesions before him: a session, the lesion in hand, and the actions that change it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtWidgets import QWidget

from busi_gui.domain.case import Case
from busi_gui.domain.reading import MaskSource, Outline, Reading
from busi_gui.domain.scan import Scan, Spacing
from busi_gui.services.settings import Settings
from busi_gui.views.actions import Actions
from busi_gui.views.editing.commands import Commands
from busi_gui.views.selection import Selection
from models.analysis import Analysis, FoundLesion, Mask
from tests.views.cases import box_mask, speckle
from tests.views.fake_session import NETWORK, FakeSession, make_diagnosis

SHAPE = (60, 80)


def box(top: int, left: int, bottom: int, right: int) -> Mask:
    """Return a mask of the desk's scan with one rectangle."""
    return box_mask(SHAPE, top, left, bottom, right)


def case_with(*masks: Mask, spacing: Spacing | None = None, frame: int = 0, frame_count: int = 1, shape: tuple[int, int] = SHAPE) -> Case:
    """Return an analysed case in which the network found these lesions; their probabilities fall from 0.8 by 0.3."""
    scan = Scan(Path("a.png"), speckle(*shape, frame), spacing=spacing, frame=frame, frame_count=frame_count)
    found = tuple(FoundLesion(mask, make_diagnosis(max(0.8 - 0.3 * place, 0.02))) for place, mask in enumerate(masks))
    return Case(scan).with_analysis(Analysis(np.zeros((24, 32), np.float32), found, NETWORK, {}), ())


class LesionDesk:
    """What a reader works with, without the window around it; `said` holds every sentence, `done` every command that did a step."""

    def __init__(self) -> None:
        self.window = QWidget()
        self.session = FakeSession()
        self.settings = Settings()
        self.actions = Actions(self.settings, self.window)
        self.selection = Selection(self.session, self.window)
        self.commands = Commands(self.session, self.selection, self.actions, self.settings, self.window)
        self.said: list[str] = []
        self.done: list[str] = []
        self.commands.said.connect(self.said.append)
        self.commands.done.connect(self.done.append)

    @property
    def reading(self) -> Reading:
        case = self.session.case
        return case.reading if case is not None else Reading()

    @property
    def numbers(self) -> list[int]:
        return [outline.number for outline in self.reading.outlines]

    @property
    def undo_name(self) -> str:
        return self.session.editing.undo_name

    def outline(self, number: int) -> Outline:
        outline = self.reading.outline(number)
        assert outline is not None
        return outline

    def mask(self, number: int) -> Mask:
        return self.outline(number).mask

    def draw(self, *masks: Mask, **fields: Any) -> None:
        """Put drawn lesions into the reading, each with these other fields."""
        after = self.reading
        for mask in masks:
            after = after.added(mask, MaskSource.DRAWN, **fields)
        self.session.editing.edit("drawing", after)

    def change(self, number: int, **fields: Any) -> None:
        self.session.editing.edit("changing", self.reading.changed(number, **fields))

    def trigger(self, name: str) -> None:
        """Do what the action does, as menu, button and key do it; one that is not enabled does nothing."""
        self.actions[name].trigger()
