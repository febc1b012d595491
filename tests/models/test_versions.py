"""Every version of the networks is kept, one is in use, and there is a way back."""

import json
import os
import shutil
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from models.analysis import ComparedFigure, NetworkError
from models.version_choice import CHOICE_FILE, HISTORY_FILE
from models.versions import VersionStore
from models.weights import PREPARED_DIR, read_manifest
from tests.models.version_folders import EVIDENCE, files_below, make_store, make_version

ROOT = Path(__file__).resolve().parents[2]
ADOPTING = """
import sys
from pathlib import Path
from models.analysis import NetworkError
from models.versions import VersionStore
store = VersionStore(Path(sys.argv[1]) / "shipped", Path(sys.argv[1]) / "networks")
for turn in range(10):
    try:
        store.adopt(sys.argv[2], sys.argv[2]) if turn % 2 else store.back(sys.argv[2])
    except NetworkError:
        pass
"""


def entry_of(store, name):
    return next(entry for entry in store.versions() if entry.name == name)


def make_writable(path):
    path.chmod(stat.S_IREAD | stat.S_IWRITE)
    return path


def test_without_any_others_the_shipped_version_is_in_use_and_nothing_is_written(tmp_path):
    store = make_store(tmp_path)
    (entry,) = store.versions()
    assert (entry.name, entry.is_shipped, entry.is_in_use, entry.problem) == ("1.0", True, True, "")
    assert store.in_use().folder == tmp_path / "shipped"
    assert store.history() == []
    assert not (tmp_path / "networks").exists()


def test_a_finished_version_moves_in_with_all_that_is_known_of_it(tmp_path):
    folder = make_version(tmp_path / "made", "1.0+a", 1, parent="1.0", evidence=EVIDENCE)
    (folder / "checkpoint").write_text("of the run")
    entry = make_store(tmp_path).add(folder)
    assert (entry.name, entry.parent, entry.is_parent_here, entry.who, entry.created) == ("1.0+a", "1.0", True, "anna", "2026-01-01")
    assert (entry.learned_from, entry.is_proposal, entry.origin) == ("made-up scans", True, "retrained here")
    assert entry.evidence.figures[0] == ComparedFigure("Dice, clinic", 0.81, 0.86)
    assert list(files_below(folder)) == ["checkpoint"]
    assert sorted(files_below(tmp_path / "networks" / "1.0+a")) == [
        "classifier.weights.h5", "evidence.json", "index.json", "manifest.json", "seen.npy", "segmenter.weights.h5",
    ]  # fmt: skip
    assert [path.name for path in (tmp_path / "networks").iterdir()] == ["1.0+a"]


def test_versions_of_one_day_stand_in_the_order_of_their_numbers(tmp_path):
    names = [entry.name for entry in make_store(tmp_path, "1.0+clinic.10.3fa9", "1.0+clinic.2.01ab", "1.0+clinic.1").versions()]
    assert names == ["1.0", "1.0+clinic.1", "1.0+clinic.2.01ab", "1.0+clinic.10.3fa9"]


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="Windows has no such bits")
def test_a_version_cannot_be_written_any_more(tmp_path):
    make_store(tmp_path, "a")
    assert all(not path.stat().st_mode & 0o222 for path in (tmp_path / "networks" / "a").iterdir())


def test_an_existing_name_is_refused_and_both_stay_as_they_are(tmp_path):
    store = make_store(tmp_path, "a")
    before = files_below(tmp_path)
    for name in ("a", "1.0"):
        folder = make_version(tmp_path / "again", name, 7)
        before |= {f"again/{file}": content for file, content in files_below(folder).items()}
        with pytest.raises(NetworkError, match=f"networks called {name} already"):
            store.add(folder)
        assert files_below(tmp_path) == before


@pytest.mark.parametrize("name", ["../a", "a/b", "", ".a", "a\\b", "CON", "a.", "in-use.json", "x" * 80])
def test_a_name_that_is_none_of_a_folder_is_refused(tmp_path, name):
    store = make_store(tmp_path)
    with pytest.raises(NetworkError, match="name cannot be"):
        store.add(make_version(tmp_path / "made", name, 1))
    assert list((tmp_path / "networks").iterdir()) == []


