"""Which cases are listed, in which order, and what is said where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from busi_gui.domain.case import CaseStatus
from busi_gui.services.states import CaseEntry
from busi_gui.views.cases.case_order import Order, Sieve, Wish, arranged, nothing_text, shown_names
from tests.views.fake_session import POINT

NAMES = ["scan 1.png", "scan 2.png", "scan 10.png", "other.dcm", "broken.png", "last.png"]
ENTRIES = [
    CaseEntry(Path("a"), True, CaseStatus.ANALYSED, True, 0.2, modified=30.0),
    CaseEntry(Path("b"), True, CaseStatus.REVIEWED, True, POINT.threshold, modified=10.0),
    CaseEntry(Path("c"), True, CaseStatus.ANALYSED, True, None, modified=30.0),
    CaseEntry(Path("d"), True, modified=20.0),
    CaseEntry(Path("e"), True, error="e is broken."),
    CaseEntry(Path("f")),
]


@pytest.mark.parametrize(
    ("wish", "places"),
    [
        (Wish(), [0, 1, 2, 3, 4, 5]),
        (Wish("SCAN 1"), [0, 2]),
        (Wish("tif"), []),
        (Wish(sieve=Sieve.NEW), [3]),  # of a file that was not looked at nobody knows
        (Wish(sieve=Sieve.ANALYSED), [0, 2]),
        (Wish(sieve=Sieve.CORRECTED), []),
        (Wish(sieve=Sieve.REVIEWED), [1]),
        (Wish(sieve=Sieve.ABOVE), [1]),  # at the point is called malignant
        (Wish(order=Order.PROBABILITY), [1, 0, 2, 3, 4, 5]),  # then no lesion, then never analysed
        (Wish(order=Order.STATUS), [3, 0, 2, 1, 4, 5]),
        (Wish(order=Order.NEWEST), [0, 2, 3, 1, 4, 5]),
        (Wish("scan", Sieve.ANALYSED, Order.PROBABILITY), [0, 2]),
    ],
)
def test_a_wish_gets_its_cases_in_its_order(wish, places):
    assert arranged(NAMES, ENTRIES, wish, POINT) == places


def test_without_networks_nothing_lies_above_their_point():
    assert arranged(NAMES, ENTRIES, Wish(sieve=Sieve.ABOVE), None) == []
    assert "when the networks are loaded" in nothing_text(Wish(sieve=Sieve.ABOVE), None, True)


def test_what_was_done_in_this_sitting_counts_before_a_file_was_looked_at():
    entry = CaseEntry(Path("g"), False, CaseStatus.ANALYSED, True, 0.9)
    for wish in (Wish(sieve=Sieve.ANALYSED), Wish(sieve=Sieve.ABOVE)):
        assert arranged(["g"], [entry], wish, POINT) == [0]


@pytest.mark.parametrize(
    ("wish", "is_complete", "text"),
    [
        (Wish("tif"), False, "No file here has “tif” in its name."),
        (Wish(sieve=Sieve.REVIEWED), True, "No file here is reviewed."),
        (Wish("a", Sieve.NEW), True, "No file here with “a” in its name is new."),
        (Wish(sieve=Sieve.ABOVE), True, "No file here lies above the sensitive point (0.31)."),
        (Wish(sieve=Sieve.NEW), False, "Of the files looked at so far, none is new."),
    ],
)
def test_an_empty_list_says_for_what_it_was_asked(wish, is_complete, text):
    assert nothing_text(wish, POINT, is_complete) == text


def test_files_of_one_folder_are_called_by_their_names():
    assert shown_names([Path("/disc/B.png"), Path("/disc/a.png")]) == ["B.png", "a.png"]
    assert shown_names([Path("/disc/x/B.png"), Path("/disc/y/a.png")]) == ["B.png", "a.png"]
    assert shown_names([]) == []


def test_names_that_repeat_are_told_apart_by_their_folders():
    paths = [Path("/disc/P1/S1/IM1"), Path("/disc/P1/S2/IM1"), Path("/disc/P2/IM2")]
    assert shown_names(paths) == ["P1/S1/IM1", "P1/S2/IM1", "P2/IM2"]
    assert shown_names([Path("/IM1"), Path("/a/IM1")]) == ["IM1", "a/IM1"]
