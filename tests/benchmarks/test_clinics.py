"""Simulated clinics: nobody stands on two sides, what is locked stays locked, and poison is what it says."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from models.datasets import Example, split_of
from models.retraining.clinic import ClinicLesion, clinic_example
from tests.benchmarks.scripts import script
from tests.models.retraining.made_clinic import case

clinics = script("clinics")


def examples(device="machine A", patients=30, fold=1, dataset="bus-bra", objection=""):
    """Return scans of made-up patients, two of every second one."""
    return [
        Example(Path(f"/made/up/benign/{device} {n:02} {side}.png"), (), "benign", f"{dataset}:{device} {n}", dataset, fold, objection, device=device)
        for n in range(patients)
        for side in ("left", "right")[: 1 + n % 2]
    ]


def groups_of(scans):
    return {scan.group for scan in scans}


@pytest.mark.parametrize("seed", range(5))
def test_no_patient_is_both_unseen_and_corrected_and_all_are_of_one_machine(seed):
    clinic = clinics.drawn([*examples("machine A"), *examples("machine B")], seed, unseen=8, most=25)
    assert not groups_of(clinic.unseen) & groups_of(clinic.corrections)
    assert len(groups_of(clinic.unseen)) == 8
    assert len(clinic.corrections) == 25
    assert {scan.device for scan in (*clinic.unseen, *clinic.corrections)} == {clinic.device} == {("machine A", "machine B")[seed % 2]}


def test_every_unseen_patient_is_measured_on_with_all_of_his_scans():
    scans = examples()
    clinic = clinics.drawn(scans, 0, unseen=8, most=20)
    assert sorted(scan.key for scan in clinic.unseen) == sorted(scan.key for scan in scans if scan.group in groups_of(clinic.unseen))


def test_a_scan_of_every_patient_is_corrected_before_a_second_one_of_any():
    clinic = clinics.drawn(examples(), 0, unseen=8, most=25)
    assert len(groups_of(clinic.corrections[:22])) == 22
    assert len(groups_of(clinic.corrections)) == 22


def test_a_seed_means_the_same_clinic_again_and_another_seed_other_patients():
    scans = examples()
    assert clinics.drawn(scans, 3, 8, 20) == clinics.drawn(scans[::-1], 3, 8, 20)
    assert groups_of(clinics.drawn(scans, 3, 8, 20).unseen) != groups_of(clinics.drawn(scans, 4, 8, 20).unseen)


def test_a_machine_with_too_few_patients_is_no_clinic():
    scans = [*examples("machine A"), *examples("machine B", patients=12)]
    assert clinics.devices_of(scans, 8, 20) == ["machine A"]
    with pytest.raises(SystemExit, match="No machine has 90 scans besides those of 8 unseen patients"):
        clinics.drawn(scans, 0, 8, 90)


def test_held_out_scans_other_data_sets_and_what_the_audit_objects_to_are_in_no_clinic():
    wanted = [*examples(fold=1, patients=6), *examples(fold=4, patients=6, device="machine B")]
    others = [*examples(fold=5), *examples(dataset="busi", fold=None), *examples(fold=2, objection="needle")]
    chosen = clinics.open_scans([*others, *wanted])
    assert sorted(scan.key for scan in chosen) == sorted(scan.key for scan in wanted)
    assert "held-out" not in {split_of(scan) for scan in chosen}


def made_cases(number=20):
    return [case(n) for n in range(number)]


def test_every_fifth_patient_is_held_out_with_all_of_his_scans_in_the_order_in_which_they_come():
    first = made_cases(10)
    second = clinic_example(
        "frame again", "patient 4", first[0].pixels, (ClinicLesion(first[0].read_mask(), "benign"),), "corrected", is_held_out=False
    )
    cases = clinics.approved([*first, second], ["corrected"] * 11, with_outcomes=True)
    assert [each.group for each in cases if each.is_held_out] == ["patient 4", "patient 9", "patient 4"]


def test_a_reader_approves_the_annotated_mask_however_the_case_came_about():
    kinds = ["accepted", "corrected", "drawn"]
    cases = clinics.approved(made_cases(3), kinds, with_outcomes=False)
    assert [each.kind for each in cases] == kinds
    assert all(np.array_equal(approved.read_mask(), annotated.read_mask()) for approved, annotated in zip(cases, made_cases(3), strict=True))
    assert [clinics.kind_of(*found) for found in ((1, 0.9), (2, 0.89), (0, 0.0))] == kinds


def test_outcomes_are_known_only_where_they_are_asked_for():
    unknown, known = (clinics.approved(made_cases(4), ["corrected"] * 4, with_outcomes=which) for which in (False, True))
    assert {lesion.outcome for each in unknown for lesion in each.lesions} == {each.label for each in unknown} == {"unknown"}
    assert [each.label for each in known] == ["benign", "malignant"] * 2
    assert all(lesion.outcome == each.label for each in known for lesion in each.lesions)


def spoiled(kind, share=1.0, number=0, foreign=()):
    honest = clinics.approved(made_cases(), ["corrected"] * 20, with_outcomes=True)
    return honest, clinics.poisoned(kind, honest, share, number, foreign)


def middle(mask):
    return np.array([where.mean() for where in np.nonzero(mask)])


@pytest.mark.parametrize("number", range(4))
def test_shifted_masks_lie_a_tenth_to_a_quarter_of_their_diameter_in_one_direction(number):
    honest, bad = spoiled("shifted masks", number=number)
    ways = []
    for before, after in zip(honest, bad, strict=True):
        diameter = np.sqrt(4 * np.count_nonzero(before.read_mask()) / np.pi)
        ways.append((middle(after.read_mask()) - middle(before.read_mask())) / diameter)
    assert 0.08 < np.hypot(*np.median(ways, axis=0)) < 0.27
    assert np.all(np.std(ways, axis=0) < 0.05)


def test_inverted_masks_are_the_background():
    honest, bad = spoiled("inverted masks")
    assert all(np.array_equal(after.read_mask(), ~before.read_mask()) for before, after in zip(honest, bad, strict=True))


def test_empty_masks_say_that_there_is_nothing():
    _, bad = spoiled("empty masks")
    assert {(each.kind, each.label, len(each.lesions)) for each in bad} == {("empty", "normal", 0)}


def test_swapped_outcomes_are_the_others_and_the_masks_stay():
    honest, bad = spoiled("swapped outcomes")
    assert {(before.label, after.label) for before, after in zip(honest, bad, strict=True)} == {("benign", "malignant"), ("malignant", "benign")}
    assert all(lesion.outcome == each.label for each in bad for lesion in each.lesions)
    assert all(np.array_equal(after.read_mask(), before.read_mask()) for before, after in zip(honest, bad, strict=True))


def test_one_case_comes_a_hundred_times_under_as_many_names():
    _, bad = spoiled(clinics.COPIED)
    times = Counter(each.pixels.tobytes() for each in bad)
    assert sorted(times.values()) == [1] * 19 + [100]
    assert len({each.key for each in bad}) == len(bad) == 119


def test_half_of_a_clinic_is_something_else():
    foreign = [clinic_example(f"photograph {n}", f"photograph {n}", np.full((9, 9), n, np.uint8), (), "empty", is_held_out=False) for n in range(22)]
    _, bad = spoiled(clinics.FOREIGN, foreign=foreign)
    assert sum(each.group.startswith("photograph") for each in bad) == 10
    assert len(bad) == 20


@pytest.mark.parametrize("kind", clinics.SPOILED)
def test_of_a_half_poisoned_clinic_half_of_the_cases_are_as_annotated_under_the_same_names(kind):
    honest, bad = spoiled(kind, share=0.5)
    is_same = [np.array_equal(a.read_mask(), b.read_mask()) and a.label == b.label for a, b in zip(honest, bad, strict=True)]
    assert sum(is_same) == 10
    assert [each.key for each in bad] == [each.key for each in honest]


@pytest.mark.parametrize("kind", [*clinics.SPOILED, clinics.COPIED])
def test_in_a_poisoned_clinic_too_every_fifth_patient_is_held_out(kind):
    _, bad = spoiled(kind)
    assert {each.group for each in bad if each.is_held_out} == {"patient 4", "patient 9", "patient 14", "patient 19"}


def test_poisoned_clinics_have_20_to_25_scans_and_none_is_another():
    scans = examples(patients=60)
    drawn = [clinics.poisoned_clinic(scans, number) for number in range(30)]
    assert {len(clinic.corrections) for clinic in drawn} <= set(range(20, 26))
    assert len({tuple(scan.key for scan in clinic.corrections) for clinic in drawn}) == 30
