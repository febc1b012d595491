import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.analysis import AnalysisStopped
from models.retraining.evidence import AUC, DICE, FALSE_LESIONS, MISSED, SENSITIVITY, Agreement, Compared, Evidence, SetEvidence
from models.retraining.gate import Decision, Limits, compare, decide
from models.retraining.suspicions import Kind, Suspicion
from tests.models.retraining.made_clinic import SHAPE, Answering, case, kind_of, moved, scan, silent

NUMBERS = range(12)


def networks(off_px, sure=0.3, numbers=NUMBERS):
    """Return networks whose outlines lie so far off; over 0, ``sure`` parts malignant from benign, below it confuses them."""
    pipeline = Answering()
    for n in numbers:
        pixels, mask = scan(n, kind_of(n))
        pipeline.told(pixels, moved(mask, off_px, 0), 0.5 + sure * (1 if kind_of(n) == "malignant" else -1))
    return pipeline


def empty_frame(number):
    return case(number, np.zeros(SHAPE, np.bool_), pixels=scan(number, "normal")[0], key=f"empty {number}", group=f"healthy {number}")


def figures_of(evidence):
    return evidence.clinic.figures


CASES = [case(n) for n in NUMBERS]
BASE = [case(n, key=f"base {n}") for n in NUMBERS]
LIMITS = Limits(least_base_groups=10, least_asked=10)


def test_each_figure_is_that_of_the_pipelines():
    old, new = networks(12), networks(2)
    pixels = scan(0, "normal")[0]
    old.told(pixels, scan(0, "benign")[1], 0.2)
    evidence = compare(old, new, [*CASES, empty_frame(0), empty_frame(1)], (), silent)
    figures = figures_of(evidence)
    assert figures[DICE].new > figures[DICE].old
    assert figures[DICE].difference == pytest.approx(figures[DICE].new - figures[DICE].old, abs=2e-4)
    assert 0 < figures[DICE].low <= figures[DICE].difference <= figures[DICE].high
    assert (figures[FALSE_LESIONS].old, figures[FALSE_LESIONS].new, figures[FALSE_LESIONS].cases) == (0.5, 0.0, 2)
    assert (figures[AUC].old, figures[SENSITIVITY].new, figures[SENSITIVITY].cases) == (1.0, 1.0, 6)
    assert (evidence.clinic.cases, evidence.clinic.groups, evidence.clinic.lesions) == (14, 14, 12)


def test_a_lesion_that_is_not_found_is_missed_and_not_called_malignant():
    evidence = compare(networks(0), networks(0, numbers=range(9)), CASES, (), silent)
    assert evidence.clinic.figures[MISSED].difference == 0.25
    assert evidence.clinic.figures[SENSITIVITY].difference == pytest.approx(-2 / 6, abs=1e-4)


def test_only_known_outcomes_count_for_the_diagnosis():
    cases = [case(n, outcome="unknown" if n < 6 else None) for n in NUMBERS]
    evidence = compare(networks(0, sure=-0.3), networks(0), cases, (), silent)
    assert evidence.clinic.figures[AUC] == Compared(0.0, 1.0, 1.0, 1.0, 1.0, 6)
    assert evidence.clinic.figures[SENSITIVITY].cases == 3
    assert evidence.clinic.figures[DICE].cases == 12


def test_the_gallery_shows_who_gained_and_lost_most():
    old, new = networks(4), networks(4)
    for n, off in ((2, 0), (3, 1), (5, 9), (7, 20)):
        pixels, mask = scan(n, kind_of(n))
        new.told(pixels, moved(mask, off, 0), 0.5)
    evidence = compare(old, new, CASES, (), silent)
    assert {each.key for each in evidence.improved} == {"frame 002", "frame 003"}
    assert [each.key for each in evidence.worsened] == ["frame 007", "frame 005"]
    shown = evidence.worsened[0]
    assert shown.new_dice < shown.old_dice
    assert max(shown.reader.shape) == 160
    assert shown.old.shape == shown.new.shape == shown.reader.shape


def test_at_most_five_of_each_are_shown():
    evidence = compare(networks(9), networks(0), CASES, (), silent)
    assert (len(evidence.improved), len(evidence.worsened)) == (5, 0)


