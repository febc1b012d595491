"""The dialogs of exporting and importing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QComboBox, QLineEdit, QPushButton, QWidget

from busi_gui.domain.reading import Outcome
from busi_gui.io.exports.cases import mask_png
from busi_gui.services.exporting import ExportFormat, Exporting
from busi_gui.views.exporting.export_dialog import FORMATS, ExportChoice, ExportDialog
from busi_gui.views.exporting.import_dialog import ImportDialog
from busi_gui.views.labels import Words
from busi_gui.views.theme import apply_theme
from tests.services.exchange import MASKS, reading_of, set_down, stored, write_scan
from tests.services.test_exporting import Room


@pytest.fixture
def room(tmp_path, qtbot):
    made = Room(tmp_path)
    yield made
    made.gate.set()
    assert made.exporting.shut_down()
    made.workspace.close()


@pytest.fixture
def ask(room, qtbot):
    def ask(exporting=None, choices=None):
        choices = choices or [ExportChoice("This scan", tuple(room.files[:1])), ExportChoice("Reviewed", ()), ExportChoice("All", tuple(room.files))]
        dialog = ExportDialog(exporting or room.exporting, choices, room.folder)
        return shown(qtbot, dialog)

    return ask


@pytest.fixture
def ask_import(room, qtbot):
    return lambda folder=None: shown(qtbot, ImportDialog(room.exporting, folder))


def shown(qtbot, dialog):
    qtbot.addWidget(dialog)
    with qtbot.waitExposed(dialog):
        dialog.show()
    return dialog


def click(button):
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_choices_without_a_file_are_not_offered(ask):
    dialog = ask()
    assert [dialog.cases.itemText(place) for place in range(dialog.cases.count())] == ["This scan (1)", "All (3)"]


def test_the_chosen_cases_are_exported_in_the_chosen_format(ask, room, qtbot):
    dialog = ask()
    dialog.cases.setCurrentIndex(1)
    QTest.keyClick(dialog.formats[ExportFormat.COCO], Qt.Key.Key_Space)
    with qtbot.waitSignal(room.exporting.finished):
        click(dialog.start_button)
    assert len(list((room.folder / "coco export" / "images").iterdir())) == 3
    assert dialog.closing.isVisible()
    assert "3 pictures (3 benign) with 6 lesions" in dialog.closing.text()
    assert str(room.folder / "coco export") in dialog.closing.text()
    assert dialog.result_button.isVisible()
    assert not dialog.start_button.isVisible()


def test_the_place_follows_the_format_until_the_reader_chooses_one(ask, room):
    dialog = ask()
    assert dialog.place.text() == str(room.folder / "busi export")
    dialog.formats[ExportFormat.CSV].setChecked(True)
    assert dialog.place.text() == str(room.folder / "measures.csv")
    dialog.place.setText(str(room.folder / "mine.csv"))
    dialog.formats[ExportFormat.COCO].setChecked(True)
    assert dialog.place.text() == str(room.folder / "mine")
    dialog.formats[ExportFormat.CSV].setChecked(True)
    assert dialog.place.text() == str(room.folder / "mine.csv")


def test_names_are_kept_and_networks_asked_only_where_that_is_ticked(ask, room, qtbot):
    dialog = ask()
    assert not any(box.isChecked() for box in (dialog.with_network, dialog.keeps_names, dialog.is_overwriting))
    dialog.keeps_names.setChecked(True)
    with qtbot.waitSignal(room.exporting.finished):
        click(dialog.start_button)
    assert (room.folder / "busi export" / "benign" / "0.png").is_file()
    assert room.networks.seen == []


def test_without_networks_their_outlines_are_not_offered(ask, room, qtbot):
    exporting = Exporting(room.workspace)
    assert not ask(exporting).with_network.isEnabled()
    assert exporting.shut_down()
    assert ask().with_network.isEnabled()


def test_what_keeps_an_export_from_being_made_is_said_beside_the_form_which_can_be_mended(ask, room, qtbot):
    (room.folder / "busi export").write_text("a file")
    dialog = ask()
    dialog.place.setText(str(room.folder / "busi export"))
    with qtbot.waitSignal(room.exporting.failed):
        click(dialog.start_button)
    assert "is a file" in dialog.message.text()
    assert dialog.message.isVisible()
    assert dialog.form.isEnabled()
    dialog.place.setText(str(room.folder / "new"))
    with qtbot.waitSignal(room.exporting.finished):
        click(dialog.start_button)
    assert not dialog.message.isVisible()
    assert (room.folder / "new" / "sources.csv").is_file()


@pytest.mark.parametrize("text", ["", "  ", "relative/folder"])
def test_a_place_that_says_nothing_is_asked_for_again(ask, room, text):
    dialog = ask()
    dialog.place.setText(text)
    click(dialog.start_button)
    assert not room.exporting.is_busy
    assert "whole path" in dialog.message.text()
    assert dialog.start_button.isEnabled()


@pytest.mark.parametrize("how", ["button", "Esc"])
def test_work_is_shown_and_can_be_stopped(ask, room, qtbot, how):
    room.gate.clear()
    dialog = ask()
    dialog.cases.setCurrentIndex(1)
    click(dialog.start_button)
    qtbot.waitUntil(lambda: "1 of 3: 0.png" in dialog._name.full_text)
    assert not dialog.form.isEnabled()
    assert dialog.stop_button.isVisible()
    with qtbot.waitSignal(room.exporting.stopped):
        if how == "button":
            click(dialog.stop_button)
        else:
            QTest.keyClick(dialog, Qt.Key.Key_Escape)
        assert dialog.isVisible()
        room.gate.set()
    assert dialog.message.text() == "Stopped. Nothing was written."
    assert not dialog.stop_button.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_what_training_will_not_read_and_what_is_left_out_is_said(ask, room, qtbot):
    new = write_scan(room.folder / "in", "new.png", 8)
    no_outcome = set_down(room.workspace, write_scan(room.folder / "in", "x.png", 9), reading_of(MASKS[0], outcome=Outcome.UNKNOWN))
    gone = [room.folder / "in" / f"gone {number}.png" for number in range(7)]
    dialog = ask(choices=[ExportChoice("All", (new, no_outcome, *gone))])
    with qtbot.waitSignal(room.exporting.finished):
        click(dialog.start_button)
    said = dialog.closing.text()
    assert "Training does not read the folder unknown" in said
    assert "1 scan left out: no reader has outlined anything there." in said
    assert "gone 4.png" in said
    assert "gone 5.png" not in said
    assert "… and 2 more." in said


def test_a_data_set_is_imported_and_shown_where_the_reader_wants_it(ask, ask_import, room, qtbot):
    folder = room.folder / "data set" / "malignant"
    scan = write_scan(folder, "a.png", 8)
    (folder / "a_mask.png").write_bytes(mask_png(MASKS[0]))
    dialog = ask_import(room.folder / "data set")
    with qtbot.waitSignal(room.exporting.finished):
        click(dialog.start_button)
    assert "1 lesion in 1 picture taken over." in dialog.closing.text()
    assert len(stored(room.workspace, scan).outlines) == 1
    with qtbot.waitSignal(dialog.open_wanted) as wanted:
        click(dialog.result_button)
    assert wanted.args == [scan]
    assert not dialog.isVisible()


def test_what_readers_drew_is_replaced_only_where_that_is_ticked(ask_import, room, qtbot):
    folder = room.folder / "data set"
    with qtbot.waitSignal(room.exporting.finished):
        room.exporting.start_export(room.files, ExportFormat.COCO, folder)
    set_down(room.workspace, room.files[0], reading_of(MASKS[0]))
    for ticked, said in ((False, "1 picture left as readers have them"), (True, "2 lesions in 1 picture taken over")):
        dialog = ask_import(folder)
        dialog.is_overwriting.setChecked(ticked)
        with qtbot.waitSignal(room.exporting.finished):
            click(dialog.start_button)
        assert said in dialog.closing.text()
    assert len(stored(room.workspace, room.files[0]).outlines) == 2


def test_where_nothing_came_there_is_nothing_to_show(ask_import, room, qtbot):
    (room.folder / "data set" / "benign").mkdir(parents=True)
    dialog = ask_import(room.folder / "data set")
    with qtbot.waitSignal(room.exporting.finished):
        click(dialog.start_button)
    assert not dialog.result_button.isEnabled()
    assert dialog.close_button.hasFocus()


def test_a_folder_that_is_no_data_set_is_said(ask_import, room, qtbot):
    dialog = ask_import(room.folder / "in")
    with qtbot.waitSignal(room.exporting.failed):
        click(dialog.start_button)
    assert "no data set with masks" in dialog.message.text()


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


@pytest.mark.parametrize("name", ["ask", "ask_import"])
def test_nothing_is_cut_off_at_any_text_size(request, text_size, name, qtbot):
    dialog = request.getfixturevalue(name)()
    room_for = dialog.form.parentWidget().width()
    for widget in dialog.form.findChildren(QWidget):
        if widget.isVisibleTo(dialog):
            right = widget.mapTo(dialog.form, widget.rect().topRight()).x()
            assert right <= room_for, widget.accessibleName()
            if not isinstance(widget, Words | QLineEdit | QComboBox):
                assert widget.width() >= widget.minimumSizeHint().width()
    for words in dialog.form.findChildren(Words):
        assert words.height() >= words.heightForWidth(words.width())


@pytest.mark.parametrize("name", ["ask", "ask_import"])
def test_the_keyboard_reaches_everything_and_everything_has_a_name(request, name, qtbot):
    dialog = request.getfixturevalue(name)()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    reached = set()
    for _ in range(30):
        focused = QApplication.focusWidget()
        assert focused is not None
        reached.add(focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    kinds = (QPushButton, QLineEdit, QComboBox, QCheckBox)
    wanted = {widget for kind in kinds for widget in dialog.form.findChildren(kind) if widget.isEnabled()}
    assert wanted | {dialog.start_button, dialog.close_button} <= reached  # of radio buttons one, and arrow keys from there
    for widget in reached:
        assert widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text())


def test_each_format_says_what_it_is_for(ask):
    dialog = ask()
    said = [words.text() for words in dialog.form.findChildren(Words)]
    for _, purpose in FORMATS.values():
        assert purpose in said
    assert any("Not for clinical use" in sentence for sentence in said)
