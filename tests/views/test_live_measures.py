"""Every measure of the lesion in hand stands in a table, and runs while the lesion is drawn."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFont

from busi_gui.domain.measures import measure
from busi_gui.services.settings import Settings
from busi_gui.views.measuring.live_measures import TALLER, measure_texts
from tests.views.cases import box_mask
from tests.views.desk import shown_desk
from tests.views.fake_session import make_measures
from tests.views.measured import SHAPE, TENTH, at, case_of, move, press, release


@pytest.fixture
def desk(qtbot, tmp_path):
    yield from shown_desk(qtbot, Settings(tmp_path / "settings.ini"))


def show(desk, mask, **fields):
    desk.session.set_case(case_of("lesion.png", **fields))
    desk.session.editing.edit("outlining", desk.session.editing.reading.added(mask))


def test_a_calibrated_lesion_is_measured_in_millimetres(desk):
    show(desk, box_mask(SHAPE, 20, 10, 30, 70))
    assert desk.table.rows() == {
        "Diameters": "6.1 × 1.9 mm",
        "Horizontal × vertical": "6.0 × 1.0 mm",
        "Area": "6.0 mm²",
        "Perimeter": "13.7 mm",
        "Width : height": "6.0",
        "Long axis": "9° to the horizontal",
    }
    assert "Calibrated by the file" in desk.table.text()


def test_without_calibration_it_is_measured_in_pixels_and_that_is_said(desk):
    show(desk, box_mask(SHAPE, 20, 10, 30, 70), spacing=None)
    rows = desk.table.rows()
    assert (rows["Diameters"], rows["Horizontal × vertical"], rows["Area"], rows["Perimeter"]) == ("61 × 19 px", "60 × 10 px", "600 px²", "137 px")
    assert "In pixels: not calibrated" in desk.table.text()
    assert "mm" not in desk.table.text()


def test_a_calibration_by_hand_is_said(desk):
    show(desk, box_mask(SHAPE, 20, 10, 30, 70), spacing=None)
    desk.session.set_case(desk.session.case.with_scale_of(desk.session.case.scan.calibrated(TENTH)))
    assert "Calibrated by hand" in desk.table.text()
    assert desk.table.rows()["Diameters"] == "6.1 × 1.9 mm"


def test_taller_than_wide_is_said_and_only_then(desk):
    show(desk, box_mask(SHAPE, 20, 10, 30, 70))
    assert TALLER not in desk.table.text()
    show(desk, box_mask(SHAPE, 5, 10, 55, 30))
    desk.selection.select_next()
    assert TALLER in desk.table.text()
    assert desk.table.rows()["Width : height"] == "0.4"


@pytest.mark.parametrize(
    ("width", "height", "ratio"), [(9.7, 10.0, "0.97"), (9.98, 10.0, "0.99"), (10.2, 10.0, "1.02"), (14.2, 9.8, "1.4"), (3, 10, "0.3")]
)
def test_a_proportion_never_reads_as_if_it_lay_on_the_other_side_of_one(width, height, ratio):
    assert measure_texts(make_measures(width, height))[4] == ratio


def test_without_a_lesion_in_hand_there_is_no_table(desk):
    assert desk.table.isHidden()
    show(desk, box_mask(SHAPE, 20, 10, 30, 70))
    assert not desk.table.isHidden()
    desk.selection.begin_new()
    assert desk.table.isHidden()


def test_the_numbers_run_while_the_lesion_is_drawn(desk, qtbot):
    show(desk, box_mask(SHAPE, 20, 20, 40, 40))
    desk.press("brush")
    press(desk.main, at(desk.main, 40, 30))
    for x in (50, 60):
        move(desk.main, at(desk.main, x, 30))
        qtbot.waitUntil(lambda: not desk.in_hand._timer.isActive())
        assert tuple(desk.table.rows().values()) == measure_texts(measure(desk.draft.canvas, TENTH))
    release(desk.main, at(desk.main, 60, 30))
    assert tuple(desk.table.rows().values()) == measure_texts(desk.session.case.lesions[0].measures)


def test_nothing_moves_when_the_lesion_becomes_taller_than_wide(desk):
    def places():
        desk.table.layout().activate()
        return desk.table.minimumSizeHint(), [label.y() for label in desk.table._values]

    show(desk, box_mask(SHAPE, 20, 10, 30, 70))
    desk.table.resize(desk.table.minimumSizeHint().width(), 400)
    before = places()
    desk.session.editing.edit("drawing", desk.session.editing.reading.with_mask(1, box_mask(SHAPE, 5, 10, 55, 30)))
    assert TALLER in desk.table.text()
    assert places() == before


def test_each_number_is_read_out_with_its_name(desk):
    show(desk, box_mask(SHAPE, 20, 10, 30, 70))
    assert [label.accessibleName() for label in desk.table._values][:2] == ["Diameters: 6.1 × 1.9 mm", "Horizontal × vertical: 6.0 × 1.0 mm"]


def test_numbers_of_as_many_digits_are_as_wide_so_that_nothing_jumps(desk):
    show(desk, box_mask(SHAPE, 20, 10, 30, 70))
    assert all(label.font().isFeatureSet(QFont.Tag("tnum")) for label in desk.table._values)
    metrics = desk.table._values[0].fontMetrics()
    assert metrics.horizontalAdvance("11.1 × 1.1 mm") == metrics.horizontalAdvance("88.8 × 8.8 mm")
