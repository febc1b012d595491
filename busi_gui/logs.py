"""What the window leaves behind for whoever looks for a fault: a log that never grows large, and a report of each crash.

Neither says whom a scan shows. Messages of errors name files, and files name patients; so of each error only its kind is written and where in the
program it arose, and of what is put into a message only numbers.
"""

from __future__ import annotations

import faulthandler
import logging
import numbers
import os
import platform
import re
import traceback
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

from busi_gui import __version__

_LOG_FILE, _CRASHING_FILE = "busi-gui.log", "crash.part"
_LOG_BYTES, _OLDER_LOGS = 1_000_000, 3
_MOST_REPORTS = 20
_FATAL = re.compile("Fatal Python error|Windows fatal exception")
_OURS = ("busi_gui", "models")


class Logs:
    """The folder of the log and of the reports. Where it cannot be written the program goes on without.

    Attributes
    ----------
    folder
        Where they lie.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._crashing: IO[str] | None = None
        self._handler: RotatingFileHandler | None = None
        self._told: set[str] = set()

    def start(self) -> None:
        """Write to the log from now on, and a report should the program be ended from beneath Python."""
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._keep_crash_of_before()
            handler = RotatingFileHandler(self.folder / _LOG_FILE, maxBytes=_LOG_BYTES, backupCount=_OLDER_LOGS, encoding="utf-8")
            handler.setFormatter(DiscreetFormatter())
            handler.addFilter(_is_ours)
            logging.getLogger().addHandler(handler)
            self._handler = handler
            self._crashing = (self.folder / _CRASHING_FILE).open("a", encoding="utf-8")
            if not self._crashing.tell():
                self._crashing.write(_head("The program was ended by a fault beneath Python."))
                self._crashing.flush()
            faulthandler.enable(self._crashing)

    def end(self) -> None:
        """Close the files; nothing has crashed."""
        if self._crashing is not None:
            faulthandler.disable()
            self._crashing.close()
            self._crashing = None
            with suppress(OSError):
                (self.folder / _CRASHING_FILE).unlink()
        if self._handler is not None:
            logging.getLogger().removeHandler(self._handler)
            self._handler.close()
            self._handler = None

    def report(self, error: BaseException) -> Path | None:
        """Write a report of an error that nobody expected, each once, and return its file; None where there is none, or enough."""
        text = "\n".join(_lines_about(error))
        if text in self._told or len(self._told) >= _MOST_REPORTS:
            return None
        self._told.add(text)
        path = self.folder / f"crash-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.txt"
        try:
            path.write_text(f"{_head('The program made a mistake.')}{text}\n", encoding="utf-8")
        except OSError:
            return None
        self._clear_away_the_oldest()
        return path

    def _keep_crash_of_before(self) -> None:
        """Name what a crash of an earlier start has left; of one that was only ended from outside nothing is worth keeping."""
        left = self.folder / _CRASHING_FILE
        if left.is_file() and _FATAL.search(left.read_text(encoding="utf-8", errors="replace")):
            left.replace(self.folder / f"crash-{datetime.fromtimestamp(left.stat().st_mtime, UTC):%Y%m%d-%H%M%S-%f}.txt")
            self._clear_away_the_oldest()

    def _clear_away_the_oldest(self) -> None:
        for path in sorted(self.folder.glob("crash-*.txt"))[:-_MOST_REPORTS]:
            with suppress(OSError):
                path.unlink()


class DiscreetFormatter(logging.Formatter):
    """Writes a message with the numbers in it, and of an error its kind and its places in the program."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as lines of text."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        lines = [f"{when} {record.levelname} {record.name}: {_without_words(record)}"]
        if record.exc_info and record.exc_info[1] is not None:
            lines += _lines_about(record.exc_info[1])
        return "\n".join(lines)


def _without_words(record: logging.LogRecord) -> str:
    arguments = record.args if isinstance(record.args, tuple) else ()
    try:
        return str(record.msg) % tuple(value if isinstance(value, numbers.Number) else "…" for value in arguments)
    except (TypeError, ValueError):
        return str(record.msg)


def _lines_about(error: BaseException) -> Iterator[str]:
    """Return the kind of an error and its places in the program, and those of the errors that it arose from, the first one first."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _lines_about(before)
        yield "from which arose"
    yield f"{type(error).__module__}.{type(error).__qualname__}"
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno} in {frame.name}"


def _head(what: str) -> str:
    return f"{what}\nbusi-gui {__version__}, {platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores\n\n"


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether a message is the program's own: others put what they like into theirs."""
    return record.name.split(".")[0] in _OURS