def test_weights_that_are_not_the_manifests_are_refused(tmp_path):
    store, folder = make_store(tmp_path), make_version(tmp_path / "made", "a", 1)
    shutil.copy(tmp_path / "shipped" / "segmenter.weights.h5", folder)
    with pytest.raises(NetworkError, match="weights are not those that its manifest names"):
        store.add(folder)
    assert [entry.name for entry in store.versions()] == ["1.0"]
    assert (folder / "segmenter.weights.h5").is_file()


def test_networks_of_another_architecture_are_refused_by_name_and_by_shape(tmp_path):
    store = make_store(tmp_path)
    with pytest.raises(NetworkError, match="do not fit segmenter"):
        store.add(make_version(tmp_path / "wide", "a", 1, channels=5))
    named = make_version(tmp_path / "named", "b", 1)
    replace(read_manifest(named), segmenter=replace(read_manifest(named).segmenter, name="unet")).write(named)
    with pytest.raises(NetworkError, match="other networks than this version of the program runs: unet, classifier"):
        store.add(named)
    built = make_version(tmp_path / "built", "c", 1)
    replace(read_manifest(built), segmenter=replace(read_manifest(built).segmenter, options={"size": 64})).write(built)
    with pytest.raises(NetworkError, match="other networks"):
        store.add(built)


def test_the_shipped_networks_fit_themselves(tmp_path):
    from busi_gui import paths
    from models.version_files import check_fits, checked_shipped

    check_fits(paths.weights_dir(), checked_shipped(paths.weights_dir()), paths.weights_dir())


@pytest.mark.parametrize("file", ["../segmenter.weights.h5", "segmenter.txt", "", "CLASSIFIER.weights.h5"])
def test_a_manifest_that_names_files_elsewhere_or_twice_is_refused(tmp_path, file):
    folder = make_version(tmp_path / "made", "a", 1)
    replace(read_manifest(folder), segmenter=replace(read_manifest(folder).segmenter, file=file)).write(folder)
    with pytest.raises(NetworkError, match="cannot be understood"):
        make_store(tmp_path).add(folder)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": 3}, "newer version of this program"),
        ({"format": 1}, "older version"),
        ({"temperature": 0}, "understood"),
        ({"temperature": "warm"}, "understood"),
        ({"classifiers": []}, "understood"),
        ({"version": 7}, "understood"),
    ],
)
def test_a_manifest_that_cannot_be_used_says_why(tmp_path, change, said):
    folder = make_version(tmp_path / "made", "a", 1)
    raw = json.loads((folder / "manifest.json").read_text()) | change
    (folder / "manifest.json").write_text(json.dumps(raw))
    with pytest.raises(NetworkError, match=said):
        make_store(tmp_path).add(folder)


def test_using_and_going_back_walk_through_what_was_in_use_and_are_written_down(tmp_path):
    store = make_store(tmp_path, "a", "b")
    for name in ("a", "b"):
        store.adopt(name, "anna")
    assert store.in_use().folder == tmp_path / "networks" / "b"
    assert [store.in_use().before, store.back("ben").after, store.in_use().before, store.back("ben").after] == ["a", "a", "1.0", "1.0"]
    assert store.in_use().folder == tmp_path / "shipped"
    with pytest.raises(NetworkError, match="nothing to go back to"):
        store.back("ben")
    history = store.history()
    assert [(change.who, change.before, change.after, change.is_back) for change in history] == [
        ("anna", "1.0", "a", False), ("anna", "a", "b", False), ("ben", "b", "a", True), ("ben", "a", "1.0", True),
    ]  # fmt: skip
    assert all(change.when.endswith("Z") for change in history)


def test_after_going_back_another_choice_goes_on_from_there(tmp_path):
    store = make_store(tmp_path, "a", "b")
    store.adopt("a", "anna")
    store.back("anna")
    store.adopt("b", "anna")
    store.adopt("1.0", "anna")
    assert [store.back("anna").after, store.back("anna").after] == ["b", "1.0"]


@pytest.mark.parametrize("name", ["none", "../shipped", "", "a/../a"])
def test_what_is_not_there_cannot_be_used(tmp_path, name):
    with pytest.raises(NetworkError, match="no networks called"):
        make_store(tmp_path, "a").adopt(name, "anna")


