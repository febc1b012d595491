"""A version that learned more is named, with what it was made from and its hashes, wherever its results are."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from busi_gui.domain.case import analysed_case
from busi_gui.domain.provenance import full_text, short_text
from busi_gui.domain.scan import Scan
from busi_gui.io.results import record_of
from busi_gui.services.export_run import ExportFormat, ExportOptions, run_export
from busi_gui.services.notes import Answer
from busi_gui.services.states import NetworkState, NetworkStatus
from busi_gui.store.workspace import Workspace
from busi_gui.views import about, status_bar
from busi_gui.views.wording import network_lines, network_tip
from models.weights import read_manifest
from tests.builders import make_pixels
from tests.models.version_folders import EVIDENCE, make_store, make_version
from tests.services.exchange import write_scan
from tests.services.fake_pipeline import FakePipeline, analysis_of


@pytest.fixture
def made(tmp_path):
    """Return the manifest of a version in use that learned more than the shipped one."""
    store = make_store(tmp_path / "store")
    store.add(make_version(tmp_path / "made", "1.0+clinic.1", 3, parent="1.0", evidence=EVIDENCE))
    store.adopt("1.0+clinic.1", "anna")
    return read_manifest(store.in_use().folder)


@pytest.fixture
def networks(made):
    class Networks(FakePipeline):
        info = made.info

        def analyse(self, pixels, report=lambda *_: None):
            return replace(super().analyse(pixels, report), network=made.info)

    return Networks()


def test_the_networks_say_who_they_are(made):
    info = made.info
    assert (info.version, info.parent) == ("1.0+clinic.1", "1.0")
    assert info.hashes == {network.file: network.sha256 for network in made.networks}
    assert made.segmenter.sha256[:8] in info.segmenter
    assert short_text(info).startswith(f"1.0+clinic.1 ({made.segmenter.sha256[:8]}")


def test_the_panel_the_status_bar_and_the_page_about_them_name_them(made):
    case = analysed_case(Scan(Path("a.png"), make_pixels()), lambda pixels: replace(analysis_of(pixels), network=made.info))
    assert network_lines(made.info, case.analysis)[0].startswith("Networks 1.0+clinic.1, made from 1.0 · ")
    assert made.classifiers[0].sha256 in network_tip(made.info, case.analysis)
    state = NetworkState(NetworkStatus.READY, made.info)
    assert "1.0+clinic.1" in status_bar.state_text(state, None)
    assert "Networks 1.0+clinic.1, made from 1.0" in about._identity(state)


def test_what_is_remembered_of_a_scan_names_them_whole(made):
    case = analysed_case(Scan(Path("a.png"), make_pixels()), lambda pixels: replace(analysis_of(pixels), network=made.info))
    remembered = Answer.of(case).networks
    assert remembered == full_text(made.info)
    assert "version 1.0+clinic.1, made from 1.0" in remembered
    assert all(network.sha256 in remembered for network in made.networks)


def test_a_result_names_them(made):
    case = analysed_case(Scan(Path("a.png"), make_pixels()), lambda pixels: replace(analysis_of(pixels), network=made.info))
    model = record_of(case, 1.0)["model"]
    assert (model["version"], model["made_from"]) == ("1.0+clinic.1", "1.0")
    assert model["sha256"] == {network.file: network.sha256 for network in made.networks}
    shipped = replace(made.info, version="1.0", parent="")
    bare = analysed_case(Scan(Path("a.png"), make_pixels()), lambda pixels: replace(analysis_of(pixels), network=shipped))
    assert "made_from" not in record_of(bare, 1.0)["model"]


@pytest.mark.parametrize("format_", list(ExportFormat))
def test_an_export_names_them(made, networks, tmp_path, format_):
    workspace = Workspace()
    scan = write_scan(tmp_path / "in", "a.png", 1)
    out = tmp_path / ("out.csv" if format_ is ExportFormat.CSV else "out")
    run_export([scan], format_, out, ExportOptions(with_network=True), workspace, lambda: networks, lambda *_: None)
    workspace.close()
    written = [out] if out.is_file() else [path for path in out.rglob("*") if path.suffix in (".csv", ".json", ".txt")]
    said = "".join(path.read_text(encoding="utf-8-sig") for path in written)
    assert full_text(made.info) in said
    if format_ is ExportFormat.CSV:
        (row,) = csv.DictReader(said.splitlines())
        assert row["network_version"] == "1.0+clinic.1"
    if format_ is ExportFormat.COCO:
        (path,) = [path for path in written if path.suffix == ".json"]
        assert json.loads(path.read_text())["info"]["networks"] == [full_text(made.info)]
