"""Scans never change, and know whether they are what they claim."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from busi_gui.domain.scan import Identity, Scan, Spacing
from tests.builders import make_pixels, make_scan


def test_pixels_cannot_be_written():
    with pytest.raises(ValueError, match="read-only"):
        make_scan().pixels[0, 0] = 1


def test_a_scan_keeps_its_pixels_when_their_source_changes():
    source = make_pixels()
    scan = Scan(Path("a.png"), source)
    before = scan.pixels.copy()
    source[:] = 0
    assert np.array_equal(scan.pixels, before)


def test_a_scan_made_of_a_view_keeps_its_pixels_too():
    source = make_pixels()
    scan = Scan(Path("a.png"), source[::2, ::2])
    before = scan.pixels.copy()
    source[:] = 0
    assert np.array_equal(scan.pixels, before)
    assert scan.shape == (48, 60)


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((4, 5), np.float32), np.zeros((4, 5), np.bool_), np.zeros((4, 5, 3), np.uint8), np.zeros((0, 5), np.uint8), np.zeros(7, np.uint8)],
    ids=["float", "bool", "colour", "empty", "flat"],
)
def test_what_is_not_grey_bytes_is_no_scan(pixels):
    with pytest.raises(ValueError, match="a scan is uint8"):
        Scan(Path("a.png"), pixels)


def test_one_pixel_is_a_scan():
    assert Scan(Path("a.png"), np.zeros((1, 1), np.uint8)).shape == (1, 1)


@pytest.mark.parametrize(("row", "column"), [(0, 0.1), (0.1, 0), (-0.1, 0.1), (float("nan"), 0.1)])
def test_spacing_is_positive(row, column):
    with pytest.raises(ValueError, match="positive"):
        Spacing(row, column)


def test_an_identity_that_says_nothing_is_empty():
    assert Identity().is_empty
    assert not Identity(patient_id="1").is_empty


def test_a_scan_does_not_print_its_pixels():
    assert "pixels" not in repr(make_scan())
