"""Opening DICOM: what is refused, and in which words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import MPEG4HP41, ExplicitVRLittleEndian, RLELossless

from busi_gui.io.errors import ReadError
from busi_gui.io.scans import open_scan, read_scan
from tests.builders import make_pixels, make_region, write_dicom
from tests.io.opened_files import PLAIN, bundled, refusal

LEVELS = np.arange(256, dtype=np.uint8).reshape(16, 16)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "scan.dcm"


def test_a_syntax_without_decoder_is_refused_by_name(path):
    message = refusal(write_dicom(path, make_pixels(), syntax=MPEG4HP41))
    assert MPEG4HP41.name in message
    assert "cannot be decoded yet" in message


@pytest.mark.parametrize("syntax", PLAIN, ids=lambda syntax: syntax.keyword)
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused(path, syntax, share):
    content = write_dicom(path, make_pixels(), syntax=syntax).read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert refusal(path)


def test_a_real_truncated_file_is_refused():
    assert "only 8130 of 8192 bytes" in refusal(bundled("MR_truncated.dcm"))


def test_absurd_sizes_are_refused_before_they_are_decoded(path, monkeypatch):
    monkeypatch.setattr("busi_gui.io.dicom.file.frames_in", None)
    assert "65535 x 65535" in refusal(write_dicom(path, LEVELS, Rows=65535, Columns=65535))
    assert "no usable size" in refusal(write_dicom(path, LEVELS, Rows=0))
    assert "no usable size" in refusal(write_dicom(path, LEVELS, Rows=None))


def test_two_values_for_one_size_are_refused(path):
    assert refusal(write_dicom(path, LEVELS, Rows=[16, 16]))


def test_a_dicom_file_without_a_picture_is_refused():
    assert "holds no picture" in refusal(bundled("reportsi.dcm"))


@pytest.mark.parametrize("text", ["Left breast, 2 o'clock\n" * 50, "no scan", "this is a text\n", "12345678 " * 9])
def test_a_text_file_named_dicom_is_refused(path, text):
    path.write_text(text, encoding="utf-8")
    assert "is not a DICOM file" in refusal(path)


def test_an_unknown_kind_of_colour_is_refused_by_name(path):
    assert "HSV" in refusal(write_dicom(path, np.dstack([LEVELS] * 3), PhotometricInterpretation="HSV"))


def failing(error: type[BaseException]):
    def fail(*_args, **_how):
        raise error("from deep inside")

    return fail


STEPS = ["read_partial", "layout_of", "frames_in", "renderer_for", "scales_of"]


@pytest.mark.parametrize("step", STEPS)
def test_a_lack_of_memory_is_said_in_words(path, monkeypatch, step):
    write_dicom(path, LEVELS)
    monkeypatch.setattr(f"busi_gui.io.dicom.{'header' if step == 'read_partial' else 'file'}.{step}", failing(MemoryError))
    assert "memory" in refusal(path)


ERRORS = [NotImplementedError, RecursionError, TypeError, StopIteration, RuntimeError, KeyError, OSError]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("step", STEPS)
def test_whatever_pydicom_raises_at_opening_is_a_refusal_with_its_cause(path, monkeypatch, step, error):
    write_dicom(path, LEVELS)
    monkeypatch.setattr(f"busi_gui.io.dicom.{'header' if step == 'read_partial' else 'file'}.{step}", failing(error))
    with pytest.raises(ReadError) as caught:
        read_scan(path)
    assert isinstance(caught.value.__cause__, error)
    assert "deep inside" not in str(caught.value)


@pytest.mark.parametrize("error", [*ERRORS, MemoryError])
@pytest.mark.parametrize("is_compressed", [False, True])
def test_whatever_is_raised_while_a_frame_is_decoded_is_a_refusal_with_its_cause(path, monkeypatch, error, is_compressed):
    write_dicom(path, LEVELS, syntax=RLELossless if is_compressed else ExplicitVRLittleEndian)
    monkeypatch.setattr(f"busi_gui.io.dicom.frames.{'decode' if is_compressed else 'get_decoder'}", failing(error))
    monkeypatch.setattr("busi_gui.io.dicom.frames._check_syntax", lambda *_: None)
    with open_scan(path) as file, pytest.raises(ReadError) as caught:
        file.read()
    assert isinstance(caught.value.__cause__, error)
    assert "deep inside" not in str(caught.value)


def test_a_drive_that_fails_is_told_from_a_damaged_file(path, monkeypatch):
    def fail(*_args, **_how):
        raise OSError(5, "Input/output error")

    write_dicom(path, LEVELS)
    monkeypatch.setattr("busi_gui.io.dicom.header.read_partial", fail)
    assert "Input/output error" in refusal(path)


@pytest.mark.parametrize("syntax", PLAIN, ids=lambda syntax: syntax.keyword)
def test_whatever_is_changed_a_file_is_read_or_refused(path, syntax):
    rng = np.random.default_rng(0)
    tags = {"SequenceOfUltrasoundRegions": [make_region()], "PatientName": "A^B", "WindowCenter": 128, "WindowWidth": 256}
    content = np.frombuffer(write_dicom(path, make_pixels(shape=(32, 40)), syntax=syntax, **tags).read_bytes(), np.uint8)
    for _ in range(120):
        changed = content.copy()
        changed[rng.integers(128, min(len(content), 900), 3)] = rng.integers(0, 256, 3)
        path.write_bytes(changed.tobytes())
        try:
            read_scan(path)
        except ReadError as error:
            assert path.name in str(error)  # noqa: PT017 - most are refused, some are read: either is right


def test_a_file_that_is_refused_is_closed(path, monkeypatch):
    opened = []
    open_path = Path.open

    def watched(self, *arguments, **how):
        opened.append(open_path(self, *arguments, **how))
        return opened[-1]

    path.write_bytes(b"\0" * 128 + b"DICM" + b"no elements")
    monkeypatch.setattr(Path, "open", watched)
    refusal(path)
    assert opened
    assert all(file.closed for file in opened)
