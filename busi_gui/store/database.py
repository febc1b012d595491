"""Database: one connection to wherever the Workspace lies, in transactions, and anew after whatever went wrong."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from sqlalchemy import create_engine, event, exc
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import StaticPool

from busi_gui.store.place import WAIT_MS, Place, connected
from busi_gui.store.server import CONNECT_S, server_engine
from busi_gui.store.troubles import gone, is_read_only, said, silent
from busi_gui.store.upgrade import is_ready, make_ready

T = TypeVar("T")
Work = Callable[[Connection], T]
_Identity = tuple[int, int]

PAUSE_S = 10.0
"""For how long a server that did not answer is not asked again: the window would stand still each time."""
_SLOW_S = 0.6 * CONNECT_S
"""After so long, what did not work is not tried a second time at once."""
_OPENING_MS = 10_000
"""How long a window waits for another's transaction when it opens the database: that one may be changing tables."""


class Database:
    """Runs work in transactions; may be used from any thread, and does one after the other.

    Raises
    ------
    WorkspaceError
        From every method: it cannot be read or written. The next call tries again, over a new connection.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self._lock = threading.Lock()
        self._silent_until = 0.0
        self._is_ready = False
        # Of the file that is open and of its write-ahead log.
        self._identity: _Identity | None = None
        self._log_identity: _Identity | None = None
        try:
            if place.file is not None:
                place.file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise said(place, error) from error
        self._engine = self._made_engine()
        self._reading_engine = self._engine.execution_options(is_reading=True)
        try:
            self.run(lambda _connection: None, is_reading=True)
        except BaseException:
            self.close()
            raise

    def run(self, work: Work[T], *, is_reading: bool = False) -> T:
        """Do something in one transaction and return what it returns: all of it or, where it raises, nothing.

        It may be done a second time: where another window was quicker to make the same row, or a server had closed the connection in the meantime.
        """
        with self._lock:
            self._check_server()
            self._check_file()
            with self._troubles_told():
                return self._tried(work, is_reading=is_reading)

    def copy_into(self, target: sqlite3.Connection) -> None:
        """Copy an SQLite database as it is now, whole: even one whose file is gone, as long as it is open. Raises sqlite3.Error."""
        with self._lock:
            pooled = self._engine.raw_connection()
            try:
                source = pooled.driver_connection
                assert isinstance(source, sqlite3.Connection)
                source.backup(target)
            finally:
                pooled.close()

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    # transactions ---------------------------------------------------------------------------------------------------------------------------------

    def _tried(self, work: Work[T], *, is_reading: bool) -> T:
        began = time.monotonic()
        try:
            return self._done(work, is_reading=is_reading)
        except exc.IntegrityError:
            pass
        except exc.DBAPIError as error:
            # A file that was read-only when it was opened stays so for its connection.
            is_for_another = error.connection_invalidated or is_read_only(error)
            if not is_for_another or time.monotonic() - began > _SLOW_S:
                raise
            self._let_go()
        except OSError:  # of the network: the driver passes it on as it is
            if not self.place.is_shared or time.monotonic() - began > _SLOW_S:
                raise
            self._let_go()
        return self._done(work, is_reading=is_reading)

    def _done(self, work: Work[T], *, is_reading: bool) -> T:
        if not self._is_ready:
            self._make_ready()
        with (self._reading_engine if is_reading else self._engine).begin() as connection:
            return work(connection)

    @contextmanager
    def _troubles_told(self) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        except (exc.SQLAlchemyError, sqlite3.Error, OSError) as error:
            self._let_go()
            if self.place.is_shared and time.monotonic() - began > _SLOW_S:
                self._silent_until = time.monotonic() + PAUSE_S
                raise silent(self.place) from error
            raise said(self.place, error) from error

    # connections ----------------------------------------------------------------------------------------------------------------------------------

    def _made_engine(self) -> Engine:
        if self.place.url is not None:
            return server_engine(self.place.url)
        # One connection, and so one transaction at a time: they take a millisecond, and a database in memory belongs to its connection.
        engine = create_engine("sqlite://", creator=self._connected, poolclass=StaticPool, hide_parameters=True)
        event.listen(engine, "begin", _begin)
        return engine

    def _connected(self) -> sqlite3.Connection:
        file = self.place.file
        # A file that was there is never made anew: what a new one holds is not what the reader has done.
        connection = connected(file, "rwc" if self._identity is None else "rw")
        if file is not None:
            self._identity = _identity_of(file)
        return connection

    def _make_ready(self) -> None:
        """Have a new connection lead to a database of this program's version."""
        is_opening = self._identity is None
        with self._reading_engine.begin() as connection:
            is_of_today = is_ready(connection, self.place)
        if self.place.file is not None:
            # Readers do not wait for a writer, and a killed program leaves whole transactions only. Where a drive cannot, SQLite stays as it is.
            self._tell("journal_mode=WAL")
        if not is_of_today and self.place.url is not None:
            _migrate_server(self.place)
        elif not is_of_today:
            self._tell(f"busy_timeout={_OPENING_MS if is_opening else WAIT_MS}")
            with self._engine.begin() as connection:
                make_ready(connection, self.place)
            self._tell(f"busy_timeout={WAIT_MS}")
        if self.place.file is not None:
            self._log_identity = _identity_of(_log_of(self.place.file))
        self._is_ready = True

    def _tell(self, pragma: str) -> None:
        connection = self._engine.raw_connection()
        try:
            with suppress(sqlite3.OperationalError):  # busy: another window is just about to
                connection.cursor().execute(f"PRAGMA {pragma}").close()
        finally:
            connection.close()

    def _let_go(self) -> None:
        if self.place.file is not None or self.place.is_shared:  # what is in memory is gone with its connection
            self._engine.dispose()
            self._is_ready = False

    def _check_server(self) -> None:
        if time.monotonic() < self._silent_until:
            raise silent(self.place)

    def _check_file(self) -> None:
        """Raise WorkspaceError where the file is gone: its connection would go on as if nothing had happened, and all that it writes be lost."""
        file = self.place.file
        if file is None or self._identity is None:
            return
        try:
            identity = _identity_of(file)
        except OSError as error:
            raise said(self.place, error) from error
        if identity is None:
            raise gone(self.place)  # the connection is kept: what comes back may be the very same file
        if identity != self._identity:
            self._let_go()
            if self._log_identity is not None and _identity_of(_log_of(file)) == self._log_identity:
                # Of the file that was there before. SQLite would take it for that of the one that is there now.
                with suppress(OSError):
                    _log_of(file).unlink()


def _begin(connection: Connection) -> None:
    # Who only reads need not wait for another window that writes.
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get("is_reading") else "BEGIN IMMEDIATE")


def _identity_of(file: Path) -> _Identity | None:
    try:
        status = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_dev, status.st_ino


def _log_of(file: Path) -> Path:
    return file.with_name(f"{file.name}-wal")


def _migrate_server(place: Place) -> None:
    assert place.url is not None
    engine = server_engine(place.url, is_patient=True)
    try:
        with engine.begin() as connection:
            make_ready(connection, place)
    finally:
        engine.dispose()
