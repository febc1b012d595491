"""What is wrong with the database, where, and what to do about it, in a sentence for the reader."""

from __future__ import annotations

from typing import Any

from sqlalchemy.exc import DBAPIError

from busi_gui.store.place import Place
from busi_gui.store.records import WorkspaceError
from busi_gui.store.server import CONNECT_S

_LATER = "What you do stays on screen, and is written down with your next change once that is possible."

DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
"""What SQLite calls a file that it cannot understand."""
_OF_FILES = {
    "SQLITE_FULL": "its drive is full. Make room there.",
    "SQLITE_READONLY": "the file or its folder is read-only. Give yourself the right to write there.",
    "SQLITE_PERM": "you may not use it. Ask whoever looks after this computer.",
    "SQLITE_AUTH": "you may not use it. Ask whoever looks after this computer.",
    "SQLITE_BUSY": "another program is writing there and does not finish. Close other windows of this program, or wait a moment.",
    "SQLITE_LOCKED": "another program is writing there and does not finish. Close other windows of this program, or wait a moment.",
    "SQLITE_CANTOPEN": "it cannot be opened. Check that its folder is there, that you may write in it, and that its drive is connected and has room.",
    "SQLITE_IOERR": "its drive does not work, is full, or was taken away. Check that it is connected and has room.",
    "SQLITE_PROTOCOL": "its drive cannot be shared in this way. Close other windows of this program.",
    "SQLITE_NOMEM": "the computer has no memory left. Close other programs.",
}
_OF_SERVERS = {
    "53": "the server has no room or no memory left. Ask whoever looks after it.",
    "57": "the server is busy, or is being shut down. Wait a moment; if it goes on, ask whoever looks after it.",
    "55P03": "another window is writing there and does not finish. Wait a moment.",
    "40": "another window is writing there at the same time. Wait a moment.",
    "25006": "the server lets nobody write at present. Ask whoever looks after it.",
    "42501": "you may not use its tables. Ask whoever looks after the server for the right to do so.",
    "28": "the server does not let you in. Check name and password.",
    "3D000": "the server has no such database. Check its name, or ask whoever looks after the server to make it.",
    "XX001": "the database is damaged. Ask whoever looks after the server.",
}


def gone(place: Place) -> WorkspaceError:
    """Return what to say where the file of an open database is no longer there."""
    return WorkspaceError(
        f"{place.name} is gone: it was deleted or moved, or its drive was taken away. Put it back, or connect the drive again. {_LATER}"
    )


def silent(place: Place) -> WorkspaceError:
    """Return what to say of a server that did not answer in time."""
    return WorkspaceError(
        f"{place.name} does not answer within {CONNECT_S} seconds. Check the network, or ask whoever looks after the server. It is tried again in a "
        f"moment. {_LATER}"
    )


def is_read_only(error: DBAPIError) -> bool:
    """Return whether a file could be read but not written."""
    return str(getattr(error.orig, "sqlite_errorname", "")).startswith("SQLITE_READONLY")


def said(place: Place, error: BaseException) -> WorkspaceError:
    """Return what to say of an error of the database or of the system beneath it."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if place.is_shared:
        return _of_server(place, cause)
    name = str(getattr(cause, "sqlite_errorname", ""))
    if name.startswith(DAMAGED):
        return WorkspaceError(
            f"{place.name} is damaged ({cause}). Do not go on with it: end the program, move the file and those beside it whose names begin like "
            "its own to another place and keep them, put a copy in its place if you have one, and start again."
        )
    reason = next((reason for start, reason in _OF_FILES.items() if name.startswith(start)), "")
    return WorkspaceError(f"{place.name} cannot be used: {reason or f'{cause}. Check its drive.'} {_LATER}")


def _of_server(place: Place, cause: BaseException) -> WorkspaceError:
    fields: Any = cause.args[0] if cause.args and isinstance(cause.args[0], dict) else {}
    code = str(fields.get("C", ""))
    reason = next((reason for start, reason in _OF_SERVERS.items() if code.startswith(start)), "")
    if not reason and not code:
        reason = "the server cannot be reached. Check that it runs, and the network."
    return WorkspaceError(f"{place.name} cannot be used: {reason or str(fields.get('M', '')) + '. Ask whoever looks after the server.'} {_LATER}")