def test_what_is_in_use_is_not_chosen_again(tmp_path):
    store = make_store(tmp_path)
    with pytest.raises(NetworkError, match="in use already"):
        store.adopt("1.0", "anna")


def test_what_the_evidence_speaks_against_cannot_be_used(tmp_path):
    store = make_store(tmp_path)
    store.add(make_version(tmp_path / "made", "a", 1, evidence=EVIDENCE | {"objections": ["The base figures fall."]}))
    with pytest.raises(NetworkError, match=r"may not be used: The base figures fall\."):
        store.adopt("a", "anna")
    store.add(make_version(tmp_path / "odd", "b", 2, evidence=["nothing"]))
    with pytest.raises(NetworkError, match="cannot be understood"):
        store.adopt("b", "anna")
    assert store.in_use().name == "1.0"


def test_what_was_compared_comes_with_a_version_and_stays_what_it_was_in_a_file_for_others(tmp_path):
    store, other = make_store(tmp_path / "here"), make_store(tmp_path / "there")
    told = EVIDENCE | {"remarks": ["The rise may be chance."], "comparison": {"clinic": {"cases": 3}}}
    store.add(make_version(tmp_path / "made", "a", 1, evidence=told))
    store.export("a", tmp_path / "a.busi-networks", "anna")
    entry = other.import_(tmp_path / "a.busi-networks")
    assert entry.evidence is not None
    assert entry.evidence.remarks == ("The rise may be chance.",)
    assert entry.evidence.comparison == {"clinic": {"cases": 3}}


@pytest.mark.parametrize("file", ["segmenter.weights.h5", "manifest.json", "evidence.json", "seen.npy", "index.json"])
@pytest.mark.parametrize("how", ["changed", "missing"])
def test_a_damaged_version_is_listed_with_the_reason_and_the_shipped_one_is_used_instead(tmp_path, file, how):
    store = make_store(tmp_path, "a")
    store.adopt("a", "anna")
    path = make_writable(tmp_path / "networks" / "a" / file)
    if how == "changed":
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    else:
        path.unlink()
    assert entry_of(store, "a").problem
    assert not entry_of(store, "a").is_in_use
    in_use = store.in_use()
    assert (in_use.folder, entry_of(store, "1.0").is_in_use) == (tmp_path / "shipped", True)
    assert in_use.problem.startswith("The networks a cannot be used: ")
    assert in_use.problem.endswith("Those that came with the program are used.")
    with pytest.raises(NetworkError, match="a cannot be used"):
        store.adopt("a", "anna")


def test_a_version_that_is_gone_or_has_more_in_it_than_it_had_is_not_used(tmp_path):
    store = make_store(tmp_path, "a", "b")
    store.adopt("a", "anna")
    store.adopt("b", "anna")
    shutil.rmtree(tmp_path / "networks" / "b")
    assert "missing" in store.in_use().problem
    (tmp_path / "networks" / "a" / "more.h5").touch()
    assert "more.h5" in entry_of(store, "a").problem
    assert store.back("anna").after == "1.0", "what cannot be used is passed over"


def test_flatbuffers_that_somebody_put_into_a_version_are_no_part_of_it(tmp_path):
    store = make_store(tmp_path, "1.1")
    store.adopt("1.1", "anna")
    folder = tmp_path / "networks" / "1.1"
    make_writable(folder)
    (folder / PREPARED_DIR).mkdir()
    (folder / PREPARED_DIR / "segmenter.tflite").touch()
    assert store.in_use().folder == tmp_path / "shipped"
    assert PREPARED_DIR in store.in_use().problem


def test_the_program_s_own_networks_cannot_be_exported_where_they_came_without_weights(tmp_path):
    store = make_store(tmp_path, "a")
    for weights in (tmp_path / "shipped").glob("*.weights.h5"):
        weights.unlink()
    with pytest.raises(NetworkError, match="full variant"):
        store.export("1.0", tmp_path / "1.0.busi-networks", "anna")
    assert not list(tmp_path.glob("*.busi-networks"))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"in_use": 1, "before": []}', '{"in_use": "a", "before": [2]}', "\0", "[" * 100_000])
