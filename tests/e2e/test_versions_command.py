"""`versions` as a script would call it; its parts are those of the window."""

import argparse
import json

import pytest

from busi_gui import paths
from busi_gui.commands.versions import add_versions, networks_in_use, store
from models.analysis import NetworkError
from tests.models.version_folders import EVIDENCE, make_version


@pytest.fixture
def program(tmp_path, monkeypatch, capsys, data_folder):
    """Return a function that runs the command and returns what it wrote; shipped is a made-up version, and two others are there."""
    shipped = make_version(tmp_path / "shipped")
    monkeypatch.setattr(paths, "weights_dir", lambda: shipped)
    for seed, name in enumerate(("a", "b"), 1):
        store().add(make_version(tmp_path / name, name, seed, parent="1.0", evidence=EVIDENCE))

    def program(*arguments):
        parser = argparse.ArgumentParser()
        add_versions(parser.add_subparsers())
        options = parser.parse_args(["versions", *map(str, arguments)])
        assert options.run_command(options) == 0
        return capsys.readouterr()

    return program


def test_versions_lie_with_the_readers_work(program, data_folder):
    assert sorted(path.name for path in (data_folder / "networks").iterdir()) == ["a", "b"]


def test_the_list_says_which_are_in_use_where_they_come_from_and_what_they_learned_from(program):
    lines = program("list").out.splitlines()
    assert lines[0].startswith("* 1.0: 2026-01-01; shipped; by anna; made-up scans")
    assert lines[1] == "  a: 2026-01-01; proposal; made from 1.0; by anna; made-up scans; retrained here"


def test_use_and_back_choose_what_every_command_runs(program, data_folder):
    assert program("use", "a").out.startswith("The networks a are in use, in place of 1.0.")
    program("use", "b")
    assert networks_in_use() == data_folder / "networks" / "b"
    assert program("back").out.startswith("The networks a are in use, in place of b.")
    assert [line[0] for line in program("list").out.splitlines()] == [" ", "*", " "]
    assert all(change.who for change in store().history())


def test_as_json_a_line_holds_everything(program):
    records = [json.loads(line) for line in program("list", "--json").out.splitlines()]
    assert [record["name"] for record in records] == ["1.0", "a", "b"]
    assert records[1]["evidence"]["figures"][0] == {"name": "Dice, clinic", "before": 0.81, "after": 0.86}


def test_a_version_goes_into_a_file_and_comes_out_of_it(program, tmp_path):
    file = tmp_path / "a.busi-networks"
    assert program("export", "a", "--out", file).out == f"{file}\n"
    with pytest.raises(NetworkError, match="is there already"):
        program("export", "b", "--out", file)
    with pytest.raises(NetworkError, match="networks are here already, called a"):
        program("import", file)
    store().delete("a")
    record = json.loads(program("import", file, "--json").out)
    assert (record["name"], record["is_adopted"], record["is_in_use"]) == ("a", False, False)


def test_damaged_networks_in_use_are_named_and_the_shipped_ones_run(program, data_folder, capsys, tmp_path):
    program("use", "a")
    path = data_folder / "networks" / "a" / "seen.npy"
    path.chmod(0o600)
    path.write_bytes(b"other")
    assert networks_in_use() == tmp_path / "shipped"
    assert "The networks a cannot be used" in capsys.readouterr().err
    written = program("list")
    assert "The networks a cannot be used" in written.err
    assert "seen.npy is damaged" in written.out