def test_evidence_is_the_same_for_the_same_seed_whatever_the_order_of_cases():
    old, new = networks(9), networks(3)
    first, second = (compare(old, new, cases, BASE, silent).as_json() for cases in (CASES, CASES[::-1]))
    assert first == second
    assert first == compare(old, new, CASES, BASE[::-1], silent).as_json()


def test_evidence_survives_json_with_its_masks():
    evidence = compare(networks(9), networks(0), CASES, BASE, silent)
    written = json.loads(json.dumps(evidence.as_json(), allow_nan=False))
    read = Evidence.from_json(written)
    assert read.as_json() == evidence.as_json()
    assert (read.improved[0].reader == evidence.improved[0].reader).all()


def test_a_damaged_mask_is_refused():
    written = compare(networks(9), networks(0), CASES, (), silent).as_json()
    written["improved"][0]["new"] = "AAAA"
    with pytest.raises(ValueError, match="no PNG"):
        Evidence.from_json(written)


def test_a_comparison_tells_how_far_it_is_and_can_be_stopped():
    told = []

    def report(stage, fraction):
        told.append(fraction)
        if len(told) == 4:
            raise AnalysisStopped

    with pytest.raises(AnalysisStopped):
        compare(networks(0), networks(0), CASES[:4], BASE[:4], report)
    assert told == [0, 1 / 8, 2 / 8, 3 / 8]


# decisions


def compared(old, new, cases=12, spread=0.0):
    change = round(new - old, 4)
    return Compared(old, new, change, change - spread, change + spread, cases)


def evidence_of(change=0.03, spread=0.01, groups=12, base=None, near=(40, 0.95, 0.02), changes=None, base_cases=200):
    """Return evidence with these changes of Dice; ``base`` maps figures to their changes."""
    nothing = Compared(None, None, None, None, None, 0)
    figures = {DICE: compared(0.8, 0.8 + change, groups, spread), **dict.fromkeys((MISSED, FALSE_LESIONS, AUC, SENSITIVITY), nothing)}
    clinic = SetEvidence(groups, groups, figures, tuple(changes or [change] * groups))
    others = None
    if base is not None:
        others = SetEvidence(200, 100, {name: compared(0.5, 0.5 + base.get(name, 0.0), base_cases) for name in figures}, ())
    return Evidence(clinic, Agreement(*near), others)


GOOD = evidence_of(base={})


def test_a_proposal_that_is_better_here_and_no_worse_elsewhere_may_be_adopted():
    decision = decide(GOOD, ())
    assert decision.may_adopt
    assert any("instead of" in reason for reason in decision.reasons)


def test_networks_that_outline_better_everywhere_may_be_adopted():
    decision = decide(compare(networks(9), networks(2), CASES, BASE, silent), (), LIMITS)
    assert decision == Decision(remarks=decision.reasons)


@pytest.mark.parametrize(
    ("name", "within", "beyond"),
    [(DICE, -0.01, -0.011), (MISSED, 0.01, 0.011), (AUC, -0.01, -0.011), (SENSITIVITY, -0.02, -0.021), (FALSE_LESIONS, 0.05, 0.051)],
)
def test_other_clinics_may_lose_up_to_a_limit(name, within, beyond):
    assert decide(evidence_of(base={name: within}), ()).may_adopt
    refused = decide(evidence_of(base={name: beyond}), ())
    assert not refused.may_adopt
    assert "of other clinics" in refused.reasons[0]
    assert "the limit is" in refused.reasons[0]


@pytest.mark.parametrize(("name", "scans"), [(MISSED, 52), (FALSE_LESIONS, 8)])
def test_of_few_scans_of_other_clinics_one_may_be_lost_for_less_cannot_be(name, scans):
    assert decide(evidence_of(base={name: round(1 / scans, 4)}, base_cases=scans), ()).may_adopt
    assert not decide(evidence_of(base={name: round(2 / scans, 4)}, base_cases=scans), ()).may_adopt
    assert not decide(evidence_of(base={SENSITIVITY: -round(1 / scans, 4) - 0.02}, base_cases=scans), ()).may_adopt  # of cancers none


def test_without_a_rise_nothing_is_adopted():
    assert not decide(evidence_of(change=0.0, spread=0.0, base={}), ()).may_adopt
    assert not decide(evidence_of(change=-0.02, base={}), ()).may_adopt


