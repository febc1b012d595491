"""What the built program does with a window, on a screen that nobody sees, with a mouse and keys that nobody touches."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from busi_gui.domain.scan import file_key
from busi_gui.io.scans import read_scan
from busi_gui.store.records import StoredReading
from busi_gui.store.workspace import Workspace
from tests.builders import make_pixels, write_image
from tests.smoke.proofs import Proofs
from tests.smoke.room import Room

_WINDOW = "a window opens on a scan, paints, undoes, takes another start's scan and quits"
_LIMIT_S = 180
_NOTICE_S = 5
"""So long after the window the notice of a first start would be there."""

Answer = TypeVar("Answer")


def window_proofs(room: Room, proofs: Proofs) -> None:
    """Run them where there is a screen."""
    if missing := [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]:
        proofs.leave_out(_WINDOW, f"there is no {' and no '.join(missing)}")
        return
    with _screen() as display:
        desk = Desk(room, display)
        try:
            proofs.prove("the window opens on a scan and analyses it", desk.opened)
            proofs.prove("a second stroke is kept, and undone leaves the first", desk.painted)
            proofs.prove("another start hands its scan to that window", desk.handed_over)
            proofs.prove("it quits by its key without a complaint", desk.quits)
            proofs.prove("installed anew elsewhere, it keeps the reader's work and settings, and asks nothing again", desk.is_updated)
            proofs.prove("that quits too", desk.quits)
            proofs.prove("its log names no scan, and no crash is reported", desk.log_is_discreet)
        finally:
            desk.end()


@contextmanager
def _screen() -> Iterator[str]:
    """Yield the name of a display of its own."""
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "1600x1000x24"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert server.stdout is not None
        yield f":{server.stdout.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


class Desk:
    """The program on a display, and a hand on mouse and keys."""

    def __init__(self, room: Room, display: str) -> None:
        self._room, self._display = room, display
        self._data = room.folder / "reader"
        self._environment = {"DISPLAY": display, "BUSI_GUI_DATA": str(self._data)}
        folder = room.folder / "window"
        folder.mkdir()
        self._scan, self._other = (write_image(folder / f"Muster_{n}.png", make_pixels(n, "malignant", (480, 600))) for n in (1, 2))
        self._key = file_key(read_scan(self._scan))
        self._program = room.start(self._scan, **self._environment)

    def opened(self) -> str:
        """Show the scan, accept the notice, wait for the networks."""
        if not self._until(lambda: self._windows(self._scan.name)):
            return f"no window: {self._said()}"
        self._until(lambda: self._windows("^busi-gui$"))
        self._press(self._windows("^busi-gui$")[-1], "Return")
        return "" if self._until(self._is_analysed) else "it was not analysed"

    def painted(self) -> str:
        """Paint twice and take the second stroke back."""
        (window,) = self._windows(self._scan.name)
        self._press(window, "b")
        self._drag(window, -60)
        if not self._until(lambda: self._reading() is not None):
            return "the first stroke was not kept"
        self._settled()
        before = self._outlines()
        self._drag(window, 40)
        if not self._until(lambda: self._outlines() != before):
            return "the second stroke was not kept"
        self._settled()
        self._press(window, "ctrl+z")
        return "" if self._until(lambda: self._outlines() == before) else "it was not undone"

    def handed_over(self) -> str:
        """Start the program again, with another scan."""
        start = time.monotonic()
        done = self._room.run(self._other, limit_s=60, **self._environment)
        if done.returncode or self._program.poll() is not None:
            return f"the other start ended with {done.returncode} after {time.monotonic() - start:.1f} s: {done.stderr[-500:]}"
        return "" if self._until(lambda: self._windows(self._other.name)) else "the window does not show its scan"

    def quits(self) -> str:
        """Quit as a reader does."""
        window = next(window for scan in (self._scan, self._other) for window in self._windows(scan.name))
        self._press(window, "ctrl+q")
        _, said = self._program.communicate(timeout=60)
        bad = next((word for word in ("Traceback", "QThread", "Error", "CRITICAL") if word in said), "")
        return f"it ended with {self._program.returncode}: {said[-800:]}" if self._program.returncode or bad else ""

    def is_updated(self) -> str:
        """Start it from another folder, as after an update, on the scan that was painted on."""
        before = self._outlines()
        updated = Room(self._room.bundle, self._room.folder / "updated")
        home = str(self._room.home)
        self._program = updated.start(self._scan, HOME=home, USERPROFILE=home, **self._environment)
        if not self._until(lambda: self._windows(self._scan.name)):
            return f"no window: {self._said()}"
        time.sleep(_NOTICE_S)
        if self._windows("^busi-gui$"):
            return "the notice that was accepted is shown again"
        return "" if before and self._outlines() == before else "the outlines are others"

    def log_is_discreet(self) -> str:
        """Look at what it left."""
        files = list((self._data / "log").iterdir())
        if "busi-gui.log" not in {path.name for path in files}:
            return f"there is no log among {[path.name for path in files]}"
        crashes = [path.name for path in files if path.name.startswith("crash")]
        return f"{crashes}" if crashes else next((path.name for path in files if "Muster" in path.read_text(encoding="utf-8")), "")

    def end(self) -> None:
        """Leave nothing running."""
        if self._program.poll() is None:
            self._program.kill()
            self._program.communicate()

    def _said(self) -> str:
        if self._program.poll() is None:
            return "the program runs"
        return f"it ended with {self._program.returncode}: {self._program.communicate()[1][-800:]}"

    def _is_analysed(self) -> bool:
        return self._ask(lambda workspace: workspace.note(self._key).is_analysed)

    def _reading(self) -> StoredReading | None:
        return self._ask(lambda workspace: workspace.readings(self._key).get(0))

    def _outlines(self) -> list[bytes]:
        """Return the masks of the lesions as the Workspace holds them."""
        stored = self._reading()
        return [] if stored is None else [outline.mask.tobytes() for outline in stored.packed.unpacked().outlines]

    def _settled(self) -> StoredReading:
        """Return the reading once it is not written any more: the networks' answer to a stroke is kept after it."""
        before, now = None, self._reading()
        while before is None or now is None or before.revision != now.revision:
            time.sleep(3)
            before, now = now, self._reading()
        return now

    def _ask(self, question: Callable[[Workspace], Answer]) -> Answer:
        workspace = Workspace(self._data / "workspace.db")
        try:
            return question(workspace)
        finally:
            workspace.close()

    def _windows(self, title: str) -> list[str]:
        return self._hand("search", "--onlyvisible", "--name", title).split()

    def _press(self, window: str, keys: str) -> None:
        self._hand("windowfocus", "--sync", window)
        self._hand("key", "--clearmodifiers", keys)

    def _drag(self, window: str, down: int) -> None:
        """Draw a stroke across the middle of the window, so many pixels beneath it."""
        geometry = dict(line.split("=") for line in self._hand("getwindowgeometry", "--shell", window).split())
        x, y = (int(geometry[side]) + int(geometry[length]) // 2 for side, length in (("X", "WIDTH"), ("Y", "HEIGHT")))
        self._hand("mousemove", "--sync", str(x - 40), str(y + down))
        self._hand("mousedown", "1")
        for step in range(8):
            self._hand("mousemove", "--sync", str(x - 30 + 10 * step), str(y + down))
        self._hand("mouseup", "1")

    def _hand(self, *arguments: str) -> str:
        """Move mouse and keys, or look; nothing is seen where the screen does not answer in time."""
        command, environment = ["xdotool", *arguments], {"DISPLAY": self._display, "PATH": "/usr/bin:/bin"}
        with suppress(subprocess.TimeoutExpired):
            return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False).stdout
        return ""

    def _until(self, condition: Callable[[], object]) -> bool:
        end = time.monotonic() + _LIMIT_S
        while time.monotonic() < end and self._program.poll() is None:
            if condition():
                return True
            time.sleep(0.5)
        return False
