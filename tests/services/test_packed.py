"""Analysed cases that are kept for later."""

import gc
import weakref
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from busi_gui.domain.case import Case
from busi_gui.domain.scan import Scan, Spacing
from busi_gui.domain.synthetic import synthetic_scan
from busi_gui.services.open_file import ANALYSIS_BYTES
from busi_gui.services.packed import PackedCase
from models.analysis import Diagnosis, FoundLesion
from tests.services.fake_pipeline import analysis_of

masks = arrays.arrays(np.bool_, st.tuples(st.integers(1, 40), st.integers(1, 40))).filter(np.any)


def case_with(mask, grid=None, **fields):
    analysis = analysis_of(np.zeros((8, 8), np.uint8))
    grid = np.zeros((24, 32), np.float32) if grid is None else grid
    lesion = FoundLesion(mask, Diagnosis(0.123456789, 0.1, 0.2, {"malignant": grid, "benign": grid[::-1].copy()}))
    scan = Scan(Path("a.dcm"), np.zeros(mask.shape, np.uint8), **fields)
    return Case(scan).with_analysis(replace(analysis, probability=grid, lesions=(lesion, lesion), warnings=("a warning",)))


@given(masks)
@settings(max_examples=50)
def test_a_mask_comes_back_bit_for_bit(mask):
    case = case_with(mask)
    again = PackedCase.of(case).unpacked(case.scan)
    assert again.analysis is not None
    assert all(np.array_equal(lesion.mask, mask) and lesion.mask.dtype == np.bool_ for lesion in again.lesions)
    assert [found.mask is lesion.mask for found, lesion in zip(again.analysis.lesions, again.lesions, strict=True)] == [True, True]
    assert [lesion.measures for lesion in again.lesions] == [lesion.measures for lesion in case.lesions]


def test_all_but_the_finest_shades_of_the_maps_comes_back():
    grid = np.random.default_rng(0).random((24, 32), np.float32)
    case = case_with(np.eye(30, dtype=np.bool_), grid)
    again = PackedCase.of(case).unpacked(case.scan)
    assert again.scan is case.scan
    before, after = case.analysis, again.analysis
    assert before is not None
    assert after is not None
    assert (after.network, after.timings_ms, after.warnings) == (before.network, before.timings_ms, before.warnings)
    assert after.lesions[0].diagnosis.p_malignant == 0.123456789
    for kept, own in ((after.probability, grid), (after.lesions[1].diagnosis.saliency["benign"], grid[::-1])):
        assert kept.dtype == np.float32
        assert float(np.abs(kept - own).max()) <= 0.5 / 255 + 1e-6


def test_in_another_scale_the_lesions_are_measured_again():
    case = case_with(np.eye(30, dtype=np.bool_), spacing=Spacing(0.1, 0.1))
    again = PackedCase.of(case).unpacked(case.scan.calibrated(Spacing(0.2, 0.2)))
    assert again.lesions[0].measures.area_mm2 == pytest.approx(4 * case.lesions[0].measures.area_mm2)


def test_what_speaks_against_a_scan_is_not_looked_for_again_because_its_scale_is_another():
    case = case_with(np.eye(30, dtype=np.bool_), spacing=Spacing(0.1, 0.1))
    assert case.concerns
    assert PackedCase.of(case).unpacked(case.scan.calibrated(Spacing(0.2, 0.2))).concerns is case.concerns


def test_the_pixels_are_not_kept():
    gc.freeze()  # what earlier tests left is not this one's
    case = case_with(np.eye(30, dtype=np.bool_))
    pixels = weakref.ref(case.scan.pixels)
    packed = PackedCase.of(case)
    del case
    gc.collect()
    gc.unfreeze()
    assert pixels() is None
    assert len(packed.masks) == 2


def test_what_comes_back_cannot_be_written():
    case = case_with(np.eye(30, dtype=np.bool_))
    again = PackedCase.of(case).unpacked(case.scan)
    assert again.analysis is not None
    for array in (again.analysis.probability, again.lesions[0].mask, again.analysis.lesions[0].diagnosis.saliency["malignant"]):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 0


def test_a_case_without_a_lesion_is_kept_too():
    case = Case(Scan(Path("a.dcm"), np.zeros((8, 8), np.uint8))).with_analysis(replace(analysis_of(np.zeros((8, 8), np.uint8)), lesions=()))
    again = PackedCase.of(case).unpacked(case.scan)
    assert again.analysis is not None
    assert again.lesions == ()


def test_three_hundred_frames_fit_into_the_room():
    _, mask = synthetic_scan(3, "malignant", (600, 800))
    ramp = np.linspace(0, 1, 192 * 256, dtype=np.float32).reshape(192, 256)
    assert 300 * PackedCase.of(case_with(mask, ramp * np.sin(9 * ramp) ** 2)).size() < ANALYSIS_BYTES
