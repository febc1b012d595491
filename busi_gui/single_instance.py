"""A second start of the program shows the first one's window, and hands its scan on."""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import sys
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_WAIT_MS = 200
"""For each of connecting, asking, being answered and agreeing: who starts the program never waits a second for a window that hangs."""
_LONGEST_SOCKET = 100
"""Bytes of the longest path that every system takes for a socket."""
_YES, _DO = b"yes\n", b"do\n"
"""The window's answer, and that who asked still waits for it: else he has opened a window of his own."""
_SCAN = "scan"


class SingleInstance(QObject):
    """The window of one user and one data folder, as other starts of the program find it.

    Signals
    -------
    asked(str)
        Another start hands over its scan, empty where it has none.
    """

    asked = Signal(str)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._name = _name_for(folder)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)

    def hand_over(self, scan: Path | None) -> bool:
        """Ask the window that is open already to show itself and a scan; return whether it does. It takes no second where that window hangs."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_WAIT_MS):
            return False
        socket.write(json.dumps(str(scan.absolute()) if scan is not None else "").encode() + b"\n")
        if not (socket.waitForBytesWritten(_WAIT_MS) and socket.waitForReadyRead(_WAIT_MS) and socket.readAll().data() == _YES):
            return False
        socket.write(_DO)
        is_handed_over = socket.waitForBytesWritten(_WAIT_MS)
        socket.disconnectFromServer()
        return is_handed_over

    def listen(self) -> bool:
        """Be the window that other starts find; return whether they can."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
        if self._is_answered():  # by a window that hangs; Qt would take its place, as it takes that of a program that was killed
            return False
        return self._server.listen(self._name)

    def _is_answered(self) -> bool:
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        is_answered = socket.waitForConnected(_WAIT_MS)
        socket.abort()
        return is_answered

    def close(self) -> None:
        """Be found no more."""
        self._server.close()

    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(lambda socket=socket: self._on_asked(socket))
            socket.disconnected.connect(socket.deleteLater)
            if socket.canReadLine():
                self._on_asked(socket)

    def _on_asked(self, socket: QLocalSocket) -> None:
        while socket.canReadLine():
            line = bytes(socket.readLine().data())
            if line == _DO and socket.property(_SCAN) is not None:
                self.asked.emit(socket.property(_SCAN))
                continue
            with suppress(ValueError):
                socket.setProperty(_SCAN, str(json.loads(line)))
                socket.write(_YES)
                socket.flush()


def _name_for(folder: Path) -> str:
    """Return where the window of a data folder is found: in that folder, which other users cannot write, or else under a name of user and folder."""
    path = folder.absolute() / "window.socket"
    if sys.platform != "win32" and len(os.fsencode(path)) <= _LONGEST_SOCKET:
        return str(path)
    return f"busi-gui-{hashlib.sha256(f'{getpass.getuser()} {folder.absolute()}'.encode()).hexdigest()[:16]}"
