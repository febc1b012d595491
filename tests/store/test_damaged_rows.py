"""What a newer program or a hand wrote into a reading and nobody understands costs nothing else, and is not lost."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from busi_gui.domain.reading import MaskSource, Outcome, OutcomeEvidence, Reading
from busi_gui.store.place import Place
from tests.store.readings import CALLIPERS, KEY, disc, drawn, full

TWO = drawn((20, 20), (40, 60))
HALF_KNOWN = """[{"number": 3, "kind": "angle", "points": [[1e-9, 5], [5, 5], [5, 0.1]]},
{"number": 4, "kind": "distance", "points": [[NaN, 1], [1, 1]]}]"""
EMPTY = zlib.compress(np.zeros(400, np.uint8).tobytes())


def tell(place, statement, **values):
    url = Place.of(place).url
    engine = create_engine(f"sqlite:///{place}" if url is None else url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(statement), values)
    engine.dispose()


@pytest.mark.parametrize(
    "damage",
    [
        {"mask": b"no zlib at all"},
        {"mask": b""},
        {"mask": zlib.compress(b"\xff")},
        {"mask": EMPTY},
        {"bottom": 1000},
        {"top": -1},
        {"right": 0},
        {"left": None},
    ],
    ids=", ".join,
)
def test_a_damaged_lesion_is_left_out_said_and_kept(workspace, open_workspace, place, damage):
    workspace.store(KEY, 4, TWO, base=0)
    ((column, value),) = damage.items()
    tell(place, f'UPDATE lesions SET "{column}" = :value WHERE number = 2', value=value)
    stored = workspace.readings(KEY)[4]
    assert stored.problem == "Lesion 2 of frame 5 is damaged in the Workspace, and left out."
    assert stored.packed.unpacked().is_same(drawn((20, 20)))
    # Nothing was overwritten by looking at it, nor by writing down what is left.
    assert open_workspace("bert on us-2").store(KEY, 4, drawn((20, 20)), base=1) == 1
    assert workspace.readings(KEY)[4].problem
    # The same window goes on: what it cannot understand is kept all the same.
    assert workspace.store(KEY, 4, drawn((20, 20), (50, 50)), base=1) == 2
    assert workspace.readings(KEY)[4].packed.unpacked().is_same(drawn((20, 20), (50, 50)))
    assert not workspace.readings(KEY)[4].problem
    (earlier,) = workspace.earlier(KEY, 4)
    assert "Lesion 2 of frame 5 is damaged" in earlier.problem
    assert earlier.packed.unpacked().is_same(drawn((20, 20)))


def test_a_reading_whose_shape_is_lost_keeps_its_callipers(workspace, place):
    workspace.store(KEY, 0, TWO.measured(CALLIPERS), base=0)
    tell(place, "UPDATE readings SET scan_rows = NULL")
    stored = workspace.readings(KEY)[0]
    assert stored.problem.count("damaged") == 2
    assert stored.packed.unpacked().is_same(Reading((), CALLIPERS, is_touched=True))


@pytest.mark.parametrize(
    ("callipers", "left"),
    [
        ("no JSON", ()),
        ("7", ()),
        ('{"a": 1}', ()),
        ('[{"number": 1, "kind": "circle", "points": []}]', ()),
        (
            HALF_KNOWN,
            CALLIPERS[1:],
        ),
    ],
)
def test_damaged_callipers_are_left_out_and_said(workspace, place, callipers, left):
    workspace.store(KEY, 0, full(), base=0)
    tell(place, "UPDATE readings SET callipers = :callipers", callipers=callipers)
    stored = workspace.readings(KEY)[0]
    assert stored.problem == "Callipers of frame 1 are damaged in the Workspace, and left out."
    assert stored.packed.unpacked().is_same(full().measured(left))


def test_words_that_are_not_known_count_for_nothing(workspace, place):
    workspace.store(KEY, 0, full(), base=0)
    tell(
        place,
        "UPDATE lesions SET source = 'telepathy', category = '7X', outcome = 'maybe', outcome_method = 'hearsay', outcome_date = '1.3.2026' "
        "WHERE number = 2",
    )
    outline = workspace.readings(KEY)[0].packed.unpacked().outline(2)
    assert outline is not None
    assert (outline.source, outline.assessment.category, outline.assessment.outcome) == (MaskSource.IMPORTED, "", Outcome.UNKNOWN)
    assert "speckled" in outline.assessment.remark
    assert outline.assessment.evidence == OutcomeEvidence(source="report “日本” 17")
    assert not workspace.readings(KEY)[0].problem


def test_words_that_are_not_known_stay_until_their_lesion_is_changed(workspace, open_workspace, place):
    workspace.store(KEY, 0, TWO, base=0)
    tell(place, "UPDATE lesions SET source = 'telepathy' WHERE number = 2")
    came = workspace.readings(KEY)[0].packed.unpacked()
    open_workspace("bert on us-2").store(KEY, 0, came.with_mask(1, disc(10, 10)), base=1)
    tell(place, "UPDATE lesions SET source = 'drawn' WHERE source = 'telepathy'")
    assert workspace.readings(KEY)[0].packed.unpacked().outline(2).source is MaskSource.DRAWN


@pytest.mark.parametrize(
    "what", ["changed = 'once'", "changed = ''", "reader = ''", "is_touched = 7", "callipers = x'00ff'", "scan_rows = 'many'", "revision = 'first'"]
)
def test_a_file_lets_anything_stand_anywhere(file, what):
    from busi_gui.store.workspace import Workspace

    workspace = Workspace(file)
    workspace.store(KEY, 0, full(), base=0)
    tell(file, f"UPDATE readings SET {what}")
    stored = workspace.readings(KEY)[0]
    assert isinstance(stored.revision, int)
    workspace.store(KEY, 0, drawn((10, 10)), base=None)
    assert workspace.readings(KEY)[0].packed.unpacked().is_same(drawn((10, 10)))
    workspace.close()


@pytest.mark.parametrize("what", ["mask = 'text'", "place = 'last'", "top = 'up'", "name = x'ff'", "is_locked = 'no'", "number = 'one'"])
def test_a_file_lets_anything_stand_in_a_lesion(file, what):
    from busi_gui.store.workspace import Workspace

    assert isinstance(file, Path)
    workspace = Workspace(file)
    workspace.store(KEY, 0, TWO, base=0)
    tell(file, f"UPDATE lesions SET {what} WHERE number = 1")
    assert workspace.readings(KEY)[0].packed.unpacked().outline(2) is not None
    workspace.store(KEY, 0, drawn((10, 10)), base=None)
    assert workspace.readings(KEY)[0].packed.unpacked().is_same(drawn((10, 10)))
    workspace.close()


def test_rows_that_do_not_change_are_not_written_again(file):
    from busi_gui.store.workspace import Workspace

    workspace = Workspace(file)
    workspace.store(KEY, 0, TWO, base=0)
    tell(
        file,
        "CREATE TRIGGER unchanged BEFORE UPDATE OF mask ON lesions WHEN old.number = 2 OR old.mask = new.mask "
        "BEGIN SELECT RAISE(ABORT, 'written'); END",
    )
    reading = TWO.with_mask(1, disc(10, 10))
    workspace.store(KEY, 0, reading, base=1)
    workspace.store(KEY, 0, reading.changed(2, name="new"), base=2)
    assert workspace.readings(KEY)[0].packed.unpacked().is_same(reading.changed(2, name="new"))
    workspace.close()
