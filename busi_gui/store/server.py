"""Connections to a PostgreSQL server, none of which ever keeps the window waiting for long."""

from __future__ import annotations

import logging
import socket
import ssl
from importlib import import_module
from typing import Any

from sqlalchemy import URL, create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import StaticPool

from busi_gui.store.place import WAIT_MS

CONNECT_S = 3
"""How long a server may be silent before it counts as gone."""
_STATEMENT_MS = 2000
"""How long a server may work on one statement."""
_IDLE_MS = 10_000
"""After what time a server takes back a transaction of a window that is gone, with its locks."""
_PATIENT_S = 120
"""How long a server may be silent while tables are changed, or copied."""
_PORT = 5432

# That a connection which broke cannot be closed in all politeness either is no news: what broke it is raised.
logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)


def server_engine(url: URL, *, is_patient: bool = False) -> Engine:
    """Return an engine of one connection to a server; one that ``is_patient`` lets it take minutes, as it may need to change or copy tables."""
    doors = _Doors(url, is_patient=is_patient)
    # What is bound to a statement is the reader's work, and belongs in no log.
    engine = create_engine("postgresql+pg8000://", creator=doors.connected, poolclass=StaticPool, hide_parameters=True)
    event.listen(engine, "close", doors.on_close)
    return engine


class _Doors:
    """Opens connections to one server, over sockets of its own: the driver leaves those open that broke."""

    def __init__(self, url: URL, *, is_patient: bool) -> None:
        self._host, self._port = url.host or "localhost", url.port or _PORT
        self._silence_s = _PATIENT_S if is_patient else CONNECT_S
        self._address: tuple[str, int] | None = None  # asked for once: a network that is gone answers no such question
        self._sockets: dict[int, socket.socket] = {}
        self._how = {
            "user": url.username,
            "password": url.password,
            "database": url.database or url.username,
            "host": self._host,
            "application_name": "busi-gui",
            "ssl_context": _encryption(url),
            "startup_params": {
                "statement_timeout": str(0 if is_patient else _STATEMENT_MS),
                "lock_timeout": str(_PATIENT_S * 500 if is_patient else WAIT_MS),
                "idle_in_transaction_session_timeout": str(_PATIENT_S * 1000 if is_patient else _IDLE_MS),
            },
        }

    def connected(self) -> Any:
        """Return a connection of the driver's; raises its errors, and OSError."""
        driver = import_module("pg8000")  # only where there is a server
        line = self._line()
        try:
            line.settimeout(self._silence_s)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            connection = driver.Connection(sock=line, **self._how)
        except BaseException:
            line.close()
            raise
        self._sockets[id(connection)] = line
        return connection

    def on_close(self, connection: object, _record: object) -> None:
        """Give up the socket beneath a connection; it goes as soon as the driver lets go of it too."""
        line = self._sockets.pop(id(connection), None)
        if line is not None:
            line.close()

    def _line(self) -> socket.socket:
        try:
            line = socket.create_connection(self._address or (self._host, self._port), CONNECT_S)
        except TimeoutError:
            raise
        except OSError:
            self._address = None
            raise
        self._address = line.getpeername()[:2]
        return line


def _encryption(url: URL) -> ssl.SSLContext | bool | None:
    """Return how a connection is encrypted: as the address says, in PostgreSQL's own words; otherwise where the server can."""
    mode, root = str(url.query.get("sslmode", "prefer")), url.query.get("sslrootcert")
    if mode == "disable":
        return False
    if mode == "prefer":
        return None
    context = ssl.create_default_context(cafile=None if root is None else str(root))
    context.check_hostname = mode == "verify-full"
    context.verify_mode = ssl.CERT_NONE if mode == "require" else ssl.CERT_REQUIRED
    return context
