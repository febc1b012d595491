"""ModelCardDialog: what the networks were made of and for, how well they do and where they fail, as the program ships it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from busi_gui.views.page_dialog import PageDialog

MISSING = "This program came without its model card. What is known of the networks in it says “About the networks” in the menu Network."


class ModelCardDialog(PageDialog):
    """Shows the model card, a single page; that its file is missing is said."""

    def __init__(self, file: Path, parent: QWidget | None = None) -> None:
        super().__init__("Model card", [file], MISSING, parent)
