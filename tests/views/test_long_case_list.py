"""The list of cases with thousands of files."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QListView

from busi_gui.domain.case import Case
from busi_gui.services.settings import Settings
from busi_gui.views.actions import Actions
from busi_gui.views.cases.case_list import CaseList
from busi_gui.views.cases.case_order import Order
from tests.views.case_lists import FakeBook
from tests.views.fake_session import FakeSession, make_scan

FOLDER = tuple(Path("/scans") / f"{number}.png" for number in range(3000))


@pytest.fixture
def session(qapp):
    return FakeSession()


@pytest.fixture
def book(qapp):
    return FakeBook()


@pytest.fixture
def cases(qtbot, session, book, tmp_path, qapp):
    cases = CaseList(session, book, Actions(Settings(tmp_path / "settings.ini"), QObject(qapp)))
    qtbot.addWidget(cases)
    cases.resize(255, 400)
    cases.show()
    qtbot.waitExposed(cases)
    return cases


def is_in_sight(cases, path):
    return cases.view.viewport().rect().contains(cases.view.visualRect(cases.model.index_of(path)))


def is_laid_out(cases):
    return cases.view.layoutMode() is QListView.LayoutMode.SinglePass


def test_a_long_folder_is_laid_out_in_turns(cases, session, qtbot):
    session.set_folder(FOLDER)
    assert cases.view.visualRect(cases.model.index(0)).isValid()
    assert not cases.view.visualRect(cases.model.index(len(FOLDER) - 1)).isValid()
    qtbot.waitUntil(lambda: is_laid_out(cases))
    cases.view.scrollToBottom()
    assert is_in_sight(cases, FOLDER[-1])


def test_rows_that_are_not_laid_out_are_not_in_sight(cases, session, book, qtbot):
    session.set_folder(FOLDER)
    assert not is_laid_out(cases)
    assert not cases.view.rows_in_sight()
    time.sleep(0.1)  # longer than the list waits until it looks: it does so before the rest is laid out
    qtbot.waitUntil(lambda: bool(book.sights))
    qtbot.waitUntil(lambda: is_laid_out(cases))
    assert all(sight[0] == FOLDER[0] and len(sight) < 20 for sight in book.sights)


def test_the_scan_on_screen_comes_into_sight_however_far_down_it_stands(cases, session, qtbot):
    session.set_folder(FOLDER)
    session.set_case(Case(make_scan(FOLDER[2500])))
    qtbot.waitUntil(lambda: is_laid_out(cases))
    assert is_in_sight(cases, FOLDER[2500])


def test_another_order_leaves_the_reader_where_he_is(cases, session, qtbot):
    session.set_folder(FOLDER)
    session.set_case(Case(make_scan(FOLDER[2500])))
    qtbot.waitUntil(lambda: is_laid_out(cases))
    cases.order.choose(Order.NAME)
    assert is_in_sight(cases, FOLDER[2500])


@pytest.mark.parametrize("count", [1, 299, 300, 301])
def test_folders_of_any_size_end_laid_out(cases, session, qtbot, count):
    session.set_folder(FOLDER[:count])
    session.set_case(Case(make_scan(FOLDER[count - 1])))
    qtbot.waitUntil(lambda: is_in_sight(cases, FOLDER[count - 1]))
    session.set_folder(FOLDER)
    qtbot.waitUntil(lambda: is_laid_out(cases))
