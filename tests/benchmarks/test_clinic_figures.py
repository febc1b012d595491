"""The simulation of clinics: what is planned, what is done is not done again, and what the figures say."""

import json
import sys

import numpy as np
import pytest

from models.reporting.clinics import PICTURE, clinic
from models.reporting.sources import Sources
from tests.benchmarks.scripts import script

pieces, figures, benchmark = script("clinic_pieces"), script("clinic_figures"), script("clinic")
Piece = pieces.Piece
BASE = {"dice": 0.8, "auc": 0.9}
RECIPE = {
    "networks": {"version": "1.0", "hashes": {"s.h5": "00"}},
    "trained_on": "9 scans of BUSI",
    "clinics": {"scans": 40},
    "pack": {"sha256": "00", "about": "9 scans to rehearse on"},
    "unseen": 6,
}


def rows(dice, number=12, group="g"):
    """Return what networks say of scans, two of each patient, every second patient with a malignant lesion that they tell apart."""
    return [
        {"key": f"{n}", "group": f"{group}{n // 2}", "label": ("benign", "malignant")[n // 2 % 2], "dice": dice, "score": n // 2 % 2, "lesions": 1}
        for n in range(number)
    ]


def before(seed=0):
    return Piece("before", seed), {"device": "machine A", "unseen": rows(0.7), "hold_out": rows(0.8), "corrections": [], "total_seconds": 9.0}


def result(piece, dice=None, base=0.0, seconds=100.0, **more):
    """Return what a proposal came to: with a Dice it was fitted."""
    compared = {"base": {"figures": {"dice": {"difference": base}, "auc": {"difference": 0.001}}}}
    fitted = {"unseen": rows(dice), "comparison": compared} if dice is not None else {"comparison": None}
    told = {"device": "machine A", "may_adopt": dice is not None, "shares": {"segmenter": 0.5}, "objections": [], "fitted": dice is not None}
    spent = {"seconds": seconds, "cpu_seconds": 2 * seconds, "peak_mb": 2048, "load": 0.1, "resumed": False, "total_seconds": seconds + 50}
    return piece, {"part": piece.part, "seed": piece.seed, "cases": piece.cases, "poison": piece.poison, **told, **fitted, **spent, **more}


def measured(*results, parts=("learning", "poisoned", "naive")):
    planned = pieces.planned(parts, 3)
    return figures.measure_of(planned, dict(results), RECIPE, resamples=200)


def test_the_first_clinic_comes_first_then_poison_and_each_clinic_is_measured_before_it_is_learned_from():
    planned = pieces.planned(pieces.PARTS, 3)
    assert [piece.name for piece in planned[:6]] == ["before-00", *(f"learning-00-{n:03}" for n in (5, 10, 20, 50, 100))]
    assert [piece.part for piece in planned[6:36]] == ["poisoned"] * 30
    assert len(set(planned)) == len({piece.name for piece in planned}) == len(planned)
    for place, piece in enumerate(planned):
        if piece.cases:
            assert Piece("before", piece.seed) in planned[:place]
    chain = [piece.cases for piece in planned if piece.part == "naive" and piece.seed == 1]
    assert chain == [5, 10, 20, 50]


def test_of_thirty_poisoned_clinics_five_are_spoiled_in_each_way_on_machines_in_turn():
    poisoned = [piece for piece in pieces.planned(("poisoned",), 1) if piece.poison]
    for poison in {piece.poison for piece in poisoned}:
        seeds = [piece.seed for piece in poisoned if piece.poison == poison]
        assert len(seeds) == 5
        assert {seed % 2 for seed in seeds} == {0, 1}
    assert len({piece.poison for piece in poisoned[:6]}) == 6


def test_what_is_asked_for_is_planned_and_cost_needs_the_first_clinic_alone():
    assert {(piece.part, piece.seed) for piece in pieces.planned(("cost",), 3)} == {("before", 0), ("learning", 0)}
    assert {piece.part for piece in pieces.planned(("naive",), 2)} == {"before", "naive"}


def test_a_piece_is_expected_to_take_what_such_pieces_took_at_most_and_more_for_more_cases():
    done = dict([result(Piece("learning", 0, 20), 0.8, seconds=1950.0), result(Piece("learning", 1, 20), 0.8, seconds=950.0)])
    assert pieces.expected_seconds(Piece("learning", 2, 20), done) == 2000
    assert pieces.expected_seconds(Piece("learning", 0, 100), done) == 10_000
    assert pieces.expected_seconds(Piece("learning", 0, 5), done) < 2000


def test_half_a_result_is_none(tmp_path):
    results = pieces.Results(tmp_path)
    with pytest.raises(ValueError, match="not JSON compliant"):
        results.write("learning-00-005", {"dice": float("nan")})
    assert results.read("learning-00-005") is None
    results.write("learning-00-005", {"dice": 0.5})
    assert results.done(pieces.planned(("learning",), 1)) == {Piece("learning", 0, 5): {"dice": 0.5}}


def test_changes_are_paired_and_patients_are_drawn_whole():
    old = rows(0.5)
    for place, row in enumerate(old):
        row["dice"] = 0.2 + 0.05 * place
    new = [{**row, "dice": row["dice"] + 0.1} for row in old]
    dice = figures.compared(old, new, 200)["dice"]
    assert dice["change"] == {"value": 0.1, "low": 0.1, "high": 0.1, "scans": 12}
    assert dice["new"] - dice["old"] == pytest.approx(0.1)
    opposite = [{**row, "dice": row["dice"] + (0.1, -0.1)[place % 2]} for place, row in enumerate(old)]
    change = figures.compared(old, opposite, 200)["dice"]["change"]
    assert (change["low"], change["high"]) == (0.0, 0.0)


def test_missed_lesions_and_the_auc_are_compared_too():
    old, new = rows(0.5), rows(0.5)
    for row in new[:2]:
        row.update(dice=0.05, score=1)
    both = figures.compared(old, new, 200)
    assert both["missed"]["change"]["value"] == pytest.approx(2 / 12, abs=1e-4)
    assert (both["auc"]["old"], both["auc"]["new"]) == (1.0, pytest.approx(1 - 1 / 6, abs=1e-4))


def test_clinics_are_taken_together_as_other_patients_and_where_nothing_was_fitted_nothing_changes():
    first, second = Piece("learning", 0, 20), Piece("learning", 1, 20)
    measure = measured(before(0), before(1), result(first, 0.8), result(second))
    (row,) = measure["summary"]["learning"]
    assert (row["clinics"], row["fitted"], row["may_adopt"]) == (2, 1, 1)
    assert row["dice"]["change"]["value"] == pytest.approx(0.05)
    assert row["dice"]["change"]["scans"] == 24
    assert row["dice"]["change"]["low"] < 0.05 < row["dice"]["change"]["high"], "each patient gained or did not: none of a clinic is one of another"
    refused = next(row for row in measure["rows"] if row["seed"] == 1)
    assert refused["dice"]["change"]["value"] == refused["base"]["dice"] == 0.0


def test_what_may_not_be_adopted_changes_nothing_for_the_reader():
    piece = Piece("learning", 0, 20)
    (row,) = measured(before(), result(piece, 0.6, may_adopt=False))["summary"]["learning"]
    assert row["dice"]["change"]["value"] == pytest.approx(-0.1)
    assert row["dice_if_adopted"]["value"] == 0.0


def test_a_naive_fit_is_held_against_the_same_hold_out():
    piece = Piece("naive", 0, 5)
    naive = {"part": "naive", "seed": 0, "cases": 5, "poison": "", "fitted": True, "unseen": rows(0.75), "hold_out": rows(0.5), "total_seconds": 1.0}
    measure = measured(before(), (piece, {**naive, "device": "machine A"}))
    assert measure["rows"][0]["base"] == {"dice": -0.3, "auc": 0.0}
    assert measure["summary"]["naive"][0]["lowest_base_dice"] == -0.3
    said = clinic(Sources({}, {"clinic": {"command": "python b.py", **measure}}))
    assert "| 5 | 1 | 1 | – | – | – | 0.700 | 0.050 of 12 | – | 0.000 |" in said, "nobody judges it"


def test_results_of_other_scans_are_never_compared():
    piece, told = result(Piece("learning", 0, 20), 0.8)
    told["unseen"][0]["key"] = "another"
    with pytest.raises(ValueError, match="learning-00-020 was measured on other scans"):
        measured(before(), (piece, told))


def met(measure):
    return [target["is_met"] for target in measure["summary"]["targets"]]


def test_wishes_are_met_missed_or_not_measured():
    assert met(measured(before())) == [None] * 6
    good = [result(Piece("learning", 0, cases), 0.76, seconds=600.0) for cases in (20, 50)]
    poisoned = [result(piece) for piece in pieces.planned(("poisoned",), 1) if piece.poison]
    assert met(measured(before(), *good, *poisoned)) == [True] * 6
    bad = [result(Piece("learning", 0, cases), 0.72, base=-0.02, seconds=901.0, peak_mb=5000) for cases in (20, 50)]
    assert met(measured(before(), *bad, *poisoned[1:], result(poisoned[0][0], 0.7))) == [False] * 6


def test_poison_is_counted_by_where_it_was_kept_out_and_what_got_through_by_its_harm():
    planned = [piece for piece in pieces.planned(("poisoned",), 1) if piece.poison == "swapped outcomes"]
    harm = {"figures": {"dice": {"difference": 0.01}, "auc": {"difference": -0.2}}}
    told = measured(before(), result(planned[0]), result(planned[1], 0.7, may_adopt=False), result(planned[2], 0.7, harm=harm))
    (row,) = told["summary"]["poisoned"]["rows"]
    assert (row["clinics"], row["stopped"], row["refused"], row["adopted"]) == (3, 1, 1, 1)
    assert row["harm"] == [{"dice": 0.01, "auc": -0.2, "shares": {"segmenter": 0.5}}]
    assert told["pieces"]["poisoned"] == {"planned": 30, "done": 3}


def test_cost_is_a_line_through_fits_that_ran_in_one_go():
    fits = [result(Piece("learning", 0, cases), 0.8, seconds=60 + 10 * cases) for cases in (20, 50, 100)]
    resumed = result(Piece("learning", 1, 100), 0.8, seconds=1.0, resumed=True)
    cost = measured(before(0), before(1), *fits, resumed)["summary"]["cost"]
    assert len(cost["rows"]) == 3
    assert cost["seconds"] == {"a_case": 10.0, "at_none": 60.0, "r2": 1.0}
    assert figures.line_through([5, 5, 20], [1.0, 2.0, 3.0]) is None


def some_measure():
    fits = [result(Piece("learning", 0, cases), 0.7 + cases / 1000, seconds=60 + 10 * cases) for cases in (20, 50, 100)]
    halves = [result(piece) for piece in pieces.planned(("halves",), 1)]
    return {"command": "python b.py", **measured(before(), result(Piece("learning", 0, 5)), *fits, *halves)}


def test_the_block_says_what_was_gained_wished_kept_out_and_spent_and_what_is_still_to_be_done():
    said = clinic(Sources({}, {"clinic": some_measure()}))
    assert "`python b.py`: networks 1.0, trained on 9 scans of BUSI. Clinics of machine A, each with 6 unseen patients" in said
    assert "**Not all that was planned is done:** learning 4 of 15, poisoned 0 of 30, naive 0 of 12." in said
    assert "| Dice on unseen patients rises by 0.03 with 20 corrections | 0.020 | **no** |" in said
    assert "| Dice on unseen patients rises by 0.05 with 50 corrections | 0.050 | yes |" in said
    assert "| No poisoned clinic's proposal may be adopted | – | – |" in said
    assert "| 5 | 1 | 0 | – | – | 0 | 0.700 | 0.000 | 0.000 | 0.000 | 1.000 | 0.000 | 0.000 | 0.000 |" in said
    assert "| 50 | 1 | 1 | 0.5 | 0 | 1 | 0.700 |" in said
    assert "| shifted masks | 3 | 3 | 0 | 0 |" in said
    assert "| 20 | 260 | 520 | 2048 | 0.1 |" in said
    assert "Seconds: 60, and 10.0 for each correction (R² 1.000)." in said
    assert "![Change of Dice on unseen patients against corrections, with 95 % intervals](figures/clinic.svg)" in said


def test_networks_that_know_the_clinics_already_are_named():
    measure = some_measure()
    assert "no patient of it is unseen" not in clinic(Sources({}, {"clinic": measure}))
    measure["trained_on"] = "9 scans of 4 lesions or patients from BUS-BRA (INCA, Rio de Janeiro) and BUSI (Baheya Hospital, Cairo)"
    assert "**The networks have learned from BUS-BRA before: no patient of it is unseen.**" in clinic(Sources({}, {"clinic": measure}))


def test_without_the_measure_nothing_is_said_to_be_known():
    assert clinic(Sources({}, {})) == "Not measured for this version yet."
    assert PICTURE.figures(Sources({}, {})) is None


def test_the_picture_is_drawn_anew_where_its_figures_change(tmp_path):
    measure, path = some_measure(), tmp_path / "clinic.svg"
    path.write_bytes(PICTURE.drawn(measure))
    assert path.read_bytes() == PICTURE.drawn(measure)
    assert PICTURE.is_up_to_date(measure, path)
    measure["summary"]["learning"][1]["dice"]["change"]["value"] += 0.001
    assert not PICTURE.is_up_to_date(measure, path)


@pytest.fixture
def arguments(tmp_path, monkeypatch):
    """A run with two pieces of the first clinic done."""
    results = pieces.Results(tmp_path / "run")
    for piece, told in (before(), result(Piece("learning", 0, 5))):
        results.write(piece.name, told)
    (tmp_path / "run" / "recipe.json").write_text(json.dumps(RECIPE))
    given = [str(tmp_path), "--base", str(tmp_path), "--run", str(tmp_path / "run"), "--seeds", "1", "--out", str(tmp_path / "clinic.json")]
    monkeypatch.setattr(sys, "argv", ["clinic.py", *given])
    return sys.argv


def test_what_is_done_is_listed_and_what_would_not_fit_is_not_begun(arguments, capsys):
    arguments += ["--parts", "learning", "--most-seconds", "0"]
    benchmark.main()
    said = capsys.readouterr().out
    assert "learning-00-010 takes about" in said
    assert "2 of 6 pieces done" in said
    arguments.append("--list")
    benchmark.main()
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed if " done in " in line] == ["before-00", "learning-00-005"]
    assert listed[-1] == "2 of 6 done"


def test_what_is_written_names_no_place_of_this_machine(arguments, tmp_path):
    arguments += ["--parts", "learning", "--most-seconds", "0"]
    benchmark.main()
    text = (tmp_path / "clinic.json").read_text()
    assert str(tmp_path) not in text
    assert json.loads(text)["command"] == "python benchmarks/clinic.py DATASET --base DIR --run DIR --parts learning --seeds 1 --unseen 6"


def test_a_piece_that_fails_ends_the_benchmark(arguments, tmp_path):
    arguments[0] = str(tmp_path / "no script.py")
    arguments += ["--parts", "learning"]
    with pytest.raises(SystemExit, match="learning-00-010 failed"):
        benchmark.main()


def test_a_part_that_is_none_is_refused(arguments, capsys):
    arguments += ["--parts", "learning,laughing"]
    with pytest.raises(SystemExit):
        benchmark.main()
    assert "no such part: laughing" in capsys.readouterr().err


def test_intervals_are_of_the_patients_that_there_are():
    rng = np.random.default_rng(0)
    old, new = rows(0.7, 40), [{**row, "dice": float(rng.uniform(0.6, 0.9))} for row in rows(0.7, 40)]
    change = figures.compared(old, new, 500)["dice"]["change"]
    assert change["low"] < change["value"] < change["high"]
