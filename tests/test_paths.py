"""Where the program's own files and the user's lie."""

from __future__ import annotations

import sys
from pathlib import Path

from busi_gui import paths


def test_resources_lie_beside_the_package():
    assert paths.resources_dir() == Path(__file__).resolve().parents[1] / "resources"
    assert (paths.resources_dir() / "icons" / "app.svg").is_file()
    assert paths.weights_dir().parent == paths.samples_dir().parent == paths.resources_dir()


def test_a_frozen_program_finds_its_resources_in_the_bundle(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert paths.resources_dir() == tmp_path / "resources"


def test_the_environment_can_say_where_the_users_files_go(monkeypatch, tmp_path):
    monkeypatch.setenv("BUSI_GUI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("BUSI_GUI_DATA", str(tmp_path / "data"))
    assert paths.cache_dir() == tmp_path / "cache"
    assert paths.data_dir() == tmp_path / "data"


def test_else_the_system_says_and_nothing_is_made(monkeypatch, tmp_path):
    monkeypatch.delenv("BUSI_GUI_CACHE")
    monkeypatch.delenv("BUSI_GUI_DATA")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert paths.cache_dir().name == paths.data_dir().name == "busi-gui"
    assert paths.cache_dir() != paths.data_dir()
    assert list(tmp_path.iterdir()) == []


def test_measures_lie_with_the_documents_from_source_and_with_the_readers_work_in_a_frozen_program(monkeypatch, tmp_path):
    monkeypatch.delenv("BUSI_GUI_MEASURES")
    assert paths.measures_dir() == paths.resources_dir().parent / "docs" / "measures"
    assert paths.docs_dir() == paths.resources_dir().parent / "docs"
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert paths.measures_dir() == tmp_path / "data" / "measures"
    assert paths.docs_dir() is None


def test_the_built_program_starts_itself_again_on_windows_the_one_that_has_standard_output(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "/programs/busi-gui")
    assert paths.own_command() == ["/programs/busi-gui"]
    monkeypatch.setattr(sys, "platform", "win32")
    assert [Path(part).name for part in paths.own_command()] == ["busi-gui-cli.exe"]


def test_a_replay_pack_of_the_reader_comes_before_that_of_the_program(data_folder, monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "resources_dir", lambda: tmp_path / "program")
    assert paths.replay_pack() is None
    for folder in (tmp_path / "program", data_folder):
        folder.mkdir(exist_ok=True)
        (folder / "replay.pack").touch()
        assert paths.replay_pack() == folder / "replay.pack"
