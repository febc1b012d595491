"""Place: where a Workspace lies: in a file, on a server, or in memory."""

from __future__ import annotations

import getpass
import os
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from busi_gui.store.records import WorkspaceError

WAIT_MS = 1000
"""How long one window waits for another's transaction: writing happens in the UI thread."""
OPTIONS = {"sslmode", "sslrootcert"}
"""What may stand behind the question mark of a server's address."""


@dataclass(frozen=True)
class Place:
    """Where a Workspace lies; a file where ``file`` is given, a server where ``url`` is, otherwise memory.

    Attributes
    ----------
    name
        For showing; never with a password.
    """

    name: str
    file: Path | None = None
    url: URL | None = field(default=None, repr=False)

    @classmethod
    def of(cls, place: Path | str | None) -> Place:
        """Return the place that a path or a URL such as ``postgresql://user@host/database`` names; WorkspaceError where it is neither."""
        if place is None:
            return cls("memory")
        if isinstance(place, str) and "://" in place:
            return _server(place)
        file = Path(place).absolute()
        return cls(str(file), file=file)

    @property
    def is_shared(self) -> bool:
        """Whether other workstations use it."""
        return self.url is not None


def connected(file: Path | None, mode: str) -> sqlite3.Connection:
    """Return a connection to an SQLite file, every one of whose transactions is on the drive when it is committed.

    Parameters
    ----------
    file
        None: a database in memory.
    mode
        ``"ro"``, ``"rw"``, or ``"rwc"`` to make a file that does not exist.
    """
    path = ":memory:" if file is None else f"{_uri(file)}?mode={mode}"
    # The driver would begin a transaction only before it writes, after what is to be changed was read: it is told when, instead.
    connection = sqlite3.connect(path, uri=True, timeout=WAIT_MS / 1000, check_same_thread=False, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _uri(file: Path) -> str:
    # Percent-encoded byte by byte: a name may hold what no text can, and '?' and '#' as well. `Path.as_uri` names the host of a Windows share as
    # SQLite does not take it.
    path = quote(os.fsencode(file.as_posix()))
    return f"file://{path}" if path.startswith("/") else f"file:///{path}"


def _server(place: str) -> Place:
    try:
        url = make_url(place)
        query = dict(url.query)
        password = url.password or query.pop("password", None) or os.environ.get("PGPASSWORD")
    except (ArgumentError, ValueError):
        password = url = None
    if url is None or url.get_backend_name() != "postgresql" or not query.keys() <= OPTIONS:
        # Not what was given, nor what was wrong with it: a password may stand there.
        raise WorkspaceError(
            "The address of the Workspace is none of a PostgreSQL database: write it like postgresql://user@host/database."
        ) from None
    url = url.set(drivername="postgresql+pg8000", username=url.username or getpass.getuser(), password=password, query=query)  # type: ignore[arg-type]
    port = f":{url.port}" if url.port else ""
    return Place(f"postgresql://{url.username}@{url.host or 'localhost'}{port}/{url.database or ''}", url=url)


def names_password(place: str) -> bool:
    """Whether a password stands in what was given as a place."""
    try:
        url = make_url(place) if "://" in place else None
    except (ArgumentError, ValueError):
        return False
    return url is not None and (url.password is not None or "password" in url.query)