def test_a_choice_that_cannot_be_read_is_the_shipped_version_and_is_said(tmp_path, content):
    store = make_store(tmp_path, "a")
    (tmp_path / "networks" / CHOICE_FILE).write_text(content)
    assert store.in_use().folder == tmp_path / "shipped"
    assert "cannot be read" in store.in_use().problem
    store.adopt("a", "anna")
    assert store.in_use().name == "a"


def test_folders_that_are_no_versions_are_listed_and_never_raise(tmp_path):
    store = make_store(tmp_path, "a")
    (tmp_path / "networks" / "empty").mkdir()
    odd = make_version(tmp_path / "networks" / "odd", "other", 3)
    (odd / "index.json").write_text('{"format": 99}')
    problems = {entry.name: entry.problem for entry in store.versions()}
    assert problems["a"] == ""
    assert "missing" in problems["empty"]
    assert "newer version" in problems["odd"]


def test_a_line_of_the_history_that_was_cut_short_costs_no_other(tmp_path):
    store = make_store(tmp_path, "a")
    store.adopt("a", "anna")
    path = tmp_path / "networks" / HISTORY_FILE
    path.write_text(path.read_text() + '{"when": "20')
    store.back("ben")
    assert [change.after for change in store.history()] == ["a", "1.0"]


def test_only_what_was_never_in_use_can_be_deleted(tmp_path):
    store = make_store(tmp_path, "a", "b", "c")
    store.adopt("a", "anna")
    store.adopt("b", "anna")
    store.back("anna")
    store.back("anna")
    for name in ("1.0", "a", "b"):
        with pytest.raises(NetworkError, match="results may rest on them"):
            store.delete(name)
    with pytest.raises(NetworkError, match="no networks called x"):
        store.delete("x")
    store.delete("c")
    assert [entry.name for entry in store.versions()] == ["1.0", "a", "b"]
    assert not list((tmp_path / "networks").glob(".*"))


def test_what_a_process_that_died_left_behind_is_cleared_away_and_what_is_new_is_not(tmp_path):
    store = make_store(tmp_path, "a")
    for name, age_s in ((".partial-1", 48 * 3600), (".partial-2", 60)):
        folder = tmp_path / "networks" / name
        folder.mkdir()
        os.utime(folder, (folder.stat().st_mtime - age_s,) * 2)
    store.add(make_version(tmp_path / "made", "b", 5))
    assert [path.name for path in (tmp_path / "networks").glob(".*")] == [".partial-2"]


def test_a_choice_is_renamed_into_its_place_and_never_written_where_others_read_it(tmp_path):
    store = make_store(tmp_path, "a", "b")
    store.adopt("a", "anna")
    os.link(tmp_path / "networks" / CHOICE_FILE, tmp_path / "as it is read meanwhile")
    before = (tmp_path / "as it is read meanwhile").read_bytes()
    store.adopt("b", "anna")
    assert (tmp_path / "as it is read meanwhile").read_bytes() == before


def test_several_windows_that_choose_at_once_never_leave_half_a_choice(tmp_path):
    store = make_store(tmp_path, "a", "b")
    command = [sys.executable, "-c", ADOPTING, str(tmp_path)]
    windows = [subprocess.Popen([*command, name], cwd=ROOT) for name in ("a", "b")]
    while any(window.poll() is None for window in windows):
        in_use = store.in_use()
        assert in_use.problem == ""
        assert in_use.name in ("1.0", "a", "b")
    assert all(window.returncode == 0 for window in windows)
    lines = (tmp_path / "networks" / HISTORY_FILE).read_text().splitlines()
    assert len(store.history()) == len(lines) > 0
    assert not list((tmp_path / "networks").glob(".*"))


def test_where_nothing_can_be_written_it_is_said_and_all_stays_as_it_is(tmp_path):
    (tmp_path / "networks").write_text("a file")
    store = VersionStore(make_version(tmp_path / "shipped"), tmp_path / "networks")
    with pytest.raises(NetworkError, match="cannot be added"):
        store.add(make_version(tmp_path / "made", "a", 1))
    assert [entry.name for entry in store.versions()] == ["1.0"]
    assert (tmp_path / "made" / "manifest.json").is_file()
