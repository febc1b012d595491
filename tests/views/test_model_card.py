"""The model card in the program: Markdown that is shipped with it, readable, and never a way to the network."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QColor, QDesktopServices, QGuiApplication, QKeySequence, QTextTable

from busi_gui.views import theme
from busi_gui.views.about import networks_dialog
from busi_gui.views.model_card import MISSING, ModelCardDialog
from tests.views.fake_session import READY

CARD = """# Networks 0.2.0

For **research** only; see [the paper](https://example.org/paper) and [limits](#known-limits-0).

| data set | AUC |
|---|---:|
| BUSI | 0.93 (0.88–0.97) |
| BUS-BRA | 0.91 |

"""
LONG = CARD + "\n\n".join(f"Paragraph {number}." for number in range(200)) + "\n\n## Known limits (0)\n\nMen.\n"


@pytest.fixture
def shown(qtbot, tmp_path):
    def show(text):
        file = tmp_path / "model_card.md"
        if text is not None:
            file.write_text(text, encoding="utf-8")
        dialog = ModelCardDialog(file)
        qtbot.addWidget(dialog)
        with qtbot.waitActive(dialog):
            dialog.show()
            dialog.activateWindow()
        return dialog

    return show


@pytest.mark.parametrize("text", [None, "", " \n"])
def test_a_program_without_a_card_says_so(shown, text):
    dialog = shown(text)
    assert dialog.text() == MISSING
    assert not dialog.field.isEnabled()


def test_it_is_shown_as_text_and_not_as_markdown(shown):
    text = shown(CARD).text()
    assert "Networks 0.2.0" in text
    assert "**" not in text
    assert "|---" not in text
    assert "0.93 (0.88–0.97)" in text


def test_lines_of_tables_can_be_seen_on_the_dark_ground(shown):
    (table,) = [frame for frame in shown(CARD).page.document().rootFrame().childFrames() if isinstance(frame, QTextTable)]
    assert table.format().borderBrush().color() == QColor(theme.BORDER)
    assert table.cellAt(0, 0).format().background().color() == QColor(theme.RAISED)
    assert table.cellAt(1, 0).format().background().style() == Qt.BrushStyle.NoBrush


def test_a_link_opens_nothing_and_its_address_is_copied(shown, monkeypatch):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    dialog = shown(CARD)
    dialog.page.anchorClicked.emit(QUrl("https://example.org/paper"))
    assert opened == []
    assert dialog.text().startswith("Networks 0.2.0")
    assert QGuiApplication.clipboard().text() == "https://example.org/paper"
    assert "Nothing is opened over the network" in dialog.said.text()
    assert not dialog.page.openLinks()


def test_a_link_within_the_card_goes_to_its_heading(shown):
    dialog = shown(LONG)
    assert dialog.page.verticalScrollBar().value() == 0
    dialog.page.anchorClicked.emit(QUrl("#known-limits-0"))
    assert dialog.page.verticalScrollBar().value() > 0
    assert dialog.page.textCursor().block().text() == "Known limits (0)"
    assert dialog.said.text() == ""


def test_ctrl_f_searches_round_and_says_where_there_is_nothing(shown, qtbot):
    dialog = shown(CARD)
    qtbot.keySequence(dialog, QKeySequence(QKeySequence.StandardKey.Find))
    assert dialog.field.hasFocus()
    qtbot.keyClicks(dialog.field, "bus")
    first = dialog.page.textCursor().selectionStart()
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert dialog.page.textCursor().selectionStart() > first
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert dialog.page.textCursor().selectionStart() == first
    qtbot.keyClicks(dialog.field, "zzz")
    assert dialog.said.text() == "“buszzz” does not stand here."
    assert dialog.isVisible()


def test_what_is_chosen_is_copied_and_esc_closes(shown, qtbot):
    dialog = shown(CARD)
    dialog.page.selectAll()
    qtbot.keySequence(dialog.page, QKeySequence(QKeySequence.StandardKey.Copy))
    assert "BUS-BRA" in QGuiApplication.clipboard().text()
    qtbot.keyClick(dialog.page, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_about_the_networks_leads_to_it(qtbot):
    asked = []
    dialog = networks_dialog(READY, None, lambda: asked.append("card"))
    qtbot.addWidget(dialog)
    (button,) = [button for button in dialog._buttons.buttons() if button.text() == "Model card"]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked == ["card"]
