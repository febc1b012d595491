"""What a reader sets down on one frame."""

import numpy as np
import pytest

from busi_gui.domain.reading import Assessment, MaskSource, Outcome, OutcomeEvidence, OutcomeMethod, Outline, Reading
from tests.domain.readings import SHAPE, box


def test_the_networks_lesions_are_numbered_from_one_and_are_not_the_readers():
    reading = Reading().found([box(0, 0, 3, 3), box(5, 5, 9, 9)])
    assert [(outline.number, outline.source) for outline in reading.outlines] == [(1, MaskSource.NETWORK), (2, MaskSource.NETWORK)]
    assert not reading.is_touched
    assert reading.is_empty


def test_what_the_reader_changes_is_his():
    reading = Reading().found([box(0, 0, 3, 3)])
    for after in (
        reading.with_mask(1, box(0, 0, 4, 4)),
        reading.added(box(9, 9, 12, 12)),
        reading.without(1),
        reading.changed(1, name="cyst"),
        reading.changed(1, assessment=Assessment("2")),
    ):
        assert after.is_touched
        assert not after.is_empty
    assert not reading.is_touched, "readings are values"


def test_a_corrected_mask_says_so_and_a_drawn_one_stays_drawn():
    reading = Reading().found([box(0, 0, 3, 3)]).added(box(9, 9, 12, 12))
    after = reading.with_mask(1, box(0, 0, 4, 4)).with_mask(2, box(9, 9, 14, 14))
    assert [outline.source for outline in after.outlines] == [MaskSource.CORRECTED, MaskSource.DRAWN]
    assert after.with_mask(1, box(0, 0, 3, 3), MaskSource.NETWORK).outlines[0].source is MaskSource.NETWORK


def test_a_lesion_of_which_nothing_is_left_is_deleted():
    reading = Reading().found([box(0, 0, 3, 3), box(5, 5, 9, 9)])
    assert [outline.number for outline in reading.with_mask(1, np.zeros(SHAPE, np.bool_)).outlines] == [2]


def test_a_new_lesion_never_takes_the_number_of_one_that_is_there():
    reading = Reading().found([box(0, 0, 3, 3), box(5, 5, 9, 9)]).without(1).added(box(9, 9, 12, 12))
    assert [outline.number for outline in reading.outlines] == [2, 3]


def test_callipers_leave_the_outlines_the_networks():
    reading = Reading().found([box(0, 0, 3, 3)]).measured(())
    assert not reading.is_touched


def test_a_lesion_that_is_not_there_cannot_be_changed():
    for change in (lambda r: r.without(7), lambda r: r.changed(7, name="x"), lambda r: r.with_mask(7, box(0, 0, 1, 1))):
        with pytest.raises(KeyError, match="no lesion 7"):
            change(Reading().found([box(0, 0, 3, 3)]))


@pytest.mark.parametrize("mask", [np.zeros(SHAPE, np.bool_), np.ones(SHAPE, np.uint8), np.ones(5, np.bool_)])
def test_a_lesion_has_pixels(mask):
    with pytest.raises(ValueError, match="a lesion is bool"):
        Outline(1, mask)


def test_masks_cannot_be_written_once_they_are_handed_over():
    mask = box(0, 0, 3, 3)
    Outline(1, mask)
    with pytest.raises(ValueError, match="read-only"):
        mask[0, 0] = False


def test_there_is_no_category_that_the_lexicon_does_not_know():
    with pytest.raises(ValueError, match="BI-RADS"):
        Assessment("7")


@pytest.mark.parametrize(
    ("outcome", "method", "is_recorded"),
    [
        (Outcome.BENIGN, OutcomeMethod.FOLLOW_UP, True),
        (Outcome.MALIGNANT, OutcomeMethod.BIOPSY, True),
        (Outcome.MALIGNANT, OutcomeMethod.UNKNOWN, False),
        (Outcome.UNKNOWN, OutcomeMethod.BIOPSY, False),
    ],
)
def test_an_outcome_is_recorded_only_with_how_it_is_known(outcome, method, is_recorded):
    assert Assessment(outcome=outcome, evidence=OutcomeEvidence(method)).has_recorded_outcome is is_recorded


@pytest.mark.parametrize("date", ["1.3.2026", "2026-02-30", "20260301", "2026-W09-1", "2026-03", "2026-03-01T10:00", " "])
def test_a_date_is_written_in_one_way_or_refused(date):
    with pytest.raises(ValueError, match="no date like 2026-03-01"):
        OutcomeEvidence(date=date)
    assert OutcomeEvidence(date="2999-12-31").date == "2999-12-31", "whether it can be is not asked here"


def test_of_evidence_in_a_file_what_can_be_understood_counts():
    assert OutcomeEvidence.understood("biopsy", "2026-03-01", "report 7") == OutcomeEvidence(OutcomeMethod.BIOPSY, "2026-03-01", "report 7")
    assert OutcomeEvidence.understood("biopsy", "yesterday", None) == OutcomeEvidence(OutcomeMethod.BIOPSY)
    assert OutcomeEvidence.understood(["biopsy"], "2026-03-01", 5) == OutcomeEvidence(date="2026-03-01")


def test_another_evidence_is_another_reading():
    known, other = (Reading().added(box(0, 0, 3, 3), assessment=Assessment(evidence=OutcomeEvidence(source=source))) for source in ("7", "8"))
    assert not known.is_same(other)
