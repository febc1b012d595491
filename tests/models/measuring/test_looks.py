"""Looks at held-out scans leave a line each."""

import json

import pytest

from models.datasets import Example, fingerprint
from models.measuring.looks import note_look, read_looks, sentence_about, weights_hashes
from tests.models.made_up import picture

SCANS = [Example(picture(n), (), "benign", f"g{n}", "busi") for n in range(3)]


def test_the_first_look_has_none_before_it_and_the_second_has_one(tmp_path):
    log = tmp_path / "measures" / "held-out.jsonl"
    assert note_look(log, "evaluate A", "1.0", {"b.h5": "22", "a.h5": "11"}, SCANS) == ()
    assert note_look(log, "evaluate B", "1.1", {"a.h5": "33"}, SCANS) == ()
    (earlier,) = note_look(log, "evaluate C", "1.0", {"a.h5": "11", "b.h5": "22"}, SCANS[:2])
    assert earlier.command == "evaluate A"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["scans"] for line in lines] == [3, 3, 2]
    assert lines[0]["data"] == fingerprint(SCANS)
    assert lines[0]["at"].endswith("Z")
    assert [look.version for look in read_looks(log)] == ["1.0", "1.1", "1.0"]


def test_who_looks_is_told_how_often_somebody_has(tmp_path):
    log = tmp_path / "held-out.jsonl"
    assert "never" in sentence_about(note_look(log, "evaluate A", "1.0", {"a.h5": "1"}, SCANS), 3, log)
    assert "once before, last at 2" in sentence_about(note_look(log, "evaluate B", "1.0", {"a.h5": "1"}, SCANS), 3, log)
    assert "2 times before" in sentence_about(note_look(log, "evaluate C", "1.0", {"a.h5": "1"}, SCANS), 3, log)


def test_a_log_that_is_none_is_named_and_left_alone(tmp_path):
    log = tmp_path / "held-out.jsonl"
    log.write_text("never mind\n")
    with pytest.raises(OSError, match=r"held-out\.jsonl"):
        note_look(log, "evaluate A", "1.0", {}, SCANS)
    assert log.read_text() == "never mind\n"


def test_weights_are_known_by_their_contents(tmp_path):
    (tmp_path / "b.weights.h5").write_bytes(b"")
    (tmp_path / "manifest.json").write_text("{}")
    assert weights_hashes(tmp_path) == {"b.weights.h5": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}
