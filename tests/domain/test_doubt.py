"""When a verdict is called uncertain, and why; with made-up rules, for whoever wrote the networks may fit another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from busi_gui.domain.doubt import Why, doubt_about
from models.analysis import Concern, Diagnosis, DoubtRule, OperatingPoint, OutlineRange

RULE = DoubtRule(base=0.0, stated=1.0, spread=1.0, uncertain_from=0.3)
POINT = OperatingPoint("sensitive", 0.3, 0.95, 0.6, "made-up scans", doubt=RULE)
MARKS = Concern("marks over lesion", "Callipers are on it.", 1)


def said(p: float, *opinions: float, low: float | None = None, high: float | None = None) -> Diagnosis:
    return Diagnosis(p, low, high, {}, opinions=opinions)


def whys(diagnosis: Diagnosis, point: OperatingPoint = POINT, concerns: tuple[Concern, ...] = (), lesion: int | None = None) -> list[Why]:
    return [reason.why for reason in doubt_about(diagnosis, point, concerns, lesion).reasons]


def test_networks_without_a_rule_make_nothing_uncertain_and_claim_no_chance_of_error():
    doubt = doubt_about(said(0.3, 0.1, 0.9), OperatingPoint("sensitive", 0.3, 0.95, 0.6, "made-up scans"))
    assert (doubt.is_uncertain, doubt.chance_of_error, doubt.is_measured) == (False, None, False)


def test_a_verdict_far_from_the_point_on_which_the_networks_agree_is_certain():
    doubt = doubt_about(said(0.95, 0.94, 0.96), POINT)
    assert not doubt.is_uncertain
    assert doubt.chance_of_error == pytest.approx(POINT.chance_of_error(said(0.95, 0.94, 0.96)))


def test_a_probability_that_states_much_error_is_a_reason():
    doubt = doubt_about(said(0.32), POINT)
    assert doubt.is_measured
    assert whys(said(0.32)) == whys(said(0.32, 0.32, 0.33)) == [Why.PROBABILITY]


def test_networks_that_disagree_are_a_reason_where_the_probability_alone_is_none():
    assert whys(said(0.75, 0.75)) == []
    assert whys(said(0.75, 0.1, 0.99)) == [Why.DISAGREEMENT]
    assert whys(said(0.95, 0.31, 0.999999)) == [Why.DISAGREEMENT]  # both above the point, and far apart


def test_opinions_on_both_sides_of_the_point_and_a_probability_in_between_are_both_said_disagreement_first():
    assert whys(said(0.32, 0.1, 0.6)) == [Why.DISAGREEMENT, Why.PROBABILITY]


def test_an_outline_that_carries_it_across_the_point_is_a_reason_by_the_smallest_shift_that_does_and_without_any_rule():
    plain = replace(POINT, doubt=DoubtRule())
    spans = (OutlineRange(1, "mm", 0.33, 0.5), OutlineRange(2, "mm", 0.2, 0.6))
    (reason,) = doubt_about(replace(said(0.4), ranges=spans), plain).reasons
    assert (reason.why, reason.span) == (Why.OUTLINE, spans[1])
    assert not doubt_about(replace(said(0.4), ranges=spans), plain).is_measured
    assert whys(replace(said(0.4), ranges=spans[:1]), point=plain) == []
    assert whys(said(0.4, low=0.3, high=0.5), point=plain) == []  # at the point is above it


def test_what_is_seen_in_the_picture_adds_to_the_reasons_last_and_is_none_by_itself():
    assert whys(said(0.95), concerns=(MARKS,), lesion=1) == []
    assert whys(said(0.32), concerns=(MARKS,), lesion=1) == [Why.PROBABILITY, Why.PICTURE]
    assert whys(said(0.32), concerns=(MARKS,), lesion=2) == [Why.PROBABILITY]


def test_what_looks_like_no_ultrasound_is_uncertain_whatever_the_networks_say():
    assert whys(said(0.95), concerns=(Concern("not ultrasound", "A photograph."), MARKS), lesion=1) == [Why.NOT_ULTRASOUND, Why.PICTURE]


def test_every_verdict_that_the_rule_doubts_has_a_reason():
    for p in (0.01, 0.1, 0.29, 0.31, 0.5, 0.9, 0.99):
        for opinions in ((), (0.5,), (0.01, 0.99), (0.6, 0.9), (0.35, 0.36)):
            one = said(p, *opinions)
            assert bool(whys(one)) == POINT.is_uncertain(one)
