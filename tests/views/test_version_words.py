"""Versions of the networks in words."""

from dataclasses import replace
from pathlib import Path

from busi_gui.services.versions import VersionEntry, VersionList
from busi_gui.views.version_words import (
    NO_EVIDENCE,
    NOT_COMPARED_HERE,
    change_text,
    first_figure_text,
    learned_text,
    maker_text,
    origin_text,
    status_text,
    use_question,
)
from models.analysis import ComparedFigure, Evidence, NetworksInUse


def test_who_made_networks_and_what_they_have_over_others_is_said_first():
    entry = VersionEntry("x", learned_from="433 scans from BUSI; then 16 approved cases of a clinic")
    assert learned_text(entry) == "16 approved cases of a clinic, after 433 scans from BUSI"
    assert learned_text(VersionEntry("x", learned_from="433 scans")) == "433 scans"
    assert learned_text(VersionEntry("x")) == ""
    makers = [VersionEntry("x", who="anna"), VersionEntry("x", is_shipped=True), VersionEntry("x"), VersionEntry("x", who="ben", is_shipped=True)]
    assert [maker_text(each) for each in makers] == ["anna", "the program", "not known", "ben"]


def test_words_for_what_is_not_known():
    figure = ComparedFigure("Dice", None, 0.5)
    assert change_text(figure) == "Dice – → 0.50"
    entry = VersionEntry("x")
    assert (first_figure_text(entry), origin_text(entry), status_text(entry)) == ("", "", "proposal")
    assert origin_text(VersionEntry("x", parent="y", who="anna")) == "Made by anna from y, which is not on this computer."


def test_who_uses_networks_without_evidence_is_told():
    listed = VersionList((), NetworksInUse("1.0", Path()))
    assert NO_EVIDENCE in use_question(VersionEntry("x"), listed)
    assert NO_EVIDENCE not in use_question(VersionEntry("x", evidence=Evidence()), listed)
    assert NO_EVIDENCE not in use_question(VersionEntry("x", is_shipped=True), listed)
    imported = VersionEntry("x", is_imported=True, evidence=Evidence())
    assert NOT_COMPARED_HERE in use_question(imported, listed)
    assert NOT_COMPARED_HERE not in use_question(replace(imported, is_imported=False), listed)
    assert NO_EVIDENCE in use_question(replace(imported, evidence=None), listed)
