"""The licences in the program: who wrote what, found by name or licence, word for word."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from busi_gui.licences import Package
from busi_gui.services.settings import Settings
from busi_gui.views.about import NO_LICENCES, TextDialog, about_dialog
from busi_gui.views.licences_dialog import NO_TEXT, LicencesDialog
from tests.views.fake_session import READY, FakeSession
from tests.views.windows import shown_window

PACKAGES = (
    Package("alpha", "1.2", "MIT", (("LICENSE", "Alpha’s words."), ("NOTICE", "Its notice."))),
    Package("beta", "2.0", "BSD-3-Clause", ()),
    Package("gamma", "3.0", "MIT", (("COPYING", "Gamma’s words."),)),
)


@pytest.fixture
def dialog(qtbot):
    made = LicencesDialog(PACKAGES)
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def listed(dialog):
    return [dialog.names.item(row).text() for row in range(dialog.names.count()) if not dialog.names.item(row).isHidden()]


def test_every_package_is_listed_and_the_first_is_read(dialog):
    assert listed(dialog) == ["alpha 1.2", "beta 2.0", "gamma 3.0"]
    assert dialog.text.toPlainText() == "alpha 1.2\nLicence: MIT\n\n\nLICENSE\n\nAlpha’s words.\n\n\nNOTICE\n\nIts notice."


def test_the_chosen_one_is_read_and_that_it_brings_no_text_is_said(dialog, qtbot):
    qtbot.keyClick(dialog.names, Qt.Key.Key_Down)
    assert dialog.text.toPlainText() == f"beta 2.0\nLicence: BSD-3-Clause\n\n\n{NO_TEXT}"


def test_the_filter_looks_at_names_and_licences_and_reads_the_first_that_is_left(dialog, qtbot):
    qtbot.keySequence(dialog, QKeySequence(QKeySequence.StandardKey.Find))
    qtbot.keyClicks(dialog.field, "BSD")
    assert listed(dialog) == ["beta 2.0"]
    assert dialog.text.toPlainText().startswith("beta")
    dialog.field.setText("GAMMA")
    assert listed(dialog) == ["gamma 3.0"]
    assert "Gamma’s words." in dialog.text.toPlainText()
    dialog.field.clear()
    assert len(listed(dialog)) == 3
    assert "Gamma’s words." in dialog.text.toPlainText()
    dialog.field.setText("nothing like it")
    assert listed(dialog) == []


def test_a_program_without_its_licences_says_so(qtbot):
    dialog, about = LicencesDialog([]), about_dialog(READY, [])
    for each in (dialog, about):
        qtbot.addWidget(each)
    assert dialog.text.toPlainText() == NO_LICENCES
    assert NO_LICENCES in about.text()


def test_about_names_what_the_program_is_made_with(qtbot):
    about = about_dialog(READY, PACKAGES)
    qtbot.addWidget(about)
    assert "alpha (MIT), beta (BSD-3-Clause), gamma (MIT)." in about.text()


def test_about_leads_to_them(qtbot):
    window = shown_window(qtbot, FakeSession(), Settings())
    window.commands["about"].trigger()
    (about,) = window.findChildren(TextDialog)
    (button,) = [button for button in about._buttons.buttons() if button.text() == "Licences…"]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    (dialog,) = window.findChildren(LicencesDialog)
    assert dialog.isVisible()
    assert "PySide6_Essentials" in " ".join(listed(dialog))
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
