"""A whole copy of the Workspace in a file of its own."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Table, insert, select
from sqlalchemy.exc import SQLAlchemyError

from busi_gui.store.database import Database
from busi_gui.store.place import Place
from busi_gui.store.records import WorkspaceError
from busi_gui.store.schema import metadata
from busi_gui.store.server import server_engine
from busi_gui.store.troubles import DAMAGED, said

_ROWS_AT_ONCE = 200


def copy_database(source: Database, file: Path) -> None:
    """Copy a database as it is at one moment into a new SQLite file, written beside and renamed.

    Raises
    ------
    WorkspaceError
        A file of that name is there already, or it cannot be written, or the database not read: then there is no such file.
    """
    if file.exists():
        raise _taken(file)
    if not file.parent.is_dir():
        raise WorkspaceError(f"The copy {file} cannot be written: its folder is not there. Make it, or choose another.")
    beside = file.with_name(f".{file.name}.{uuid4().hex[:8]}.part")
    try:
        if source.place.is_shared:
            _copy_rows(source.place, beside, str(file))
        else:
            _copy_pages(source, beside)
        _rename(beside, file)
    except FileExistsError as error:
        raise _taken(file) from error
    except (OSError, sqlite3.Error) as error:
        if getattr(error, "sqlite_errorname", "").startswith(DAMAGED):
            raise said(source.place, error) from error
        raise WorkspaceError(
            f"The copy {file} cannot be written: {error}. Check that its folder is there, that you may write in it, and that there is room."
        ) from error
    finally:
        for more in ("", "-journal", "-wal", "-shm"):
            with suppress(OSError):
                beside.with_name(beside.name + more).unlink(missing_ok=True)


def _copy_pages(source: Database, beside: Path) -> None:
    with closing(sqlite3.connect(beside)) as target:
        source.copy_into(target)


def _copy_rows(place: Place, beside: Path, name: str) -> None:
    assert place.url is not None
    target = Database(Place(name, file=beside))
    engine = server_engine(place.url, is_patient=True)
    try:
        # All of it as it is at one moment.
        with engine.connect().execution_options(isolation_level="REPEATABLE READ", yield_per=_ROWS_AT_ONCE) as connection:
            for table in metadata.sorted_tables:
                for rows in connection.execute(select(table)).mappings().partitions():
                    _put(target, table, [dict(row) for row in rows])
    except (SQLAlchemyError, OSError) as error:
        raise said(place, error) from error
    finally:
        engine.dispose()
        target.close()


def _put(target: Database, table: Table, rows: list[dict[Any, Any]]) -> None:
    target.run(lambda connection: connection.execute(insert(table), rows))


def _taken(file: Path) -> WorkspaceError:
    return WorkspaceError(f"{file} is there already, and is left as it is. Choose another name.")


def _rename(beside: Path, file: Path) -> None:
    """Give a file its name, never in place of another."""
    try:
        os.link(beside, file)
    except FileExistsError:
        raise
    except OSError:  # a drive without hard links; Windows refuses by itself
        if file.exists():
            raise FileExistsError(file) from None
        beside.rename(file)
