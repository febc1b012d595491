"""The networks on this computer, told and chosen in a dialog."""

import re
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton, QTableWidgetItem

from busi_gui.views.labels import Words
from busi_gui.views.networks_dialog import NetworksDialog
from busi_gui.views.theme import apply_theme
from busi_gui.views.version_words import MEASURED_ELSEWHERE, ONLY_SHIPPED, compared_of
from tests.models.version_folders import EVIDENCE, make_version
from tests.services.retraining_room import evidence
from tests.services.version_room import VersionRoom


@pytest.fixture
def room(qtbot, tmp_path):
    made = VersionRoom(tmp_path / "here", "a", "b", "c")
    made.store.adopt("a", "anna on desk")
    made.store.adopt("b", "anna on desk")
    yield made
    assert made.versions.shut_down()


@pytest.fixture
def ask(qtbot, tmp_path):
    def ask(room):
        dialog = NetworksDialog(room.versions, tmp_path)
        qtbot.addWidget(dialog)
        with qtbot.waitExposed(dialog):
            dialog.show()
        qtbot.waitUntil(lambda: dialog.table.rowCount() > 0 and not room.versions.is_busy)
        return dialog

    return ask


def click(button):
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def rows(dialog):
    cells = range(dialog.table.columnCount())
    return [tuple(dialog.table.item(row, column).text() for column in cells) for row in range(dialog.table.rowCount())]


def enabled(dialog):
    buttons = {
        "use": dialog.use,
        "back": dialog.back,
        "evidence": dialog.evidence,
        "export": dialog.export,
        "import": dialog.import_,
        "delete": dialog.delete,
    }
    return {name for name, button in buttons.items() if button.isEnabled()}


def test_every_version_has_a_row_and_the_one_in_use_is_chosen(room, ask):
    dialog = ask(room)
    assert rows(dialog)[0] == ("1.0", "shipped", "2026-01-01", "anna", "", "made-up scans")
    assert [row[:2] for row in rows(dialog)[1:]] == [("a", "was in use"), ("b", "in use"), ("c", "proposal")]
    assert rows(dialog)[1][4] == "Dice, clinic 0.81 → 0.86"
    assert dialog.chosen.name == "b"
    assert "b is in use" in dialog.text()


def test_what_is_known_of_the_chosen_one_is_told_beside_it(room, ask):
    dialog = ask(room)
    for part in (
        "Made on 2026-01-01 by anna from 1.0; retrained here.",
        "Learned from made-up scans.",
        EVIDENCE["summary"],
        "Dice, clinic 0.81 → 0.86 (+0.05)",
        "AUC, base 0.93 → 0.93 (±0.00)",
        "by anna on desk, in place of a.",
        f"segmenter.weights.h5 sha256:{dialog.chosen.hashes['segmenter.weights.h5']}",
    ):
        assert part in dialog.text()
    dialog.choose("1.0")
    assert "came with the program" in dialog.text()
    assert EVIDENCE["summary"] not in dialog.text()


def test_what_can_be_done_depends_on_the_version(room, ask):
    dialog = ask(room)
    assert enabled(dialog) == {"back", "export", "import"}
    dialog.choose("a")
    assert enabled(dialog) == {"use", "back", "export", "import"}
    dialog.choose("c")
    assert enabled(dialog) == {"use", "back", "export", "import", "delete"}


def test_alone_the_shipped_networks_say_how_to_get_others(qtbot, tmp_path, ask):
    room = VersionRoom(tmp_path / "alone")
    dialog = ask(room)
    assert ONLY_SHIPPED in dialog.text()
    assert enabled(dialog) == {"export", "import"}
    assert room.versions.shut_down()


def test_with_others_that_is_not_said(room, ask):
    assert ONLY_SHIPPED not in ask(room).text()


def test_using_others_is_asked_in_words_first(room, ask, qtbot):
    dialog = ask(room)
    dialog.choose("c")
    click(dialog.use)
    assert "Use c from now on, in place of b?" in dialog.question.text
    assert room.store.in_use().name == "b"
    assert dialog.question.buttons[0].hasFocus()
    QTest.keyClick(dialog.question.buttons[0], Qt.Key.Key_Space)
    assert not dialog.question.isVisible()
    qtbot.waitUntil(lambda: dialog.answer == "The networks c are in use.")
    assert room.store.in_use().name == "c"
    assert dict(row[:2] for row in rows(dialog))["c"] == "in use"
    assert dialog.back.text() == "&Back to b"


