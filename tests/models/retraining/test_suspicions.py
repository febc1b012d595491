import json

import numpy as np
import pytest

from models.analysis import AnalysisStopped
from models.retraining.suspicions import Kind, Suspicion, examine, left_out
from tests.models import not_scans
from tests.models.retraining.made_clinic import SHAPE, Answering, case, kind_of, moved, scan, shipped, silent

NUMBERS = range(20)


@pytest.fixture(scope="module")
def networks():
    return shipped(NUMBERS)


def found(cases, pipeline):
    return {each.kind: each for each in examine(cases, pipeline, silent)}


def test_a_careful_readers_cases_are_no_suspicion(networks):
    assert examine([case(n) for n in NUMBERS], networks, silent) == ()


def test_nothing_is_said_of_no_cases(networks):
    assert examine([], networks, silent) == ()


def test_shifted_outlines_stop_and_the_sentence_says_where_they_lie(networks):
    (suspicion,) = examine([case(n, moved(scan(n, kind_of(n))[1], 9, 0)) for n in NUMBERS], networks, silent)
    assert suspicion.kind is Kind.SHIFTED
    assert suspicion.stops
    assert suspicion.figures["down_px"] == pytest.approx(9, abs=1.5)
    assert "px below the lesions" in suspicion.sentence
    assert len(suspicion.keys) >= 18


def test_outlines_drawn_by_the_program_do_not_hide_shifted_ones(networks):
    accepted = [case(n, networks.analyse(scan(n, kind_of(n))[0]).lesions[0].mask, kind="accepted") for n in range(12)]
    shifted = [case(n, moved(scan(n, kind_of(n))[1], 0, 9)) for n in range(12, 20)]
    suspicion = found([*accepted, *shifted], networks)[Kind.SHIFTED]
    assert set(suspicion.keys) <= {each.key for each in shifted}
    assert "right of" in suspicion.sentence


def test_networks_that_are_off_themselves_are_no_suspicion_of_the_reader():
    pipeline = Answering()
    for n in NUMBERS:
        pixels, mask = scan(n, kind_of(n))
        pipeline.told(pixels, moved(mask, 9, 0), 0.9 if kind_of(n) == "malignant" else 0.1)
    assert examine([case(n) for n in NUMBERS], pipeline, silent) == ()


def test_inverted_outlines_stop_and_are_left_out(networks):
    cases = [case(n, ~scan(n, kind_of(n))[1]) for n in NUMBERS]
    suspicions = examine(cases, networks, silent)
    assert [each.kind for each in suspicions] == [Kind.INVERTED]
    assert suspicions[0].stops
    assert left_out(suspicions) == {each.key for each in cases}


def test_a_single_inverted_outline_is_left_out_without_stopping(networks):
    suspicions = examine([case(0, ~scan(0, "benign")[1]), *(case(n) for n in range(1, 20))], networks, silent)
    assert [(each.kind, each.stops) for each in suspicions] == [(Kind.INVERTED, False)]
    assert left_out(suspicions) == {"frame 000"}


def test_lost_outlines_stop(networks):
    suspicions = found([case(n, np.zeros(scan(n, kind_of(n))[1].shape, np.bool_)) for n in range(6)], networks)
    assert suspicions[Kind.EMPTY].stops
    assert len(suspicions[Kind.EMPTY].keys) == 6


def test_truly_empty_frames_are_no_suspicion(networks):
    empty = [case(n, np.zeros(SHAPE, np.bool_), pixels=scan(n, "normal")[0], key=f"empty {n}", group=f"healthy {n}") for n in range(6)]
    assert examine([*(case(n) for n in range(10)), *empty], networks, silent) == ()


@pytest.mark.parametrize("fill", ["everything", "a handful"])
def test_outlines_of_no_lesions_size_stop(networks, fill):
    mask = np.zeros(SHAPE, np.bool_)
    mask[slice(None) if fill == "everything" else slice(90, 93), slice(None) if fill == "everything" else slice(100, 103)] = True
    suspicion = found([case(n, mask) for n in NUMBERS], networks)[Kind.SIZE]
    assert suspicion.stops
    assert len(suspicion.keys) == 20


