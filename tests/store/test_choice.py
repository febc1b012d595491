"""Which Workspace the reader has chosen."""

import pytest

from busi_gui.store.choice import choose_place, chosen_place, own_place, place_in_use
from busi_gui.store.workspace import WorkspaceError


def test_at_first_it_is_the_programs_own(tmp_path):
    assert chosen_place(tmp_path) == ""
    assert place_in_use(tmp_path) == own_place(tmp_path) == tmp_path / "workspace.db"


@pytest.mark.parametrize("place", ["postgresql://reader@host/breast", "/elsewhere/wörk.db"])
def test_a_choice_is_kept_and_can_be_taken_back(tmp_path, place):
    folder = tmp_path / "new"
    choose_place(folder, place)
    assert chosen_place(folder) == place
    assert str(place_in_use(folder)) == place
    choose_place(folder, "")
    assert place_in_use(folder) == own_place(folder)
    choose_place(folder, "")
    assert [path.name for path in folder.iterdir()] == []


def test_a_choice_that_cannot_be_kept_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="cannot be kept"):
        choose_place(tmp_path / "file", "/elsewhere/work.db")


def test_a_damaged_choice_is_none(tmp_path):
    (tmp_path / "workspace-place.txt").write_bytes(b"\xff\xfe\xff")
    assert place_in_use(tmp_path) == own_place(tmp_path)
