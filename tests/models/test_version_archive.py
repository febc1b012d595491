"""A version travels as one file: whole and unchanged, or not at all."""

import json
import random
import re
import shutil
import zipfile
from dataclasses import replace

import pytest

from models.analysis import NetworkError
from models.version_archive import SUFFIX
from models.version_files import INDEX_FILE
from models.versions import VersionStore
from models.weights import read_manifest, sha256_of
from tests.models.version_folders import EVIDENCE, files_below, make_store, make_version

NAME = f"a{SUFFIX}"
FLIPS = 120


@pytest.fixture
def sent(tmp_path):
    """Return an exported file, and the version that is in it."""
    store = make_store(tmp_path / "there", "a")
    store.export("a", tmp_path / NAME, "anna on desk")
    return tmp_path / NAME, contents(tmp_path / "there" / "networks" / "a")


@pytest.fixture
def here(tmp_path):
    """Return the store of another workstation, with a version of its own."""
    return make_store(tmp_path / "here", "b")


def contents(folder):
    return {name: content for name, content in files_below(folder).items() if name != INDEX_FILE}


def rewritten(file, change):
    """Write the archive anew after ``change`` of its files by name, with an index that fits unless ``change`` brings one."""
    with zipfile.ZipFile(file) as archive:
        files = {info.filename: archive.read(info) for info in archive.infolist()}
    index = files.pop(INDEX_FILE)
    change(files)
    file.unlink()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(INDEX_FILE, files.pop(INDEX_FILE, index))
        for name, content in files.items():
            archive.writestr(name, content)


def index_of(folder, files):
    hashes = {}
    for name, content in files.items():
        path = folder / "hashed"
        path.write_bytes(content)
        hashes[name] = sha256_of(path)
    return json.dumps({"format": 1, "who": "mallory", "when": "2026-01-01", "files": hashes})


def refused(store, file, said):
    before = files_below(store._root)
    with pytest.raises(NetworkError, match=said) as refusal:
        store.import_(file)
    assert str(refusal.value).startswith(f"{file.name} cannot be imported")
    assert files_below(store._root) == before
    assert not list(store._root.glob(".*"))


def test_a_version_arrives_as_it_was_sent_and_is_a_proposal(sent, here):
    file, expected = sent
    entry = here.import_(file)
    assert (entry.name, entry.is_proposal, entry.is_in_use, entry.problem) == ("a", True, False, "")
    assert "exported by anna on desk on 20" in entry.origin
    assert contents(here._root / "a") == expected
    here.adopt("a", "ben")
    assert here.in_use().folder == here._root / "a"


def test_it_can_be_sent_on_and_the_shipped_version_too(sent, here, tmp_path):
    file, expected = sent
    here.import_(file)
    here.export("a", tmp_path / f"on{SUFFIX}", "ben")
    here.export("1.0", tmp_path / f"own{SUFFIX}", "ben")
    third = VersionStore(make_version(tmp_path / "third", "0.9", 5), tmp_path / "third networks")
    third.import_(tmp_path / f"on{SUFFIX}")
    assert contents(third._root / "a") == expected
    assert third.import_(tmp_path / f"own{SUFFIX}").name == "1.0"


def test_an_unknown_parent_is_fine_and_known_as_such(sent, tmp_path):
    other = VersionStore(make_version(tmp_path / "other", "3.0", 9), tmp_path / "other networks")
    entry = other.import_(sent[0])
    assert (entry.parent, entry.is_parent_here) == ("1.0", False)


def test_no_flipped_byte_makes_another_version(sent, here):
    file, expected = sent
    whole = file.read_bytes()
    places = random.Random(6).sample(range(len(whole)), FLIPS)
    ends = [*range(0, 64, 2), *range(len(whole) - 600, len(whole), 4)]  # the first header, and the directory at the end
    counts = {"refused": 0, "same": 0}
    for place in sorted({*places, *ends}):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        file.write_bytes(damaged)
        try:
            here.import_(file)
        except NetworkError:
            counts["refused"] += 1
        else:
            counts["same"] += 1
            assert contents(here._root / "a") == expected, place
            here.delete("a")
        assert [path.name for path in here._root.iterdir()] == ["b"], place
    assert counts["refused"] > counts["same"] > 0, "dates and the like are no part of a version"


