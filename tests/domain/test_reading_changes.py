"""What happens to a reading when lesions are merged, split, carried to another frame, or taken over from the network."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from busi_gui.domain.case import Case
from busi_gui.domain.masks import parts
from busi_gui.domain.reading import Assessment, MaskSource, Outline, Reading
from busi_gui.domain.reading_changes import LockedError, Offer, TakenError, carried, kept_clear, nearest, offers, taken_over, with_merged, with_split
from busi_gui.domain.scan import Scan
from models.analysis import Analysis, Diagnosis, FoundLesion, NetworkInfo, OperatingPoint

SHAPE = (40, 60)
NETWORK = NetworkInfo("0.1", "segmenter", "classifier", "nothing", OperatingPoint("sensitive", 0.3, 0.95, 0.6, "nothing"))
DIAGNOSIS = Diagnosis(0.5, 0.4, 0.6, {})


def box(top, left, bottom, right):
    mask = np.zeros(SHAPE, np.bool_)
    mask[top:bottom, left:right] = True
    return mask


def three(**first):
    """Return a reading of three lesions from left to right, the third nearer to the second."""
    outlines = (
        Outline(1, box(10, 2, 20, 12), **first),
        Outline(2, box(10, 30, 20, 40), MaskSource.DRAWN),
        Outline(5, box(10, 44, 20, 54), MaskSource.DRAWN),
    )
    return Reading(outlines, is_touched=True)


def of(reading, number) -> Any:
    return reading.outline(number)


def numbers(reading):
    return [outline.number for outline in reading.outlines]


# merged -------------------------------------------------------------------------------------------------------------------------------------------


def test_merged_lesions_are_the_first_one_with_all_their_pixels():
    reading = three(name="cyst", assessment=Assessment("3"))
    after = with_merged(reading, (1, 5))
    assert numbers(after) == [1, 2]
    kept = of(after, 1)
    assert np.array_equal(kept.mask, of(reading, 1).mask | of(reading, 5).mask)
    assert (kept.name, kept.assessment.category) == ("cyst", "3")
    assert of(after, 2) is of(reading, 2)


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ((MaskSource.DRAWN, MaskSource.DRAWN), MaskSource.DRAWN),
        ((MaskSource.DRAWN, MaskSource.NETWORK), MaskSource.CORRECTED),
        ((MaskSource.NETWORK, MaskSource.NETWORK), MaskSource.CORRECTED),
        ((MaskSource.IMPORTED, MaskSource.IMPORTED), MaskSource.IMPORTED),
        ((MaskSource.IMPORTED, MaskSource.DRAWN), MaskSource.DRAWN),
        ((MaskSource.IMPORTED, MaskSource.CORRECTED), MaskSource.CORRECTED),
    ],
)
def test_what_is_merged_says_where_it_comes_from(sources, expected):
    reading = Reading().added(box(1, 1, 5, 5), sources[0]).added(box(1, 20, 5, 25), sources[1])
    assert of(with_merged(reading, (1, 2)), 1).source is expected


@pytest.mark.parametrize("numbers_", [(1, 2), (2, 1)])
def test_a_locked_lesion_is_not_merged(numbers_):
    with pytest.raises(LockedError) as caught:
        with_merged(three(is_locked=True), numbers_)
    assert caught.value.outline.number == 1


def test_one_alone_is_not_merged_and_one_that_is_not_there_is_an_error():
    reading = three()
    assert with_merged(reading, (1,)) is reading
    with pytest.raises(KeyError):
        with_merged(reading, (1, 3))


# split --------------------------------------------------------------------------------------------------------------------------------------------


def test_the_pieces_of_a_lesion_follow_it_in_the_list_and_the_first_keeps_its_name():
    whole = box(10, 2, 20, 12) | box(30, 2, 33, 5) | box(36, 2, 38, 4)
    reading = replace(three(), outlines=(Outline(1, whole, name="cyst", assessment=Assessment("3")), *three().outlines[1:]))
    after = with_split(reading, 1, parts(whole))
    assert numbers(after) == [1, 6, 7, 2, 5]
    assert of(after, 1).name == "cyst"
    assert of(after, 1).assessment.category == "3"
    assert [of(after, number).name for number in (6, 7)] == ["", ""]
    assert [of(after, number).assessment for number in (6, 7)] == [Assessment(), Assessment()]
    assert {of(after, number).source for number in (1, 6, 7)} == {MaskSource.CORRECTED}
    assert np.array_equal(of(after, 1).mask, box(10, 2, 20, 12))


def test_a_lesion_of_one_piece_stays_and_a_locked_one_is_refused():
    reading = three()
    assert with_split(reading, 1, [of(reading, 1).mask]) is reading
    with pytest.raises(LockedError):
        with_split(three(is_locked=True), 1, [box(10, 2, 20, 7), box(10, 7, 20, 12)])


@given(st.lists(st.tuples(st.integers(0, 36), st.integers(0, 56), st.integers(1, 8), st.integers(1, 8)), min_size=1, max_size=6))
def test_splitting_and_merging_again_gives_the_same_mask(boxes):
    whole = np.zeros(SHAPE, np.bool_)
    for top, left, height, width in boxes:
        whole |= box(top, left, top + height, left + width)
    reading = Reading().added(box(0, 0, 1, 1)).added(whole)
    split = with_split(reading, 2, parts(whole))
    pieces = [number for number in numbers(split) if number != 1]
    assert sum(int(of(split, number).mask.sum()) for number in pieces) == whole.sum()
    assert with_merged(split, pieces).is_same(reading)


# carried ------------------------------------------------------------------------------------------------------------------------------------------


def test_a_lesion_carried_to_an_empty_frame_keeps_number_name_and_assessment():
    outline = Outline(3, box(1, 1, 9, 9), MaskSource.DRAWN, "cyst", True, True, Assessment("4A"))
    after, number = carried(Reading(), outline)
    laid = of(after, 3)
    assert number == 3
    assert after.is_touched
    assert (laid.name, laid.assessment.category, laid.source) == ("cyst", "4A", MaskSource.DRAWN)
    assert not laid.is_locked
    assert not laid.is_hidden
    assert np.array_equal(laid.mask, outline.mask)


def test_a_lesion_carried_onto_one_of_its_number_replaces_the_mask_only():
    there = Reading((Outline(1, box(5, 5, 15, 15), name="mine", assessment=Assessment("2")),))
    after, number = carried(there, Outline(1, box(10, 10, 20, 20), name="other"))
    assert (number, numbers(after)) == (1, [1])
    assert np.array_equal(of(after, 1).mask, box(10, 10, 20, 20))
    assert (of(after, 1).name, of(after, 1).assessment.category) == ("mine", "2")
    assert of(after, 1).source is MaskSource.CORRECTED, "the network did not draw this on this frame"


def test_a_lesion_carried_to_where_its_number_is_another_lesions_gets_the_next_number():
    there = three()
    after, number = carried(there, Outline(1, box(30, 30, 35, 35)))
    assert number == 6
    assert numbers(after) == [1, 2, 5, 6]
    assert of(after, 1) is of(there, 1)


def test_a_locked_lesion_is_not_replaced_by_one_that_is_carried():
    with pytest.raises(LockedError):
        carried(three(is_locked=True), Outline(1, box(10, 2, 20, 12)))


# nearest ------------------------------------------------------------------------------------------------------------------------------------------


def test_the_nearest_lesion_is_the_nearest_edge_to_edge():
    assert nearest(three(), 2) == 5
    assert nearest(three(), 1) == 2
    assert nearest(three(), 5) == 2
    assert nearest(Reading().added(box(1, 1, 2, 2)), 1) is None
    far_middle = Reading().added(box(0, 0, 2, 2)).added(box(0, 5, 40, 60)).added(box(12, 0, 14, 2))
    assert nearest(far_middle, 1) == 2, "its edge is near, its middle far"
    with pytest.raises(KeyError):
        nearest(three(), 9)


# offers -------------------------------------------------------------------------------------------------------------------------------------------


def analysed(*masks):
    analysis = Analysis(np.zeros((8, 12), np.float32), tuple(FoundLesion(mask, DIAGNOSIS) for mask in masks), NETWORK, {})
    return Case(Scan(Path("a.png"), np.zeros(SHAPE, np.uint8))).with_analysis(analysis, ())


def test_the_network_offers_nothing_while_its_outlines_are_the_lesions():
    case = analysed(box(5, 5, 20, 20))
    assert offers(case) == ()
    named = case.with_reading(case.reading.changed(1, name="cyst"))
    assert named.reading.is_touched
    assert offers(named) == ()


def test_the_network_offers_the_outline_that_the_reader_has_changed():
    case = analysed(box(5, 5, 20, 20), box(30, 30, 38, 38))
    changed = case.with_reading(case.reading.with_mask(1, box(5, 5, 20, 18)))
    (offer,) = offers(changed)
    assert offer.number == 1
    assert offer.found is case.analysis.lesions[0]
    after = taken_over(changed.reading, offer)
    assert of(after, 1).source is MaskSource.NETWORK
    assert of(after, 1).mask is offer.found.mask
    assert offers(changed.with_reading(after)) == ()


def test_a_change_that_nobody_sees_is_no_difference():
    case = analysed(box(5, 5, 35, 35))
    mask = case.lesions[0].mask.copy()
    mask[5, 5] = False
    assert offers(case.with_reading(case.reading.with_mask(1, mask))) == ()


def test_the_network_offers_a_lesion_that_the_reader_has_deleted():
    case = analysed(box(5, 5, 20, 20), box(30, 30, 38, 38))
    deleted = case.with_reading(case.reading.without(1))
    (offer,) = offers(deleted)
    assert offer.number is None
    after = taken_over(deleted.reading, offer)
    assert numbers(after) == [2, 3]
    assert of(after, 3).source is MaskSource.NETWORK


def test_two_outlines_that_the_reader_has_merged_are_offered_one_after_the_other():
    case = analysed(box(5, 5, 20, 20), box(30, 30, 35, 35))
    merged = case.with_reading(with_merged(case.reading, (1, 2)))
    (first,) = offers(merged)
    assert first.found is case.analysis.lesions[0]
    alone = merged.with_reading(taken_over(merged.reading, first))
    (second,) = offers(alone)
    assert (second.found, second.number) == (case.analysis.lesions[1], None)


def test_an_outline_is_not_taken_over_for_a_locked_lesion():
    case = analysed(box(5, 5, 20, 20))
    reading = case.reading.with_mask(1, box(5, 5, 20, 15)).changed(1, is_locked=True)
    (offer,) = offers(case.with_reading(reading))
    with pytest.raises(LockedError):
        taken_over(reading, offer)


# no pixel belongs to two lesions ------------------------------------------------------------------------------------------------------------------


def test_a_mask_stops_at_other_lesions_and_what_overlapped_before_stays():
    reading = Reading().added(box(0, 0, 10, 10)).added(box(0, 8, 10, 20)).added(box(20, 0, 30, 10))
    after = kept_clear(reading, 1, box(0, 0, 25, 12))
    assert np.array_equal(after, box(0, 0, 20, 10) | box(10, 0, 20, 12) | box(20, 10, 25, 12))
    untouched = box(0, 0, 3, 3)
    assert kept_clear(reading, 1, untouched) is untouched


def test_a_new_mask_of_which_nothing_is_left_names_who_lies_there():
    reading = Reading().added(box(0, 0, 10, 10), name="cyst")
    with pytest.raises(TakenError, match="cyst lies there"):
        kept_clear(reading, None, box(2, 2, 5, 5))
    assert kept_clear(Reading(), None, box(2, 2, 5, 5)).sum() == 9


def test_a_lesion_that_is_carried_leaves_other_lesions_their_pixels():
    there = Reading().added(box(0, 0, 10, 10)).added(box(0, 10, 10, 20))
    after, number = carried(there, Outline(1, box(0, 5, 10, 15), MaskSource.DRAWN))
    assert number == 1
    assert np.array_equal(of(after, 1).mask, box(0, 5, 10, 10))
    after, number = carried(there, Outline(7, box(5, 5, 15, 25), MaskSource.DRAWN))
    assert number == 7
    assert not np.any(of(after, 7).mask & (of(after, 1).mask | of(after, 2).mask))
    with pytest.raises(TakenError):
        carried(there, Outline(7, box(1, 1, 5, 5)))


def test_an_outline_of_the_networks_that_had_to_leave_pixels_to_others_is_a_corrected_one():
    case = analysed(box(5, 5, 20, 20))
    reading = case.reading.without(1).added(box(15, 15, 30, 30))
    after = taken_over(reading, Offer(case.analysis.lesions[0], None))
    assert of(after, after.outlines[-1].number).source is MaskSource.CORRECTED
    assert not np.any(after.outlines[0].mask & after.outlines[1].mask)
