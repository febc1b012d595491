"""A case knows what speaks against its diagnosis."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from busi_gui.domain.case import Case
from busi_gui.domain.scan import Box, Scan
from busi_gui.domain.synthetic import synthetic_scan
from busi_gui.io.results import record_of
from models.analysis import Analysis, Diagnosis, FoundLesion, NetworkInfo, OperatingPoint
from tests.models import not_scans

INFO = NetworkInfo("0", "segmenter", "classifier", "nothing", OperatingPoint("sensitive", 0.3, 0.9, 0.5, "nothing"))


@pytest.fixture(scope="module")
def made_up():
    return synthetic_scan(1, "benign", (300, 400))


def analysis_of(*masks, warnings=()):
    grid = np.zeros((192, 256), np.float32)
    found = tuple(FoundLesion(mask, Diagnosis(0.8, 0.7, 0.9, {"malignant": grid, "benign": grid})) for mask in masks)
    return Analysis(grid, found, INFO, {"segment": 1.0}, warnings)


def analysed(pixels, *masks, warnings=(), **fields):
    return Case(Scan(Path("scan.png"), pixels, **fields)).with_analysis(analysis_of(*masks, warnings=warnings))


def kinds(case):
    return [concern.kind for concern in case.concerns]


def test_a_clean_scan_has_no_concerns_and_no_warnings(made_up):
    case = analysed(*made_up)
    assert case.concerns == case.warnings == ()
    assert not case.is_doubted


def test_an_analysed_case_has_its_concerns(made_up):
    pixels, mask = made_up
    assert kinds(analysed(not_scans.with_words(pixels, mask), mask)) == ["marks over lesion"]
    coloured = np.zeros(pixels.shape, np.bool_)
    coloured[100:150, 100:150] = True
    assert kinds(analysed(pixels, mask, coloured=coloured)) == ["doppler"]
    assert kinds(analysed(pixels, mask, field=Box(0, 0, 300, int(np.nonzero(mask)[1].mean())))) == ["cut off"]


def test_what_looks_like_no_ultrasound_is_doubted():
    assert analysed(not_scans.noise(np.random.default_rng(0), (300, 400))["white"]).is_doubted


def test_an_analysis_of_another_scan_brings_other_concerns(made_up):
    pixels, mask = made_up
    marked = analysed(not_scans.with_words(pixels, mask), mask)
    assert marked.with_analysis(analysis_of()).concerns == ()


def test_every_warning_is_in_one_place_and_in_the_record(made_up):
    pixels, mask = made_up
    case = analysed(not_scans.with_words(pixels, mask), mask, warnings=("Of the analysis.",))
    case = Case(Scan(Path("scan.png"), case.scan.pixels, warnings=("Of the file.",))).with_analysis(analysis_of(mask, warnings=("Of the analysis.",)))
    assert case.warnings == ("Of the file.", case.concerns[0].sentence, "Of the analysis.")
    assert record_of(case, 1.0)["warnings"] == list(case.warnings)
