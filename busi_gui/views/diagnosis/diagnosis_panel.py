"""DiagnosisPanel: what the networks say of the scan on screen, and what they are doing."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QPushButton, QScrollArea, QVBoxLayout, QWidget

from busi_gui.domain.case import Case, Lesion
from busi_gui.domain.change import Change
from busi_gui.services.editing import NETWORK_STEP
from busi_gui.services.session import Session
from busi_gui.services.states import NetworkState
from busi_gui.views import theme, wording
from busi_gui.views.after_paint import AfterPaint, Turns
from busi_gui.views.diagnosis.activity_strip import ActivityStrip
from busi_gui.views.diagnosis.before_after import BeforeAfter
from busi_gui.views.diagnosis.concern_list import ConcernList
from busi_gui.views.diagnosis.lesion_card import LesionCard, Telling, lesion_name, lesion_title
from busi_gui.views.diagnosis.saliency_choice import SaliencyChoice
from busi_gui.views.diagnosis.sentences import Standing, sentence_for, standing_of
from busi_gui.views.labels import Role, Words
from busi_gui.views.selection import Selection

MARGIN = 12
SLOW_MS = 150
"""How long a diagnosis may take before it is said that it is at work: most are faster, and words that come and go at once are a flicker."""


class DiagnosisPanel(QScrollArea):
    """Draws the session's case, activity and networks; scrolls before it squeezes.

    Signals
    -------
    saliency_class_chosen(str)
        The reader wants the saliency of ``"malignant"`` or ``"benign"``.
    result_wanted(Path)
        The reader wants to see what was found in this file although it looks like no ultrasound.
    point_chosen(str)
        The reader wants another operating point, by its name.
    """

    saliency_class_chosen = Signal(str)
    result_wanted = Signal(object)
    point_chosen = Signal(str)

    def __init__(self, session: Session, selection: Selection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._selection = session, selection
        self._diagnose_key, self._brush_key = "", ""
        self._told: tuple[object, ...] | None = None
        self._path: Path | None = None  # of the file that was drawn last
        self._is_slow = False  # what is being diagnosed takes long enough to say so
        self._asked_for: Path | None = None  # the file whose result the reader wants although it looks like no ultrasound
        self._added: list[QWidget] = []
        self._above: list[QWidget] = []
        self._assessment: QWidget | None = None
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
        self._take_over = QPushButton("Take the networks’ outlines")
        self._take_over.clicked.connect(self._on_taken_over)
        self._card = LesionCard()
        self._card.points.chosen.connect(self.point_chosen)
        self.before_after = BeforeAfter()
        self.before_after.held.connect(self._on_held)
        self.saliency = SaliencyChoice()
        self.saliency.class_chosen.connect(self.saliency_class_chosen)
        self.saliency.look_changed.connect(self._show_lesion)
        self._warnings = Words(role=Role.CAUTION)
        self._footer = Words(role=Role.SECONDARY)
        self._slow = QTimer(self, singleShot=True, interval=SLOW_MS)
        self.turns = Turns(self)
        self._drawing = AfterPaint(self._draw, self, self.turns)
        self._lay_out()
        self._connect()
        self._drawing.now()

    def _connect(self) -> None:
        session = self._session
        for signal in (session.case_changed, session.activity_changed, session.network_changed, session.rediagnosing.changed):
            signal.connect(self._drawing.ask)
        self._selection.changed.connect(self._on_selected)
        self.result_wanted.connect(self._selection.show_result_of)
        self._slow.timeout.connect(self._on_slow)

    def add_above_card(self, part: QWidget) -> None:
        """Give a part its place above what the networks say of the lesion; it is hidden while the result is kept back."""
        self._added.append(part)
        self._above.append(part)
        part.setVisible(not self._is_withheld)
        self._column.insertWidget(self._column.indexOf(self._card), part)

    def add_below_card(self, part: QWidget) -> None:
        """Give a part that shows itself where there is something to say its place below what the networks say of the lesion."""
        self._added.append(part)
        self._column.insertWidget(self._column.indexOf(self._warnings) + 1, part)

    def add_assessment(self, part: QWidget) -> None:
        """Give what the reader thinks of the lesion its place below all figures; it is shown with them."""
        self._added.append(part)
        self._assessment = part
        part.setVisible(self._lesion is not None)
        self._column.insertWidget(self._column.indexOf(self.saliency), part)

    def minimumSizeHint(self) -> QSize:
        """Return the width below which words and labels would be cut; the height scrolls."""
        # Parts that are hidden count: the panel must not grow under the reader's eyes when the result comes.
        shown: tuple[QWidget, ...] = (self._card, self.before_after, self.saliency, *self._added)
        parts: tuple[QWidget, ...] = (self._strip, self._concerns, self._sentence, *shown)
        content = max(part.minimumSizeHint().width() for part in parts) + 2 * MARGIN
        return QSize(content + self.verticalScrollBar().sizeHint().width(), super().minimumSizeHint().height())

    def show_keys(self, diagnose: str, stop: str, brush: str = "", before: str = "") -> None:
        """Name the keys on the buttons that do the same, and in sentences; empty for none."""
        self._diagnose_key, self._brush_key = diagnose, brush
        self.before_after.show_key(before)
        self._diagnose.setText(f"Diagnose ({diagnose})" if diagnose else "Diagnose")
        self._strip.stop.setText(f"Stop ({stop})" if stop else "Stop")
        self._drawing.now()

    def _lay_out(self) -> None:
        body = _Body()
        column = self._column = QVBoxLayout(body)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(10)
        top: tuple[QWidget, ...] = (self._strip, self._concerns, self._heading, self._sentence)
        for part in top:
            column.addWidget(part)
        for button in (self._diagnose, self._try_again, self._take_over):
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        # While an outline is corrected, what changes with it stands together: probability, measures, before and after.
        results: tuple[QWidget, ...] = (self._card, self._warnings, self.before_after, self.saliency)
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

    def _draw(self) -> None:
        self._begin_at_top()
        case, activity, network = self._session.case, self._session.activity, self._session.network
        sentence = sentence_for(case, activity, network, self._brush_key)
        is_withheld = self._is_withheld
        self._concerns.show_case(case, is_withheld=is_withheld)
        self._strip.show_activity(activity)
        self._heading.setVisible(sentence is not None and bool(sentence.heading) and not is_withheld)
        self._sentence.setVisible(sentence is not None and not is_withheld)
        for button, name in ((self._diagnose, "diagnose"), (self._try_again, "try again"), (self._take_over, "take over")):
            button.setVisible(sentence is not None and sentence.button == name)
        if sentence is not None:
            self._heading.setText(sentence.heading)
            self._sentence.setText(sentence.text)
        self._show_lesion()
        self._show_warnings(case)
        self._show_footer(case, network)
        self.updateGeometry()

    def _begin_at_top(self) -> None:
        """Bring what comes first into sight where another file is on screen: warnings stand there."""
        path = self._session.case.scan.path if self._session.case is not None else None
        if path != self._path:
            self._path = path
            self.verticalScrollBar().setValue(0)

    def _show_lesion(self) -> None:
        """Show the lesion in hand: as it is, or as it was while the reader holds on to that."""
        case, lesion = self._session.case, self._lesion
        for part in self._above:
            part.setVisible(not self._is_withheld)
        self._card.setVisible(lesion is not None)
        if self._assessment is not None:
            self._assessment.setVisible(lesion is not None)
        if case is None or lesion is None:
            self._is_slow = False
            self._slow.stop()
            self._told = None
            self.saliency.hide()
            self.before_after.show_lesion(None, None, self.saliency.chosen_class, self.saliency.colour_map)
            return
        standing = standing_of(case, lesion, self._session.rediagnosing.numbers, self._session.network)
        if standing is not Standing.ASKED:
            self._is_slow = False
            self._slow.stop()
        elif not self._is_slow and lesion.diagnosis is not None:
            if not self._slow.isActive():
                self._slow.start()
            return  # what is shown stays until the answer is there
        among = len(case.lesions), case.p_malignant
        look = self.saliency.chosen_class, self.saliency.colour_map, self._diagnose_key
        told = (case.scan, case.analysis, case.concerns, self._session.network.info, lesion, standing, *among, *look)
        if told == self._told:
            return  # an answer is announced twice: that it is there, and as another case
        self._told = told
        self.before_after.show_lesion(case, lesion, self.saliency.chosen_class, self.saliency.colour_map)
        self._tell(case, lesion, standing)

    def _tell(self, case: Case, lesion: Lesion, standing: Standing) -> None:
        change = self.before_after.held_change
        shown, standing = (lesion, standing) if change is None else (change.before, Standing.KNOWN)
        heading = lesion_title(lesion, case) if change is None else f"{lesion_name(lesion, case)}, before"
        info = case.analysis.network if case.analysis is not None else self._session.network.info
        is_earlier = change is None and case.is_of_earlier_analysis(lesion.number)
        self._card.show_lesion(shown, Telling(heading, info, standing, self._diagnose_key, case.concerns, is_earlier))
        self.saliency.setVisible(shown.diagnosis is not None)
        self.saliency.show_lesion(case, shown)

    @property
    def _lesion(self) -> Lesion | None:
        """The lesion that is shown."""
        case = self._session.case
        return case.lesion(self._selection.number) if case is not None and not self._is_withheld else None

    def _on_selected(self, number: int | None) -> None:
        self._session.rediagnosing.attend(number)
        self._drawing.ask()

    def _on_slow(self) -> None:
        self._is_slow = True
        self._show_lesion()

    def _on_held(self, _change: Change | None) -> None:
        case, lesion = self._session.case, self._lesion
        if case is not None and lesion is not None:
            self._tell(case, lesion, standing_of(case, lesion, self._session.rediagnosing.numbers, self._session.network))

    def _on_taken_over(self) -> None:
        case = self._session.case
        if case is not None and case.analysis is not None:
            self._session.editing.edit(NETWORK_STEP, case.reading.found(found.mask for found in case.analysis.lesions))

    @property
    def _is_withheld(self) -> bool:
        """Whether the result is kept back: of what looks like no ultrasound it is shown only to who asks for it."""
        case = self._session.case
        return case is not None and case.is_kept_back and case.scan.path != self._asked_for

    def _on_result_wanted(self) -> None:
        case = self._session.case
        if case is None:
            return
        self._asked_for = case.scan.path
        self.result_wanted.emit(case.scan.path)
        self._drawing.now()

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
            self._footer.setToolTip(wording.network_tip(info, analysis))


class _Body(QWidget):
    """What is scrolled. Where a part has moved because another was hidden, Qt 6.11 at times leaves a copy of it where it was."""

    def __init__(self) -> None:
        super().__init__()
        self._places: list[QRect] = []

    def event(self, event: QEvent) -> bool:
        """Paint everything anew when parts have moved."""
        is_done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            places = [part.geometry() for part in self.children() if isinstance(part, QWidget) and not part.isHidden()]
            if places != self._places:
                self._places = places
                self.update()
        return is_done