def test_a_file_that_is_cut_short_anywhere_is_refused(sent, here):
    file, _ = sent
    whole = file.read_bytes()
    for length in [0, 1, 3, 4, 30, *range(100, len(whole), len(whole) // 40), len(whole) - 1]:
        file.write_bytes(whole[:length])
        refused(here, file, "damaged, cut short")


def test_pieces_left_out_put_in_or_swapped_are_refused(sent, here):
    file, _ = sent
    whole = file.read_bytes()
    chance = random.Random(7)
    for _ in range(40):
        start, length = chance.randrange(len(whole)), chance.randrange(1, 2000)
        piece = chance.choice([b"", bytes(length), whole[start // 2 :][:length]])
        file.write_bytes(whole[:start] + piece + whole[start + length :])
        if file.read_bytes() != whole:
            try:
                here.import_(file)
            except NetworkError:
                assert [path.name for path in here._root.iterdir()] == ["b"]
            else:
                pytest.fail(f"{start} {length} {piece[:20]!r}")


@pytest.mark.parametrize("name", ["manifest.json", "segmenter.weights.h5", "evidence.json", "seen.npy"])
def test_a_file_that_was_changed_with_care_but_not_in_the_index_is_named(sent, here, name):
    rewritten(sent[0], lambda files: files.update({name: files[name] + b" "}))
    refused(here, sent[0], f"{name} is damaged or was changed")


def test_weights_changed_together_with_the_index_but_not_the_manifest_are_refused(sent, here, tmp_path):
    def change(files):
        files["segmenter.weights.h5"] = files["classifier.weights.h5"]
        files[INDEX_FILE] = index_of(tmp_path, files)

    rewritten(sent[0], change)
    refused(here, sent[0], "not those that its manifest names")


@pytest.mark.parametrize("name", ["../escaped.h5", "/escaped.h5", "..\\escaped.h5", "a/b.h5", "C:escaped.h5", "nul.h5"])
def test_no_file_lands_elsewhere(sent, here, tmp_path, name):
    def change(files):
        files[name] = b"x"
        files[INDEX_FILE] = index_of(tmp_path, files)

    rewritten(sent[0], change)
    refused(here, sent[0], "not exported by this program|cannot be understood")
    assert not list(tmp_path.rglob("*escaped*"))


def test_files_that_belong_to_no_version_are_refused(sent, here, tmp_path):
    def change(files):
        files["more.npy"] = b"x"
        files[INDEX_FILE] = index_of(tmp_path, files)

    rewritten(sent[0], change)
    refused(here, sent[0], "belong to no version")


def test_a_file_that_grows_when_it_is_unpacked_is_refused(sent, here):
    with zipfile.ZipFile(sent[0], "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.h5", bytes(50 * 2**20))
    refused(here, sent[0], "was changed")


def test_a_file_larger_than_any_version_is_refused_before_it_is_unpacked(sent, here, monkeypatch):
    monkeypatch.setattr("models.version_archive._MOST_BYTES", 10_000)
    refused(here, sent[0], "larger than any version")


def test_very_many_files_are_refused(sent, here):
    rewritten(sent[0], lambda files: files.update({f"{number}.h5": b"" for number in range(100)}))
    refused(here, sent[0], "not exported by this program")


@pytest.mark.parametrize(
    ("index", "said"),
    [
        ('{"format": 2, "files": {}}', "newer version"),
        ('{"format": "1", "files": {}}', "newer version"),
        ('{"format": 1, "files": []}', "understood"),
        ('{"format": 1, "files": {"../x": "0"}}', "understood"),
        ("[]", "understood"),
        ("[" * 100_000, "understood"),
        ("\xff", "understood"),
    ],
)
def test_an_index_that_cannot_be_used_says_why(sent, here, index, said):
    rewritten(sent[0], lambda files: files.update({INDEX_FILE: index.encode("latin-1")}))
    refused(here, sent[0], f"{said}|damaged" if index == "\xff" else said)


def test_other_networks_and_a_newer_format_are_refused(here, tmp_path):
    wide = VersionStore(make_version(tmp_path / "wide", channels=5), tmp_path / "wide networks")
    wide.add(make_version(tmp_path / "wider", "a", 1, channels=5))
    wide.export("a", tmp_path / NAME, "anna")
    refused(here, tmp_path / NAME, "do not fit segmenter")

    def change(files):
        files["manifest.json"] = json.dumps(json.loads(files["manifest.json"]) | {"format": 3}).encode()
        files[INDEX_FILE] = index_of(tmp_path, files)

    rewritten(tmp_path / NAME, change)
    refused(here, tmp_path / NAME, "newer version of this program")


def test_a_version_that_is_here_is_not_taken_in_again(sent, here):
    here.import_(sent[0])
    refused(here, sent[0], "networks are here already, called a")


def test_others_of_a_name_that_is_taken_come_in_under_a_name_of_their_own(sent, here, tmp_path):
    own = here.add(make_version(tmp_path / "made", "a", 8, parent="1.0"))
    kept = contents(here._root / "a")
    name = f"a+{read_manifest(tmp_path / 'there' / 'networks' / 'a').mark[:4]}"
    entry = here.import_(sent[0])
    assert (entry.name, entry.came_as, entry.problem, entry.is_parent_here) == (name, "a", "", True)
    assert entry.origin.endswith(" as a")
    assert entry.hashes != own.hashes
    assert contents(here._root / "a") == kept
    arrived = contents(here._root / name)
    assert {file for file, content in sent[1].items() if arrived[file] != content} == {"manifest.json"}
    here.adopt(name, "ben")
    assert here.in_use().folder == here._root / name
    refused(here, sent[0], f"networks are here already, called {re.escape(name)}")


def test_others_called_as_the_shipped_ones_or_as_damaged_ones_come_in_too(sent, here, tmp_path):
    third = VersionStore(make_version(tmp_path / "third", "a", 5), tmp_path / "third networks")
    assert third.import_(sent[0]).came_as == "a"
    damaged = here._root / here.import_(sent[0]).name / "seen.npy"
    damaged.chmod(0o600)
    damaged.write_bytes(b"other")
    again = here.import_(sent[0])
    assert (again.came_as, again.problem) == ("a", "")


def test_networks_with_another_threshold_are_others(sent, here, tmp_path):
    manifest = read_manifest(make_version(tmp_path / "made", "a", 1, parent="1.0"))
    point = replace(manifest.operating_points[0], threshold=0.4)
    replace(manifest, operating_points=(point,)).write(tmp_path / "made")
    here.add(tmp_path / "made")
    assert here.import_(sent[0]).came_as == "a"


def test_what_was_made_elsewhere_is_known_as_such_for_good(sent, here, tmp_path):
    here.import_(sent[0])
    assert {entry.name: entry.is_imported for entry in here.versions()} == {"1.0": False, "a": True, "b": False}
    index = here._root / "a" / INDEX_FILE
    old = {key: value for key, value in json.loads(index.read_text()).items() if key not in ("is_imported", "came_as")}
    index.chmod(0o600)
    index.write_text(json.dumps(old))
    assert {entry.name: entry.is_imported for entry in here.versions()} == {"1.0": False, "a": True, "b": False}, "older programs wrote words alone"


@pytest.mark.parametrize("content", [b"", b"no archive", bytes(1000)])
def test_what_is_no_such_file_is_refused(here, tmp_path, content):
    (tmp_path / NAME).write_bytes(content)
    refused(here, tmp_path / NAME, "not exported by this program")


def test_a_missing_file_and_a_folder_are_refused(here, tmp_path):
    refused(here, tmp_path / NAME, "not there")
    (tmp_path / NAME).mkdir()
    refused(here, tmp_path / NAME, "damaged")


def test_a_damaged_version_does_not_leave(here, tmp_path):
    path = here._root / "b" / "seen.npy"
    path.chmod(0o600)
    path.write_bytes(b"other")
    with pytest.raises(NetworkError, match=r"b cannot be used: seen\.npy is damaged"):
        here.export("b", tmp_path / NAME, "ben")
    with pytest.raises(NetworkError, match="no networks called c"):
        here.export("c", tmp_path / NAME, "ben")
    assert not list(tmp_path.glob(f"*{NAME}*"))


def test_an_export_that_fails_leaves_what_was_there(here, tmp_path, monkeypatch):
    (tmp_path / NAME).write_bytes(b"before")
    monkeypatch.setattr(shutil, "copyfileobj", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(NetworkError, match="No space left"):
        here.export("b", tmp_path / NAME, "ben")
    assert (tmp_path / NAME).read_bytes() == b"before"
    assert {path.name for path in tmp_path.iterdir() if NAME in path.name} == {NAME}


def test_evidence_travels_with_it(sent, here):
    assert here.import_(sent[0]).evidence.summary == EVIDENCE["summary"]
