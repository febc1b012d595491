"""A sentence over the scan that goes by itself and moves nothing."""

import pytest
from PySide6.QtCore import QPoint

from busi_gui.services.settings import Settings
from busi_gui.views import saying
from tests.views.fake_session import FakeSession, make_case, make_diagnosis
from tests.views.windows import shown_window

LONG = "The line does not part the lesion: draw it from one side right through to the other, and a little beyond. " * 3


@pytest.fixture
def session(qapp):
    made = FakeSession()
    made.set_case(make_case(make_diagnosis(0.8)))
    return made


@pytest.fixture
def window(qtbot, session, tmp_path):
    return shown_window(qtbot, session, Settings(tmp_path / "settings.ini"))


def test_why_a_command_does_nothing_is_said_without_moving_the_scan(window):
    look = window.scan_view.look
    window.commands["keep_largest"].trigger()
    assert "only one part" in window.saying.text
    assert window.saying.isVisible()
    assert window.scan_view.look == look
    assert not window.message_bar.isVisible()


def test_it_goes_when_the_reader_goes_on(window, session):
    window.saying.say("Nothing to do.")
    session.editing.edit("naming", session.case.reading.changed(1, name="cyst"))
    assert window.saying.text == ""
    window.saying.say("Nothing to do.")
    session.editing.undo()
    assert window.saying.text == ""


def test_it_goes_by_itself(window, qtbot, monkeypatch):
    monkeypatch.setattr(saying, "LEAST_MS", 1)
    monkeypatch.setattr(saying, "LETTER_MS", 0)
    window.saying.say("Nothing to do.")
    qtbot.waitUntil(window.saying.isHidden)


@pytest.mark.parametrize("text", ["Short.", LONG])
def test_it_lies_inside_the_scan_and_nothing_of_it_is_cut(window, text):
    window.saying.say(text)
    assert window.comparison.rect().contains(window.saying.geometry())
    words = window.saying._words
    assert words.height() >= words.heightForWidth(words.width())
    window.resize(window.width() - 200, window.height() - 100)
    assert window.comparison.rect().contains(window.saying.geometry())


def test_clicks_go_through_it_to_the_scan(window):
    window.saying.say(LONG)
    assert window.childAt(window.saying.mapTo(window, QPoint(5, 5))) is not window.saying
