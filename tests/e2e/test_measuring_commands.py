"""`evaluate` and `report`: what is measured, who is told, and that the documents of this very tree say it."""

import json
import shutil

import pytest

from busi_gui import cli, paths
from tests.models.made_up import write_busi


@pytest.fixture
def data(tmp_path):
    return write_busi(tmp_path / "BUSI", ".png", number=8)


def test_held_out_scans_are_measured_alike_twice_and_each_look_is_noted(networks, data, tmp_path, capsys):
    outs = [tmp_path / f"{n}.json" for n in range(2)]
    said = []
    for out, split in zip(outs, ("held-out", "test"), strict=True):
        assert cli.main(["evaluate", str(data), "--split", split, "--out", str(out)]) == 0
        said.append(capsys.readouterr().err)
    assert outs[0].read_bytes() == outs[1].read_bytes()
    assert "never measured on held-out scans before" in said[0]
    assert "looked at once before" in said[1]
    lines = [json.loads(line) for line in (paths.measures_dir() / "held-out.jsonl").read_text().splitlines()]
    found = json.loads(outs[0].read_text())
    assert [line["scans"] for line in lines] == [sum(found["scans"].values())] * 2
    assert lines[0]["hashes"] == found["hashes"]
    assert lines[0]["command"] == found["command"] == "evaluate BUSI --split held-out"
    assert lines[0]["data"] == found["data"]["fingerprint"]
    assert str(tmp_path) not in outs[0].read_text()


def test_a_look_at_validation_scans_is_nobodys_business(networks, data, tmp_path, capsys):
    assert cli.main(["evaluate", str(data), "--split", "validation", "--out", str(tmp_path / "v.json")]) == 0
    assert not paths.measures_dir().exists()
    assert "held-out" not in capsys.readouterr().err
    found = json.loads((tmp_path / "v.json").read_text())
    assert found["split"] == "validation"
    assert [point["name"] for point in found["operating_points"]] == list(found["at"])


def test_of_all_scans_only_those_that_are_held_out_count_as_looked_at(networks, data, tmp_path):
    assert cli.main(["evaluate", str(data), "--split", "all", "--out", str(tmp_path / "a.json")]) == 0
    (line,) = (paths.measures_dir() / "held-out.jsonl").read_text().splitlines()
    assert 0 < json.loads(line)["scans"] < 24


def test_the_documents_of_this_tree_say_what_was_measured(capsys):
    assert cli.main(["report", "--check"]) == 0, capsys.readouterr().out


def test_a_document_that_says_something_else_is_named_and_written_anew(tmp_path, capsys):
    documents, card = tmp_path / "docs", tmp_path / "card.md"
    shutil.copytree(paths.resources_dir().parent / "docs", documents)
    page = documents / "validation.md"
    before = page.read_text(encoding="utf-8")
    changed = before.replace("| AUC | 0.", "| AUC | 1.")
    assert changed != before
    page.write_text(changed, encoding="utf-8")
    options = ["report", "--docs", str(documents), "--card", str(card)]
    assert cli.main([*options, "--check"]) == 1
    answer = capsys.readouterr()
    assert str(page) in answer.out
    assert str(card) in answer.out
    assert "python main.py report" in answer.err
    assert cli.main(options) == 0
    assert page.read_text(encoding="utf-8") == before
    assert cli.main([*options, "--check"]) == 0


def test_a_folder_without_the_documents_is_an_error_that_names_them(tmp_path, capsys):
    assert cli.main(["report", "--docs", str(tmp_path), "--card", str(tmp_path / "card.md")]) == 1
    assert "validation.md cannot be read" in capsys.readouterr().err
