"""A real PostgreSQL server of the tests' own, on a port of the loopback, in a folder that goes with it."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

SERVER_USERS = ("postgres", "nobody")
"""As whom it runs where the tests run as root, which it refuses."""
PASSWORD = "s3cret-pass"


class NoPostgresError(Exception):
    """The server cannot be had here; the message says why."""


class Postgres:
    """The server; made, started and stopped by its own programs. One that ``is_safe`` waits for the drive, as those of a clinic do."""

    def __init__(self, *, is_safe: bool = False) -> None:
        self._is_safe = is_safe
        self._programs = _programs()
        self._user = _server_user()
        self._folder = Path(tempfile.mkdtemp(prefix="workspace-pg-"))
        self._made = 0
        self._free: list[str] = []
        try:
            os.chown(self._folder, *self._ids())
            self.port = _free_port()
            self._run("initdb", "--pgdata", self._cluster, "--auth=trust", "--username=owner", "--encoding=UTF8", "--no-locale", "--no-sync")
            rules = "host all guarded 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n"
            (self._cluster / "pg_hba.conf").write_text(rules, encoding="utf-8")
            self.start()
            self.tell(f"CREATE ROLE guarded LOGIN SUPERUSER PASSWORD '{PASSWORD}'")
        except BaseException:
            self.remove()
            raise

    @property
    def _cluster(self) -> Path:
        return self._folder / "cluster"

    def start(self) -> None:
        """Start it and wait until it answers."""
        fsync = "on" if self._is_safe else "off"
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync={fsync} -c max_connections=30"
        self._run("pg_ctl", "start", "-w", "-t", "30", "--pgdata", self._cluster, "--log", self._folder / "log", "-o", options)

    def stop(self) -> None:
        """Stop it at once, as if its computer had failed."""
        self._run("pg_ctl", "stop", "-w", "-t", "30", "--pgdata", self._cluster, "--mode", "immediate")

    def remove(self) -> None:
        """Stop it where it runs, and remove all that it wrote."""
        try:
            if (self._cluster / "postmaster.pid").exists():
                self.stop()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def database(self) -> str:
        """Return the address of an empty database."""
        if self._free:
            return self._free.pop()
        self._made += 1
        name = f"workspace_{self._made}"
        self.tell(f"CREATE DATABASE {name}")
        return f"postgresql://owner@127.0.0.1:{self.port}/{name}"

    def take_back(self, address: str) -> None:
        """Empty a database that is not used any more, for the next test: making one takes longer, and all are removed in the end."""
        for statement in ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public", "GRANT USAGE ON SCHEMA public TO PUBLIC"):
            self.tell(statement, address)
        self._free.append(address)

    def pid(self) -> int:
        """Return the process that lets windows in."""
        return int((self._cluster / "postmaster.pid").read_text(encoding="utf-8").split()[0])

    def tell(self, statement: str, address: str = "") -> list[Any]:
        """Run a statement by itself in a database, and return its rows."""
        address = address or f"postgresql://owner@127.0.0.1:{self.port}/postgres"
        engine = create_engine(address.replace("://", "+pg8000://"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            result = connection.execute(text(statement))
            return list(result) if result.returns_rows else []

    def _ids(self) -> tuple[int, int]:
        if self._user is None:
            return os.getuid(), os.getgid()
        entry = pwd.getpwnam(self._user)
        return entry.pw_uid, entry.pw_gid

    def _run(self, program: str, *arguments: object) -> None:
        user, group = self._ids()
        drop: dict[str, Any] = {} if self._user is None else {"user": user, "group": group, "extra_groups": []}
        command: Sequence[str] = [self._programs[program], *map(str, arguments)]
        # Not into a pipe: the server keeps what its starter's output is connected to.
        with (self._folder / "said").open("w+", encoding="utf-8") as said:
            done = subprocess.run(command, check=False, stdout=said, stderr=subprocess.STDOUT, cwd=self._folder, **drop)
            said.seek(0)
            if done.returncode:
                raise NoPostgresError(f"{program} failed: {said.read()[-500:]}")


def _programs() -> dict[str, str]:
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name.split(".")[0]), reverse=True)
    folders = os.pathsep.join([os.environ.get("PATH", ""), *map(str, newest)])
    found = {name: shutil.which(name, path=folders) for name in ("initdb", "pg_ctl")}
    if missing := [name for name, program in found.items() if program is None]:
        raise NoPostgresError(f"no {' and '.join(missing)} on PATH or in /usr/lib/postgresql/*/bin: install a PostgreSQL server (Debian: postgresql)")
    return {name: program for name, program in found.items() if program is not None}


def _server_user() -> str | None:
    if os.getuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    for user in SERVER_USERS:
        if user in known:
            return user
    raise NoPostgresError(f"PostgreSQL does not run as root, and there is none of the users {', '.join(SERVER_USERS)}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
