"""Which proposals of a retraining are kept: those that answer otherwise than the networks in use."""

import shutil

import pytest

from busi_gui import paths
from busi_gui.commands import retraining
from busi_gui.store.reader import this_reader
from models.retraining.decision import Decision
from models.retraining.events import Kept
from models.versions import VersionStore
from models.weights import read_manifest
from tests.models.version_folders import make_store, make_version


@pytest.fixture
def propose(tmp_path, monkeypatch):
    """Return a function that proposes networks with the weights of a seed, 0 being the shipped ones, and returns what is kept of that."""
    store = make_store(tmp_path, "a")
    monkeypatch.setattr(paths, "weights_dir", lambda: tmp_path / "shipped")
    monkeypatch.setattr(paths, "versions_dir", lambda: tmp_path / "networks")
    monkeypatch.setattr(paths, "data_dir", lambda: tmp_path / "data")

    def run(seed, in_use):
        if in_use != "1.0":
            store.adopt(in_use, "anna")
        told = []

        def fitted(_cases, _pack, version, places, _tell):
            shutil.rmtree(places.out, ignore_errors=True)
            make_version(places.out, version, seed, parent="1.0")
            return Decision()

        monkeypatch.setattr("models.retraining.proposing.propose", fitted)
        assert retraining._propose([], None, told.append) == 0
        return [event.version for event in told if isinstance(event, Kept)], [each.name for each in VersionStore(*store_places(tmp_path)).versions()]

    return run


def store_places(folder):
    return folder / "shipped", folder / "networks"


def test_one_with_other_weights_is_kept_under_a_name_with_its_mark_and_that_of_who_made_it(propose, tmp_path):
    (name,), listed = propose(7, "1.0")
    assert listed == ["1.0", name, "a"]
    made = read_manifest(tmp_path / "networks" / name)
    assert (name, made.who) == (f"1.0+clinic.1.{made.mark[:4]}", this_reader())


def test_other_weights_have_another_mark_and_another_number(propose):
    first, second = propose(7, "1.0")[0][0], propose(8, "1.0")[0][0]
    assert (first[:13], second[:13]) == ("1.0+clinic.1.", "1.0+clinic.2.")
    assert first[13:] != second[13:]


def test_numbers_go_on_after_names_without_a_mark_and_those_of_others(propose, tmp_path):
    store = VersionStore(*store_places(tmp_path))
    for seed, name in enumerate(("1.0+clinic.2", "1.0+clinic.9.3fa9", "2.0+clinic.20", "1.0+clinic.30-x"), 20):
        store.add(make_version(tmp_path / "more", name, seed))
    assert propose(7, "1.0")[0][0].startswith("1.0+clinic.10.")


def test_one_that_answers_as_the_networks_in_use_is_not(propose):
    assert propose(0, "1.0") == ([], ["1.0", "a"])


def test_what_fell_back_to_the_shipped_weights_is_kept_beside_others_in_use(propose):
    assert [name[:13] for name in propose(0, "a")[0]] == ["1.0+clinic.1."]
