"""Walk: from file to file through a folder."""

from __future__ import annotations

from pathlib import Path

from busi_gui.services.open_file import Folder


class Walk:
    """Knows which file comes next.

    After files that could not be read it goes on from the last of them, so that one bad file does not bar the way to the next.

    Attributes
    ----------
    folder
        The files that it goes through.
    """

    def __init__(self) -> None:
        self.folder = Folder()
        self._place: int | None = None  # of a file that is being stepped to, or could not be read

    def place_of(self, path: Path | None) -> int | None:
        """Return where a file stands, from 0; None where it is not listed."""
        return self.folder.places.get(path) if path is not None else None

    def step(self, here: Path | None, offset: int) -> Path | None:
        """Set out for the file so many places further than the one on screen, and return it; None beyond the ends."""
        place = self._place if self._place is not None else self.place_of(here)
        if place is None or not 0 <= place + offset < len(self.folder.files):
            return None
        self._place = place + offset
        return self.folder.files[self._place]

    def settle(self) -> None:
        """Go on from the file on screen from now on."""
        self._place = None
