"""What the input check finds, and that it leaves clean scans alone. Each detector is tested on what it alone can find."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest
import skimage

from busi_gui import paths
from busi_gui.domain.synthetic import Kind, synthetic_scan
from busi_gui.io.scans import read_scan
from models import burned_in
from models.familiarity import reduced, strangeness
from models.input_check import check_scan, scan_within
from tests.models import not_scans

SCANS = 51
KINDS: tuple[Kind, ...] = ("benign", "malignant", "normal")
SHAPES = ((480, 600), (600, 800), (300, 400), (360, 280))
PICTURES = [
    "astronaut.png",
    "brick.png",
    "camera.png",
    "cell.png",
    "chelsea.png",
    "chessboard_GRAY.png",
    "clock_motion.png",
    "coffee.png",
    "coins.png",
    "color.png",
    "grass.png",
    "gravel.png",
    "horse.png",
    "hubble_deep_field.jpg",
    "ihc.png",
    "logo.png",
    "microaneurysms.png",
    "moon.png",
    "motorcycle_left.png",
    "page.png",
    "phantom.png",
    "retina.jpg",
    "rocket.jpg",
    "text.png",
]


def scan_of(seed, kind=None, shape=None):
    return synthetic_scan(seed, kind or KINDS[seed % 3], shape or SHAPES[seed % 4])


def kinds(pixels, lesions=(), coloured=None, field=None):
    return {concern.kind for concern in check_scan(pixels, lesions, coloured, field)}


def rng(seed=0):
    return np.random.default_rng(seed)


# ------------------------------------------------------------------------------------------------------------------------ clean scans


@pytest.mark.parametrize("seed", range(SCANS))
def test_a_clean_scan_raises_no_concern(seed):
    pixels, mask = scan_of(seed)
    assert check_scan(pixels, [mask] if mask.any() else []) == ()


@pytest.mark.parametrize("sample", ["benign_synthetic.png", "malignant_synthetic.png", "calibrated_synthetic.dcm"])
def test_the_samples_raise_no_concern(sample):
    scan = read_scan(paths.samples_dir() / sample)
    assert check_scan(scan.pixels, (), scan.coloured) == ()


@pytest.mark.parametrize("change", ["darker", "brighter", "mirrored", "compressed", "twice as large", "half as large"])
def test_a_clean_scan_raises_none_as_another_machine_would_bring_it(change):
    pixels, mask = scan_of(4, "benign", (480, 600))
    changes = {
        "darker": lambda p: (p * 0.6).astype(np.uint8),
        "brighter": lambda p: np.clip(p * 1.3, 0, 255).astype(np.uint8),
        "mirrored": lambda p: np.ascontiguousarray(p[:, ::-1]),
        "compressed": lambda p: cv2.imdecode(cv2.imencode(".jpg", p, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], cv2.IMREAD_GRAYSCALE),
        "twice as large": lambda p: cv2.resize(p, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR),
        "half as large": lambda p: cv2.resize(p, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
    }
    changed = changes[change](pixels)
    lesion = cv2.resize((mask[:, ::-1] if change == "mirrored" else mask).astype(np.uint8), changed.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    assert check_scan(changed, [lesion]) == ()


def test_what_is_found_is_the_same_whatever_the_size():
    pixels, mask = scan_of(1, "benign", (480, 600))
    marked = not_scans.with_words(pixels, mask)
    large = cv2.resize(marked, (6000, 4800), interpolation=cv2.INTER_LINEAR)
    assert kinds(large, [cv2.resize(mask.astype(np.uint8), (6000, 4800)) > 0]) == kinds(marked, [mask]) == {"marks over lesion"}


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (7, 5), (31, 31)])
def test_a_picture_of_next_to_nothing_is_no_scan_and_no_error(shape):
    pixels = np.full(shape, 90, np.uint8)
    assert kinds(pixels, [np.ones(shape, np.bool_)]) == {"not ultrasound"}


# ------------------------------------------------------------------------------------------------------------------- not an ultrasound


@pytest.mark.parametrize("name", PICTURES)
def test_a_photograph_a_texture_or_a_page_is_no_ultrasound(name):
    pixels = read_scan(Path(skimage.__file__).parent / "data" / name).pixels
    assert kinds(pixels) == {"not ultrasound"}


@pytest.mark.parametrize("name", ["CT_small.dcm", "MR_small.dcm", "J2K_pixelrep_mismatch.dcm", "examples_overlay.dcm", "693_J2KI.dcm"])
def test_a_ct_or_mr_slice_is_no_ultrasound(name):
    pixels = read_scan(Path(pydicom.__file__).parent / "data" / "test_files" / name).pixels
    assert kinds(pixels) == {"not ultrasound"}


@pytest.mark.parametrize("kind", not_scans.MADE_UP)
def test_noise_slopes_pages_and_chests_are_no_ultrasound(kind):
    for seed in range(3):
        for name, pixels in not_scans.MADE_UP[kind](rng(seed), (500, 700)).items():
            assert kinds(pixels) == {"not ultrasound"}, (name, seed)


def test_what_is_no_ultrasound_is_not_doubted_for_its_lesions_as_well():
    photograph = read_scan(Path(skimage.__file__).parent / "data" / "astronaut.png").pixels
    assert kinds(photograph, [np.ones(photograph.shape, np.bool_)], np.ones(photograph.shape, np.bool_)) == {"not ultrasound"}


def test_a_scan_turned_on_its_side_is_strange():
    pixels, _ = scan_of(0, "benign", (480, 600))
    assert strangeness(pixels) < 1 < strangeness(np.ascontiguousarray(np.rot90(pixels)))


def test_what_lies_at_the_rim_does_not_make_a_scan_strange():
    pixels, _ = scan_of(0, "benign", (480, 600))
    framed = pixels.copy()
    cv2.rectangle(framed, (2, 2), (597, 477), 255, 5)
    assert strangeness(framed) < 1


# ---------------------------------------------------------------------------------------------------------------------------- borders


@pytest.mark.parametrize("seed", range(12))
def test_the_scan_in_a_screen_shot_is_found(seed):
    pixels, _ = scan_of(seed, "benign", (480, 600))
    shot, place = not_scans.screen_shot(pixels, rng(seed))
    (concern,) = check_scan(shot)
    assert concern.kind == "borders"
    assert concern.field is not None
    assert np.abs(np.subtract(concern.field, place)).max() <= 0.04 * max(shot.shape)


def test_a_scan_with_narrow_borders_is_left_as_it_is():
    pixels, _ = scan_of(2, "benign", (480, 600))
    assert check_scan(cv2.copyMakeBorder(pixels, 20, 20, 30, 30, cv2.BORDER_CONSTANT, value=0)) == ()


def test_what_was_cropped_to_is_not_proposed_again_and_nothing_outside_is_looked_at():
    pixels, _ = scan_of(3, "benign", (480, 600))
    shot, place = not_scans.screen_shot(pixels, rng(1))
    assert scan_within(shot) is not None
    coloured = np.ones(shot.shape, np.bool_)
    coloured[place[0] : place[2], place[1] : place[3]] = False
    assert check_scan(shot, (), coloured, place) == ()


# ----------------------------------------------------------------------------------------------------------------------------- Doppler


def test_colour_on_a_scan_is_found_and_its_share_is_said():
    pixels, mask = scan_of(1, "benign", (480, 600))
    coloured = np.zeros(pixels.shape, np.bool_)
    coloured[100:140, 200:260] = True
    concerns = check_scan(pixels, [mask], coloured)
    assert [concern.kind for concern in concerns] == ["doppler"]
    assert "Less than 1 % of the scan has colour" in concerns[0].sentence
    coloured[100:300, 100:400] = True
    assert "21 % of the scan has colour" in check_scan(pixels, [mask], coloured)[0].sentence


@pytest.mark.parametrize("side", [13, 14, 20, 60, 200])
def test_flow_of_any_size_is_found(side):
    pixels, _ = scan_of(1, "benign", (480, 600))
    coloured = np.zeros(pixels.shape, np.bool_)
    coloured[100 : 100 + side, 200 : 200 + side] = True
    assert kinds(pixels, (), coloured) == {"doppler"}


def test_specks_and_thin_strokes_of_colour_are_no_flow():
    pixels, _ = scan_of(1, "benign", (480, 600))
    coloured = np.zeros(pixels.shape, np.bool_)
    coloured[100, 50:500] = coloured[50:400, 300:302] = True
    coloured[rng().integers(0, 480, 40), rng(1).integers(0, 600, 40)] = True
    assert kinds(pixels, (), coloured) == set()


def test_colour_of_what_does_not_look_like_a_scan_is_said_as_well():
    photograph = read_scan(Path(skimage.__file__).parent / "data" / "camera.png").pixels
    coloured = np.zeros(photograph.shape, np.bool_)
    coloured[50:150, 50:150] = True
    assert kinds(photograph, (), coloured) == {"not ultrasound", "doppler"}


def test_flow_that_covers_much_of_a_scan_does_not_make_it_strange():
    pixels, _ = scan_of(1, "benign", (480, 600))
    coloured = np.zeros(pixels.shape, np.bool_)
    coloured[60:420, 60:380] = True
    flooded = np.where(coloured, np.uint8(190), pixels)
    assert kinds(flooded, (), None) == {"not ultrasound"}
    assert kinds(flooded, (), coloured) == {"doppler"}


@pytest.mark.parametrize("seed", range(6))
def test_the_box_of_a_doppler_scan_in_grey_is_found(seed):
    pixels, _ = scan_of(seed, "benign", (480, 600))
    assert kinds(not_scans.with_box(pixels, (60, 150, 330, 420), 200)) == {"doppler"}


def test_one_upright_line_is_no_box():
    pixels, _ = scan_of(0, "benign", (480, 600))
    lined = pixels.copy()
    lined[100:300, 200] = 220
    assert kinds(lined) == set()


# ------------------------------------------------------------------------------------------------------------------------------- marks


@pytest.mark.parametrize("lying", [False, True])
@pytest.mark.parametrize(("shape", "arm"), [((216, 288), 3), ((216, 288), 4), ((480, 600), 8)])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_callipers_at_a_lesion_are_found(seed, shape, arm, lying):
    pixels, mask = scan_of(seed, "benign", shape)
    (concern,) = check_scan(not_scans.with_callipers(pixels, mask, arm, lying=lying), [mask])
    assert (concern.kind, concern.lesion) == ("marks over lesion", 1)


@pytest.mark.parametrize("seed", range(4))
def test_letters_over_a_lesion_are_found(seed):
    pixels, mask = scan_of(seed, "benign", (480, 600))
    lettered = not_scans.with_words(pixels, mask, "OCC")
    assert burned_in.find_words(reduced(lettered, burned_in.SIDE))
    assert not burned_in.find_words(reduced(pixels, burned_in.SIDE))
    assert kinds(lettered, [mask]) == {"marks over lesion"}


def test_the_lesion_with_the_marks_is_named():
    pixels, mask = scan_of(0, "benign", (480, 600))
    other = np.zeros(mask.shape, np.bool_)
    other[400:440, 60:120] = True
    marked = not_scans.with_words(pixels, mask)
    (concern,) = check_scan(marked, [other, mask])
    assert concern.lesion == 2
    assert "lesion 2" in concern.sentence


def test_marks_far_from_every_lesion_raise_no_concern():
    pixels, mask = scan_of(0, "benign", (480, 600))
    away = np.zeros(mask.shape, np.bool_)
    away[420:450, 480:560] = True
    marked = not_scans.with_cross(not_scans.with_words(pixels, away, "LT"), 40, 60, 6)
    assert burned_in.find_words(reduced(marked, burned_in.SIDE))
    assert kinds(marked, [mask]) == set()


def test_a_bright_round_spot_is_no_cross():
    pixels, mask = scan_of(0, "benign", (216, 288))
    rows, columns = np.nonzero(mask)
    y, x = np.mgrid[:216, :288]
    spot = 200 * np.exp(-((y - rows.mean()) ** 2 + (x - columns.mean()) ** 2) / (2 * 4.5**2))
    assert kinds(np.clip(pixels + spot, 0, 255).astype(np.uint8), [mask]) == set()


# ----------------------------------------------------------------------------------------------------------------------------- cut off


def cropped(seed, side, gap_px=0):
    """Return a scan cut through the middle of its lesion, and the rest of the lesion, ending so far before the border as the networks do."""
    pixels, mask = scan_of(seed, "benign", (480, 600))
    rows, columns = np.nonzero(mask)
    box = [0, 0, *mask.shape]
    box[side] = int(rows.mean() if side % 2 == 0 else columns.mean())
    part, rest = (array[box[0] : box[2], box[1] : box[3]].copy() for array in (pixels, mask))
    if gap_px:
        rest[[slice(0, gap_px), (slice(None), slice(0, gap_px)), slice(-gap_px, None), (slice(None), slice(-gap_px, None))][side]] = False
    return part, rest


@pytest.mark.parametrize("gap_px", [0, 10])
@pytest.mark.parametrize("side", range(4))
def test_a_lesion_that_the_border_cuts_off_is_found(side, gap_px):
    pixels, mask = cropped(1, side, gap_px)
    assert "cut off" in kinds(pixels, [mask])


def test_a_lesion_cut_off_by_the_part_cropped_to_is_found():
    pixels, mask = scan_of(1, "benign", (480, 600))
    middle = int(np.nonzero(mask)[1].mean())
    assert kinds(pixels, [mask], field=(0, 0, 480, middle)) == {"cut off"}
    assert kinds(pixels, [mask]) == set()


def test_a_lesion_cut_off_by_the_side_of_the_fan_is_found():
    found = []
    for seed in range(6):
        pixels, mask = scan_of(seed, "benign", (480, 600))
        fan, rest = not_scans.in_fan(pixels, mask, rng(seed))
        found.append("cut off" in kinds(fan, [rest]))
    assert all(found)


def test_a_whole_lesion_beside_the_border_is_not_cut_off():
    pixels, mask = scan_of(1, "benign", (480, 600))
    rows = np.nonzero(mask)[0]
    top = rows.min() - 12  # bright tissue lies between
    assert "cut off" not in kinds(pixels[top:].copy(), [mask[top:].copy()])


def test_a_lesion_is_called_by_its_number_not_by_its_place():
    pixels, mask = cropped(1, 3)
    other = np.zeros_like(mask)
    other[100:130, 20:50] = True
    concerns = check_scan(pixels, [other, mask], numbers=[2, 5])
    assert [(concern.kind, concern.lesion) for concern in concerns if concern.lesion is not None] == [("cut off", 5)]
    assert concerns[-1].sentence.startswith("Lesion 5 ")
