"""What the window of a retraining says, in words."""

from dataclasses import replace
from pathlib import Path

import pytest

from busi_gui.domain.approving import ApprovalKind
from busi_gui.domain.reading import Outcome
from busi_gui.services.retraining import ApprovalNote
from busi_gui.services.retraining_progress import CaseSuspicion, RetrainingProgress, RetrainingStatus
from busi_gui.services.versions import VersionEntry, VersionList
from busi_gui.views.retraining.case_words import (
    CaseEntry,
    CaseFilter,
    badge_text,
    case_lines,
    case_tip,
    entries_of,
    filter_text,
    nothing_text,
    outcome_text,
    summary_lines,
)
from busi_gui.views.retraining.words import (
    adopt_question,
    adopt_refusal,
    again_text,
    curves_description,
    difference_text,
    doing_text,
    figure_cells,
    gallery_text,
    left_text,
    listed,
    objections,
    remarks,
    result_heading,
    running_lines,
    step_text,
    strip_text,
)
from models.analysis import NetworksInUse
from models.retraining.events import Judged, Measured, Planned
from models.retraining.evidence import AUC, DICE, FALSE_LESIONS, FIGURE_NAMES, MISSED, Compared
from tests.services.retraining_room import NOTHING_FITTED, case_name, evidence, judged
from tests.store.approving import WHEN, key_of

RUNNING, STOPPING, STOPPED, JUDGED, FAILED = (getattr(RetrainingStatus, name) for name in ("RUNNING", "STOPPING", "STOPPED", "JUDGED", "FAILED"))
WRONG = CaseSuspicion(frozenset({case_name(1)}), "1 outline covers the background.", stops=False)


def note(number=1, outcomes=(Outcome.MALIGNANT,), group="", **changes):
    fixed = {"kind": ApprovalKind.CORRECTED, "networks": "", "reader": "anna", "when": WHEN, "digest": "0", "is_held_out": False}
    return ApprovalNote(key=key_of(number), frame=0, group=group or str(number), outcomes=outcomes, **{**fixed, **changes})


def ended(status=JUDGED, **known):
    return RetrainingProgress(status, **known)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "time left is being measured"),
        (0.0, "less than a minute left"),
        (59.9, "less than a minute left"),
        (60.0, "about 1 minute left"),
        (725.0, "about 12 minutes left"),
        (3570.0, "about 1 hour left"),
        (5400.0, "about 1 hour 30 min left"),
        (7200.0, "about 2 hours left"),
    ],
)
def test_time_left_is_said_in_words(seconds, text):
    assert left_text(RetrainingProgress(RUNNING, seconds_left=seconds)) == text


def test_once_all_is_fitted_no_time_is_promised():
    progress = RetrainingProgress(RUNNING, is_fitted=True, fraction=0.84, doing="comparing")
    assert left_text(progress) == "fitted; old and new networks are compared"
    assert strip_text(progress) == "Retraining: 84 %, comparing"


def test_what_is_done_is_said_with_a_capital_and_stopping_before_all():
    assert doing_text(RetrainingProgress(RUNNING, doing="fitting the segmenter")) == "Fitting the segmenter …"
    assert doing_text(RetrainingProgress(RUNNING)) == "Working …"
    assert doing_text(RetrainingProgress(STOPPING, doing="fitting the segmenter")) == "Stopping …"


def test_plan_decisions_and_suspicions_are_sentences():
    planned = Planned(11, 3, {"segmenter": 400, "classifier-scan": 1}, 4)
    lines = running_lines(RetrainingProgress(RUNNING, planned=planned, said=("The lesion stays.",), suspicions=(WRONG,)))
    assert lines == [
        "Fitted on 11 cases, compared on 3 held-out: the segmenter in 400 steps and the classifier of the scan in 1 step, 4 scans a step.",
        "The lesion stays.",
        WRONG.sentence,
    ]
    assert running_lines(RetrainingProgress(RUNNING)) == []


