"""Decoding in a process of its own: what damaged data may cost is one frame."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from busi_gui import paths
from busi_gui.io.decoding.process import DecoderError, DecoderProcess
from tests.builders import make_pixels
from tests.io.dicom_files import jpeg_lossless, jpeg_ls_of

PIXELS = make_pixels(shape=(48, 64))
FACTS = {"rows": 48, "columns": 64, "samples": 1, "bits": 8}


@pytest.fixture
def process():
    decoder = DecoderProcess()
    yield decoder
    decoder.close()


def decoded(process, coding, encoded):
    content, is_planar = process.decode(coding, encoded, **FACTS)
    assert not is_planar
    return np.frombuffer(content, np.uint8).reshape(48, 64)


def without_end():
    """Return JPEG-LS without an end, over which its decoder counts for seconds."""
    return jpeg_ls_of(PIXELS)[:-30]


def test_frames_are_decoded_one_after_another_by_one_process(process, tmp_path):
    assert np.array_equal(decoded(process, "JPEG-LS", jpeg_ls_of(PIXELS)), PIXELS)
    first = process._process
    assert np.array_equal(decoded(process, "lossless JPEG", jpeg_lossless(PIXELS, tmp_path)), PIXELS)
    assert process._process is first


def test_samples_that_lie_apart_are_told(process):
    colours = np.dstack([make_pixels(seed, shape=(48, 64)) for seed in range(3)])
    for interleave in (0, 2):
        encoded = jpeg_ls_of(colours.transpose(2, 0, 1) if interleave == 0 else colours, interleave=interleave)
        content, is_planar = process.decode("JPEG-LS", encoded, **{**FACTS, "samples": 3})
        assert is_planar == (interleave == 0)
        values = np.frombuffer(content, np.uint8)
        assert np.array_equal(values.reshape(3, 48, 64).transpose(1, 2, 0) if is_planar else values.reshape(48, 64, 3), colours)


def test_damaged_data_is_refused_and_the_next_frame_is_decoded(process):
    with pytest.raises(DecoderError, match="its JPEG-LS data is damaged"):
        decoded(process, "JPEG-LS", jpeg_ls_of(PIXELS)[:60] + b"\xff\xd9")
    assert np.array_equal(decoded(process, "JPEG-LS", jpeg_ls_of(PIXELS)), PIXELS)


def test_a_decoder_that_dies_costs_its_frame_only(process, monkeypatch, tmp_path):
    died = tmp_path / "died"
    dying = f"import os, pathlib; pathlib.Path({str(died)!r}).touch(); os.abort()"
    monkeypatch.setattr(paths, "own_command", lambda: [sys.executable, "-c", dying])
    with pytest.raises(DecoderError, match="damaged"):
        decoded(process, "JPEG-LS", jpeg_ls_of(PIXELS))
    assert died.exists()
    monkeypatch.undo()
    process.close()
    assert np.array_equal(decoded(process, "JPEG-LS", jpeg_ls_of(PIXELS)), PIXELS)


def test_a_process_that_died_idle_is_replaced(process):
    process.start()
    process._process.kill()
    process._process.wait()
    assert np.array_equal(decoded(process, "JPEG-LS", jpeg_ls_of(PIXELS)), PIXELS)


def test_a_frame_on_which_its_decoder_goes_on_for_too_long_is_given_up(process, monkeypatch):
    monkeypatch.setattr("busi_gui.io.decoding.process._LEAST_SECONDS", 0.3)
    process.start()
    first = process._process
    with pytest.raises(DecoderError, match="damaged"):
        decoded(process, "JPEG-LS", without_end())
    assert first.returncode == 1  # as its watchdog ends it
    monkeypatch.undo()
    assert np.array_equal(decoded(process, "JPEG-LS", jpeg_ls_of(PIXELS)), PIXELS)


def test_a_decoder_that_cannot_be_started_is_said(process, monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "own_command", lambda: [str(tmp_path / "none")])
    with pytest.raises(DecoderError, match="its decoder could not be started"):
        decoded(process, "JPEG-LS", jpeg_ls_of(PIXELS))


def test_the_process_ends_with_the_program(tmp_path):
    code = (
        "from busi_gui.io.decoding import process as d; from tests.io.dicom_files import jpeg_ls_of; from tests.builders import make_pixels; "
        f"d.SHARED.decode('JPEG-LS', jpeg_ls_of(make_pixels(shape=(48, 64))), **{FACTS!r}); print(d.SHARED._process.pid)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=paths.resources_dir().parent, capture_output=True, text=True, check=True)
    if Path("/proc").is_dir():
        assert not Path(f"/proc/{int(done.stdout)}").exists()
