"""Networks are chosen, exported, imported and deleted while the window goes on."""

import sys

import pytest

from busi_gui.services.model_service import ModelService
from busi_gui.services.states import NetworkStatus
from models.analysis import NetworkError
from tests.models.version_folders import files_below
from tests.services.fake_pipeline import INFO, FakePipeline
from tests.services.test_model_reload import OTHER, Other
from tests.services.version_room import VersionRoom


@pytest.fixture
def room(qtbot, tmp_path):
    made = VersionRoom(tmp_path / "here", "a", "b")
    yield made
    assert made.versions.shut_down()


class Loading:
    """Loads what the store says is in use: the shipped version, another, or one that cannot be loaded."""

    def __init__(self, store):
        self.store = store

    def __call__(self):
        name = self.store.in_use().name
        if name == "b":
            raise NetworkError("There is no memory left.")
        return Other() if name == "a" else FakePipeline()


@pytest.fixture
def models(qtbot, room):
    made = ModelService(Loading(room.store), ("false",))
    room.versions.follow(made)
    made.start()
    qtbot.waitUntil(lambda: made.state.status is NetworkStatus.READY)
    yield made
    assert made.shut_down()


def names(listed):
    return [entry.name for entry in listed.entries]


def test_what_there_is_is_listed(qtbot, room):
    room.versions.refresh()
    assert room.versions.is_busy
    qtbot.waitUntil(lambda: len(room.lists) == 1)
    assert names(room.lists[0]) == ["1.0", "a", "b"]
    assert room.lists[0].in_use.name == "1.0"
    assert room.told == []
    assert room.busy == [True, False]


def test_what_is_chosen_is_loaded_and_said_when_it_answers(qtbot, room, models):
    room.versions.use("a")
    assert room.answer(qtbot) == ("done", "The networks a are in use.")
    assert models.state.info == OTHER
    assert [(change.who, change.after) for change in room.lists[-1].changes] == [("anna on desk", "a")]
    room.versions.back()
    assert room.answer(qtbot) == ("done", "The networks 1.0 are in use.")
    assert models.state.info == INFO


def test_what_cannot_be_loaded_is_undone_and_it_is_said_why(qtbot, room, models):
    room.versions.use("b")
    assert room.answer(qtbot) == ("failed", "There is no memory left. The networks 1.0 are in use.")
    assert room.store.in_use().name == "1.0"
    assert models.state.info == INFO
    assert [(change.after, change.is_back) for change in room.store.history()] == [("b", False), ("1.0", True)]
    qtbot.waitUntil(lambda: not models.is_loading)


def test_networks_that_never_answered_are_undone_too(qtbot, room):
    room.store.adopt("a", "anna")
    models = ModelService(Loading(room.store), ("false",))
    room.versions.follow(models)
    room.versions.use("b")
    said = room.answer(qtbot)
    assert said == ("failed", "There is no memory left. The networks a are in use.")
    qtbot.waitUntil(lambda: models.state.info == OTHER)
    assert models.shut_down()


def test_nothing_is_begun_while_something_is_under_way_and_the_list_can_be_had(qtbot, room, models):
    room.versions.use("a")
    room.versions.delete("b")
    room.versions.use("b")
    qtbot.waitUntil(lambda: len(room.lists) == 1)
    room.versions.refresh()
    qtbot.waitUntil(lambda: len(room.lists) >= 2)  # told again, whether or not the networks are still being loaded
    assert room.answer(qtbot)[0] == "done"
    assert names(room.lists[-1]) == ["1.0", "a", "b"]


def test_what_is_refused_is_said_and_the_list_is_told_all_the_same(qtbot, room):
    room.versions.delete("1.0")
    how, said = room.answer(qtbot)
    assert how == "failed"
    assert "results may rest on them" in said
    assert names(room.lists[-1]) == ["1.0", "a", "b"]
    room.versions.delete("b")
    assert room.answer(qtbot) == ("done", "b is deleted.")
    assert names(room.lists[-1]) == ["1.0", "a"]