def test_when_a_network_was_asked_is_said():
    assert step_text(()) == ""
    assert step_text((Measured(0, 0.8, None),)) == "before the first step"
    assert step_text((Measured(0, 0.8, None), Measured(40, 0.8, None))) == "after 40 steps"


def test_curves_are_described_for_whoever_cannot_see_them():
    loss, dice = curves_description({"segmenter": ((1, 0.5), (2, 0.25))}, (Measured(0, 0.8, 0.9), Measured(2, 0.85, 0.89)))
    assert loss == "segmenter: 0.250 at step 2"
    assert dice == "after 2 steps: your held-out cases 0.85, other clinics 0.89; before: 0.80"
    assert curves_description({}, ()) == ("", "")


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (RetrainingProgress(), ""),
        (RetrainingProgress(RUNNING), "Retraining: working …"),
        (RetrainingProgress(RUNNING, doing="examining"), "Retraining: examining …"),
        (RetrainingProgress(RUNNING, fraction=0.409, seconds_left=420.0), "Retraining: 40 %, about 7 minutes left"),
        (RetrainingProgress(STOPPING, fraction=0.4), "Retraining: stopping …"),
        (ended(judged=judged(), kept="c"), "Retraining: proposal ready"),
        (ended(judged=judged("Worse."), kept="c"), "Retraining: nothing proposed"),
        (ended(judged=NOTHING_FITTED), "Retraining: nothing proposed"),
        (ended(FAILED), "Retraining failed"),
        (ended(STOPPED), "Retraining: stopped"),
    ],
)
def test_the_status_bar_says_all_in_a_few_words(progress, text):
    assert strip_text(progress) == text


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        (ended(judged=judged(), kept="c"), "The proposal may be adopted"),
        (ended(judged=judged("Worse."), kept="c"), "The proposal is not to be adopted"),
        (ended(judged=judged()), "The proposal is not to be adopted"),
        (ended(judged=NOTHING_FITTED), "Nothing was fitted"),
        (ended(STOPPED, judged=judged()), "Stopped: what was fitted is kept"),
        (ended(FAILED, problem="No memory."), "The retraining failed"),
    ],
)
def test_the_heading_says_what_came_of_it(progress, text):
    assert result_heading(progress) == text


def test_what_speaks_against_it_comes_first_and_evidence_that_cannot_be_read_is_said():
    assert objections(ended(judged=judged("Worse here.", "Worse there."), kept="c")) == ["Worse here.", "Worse there."]
    assert objections(ended(FAILED, problem="No memory.")) == ["No memory."]
    (said,) = objections(ended(judged=Judged(True, (), (), {"clinic": 3}), kept="c"))
    assert "cannot be understood" in said


def test_remarks_are_said_once_and_none_that_speaks_against_it_already():
    told = ended(
        judged=judged(f"The approved cases are suspicious. {WRONG.sentence}", remarks=("Better.",)), said=("Better.",), suspicions=(WRONG,), kept="c"
    )
    assert remarks(told) == ["Better.", "The proposal is kept as c, beside the other networks; nobody is made to use it."]
    assert remarks(ended(STOPPED, suspicions=(WRONG,)))[0] == WRONG.sentence
    assert "goes on from where it was" in remarks(ended(STOPPED))[-1]


def test_after_a_stop_it_goes_on_and_where_nothing_was_fitted_it_is_tried_again():
    assert again_text(ended(STOPPED)) == again_text(ended(FAILED, losses={"segmenter": ((1, 0.5),)})) == "&Go on"
    assert again_text(ended(FAILED)) == "Try &again"


def test_a_figure_is_told_old_and_new_with_what_the_difference_means():
    assert figure_cells(DICE, Compared(0.8, 0.85, 0.05, 0.01, 0.09, 12)) == (
        *("Agreement of the outlines (Dice)", "0.800", "0.850", "+0.050, better", "+0.010 to +0.090", "12"),
    )
    assert figure_cells(AUC, Compared(None, None, None, None, None, 0))[1:] == ("–", "–", "–", "–", "0")