def test_the_question_can_be_declined_and_is_forgotten_with_another_row(room, ask):
    dialog = ask(room)
    for decline in (lambda: click(dialog.question.buttons[1]), lambda: dialog.choose("a")):
        dialog.choose("c")
        click(dialog.use)
        assert dialog.question.isVisible()
        decline()
        assert not dialog.question.isVisible()
    assert room.store.in_use().name == "b"


def test_one_click_goes_back_and_another_one_further(room, ask, qtbot):
    dialog = ask(room)
    for name in ("a", "1.0"):
        assert dialog.back.text() == f"&Back to {name}"
        click(dialog.back)
        qtbot.waitUntil(lambda name=name: dialog.answer == f"The networks {name} are in use.")
    assert not dialog.back.isEnabled()


def test_a_proposal_is_deleted_after_a_question(room, ask, qtbot):
    dialog = ask(room)
    dialog.choose("c")
    click(dialog.delete)
    assert "Delete c? It was never in use." in dialog.question.text
    click(dialog.question.buttons[0])
    qtbot.waitUntil(lambda: dialog.answer == "c is deleted.")
    assert [row[0] for row in rows(dialog)] == ["1.0", "a", "b"]
    assert dialog.chosen.name == "b"


def test_a_version_is_exported_and_imported_where_the_reader_says(room, ask, qtbot, tmp_path, monkeypatch):
    dialog = ask(room)
    dialog.choose("c")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(tmp_path / "out"), ""))
    click(dialog.export)
    qtbot.waitUntil(lambda: "is written to" in dialog.answer)
    assert (tmp_path / "out.busi-networks").is_file()
    click(dialog.export)
    assert "is there already" in dialog.answer, "the reader was asked about out, not about out.busi-networks"
    there = VersionRoom(tmp_path / "there")
    other = ask(there)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (str(tmp_path / "out.busi-networks"), ""))
    click(other.import_)
    assert enabled(other) == set()
    qtbot.waitUntil(lambda: "c is imported" in other.answer, timeout=30_000)
    assert [row[0] for row in rows(other)] == ["1.0", "c"]
    assert other.chosen.name == "c"
    assert other.table.hasFocus()
    assert "use" in enabled(other)
    other.choose("1.0")
    there.versions.refresh()
    qtbot.waitUntil(lambda: not there.versions.is_busy)
    assert other.chosen.name == "1.0", "it is chosen when it comes, not whenever somebody looks again"
    assert there.versions.shut_down()


def test_a_file_that_is_refused_is_said_in_words(room, ask, qtbot, tmp_path, monkeypatch):
    (tmp_path / "x").write_bytes(b"no archive")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (str(tmp_path / "x"), ""))
    dialog = ask(room)
    dialog.choose("a")
    click(dialog.import_)
    for go_on in (lambda: dialog.choose("c"), lambda: click(dialog.use), lambda: click(dialog.back)):
        qtbot.waitUntil(lambda: not room.versions.is_busy)
        room.versions.import_file(tmp_path / "x")
        qtbot.waitUntil(lambda: "was not exported by this program" in dialog.answer, timeout=30_000)
        go_on()
        assert dialog.answer == "", "what was said belongs to what was done before"


@pytest.mark.parametrize("name", ["export", "import_"])
def test_a_dialog_that_is_left_does_nothing(room, ask, monkeypatch, name):
    for ask_for in ("getSaveFileName", "getOpenFileName"):
        monkeypatch.setattr(QFileDialog, ask_for, lambda *_, **__: ("", ""))
    dialog = ask(room)
    click(getattr(dialog, name))
    assert not room.versions.is_busy


def test_damaged_networks_say_why_and_what_is_used_instead(room, ask, tmp_path):
    path = tmp_path / "here" / "networks" / "b" / "seen.npy"
    path.chmod(0o600)
    path.write_bytes(b"other")
    dialog = ask(room)
    assert dialog.chosen.name == "1.0"
    assert "The networks b cannot be used: seen.npy is damaged or was changed." in dialog.text()
    dialog.choose("b")
    assert "seen.npy is damaged or was changed." in dialog.text()
    assert enabled(dialog) == {"back", "import"}


