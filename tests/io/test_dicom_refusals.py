"""Opening DICOM: what is refused, and in which words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.pixels import get_decoder
from pydicom.uid import (
    MPEG4HP41,
    JPEGBaseline8Bit,
)

from busi_gui.io.errors import ReadError
from busi_gui.io.scans import read_scan
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


def test_a_compressed_file_is_read_where_a_decoder_happens_to_be():
    path = bundled("examples_ybr_color.dcm")
    if not get_decoder(JPEGBaseline8Bit).is_available:
        assert JPEGBaseline8Bit.name in refusal(path)
        return
    scan = read_scan(path, 7)
    assert (scan.shape, scan.frame, scan.frame_count, scan.device) == ((240, 320), 7, 30, "SonoSite, Inc. Turbo")


@pytest.mark.parametrize("share", [0.3, 0.7, 0.99])
def test_a_truncated_cine_is_refused_and_nothing_is_printed(path, share, capfd):
    content = bundled("examples_ybr_color.dcm").read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert "cut short" in refusal(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("syntax", PLAIN, ids=lambda syntax: syntax.keyword)
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused(path, syntax, share):
    content = write_dicom(path, make_pixels(), syntax=syntax).read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert refusal(path)


def test_a_real_truncated_file_is_refused():
    assert "only 8130 of 8192 bytes" in refusal(bundled("MR_truncated.dcm"))


def test_absurd_sizes_are_refused_before_they_are_decoded(path, monkeypatch):
    monkeypatch.setattr("busi_gui.io.dicom.pixel_array", None)
    assert "65535 x 65535" in refusal(write_dicom(path, LEVELS, Rows=65535, Columns=65535))
    assert "no usable size" in refusal(write_dicom(path, LEVELS, Rows=0))
    assert "no usable size" in refusal(write_dicom(path, LEVELS, Rows=None))


def test_two_values_for_one_size_are_refused(path):
    assert refusal(write_dicom(path, LEVELS, Rows=[16, 16]))


def test_a_dicom_file_without_a_picture_is_refused():
    assert "holds no picture" in refusal(bundled("reportsi.dcm"))


def test_a_text_file_named_dicom_is_refused(path):
    path.write_text("Left breast, 2 o'clock\n" * 50, encoding="utf-8")
    assert "is not a DICOM file" in refusal(path)


def test_an_unknown_kind_of_colour_is_refused_by_name(path):
    assert "HSV" in refusal(write_dicom(path, np.dstack([LEVELS] * 3), PhotometricInterpretation="HSV"))


def test_a_lack_of_memory_is_said_in_words(path, monkeypatch):
    def fail(*_args, **_how):
        raise MemoryError

    write_dicom(path, LEVELS)
    monkeypatch.setattr("busi_gui.io.dicom.pixel_array", fail)
    assert "memory" in refusal(path)


@pytest.mark.parametrize("error", [NotImplementedError, RecursionError, TypeError, StopIteration, RuntimeError, KeyError])
def test_whatever_pydicom_raises_is_a_refusal_with_its_cause(path, monkeypatch, error):
    def fail(*_args, **_how):
        raise error("from deep inside")

    write_dicom(path, LEVELS)
    monkeypatch.setattr("busi_gui.io.dicom.pixel_array", fail)
    with pytest.raises(ReadError) as caught:
        read_scan(path)
    assert isinstance(caught.value.__cause__, error)
    assert "deep inside" not in str(caught.value)


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
