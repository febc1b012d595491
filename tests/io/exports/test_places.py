"""An export is there whole or not at all, and overwrites nothing unasked."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from busi_gui.io.errors import WriteError
from busi_gui.io.exports.busi import busi_export
from busi_gui.io.exports.coco import coco_export
from busi_gui.io.exports.measures_table import table_export
from tests.io.exports.export_cases import SEVERAL, make_case

EXPORTS: dict[str, Any] = {"busi": busi_export, "coco": coco_export, "table.csv": table_export}


@pytest.fixture(params=EXPORTS)
def name(request):
    return request.param


def write(out, name, case=None, **how):
    with EXPORTS[name](out, **how) as writer:
        writer.add(case or make_case(masks=SEVERAL))


def content(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class _Ended(BaseException):
    pass


def write_and_end(out, name, **how):
    with EXPORTS[name](out, **how) as writer:
        writer.add(make_case("case_0009", SEVERAL))
        assert len(list(out.parent.iterdir())) == (2 if how else 1)
        raise _Ended


def write_while_another_comes(out):
    with busi_export(out) as writer:
        writer.add(make_case())
        (out / "mine.txt").write_text("mine")


def test_an_export_that_is_ended_leaves_nothing(tmp_path, name):
    with pytest.raises(_Ended):
        write_and_end(tmp_path / name, name)
    assert list(tmp_path.iterdir()) == []


def test_an_export_that_is_ended_leaves_the_one_before(tmp_path, name):
    write(tmp_path / name, name)
    before = content(tmp_path)
    with pytest.raises(_Ended):
        write_and_end(tmp_path / name, name, is_overwriting=True)
    assert content(tmp_path) == before


def test_nothing_is_overwritten_unasked(tmp_path, name):
    write(tmp_path / name, name)
    before = content(tmp_path)
    with pytest.raises(WriteError, match="nothing is overwritten unasked"):
        write(tmp_path / name, name, make_case("case_0009", SEVERAL))
    assert content(tmp_path) == before


def test_an_earlier_export_is_replaced_as_a_whole_where_that_is_asked_for(tmp_path, name):
    write(tmp_path / name, name)
    write(tmp_path / name, name, make_case("case_0009", SEVERAL), is_overwriting=True)
    written = "".join(content(tmp_path)) + "".join(part.decode("latin-1") for part in content(tmp_path).values())
    assert "case_0009" in written
    assert "case_0001" not in written
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("strange", ["notes.txt", "benign/report.pdf", "images/deep/x.png", "holiday.png"])
@pytest.mark.parametrize("name", ["busi", "coco"], indirect=True)
def test_a_folder_with_anything_else_in_it_is_never_replaced(tmp_path, name, strange):
    write(tmp_path / name, name)
    (tmp_path / name / strange).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name / strange).write_text("mine")
    with pytest.raises(WriteError, match="which no export wrote"):
        write(tmp_path / name, name, is_overwriting=True)
    assert (tmp_path / name / strange).read_text() == "mine"


def test_what_comes_into_the_folder_meanwhile_is_not_lost(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(WriteError, match="is not empty"):
        write_while_another_comes(out)
    assert content(out) == {"mine.txt": b"mine"}
    assert list(tmp_path.iterdir()) == [out]


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "out").mkdir()
    write(tmp_path / "out", "busi")
    assert (tmp_path / "out" / "sources.csv").is_file()
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]


def test_folders_on_the_way_are_made(tmp_path, name):
    write(tmp_path / "a" / "b" / name, name)
    assert (tmp_path / "a" / "b" / name).exists()


def test_a_file_where_the_folder_should_be_is_said(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(WriteError, match="is a file"):
        write(tmp_path / "out", "busi", is_overwriting=True)
    with pytest.raises(WriteError, match="is a folder"):
        write(tmp_path, "table.csv", is_overwriting=True)


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path, monkeypatch):
    def full(self, content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    for name in ("busi", "coco"):
        with pytest.raises(WriteError, match="The disk is full"):
            write(tmp_path / name, name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_disk_that_is_full_when_the_table_is_closed_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("busi_gui.io.exports.places._free_place", lambda out, what: Path("/dev/full"))
    monkeypatch.setattr(Path, "unlink", lambda self, missing_ok=False: None)
    with pytest.raises(WriteError, match="The disk is full"):
        write(tmp_path / "table.csv", "table.csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="who may write everywhere is refused nowhere")
def test_a_folder_without_permission_is_said(tmp_path, name):
    tmp_path.chmod(0o500)
    with pytest.raises(WriteError, match="no permission"):
        write(tmp_path / name, name)
    tmp_path.chmod(0o700)
