"""The places where a Workspace may lie: a file, and a database of a real PostgreSQL server."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from busi_gui.store.workspace import Workspace
from tests.store.postgres import NoPostgresError, Postgres

Open = Callable[..., Workspace]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Return the server, started once; tests that need it are skipped, and say why, where it cannot run."""
    if sys.platform == "win32":
        pytest.skip("the PostgreSQL of the tests is started as on Unix")
    try:
        server = Postgres()
    except NoPostgresError as error:
        pytest.skip(f"no PostgreSQL to test with: {error}")
    yield server
    server.remove()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file in a folder that does not exist yet."""
    return tmp_path / "new folder" / "workspace.db"


@pytest.fixture
def address(postgres: Postgres) -> Iterator[str]:
    """Return the address of an empty database on the server."""
    given = postgres.database()
    yield given
    postgres.take_back(given)


@pytest.fixture(params=["file", "server"])
def place(request: pytest.FixtureRequest) -> Path | str:
    """Return an empty place for a Workspace: each test that asks for it runs with a file and with a server."""
    found: Path | str = request.getfixturevalue("file" if request.param == "file" else "address")
    return found


@pytest.fixture
def open_workspace(place: Path | str) -> Iterator[Open]:
    """Return a function that opens a Workspace at the place, as often as asked, by reader; all are closed after the test."""
    opened = []

    def opening(reader: str = "anna on us-1") -> Workspace:
        workspace = Workspace(place, reader)
        opened.append(workspace)
        return workspace

    yield opening
    for workspace in opened:
        workspace.close()


@pytest.fixture
def workspace(open_workspace: Open) -> Workspace:
    """Return an empty Workspace."""
    return open_workspace()
