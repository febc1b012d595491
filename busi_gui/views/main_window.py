"""MainWindow: the one window; puts the parts together and passes the reader's wishes to the session."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QActionGroup, QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from busi_gui.domain.case import Case
from busi_gui.services.services import Services
from busi_gui.services.settings import Settings
from busi_gui.views.actions import Actions
from busi_gui.views.approving.approval_row import ApprovalRow
from busi_gui.views.approving.case_approving import CaseApproving
from busi_gui.views.approving.controls import ApprovingControls
from busi_gui.views.cases.case_list import CaseList
from busi_gui.views.choosing import Choosing
from busi_gui.views.cine.cine_box import CineBox
from busi_gui.views.deleting import Deleting
from busi_gui.views.diagnosis.diagnosing_controls import DiagnosingControls
from busi_gui.views.diagnosis.diagnosis_panel import DiagnosisPanel
from busi_gui.views.diagnosis.point_controls import PointControls
from busi_gui.views.dialogs import Dialogs
from busi_gui.views.drop_hint import Drops
from busi_gui.views.editing.editor import MaskEditor
from busi_gui.views.editing.hints import Hints
from busi_gui.views.editing.lesion_list import LesionList
from busi_gui.views.empty_state import EmptyState
from busi_gui.views.enabling import Enabling
from busi_gui.views.exchanging import Exchanging
from busi_gui.views.icons import app_icon
from busi_gui.views.keeping import Keeping
from busi_gui.views.measuring.lesion_lines import LesionLines
from busi_gui.views.measuring.live_measures import LiveMeasures
from busi_gui.views.measuring.measures_in_hand import MeasuresInHand
from busi_gui.views.measuring.measuring import Measuring
from busi_gui.views.menus import RecentMenu, build_toolbar, fill_menu_bar
from busi_gui.views.messages import MessageBar
from busi_gui.views.panels import Panels
from busi_gui.views.retraining.controls import RetrainingControls
from busi_gui.views.saying import Saying
from busi_gui.views.scan.comparison import Comparison
from busi_gui.views.scan.layer_controls import LayerControls
from busi_gui.views.scan.layers import Tool
from busi_gui.views.scan.scan_view import ScanView
from busi_gui.views.status_bar import StatusBar
from busi_gui.views.undoing import Undoing
from models.analysis import SaliencyClass

ZOOM_STEP = 1.25
STATE_VERSION = 2
"""Goes up when docks or toolbars change, so that a state saved by an older version is not applied."""


class MainWindow(QMainWindow):
    """Shows the session's case between the files of its folder and what the networks say of it."""

    def __init__(self, services: Services, settings: Settings) -> None:
        super().__init__()
        session, book = services.session, services.book
        self._session, self._book, self._settings = session, book, settings
        self.commands = Actions(settings, self)
        self.choosing = Choosing(session, settings, self)
        self.dialogs = Dialogs(services, self.commands, self)
        self.exchanging = Exchanging(services, settings, self.commands, self)
        self.scan_view = ScanView()
        self.comparison = Comparison(session, self.scan_view)
        self.measuring = Measuring(session, self.comparison, self.commands, self)
        self.layers = LayerControls(self.comparison, self.commands, settings, self)
        self.editor = MaskEditor(session, self.scan_view, self.commands, settings, self)
        self.undoing = Undoing(self.comparison, self.commands, self.editor.drop, self)
        delete_lesion = self.editor.commands.delete_selected
        self.deleting = Deleting(self.comparison, self.measuring, self.editor.selection, self.commands, delete_lesion, self)
        in_hand = MeasuresInHand(self.scan_view, self.editor.selection, self.editor.draft, self)
        self.lesion_lines = LesionLines(self.scan_view, in_hand, self.commands, settings, self)
        self.panel = DiagnosisPanel(session, self.editor.selection)
        self.lesion_list = LesionList(session, self.editor.selection, self.commands, settings, self.panel.turns)
        self.lesion_list.outlines_shown.connect(self.editor.offered.show_masks)
        self.panel.add_above_card(self.lesion_list)
        self.panel.add_below_card(LiveMeasures(in_hand, self.panel))
        self.panel.add_assessment(self.lesion_list.assessment)
        self.diagnosing = DiagnosingControls(session, self.scan_view, self.panel.before_after, self.commands, settings, self)
        self.cine_box = CineBox(session, self.commands)
        self.case_list = CaseList(session, book, self.commands)
        self.hints = Hints(session, self.comparison.all_views(), self.commands, self.editor.commands, settings, self)
        self.empty_state = EmptyState(self.commands["open"], self.commands["open_folder"])
        self.message_bar = MessageBar()
        self.saying = Saying(self.comparison, session.editing)
        self.keeping = Keeping(session, self)
        self.status = StatusBar(session)
        self.enabling = Enabling(session, self.commands, self)
        self._shown_case: Case | None = None
        self.panels = Panels(self, self._middle)
        self._lay_out(services)
        self._connect_actions()
        self._connect_session()
        self._restore()
        self._on_case_changed(session.case)

    def open_path(self, path: Path) -> None:
        """Open a file, or the first readable file of a folder."""
        self._session.open(path)

    # building -------------------------------------------------------------------------------------------------------------------------------------

    def _lay_out(self, services: Services) -> None:
        approving = services.approving
        self.setWindowIcon(app_icon())
        self.approval_row = ApprovalRow(self._session, approving, self.commands, self.panel.turns)
        self.panel.add_above_card(self.approval_row)
        self.case_approving = CaseApproving(self._session, approving, self.commands)
        self.case_list.add_below(self.case_approving)
        self.case_list.menu_built.connect(self.case_approving.extend)
        self.approving = ApprovingControls(approving, self.comparison, self.commands, self)
        self.reading = _column(self.comparison, self.cine_box, filling=self.comparison)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty_state)
        self.stack.addWidget(self.reading)
        self.setCentralWidget(_column(self.message_bar, self.keeping.bars, self.stack, filling=self.stack))
        self.cases_dock = self.panels.add("Cases", "cases_dock", self.case_list, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.panel_dock = self.panels.add("Diagnosis", "diagnosis_dock", self.panel, Qt.DockWidgetArea.RightDockWidgetArea)
        recent = RecentMenu(lambda: self._settings.recent_files, self.open_path, self.commands["clear_recent"], self)
        fill_menu_bar(self, self.commands, self.layers, recent, self.panels.toggle_actions())
        self.toolbar = build_toolbar(self, self.commands, self.layers)
        self.addToolBar(self.toolbar)
        self.retraining = RetrainingControls(services, self.commands, self)
        self.retraining.networks_wanted.connect(self.dialogs.open_networks_over)
        self.status.add_before_state(self.retraining.strip)
        self.setStatusBar(self.status)
        self.drops = Drops(self)
        for widget in (self.scan_view, *self.scan_view.findChildren(QWidget)):
            widget.setAcceptDrops(False)  # a graphics view takes every drop for itself, and does nothing with it

    def _connect_actions(self) -> None:
        actions, view, session = self.commands, self.comparison, self._session
        slots = {
            "open": self.choosing.open_file,
            "open_folder": self.choosing.open_folder,
            "clear_recent": self._on_clear_recent,
            "quit": self.close,
            "open_beside": self.choosing.open_beside,
            "swap_beside": view.swap,
            "close_beside": session.close_beside,
            "reset_window": view.reset_window,
            "fit": view.fit,
            "one_to_one": view.one_to_one,
            "zoom_in": lambda: view.zoom_by(ZOOM_STEP),
            "zoom_out": lambda: view.zoom_by(1 / ZOOM_STEP),
            "next_lesion": self.editor.selection.select_next,
            "next_pane": self.panels.focus_next,
            "analyse": session.analyse,
            "stop": session.stop,
        }
        for name, slot in slots.items():
            actions[name].triggered.connect(slot)
        self._connect_switches()
        for spec in actions:
            self.addAction(actions[spec.name])
        # Tab elsewhere moves the focus, as everywhere: only over the scan does it hide the panels.
        self.removeAction(actions["hide_panels"])
        actions["hide_panels"].setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        view.addAction(actions["hide_panels"])

    def _connect_switches(self) -> None:
        actions, view = self.commands, self.comparison
        self.points = PointControls(self._session, self.panel, actions, self._settings, self)
        tools = QActionGroup(self)
        for tool in Tool:
            tools.addAction(actions[tool.value])
            actions[tool.value].setData(tool)
        tools.triggered.connect(lambda action: view.set_tool(action.data()))
        actions["hand"].setChecked(True)
        actions["identity"].setChecked(not self._settings.is_identity_hidden)
        actions["identity"].toggled.connect(self._on_identity_toggled)
        view.set_identity_visible(not self._settings.is_identity_hidden)
        actions["hide_panels"].toggled.connect(self.panels.set_hidden)
        actions["link_zoom"].setChecked(view.link.is_linked)
        actions["link_zoom"].toggled.connect(view.link.set_linked)

    def _connect_session(self) -> None:
        view, session = self.scan_view, self._session
        session.case_changed.connect(self._on_case_changed)
        for service in (session, self._book):
            service.failed.connect(self.message_bar.show_message)
        for each in self.comparison.all_views():
            each.pointer_moved.connect(partial(self.status.show_pointer, each))
            each.pointer_left.connect(self.status.clear_pointer)
        self.comparison.opacity_scrolled.connect(self._on_opacity_scrolled)
        view.frames_scrolled.connect(self.cine_box.step)
        session.cine_changed.connect(lambda cine: view.set_wheel_scrolls_frames(cine is not None))
        self.panel.result_wanted.connect(self.comparison.show_result_of)
        self.panel.saliency_class_chosen.connect(self._on_saliency_class_chosen)
        self.panel.saliency.picture.clicked.connect(self.commands["saliency"].toggle)
        self.panel.saliency.set_colour_map(self._settings.colour_map)
        self.layers.colour_map_chosen.connect(self.panel.saliency.set_colour_map)
        for part in (self.keeping, self.lesion_list, self.case_approving):
            part.said.connect(self.message_bar.show_message)
        for speaker in (self.measuring, self.editor, self.points, self.approving):
            speaker.said.connect(self.saying.say)
        self.commands.keys_changed.connect(self._on_keys_changed)
        self._on_keys_changed()
        self.empty_state.path_chosen.connect(self.open_path)
        self.drops.dropped.connect(self.open_path)

    def _restore(self) -> None:
        em = self.fontMetrics().height()
        if not self.restoreGeometry(self._settings.window_geometry):
            room = self.screen().availableSize()
            frame = 2 * em  # the title bar, which a window that is not shown yet knows nothing of
            self.resize(min(1280, room.width() - frame // 2), min(800, room.height() - frame))
        if not self.restoreState(self._settings.window_state, STATE_VERSION):
            self.panels.resize([em * 17, em * 18])

    # the session ----------------------------------------------------------------------------------------------------------------------------------

    def _on_case_changed(self, case: Case | None) -> None:
        before, self._shown_case = self._shown_case, case
        is_same_file = before is not None and case is not None and case.scan.path == before.scan.path
        self.scan_view.show_case(case, keep_view=is_same_file)
        self.scan_view.set_selected_lesion(self.editor.selection.number)
        if case is not None and not is_same_file:
            self.message_bar.clear()
            self._settings.add_recent_file(case.scan.path)
            self._settings.last_folder = case.scan.path.parent
        if case is None:
            self.empty_state.show_recent(self._settings.recent_files)
        self.stack.setCurrentWidget(self.reading if case is not None else self.empty_state)
        if case is not None and before is None:
            self.scan_view.setFocus()
            self.panels.paint_later()
        self.setWindowTitle(f"{case.scan.path.name} – busi-gui" if case is not None else "busi-gui")

    # wishes ---------------------------------------------------------------------------------------------------------------------------------------

    def _on_clear_recent(self) -> None:
        self._settings.clear_recent_files()
        self.empty_state.show_recent(())

    def _on_identity_toggled(self, is_visible: bool) -> None:
        self._settings.is_identity_hidden = not is_visible
        self.comparison.set_identity_visible(is_visible)

    def _on_saliency_class_chosen(self, name: SaliencyClass) -> None:
        self.comparison.set_saliency_class(name)
        self.commands["saliency"].setChecked(True)  # who asks for it wants to see it

    def _on_opacity_scrolled(self) -> None:
        # Alt let go alone sends the keyboard to the menu bar, and the next key would open a menu. To the menu bar this event means that Alt was
        # held for something else.
        QCoreApplication.sendEvent(self.menuBar(), QEvent(QEvent.Type.ActivationChange))

    def _on_keys_changed(self) -> None:
        self.panel.show_keys(*(self.commands.keys_text(name) for name in ("analyse", "stop", "brush", "show_before")))

    def _middle(self) -> Sequence[QWidget]:
        return [self.empty_state] if self._session.case is None else [*self.comparison.views(), self.cine_box]

    # events ---------------------------------------------------------------------------------------------------------------------------------------

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Show the overlays again when the key that hid them is let go."""
        if not event.isAutoRepeat():
            self.layers.show_again()
            self.diagnosing.let_go()
        super().keyReleaseEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Forget a held key when the window loses the focus: its release goes elsewhere."""
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.layers.show_again()
            self.diagnosing.let_go()
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the window as it was before panels were hidden for a look; stay where work would be lost."""
        self.editor.end()
        if not (self.keeping.may_close(self.close) and self.retraining.may_close(self.close)):
            event.ignore()
            return
        self.commands["hide_panels"].setChecked(False)
        self._settings.window_geometry = self.saveGeometry()
        self._settings.window_state = self.saveState(STATE_VERSION)
        self._settings.save()
        self.retraining.close()
        super().closeEvent(event)


def _column(*widgets: QWidget, filling: QWidget) -> QWidget:
    """Return a widget with others one below the other, without a gap; one of them takes the room that the rest leaves."""
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for widget in widgets:
        column.addWidget(widget, 1 if widget is filling else 0)
    return whole
