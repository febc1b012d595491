"""Two scans side by side."""

import numpy as np

from busi_gui.domain.case import CaseStatus
from busi_gui.domain.scan import Box, Spacing
from tests.services.array_file import numbered_frames


def lay_beside(qtbot, room, path):
    room.session.open_beside(path)
    qtbot.waitUntil(lambda: room.session.beside is not None and room.session.beside.scan.path == path and room.session.beside.analysis is not None)


def test_a_scan_is_laid_beside_and_analysed_without_disturbing_the_one_on_screen(qtbot, room):
    a, b = room.add("a.png"), room.add("b.png")
    room.open(qtbot, a)
    cases, activities = len(room.cases), len(room.activities)
    lay_beside(qtbot, room, b)
    assert [case.analysis is None for case in room.besides] == [True, False]
    assert len(room.cases) == cases
    assert len(room.activities) == activities
    assert room.session.case.scan.path == a


def test_of_a_cine_the_first_readable_frame_is_laid_beside(qtbot, room):
    lay_beside(qtbot, room, room.add("b.dcm", 5, unreadable=[0]))
    assert room.session.beside.scan.frame == 1
    assert room.session.case is None
    assert room.session.cine is None


def test_a_file_that_cannot_be_read_is_told_and_what_lies_beside_stays(qtbot, room, tmp_path):
    lay_beside(qtbot, room, room.add("b.png"))
    before = room.session.beside
    with qtbot.waitSignal(room.session.failed) as failed:
        room.session.open_beside(tmp_path / "gone.png")
    assert failed.args == ["gone.png does not exist."]
    assert room.session.beside is before


def test_closing_leaves_nothing_beside_and_the_case_on_screen(qtbot, room):
    room.open(qtbot, room.add("a.png"))
    lay_beside(qtbot, room, room.add("b.png"))
    before = room.session.case
    room.session.close_beside()
    assert room.session.beside is None
    assert room.besides[-1] is None
    assert room.session.case is before
    qtbot.waitUntil(lambda: room.file("b.png").is_closed)


def test_closing_while_it_is_read_leaves_nothing_beside(qtbot, room):
    b, c = room.add("b.png"), room.add("c.png")
    room.gate.clear()
    room.session.open_beside(b)
    assert room.is_reading.wait(5)
    room.session.close_beside()
    room.gate.set()
    room.open(qtbot, c)
    assert room.session.beside is None
    assert room.besides == []
    qtbot.waitUntil(lambda: room.file("b.png").is_closed)


def test_opening_another_case_keeps_the_one_beside(qtbot, room):
    a, b, c = (room.add(name) for name in ("a.png", "b.png", "c.png"))
    room.open(qtbot, a)
    lay_beside(qtbot, room, b)
    before = room.session.beside
    room.open(qtbot, c)
    assert room.session.beside is before


def test_another_scan_laid_beside_takes_the_place_of_the_first(qtbot, room):
    b, c = room.add("b.png"), room.add("c.png")
    lay_beside(qtbot, room, b)
    lay_beside(qtbot, room, c)
    qtbot.waitUntil(lambda: room.file("b.png").is_closed)
    assert not room.file("c.png").is_closed


def test_they_change_places_with_frame_and_analysis_and_the_folder_stays(qtbot, room):
    a, b = room.add("a.dcm", 9), room.add("b.dcm", 4)
    room.open(qtbot, a)
    lay_beside(qtbot, room, b)
    room.session.show_frame(3)
    qtbot.waitUntil(lambda: room.session.cine.frame == 3 and room.session.case.analysis is not None)
    main, beside, folder = room.session.case, room.session.beside, room.session.folder
    seen = len(room.pipeline.seen)
    room.session.swap_beside()
    assert room.session.case is beside
    assert room.session.beside is main
    assert room.session.folder is folder
    assert room.session.place == 1
    assert (room.session.cine.frame, room.session.cine.frame_count) == (0, 4)
    room.session.show_frame(2)
    qtbot.waitUntil(lambda: room.session.cine.frame == 2 and room.session.case.analysis is not None)
    room.session.swap_beside()
    assert room.session.case is main
    assert (room.session.cine.frame, room.session.cine.frame_count) == (3, 9)
    assert sorted(room.session.cine.findings) == [0, 3]
    room.session.show_frame(4)
    qtbot.waitUntil(lambda: room.session.cine.frame == 4 and room.session.case.analysis is not None)
    assert len(room.pipeline.seen) == seen + 2


def test_a_case_from_another_folder_brings_its_folder_when_it_comes_on_screen(qtbot, room, tmp_path):
    (tmp_path / "prior").mkdir()
    a, b = room.add("a.png"), room.add("prior/b.png")
    room.open(qtbot, a)
    lay_beside(qtbot, room, b)
    assert room.session.folder == (a,)
    room.session.swap_beside()
    assert room.session.folder == (b,)
    assert room.session.place == 0


def test_changing_places_with_nothing_on_screen_leaves_nothing_beside(qtbot, room):
    lay_beside(qtbot, room, room.add("b.png"))
    room.session.swap_beside()
    assert room.session.case.scan.path.name == "b.png"
    assert room.session.beside is None
    room.session.swap_beside()
    assert room.session.case.scan.path.name == "b.png"


def test_changing_places_before_the_analyses_are_there_has_both_analysed(qtbot, room):
    room.pipeline.way = "wait"
    room.session.open(room.add("a.png"))
    qtbot.waitUntil(room.pipeline.started.is_set)
    room.session.open_beside(room.add("b.png"))
    qtbot.waitUntil(lambda: room.session.beside is not None)
    room.session.swap_beside()
    room.pipeline.release.set()
    qtbot.waitUntil(lambda: room.session.case.analysis is not None and room.session.beside.analysis is not None)
    assert room.session.case.scan.path.name == "b.png"
    assert room.session.beside.scan.path.name == "a.png"


def test_the_same_scan_on_both_sides_shares_what_is_set_down_for_it(qtbot, room):
    speckle = [np.random.default_rng(0).integers(0, 255, (40, 50), np.uint8)]
    a, copy = room.add("a.png", frames=speckle), room.add("copy.png", frames=speckle)
    other = room.add("other.png", frames=numbered_frames(1))
    room.open(qtbot, a)
    lay_beside(qtbot, room, copy)
    room.session.calibrate(Spacing(0.1, 0.1))
    assert room.session.beside.lesions[0].measures.area_mm2 is not None
    assert [path.name for path, _ in room.notes[-2:]] == ["a.png", "copy.png"]
    room.session.crop(Box(5, 5, 35, 45))
    qtbot.waitUntil(lambda: room.session.beside.analysis is not None and room.session.case.analysis is not None)
    assert room.session.beside.scan.field == room.session.case.scan.field == Box(5, 5, 35, 45)
    lay_beside(qtbot, room, other)
    assert room.session.beside.scan.field is None


def test_an_analysis_beside_is_remembered_as_well(qtbot, room):
    b = room.add("b.png")
    lay_beside(qtbot, room, b)
    assert room.notes[-1][0] == b
    assert room.notes[-1][1].status is CaseStatus.ANALYSED


def test_networks_that_fail_one_beside_are_told_and_asked_again_at_the_next_start(qtbot, room):
    room.pipeline.way = "fail"
    with qtbot.waitSignal(room.session.failed) as failed:
        room.session.open_beside(room.add("b.png"))
    assert failed.args == ["The network is out of order."]
    room.pipeline.way = "answer"
    room.session.start()
    qtbot.waitUntil(lambda: room.session.beside.analysis is not None)
