"""Things that come together at the wrong moment."""

import numpy as np

from busi_gui.domain.scan import Box
from tests.services.reading_room import show_frame


def test_the_last_frame_of_a_run_may_be_one_that_also_waits_for_an_analysis_of_its_own(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 2))
    room.pipeline.started.clear()
    room.pipeline.way = "wait"
    room.session.analyse_all_frames()
    qtbot.waitUntil(room.pipeline.started.is_set)
    show_frame(qtbot, room, 1)
    room.session.analyse()
    room.pipeline.release.set()
    qtbot.waitUntil(lambda: room.session.activity is None)
    assert room.session.case.analysis is not None
    assert room.session.cine.key_frame is not None


def test_a_frame_is_analysed_although_the_one_wanted_after_it_could_not_be_read(qtbot, room):
    room.open(qtbot, room.add("a.dcm", 40, damaged=[30]))
    show_frame(qtbot, room, 2)
    room.gate.clear()
    room.session.show_frame(30)
    qtbot.waitUntil(lambda: not room.session._cine._rest.isActive())
    assert room.session.case.analysis is None
    room.gate.set()
    qtbot.waitUntil(lambda: 30 in room.session.cine.unreadable)
    qtbot.waitUntil(lambda: room.session.case.analysis is not None)
    assert room.session.cine.frame == 2


def test_a_crop_ends_the_run_also_where_it_does_not_fit_the_frame_on_screen(qtbot, room):
    frames = [np.full((40, 50) if frame % 2 == 0 else (20, 25), frame, np.uint8) for frame in range(8)]
    room.open(qtbot, room.add("a.tif", frames=frames))
    show_frame(qtbot, room, 1)
    qtbot.waitUntil(lambda: room.session.case.analysis is not None)
    room.pipeline.way = "wait"
    room.session.analyse_all_frames()
    room.session.crop(Box(10, 10, 40, 50))
    room.pipeline.release.set()
    qtbot.waitUntil(lambda: room.session.activity is None)
    assert all(frame % 2 for frame in room.session.cine.findings), "frames that the crop fits were looked at as a whole"