def test_a_rise_that_may_as_well_be_a_fall_is_refused():
    assert decide(evidence_of(change=0.01, spread=0.0149, base={}), ()).may_adopt
    refused = decide(evidence_of(change=0.01, spread=0.0151, base={}), ())
    assert not refused.may_adopt
    assert "may be chance" in refused.reasons[0]


def test_what_stops_the_retraining_stops_the_adoption_and_what_does_not_does_not():
    suspicion = Suspicion(Kind.SHIFTED, True, ("a",), {}, "Outlines lie elsewhere.")
    refused = decide(GOOD, [suspicion])
    assert not refused.may_adopt
    assert refused.reasons[0].endswith("Outlines lie elsewhere.")
    assert decide(GOOD, [replace(suspicion, stops=False)]).may_adopt


def test_too_few_held_out_cases_are_refused_and_how_many_more_are_needed_is_said():
    refused = decide(evidence_of(groups=1, base={}), ())
    assert not refused.may_adopt
    assert "1 case with a lesion; 3 are needed" in refused.reasons[0]
    assert "about 10 more cases" in refused.reasons[0]


def test_no_held_out_case_at_all_is_refused():
    assert not decide(compare(networks(0), networks(0), (), BASE, silent), (), LIMITS).may_adopt


def test_of_few_patients_more_must_gain_than_lose_and_none_much():
    few = {"groups": 4, "spread": 0.5, "base": {}}
    assert decide(evidence_of(changes=[-0.02, 0.03, 0.05, 0.06], **few), ()).may_adopt
    assert not decide(evidence_of(changes=[-0.02, -0.011, 0.05, 0.1], **few), ()).may_adopt
    assert decide(evidence_of(changes=[-0.009, -0.008, 0.005, 0.1], **few), ()).may_adopt  # a line drawn a little to either side is no loss
    assert not decide(evidence_of(changes=[-0.011, 0.003, 0.009, 0.1], **few), ()).may_adopt
    assert not decide(evidence_of(changes=[0.002, 0.003, 0.009, 0.01], **few), ()).may_adopt
    assert not decide(evidence_of(changes=[-0.11, 0.06, 0.08, 0.09], **few), ()).may_adopt


def test_a_lost_cancer_of_the_clinic_is_refused():
    figures = dict(GOOD.clinic.figures) | {SENSITIVITY: compared(1.0, 0.8333, 6)}
    refused = decide(replace(GOOD, clinic=replace(GOOD.clinic, figures=figures)), ())
    assert not refused.may_adopt
    assert "calls 1 fewer malignant" in refused.reasons[0]


def test_without_other_clinics_the_rule_is_stricter_and_it_is_said():
    decision = decide(evidence_of(), ())
    assert decision.may_adopt
    assert any("Nothing is known about other clinics" in reason for reason in decision.reasons)
    assert not decide(evidence_of(change=0.01, spread=0.0101), ()).may_adopt
    assert not decide(evidence_of(groups=7), ()).may_adopt
    assert not decide(evidence_of(near=(40, 0.89, 0.02)), ()).may_adopt
    assert not decide(evidence_of(near=(40, 0.95, 0.06)), ()).may_adopt
    assert not decide(evidence_of(near=(19, 0.95, 0.02)), ()).may_adopt


def test_a_handful_of_scans_of_other_clinics_is_as_good_as_none():
    base = replace(GOOD.base, groups=29)
    assert any("Nothing is known" in reason for reason in decide(replace(GOOD, base=base), ()).reasons)
    assert not any("Nothing is known" in reason for reason in decide(GOOD, ()).reasons)


def test_what_was_learned_from_tells_how_far_the_networks_moved():
    old, new = networks(0), networks(3)
    assert compare(old, new, CASES[:4], (), silent, learned_from=CASES[4:]).agreement.cases == 12
    near = compare(old, new, CASES, (), silent).agreement
    assert (near.cases, near.changed_findings) == (12, 0)
    assert 0.8 < (near.dice or 0) < 1


@settings(max_examples=15, deadline=None)
@given(worse=st.integers(1, 25), better=st.integers(0, 6), number=st.integers(0, 12), has_base=st.booleans())
def test_a_proposal_that_is_worse_everywhere_is_never_adopted(worse, better, number, has_base):
    old, new = networks(better), networks(better + worse, sure=0.1)
    evidence = compare(old, new, CASES[:number], BASE if has_base else (), silent, resamples=50)
    assert not decide(evidence, (), LIMITS).may_adopt
