"""Whatever is changed in a file, it is opened, or refused in words: never a crash, a hang, or memory without end.

A short run; ``benchmarks/fuzz_readers.py`` is the long one. Files are opened in processes of their own, so that a crash is seen and not suffered.
"""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("resource", reason="this system cannot limit the memory of a process")

from busi_gui.io.errors import ReadError
from tests import fuzz_reader, fuzzing
from tests.builders import make_pixels, write_dicom, write_image
from tests.fuzz_seeds import make_seeds
from tests.fuzzing import Reader, damaged_files, try_files

SEEDS = make_seeds()
COUNTS = {"png": 700, "jpeg": 500, "bmp": 400, "tiff": 700, "webp": 400, "dicom": 1000, "index": 150}


@pytest.mark.parametrize("kind", COUNTS)
def test_whatever_is_changed_a_file_is_read_or_refused(tmp_path, kind):
    seeds = {name: content for name, content in SEEDS.items() if name.startswith(f"{kind}/")}
    outcomes = list(try_files(damaged_files(seeds, COUNTS[kind], seed=0), tmp_path, readers=2))
    assert not [(outcome.name, outcome.reason) for outcome in outcomes if outcome.verdict == "failure"]
    assert len(outcomes) == COUNTS[kind]
    # Were all refused, nothing behind the first check would have been tried.
    assert kind == "index" or sum(outcome.verdict == "scan" for outcome in outcomes) > COUNTS[kind] / 20


def test_every_kind_of_file_is_read_as_long_as_it_is_whole(tmp_path):
    outcomes = list(try_files(SEEDS.items(), tmp_path, readers=2))
    unread = {outcome.name: outcome.reason for outcome in outcomes if outcome.verdict != "scan"}
    made = {name: reason for name, reason in unread.items() if not name.startswith(("dicom/", "index/")) or "made" in name}
    assert set(made) == {"tiff/float"}
    assert "failure" not in {outcome.verdict for outcome in outcomes}


# The damage, and those who look for it, are what they say


def test_the_same_seed_damages_alike_and_another_does_not():
    seeds = {name: SEEDS[name] for name in ("png/0_8", "tiff/pages", "webp/frames")}
    first, again, other = (list(damaged_files(seeds, 60, seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert sum(content != seeds[name] for name, content in first) > 50


def test_whole_files_are_scans_and_broken_ones_are_refused(tmp_path):
    cut = write_image(tmp_path / "cut.png", make_pixels())
    cut.write_bytes(cut.read_bytes()[:-100])
    whole = [write_image(tmp_path / "whole.png", make_pixels()), write_dicom(tmp_path / "whole.dcm", np.stack([make_pixels()] * 3), frames=3)]
    reader = Reader()
    try:
        assert [reader.open(path) for path in whole] == [("scan", ""), ("scan", "")]
        verdict, reason = reader.open(cut)
        assert verdict == "refused"
        assert reason.startswith("FILE is damaged")
    finally:
        reader.close()


@pytest.mark.parametrize(
    ("deed", "reason"),
    [("import os; os.abort()", "died with code"), ("import time; time.sleep(60)", "took more than"), ("import sys; sys.exit(3)", "died with code 3")],
)
def test_a_crash_and_a_hang_are_failures_and_the_next_file_is_opened(tmp_path, monkeypatch, deed, reason):
    monkeypatch.setattr(fuzzing, "LONGEST_S", 2.0)
    script = f"""
import sys
print("ready", flush=True)
for line in sys.stdin:
    if "bad" in line:
        {deed}
    print('["scan", ""]', flush=True)
"""
    files = [("a/good", b""), ("a/bad", b"x"), ("a/good", b"")]
    outcomes = list(try_files(files, tmp_path, 1, (sys.executable, "-c", script)))
    assert [outcome.verdict for outcome in outcomes] == ["scan", "failure", "scan"]
    assert reason in outcomes[1].reason
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"x"]


@pytest.mark.skipif(sys.platform != "linux", reason="only there it is known how much is taken")
def test_memory_is_limited_in_the_processes_that_open_files():
    code = "from tests.fuzz_reader import limit_memory; limit_memory(); a = bytearray(2**29); print('half', flush=True); b = bytearray(2**30)"
    done = subprocess.run([sys.executable, "-c", code], cwd=fuzzing.ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "half\n"
    assert "MemoryError" in done.stderr


def test_a_file_that_takes_too_long_is_a_failure(tmp_path, monkeypatch):
    monkeypatch.setattr(fuzz_reader, "_MOST_SECONDS", -1.0)
    verdict, reason = fuzz_reader.verdict_on(write_image(tmp_path / "scan.png", make_pixels()))
    assert verdict == "failure"
    assert "took" in reason


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (ReadError("scan.png is damaged."), "refused"),
        (ReadError("It is damaged."), "failure"),
        (ReadError("scan.png is damaged"), "failure"),
        (ReadError("scan.png needs more memory than is free."), "failure"),
        (ValueError("of a decoder"), "failure"),
        (SystemExit(), "failure"),
    ],
)
def test_only_a_sentence_that_names_the_file_is_a_refusal(tmp_path, monkeypatch, error, verdict):
    def fail(_path):
        raise error

    monkeypatch.setattr(fuzz_reader, "open_scan", fail)
    assert fuzz_reader.verdict_on(tmp_path / "scan.png")[0] == verdict
    assert json.dumps(fuzz_reader.verdict_on(tmp_path / "scan.png"))
