"""Millimetres of DICOM files: which scales are believed, where they hold, and what is said where there are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.dataset import Dataset

from busi_gui.domain.scan import Box, Calibration, Region, Scan, Spacing
from busi_gui.io.scans import open_scan, read_scan
from tests.builders import make_dicom, make_pixels, make_region, write_dicom
from tests.io.opened_files import bundled

ROWS, COLUMNS = 96, 120
WHOLE = (0, 0, ROWS - 1, COLUMNS - 1)
LEFT, RIGHT = (0, 0, ROWS - 1, 59), (0, 60, ROWS - 1, COLUMNS - 1)
M_MODE = {"RegionSpatialFormat": 2, "PhysicalUnitsXDirection": 4}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "scan.dcm"


def scan_with(path: Path, *regions: Dataset, **elements: Any) -> Scan:
    return read_scan(write_dicom(path, make_pixels(), SequenceOfUltrasoundRegions=list(regions), **elements))


def regions_of(scan: Scan) -> list[tuple[Box, float, float]]:
    return [(region.box, round(region.spacing.row_mm, 6), round(region.spacing.column_mm, 6)) for region in scan.regions]


# One scale


@pytest.mark.parametrize(
    ("regions", "expected"),
    [
        ([make_region(0.008)], Spacing(0.08, 0.08)),
        ([make_region((-0.008, 0.006))], Spacing(0.08, 0.06)),
        ([make_region(ends=(0, 0, 96, 120))], Spacing(0.08, 0.08)),
        ([make_region(1.0, PhysicalUnitsXDirection=0, PhysicalUnitsYDirection=0), make_region()], Spacing(0.08, 0.08)),
        ([make_region(ends=LEFT), make_region(ends=RIGHT)], Spacing(0.08, 0.08)),
        ([make_region(0.008, ends=LEFT), make_region(0.008001, ends=RIGHT)], Spacing(0.08, 0.08)),
        ([make_region(ends=LEFT), make_region(0.02, ends=RIGHT, **M_MODE)], Spacing(0.08, 0.08)),
        ([make_region(), make_region(0.5, ends=(0, 0, 400, 500))], Spacing(0.08, 0.08)),
    ],
    ids=[
        "one",
        "negative and oblong",
        "one pixel over",
        "placeholder first",
        "two alike",
        "two alike but for rounding",
        "a time axis beside",
        "a placeholder that is larger than the picture",
    ],
)
def test_a_scale_on_which_credible_regions_agree_is_taken(path, regions, expected):
    scan = scan_with(path, *regions)
    assert scan.spacing is not None
    assert (scan.spacing.row_mm, scan.spacing.column_mm) == pytest.approx((expected.row_mm, expected.column_mm))
    assert scan.calibration is Calibration.FILE
    assert scan.warnings == ()


@pytest.mark.parametrize(
    "regions",
    [
        [make_region(RegionSpatialFormat=2)],
        [make_region(PhysicalUnitsXDirection=4)],
        [make_region(PhysicalUnitsYDirection=0)],
        [make_region(ends=(0, 0, 97, 119))],
        [make_region(ends=(0, 0, 95, 121))],
        [make_region(ends=(50, 60, 50, 60))],
        [make_region(ends=(60, 0, 50, 119))],
        [make_region(0.0)],
        [make_region(float("nan"))],
        [make_region(1.0)],
        [Dataset()],
        [make_region(ends=LEFT), make_region(ends=(0, 0, 400, 500))],
    ],
    ids=[
        "one-dimensional",
        "time",
        "no unit",
        "too high",
        "too wide",
        "nothing",
        "upside down",
        "zero",
        "not a number",
        "a centimetre a pixel",
        "empty",
        "one of a larger picture",
    ],
)
def test_without_a_credible_region_there_are_no_millimetres_and_it_says_so(path, regions):
    scan = scan_with(path, *regions, PixelSpacing=[0.1, 0.1])
    assert (scan.spacing, scan.regions, scan.calibration) == (None, (), Calibration.NONE)
    assert "no credible scale" in scan.warnings[0]


@pytest.mark.parametrize("name", ["examples_palette.dcm", "examples_ybr_color.dcm"])
def test_a_real_region_that_was_copied_from_a_larger_picture_is_not_trusted(name):
    scan = read_scan(bundled(name))
    assert (scan.spacing, scan.regions) == (None, ())


# Where it holds


def test_a_scale_holds_only_inside_its_region(path):
    scan = scan_with(path, make_region(ends=(10, 20, 59, 79)))
    assert regions_of(scan) == [(Box(10, 20, 60, 80), 0.08, 0.08)]
    assert scan.spacing_within(Box(10, 20, 60, 80)) == scan.spacing
    assert scan.spacing_within(Box(10, 20, 61, 80)) is None
    assert scan.spacing_within(Box(0, 0, 5, 5)) is None


def test_a_region_of_one_pixel_too_many_ends_with_the_picture(path):
    assert regions_of(scan_with(path, make_region(ends=(0, 0, ROWS, COLUMNS)))) == [(Box(0, 0, ROWS, COLUMNS), 0.08, 0.08)]


def test_two_parts_of_different_scales_keep_their_own_and_the_picture_has_none(path):
    scan = scan_with(path, make_region(0.008, ends=LEFT), make_region((0.009, 0.01), ends=RIGHT))
    assert scan.spacing is None
    assert regions_of(scan) == [(Box(0, 0, ROWS, 60), 0.08, 0.08), (Box(0, 60, ROWS, COLUMNS), 0.09, 0.1)]
    assert scan.spacing_within(Box(5, 5, 20, 30)) == scan.regions[0].spacing
    assert scan.spacing_within(Box(5, 70, 20, 90)) == scan.regions[1].spacing
    assert scan.spacing_within(Box(5, 50, 20, 70)) is None
    assert scan.calibration is Calibration.FILE
    assert "several scales" in scan.warnings[0]


def test_where_two_scales_overlap_neither_is_believed(path):
    scan = scan_with(path, make_region(0.008, ends=(0, 0, 95, 69)), make_region(0.01, ends=(0, 60, 95, 119)))
    assert [region.box for region in scan.regions] == [Box(0, 0, ROWS, 60), Box(0, 70, ROWS, COLUMNS)]


def test_an_enlarged_part_inside_a_picture_is_left_out(path):
    scan = scan_with(path, make_region(0.008, ends=WHOLE), make_region(0.004, ends=(60, 80, 89, 109)))
    assert [region.box for region in scan.regions] == [Box(0, 0, ROWS, 80)]


def test_regions_that_overlap_and_agree_are_kept(path):
    scan = scan_with(path, make_region(ends=WHOLE), make_region(ends=(10, 10, 40, 40), RegionDataType=2))
    assert [region.box for region in scan.regions] == [Box(0, 0, ROWS, COLUMNS), Box(10, 10, 41, 41)]


def test_a_strip_of_movement_over_time_is_taken_out_of_the_tissue_that_it_covers(path):
    scan = scan_with(path, make_region(ends=WHOLE), make_region(0.02, ends=(64, 0, 95, 119), **M_MODE))
    assert [region.box for region in scan.regions] == [Box(0, 0, 64, COLUMNS)]
    assert scan.spacing is not None
    assert scan.spacing_within(Box(50, 0, 70, 10)) is None


def test_where_no_tissue_is_left_there_are_no_millimetres_and_it_says_so(path):
    scan = scan_with(path, make_region(ends=WHOLE), make_region(0.02, ends=WHOLE, **M_MODE))
    assert (scan.spacing, scan.regions, scan.calibration) == (None, (), Calibration.NONE)
    assert scan.spacing_within(Box(50, 0, 70, 10)) is None
    assert "no credible scale" in scan.warnings[0]


# Without regions


@pytest.mark.parametrize(("stated", "expected"), [([0.1, 0.2], Spacing(0.1, 0.2)), ([2.0, 2.0], Spacing(2.0, 2.0))])
def test_pixel_spacing_is_taken_where_there_are_no_regions(path, stated, expected):
    scan = read_scan(write_dicom(path, make_pixels(), PixelSpacing=stated))
    assert (scan.spacing, scan.regions, scan.calibration, scan.warnings) == (expected, (), Calibration.FILE, ())
    assert scan.spacing_within(Box(0, 0, ROWS, COLUMNS)) == expected


@pytest.mark.parametrize("stated", [[1.0, 1.0], [0.0, 0.1], [-0.1, 0.1], [2.1, 2.1], [0.001, 0.001], [0.1]])
def test_pixel_spacing_that_is_not_credible_is_not_taken(path, stated):
    assert read_scan(write_dicom(path, make_pixels(), PixelSpacing=stated)).spacing is None


def test_a_section_may_be_coarser_than_ultrasound(path):
    assert read_scan(write_dicom(path, make_pixels(), Modality="PT", PixelSpacing=[4.0, 4.0])).spacing == Spacing(4.0, 4.0)
    assert read_scan(write_dicom(path, make_pixels(), Modality="MR", PixelSpacing=[1.0, 1.0])).spacing == Spacing(1.0, 1.0)


def test_what_is_measured_at_a_detector_is_not_taken(path):
    assert read_scan(write_dicom(path, make_pixels(), Modality="XA", ImagerPixelSpacing=[0.1, 0.1])).spacing is None


def measures(*spacing: float) -> Dataset:
    group, item = Dataset(), Dataset()
    item.PixelSpacing = list(spacing)
    group.PixelMeasuresSequence = [item]
    return group


def test_a_volume_says_its_scale_once_for_all_frames_or_for_each(path):
    frames = np.stack([make_pixels(seed) for seed in range(3)])
    dataset = make_dicom(frames, frames=3, SharedFunctionalGroupsSequence=[measures(0.1, 0.2)])
    dataset.save_as(path, enforce_file_format=True)
    assert [read_scan(path, frame).spacing for frame in range(3)] == [Spacing(0.1, 0.2)] * 3
    dataset.PerFrameFunctionalGroupsSequence = [measures(0.1, 0.1), measures(0.2, 0.2), measures(0.3, 0.3)]
    dataset.save_as(path, enforce_file_format=True)
    with open_scan(path) as file:
        assert [file.read(frame).spacing for frame in range(3)] == [Spacing(0.1, 0.1), Spacing(0.2, 0.2), Spacing(0.3, 0.3)]


def test_regions_of_a_cine_hold_for_all_its_frames(path):
    frames = np.stack([make_pixels(seed) for seed in range(2)])
    write_dicom(path, frames, frames=2, SequenceOfUltrasoundRegions=[make_region(ends=LEFT)])
    with open_scan(path) as file:
        assert {file.read(frame).regions for frame in range(2)} == {(Region(Box(0, 0, ROWS, 60), Spacing(0.08, 0.08)),)}