def test_a_hundred_copies_stop_and_all_but_one_are_left_out(networks):
    copies = [case(3, key=f"copy {n:03}") for n in range(100)]
    suspicions = examine([*(case(n) for n in NUMBERS if n != 3), *copies], networks, silent)
    assert {each.kind: each.stops for each in suspicions}[Kind.COPIES]
    assert len(left_out(suspicions) & {each.key for each in copies}) == 99


def test_a_few_frames_of_one_lesion_are_no_suspicion(networks):
    frames = [case(3, key=f"frame 003, {n}", group="patient 3") for n in range(5)]
    assert Kind.COPIES not in found([*(case(n) for n in NUMBERS if n != 3), *frames], networks)


def test_pictures_of_something_else_stop(networks):
    others = not_scans.noise(np.random.default_rng(0), SHAPE) | not_scans.documents(np.random.default_rng(0), SHAPE)
    cases = [case(n, pixels=pixels, key=name) for n, (name, pixels) in enumerate(others.items())]
    suspicion = found([*cases, *(case(n) for n in range(8, 16))], networks)[Kind.FOREIGN]
    assert suspicion.stops
    assert set(suspicion.keys) == {each.key for each in cases}


def swapped(number):
    return case(number, outcome=kind_of(number + 1))


def test_swapped_outcomes_stop(networks):
    suspicion = found([swapped(n) for n in NUMBERS], networks)[Kind.CONTRADICTED]
    assert suspicion.stops
    assert suspicion.figures["auc"] < 0.1
    assert len(suspicion.keys) == 20


@pytest.mark.parametrize("wrong", range(0, 20, 2))
def test_outcomes_stop_as_soon_as_they_contradict_the_networks_more_often_than_they_agree(networks, wrong):
    some = [swapped(n) if n < wrong else case(n) for n in NUMBERS]
    assert (Kind.CONTRADICTED in found(some, networks)) == (wrong > 10)


def test_many_frames_of_few_patients_are_few_opinions(networks):
    frames = [case(n, outcome=kind_of(n + 1), key=f"{n}, {frame}", group=f"patient {n}") for n in range(4) for frame in range(5)]
    assert Kind.CONTRADICTED not in found(frames, networks)


@pytest.mark.parametrize("outcome", ["benign", "malignant", "unknown"])
def test_outcomes_all_of_one_class_are_no_suspicion(networks, outcome):
    assert examine([case(n, outcome=outcome) for n in NUMBERS], networks, silent) == ()


def test_a_case_like_a_held_out_one_is_left_out_without_stopping(networks):
    leak = case(4, key="again", group="patient 99", is_held_out=False)
    suspicions = examine([*(case(n) for n in NUMBERS), leak], networks, silent)
    assert [(each.kind, each.stops, each.keys) for each in suspicions] == [(Kind.LEAK, False, ("again",))]
    assert left_out(suspicions) == {"again"}


def test_the_order_of_cases_does_not_matter(networks):
    cases = [case(n, moved(scan(n, kind_of(n))[1], 9, 4), outcome=kind_of(n + 1)) for n in NUMBERS]
    assert examine(cases, networks, silent) == examine(cases[::-1], networks, silent)


def test_a_suspicion_survives_json(networks):
    suspicions = examine([swapped(n) for n in NUMBERS], networks, silent)
    assert suspicions
    assert tuple(Suspicion.from_json(json.loads(json.dumps(each.as_json()))) for each in suspicions) == suspicions


def test_it_can_be_stopped(networks):
    def stop(stage, fraction):
        if fraction >= 0.5:
            raise AnalysisStopped

    with pytest.raises(AnalysisStopped):
        examine([case(n) for n in range(4)], networks, stop)
