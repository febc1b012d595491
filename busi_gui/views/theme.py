"""The look: palette, font sizes and the one style sheet. Dark and calm, so that the scan is the brightest thing on the screen."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPalette
from PySide6.QtWidgets import QApplication

from busi_gui.views.style_sheet import style_sheet

BACKGROUND = "#16181b"
"""Behind the scan and between panels."""
PANEL = "#1e2125"
"""Docks, bars, menus."""
RAISED = "#272b31"
"""Buttons and fields, and what the pointer is over."""
PRESSED = "#313740"
LINE = "#2c3036"
"""Lines between panels."""
BORDER = "#484f59"
"""Edges of what can be clicked or typed into."""
TEXT = "#d6d9dd"
TEXT_SECONDARY = "#9da4ad"
TEXT_DISABLED = "#646b75"
ACCENT = "#84a9f5"
"""The one accent: focus, selection, progress."""
ACCENT_DIM = "#2b3a57"
"""Behind text that is selected or a tool that is in use."""
ON_ACCENT = "#0f1420"
"""Text on the accent."""
CAUTION = "#e2c27d"
"""Words that ask for care. Never the only sign of it."""
SCAN_BACKGROUND = "#0c0d0f"
"""Around the scan: a little darker than the panels, so that the scan's own black does not glow."""

LESIONS = ("#e69f00", "#56b4e9", "#f0e442", "#cc79a7", "#009e73", "#d55e00", "#0072b2")
"""Okabe-Ito colours, those that stand out most from gray first."""

SMALL = 0.9
LARGE = 1.25
HUGE = 2.0
"""Font sizes, as multiples of the system's, so that a reader who has set 200 % text gets it."""


def lesion_colour(number: int, *, selected: bool = False) -> QColor:
    """Return the colour of the lesion with this number, from 1; brighter when selected. Colours come round again after the seventh."""
    colour = QColor(LESIONS[(number - 1) % len(LESIONS)])
    return mixed(colour, QColor("#ffffff"), 0.35) if selected else colour


def mixed(first: QColor, second: QColor, share: float) -> QColor:
    """Return ``first`` with a share in [0, 1] of ``second``."""
    keep = 1 - share
    return QColor.fromRgbF(
        first.redF() * keep + second.redF() * share,
        first.greenF() * keep + second.greenF() * share,
        first.blueF() * keep + second.blueF() * share,
    )


def contrast(first: str | QColor, second: str | QColor) -> float:
    """Return the WCAG 2 contrast ratio of two opaque colours, 1 (none) to 21 (black on white)."""
    brighter, darker = sorted((_luminance(QColor(first)), _luminance(QColor(second))), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: QColor) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (colour.redF(), colour.greenF(), colour.blueF())]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def scaled_font(factor: float = 1.0, *, bold: bool = False) -> QFont:
    """Return the application's font, ``factor`` times as large."""
    font = QFont(QApplication.font())
    # A desktop may set its font in pixels; then there is no point size to scale.
    if font.pointSizeF() > 0:
        font.setPointSizeF(font.pointSizeF() * factor)
    else:
        font.setPixelSize(max(1, round(font.pixelSize() * factor)))
    if bold:
        font.setWeight(QFont.Weight.DemiBold)
    return font


def icon_px() -> int:
    """Return the side of a tool button's icon in device-independent pixels: it grows with the text."""
    return max(20, round(QFontMetricsF(QApplication.font()).height() * 1.25))


def apply_theme(app: QApplication) -> None:
    """Give the whole program its look: Fusion, palette, style sheet. Call once, before the first window."""
    app.setStyle("Fusion")
    app.setPalette(_palette())
    unit = max(4, round(QFontMetricsF(app.font()).height() / 4))
    app.setStyleSheet(style_sheet(_colours(), unit))


def _colours() -> dict[str, str]:
    return {
        "background": BACKGROUND,
        "panel": PANEL,
        "raised": RAISED,
        "pressed": PRESSED,
        "line": LINE,
        "border": BORDER,
        "text": TEXT,
        "secondary": TEXT_SECONDARY,
        "disabled": TEXT_DISABLED,
        "accent": ACCENT,
        "accent_dim": ACCENT_DIM,
        "on_accent": ON_ACCENT,
    }


def _palette() -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    colours = {
        role.Window: PANEL,
        role.WindowText: TEXT,
        role.Base: BACKGROUND,
        role.AlternateBase: PANEL,
        role.Text: TEXT,
        role.PlaceholderText: TEXT_SECONDARY,
        role.Button: RAISED,
        role.ButtonText: TEXT,
        role.BrightText: "#ffffff",
        role.ToolTipBase: RAISED,
        role.ToolTipText: TEXT,
        role.Highlight: ACCENT_DIM,
        role.HighlightedText: TEXT,
        role.Accent: ACCENT,
        role.Link: ACCENT,
        role.LinkVisited: ACCENT,
        role.Light: BORDER,
        role.Midlight: RAISED,
        role.Mid: LINE,
        role.Dark: BACKGROUND,
        role.Shadow: "#000000",
    }
    for each, colour in colours.items():
        palette.setColor(each, QColor(colour))
    for each in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, each, QColor(TEXT_DISABLED))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(RAISED))
    return palette