def test_a_version_goes_to_another_computer_as_a_file(qtbot, room, tmp_path):
    file = tmp_path / "a.busi-networks"
    room.versions.export("a", file)
    assert room.answer(qtbot) == ("done", f"a is written to {file}.")
    there = VersionRoom(tmp_path / "there")
    there.versions.import_file(file)
    how, said = there.answer(qtbot)
    assert (how, "not in use before you say so" in said) == ("done", True)
    (entry,) = [entry for entry in there.lists[-1].entries if entry.name == "a"]
    assert "exported by anna on desk" in entry.origin
    assert there.lists[-1].arrived == "a"
    there.versions.refresh()
    qtbot.waitUntil(lambda: len(there.lists) == 2)
    assert there.lists[-1].arrived == "", "it has just come only once"
    assert there.versions.shut_down()


def test_others_of_a_name_that_is_taken_come_in_and_it_is_said_what_they_are_called(qtbot, room, tmp_path):
    file = tmp_path / "b.busi-networks"
    room.store.export("b", file, "anna")
    there = VersionRoom(tmp_path / "there", "b")
    there.versions.import_file(file)
    how, said = there.answer(qtbot)
    arrived = there.lists[-1].arrived
    assert (how, arrived[:2]) == ("done", "b+")
    assert said.startswith(f"{arrived} is imported")
    assert "It came as b, as other networks here are called." in said
    there.versions.import_file(file)
    assert there.answer(qtbot) == ("failed", f"b.busi-networks cannot be imported: these networks are here already, called {arrived}. Use those.")
    assert there.versions.shut_down()


def test_a_damaged_file_is_refused_and_leaves_nothing(qtbot, room, tmp_path):
    file = tmp_path / "a.busi-networks"
    room.store.export("a", file, "anna")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 4
    file.write_bytes(content)
    there = VersionRoom(tmp_path / "there")
    before = files_below(tmp_path / "there")
    there.versions.import_file(file)
    how, said = there.answer(qtbot)
    assert how == "failed"
    assert said.startswith("a.busi-networks cannot be imported")
    assert files_below(tmp_path / "there") == before
    assert there.versions.shut_down()


def test_an_unknown_parent_is_said(qtbot, room, tmp_path):
    file = tmp_path / "a.busi-networks"
    room.store.export("a", file, "anna")
    there = VersionRoom(tmp_path / "there")
    (tmp_path / "there" / "shipped" / "manifest.json").write_text(
        (tmp_path / "there" / "shipped" / "manifest.json").read_text().replace('"version": "1.0"', '"version": "2.0"')
    )
    there.versions.import_file(file)
    assert "made from 1.0, which is not on this computer" in there.answer(qtbot)[1]
    assert there.versions.shut_down()


@pytest.mark.parametrize("code", ["import os; os.abort()", "import sys; sys.exit(3)", ""])
def test_a_file_that_ends_whoever_looks_at_it_does_not_end_the_window(qtbot, tmp_path, code):
    room = VersionRoom(tmp_path, command=[sys.executable, "-c", code])
    room.versions.import_file(tmp_path / "x")
    assert room.answer(qtbot) == ("failed", "The file could not be examined: it is damaged in an unknown way.")
    assert room.versions.shut_down()


def test_quitting_does_not_wait_for_an_import(qtbot, tmp_path):
    room = VersionRoom(tmp_path, command=[sys.executable, "-c", "import time; time.sleep(600)"])
    room.versions.import_file(tmp_path / "x")
    assert room.versions.shut_down(limit_s=5)
    room.versions.refresh()
    assert room.lists == []


def test_after_a_bug_the_next_wish_is_done_all_the_same(qtbot, room, monkeypatch):
    bugs = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, error, _trace: bugs.append(error))
    with monkeypatch.context() as patch:
        patch.setattr(room.store, "adopt", lambda *_: 1 / 0)
        room.versions.use("a")
        qtbot.waitUntil(lambda: bool(bugs))
    assert not room.versions.is_busy
    room.versions.use("a")
    assert room.answer(qtbot)[0] == "done"


def test_what_another_window_has_chosen_is_seen_when_looking_again(qtbot, room):
    room.store.adopt("a", "somebody else")
    room.versions.refresh()
    qtbot.waitUntil(lambda: bool(room.lists))
    assert room.lists[-1].in_use.name == "a"
