"""DiagnosisPanel: what the networks say of the scan on screen, and what they are doing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QProgressBar, QPushButton, QRadioButton, QScrollArea, QVBoxLayout, QWidget

from busi_gui.domain.case import Case, Lesion
from busi_gui.domain.scan import Calibration
from busi_gui.services.session import Session
from busi_gui.services.states import Activity, NetworkState, NetworkStatus
from busi_gui.views import theme, wording
from busi_gui.views.diagnosis.concern_list import ConcernList
from busi_gui.views.diagnosis.lesion_card import LesionCard, LesionList
from busi_gui.views.diagnosis.saliency_picture import SaliencyPicture
from busi_gui.views.labels import Role, Words
from busi_gui.views.scan.corner_text import SALIENCY_CAVEAT
from busi_gui.views.scan.overlays import COLOUR_MAPS
from models.analysis import Analysis, SaliencyClass

MARGIN = 12


@dataclass(frozen=True)
class Sentence:
    """What the panel says where there is no lesion to show."""

    heading: str
    text: str
    button: Literal["", "diagnose", "try again"] = ""


NO_CASE = Sentence("No scan is open", "Open a scan, or drop one on the window. What the networks say of it is shown here.")
READING = Sentence("", "The scan is shown when all of it has been read.")
ANALYSING = Sentence("", "Read the scan in the meantime: the result comes by itself.")
NETWORKS_LOADING = Sentence("The networks are being loaded", "Read the scan in the meantime. It is analysed when they are ready.")
NETWORKS_PREPARING = Sentence(
    "The networks are being prepared for this computer",
    "This is done once for each version and can take some minutes. Read the scan in the meantime. It is analysed when they are ready.",
)
NO_LESION = Sentence("No lesion found", "Look for yourself: the network misses some.")
NOT_ANALYSED = Sentence("Not analysed", "The networks have not looked at this scan.", "diagnose")


def sentence_for(case: Case | None, activity: Activity | None, network: NetworkState) -> Sentence | None:
    """Return what to say in place of lesions; None when there are lesions."""
    if case is not None and case.analysis is not None:
        return None if case.lesions else NO_LESION
    if network.status is NetworkStatus.FAILED:
        reading = " The scan can still be read by eye." if case is not None else ""
        return Sentence("The networks cannot be used", f"{network.message}{reading}", "try again")
    if activity is not None and (case is None or activity.stage == "reading"):
        return READING
    if case is None:
        return NO_CASE
    if activity is None:  # also while the networks load: one that the reader stopped does not come by itself
        return NOT_ANALYSED
    waiting = {NetworkStatus.LOADING: NETWORKS_LOADING, NetworkStatus.PREPARING: NETWORKS_PREPARING}
    return waiting.get(network.status, ANALYSING)


class ActivityStrip(QFrame):
    """What is being done, how far it is, and the way to stop it."""

    def __init__(self, on_stop: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = Words(role=Role.HEADING)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 100)
        self.progress.setAccessibleName("Progress")
        self.stop = QPushButton("Stop")
        self.stop.clicked.connect(on_stop)
        row = QHBoxLayout()
        row.addWidget(self._stage, 1)
        row.addWidget(self.stop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.progress)
        self.hide()

    def show_activity(self, activity: Activity | None) -> None:
        """Show an activity; hide when there is none."""
        self.setVisible(activity is not None)
        if activity is None:
            return
        self._stage.setText(f"{activity.stage.capitalize()}\N{NO-BREAK SPACE}…")
        self.progress.setValue(round(activity.fraction * 100))
        self.stop.setVisible(activity.can_stop)


class SaliencyChoice(QWidget):
    """The saliency map of the lesion on show, for which class it is drawn, and what it is not.

    Signals
    -------
    class_chosen(str)
        ``"malignant"`` or ``"benign"``.
    """

    class_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._class: SaliencyClass = "malignant"
        self._colour_map = COLOUR_MAPS[0]
        self._shown: tuple[Case, Lesion] | None = None
        self._group = QButtonGroup(self)
        row = QHBoxLayout()
        row.setSpacing(12)
        for name in ("malignant", "benign"):
            button = QRadioButton(name)
            button.setObjectName(f"saliency_{name}")
            button.setAccessibleName(f"Saliency for {name}")
            button.setChecked(name == "malignant")
            button.toggled.connect(self._on_toggled)
            self._group.addButton(button)
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(Words("Saliency for", Role.HEADING))
        column.addLayout(row)
        self.picture = SaliencyPicture()
        column.addWidget(self.picture)
        column.addWidget(Words(f"{SALIENCY_CAVEAT.rstrip('.')}.", Role.SECONDARY))

    def show_lesion(self, case: Case, lesion: Lesion) -> None:
        """Show the map of a lesion for the chosen class."""
        self._shown = case, lesion
        self._draw()

    def set_colour_map(self, name: str) -> None:
        """Draw the map with the colours of this name, the usual ones where there is no such map."""
        self._colour_map = name if name in COLOUR_MAPS else COLOUR_MAPS[0]
        self._draw()

    def _draw(self) -> None:
        if self._shown is not None:
            self.picture.show_lesion(*self._shown, self._class, self._colour_map)

    def _on_toggled(self, is_checked: bool) -> None:
        button = self.sender()
        if is_checked and isinstance(button, QRadioButton):
            self._class = "malignant" if button.text() == "malignant" else "benign"
            self._draw()
            self.class_chosen.emit(self._class)


class DiagnosisPanel(QScrollArea):
    """Draws the session's case, activity and networks; scrolls before it squeezes.

    Signals
    -------
    lesion_selected(int)
        The reader chose the lesion with this number, or a new analysis put its first one on show.
    saliency_class_chosen(str)
        The reader wants the saliency of ``"malignant"`` or ``"benign"``.
    result_wanted(Path)
        The reader wants to see what was found in this file although it looks like no ultrasound.
    """

    lesion_selected = Signal(int)
    saliency_class_chosen = Signal(str)
    result_wanted = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._analysis: Analysis | None = None
        self._lesions: tuple[Lesion, ...] = ()
        self._number = 0
        self._chosen: tuple[Path, int] | None = None  # kept from frame to frame of a cine
        self._asked_for: Path | None = None  # the file whose result the reader wants although it looks like no ultrasound
        self._added: list[QWidget] = []
        self._strip = ActivityStrip(session.stop)
        self._concerns = ConcernList()
        self._concerns.crop_wanted.connect(session.crop)
        self._concerns.result_wanted.connect(self._on_result_wanted)
        self._heading = Words(role=Role.HEADING)
        self._sentence = Words()
        self._diagnose = QPushButton("Diagnose")
        self._diagnose.clicked.connect(session.analyse)
        self._try_again = QPushButton("Try again")
        self._try_again.setAccessibleName("Load the networks again")
        self._try_again.clicked.connect(session.start)
        self._list = LesionList()
        self._list.lesion_selected.connect(self.select_lesion)
        self._card = LesionCard()
        self.saliency = SaliencyChoice()
        self.saliency.class_chosen.connect(self.saliency_class_chosen)
        self._warnings = Words(role=Role.CAUTION)
        self._footer = Words(role=Role.SECONDARY)
        self._lay_out()
        session.case_changed.connect(self._on_case_changed)
        session.activity_changed.connect(self._refresh)
        session.network_changed.connect(self._refresh)
        self._on_case_changed(session.case)

    @property
    def selected_lesion(self) -> int | None:
        """Number of the lesion on show, None when there is none."""
        return self._number or None

    def select_lesion(self, number: int) -> None:
        """Show the lesion with this number; one that the scan has not is passed over."""
        case = self._session.case
        if case is None or case.analysis is None or not 1 <= number <= len(case.lesions):
            return
        self._number, self._chosen = number, (case.scan.path, number)
        self._list.select(number)
        self._card.show_lesion(case.lesions[number - 1], len(case.lesions), case.analysis.network.operating_point)
        self.saliency.show_lesion(case, case.lesions[number - 1])
        self.lesion_selected.emit(number)

    def select_next_lesion(self) -> None:
        """Show the next lesion; after the last comes the first."""
        case = self._session.case
        if case is not None and case.lesions:
            self.select_lesion(self._number % len(case.lesions) + 1)

    def add_below_card(self, part: QWidget) -> None:
        """Give a part that shows itself where there is something to say its place below what the networks say of the lesion."""
        self._added.append(part)
        self._column.insertWidget(self._column.indexOf(self._card) + 1, part)

    def minimumSizeHint(self) -> QSize:
        """Return the width below which words and labels would be cut; the height scrolls."""
        # Parts that are hidden count: the panel must not grow under the reader's eyes when the result comes.
        parts: tuple[QWidget, ...] = (self._strip, self._concerns, self._sentence, self._list, self._card, self.saliency, *self._added)
        content = max(part.minimumSizeHint().width() for part in parts) + 2 * MARGIN
        return QSize(content + self.verticalScrollBar().sizeHint().width(), super().minimumSizeHint().height())

    def show_keys(self, diagnose: str, stop: str) -> None:
        """Name the keys on the buttons that do the same; empty for none."""
        self._diagnose.setText(f"Diagnose ({diagnose})" if diagnose else "Diagnose")
        self._strip.stop.setText(f"Stop ({stop})" if stop else "Stop")

    def _lay_out(self) -> None:
        body = QWidget()
        column = self._column = QVBoxLayout(body)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(12)
        top: tuple[QWidget, ...] = (self._strip, self._concerns, self._heading, self._sentence)
        for part in top:
            column.addWidget(part)
        for button in (self._diagnose, self._try_again):
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        results: tuple[QWidget, ...] = (self._list, self._card, self._warnings, self.saliency)
        for part in results:
            column.addWidget(part)
        column.addStretch(1)
        column.addWidget(self._footer)
        self.setWidget(body)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setObjectName("diagnosis_panel")
        self.setStyleSheet(f"#diagnosis_panel {{ border: 1px solid transparent; }} #diagnosis_panel:focus {{ border-color: {theme.ACCENT}; }}")
        self.setAccessibleName("Diagnosis")

    def _on_case_changed(self, case: Case | None) -> None:
        analysis = case.analysis if case is not None else None
        lesions = case.lesions if case is not None else ()
        is_new, has_changed = analysis is not self._analysis, lesions is not self._lesions  # calibrated, the same lesions have other measures
        if is_new or has_changed:
            self._list.show_lesions(lesions, case.scan.calibration if case is not None else Calibration.NONE)
        self._concerns.show_case(case, is_withheld=self._is_withheld)
        self._refresh()
        if is_new or has_changed:
            self._analysis, self._lesions, self._number = analysis, lesions, 0
            path, number = self._chosen or (None, 1)
            self.select_lesion(number if case is not None and path == case.scan.path and number <= len(lesions) else 1)

    def _refresh(self) -> None:
        case, activity, network = self._session.case, self._session.activity, self._session.network
        sentence = sentence_for(case, activity, network)
        is_withheld = self._is_withheld
        self._strip.show_activity(activity)
        self._heading.setVisible(sentence is not None and bool(sentence.heading) and not is_withheld)
        self._sentence.setVisible(sentence is not None and not is_withheld)
        self._diagnose.setVisible(sentence is not None and sentence.button == "diagnose")
        self._try_again.setVisible(sentence is not None and sentence.button == "try again")
        if sentence is not None:
            self._heading.setText(sentence.heading)
            self._sentence.setText(sentence.text)
        has_lesions = sentence is None and not is_withheld
        self._list.setVisible(has_lesions and case is not None and len(case.lesions) > 1)
        self._card.setVisible(has_lesions)
        self.saliency.setVisible(has_lesions)
        self._show_warnings(case)
        self._show_footer(case, network)
        self.updateGeometry()

    @property
    def _is_withheld(self) -> bool:
        """Whether the result is kept back: of what looks like no ultrasound it is shown only to who asks for it."""
        case = self._session.case
        return case is not None and case.is_doubted and case.scan.path != self._asked_for

    def _on_result_wanted(self) -> None:
        case = self._session.case
        if case is None:
            return
        self._asked_for = case.scan.path
        self.result_wanted.emit(case.scan.path)
        self._concerns.show_case(case, is_withheld=False)
        self._refresh()

    def _show_warnings(self, case: Case | None) -> None:
        warnings: tuple[str, ...] = ()
        if case is not None:
            warnings = case.scan.warnings + (case.analysis.warnings if case.analysis else ())
        self._warnings.setText("\n".join(warnings))
        self._warnings.setVisible(bool(warnings))

    def _show_footer(self, case: Case | None, network: NetworkState) -> None:
        analysis = case.analysis if case is not None else None
        info = analysis.network if analysis else network.info
        self._footer.setVisible(info is not None)
        if info is not None:
            self._footer.setText("\n".join(wording.network_lines(info, analysis)))
            self._footer.setToolTip(wording.stage_times(analysis) if analysis else "")
