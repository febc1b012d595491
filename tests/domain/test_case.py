"""A scan and what the networks found in the part of it that they looked at."""

from pathlib import Path

import numpy as np
import pytest

from busi_gui.domain.case import analysed_case
from busi_gui.domain.scan import Box, Region, Scan, Spacing
from tests.services.fake_pipeline import analysis_of

FIELD = Box(10, 20, 50, 100)


def scan_with(**fields):
    return Scan(Path("a.png"), np.random.default_rng(3).integers(0, 256, (60, 120), np.uint8), **fields)


def test_the_networks_see_nothing_but_the_field_and_masks_come_back_to_their_place():
    scan, seen = scan_with(field=FIELD), []

    def analyse(pixels):
        seen.append(pixels)
        return analysis_of(pixels)

    case = analysed_case(scan, analyse)
    assert np.array_equal(seen[0], scan.pixels[10:50, 20:100])
    assert not seen[0].flags.writeable
    assert case.scan is scan
    assert case.lesions[0].mask.shape == scan.shape
    assert np.array_equal(case.lesions[0].mask[FIELD.slices], analysis_of(seen[0]).lesions[0].mask)
    assert np.count_nonzero(case.lesions[0].mask) == np.count_nonzero(case.lesions[0].mask[FIELD.slices])
    assert case.analysis is not None
    assert case.analysis.lesions[0].mask.shape == scan.shape


def test_without_a_field_the_networks_see_the_scan_itself():
    scan, seen = scan_with(), []

    def analyse(pixels):
        seen.append(pixels)
        return analysis_of(pixels)

    analysed_case(scan, analyse)
    assert seen[0] is scan.pixels


def test_a_lesion_in_the_field_takes_the_scale_of_the_region_that_holds_it_in_the_whole_picture():
    region = Region(Box(0, 0, 60, 120), Spacing(0.1, 0.1))
    (lesion,) = analysed_case(scan_with(field=FIELD, regions=(region,)), analysis_of).lesions
    assert lesion.measures.area_mm2 == pytest.approx(0.01 * lesion.measures.area_px)
    assert lesion.measures.bbox == (20, 40, 31, 61)
