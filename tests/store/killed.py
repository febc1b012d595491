"""A process that may be killed at any moment."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


Tell = Callable[[str], object]
"""Says a line to whoever kills."""


def serve_rounds(work: Callable[[int, Tell], None]) -> None:
    """For each seed on standard input let a process of its own work until it is killed; it tells its number, then what ``work`` tells."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.alarm(60)  # should nobody kill it
            os.write(1, f"{os.getpid()}\n".encode())
            work(int(line), lambda told: os.write(1, f"{told}\n".encode()))
        _, status = os.waitpid(child, 0)
        os.write(1, f"end {os.waitstatus_to_exitcode(status)}\n".encode())


class Server:
    """A process that is ready to work, and forks for each round: that of ``serve(folder)`` in a module of the tests."""

    def __init__(self, module: str, folder: Path) -> None:
        command = f"from pathlib import Path; from {module} import serve; serve(Path({str(folder)!r}))"
        self.process = subprocess.Popen([sys.executable, "-c", command], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._input, self._output = self.process.stdin, self.process.stdout.fileno()
        self._rest = b""

    def round(self, seed: int, after_s: float, after_steps: int = 0) -> list[str]:
        """Let it work, kill it a time after it has told of some steps, and return what it told of."""
        self._input.write(f"{seed}\n".encode())
        self._input.flush()
        pid = int(self._line())
        told = [self._line() for _ in range(after_steps)]
        until = time.monotonic() + after_s
        while (left := until - time.monotonic()) > 0:
            if b"\n" in self._rest or select.select([self._output], [], [], left)[0]:
                told.append(self._line())
        os.kill(pid, signal.SIGKILL)
        while not (line := self._line()).startswith("end"):
            told.append(line)
        assert line == f"end {-signal.SIGKILL}", "it ended by itself"
        return told

    def close(self) -> None:
        """End it."""
        self.process.communicate()

    def _line(self) -> str:
        while b"\n" not in self._rest:
            more = os.read(self._output, 65536)
            assert more, "the process is gone"
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()
