"""What is said of a cine."""

from __future__ import annotations

import pytest

from busi_gui.views.cine.cine_words import finding_text, has_areas_in_mm, rate_text, runs, unreadable_text
from tests.views.cines import make_cine, make_finding


@pytest.mark.parametrize(
    ("frame_ms", "text"),
    [
        (40.0, "25 frames/s"),
        (1000 / 30, "30 frames/s"),
        (133.33, "7.5 frames/s"),
        (1000.0, "1 frame/s"),
        (4000.0, "0.25 frames/s"),
        (0.0, ""),
        (float("nan"), ""),
    ],
)
def test_the_rate_is_said_in_frames_a_second(frame_ms, text):
    assert rate_text(make_cine(frame_ms=frame_ms)) == text


def test_a_rate_that_the_file_does_not_state_is_said_to_be_assumed():
    assert rate_text(make_cine(has_stated_rate=False)) == "25 frames/s (assumed)"


def test_frames_that_follow_one_another_are_one_run():
    assert runs({9, 3, 4, 5, 1}) == [(1, 1), (3, 5), (9, 9)]
    assert runs(()) == []


@pytest.mark.parametrize(
    ("frames", "text"),
    [
        ((), ""),
        ((6,), "Frame 7 cannot be read"),
        (range(6, 12), "Frames 7 to 12 cannot be read"),
        ((0, 6, 7, 11), "Frames 1, 7 to 8 and 12 cannot be read"),
        (range(0, 20, 2), "Frames 1, 3, 5, 7, 9, 11 and 4 more cannot be read"),
    ],
)
def test_damaged_frames_are_named_as_the_reader_counts(frames, text):
    assert unreadable_text(frozenset(frames)) == text


def test_a_finding_is_read_out_with_its_area():
    cine = make_cine(findings={33: make_finding(), 34: make_finding(0.999, area_mm2=4.25)})
    assert finding_text(cine, 33) == "frame 34: 0.83, 142 mm²"
    assert finding_text(cine, 34) == "frame 35: >0.99, 4.2 mm²"


def test_areas_are_in_pixels_as_soon_as_one_lesion_is_not_calibrated():
    cine = make_cine(findings={33: make_finding(), 34: make_finding(area_mm2=None)})
    assert not has_areas_in_mm(cine)
    assert finding_text(cine, 33) == "frame 34: 0.83, 1000 px"


def test_a_frame_without_a_lesion_has_no_area_that_could_be_uncalibrated():
    assert has_areas_in_mm(make_cine(findings={33: make_finding(), 34: make_finding(None)}))


def test_why_nothing_was_found_is_said():
    cine = make_cine(findings={33: make_finding(None)}, unreadable=frozenset({6}))
    assert [finding_text(cine, frame) for frame in (33, 34, 6)] == ["frame 34: no lesion", "frame 35: not analysed", "frame 7: cannot be read"]