@pytest.mark.parametrize("name", FIGURE_NAMES)
def test_lower_is_better_of_what_is_wrong_and_worse_of_all_else(name):
    is_fault = name in (MISSED, FALSE_LESIONS)
    assert difference_text(name, differing(-0.05, -0.08, -0.01)).endswith(", better" if is_fault else ", worse")
    assert difference_text(name, differing(0.05, 0.01, 0.08)).endswith(", worse" if is_fault else ", better")
    assert difference_text(name, differing(0.0004, -0.01, 0.01)) == "±0.000"


def differing(difference, low, high):
    return Compared(0.5, 0.5 + difference, difference, low, high, 30)


@pytest.mark.parametrize("interval", [(-0.003, 0.094), (None, None)])
def test_what_may_be_chance_is_called_neither_better_nor_worse(interval):
    assert difference_text(DICE, differing(0.033, *interval)) == "+0.033"


def test_how_much_of_what_was_learned_is_in_the_proposal_is_said():
    told = remarks(ended(judged=judged(), kept="c", shares={"segmenter": 0.25, "classifier-scan": 0.0}))
    assert told[0].startswith("Of what the segmenter learned, 25 % is in the proposal")
    assert "a little too good" in told[1]
    assert not any("learned, " in line for line in remarks(ended(judged=judged(), kept="c", shares={"segmenter": 1.0})))


def test_a_proposal_in_use_is_not_offered_again():
    progress = ended(judged=judged(), kept="c")
    assert result_heading(progress) == "The proposal may be adopted"
    assert result_heading(progress, is_in_use=True) == "The proposal is in use"
    assert any("nobody is made to use it" in line for line in remarks(progress))
    assert not any("nobody is made to use it" in line for line in remarks(progress, is_in_use=True))


def test_a_case_of_the_gallery_is_told_by_its_dice():
    assert gallery_text(evidence().worsened[0]) == "Dice 0.80 → 0.74 (−0.06)"


def versions(in_use, *names):
    return VersionList(tuple(VersionEntry(name) for name in names), NetworksInUse(in_use, Path("networks")))


def test_why_a_proposal_cannot_be_adopted_is_said():
    good = ended(judged=judged(), kept="c")
    assert adopt_refusal(good, None, is_busy=False) == adopt_refusal(good, versions("a", "a", "c"), is_busy=False) == ""
    assert adopt_refusal(ended(judged=judged("Worse."), kept="c"), None, is_busy=False) != ""
    assert adopt_refusal(ended(judged=judged()), None, is_busy=False) != ""
    assert adopt_refusal(good, versions("c", "a", "c"), is_busy=False) == "c is in use"
    assert adopt_refusal(good, versions("a", "a"), is_busy=False) == "c is not on this computer any more"
    assert adopt_refusal(good, None, is_busy=True) != ""


def test_adopting_says_what_is_analysed_again_and_how_to_go_back():
    question = adopt_question("c")
    assert "What is on screen is analysed again" in question
    assert "One click goes back" in question


