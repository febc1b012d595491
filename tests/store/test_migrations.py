"""Databases of older and newer programs, and of two windows that start at once."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from statistics import median

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from busi_gui.domain.case import CaseStatus
from busi_gui.domain.packing import PackedMask
from busi_gui.domain.reading import Assessment, Outcome
from busi_gui.domain.scan import Box, Spacing
from busi_gui.store import schema, upgrade
from busi_gui.store.database import Database
from busi_gui.store.place import Place
from busi_gui.store.workspace import Note, Workspace, WorkspaceError
from tests.store.readings import KEY, full

ROOT = Path(__file__).resolve().parents[2]

OLD_TABLE = """
CREATE TABLE scans (
	"key" VARCHAR(40) NOT NULL,
	status VARCHAR(16) NOT NULL,
	is_analysed BOOLEAN NOT NULL,
	is_doubted BOOLEAN NOT NULL,
	p_malignant FLOAT,
	row_mm FLOAT,
	column_mm FLOAT,
	calibrated_rows INTEGER,
	calibrated_columns INTEGER,
	top INTEGER,
	"left" INTEGER,
	bottom INTEGER,
	"right" INTEGER,
	PRIMARY KEY ("key")
)"""
"""As the program without versions made it."""
OLD_ROW = f"INSERT INTO scans VALUES ('{KEY}', 'reviewed', true, false, 0.83, 0.08, 0.07, 600, 800, 1, 2, 30, 40)"
COPY = f"workspace.db.before-{schema.NEWEST}"
OLD_NOTE = Note(CaseStatus.REVIEWED, 0.83, Spacing(0.08, 0.07), Box(1, 2, 30, 40), is_analysed=True, calibrated_shape=(600, 800))

OLDEST_TABLE = """
CREATE TABLE scans ("key" VARCHAR(40) NOT NULL, status VARCHAR(16) NOT NULL, p_malignant FLOAT, row_mm FLOAT, column_mm FLOAT,
top INTEGER, "left" INTEGER, bottom INTEGER, "right" INTEGER, PRIMARY KEY ("key"))"""


def tell(place, *statements):
    """Run statements in a database as no program of ours would."""
    database = _bare(Place.of(place))
    with database.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    database.dispose()


def _bare(place):
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    if place.url is not None:
        return create_engine(place.url, poolclass=NullPool)
    place.file.parent.mkdir(parents=True, exist_ok=True)
    return create_engine(f"sqlite:///{place.file}", poolclass=NullPool)


def differences(place):
    engine = _bare(Place.of(place))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, schema.metadata)
        keys = {table: inspect(connection).get_pk_constraint(table)["constrained_columns"] for table in schema.metadata.tables}
    engine.dispose()
    assert keys == {table.name: [column.name for column in table.primary_key] for table in schema.metadata.tables.values()}
    return found


def test_the_versions_are_those_that_there_are_migrations_for():
    config = Config()
    config.set_main_option("script_location", str(upgrade.SCRIPTS))
    scripts = ScriptDirectory.from_config(config)
    assert [script.revision for script in reversed(list(scripts.walk_revisions()))] == list(schema.VERSIONS)
    assert scripts.get_current_head() == schema.NEWEST


def test_a_new_database_has_the_tables_of_the_schema(place):
    Workspace(place).close()
    assert differences(place) == []


def test_migrations_make_the_tables_of_the_schema(place):
    tell(place, OLD_TABLE)
    Workspace(place).close()
    assert differences(place) == []


def test_a_difference_between_schema_and_tables_is_seen(place):
    tell(place, OLD_TABLE)
    Workspace(place).close()
    tell(place, "ALTER TABLE lesions ADD COLUMN more INTEGER", "DROP INDEX kept_readings_of_frame")
    assert len(differences(place)) == 2


def test_the_first_migration_alone_makes_the_table_of_the_program_without_versions(place):
    engine = _bare(Place.of(place))
    with engine.begin() as connection:
        upgrade.migrate(connection, "0001")
        made = {column["name"]: (str(column["type"]), column["nullable"]) for column in inspect(connection).get_columns("scans")}
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE scans"))
        connection.execute(text(OLD_TABLE))
        old = {column["name"]: (str(column["type"]), column["nullable"]) for column in inspect(connection).get_columns("scans")}
    engine.dispose()
    assert made == old


def test_what_an_older_program_remembered_is_kept(place, open_workspace):
    tell(place, OLD_TABLE, OLD_ROW)
    workspace = open_workspace()
    assert workspace.note(KEY) == OLD_NOTE
    workspace.store(KEY, 0, full(), base=0)
    assert open_workspace().readings(KEY)[0].packed.unpacked().is_same(full())


def test_lesions_of_an_older_program_have_no_evidence_of_their_outcome(place, open_workspace):
    engine = _bare(Place.of(place))
    with engine.begin() as connection:
        upgrade.migrate(connection, "0003")
    engine.dispose()
    before = full().outlines[0]
    packed = PackedMask.of(before.mask)
    tell(
        place,
        f"INSERT INTO readings VALUES ('{KEY}', 2, 1, 'anna', 'x', '2026-01-01T00:00:00+00:00', true, '[]', 60, 80)",
        f"INSERT INTO lesions VALUES ('{KEY}', 2, 4, 0, 'old', 'drawn', false, false, '5', 'malignant', 'seen', "
        f"{', '.join(str(getattr(packed.box, side)) for side in ('top', 'left', 'bottom', 'right'))}, {_literal(place, packed.content)})",
    )
    stored = open_workspace().readings(KEY)[2]
    assert not stored.problem
    (outline,) = stored.packed.unpacked().outlines
    assert outline.assessment == Assessment("5", Outcome.MALIGNANT, "seen")
    assert not outline.assessment.has_recorded_outcome
    assert open_workspace("bert on us-2").store(KEY, 2, stored.packed.unpacked(), base=1) == 1, "nothing is to be written"


def _literal(place, content):
    return f"x'{content.hex()}'" if isinstance(place, Path) else f"decode('{content.hex()}', 'hex')"


def test_the_first_programs_knew_less_of_a_scan(place, open_workspace):
    tell(place, OLDEST_TABLE, f"INSERT INTO scans (key, status, p_malignant) VALUES ('{KEY}', 'reviewed', 0.5)")
    assert open_workspace().note(KEY) == Note(CaseStatus.REVIEWED, 0.5, is_analysed=True)
    assert open_workspace().remember(KEY, calibrated_shape=(3, 4)).calibrated_shape == (3, 4)


def test_before_a_file_is_changed_a_copy_is_made(file):
    tell(file, OLD_TABLE, OLD_ROW)
    Workspace(file).close()
    copy = file.with_name(COPY)
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT count(*) FROM scans").fetchone() == (1,)
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("scans",), ("sqlite_autoindex_scans_1",)]
    assert sorted(path.name for path in file.parent.iterdir()) == ["workspace.db", COPY]


def test_a_new_database_and_one_of_today_need_no_copy(file):
    Workspace(file).close()
    Workspace(file).close()
    assert [path.name for path in file.parent.iterdir()] == ["workspace.db"]


def test_without_the_copy_nothing_is_changed(file):
    tell(file, OLD_TABLE, OLD_ROW)
    before = file.read_bytes()
    file.with_name(COPY).mkdir()
    with pytest.raises(WorkspaceError, match=rf"before-{schema.NEWEST} .*cannot be written"):
        Workspace(file)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() == [("scans",)]
    assert len(before) == file.stat().st_size
    assert not list(file.parent.glob("*.part"))


def test_a_migration_that_fails_changes_nothing(file, monkeypatch):
    tell(file, OLD_TABLE, OLD_ROW, "CREATE VIEW approved_lesions AS SELECT 1")  # in the way of the last table of all
    with pytest.raises(WorkspaceError, match="already"):
        Workspace(file)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() == [("scans",)]
        connection.execute("DROP VIEW approved_lesions")
        connection.commit()
    workspace = Workspace(file)
    assert workspace.note(KEY) == OLD_NOTE
    workspace.close()


def test_a_database_of_a_newer_program_is_left_as_it_is(place):
    Workspace(place).close()
    tell(place, "UPDATE alembic_version SET version_num = '0099'", "DROP TABLE kept_lesions")
    before = place.read_bytes() if isinstance(place, Path) else None
    with pytest.raises(WorkspaceError, match=r"newer version of this program.*left as it is") as error:
        Workspace(place)
    assert Place.of(place).name in str(error.value)
    if isinstance(place, Path):
        assert place.read_bytes() == before
        assert [path.name for path in place.parent.iterdir()] == ["workspace.db"]


@pytest.mark.parametrize("is_old", [False, True])
def test_windows_that_start_at_once_all_work(place, is_old):
    if is_old:
        tell(place, OLD_TABLE, OLD_ROW)
    count, problems, workspaces = 6, [], []
    barrier = threading.Barrier(count)

    def start(number):
        barrier.wait()
        try:
            workspace = Workspace(place, f"reader {number}")
            workspaces.append(workspace)
            workspace.store(KEY, number, full(), base=0)
        except Exception as error:  # noqa: BLE001 - reported by the test
            problems.append(error)

    threads = [threading.Thread(target=start, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert set(workspaces[0].readings(KEY)) == set(range(count))
    assert workspaces[0].note(KEY) == (OLD_NOTE if is_old else Note())
    for workspace in workspaces:
        workspace.close()


STARTER = """
import sys
from pathlib import Path
from busi_gui.store.workspace import Workspace
sys.stdin.readline()
workspace = Workspace(Path(sys.argv[1]) if "://" not in sys.argv[1] else sys.argv[1])
workspace.remember(sys.argv[2], p_malignant=0.5)
workspace.close()
"""


def test_programs_that_start_at_once_on_an_old_database_all_work(place, open_workspace):
    tell(place, OLD_TABLE, OLD_ROW)
    keys = [f"{number:040}" for number in range(3)]
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", STARTER, str(place), key], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for key in keys
    ]
    for program in programs:
        assert program.stdin is not None
        program.stdin.write(b"go\n")
        program.stdin.flush()
    said = [program.communicate()[0] for program in programs]
    assert [program.returncode for program in programs] == [0, 0, 0], said
    assert open_workspace().notes([*keys, KEY]) == {**dict.fromkeys(keys, Note(p_malignant=0.5)), KEY: OLD_NOTE}


def test_opening_a_database_of_today_is_quick_and_loads_no_alembic(file):
    Workspace(file).close()
    question = """
import sys, time
from pathlib import Path
from busi_gui.store.workspace import Workspace
Workspace(Path(sys.argv[1])).close()
print("alembic" in sys.modules, "pg8000" in sys.modules)
"""
    answer = subprocess.run([sys.executable, "-c", question, str(file)], cwd=ROOT, capture_output=True, check=True, encoding="utf-8")
    assert answer.stdout.split() == ["False", "False"]
    times = []
    for _ in range(7):
        began = time.perf_counter()
        workspace = Workspace(file)
        times.append(time.perf_counter() - began)
        workspace.close()
    assert median(times) < 0.03


def test_nothing_is_left_of_a_start_that_failed(tmp_path):
    with pytest.raises(WorkspaceError):
        Database(Place.of(tmp_path))  # a folder
    assert list(tmp_path.iterdir()) == []
