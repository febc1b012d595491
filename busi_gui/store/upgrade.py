"""From whatever version a database has to this program's; only ever one window at a time, and all of it or nothing."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import Connection, Inspector, insert, inspect, select, text

from busi_gui.store.place import Place, connected
from busi_gui.store.records import WorkspaceError
from busi_gui.store.schema import NEWEST, VERSIONS, metadata, scans, version, version_metadata

SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 0x62757369
"""By which the windows at one PostgreSQL know that one of them changes the tables: any number that nobody else uses."""
_NEW, _UNVERSIONED = "new", "unversioned"


def is_ready(connection: Connection, place: Place) -> bool:
    """Return whether a database is of this program's version; WorkspaceError where a newer program has made it."""
    held = _held(connection)
    if held not in (*VERSIONS, _NEW, _UNVERSIONED):
        raise WorkspaceError(
            f"{place.name} was made by a newer version of this program, and is left as it is. Start the newer version, or ask whoever installed it."
        )
    return held == NEWEST


def make_ready(connection: Connection, place: Place) -> None:
    """Bring a database to this program's version, in the transaction that was begun, which keeps every other window out.

    Raises
    ------
    WorkspaceError
        A newer program has made it, or the copy that is made first cannot be written: nothing is changed.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    if is_ready(connection, place):  # another window was quicker
        return
    if _held(connection) == _NEW:
        metadata.create_all(connection)
        version_metadata.create_all(connection)
        connection.execute(insert(version).values(version_num=NEWEST))
        return
    if place.file is not None:
        keep_copy(place.file, place.file.with_name(f"{place.file.name}.before-{NEWEST}"))
    migrate(connection)


def migrate(connection: Connection, revision: str = "head") -> None:
    """Take the steps from the version that a database has to another, in the transaction that was begun."""
    from alembic import command  # only here: it takes longer to load than the Workspace to open
    from alembic.config import Config

    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def keep_copy(file: Path, copy: Path) -> None:
    """Copy an SQLite database as it was last committed, in place of an earlier copy; WorkspaceError where that cannot be done."""
    beside = copy.with_name(f"{copy.name}.part")
    try:
        beside.unlink(missing_ok=True)
        with closing(connected(file, "ro")) as source, closing(sqlite3.connect(beside)) as target:
            source.backup(target)
        beside.replace(copy)
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise WorkspaceError(
            f"{file} must be changed for this version of the program, and the copy {copy.name} that is made before cannot be written: {error}. "
            "Make room on the drive, or give yourself the right to write there; nothing was changed."
        ) from error


def _held(connection: Connection) -> str:
    look: Inspector = inspect(connection)
    if look.has_table(version.name):
        held = connection.execute(select(version.c.version_num)).scalar()
        if held is not None:
            return str(held)
    return _UNVERSIONED if look.has_table(scans.name) else _NEW
