"""The one style sheet of the program."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template

from busi_gui.paths import resources_dir

_CELL_PX = 4
"""Between the padding of a table's cell and its text: the border above, and a margin of Qt's own. A heading has neither."""
_SHEET = Template("""
* { outline: 0; }
QMainWindow, QDialog { background: $panel; }
QMainWindow::separator { background: $line; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: $accent; }
QSplitter::handle { background: $line; }
QSplitter::handle:hover, QSplitter::handle:pressed { background: $accent; }

QDockWidget { color: $secondary; titlebar-close-icon: url("$icons/close.svg"); titlebar-normal-icon: url("$icons/float.svg"); }
QDockWidget::title { background: $panel; padding: ${u}px ${u2}px; border-bottom: 1px solid $line; text-align: left; }
QDockWidget::close-button, QDockWidget::float-button { background: transparent; border: 1px solid transparent; border-radius: 3px; }
QDockWidget::close-button, QDockWidget::float-button {
    subcontrol-origin: padding; subcontrol-position: right center; width: ${u4}px; height: ${u4}px;
}
QDockWidget::close-button { right: ${u}px; }
QDockWidget::float-button { right: ${u6}px; }
QDockWidget::close-button:hover, QDockWidget::float-button:hover { background: $pressed; }

QMenuBar { background: $panel; border-bottom: 1px solid $line; }
QMenuBar::item { background: transparent; padding: ${u}px ${u2}px; border-radius: 3px; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: $pressed; }
QMenuBar::item:disabled { color: $disabled; }
QMenu { background: $raised; border: 1px solid $border; padding: ${u}px 0; }
QMenu::item { padding: ${u}px ${u6}px ${u}px ${u2}px; border: 1px solid transparent; }
QMenu::item:selected { background: $accent_dim; }
QMenu::item:disabled { color: $disabled; background: transparent; }
QMenu::icon { padding-left: ${u2}px; }
QMenu::separator { height: 1px; background: $border; margin: ${u}px 0; }

QToolBar { background: $panel; border: 0; border-bottom: 1px solid $line; padding: ${h}px ${u}px; spacing: ${h}px; }
QToolBar::separator:horizontal { background: $line; width: 1px; margin: ${u}px ${u}px; }
QToolBar::separator:vertical { background: $line; height: 1px; margin: ${u}px ${u}px; }
QToolBar::handle { background: transparent; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 4px; padding: ${u}px; }
QToolButton:hover { background: $raised; }
QToolButton:pressed { background: $pressed; }
QToolButton:checked { background: $accent_dim; border-color: $accent_dim; }
QToolButton:checked:hover { border-color: $border; }
QToolButton:focus { border-color: $accent; }
QToolButton:disabled { color: $disabled; }
QToolButton[popupMode="1"] { padding-right: ${u4}px; }
QToolButton::menu-button { border: 0; width: ${u3}px; }
QToolButton::menu-indicator { image: none; }

QPushButton { background: $raised; border: 1px solid $border; border-radius: 4px; padding: ${u}px ${u3}px; min-height: ${u4}px; }
QPushButton:hover { background: $pressed; }
QPushButton:pressed, QPushButton:checked { background: $accent_dim; }
QPushButton:default { background: $accent; border-color: $accent; color: $on_accent; }
QPushButton:default:hover { background: $text; border-color: $text; }
QPushButton:focus { border: 2px solid $accent; padding: ${um}px ${u3m}px; }
QPushButton:default:focus { border-color: $text; }
QPushButton:disabled { color: $disabled; background: $panel; border-color: $line; }

QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QComboBox {
    background: $background; border: 1px solid $border; border-radius: 4px; padding: ${h}px ${u}px; selection-background-color: $accent_dim;
}
QLineEdit:hover, QAbstractSpinBox:hover, QComboBox:hover { border-color: $secondary; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QAbstractSpinBox:focus, QComboBox:focus { border-color: $accent; }
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled { color: $disabled; border-color: $line; }
QComboBox { background: $raised; min-height: ${u4}px; }
QComboBox::drop-down { border: 0; width: ${u5}px; }
QComboBox::down-arrow { image: url("$icons/chevron-down.svg"); width: ${u3}px; height: ${u3}px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { background: transparent; border: 0; width: ${u4}px; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: $pressed; }
QAbstractSpinBox::up-arrow { image: url("$icons/chevron-up.svg"); width: ${u2}px; height: ${u2}px; }
QAbstractSpinBox::down-arrow { image: url("$icons/chevron-down.svg"); width: ${u2}px; height: ${u2}px; }
QDateEdit { background: $raised; min-height: ${u4}px; max-height: ${u4}px; }
QDateEdit::drop-down { border: 0; width: ${u5}px; }
QDateEdit::down-arrow { image: url("$icons/chevron-down.svg"); width: ${u3}px; height: ${u3}px; }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $border; selection-background-color: $accent_dim; }

QAbstractItemView { background: $panel; border: 0; selection-background-color: $accent_dim; selection-color: $text; }
QAbstractItemView::item { padding: ${h}px ${u}px; border: 1px solid transparent; border-radius: 3px; }
QAbstractItemView::item:hover { background: $raised; }
QAbstractItemView::item:selected { background: $accent_dim; color: $text; }
QListView:focus::item:selected, QTreeView:focus::item:selected, QTableView:focus::item:selected { border-color: $accent; }
QHeaderView::section { background: $panel; color: $secondary; border: 0; border-bottom: 1px solid $line; padding: ${u}px; padding-left: ${cell}px; }

QSlider { min-height: ${u5}px; border: 1px solid transparent; border-radius: 4px; }
QSlider:focus { border-color: $accent; }
QSlider::groove:horizontal { height: ${u}px; background: $border; border-radius: ${h}px; margin: 0 ${u}px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: ${h}px; margin: 0 ${u}px; }
QSlider::handle:horizontal { background: $text; width: ${u3}px; height: ${u3}px; margin: -${u}px; border-radius: ${i}px; }
QSlider::handle:horizontal:hover { background: #ffffff; }
QSlider::sub-page:horizontal:disabled { background: $border; }
QSlider::handle:horizontal:disabled { background: $disabled; }

QProgressBar { background: $line; border: 0; border-radius: 2px; text-align: center; color: $text; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }

QScrollArea, QAbstractScrollArea { border: 0; }
QScrollBar { background: transparent; border: 0; }
QScrollBar:vertical { width: ${u3}px; }
QScrollBar:horizontal { height: ${u3}px; }
QScrollBar::handle { background: $border; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: ${u6}px; }
QScrollBar::handle:horizontal { min-width: ${u6}px; }
QScrollBar::handle:hover, QScrollBar::handle:pressed { background: $secondary; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QCheckBox, QRadioButton { spacing: ${u2}px; padding: ${h}px; border: 1px solid transparent; border-radius: 4px; }
QCheckBox:focus, QRadioButton:focus { border-color: $accent; }
QCheckBox:disabled, QRadioButton:disabled, QLabel:disabled { color: $disabled; }
QCheckBox::indicator, QRadioButton::indicator, QAbstractItemView::indicator {
    width: ${u3}px; height: ${u3}px; background: $background; border: 1px solid $border; border-radius: 3px;
}
QRadioButton::indicator { border-radius: ${i}px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $secondary; }
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked { background: $accent; border-color: $accent; image: url("$icons/check.svg"); }
QRadioButton::indicator:checked { background: $accent; border-color: $accent; image: url("$icons/dot.svg"); }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { background: $panel; border-color: $line; }
QGroupBox { border: 1px solid $line; border-radius: 4px; margin-top: ${u4}px; padding-top: ${u}px; }
QGroupBox::title { subcontrol-origin: margin; left: ${u2}px; color: $secondary; }
QTabBar::tab {
    background: transparent; color: $secondary; padding: ${u}px ${u3}px; border: 1px solid transparent; border-bottom: 2px solid transparent;
}
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:focus { border-color: $accent; }
QTabWidget::pane { border: 0; border-top: 1px solid $line; }

QStatusBar { background: $panel; border-top: 1px solid $line; color: $secondary; }
QStatusBar QLabel { color: $secondary; padding: 0 ${u}px; }
QStatusBar::item { border: 0; }
QSizeGrip { image: none; width: 0; height: 0; }
QToolTip { background: $raised; color: $text; border: 1px solid $border; padding: ${h}px ${u}px; }
""")


def style_sheet(colours: Mapping[str, str], unit: int) -> str:
    """Return the style sheet.

    Parameters
    ----------
    colours
        Name to ``#rrggbb``.
    unit
        A quarter of a text line in pixels: paddings are counted in it, so that they grow with the text.
    """
    lengths = {"h": unit // 2, "i": (3 * unit) // 2, "u": unit, "um": unit - 1, "u3m": 3 * unit - 1, "cell": unit + _CELL_PX}
    lengths |= {f"u{times}": times * unit for times in range(2, 7)}
    icons = (resources_dir() / "icons").as_posix()
    return _SHEET.substitute(colours, icons=icons, **{name: str(length) for name, length in lengths.items()})
