"""What is kept of a frame that its reader approves, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from busi_gui.domain.approving import LONGEST_PX, Approval, ApprovalKind, NotApprovableError, approval_of, is_as_approved, patient_group
from busi_gui.domain.reading import Assessment, MaskSource, Outcome, OutcomeEvidence, OutcomeMethod, Reading
from busi_gui.domain.scan import Box, Identity
from tests.builders import make_scan
from tests.domain.readings import SHAPE, box

SCAN = make_scan(shape=SHAPE)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KNOWN = Assessment("5", Outcome.MALIGNANT, evidence=OutcomeEvidence(OutcomeMethod.BIOPSY, "2026-02-28", "report 7"))
NETWORK = box(2, 2, 9, 9)
FOUND = Reading().found([NETWORK])
SECRET = b"k" * 32


def approved(reading, scan=SCAN, networks="0.1.0 (4d4c9b11)"):
    return approval_of(scan, reading, "patient:1", key="a" * 40, networks=networks, reader="anna on us-1", when=NOW)


def test_an_approval_is_the_frame_as_it_is():
    reading = FOUND.changed(1, assessment=KNOWN).added(box(12, 12, 20, 25))
    made = approved(reading, make_scan(shape=SHAPE, frame=3, frame_count=9))
    assert (made.key, made.frame, made.group, made.networks, made.reader, made.when) == (
        *("a" * 40, 3, "patient:1", "0.1.0 (4d4c9b11)", "anna on us-1", NOW),
    )
    assert np.array_equal(made.pixels, SCAN.pixels)
    first, second = made.lesions
    assert np.array_equal(first.mask, NETWORK)
    assert (first.number, first.outcome, first.evidence, first.recorded_outcome) == (1, Outcome.MALIGNANT, KNOWN.evidence, Outcome.MALIGNANT)
    assert (second.number, second.recorded_outcome) == (2, Outcome.UNKNOWN)
    assert not made.is_held_out


def test_an_outcome_of_which_nobody_says_how_it_is_known_is_not_recorded():
    (lesion,) = approved(FOUND.changed(1, assessment=Assessment(outcome=Outcome.BENIGN))).lesions
    assert (lesion.outcome, lesion.recorded_outcome) == (Outcome.BENIGN, Outcome.UNKNOWN)


@pytest.mark.parametrize(
    ("reading", "kind"),
    [
        (FOUND, ApprovalKind.ACCEPTED),
        (FOUND.changed(1, assessment=KNOWN), ApprovalKind.ACCEPTED),
        (FOUND.with_mask(1, box(2, 2, 9, 10)), ApprovalKind.CORRECTED),
        (FOUND.with_mask(1, box(2, 2, 9, 10)).added(box(12, 12, 20, 25), MaskSource.NETWORK), ApprovalKind.CORRECTED),
        (FOUND.added(box(12, 12, 20, 25)), ApprovalKind.DRAWN),
        (FOUND.with_mask(1, box(2, 2, 9, 10)).added(box(12, 12, 20, 25), MaskSource.IMPORTED), ApprovalKind.DRAWN),
        (Reading(), ApprovalKind.EMPTY),
        (FOUND.without(1), ApprovalKind.EMPTY),
    ],
)
def test_the_kind_is_that_of_the_lesion_that_was_changed_most(reading, kind):
    assert approved(reading).kind is kind


def test_a_frame_that_nobody_has_looked_at_is_refused():
    with pytest.raises(NotApprovableError, match="analysed or outline"):
        approved(Reading(), networks="")
    assert approved(FOUND.without(1), networks="").kind is ApprovalKind.EMPTY, "the reader says that there is nothing"
    assert approved(Reading().added(NETWORK), networks="").networks == ""


def test_what_the_reader_does_not_see_is_not_approved():
    with pytest.raises(NotApprovableError, match="cyst is hidden"):
        approved(FOUND.added(box(12, 12, 20, 25), is_hidden=True, name="cyst"))


def test_a_frame_of_one_grey_teaches_nothing():
    with pytest.raises(NotApprovableError, match="same grey"):
        approved(FOUND, replace(SCAN, pixels=np.full(SHAPE, 7, np.uint8)))


def test_outlines_of_another_picture_are_refused():
    with pytest.raises(NotApprovableError, match="Lesion 1 was outlined in a picture of another size"):
        approved(FOUND, make_scan(shape=(40, 40)))


def test_of_a_picture_with_borders_only_the_part_that_the_networks_see_is_kept():
    scan = replace(SCAN, field=Box(5, 1, 20, 30))
    made = approved(FOUND, scan)
    assert np.array_equal(made.pixels, SCAN.pixels[5:20, 1:30])
    assert np.array_equal(made.lesions[0].mask, NETWORK[5:20, 1:30])
    with pytest.raises(NotApprovableError, match="Lesion 2 lies outside the part"):
        approved(FOUND.added(box(0, 0, 2, 2)), scan)


@pytest.mark.parametrize("shape", [(1030, 1500), (2500, 1100), (1025, 3), (1024, 1024)])
def test_what_is_larger_than_any_network_sees_is_made_smaller_with_its_masks(shape):
    mask = np.zeros(shape, np.bool_)
    mask[shape[0] // 4 : shape[0] // 2, shape[1] // 3 :] = True
    scan = replace(SCAN, pixels=np.random.default_rng(1).integers(0, 256, shape, np.uint8))
    made = approved(Reading().added(mask), scan)
    assert max(made.pixels.shape) == LONGEST_PX
    assert made.lesions[0].mask.mean() == pytest.approx(mask.mean(), rel=0.01)
    as_opencv = cv2.resize(scan.pixels, made.pixels.shape[::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(as_opencv.astype(int) - made.pixels).max() <= 1


def test_of_the_smallest_lesion_something_is_left():
    shape = (3000, 4000)
    mask = np.zeros(shape, np.bool_)
    mask[2999, 3999] = True
    (lesion,) = approved(Reading().added(mask), replace(SCAN, pixels=np.arange(12_000_000, dtype=np.uint32).astype(np.uint8).reshape(shape))).lesions
    assert np.argwhere(lesion.mask).tolist() == [[767, 1023]]


def test_what_was_approved_does_not_change_with_the_picture_that_it_was_made_from():
    made = approved(FOUND)
    assert not np.shares_memory(made.pixels, SCAN.pixels)
    assert not made.pixels.flags.writeable
    assert not made.lesions[0].mask.flags.writeable


BEFORE = FOUND.changed(1, assessment=KNOWN).added(box(12, 12, 20, 25))


@pytest.mark.parametrize(
    "after",
    [
        BEFORE.with_mask(2, box(12, 12, 20, 26)),
        BEFORE.without(2),
        BEFORE.added(box(0, 0, 1, 1)),
        BEFORE.changed(1, assessment=replace(KNOWN, outcome=Outcome.BENIGN)),
        BEFORE.changed(1, assessment=replace(KNOWN, evidence=replace(KNOWN.evidence, method=OutcomeMethod.FOLLOW_UP))),
        BEFORE.changed(1, assessment=replace(KNOWN, evidence=replace(KNOWN.evidence, date="2026-02-27"))),
        BEFORE.changed(1, assessment=replace(KNOWN, evidence=replace(KNOWN.evidence, source="report 8"))),
        Reading(),
    ],
)
def test_what_is_changed_later_is_not_what_was_approved(after):
    digest = approved(BEFORE).digest
    assert is_as_approved(digest, SCAN, BEFORE)
    assert not is_as_approved(digest, SCAN, after)


def test_another_picture_or_part_of_it_is_not_what_was_approved():
    digest = approved(BEFORE).digest
    pixels = SCAN.pixels.copy()
    pixels[-1, -1] ^= 1
    assert not is_as_approved(digest, replace(SCAN, pixels=pixels), BEFORE)
    assert not is_as_approved(digest, replace(SCAN, field=Box(0, 0, 22, 31)), BEFORE)
    assert not is_as_approved(digest, make_scan(shape=(40, 40)), BEFORE)


@pytest.mark.parametrize(
    "after",
    [
        BEFORE.changed(1, is_hidden=True, name="cyst", is_locked=True),
        BEFORE.changed(1, assessment=replace(KNOWN, remark="seen again", category="4A")),
        replace(BEFORE, outlines=BEFORE.outlines[::-1]),
    ],
)
def test_what_no_network_learns_from_may_change(after):
    assert is_as_approved(approved(BEFORE).digest, SCAN, after)


def test_a_text_that_no_database_takes_makes_no_difference_once_it_is_stored():
    strange, kept = (replace(KNOWN, evidence=replace(KNOWN.evidence, source=source)) for source in ("a\0b\ud800", "ab?"))
    assert approved(FOUND.changed(1, assessment=strange)).digest == approved(FOUND.changed(1, assessment=kept)).digest


@pytest.mark.parametrize(
    "changes",
    [
        {"pixels": np.zeros((1025, 3), np.uint8)},
        {"pixels": np.zeros((3, 3))},
        {"pixels": np.zeros((5, 5), np.uint8)},
        {"kind": ApprovalKind.EMPTY},
        {"lesions": ()},
        {"when": datetime(2026, 3, 1)},  # noqa: DTZ001 - that is the fault
    ],
)
def test_what_does_not_hold_together_is_no_approval(changes):
    with pytest.raises(ValueError, match=r".+"):
        replace(approved(FOUND), **changes)
    assert isinstance(replace(approved(FOUND), is_held_out=True), Approval)


# groups -------------------------------------------------------------------------------------------------------------------------------------------


def group(identity, key=SECRET, file="f" * 40):
    return patient_group(identity, key, file)


def test_scans_of_one_patient_are_one_group_however_the_file_writes_it():
    one = group(Identity("Muster^Erika", "PID-4711", "20240326"))
    assert one == group(Identity("Muster^Erika^^", " pid-4711 ", "20250101"), file="e" * 40)
    assert one != group(Identity("Muster^Erika", "PID-4712"))
    by_name = group(Identity("Muster^Erika"))
    assert by_name == group(Identity("MUSTER^Erika^^^"), file="e" * 40)
    assert by_name != group(Identity("", "Muster Erika")), "a number is no name"


def test_nobody_can_tell_from_a_group_who_it_is():
    identity = Identity("Muster^Erika", "PID-4711")
    assert group(identity) != group(identity, b"l" * 32)
    assert group(identity).startswith("patient:")
    assert len(group(identity)) == len("patient:") + 64
    assert not [word for word in ("4711", "muster", "erika") if word in group(identity)]


@pytest.mark.parametrize("name", ["", "ANONYMOUS", "Anonymous^Patient", "^^^^", "unknown", "- -", "N O N E"])
@pytest.mark.parametrize("number", ["", "0000", "ANON", "No Name"])
def test_a_file_that_names_nobody_is_a_group_of_its_own(name, number):
    assert group(Identity(name, number)) == "file:" + "f" * 40


@given(st.text(), st.text())
def test_whatever_a_file_says_of_whom_it_shows_it_has_a_group(name, number):
    assert group(Identity(name, number)).startswith(("patient:", "file:"))
