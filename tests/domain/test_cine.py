"""What is found in the frames of a cine, and which of them is worth reading."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from busi_gui.domain.case import Case
from busi_gui.domain.cine import FrameFinding, finding_of, frame_due, frames_ahead, key_frame, next_readable
from busi_gui.domain.provenance import full_text
from busi_gui.domain.scan import Box, Region, Scan, Spacing
from tests.services.fake_pipeline import INFO, analysis_of

NOTHING = FrameFinding(None, 0, None, (40, 60))

found = st.builds(lambda p, area: replace(NOTHING, p_malignant=p, area_px=area), st.floats(0, 1), st.integers(1, 10_000))
cines = st.lists(st.one_of(st.just(NOTHING), found), max_size=40)


def lesion(p, area=1000):
    return replace(NOTHING, p_malignant=p, area_px=area)


def numbered(frames):
    return dict(enumerate(frames))


def proposed(*frames):
    return key_frame(numbered(frames), len(frames))


def test_the_most_suspicious_of_the_frames_that_show_the_lesion_well_is_proposed():
    rising = [lesion(p / 10) for p in range(1, 9)]
    assert proposed(*rising, *[lesion(0.9)] * 3, *reversed(rising)) == 8
    small = [lesion(0.9, 100)] * 6
    assert proposed(*small, *[lesion(0.6)] * 6) == 6


@pytest.mark.parametrize("place", range(12))
def test_a_flash_of_a_single_frame_is_not_proposed(place):
    frames = [NOTHING] * 3 + [lesion(0.5)] * 6 + [NOTHING] * 3
    frames[place] = lesion(0.99, 5000)
    assert proposed(*frames) in set(range(3, 9)) - {place}
    assert proposed(*[NOTHING] * place, lesion(0.99), *[NOTHING] * (11 - place)) is None


def test_of_equals_the_larger_is_proposed_and_then_the_earlier():
    assert proposed(*[lesion(0.5, 800)] * 5, *[lesion(0.5, 1000)] * 5) == 5
    assert proposed(*[lesion(0.5)] * 7) == 0


def test_nothing_is_proposed_where_no_frame_shows_a_lesion():
    assert proposed(NOTHING, NOTHING) is None
    assert proposed() is None


def test_frames_that_could_not_be_read_are_passed_over():
    assert key_frame({2: lesion(0.4), 3: lesion(0.8), 5: lesion(0.8), 6: lesion(0.2)}, 8) == 3


@given(cines)
def test_what_is_proposed_shows_a_lesion_that_its_neighbours_show_too(frames):
    key = proposed(*frames)
    if key is not None:
        near = frames[max(0, key - 2) : key + 3]
        assert frames[key].area_px > 0
        assert sum(frame.area_px > 0 for frame in near) > len(near) / 2


@given(cines, found)
def test_a_lesion_that_stays_for_five_frames_leads_to_a_proposal(frames, steady):
    assert proposed(*frames, *[steady] * 5) is not None


@given(cines, st.data())
def test_one_more_flash_does_not_become_the_proposal_of_a_quiet_cine(frames, data):
    flash = data.draw(found)
    assert proposed(*[NOTHING] * len(frames), flash, NOTHING) is None
    assert proposed(NOTHING, flash, *[NOTHING] * len(frames)) is None


@given(cines)
def test_the_proposal_does_not_depend_on_the_order_in_which_frames_were_analysed(frames):
    assert key_frame(dict(reversed(list(enumerate(frames)))), len(frames)) == proposed(*frames)


def analysed(**fields):
    scan = Scan(Path("a.dcm"), np.zeros((40, 60), np.uint8), **fields)
    return Case(scan).with_analysis(analysis_of(scan.pixels))


def test_a_finding_has_square_millimetres_only_where_a_scale_holds_for_all_of_it():
    area = finding_of(analysed()).area_px
    assert finding_of(analysed()) == FrameFinding(0.8, area, None, (40, 60), True, 0.8 - 0.05, 0.8 + 0.05, networks=full_text(INFO))
    assert finding_of(analysed(spacing=Spacing(0.1, 0.2))).area_mm2 == pytest.approx(0.02 * area)
    assert finding_of(analysed(regions=(Region(Box(0, 0, 20, 60), Spacing(0.1, 0.1)),))).area_mm2 is None


def test_without_a_lesion_the_area_is_nothing_in_the_scale_that_there_is():
    case = analysed(spacing=Spacing(0.1, 0.1))
    none = case.with_analysis(replace(case.analysis, lesions=()))
    assert finding_of(none) == FrameFinding(None, 0, 0.0, (40, 60), is_doubted=True, networks=full_text(INFO))
    assert finding_of(none, analysed().scan).area_mm2 is None


def test_a_finding_can_be_given_in_another_scale_than_the_case_was_measured_in():
    case = analysed()
    found = finding_of(case, case.scan.calibrated(Spacing(0.1, 0.1)))
    assert found.area_mm2 == pytest.approx(0.01 * found.area_px)


def test_a_frame_that_was_not_analysed_has_no_finding():
    with pytest.raises(ValueError, match="not been analysed"):
        finding_of(Case(analysed().scan))


def test_the_next_readable_frame_lies_in_the_direction_of_travel():
    assert next_readable(3, 1, 8, {3, 4}) == 5
    assert next_readable(3, -1, 8, {3, 4}) == 2
    assert next_readable(3, 1, 5, {3, 4}) is None
    assert next_readable(2, 1, 5, ()) == 2


def test_a_cine_begins_again_at_its_end_only_where_it_loops():
    assert frame_due(8, 5, 10, is_looping=True) == 3
    assert frame_due(8, 5, 10, is_looping=False) == 9
    assert frames_ahead(8, 1, 3, 10, is_looping=True) == (9, 0, 1)
    assert frames_ahead(8, 1, 3, 10, is_looping=False) == (9,)
    assert frames_ahead(1, -1, 3, 10, is_looping=False) == (0,)
    assert frames_ahead(0, 1, 8, 3, is_looping=True) == (1, 2)