def test_parts_are_listed_with_an_and():
    assert [listed(parts) for parts in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


# cases --------------------------------------------------------------------------------------------------------------------------------------------


def test_a_case_is_said_to_be_learned_from_or_held_out():
    first, done = case_lines(CaseEntry(note()))
    assert first.startswith("Corrected outline, malignant; approved by anna on ")
    assert done == "The networks learn from it."
    assert "never learned from, only compared on" in case_lines(CaseEntry(note(is_held_out=True)))[1]


def test_a_case_without_outcome_is_said_to_teach_no_classifier():
    assert case_lines(CaseEntry(note(outcomes=(Outcome.UNKNOWN,))))[-1].startswith(
        "No outcome of its lesion is recorded: the classifiers do not learn"
    )
    assert case_lines(CaseEntry(note(outcomes=(Outcome.UNKNOWN, Outcome.BENIGN))))[-1].startswith("No outcome of one of its lesions")
    assert len(case_lines(CaseEntry(note(kind=ApprovalKind.EMPTY, outcomes=())))) == 2


def test_a_damaged_case_says_so_and_nothing_of_learning():
    lines = case_lines(CaseEntry(note(problem="It is damaged.")))
    assert lines[1:] == ["It is damaged."]


def test_what_looked_wrong_with_a_case_is_said_instead_of_that_it_is_learned_from():
    (entry, other) = entries_of([note(1), note(2)], RetrainingProgress(suspicions=(WRONG,)))
    assert case_lines(entry)[-1] == WRONG.sentence
    assert "The networks learn from it." not in case_lines(entry)
    assert other.suspicions == ()


def test_a_tooltip_has_no_endless_line():
    assert max(map(len, case_tip(CaseEntry(note(problem="word " * 60))).splitlines())) <= 90


def test_a_badge_says_what_is_not_as_with_others():
    assert badge_text(CaseEntry(note())) == ""
    assert badge_text(CaseEntry(note(is_held_out=True))) == "held out"
    assert badge_text(CaseEntry(note(is_held_out=True, problem="Damaged."))) == "left out"
    assert badge_text(CaseEntry(note(), ("Shifted.",))) == "suspicious"
    assert badge_text(CaseEntry(note(is_held_out=True), ("Shifted.",))) == "held out, suspicious"


def test_an_outcome_is_shown_once_and_unknown_ones_not():
    assert outcome_text(note(outcomes=(Outcome.BENIGN, Outcome.UNKNOWN, Outcome.BENIGN))) == "benign"
    assert outcome_text(note(outcomes=(Outcome.UNKNOWN,))) == ""


def test_filters_count_what_they_show():
    entries = [
        CaseEntry(note(1)),
        CaseEntry(note(2, is_held_out=True, kind=ApprovalKind.DRAWN)),
        CaseEntry(note(3, problem="Damaged.", kind=ApprovalKind.ACCEPTED)),
        CaseEntry(note(4, outcomes=(Outcome.UNKNOWN,)), ("Shifted.",)),
        CaseEntry(note(5, outcomes=(), kind=ApprovalKind.EMPTY)),
    ]
    counts = {which.name: sum(map(which.holds, entries)) for which in CaseFilter}
    assert (counts["ALL"], counts["LEARNED"], counts["HELD_OUT"], counts["LEFT_OUT"], counts["NO_OUTCOME"]) == (5, 3, 1, 2, 1)
    assert (counts["ACCEPTED"], counts["CORRECTED"], counts["DRAWN"], counts["EMPTY"]) == (1, 2, 1, 1)
    assert filter_text(CaseFilter.NO_OUTCOME, entries) == "Without outcome (1)"


def test_what_they_come_to_counts_patients_not_cases():
    entries = [
        CaseEntry(note(1, group="one")),
        CaseEntry(note(2, group="one", outcomes=(Outcome.UNKNOWN,))),
        CaseEntry(note(3), ("Shifted.",)),
        CaseEntry(note(4, is_held_out=True, outcomes=(Outcome.UNKNOWN,))),
        CaseEntry(note(5, problem="Damaged.")),
    ]
    assert summary_lines(entries) == [
        "Learned from: 3 cases of 2 patients, 2 with a recorded outcome.",
        "Held out to compare on: 1 case of 1 patient, none with a recorded outcome.",
        "Left out: 1 damaged approval.",
        "When last examined 1 case looked wrong: see the filter “left out or suspicious”.",
    ]
    assert summary_lines(entries[:1])[1] == "Held out to compare on: no case."


def test_who_has_approved_nothing_is_told_what_approving_is_and_its_key():
    assert "(Ctrl+Return)" in nothing_text("Ctrl+Return")
    assert "(" not in nothing_text("")


def test_a_note_is_an_entry_under_the_name_that_a_retraining_uses():
    assert CaseEntry(replace(note(3), frame=7)).name == f"{key_of(3)}-7"
