"""What is remembered of scans."""

from __future__ import annotations

import os
import sqlite3
import threading
from typing import Any

import numpy as np
import pytest

from busi_gui.domain.case import CaseStatus
from busi_gui.domain.scan import Box, Spacing, content_key
from busi_gui.store.workspace import Note, Workspace, WorkspaceError

KEY = content_key(np.zeros((3, 4), np.uint8))
FULL: dict[str, Any] = {
    "status": CaseStatus.REVIEWED,
    "p_malignant": 0.83,
    "calibration": Spacing(0.08, 0.07),
    "field": Box(1, 2, 30, 40),
    "is_analysed": True,
    "is_doubted": True,
    "p_low": 0.7,
    "p_high": 0.9,
    "opinions": (0.79, 0.86),
    "networks": "version 0.2.0; segmenter; classifier; segmenter.weights.h5 sha256:4d4c9b11",
}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "new folder" / "workspace.db"


@pytest.fixture
def workspace(file):
    made = Workspace(file)
    yield made
    made.close()


def test_nothing_is_known_of_a_new_scan(workspace):
    assert workspace.note(KEY) == Note()


def test_what_is_remembered_is_found_by_another_program(workspace, file):
    workspace.remember(KEY, **FULL)
    other = Workspace(file)
    assert other.note(KEY) == Note(**FULL)
    other.close()


def test_what_is_not_named_stays(workspace):
    workspace.remember(KEY, **FULL)
    assert workspace.remember(KEY, calibration=None) == Note(**{**FULL, "calibration": None})
    assert workspace.note(KEY).field == FULL["field"]


def test_a_scan_without_a_lesion_is_told_from_one_that_was_never_analysed(workspace):
    other = content_key(np.ones((3, 4), np.uint8))
    workspace.remember(KEY, status=CaseStatus.ANALYSED, p_malignant=None, is_analysed=True)
    workspace.remember(other, calibration=Spacing(0.1, 0.1))
    for key in (KEY, other):
        workspace.remember(key, status=CaseStatus.REVIEWED)
    assert [workspace.note(key).is_analysed for key in (KEY, other)] == [True, False]


def test_many_scans_are_asked_for_at_once(workspace):
    keys = [content_key(np.full((2, 2), n, np.uint8)) for n in range(3)]
    for n, key in enumerate(keys[:2]):
        workspace.remember(key, p_malignant=n / 10)
    assert workspace.notes(keys) == {key: workspace.note(key) for key in keys[:2]}
    assert workspace.notes([]) == {}


def test_threads_do_not_lose_each_others_notes(workspace):
    keys = [content_key(np.full((2, 2), n, np.uint8)) for n in range(40)]
    threads = [
        threading.Thread(target=lambda part=part: [workspace.remember(key, p_malignant=0.5) for key in part]) for part in (keys[::2], keys[1::2])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(workspace.note(key).p_malignant == 0.5 for key in keys)


def test_reading_does_not_wait_for_another_program_that_writes(workspace, file):
    workspace.remember(KEY, p_malignant=0.5)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert workspace.note(KEY).p_malignant == 0.5
    assert workspace.notes([KEY])[KEY].p_malignant == 0.5
    other.close()


def test_a_damaged_database_is_named(file):
    file.parent.mkdir()
    file.write_bytes(os.urandom(4096))
    with pytest.raises(WorkspaceError, match=r"workspace\.db"):
        Workspace(file)


def test_a_workspace_in_memory_serves_all_threads():
    workspace = Workspace()
    thread = threading.Thread(target=lambda: workspace.remember(KEY, p_malignant=0.25))
    thread.start()
    thread.join()
    assert workspace.note(KEY).p_malignant == 0.25
    workspace.close()


def test_scans_of_the_same_bytes_but_another_shape_are_told_apart():
    pixels = np.arange(12, dtype=np.uint8)
    assert content_key(pixels.reshape(3, 4)) != content_key(pixels.reshape(4, 3))
    assert content_key(pixels.reshape(3, 4)) == content_key(np.asfortranarray(pixels.reshape(3, 4)))


@pytest.mark.parametrize(
    ("wrong", "lost"),
    [
        ("status = 'of a newer version'", {"status": CaseStatus.NEW}),
        ("row_mm = -1", {"calibration": None}),
        ("bottom = 0", {"field": None}),
        ("opinions = '[0.1, '", {"opinions": ()}),
        ("opinions = '7'", {"opinions": ()}),
        ("p_low = 'much'", {"p_low": None}),
        ("networks = NULL", {"networks": ""}),
    ],
)
def test_what_cannot_be_understood_costs_nothing_else(workspace, file, wrong, lost):
    workspace.remember(KEY, **FULL)
    with sqlite3.connect(file) as connection:
        connection.execute(f"UPDATE scans SET {wrong}")
    connection.close()
    assert workspace.note(KEY) == Note(**FULL | lost)
    assert workspace.notes([KEY]) == {KEY: Note(**FULL | lost)}
    assert workspace.remember(KEY, p_malignant=0.5).p_malignant == 0.5
