"""The table of measures, as spreadsheets and statistics programs read it."""

from __future__ import annotations

import csv
import dataclasses
import re
from dataclasses import dataclass

import pytest

from busi_gui.domain.case import CaseStatus
from busi_gui.domain.measures import Measures
from busi_gui.domain.reading import Outcome
from busi_gui.domain.scan import Box, Calibration, Region, Spacing
from busi_gui.io.exports.measures_table import measure_cells, table_export
from models.analysis import Diagnosis, DoubtRule, FoundLesion
from tests.io.exports.export_cases import SEVERAL, disc, make_case
from tests.services.fake_pipeline import INFO


def export(out, *cases, **how):
    with table_export(out, **how) as writer:
        for case in cases:
            writer.add(case)
    with out.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_each_lesion_has_a_row_with_all_its_measures(tmp_path):
    case = make_case(masks=SEVERAL, outcomes=(Outcome.BENIGN,), spacing=Spacing(0.1, 0.2), calibration=Calibration.FILE, category="3", frame=0)
    rows = export(tmp_path / "table.csv", case)
    assert [row["lesion"] for row in rows] == ["1", "2", "3", "4", "5"]
    for row, lesion in zip(rows, case.case.lesions, strict=True):
        assert int(row["area_px"]) == lesion.measures.area_px
        assert float(row["area_mm2"]) == pytest.approx(lesion.measures.area_px * 0.02)
        assert float(row["long_axis_mm"]) == pytest.approx(lesion.measures.long_axis_mm, abs=1e-4)
        assert float(row["angle_deg"]) == pytest.approx(lesion.measures.angle, abs=1e-4)
        assert float(row["width_to_height"]) == pytest.approx(lesion.measures.width_to_height, abs=1e-4)
        assert [int(row[f"bbox_{side}_px"]) for side in ("top", "left", "bottom", "right")] == list(lesion.measures.bbox)
    assert (rows[0]["outcome"], rows[1]["outcome"], rows[0]["birads_category"]) == ("benign", "unknown", "3")
    assert [(row["outcome_method"], row["outcome_date"]) for row in rows[:2]] == [("biopsy", "2026-02-28"), ("", "")]
    assert (rows[0]["calibration"], rows[0]["row_spacing_mm"], rows[0]["column_spacing_mm"]) == ("calibrated by the file", "0.1", "0.2")
    assert "Not for clinical use" in rows[0]["notice"]


def test_no_measure_is_left_out(tmp_path):
    (row,) = export(tmp_path / "table.csv", make_case(masks=SEVERAL[:1]))
    for field in dataclasses.fields(Measures):
        stem = re.sub(r"_(px|mm|mm2)$", "", field.name)
        assert [name for name in row if name.startswith(stem)], field.name


def test_every_measure_is_named_with_its_unit_and_none_twice(tmp_path):
    export(tmp_path / "table.csv", make_case(masks=SEVERAL[:1]))
    header = (tmp_path / "table.csv").read_text(encoding="utf-8-sig").splitlines()[0].split(",")
    measures = header[header.index("outcome_date") + 1 : header.index("width_to_height")]
    assert [name for name in measures if not name.endswith(("_px", "_mm", "_mm2", "_deg"))] == []
    assert len(set(header)) == len(header)


def test_measures_of_several_numbers_have_a_column_for_each():
    @dataclass(frozen=True)
    class Place:
        x: float
        y: float

    @dataclass(frozen=True)
    class More(Measures):
        perimeter_px: float = 12.34567
        long_axis_ends_px: tuple[tuple[int, int], tuple[int, int]] = ((1, 2), (3, 4))
        middle_mm: Place = dataclasses.field(default_factory=lambda: Place(1.0, 2.0))
        perimeter_mm: float | None = None

    cells = measure_cells(More(1, (0, 0, 1, 1), 1.0, 1.0, 1, 1, 0.0))
    assert cells["perimeter_px"] == 12.3457
    assert [cells[f"long_axis_ends_{end}_{part}_px"] for end in (1, 2) for part in (1, 2)] == [1, 2, 3, 4]
    assert (cells["middle_x_mm"], cells["middle_y_mm"]) == (1.0, 2.0)
    assert cells["perimeter_mm"] is None


