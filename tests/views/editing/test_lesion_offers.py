"""What the network outlines differently is offered, shown while it is wanted, and taken over only by the reader."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from busi_gui.domain.reading import MaskSource
from busi_gui.views.editing.offer_lines import OfferedOutlines
from busi_gui.views.labels import Words
from tests.views.lesions import box, case_with

THREE = (box(10, 10, 20, 20), box(30, 10, 40, 20), box(10, 50, 20, 60))


def said(panel):
    return " ".join(words.text() for words in panel.findChildren(Words) if words.isVisible())


def links(panel, text):
    return [button for button in panel.offers.findChildren(QPushButton) if button.isVisible() and button.text() == text]


def look_again(desk):
    """Let the network look at the case once more, and find the same."""
    case = desk.session.case
    desk.session.set_case(replace(case, analysis=replace(case.analysis)))


def test_what_the_reader_saw_before_his_first_change_is_offered_only_when_the_network_has_looked_again(desk, panel):
    desk.session.set_case(case_with(*THREE))
    desk.session.editing.edit("brush stroke", desk.reading.with_mask(2, box(30, 10, 40, 14)))
    assert not panel.offers.isVisible(), "nothing moves in the list while he corrects"
    desk.session.editing.undo()
    desk.session.editing.redo()
    assert not panel.offers.isVisible()
    look_again(desk)
    assert "The network outlines lesion 2 differently." in said(panel)


def test_the_network_offers_what_it_outlines_differently_and_it_is_taken_over_in_one_step(desk, panel):
    desk.session.set_case(case_with(*THREE))
    assert not panel.offers.isVisible()
    desk.session.editing.edit("brush stroke", desk.reading.with_mask(2, box(30, 10, 40, 14)).without(3))
    look_again(desk)
    before = desk.reading
    assert "The network outlines lesion 2 differently." in said(panel)
    assert "The network outlines a lesion that you do not have." in said(panel)
    QTest.mouseClick(links(panel, "Take over")[0], Qt.MouseButton.LeftButton)
    assert np.array_equal(desk.mask(2), THREE[1])
    assert desk.outline(2).source is MaskSource.NETWORK
    assert desk.undo_name == "the network’s outline of lesion 2"
    (other,) = links(panel, "Take over")
    QTest.mouseClick(other, Qt.MouseButton.LeftButton)
    assert desk.numbers == [1, 2, 3]
    assert not panel.offers.isVisible()
    desk.session.editing.undo()
    desk.session.editing.undo()
    assert desk.reading.is_same(before)
    assert len(links(panel, "Take over")) == 2


def test_a_stroke_that_leaves_the_offers_as_they_are_builds_nothing_anew(desk, panel):
    desk.session.set_case(case_with(*THREE))
    desk.session.editing.edit("brush stroke", desk.reading.with_mask(2, box(30, 10, 40, 14)))
    look_again(desk)
    (before,) = links(panel, "Take over")
    desk.session.editing.edit("brush stroke", desk.reading.with_mask(2, box(30, 10, 40, 13)))
    (after,) = links(panel, "Take over")
    assert after is before


def is_drawn(item):
    return not item.is_empty


def test_an_offer_is_shown_over_the_scan_while_it_is_wanted(desk, panel):
    drawn = OfferedOutlines()
    panel.outlines_shown.connect(drawn.show_masks)
    desk.session.set_case(case_with(*THREE))
    desk.session.editing.edit("brush stroke", desk.reading.with_mask(2, box(30, 10, 40, 14)))
    look_again(desk)
    (show,) = links(panel, "Show")
    QTest.mouseClick(show, Qt.MouseButton.LeftButton)
    assert drawn.boundingRect().adjusted(2, 2, -2, -2).getRect() == (10, 30, 10, 10)
    desk.change(1, is_hidden=True)
    assert is_drawn(drawn), "still wanted"
    desk.trigger("next_lesion")
    QTest.mouseClick(links(panel, "Show")[0], Qt.MouseButton.LeftButton)
    assert not is_drawn(drawn)
    QTest.mouseClick(links(panel, "Show")[0], Qt.MouseButton.LeftButton)
    desk.session.editing.undo()
    desk.session.editing.undo()
    assert not is_drawn(drawn), "what is no longer on offer is no longer shown"


def test_an_offer_for_a_locked_lesion_says_why_it_is_refused(desk, panel):
    desk.session.set_case(case_with(*THREE))
    desk.session.editing.edit("brush stroke", desk.reading.with_mask(2, box(30, 10, 40, 14)).changed(2, is_locked=True))
    look_again(desk)
    QTest.mouseClick(links(panel, "Take over")[0], Qt.MouseButton.LeftButton)
    assert desk.said == ["Lesion 2 is locked. Unlock it in the list of lesions to change it."]
