"""The page about speed says what was measured, what was not, and what misses its target."""

import pytest

from models.reporting.performance import hands, performance
from models.reporting.sources import Sources
from models.reporting.words import NOT_MEASURED

MANIFEST = {"segmenter": {"name": "seg", "file": "s.h5", "sha256": "11aa"}}
MACHINE = {"cores": 2, "memory_gb": 24, "processor": "A Processor", "system": "An OS 12", "python": "3.11.7", "screen": "offscreen"}


def measured(figures, when="2030-01-02"):
    return {"measured": when, "took_s": 60, "load": 0.2, "figures": figures}


@pytest.fixture
def parts():
    return {
        "start": measured({"source": {"window_s": [0.7, 0.6, 0.9], "diagnosis_s": [2.5], "window_pss_mb": [300.0], "helpers_pss_mb": [0.0]}}),
        "window": measured({"gap_ms": [20.0, 61.0, 30.0]}),
        "analysis": measured({"single_ms": [100.0, 110.0], "onnx_single_ms": [150.0], "reference_ms": [2200.0], "whole_ms": [700.0]}),
        "batch": measured(
            {"ratio": 0.95, "peak_mib": {"1000": 404, "100": 400}, "same_records": 100, "of": 100, "untouched": 50, "killed_after": 50}
        ),
        "cases": {"problem": "its benchmark ended with code 1 and without figures"},
    }


def sources(parts, sha256="11aa"):
    networks = {"version": "9.9.9", "hashes": {"s.h5": sha256}}
    return Sources(MANIFEST, {"performance": {"command": "c", "program": "8.8", "networks": networks, "machine": MACHINE, "parts": parts}})


def test_a_figure_stands_beside_its_target_and_says_whether_that_is_met(parts):
    said = performance(sources(parts))
    assert "| Start to a usable window, from source | ≤ 0.80 s | 0.70 s | yes |" in said
    assert "| Start with a scan to its diagnosis, from source | ≤ 2.00 s | 2.50 s | **no** |" in said
    assert "| Warm, segmented, classified and explained once, its time by that of ONNX Runtime | ≤ 1.10 | 0.70 | yes |" in said
    assert "times faster than the reference's way | ≥ 20.0 | 21.0 | yes |" in said
    assert "| Batch over 1,000 scans, its rate by that of the networks alone | ≥ 0.90 | 0.95 | yes |" in said
    assert "| Batch, its peak of memory by that after 100 scans | ≤ 1.05 | 1.01 | yes |" in said


def test_of_stalls_the_longest_of_all_runs_counts(parts):
    assert "| Longest stall of the window while scans are analysed | ≤ 50 ms | 61 ms | **no** |" in performance(sources(parts))


def test_what_misses_its_target_is_said_plainly(parts):
    said = performance(sources(parts))
    assert "**Missed: Start with a scan to its diagnosis, from source; Longest stall of the window while scans are analysed.**" in said
    parts["window"]["figures"]["gap_ms"] = [10.0]
    parts["start"]["figures"]["source"]["diagnosis_s"] = [1.9]
    assert "No figure that was measured misses its target." in performance(sources(parts))


def test_what_failed_and_what_was_never_tried_is_not_measured_and_has_no_verdict(parts):
    said = performance(sources(parts))
    assert "| Longest stall of the window with 5,000 scans in the list | ≤ 50 ms | not measured | – |" in said
    assert "| Start to a usable window, built program | ≤ 1.20 s | not measured | – |" in said
    assert "* Not measured: cases, for its benchmark ended with code 1 and without figures." in said


def test_a_killed_batch_that_does_what_was_done_again_has_not_gone_on(parts):
    assert "records as of one run | ≥ 100% | 100% | yes |" in performance(sources(parts))
    parts["batch"]["figures"]["untouched"] = 49
    assert "records as of one run | ≥ 100% | 0% | **no** |" in performance(sources(parts))


def test_the_machine_is_told_in_general_words_with_dates_versions_and_load(parts):
    parts["window"] = measured({"gap_ms": [20.0]}, "2030-01-04")
    parts["window"]["load"] = 2.5
    said = performance(sources(parts))
    assert "`c`, 2030-01-02 to 2030-01-04, version 8.8 of the program and 9.9.9 of the networks. 2 cores of A Processor, 24 GB of memory" in said
    assert "0.2 to 2.5" in said
    assert "other weights" not in said
    assert "**These are figures of other weights.**" in performance(sources(parts, "22bb"))


def test_without_the_file_the_page_says_so():
    empty = Sources(MANIFEST, {})
    assert performance(empty) == hands(empty) == NOT_MEASURED


def test_what_is_under_the_hands_has_a_table_of_its_own(parts):
    size = {"moves_ms": 3.0, "moves_p99_ms": 13.0}
    parts["brush"] = measured({"1024 x 768": size})
    said = hands(sources(parts))
    assert "| Brush, a move and its repaint, 1024 x 768, median | ≤ 4.0 ms | 3.0 ms | yes |" in said
    assert "| Brush, the same, 99 % below, 1024 x 768 | ≤ 12.0 ms | 13.0 ms | **no** |" in said
    assert "Brush, the same, 99 % below, 1024 x 768.**" in performance(sources(parts))
