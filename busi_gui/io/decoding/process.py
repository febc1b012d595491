"""Decoding in a process of its own: data that is damaged makes some decoders crash, or count for many seconds, which must not cost the window.

The process is started when a frame needs it, answers one frame after another, and ends with this one. Where it dies, so does only that frame.
"""

from __future__ import annotations

import atexit
import subprocess
import threading
from typing import Any

from busi_gui import paths
from busi_gui.io.decoding.messages import receive, send

_LEAST_SECONDS = 2.0
_PIXELS_A_SECOND = 2_000_000
"""How much is waited for, at least; an ordinary computer decodes ten times as many."""
_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # Windows would show a console


class DecoderError(Exception):
    """A frame could not be decoded. The message is why, a clause without a name or a full stop."""


class DecoderProcess:
    """A process that decodes; threads take turns."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        atexit.register(self.close)

    def decode(self, coding: str, encoded: bytes, *, rows: int, columns: int, samples: int, bits: int) -> tuple[bytes, bool]:
        """Decode one frame.

        Parameters
        ----------
        coding
            ``"JPEG-LS"``, ``"lossless JPEG"`` or ``"JPEG of 12 bits"``.
        rows, columns, samples, bits
            What it says of itself.

        Returns
        -------
        tuple of bytes and bool
            Values of one or two bytes, the lower first, and whether each sample's are together.

        Raises
        ------
        DecoderError
            It is damaged.
        """
        facts = {"coding": coding, "rows": rows, "columns": columns, "samples": samples, "bits": bits}
        seconds = _LEAST_SECONDS + rows * columns / _PIXELS_A_SECOND
        with self._lock:
            answer = self._ask({**facts, "seconds": seconds}, encoded)
            if answer is None:
                self._end()
                self._running()  # so that the next frame need not wait for it
        said, content = answer or ({"error": ""}, b"")
        if "error" in said:
            raise DecoderError(f"its {coding} data is damaged, or of a rare kind")
        return content, said["is_planar"]

    def start(self) -> None:
        """Start the process, so that the first frame need not wait for it."""
        with self._lock:
            self._running()

    def close(self) -> None:
        """End the process; the next frame starts another."""
        with self._lock:
            self._end()

    def _ask(self, facts: dict[str, Any], encoded: bytes) -> tuple[dict[str, Any], bytes] | None:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            send(process.stdin, facts, encoded)
            return receive(process.stdout)
        except OSError:  # it died while it was asked
            return None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._process is None:
            try:
                self._process = subprocess.Popen(
                    [*paths.own_command(), "decode"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    creationflags=_NO_WINDOW,
                )
            except OSError as error:
                raise DecoderError(f"its decoder could not be started ({error.strerror or error})") from error
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


SHARED = DecoderProcess()
"""The one of this program."""
