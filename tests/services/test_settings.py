"""What the program remembers, and that a damaged settings file is no reason to fail."""

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray

from busi_gui.services.settings import MOST_RECENT_FILES, Settings


@pytest.fixture
def file(tmp_path):
    return tmp_path / "settings.ini"


def made(folder, *names):
    paths = [folder / name for name in names]
    for path in paths:
        path.touch()
    return paths


def test_recent_files_come_newest_first_and_once_each(file, tmp_path):
    first, second = made(tmp_path, "a b.png", "ü.png")
    settings = Settings(file)
    for path in (first, second, first):
        settings.add_recent_file(path)
    assert settings.recent_files == (first, second)


def test_only_the_last_ten_files_are_remembered(file, tmp_path):
    paths = made(tmp_path, *(f"{n}.png" for n in range(14)))
    settings = Settings(file)
    for path in paths:
        settings.add_recent_file(path)
    assert settings.recent_files == tuple(reversed(paths[-MOST_RECENT_FILES:]))


def test_recent_files_are_offered_without_a_look_at_their_drives(file, tmp_path, monkeypatch):
    paths = [tmp_path / "on a stick.png", tmp_path / ("too long a name" * 100)]
    settings = Settings(file)
    for path in paths:
        settings.add_recent_file(path)
    looked = []
    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", lambda path, **_: looked.append(path))
        patch.setattr(Path, "exists", looked.append)
        recent = settings.recent_files
    assert recent == tuple(reversed(paths))
    assert looked == []


def test_recent_files_can_be_forgotten(file, tmp_path):
    (path,) = made(tmp_path, "a.png")
    settings = Settings(file)
    settings.add_recent_file(path)
    settings.clear_recent_files()
    assert settings.recent_files == ()


def test_everything_is_there_again_at_the_next_start(file, tmp_path):
    settings = Settings(file)
    settings.window_geometry = QByteArray(b"\0geometry")
    settings.window_state = QByteArray(b"state\xff")
    settings.accepted_notice = "1"
    settings.is_identity_hidden = True
    settings.colour_map = "viridis"
    settings.last_folder = tmp_path
    settings.set_layer_visible("fill", True)
    settings.set_layer_opacity("fill", 0.35)
    settings.changed_keys = {"fit": "Ctrl+F", "hand": ""}
    settings.save()

    again = Settings(file)
    assert again.window_geometry == QByteArray(b"\0geometry")
    assert again.window_state == QByteArray(b"state\xff")
    assert again.accepted_notice == "1"
    assert again.is_identity_hidden
    assert again.colour_map == "viridis"
    assert again.last_folder == tmp_path
    assert again.is_layer_visible("fill", default=False)
    assert again.layer_opacity("fill", 1.0) == 0.35
    assert again.changed_keys == {"fit": "Ctrl+F", "hand": ""}


def test_at_first_everything_is_its_default(file):
    settings = Settings(file)
    assert settings.recent_files == ()
    assert settings.last_folder is None
    assert settings.window_geometry.isEmpty()
    assert settings.accepted_notice == ""
    assert not settings.is_identity_hidden
    assert settings.is_layer_visible("outline", default=True)
    assert settings.layer_opacity("saliency", 0.45) == 0.45
    assert settings.changed_keys == {}


@pytest.mark.parametrize("rubbish", ["nonsense", "7", "[1, 2]", '{"fit": 3}', "@ByteArray(x", "-1", "nan", "true"])
def test_values_that_cannot_be_understood_are_their_defaults(file, rubbish):
    file.write_text(
        f"[files]\nrecent={rubbish}\nlast_folder={rubbish}\n[window]\ngeometry={rubbish}\n[view]\nidentity_hidden={rubbish}x\n"
        f"[layers]\nfill_visible={rubbish}x\nfill_opacity={rubbish}\n[keys]\nchanged={rubbish}\n",
        encoding="utf-8",
    )
    settings = Settings(file)
    assert settings.recent_files == ()
    assert settings.last_folder is None
    assert settings.window_geometry.isEmpty()
    assert not settings.is_identity_hidden
    assert settings.is_layer_visible("fill", default=True)
    assert settings.layer_opacity("fill", 0.25) == 0.25
    assert settings.changed_keys == {}


def test_without_a_file_settings_go_where_the_system_keeps_them(data_folder):
    settings = Settings()
    settings.colour_map = "magma"
    settings.save()
    assert Settings().colour_map == "magma"


def test_a_last_folder_that_is_gone_is_forgotten(file, tmp_path):
    settings = Settings(file)
    settings.last_folder = tmp_path / "gone"
    assert settings.last_folder is None


def test_a_last_folder_that_may_not_be_looked_at_is_forgotten(file, tmp_path, monkeypatch):
    settings = Settings(file)
    settings.last_folder = tmp_path / ("too long a name" * 100)
    assert settings.last_folder is None


def test_a_changed_lesion_is_diagnosed_at_once_unless_the_reader_says_otherwise(file):
    assert Settings(file).diagnose_at_once
    Settings(file).diagnose_at_once = False
    assert not Settings(file).diagnose_at_once
    file.write_text("[diagnosis]\nat_once=perhaps\n")
    assert Settings(file).diagnose_at_once
