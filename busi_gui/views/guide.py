"""GuideDialog: how the program is used, as it ships with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtWidgets import QWidget

from busi_gui.views.page_dialog import PageDialog

MISSING = (
    "This program came without its user guide. “Keys” in the menu Help lists what can be done; the pointer held over a button says what it does."
)
_CONTENTS = "README.md"
_LISTED = re.compile(r"^\d+\. \[.*?\]\(([\w-]+\.md)\)", re.MULTILINE)


class GuideDialog(PageDialog):
    """Shows the guide beside the window, which can be used meanwhile; that its folder is missing is said."""

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__("User guide", list(guide_pages(folder)), MISSING, parent)


def guide_pages(folder: Path) -> Iterator[Path]:
    """Yield the pages of the guide: its contents, then those that they number, in that order."""
    contents = folder / _CONTENTS
    yield contents
    try:
        text = contents.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return
    yield from (folder / name for name in dict.fromkeys(_LISTED.findall(text)))
