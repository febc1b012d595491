"""Analyses that are kept for later."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from busi_gui.domain.synthetic import synthetic_scan
from busi_gui.services.open_file import ANALYSIS_BYTES
from busi_gui.services.packed import PackedAnalysis
from models.analysis import Diagnosis, FoundLesion
from tests.services.fake_pipeline import analysis_of

masks = arrays.arrays(np.bool_, st.tuples(st.integers(1, 40), st.integers(1, 40))).filter(np.any)


def analysis_with(mask, grid=None):
    analysis = analysis_of(np.zeros((8, 8), np.uint8))
    grid = np.zeros((24, 32), np.float32) if grid is None else grid
    lesion = FoundLesion(mask, Diagnosis(0.123456789, 0.1, 0.2, {"malignant": grid, "benign": grid[::-1].copy()}))
    return replace(analysis, probability=grid, lesions=(lesion, lesion), warnings=("a warning",))


@given(masks)
@settings(max_examples=50)
def test_a_mask_comes_back_bit_for_bit(mask):
    again = PackedAnalysis.of(analysis_with(mask)).unpacked()
    assert all(np.array_equal(found.mask, mask) and found.mask.dtype == np.bool_ for found in again.lesions)


def test_all_but_the_finest_shades_of_the_maps_comes_back():
    grid = np.random.default_rng(0).random((24, 32), np.float32)
    mask = np.eye(30, dtype=np.bool_)
    before = analysis_with(mask, grid)
    again = PackedAnalysis.of(before).unpacked()
    assert (again.network, again.timings_ms, again.warnings) == (before.network, before.timings_ms, before.warnings)
    assert again.lesions[0].diagnosis.p_malignant == 0.123456789
    for kept, own in ((again.probability, grid), (again.lesions[1].diagnosis.saliency["benign"], grid[::-1])):
        assert kept.dtype == np.float32
        assert float(np.abs(kept - own).max()) <= 0.5 / 255 + 1e-6


def test_what_comes_back_cannot_be_written():
    again = PackedAnalysis.of(analysis_with(np.eye(30, dtype=np.bool_))).unpacked()
    for array in (again.probability, again.lesions[0].mask, again.lesions[0].diagnosis.saliency["malignant"]):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 0


def test_an_analysis_without_a_lesion_is_kept_too():
    assert PackedAnalysis.of(replace(analysis_of(np.zeros((8, 8), np.uint8)), lesions=())).unpacked().lesions == ()


def test_three_hundred_frames_fit_into_the_room():
    _, mask = synthetic_scan(3, "malignant", (600, 800))
    ramp = np.linspace(0, 1, 192 * 256, dtype=np.float32).reshape(192, 256)
    assert 300 * PackedAnalysis.of(analysis_with(mask, ramp * np.sin(9 * ramp) ** 2)).size() < ANALYSIS_BYTES
