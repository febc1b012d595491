"""The replay pack: balanced, small, never a held-out scan; damaged or foreign files are refused in words."""

import argparse
import json
import zipfile
from collections import Counter

import cv2
import numpy as np
import pytest

from busi_gui.commands.retraining import add_replay_pack
from models.analysis import NetworkError
from models.datasets import read_datasets, split_of
from models.retraining.replay import make_pack, read_pack
from tests.models.made_up import write_busi
from tests.models.tiny import write_grouped_busi


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    return read_datasets([write_grouped_busi(tmp_path_factory.mktemp("busi"), number=40)])


def test_what_comes_out_of_a_pack_is_what_went_in_and_never_a_held_out_scan(tmp_path, examples):
    pack = make_pack(examples, tmp_path / "a.pack", most=48)
    assert pack.digest == read_pack(tmp_path / "a.pack").digest
    by_key = {e.key: e for e in examples}
    assert {split_of(by_key[e.key]) for e in pack.rehearsal} == {"training"}
    assert {split_of(by_key[e.key]) for e in pack.hold_out} == {"validation"}
    for scan in [*pack.rehearsal, *pack.hold_out]:
        source = by_key[scan.key]
        assert (scan.label, scan.group, scan.dataset) == (source.label, source.group, source.dataset)
        np.testing.assert_array_equal(scan.read_pixels(), source.read_pixels())
        np.testing.assert_array_equal(scan.read_mask(), source.read_mask())
    assert str(len(pack.rehearsal)) in pack.about


def test_the_same_data_make_the_same_pack_and_another_seed_another(tmp_path, examples):
    files = [tmp_path / name for name in ("a", "b", "c")]
    digests = [make_pack(examples, file, most=24, seed=seed).digest for file, seed in zip(files, (0, 0, 1), strict=True)]
    assert digests[0] == digests[1] != digests[2]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_classes_are_balanced_and_every_group_comes_before_a_second_scan_of_one(tmp_path, examples):
    few = [e for e in examples if e.label != "normal" or e.path.stem.endswith(("1)", "2)"))]
    pack = make_pack(few, tmp_path / "a.pack", most=24)
    counts = Counter(e.label for e in pack.rehearsal)
    assert abs(counts["benign"] - counts["malignant"]) <= 1
    groups = Counter(e.group for e in pack.rehearsal if e.label == "benign")
    assert set(groups.values()) == {1}


def test_large_scans_are_made_small_and_small_ones_are_left(tmp_path):
    root = write_busi(tmp_path / "busi", ".png", number=30, shape=(300, 600))
    examples = read_datasets([root])
    wide = make_pack(examples, tmp_path / "a.pack", most=16).rehearsal[0]
    assert wide.read_pixels().shape == wide.read_mask().shape == (128, 256)


def test_data_without_validation_scans_make_no_pack(tmp_path, examples):
    with pytest.raises(NetworkError, match="too few"):
        make_pack([e for e in examples if split_of(e) == "training"], tmp_path / "a.pack")


@pytest.fixture
def pack_file(tmp_path, examples):
    path = tmp_path / "a.pack"
    make_pack(examples, path, most=12)
    return path


def rewritten(path, change):
    """Write the pack again with some entries changed."""
    with zipfile.ZipFile(path) as file:
        entries = {name: file.read(name) for name in file.namelist()}
    change(entries)
    with zipfile.ZipFile(path, "w") as file:
        for name, content in entries.items():
            file.writestr(name, content)


def test_a_file_of_which_a_byte_is_damaged_is_refused(pack_file):
    content = bytearray(pack_file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    pack_file.write_bytes(content)
    with pytest.raises(NetworkError, match="damaged"):
        read_pack(pack_file)


def test_half_a_file_a_foreign_file_and_no_file_are_refused(pack_file, tmp_path):
    pack_file.write_bytes(pack_file.read_bytes()[:1000])
    (tmp_path / "text").write_text("no pack")
    for path in (pack_file, tmp_path / "text", tmp_path):
        with pytest.raises(NetworkError, match=r"damaged|no replay pack"):
            read_pack(path)
    with pytest.raises(NetworkError, match="There is no replay pack"):
        read_pack(tmp_path / "none")


def swap_two_masks(entries):
    entries["00000-mask.png"], entries["00001-pixels.png"] = entries["00001-pixels.png"], entries["00000-mask.png"]


def leave_one_out(entries):
    del entries["00001-mask.png"]


def name_another_kind(entries):
    entries["index.json"] = json.dumps({**json.loads(entries["index.json"]), "kind": "something"}).encode()


def large_picture(entries):
    index = json.loads(entries["index.json"])
    content = cv2.imencode(".png", np.zeros((300, 300), np.uint8))[1].tobytes()
    import hashlib

    index["scans"][0]["pixels_sha256"] = hashlib.sha256(content).hexdigest()
    entries |= {"00000-pixels.png": content, "index.json": json.dumps(index).encode()}


def a_list(entries):
    entries["index.json"] = b"[1, 2]"


@pytest.mark.parametrize("change", [swap_two_masks, leave_one_out, name_another_kind, large_picture, a_list])
def test_a_pack_that_was_tampered_with_is_refused(pack_file, change):
    rewritten(pack_file, change)
    with pytest.raises(NetworkError, match="damaged"):
        read_pack(pack_file)


def test_a_pack_of_a_newer_program_is_told_from_a_damaged_one(pack_file):
    def newer(entries):
        entries["index.json"] = json.dumps({**json.loads(entries["index.json"]), "format": 2}).encode()

    rewritten(pack_file, newer)
    with pytest.raises(NetworkError, match="newer version"):
        read_pack(pack_file)


def test_the_command_makes_a_pack_and_says_what_is_in_it(tmp_path, capsys):
    root = write_grouped_busi(tmp_path / "busi", number=40)
    parser = argparse.ArgumentParser()
    add_replay_pack(parser.add_subparsers())
    options = parser.parse_args(["replay-pack", str(root), "--out", str(tmp_path / "a.pack"), "--most", "16"])
    assert options.run_command(options) == 0
    pack = read_pack(tmp_path / "a.pack")
    assert pack.about in capsys.readouterr().out
    assert len(pack.rehearsal) + len(pack.hold_out) == 16