def test_a_frame_without_a_lesion_has_a_row_too(tmp_path):
    (row,) = export(tmp_path / "table.csv", make_case(export={"status": CaseStatus.REVIEWED}))
    assert (row["lesions"], row["lesion"], row["area_px"], row["status"]) == ("0", "", "", "reviewed")


def test_millimetres_are_empty_where_no_scale_holds_for_the_lesion(tmp_path):
    region = Region(Box(0, 0, 40, 35), Spacing(0.1, 0.1))
    case = make_case(masks=(disc(20, 15, 5), disc(20, 55, 5)), regions=(region,), calibration=Calibration.FILE)
    inside, outside = export(tmp_path / "table.csv", case)
    assert (inside["calibration"], inside["row_spacing_mm"]) == ("calibrated by the file", "0.1")
    assert (outside["calibration"], outside["row_spacing_mm"], outside["area_mm2"]) == ("not calibrated", "", "")


def test_the_networks_opinion_stands_only_beside_the_outline_that_it_is_about(tmp_path):
    case = make_case(masks=(disc(20, 15, 5), disc(20, 55, 5)), export={"network": INFO})
    said = Diagnosis(0.41237, 0.3, 0.55, {})
    first, second = case.case.lesions
    answered = case.case.with_answers({1: FoundLesion(first.mask, said), 2: FoundLesion(second.mask.copy(), said)})
    rows = export(tmp_path / "table.csv", dataclasses.replace(case, case=answered))
    assert [row["p_malignant"] for row in rows] == ["0.4124", ""]
    assert (rows[0]["p_malignant_low"], rows[0]["p_malignant_high"]) == ("0.3", "0.55")
    assert (rows[0]["operating_point"], rows[0]["operating_threshold"], rows[0]["segmenter"]) == ("sensitive", "0.3", INFO.segmenter)


def test_a_row_says_how_doubtful_an_opinion_is_and_which_weights_gave_it(tmp_path):
    point = dataclasses.replace(INFO.operating_point, doubt=DoubtRule(0.0, 1.0, 1.0, 0.3))
    network = dataclasses.replace(INFO, operating_point=point, hashes={"classifier.weights.h5": "ab" * 32})
    case = make_case(masks=(disc(20, 15, 5), disc(20, 55, 5)), export={"network": network})
    said, clear = Diagnosis(0.41, 0.4, 0.42, {}, opinions=(0.1, 0.8)), Diagnosis(0.99, None, None, {})
    first, second = case.case.lesions
    answered = case.case.with_answers({1: FoundLesion(first.mask, said), 2: FoundLesion(second.mask, clear)})
    rows = export(tmp_path / "table.csv", dataclasses.replace(case, case=answered))
    assert [row["uncertain"] for row in rows] == ["yes", "no"]
    assert (rows[0]["reasons"], rows[0]["opinions"]) == ("networks disagree; the probability itself", "0.1000; 0.8000")
    assert float(rows[0]["chance_of_error"]) == pytest.approx(point.chance_of_error(said), abs=1e-4)
    assert all("ab" * 32 in row["networks"] and row["network_version"] == "0.0" for row in rows)


def test_without_networks_a_row_names_those_that_looked_at_the_scan_before(tmp_path):
    (row,) = export(tmp_path / "table.csv", make_case(masks=(disc(20, 15, 5),), export={"noted_networks": "version 0.1.0; by hash"}))
    assert (row["networks"], row["network_version"], row["uncertain"], row["status"]) == ("version 0.1.0; by hash", "", "", "new")


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@a", "\tx"])
def test_no_text_is_taken_for_a_formula(tmp_path, name):
    rows = export(tmp_path / "table.csv", make_case(name, SEVERAL[:1], names=(name,)))
    assert rows[0]["name"] == rows[0]["file"] == f"'{name}"


def test_spreadsheets_know_the_encoding_and_every_letter_survives(tmp_path):
    rows = export(tmp_path / "table.csv", make_case(masks=SEVERAL[:1], names=("Läsion, „links“\nunten",)))
    assert (tmp_path / "table.csv").read_bytes().startswith(b"\xef\xbb\xbffile,frame,")
    assert rows[0]["name"] == "Läsion, „links“\nunten"
