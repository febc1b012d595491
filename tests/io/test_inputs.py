"""What the commands are given: files, folders, discs; names of results; which frames."""

from __future__ import annotations

from pathlib import Path

import pytest

from busi_gui.io.inputs import expand_paths, parse_frames, result_names


def test_a_folder_stands_for_the_readable_files_in_and_below_it(tmp_path):
    (tmp_path / "below" / "deep").mkdir(parents=True)
    for name in ("b.png", "a.webp", "notes.txt", "below/c.dcm", "below/deep/d.tif", "below/c_mask.png"):
        (tmp_path / name).write_bytes(b"x")
    assert [path.name for path in expand_paths([tmp_path])] == ["a.webp", "b.png", "c.dcm", "d.tif"]


def test_a_file_that_is_named_twice_is_read_once(tmp_path):
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"x")
    assert [path.name for path in expand_paths([tmp_path / "b.png", tmp_path, tmp_path / "a.png"])] == ["b.png", "a.png"]


def test_what_does_not_exist_stays_to_be_reported(tmp_path):
    assert expand_paths([tmp_path / "none.png", tmp_path / "DICOMDIR"]) == [tmp_path / "none.png", tmp_path / "DICOMDIR"]


def test_results_of_equal_names_get_numbers():
    files = [Path("a/scan.png"), Path("b/SCAN.webp"), Path("c/scan_2.dcm"), Path("d/1.2.840.5")]
    assert [name for _, name in result_names(files)] == ["scan", "SCAN_2", "scan_2_2", "1.2.840.5"]


def test_frames_are_first_all_or_numbers_from_nought():
    assert parse_frames("first") == "first"
    assert parse_frames("all") == "all"
    assert parse_frames("3,0,3,12") == (3, 0, 12)
    for text in ("", "some", "1,", "-1", "1-3", "2.5"):
        with pytest.raises(ValueError, match="is neither first, all, nor numbers from 0"):
            parse_frames(text)
