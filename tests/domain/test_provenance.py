"""Which networks a result comes from, in a line."""

from __future__ import annotations

from dataclasses import replace

from busi_gui.domain.provenance import full_text, hash_lines, short_text, version_text
from tests.services.fake_pipeline import INFO

HASHES = {"segmenter.weights.h5": "4d4c9b11" + "0" * 56, "classifier.weights.h5": "ab0cd64e" + "1" * 56}
HASHED = replace(INFO, hashes=HASHES)


def test_in_short_it_is_the_version_and_the_first_digits_of_each_hash():
    assert short_text(HASHED) == "0.0 (4d4c9b11 ab0cd64e)"
    assert short_text(INFO) == "0.0"


def test_in_full_nothing_is_cut():
    text = full_text(HASHED)
    for part in ("version 0.0", INFO.segmenter, INFO.classifier, *HASHES.values()):
        assert part in text
    assert hash_lines(HASHED)[1] == f"classifier.weights.h5 sha256:{HASHES['classifier.weights.h5']}"
    assert "\n" not in text


def test_of_networks_that_learned_more_it_is_told_what_they_were_made_from():
    made = replace(HASHED, version="0.0+a", parent="0.0")
    assert version_text(made) == "0.0+a, made from 0.0"
    assert version_text(HASHED) == "0.0"
    assert full_text(made).startswith("version 0.0+a, made from 0.0; ")