def test_what_the_evidence_speaks_against_is_told_and_cannot_be_used(room, ask, tmp_path):
    room.store.add(make_version(tmp_path / "made", "d", 9, evidence=EVIDENCE | {"objections": ["The base figures fall."]}))
    dialog = ask(room)
    dialog.choose("d")
    assert "The base figures fall." in dialog.text()
    assert rows(dialog)[-1][1] == "may not be used"
    assert not dialog.use.isEnabled()
    assert dialog.delete.isEnabled()


def test_how_far_the_loading_of_others_is_is_shown(room, ask):
    dialog = ask(room)
    room.versions.busy_changed.emit(True)
    room.versions.progressed.emit("preparing the networks", 0.4)
    assert (dialog._bar.value(), dialog._bar.maximum()) == (40, 100)
    assert dialog._stage.full_text == "preparing the networks …"


@pytest.mark.parametrize("name", ["b", "c"])
def test_the_keyboard_reaches_everything_and_everything_has_a_name(room, ask, qtbot, name):
    dialog = ask(room)
    dialog.choose(name)
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    if name == "c":
        click(dialog.use)
    reached: set[Any] = set()
    for _ in range(20):
        focused = QApplication.focusWidget()
        assert focused is not None
        reached.add(focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    wanted = {button for button in dialog.findChildren(QPushButton) if button.isEnabled() and button.isVisible()}
    assert wanted | {dialog.table} <= reached
    assert all(widget.accessibleName() or widget.text() for widget in reached)
    named = [dialog.use, dialog.back, dialog.export, dialog.import_, dialog.delete]
    assert all(button.toolTip() and "&" in button.text() for button in named)


@pytest.fixture(params=[1.0, 2.0])
def text_size(request, qapp):
    before, sheet = qapp.font(), qapp.styleSheet()
    font = QApplication.font()
    font.setPointSizeF(font.pointSizeF() * request.param)
    qapp.setFont(font)
    apply_theme(qapp)
    yield
    qapp.setFont(before)
    qapp.setStyleSheet(sheet)


def test_nothing_is_cut_off_at_any_text_size(text_size, room, ask):
    dialog = ask(room)
    dialog.resize(1280, 800)
    dialog.choose("c")
    click(dialog.use)
    QApplication.processEvents()
    widgets: list[QPushButton | Words] = [*dialog.findChildren(QPushButton), *dialog.findChildren(Words)]
    for widget in widgets:
        if widget.isVisible():
            page = widget.parentWidget()
            assert page is not None
            assert widget.geometry().right() <= page.width(), widget.text()
            least = widget.heightForWidth(widget.width()) if isinstance(widget, Words) else widget.minimumSizeHint().height()
            assert widget.height() >= least, widget.text()


def text_begins(table, height):
    """Return how far from the left of a table something is drawn, between two heights."""
    picture = table.grab().toImage()
    ground = picture.pixelColor(1, height[0] + 1)
    return next(x for x in range(picture.width()) if any(picture.pixelColor(x, y) != ground for y in range(*height)))


def test_headings_stand_flush_with_their_cells_at_any_text_size(text_size, room, ask):
    dialog = ask(room)
    dialog.resize(1000, 1200)
    QApplication.processEvents()
    table, high = dialog.table, dialog.table.horizontalHeader().height()
    table.scrollToTop()
    table.setHorizontalHeaderItem(0, QTableWidgetItem("Version"))
    table.item(0, 0).setText("Version")
    row = (high + table.rowViewportPosition(0) + 4, high + table.rowViewportPosition(0) + table.rowHeight(0) - 4)
    assert text_begins(table, row) == text_begins(table, (4, high - 4))


def test_the_list_takes_no_more_room_than_its_rows_and_what_is_told_has_the_rest(text_size, room, ask):
    dialog = ask(room)
    dialog.resize(1000, 1200)
    QApplication.processEvents()
    table = dialog.table
    assert table.height() == table.horizontalHeader().height() + table.verticalHeader().length()
    assert dialog._details.y() - table.geometry().bottom() <= dialog.layout().spacing() + 1
    assert table.verticalScrollBar().maximum() == 0


def test_with_many_versions_the_list_is_scrolled_and_what_is_told_keeps_its_room(qtbot, tmp_path, ask):
    room = VersionRoom(tmp_path / "many", *(f"v{number}" for number in range(14)))
    dialog = ask(room)
    dialog.resize(1000, 600)
    QApplication.processEvents()
    assert dialog.table.verticalScrollBar().maximum() > 0
    assert dialog._details.height() > dialog.table.height()
    assert room.versions.shut_down()


def test_what_is_told_is_never_cut_through_a_line(text_size, room, ask):
    dialog = ask(room)
    dialog.choose("c")
    dialog._told.setText(dialog._told.text() + "\nMore of it." * 40)
    area, line = dialog._details, dialog._details.fontMetrics().lineSpacing()
    for height in range(420, 470, 3):
        dialog.resize(700, height)
        QApplication.processEvents()
        assert area.viewport().height() % line == 0
    bar = area.verticalScrollBar()
    assert bar.maximum() > 0
    assert (bar.maximum() % line, bar.singleStep()) == (0, line)
    for words in area.findChildren(Words):
        if words.isVisibleTo(dialog):
            assert (words.y() % line, words.height() % line) == (0, 0), words.text()
    bar.setValue(bar.maximum())
    dialog.choose("a")
    assert bar.value() == 0, "another version is told from its beginning"


def test_the_way_back_to_the_shipped_networks_is_told_with_both(room, ask, qtbot):
    dialog = ask(room)
    for _ in range(2):
        click(dialog.back)
        qtbot.waitUntil(lambda: not room.versions.is_busy)
    dialog.choose("1.0")
    said = dialog.text()
    assert re.search(r"Replaced on [-0-9]{10} [:0-9]{8} UTC by anna on desk with a\.\n", said)
    assert re.search(r"\nPut in use on .* by anna on desk, in place of a, by going back\.\n", said)
    dialog.choose("a")
    assert re.search(r"\nPut in use on .* in place of b, by going back\.\nReplaced on .* by anna on desk with 1\.0, by going back\.\n", dialog.text())


def test_imported_networks_are_not_said_to_have_been_measured_here(qtbot, tmp_path, ask):
    told = {
        "summary": "Compared on 4 held-out cases of this clinic. On your 4 held-out cases the outlines agree better with yours.",
        "figures": [{"name": "Dice, this clinic", "before": 0.85, "after": 0.88}],
        "objections": ["Your cancers: two fewer."],
    }
    maker, room = VersionRoom(tmp_path / "there"), VersionRoom(tmp_path / "here")
    maker.store.add(make_version(tmp_path / "made", "x", 3, evidence=told))
    maker.store.export("x", tmp_path / "x.busi-networks", "ben")
    room.store.import_(tmp_path / "x.busi-networks")
    there, here = ask(maker), ask(room)
    there.choose("x")
    assert all(part in there.text() for part in ("of this clinic", "agree better with yours", "Your cancers", "Dice, this clinic 0.85"))
    assert MEASURED_ELSEWHERE not in there.text()
    here.choose("x")
    said = here.text()
    assert said.index("Compared on 4 held-out cases of their clinic. On their 4 held-out cases the outlines agree better with theirs.") > said.index(
        MEASURED_ELSEWHERE
    )
    assert "Their cancers: two fewer." in said
    assert "Dice, their clinic 0.85 → 0.88 (+0.03)" in said
    assert rows(here)[1][4] == "Dice, their clinic 0.85 → 0.88"
    assert not re.search(r"\b(yours?|this clinic)\b", said, re.IGNORECASE)
    assert maker.versions.shut_down()
    assert room.versions.shut_down()


def test_all_that_was_compared_is_shown_again_from_the_files_of_a_version(qtbot, room, ask):
    compared = evidence()
    told = EVIDENCE | {"objections": ["The rise may be chance."], "comparison": compared.as_json()}
    room.store.add(make_version(room.store.in_use().folder.parent.parent / "made d", "d", 7, parent="1.0", evidence=told))
    dialog = ask(room)
    wanted = []
    dialog.evidence_wanted.connect(wanted.append)
    dialog.choose("c")
    assert not dialog.evidence.isEnabled(), "its evidence holds no comparison"
    assert "not written down" in dialog.evidence.toolTip()
    dialog.choose("d")
    click(dialog.evidence)
    assert [entry.name for entry in wanted] == ["d"]
    found = compared_of(wanted[0])
    assert found is not None
    assert found.as_json() == compared.as_json()
