"""About the program, and about the networks that answer in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from busi_gui import __version__
from busi_gui.domain.provenance import hash_lines
from busi_gui.services.states import NetworkState, NetworkStatus
from busi_gui.views.labels import Role, Words
from busi_gui.views.notice import PARAGRAPHS, TITLE
from busi_gui.views.wording import network_lines, point_text, probability_text
from models.analysis import OperatingPoint

if TYPE_CHECKING:
    from busi_gui.licences import Package

DATA_SETS = (
    "BUSI: Al-Dhabyani et al., Dataset of breast ultrasound images, Data in Brief 28 (2020) 104863.",
    "BUS-BRA: Gómez-Flores et al., A breast ultrasound dataset for assessing computer-aided diagnosis systems, Medical Physics 51 (2024) 3110.",
)
NO_LICENCES = "This program came without the list of its parts and their licences: install it again."
Section = tuple[str, Iterable[str]]

STATUS_TEXT = {
    NetworkStatus.LOADING: "The networks are being loaded.",
    NetworkStatus.PREPARING: "The networks are being prepared for this computer. This is done once for each version.",
}

_WIDE_EM = 42
"""The hash of a file is one word of 71 characters."""


class TextDialog(QDialog):
    """Sections of text that scroll, can be selected, and are closed with Esc."""

    def __init__(self, title: str, sections: Iterable[Section], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(24, 24, 24, 12)
        for heading, paragraphs in sections:
            column.addWidget(Words(heading, Role.HEADING))
            for paragraph in paragraphs:
                column.addWidget(Words(paragraph))
            column.addSpacing(12)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidget(body)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        buttons = self._buttons = QDialogButtonBox()
        buttons.addButton("Close", QDialogButtonBox.ButtonRole.RejectRole).setDefault(True)  # a standard button would bring the style's own icon
        buttons.setContentsMargins(12, 0, 12, 12)
        buttons.rejected.connect(self.reject)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area, 1)
        outer.addWidget(buttons)
        em = self.fontMetrics().height()
        screen = self.screen().availableSize()
        self.resize(min(em * _WIDE_EM, screen.width() - 80), min(em * 34, screen.height() - 120))

    def add_button(self, text: str, do: Callable[[], object]) -> QPushButton:
        """Offer something beside closing it."""
        button = self._buttons.addButton(text, QDialogButtonBox.ButtonRole.ActionRole)
        button.setAutoDefault(False)  # Enter closes
        button.clicked.connect(do)
        return button

    def text(self) -> str:
        """Return everything that it says."""
        return "\n".join(words.text() for words in self.findChildren(Words))


def about_dialog(
    network: NetworkState, packages: Sequence[Package], parent: QWidget | None = None, open_licences: Callable[[], object] | None = None
) -> TextDialog:
    """Return the dialog about the program and what it is made with, with a button for the licences where there is something that opens it."""
    sections: list[Section] = [
        (f"busi-gui {__version__}", ["Reads breast ultrasound: outlines lesions, estimates malignancy, shows what moved the network."]),
        (TITLE, PARAGRAPHS),
        ("Networks", _identity(network)),
        ("Data sets", DATA_SETS),
        ("Made with", [packages_text(packages)]),
    ]
    dialog = TextDialog("About busi-gui", sections, parent)
    if open_licences is not None:
        dialog.add_button("Licences…", open_licences)
    return dialog


def packages_text(packages: Sequence[Package]) -> str:
    """Return which packages of others the program consists of, and under which licences, in a sentence."""
    return f"{', '.join(f'{package.name} ({package.terms})' for package in packages)}." if packages else NO_LICENCES


def networks_dialog(network: NetworkState, parent: QWidget | None = None, open_card: Callable[[], object] | None = None) -> TextDialog:
    """Return the dialog about the networks, with a button for the model card where there is something that opens it."""
    sections: list[Section] = [("Networks", _identity(network))]
    info = network.info
    if info is not None:
        points = info.operating_points or (info.operating_point,)
        said = [text for point in points for text in _point_texts(point, is_in_use=point == info.operating_point and len(points) > 1)]
        sections.append(("Operating points" if len(points) > 1 else "Operating point", said))
        sections.append(("How to read it", PARAGRAPHS[1:]))
        if info.hashes:
            sections.append(("The weights", hash_lines(info)))
    dialog = TextDialog("About the networks", sections, parent)
    if open_card is not None:
        dialog.add_button("Model card", open_card)
    return dialog


def _point_texts(point: OperatingPoint, *, is_in_use: bool) -> list[str]:
    name = f"The {point.name} point{', which is in use' if is_in_use else ''}"
    return [f"{name}: a lesion is called malignant from a probability of {probability_text(point.threshold)} on.", point_text(point)]


def _identity(network: NetworkState) -> list[str]:
    if network.info is not None:
        return network_lines(network.info)
    return [STATUS_TEXT.get(network.status, network.message)]
