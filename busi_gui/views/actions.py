"""Actions: everything that can be done by menu, toolbar or key, in one table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence

from busi_gui.services.settings import Settings
from busi_gui.views.icons import icon


@dataclass(frozen=True)
class ActionSpec:
    """One row of the table.

    Attributes
    ----------
    name
        How code and settings call it; never shown, never changed.
    text
        In menus, and as the first line of the tooltip.
    keys
        Default keys in portable text, ``"; "`` between several.
    tooltip
        What it does, in a sentence, where the text does not say it all.
    icon
        Name of its drawing, empty for none.
    is_checkable
        Whether it is on or off, rather than done.
    """

    name: str
    text: str
    keys: str = ""
    tooltip: str = ""
    icon: str = ""
    is_checkable: bool = False


ACTIONS = (
    ActionSpec("open", "Open…", "Ctrl+O", "Open a scan", "open"),
    ActionSpec("open_folder", "Open folder…", "Ctrl+Shift+O", "Open the first scan of a folder and list the others", "folder"),
    ActionSpec("clear_recent", "Forget recent files"),
    ActionSpec("export", "Export…", "Ctrl+E", "Write masks and measures as a data set or a table"),
    ActionSpec("import_masks", "Import masks…", "Ctrl+Shift+E", "Take over masks that were drawn elsewhere, to correct them here"),
    ActionSpec("workspace", "Workspace…", "", "Where your work is kept, and how to keep it elsewhere"),
    ActionSpec("quit", "Quit", "Ctrl+Q"),
    ActionSpec("previous", "Previous scan", "A; PgUp", "Open the previous scan of the folder", "previous"),
    ActionSpec("next", "Next scan", "D; PgDown", "Open the next scan of the folder", "next"),
    ActionSpec("open_beside", "Open beside…", "Ctrl+B", "Open another scan beside this one: the other view, or the prior examination", "beside"),
    ActionSpec("swap_beside", "Swap the two scans", "X", "Let the two scans change places", "swap"),
    ActionSpec("close_beside", "Close the scan beside", "Ctrl+Shift+B"),
    ActionSpec("link_zoom", "Link zoom", "Z", "Zoom and move both scans as one; in millimetres where both are calibrated", "link", is_checkable=True),
    ActionSpec("reviewed", "Reviewed", "M", "You are done with this scan: marks it in the list of cases", is_checkable=True),
    ActionSpec(
        "approve",
        "Approve for learning",
        "Ctrl+Return; Ctrl+Enter",
        "Let the networks learn from this frame on this computer, or no longer",
        "approve",
    ),
    ActionSpec("hand", "Hand", "V", "Drag moves the scan", "hand", is_checkable=True),
    ActionSpec("window", "Window", "W", "Drag changes contrast and brightness", "window", is_checkable=True),
    ActionSpec("distance", "Callipers", "C", "Drag, or click twice, to measure a distance", "distance", is_checkable=True),
    ActionSpec("angle", "Angle", "Shift+C", "Click on the end of a leg, the vertex, and the end of the other leg", "angle", is_checkable=True),
    ActionSpec(
        "calibrate", "Calibrate on the ruler…", "Shift+L", "Drag along the depth ruler and say how long the line is", "ruler", is_checkable=True
    ),
    ActionSpec("file_scale", "Use the file's scale again", "", "Forget the calibration by hand"),
    ActionSpec("brush", "Brush", "B", "Paint the lesion in hand, or a new one", "brush", is_checkable=True),
    ActionSpec("eraser", "Eraser", "E", "Take away from the lesion in hand", "eraser", is_checkable=True),
    ActionSpec("contour", "Contour", "L", "Draw around what belongs to the lesion, in one go", "contour", is_checkable=True),
    ActionSpec("polygon", "Polygon", "P", "Click on the corners of the outline", "polygon", is_checkable=True),
    ActionSpec("scissors", "Smart scissors", "S", "Click along the edge: the line clings to it", "scissors", is_checkable=True),
    ActionSpec(
        "grow", "Region grow", "G", "Click into the lesion: takes what looks alike and what the network takes for lesion", "grow", is_checkable=True
    ),
    ActionSpec("push", "Push outline", "O", "Push the outline in or out with a disc", "push", is_checkable=True),
    ActionSpec("cut", "Cut in two", "Shift+X", "Draw a line through the lesion: each side becomes a lesion of its own", "cut", is_checkable=True),
    ActionSpec("smaller_brush", "Smaller brush", "["),
    ActionSpec("larger_brush", "Larger brush", "]"),
    ActionSpec("sensitivity", "Sensitivity", "T", "Let the network draw this lesion larger or smaller", "sensitivity"),
    ActionSpec("fill_holes", "Fill holes", "Shift+F", "Fill every hole of the lesion in hand", "fill-holes"),
    ActionSpec("smooth", "Smooth", "Shift+S", "Take teeth and bays off the outline", "smooth"),
    ActionSpec("keep_largest", "Keep the largest part", "Shift+G", "Delete what does not touch the largest part of the lesion", "keep-largest"),
    ActionSpec("widen", "Grow outline", "Ctrl+Up", "Move the outline out, by as much as is set in the list of lesions", "widen"),
    ActionSpec("narrow", "Shrink outline", "Ctrl+Down", "Move the outline in, by as much as is set in the list of lesions", "narrow"),
    ActionSpec("new_lesion", "New lesion", "Shift+N", "What is drawn next is a lesion of its own", "new-lesion"),
    ActionSpec(
        "merge_lesions", "Merge lesions", "Shift+M", "Make one lesion of those chosen in the list, or of the one in hand and its nearest", "merge"
    ),
    ActionSpec("split_lesion", "Split into parts", "Ctrl+Shift+X", "Make a lesion of each part that does not touch the others", "split"),
    ActionSpec("network_outline", "Network’s outline again", "Shift+T", "Give the lesion the outline that the network drew", "network-outline"),
    ActionSpec("copy_to_next_frame", "Copy to the next frame", "Shift+.", "Lay the lesion on the next frame of the cine, and go there", "copy-next"),
    ActionSpec("rename_lesion", "Rename lesion", "F2", "Give the lesion in hand a name"),
    ActionSpec("lock_lesion", "Lock lesion", "Ctrl+K", "No tool changes a locked lesion", "lock", is_checkable=True),
    ActionSpec("hide_lesion", "Hide lesion", "Ctrl+H", "Do not draw this lesion over the scan", "hide", is_checkable=True),
    ActionSpec("undo", "Undo", "Ctrl+Z", "Take the last step back", "undo"),
    ActionSpec("redo", "Redo", "Ctrl+Shift+Z; Ctrl+Y", "Do it again", "redo"),
    ActionSpec("delete", "Delete", "Del; Backspace", "The selected measurement, or else the lesion in hand"),
    ActionSpec("clear_measurements", "Clear measurements", "", "Delete every measurement of this frame"),
    ActionSpec("reset_window", "Reset contrast and brightness", "Shift+W"),
    ActionSpec("fit", "Fit", "F", "Show the whole scan", "fit"),
    ActionSpec("one_to_one", "1:1", "Ctrl+1", "Show every pixel of the scan as one of the screen", "one-to-one"),
    ActionSpec("zoom_in", "Zoom in", "Ctrl++; Ctrl+="),
    ActionSpec("zoom_out", "Zoom out", "Ctrl+-"),
    ActionSpec("outline", "Outline", "1", "Outline of each lesion", "outline", is_checkable=True),
    ActionSpec(
        "lesion_measures", "Measures on the scan", "Shift+1", "The longest diameter of the lesion in hand and the one across it", is_checkable=True
    ),
    ActionSpec(
        "lesion_extents", "Horizontal × vertical on the scan", "Shift+2", "How wide and how high the lesion in hand is, besides", is_checkable=True
    ),
    ActionSpec("fill", "Fill", "2", "Each lesion filled with its colour", "fill", is_checkable=True),
    ActionSpec("probability", "Lesion probability", "3", "Where the network sees a lesion", "probability", is_checkable=True),
    ActionSpec("saliency", "Saliency", "4", "What moved the network; not where the tumour is", "saliency", is_checkable=True),
    ActionSpec("hide_overlays", "Hide overlays while held", "H", "Nothing but the scan, as long as the key is held", "hide"),
    ActionSpec("identity", "Identity", "I", "Name, number and date of the patient on the scan", "identity", is_checkable=True),
    ActionSpec("next_lesion", "Next lesion", "N", "Show the next lesion of the scan"),
    ActionSpec("show_before", "Show before while held", "Q", "The outline, the probability and the saliency before the last change"),
    ActionSpec("play", "Play or pause", "K", "Let the cine play, or hold it", "play"),
    ActionSpec("previous_frame", "Previous frame", ",", "", "previous-frame"),
    ActionSpec("next_frame", "Next frame", ".", "", "next-frame"),
    ActionSpec("first_frame", "First frame", "Home", "", "first-frame"),
    ActionSpec("last_frame", "Last frame", "End", "", "last-frame"),
    ActionSpec("loop_cine", "Loop", "Ctrl+L", "Begin again at the end of the cine", "loop", is_checkable=True),
    ActionSpec("key_frame", "Key frame", "Shift+K", "Show the frame that the networks propose for reading, once all were analysed", "key-frame"),
    ActionSpec("analyse_frames", "Analyse all frames", "Shift+R", "Let the networks look at every frame of the cine"),
    ActionSpec("cine_plot", "Plot along the cine", "Shift+P", "Probability and lesion area in every frame", "cine-plot", is_checkable=True),
    ActionSpec("hide_panels", "Hide panels", "Tab", "Give the whole window to the scan; Tab does so while the scan has the focus", is_checkable=True),
    ActionSpec("next_pane", "Next part of the window", "F6", "Move the focus: scan, files, diagnosis"),
    ActionSpec("analyse", "Diagnose", "R", "Let the networks look at the scan, again if they have", "analyse"),
    ActionSpec("diagnose_at_once", "Diagnose after each change", "", "Off: a changed lesion waits for R, and says so", is_checkable=True),
    ActionSpec("switch_point", "Switch operating point", "Shift+O", "Take another probability from which a lesion counts as malignant"),
    ActionSpec("stop", "Stop", "Esc", "Stop what is being done for this scan", "stop"),
    ActionSpec("about_networks", "About the networks"),
    ActionSpec(
        "retrain", "Retrain…", "Ctrl+T", "Let the networks learn from the approved cases, while you go on reading; nothing changes before you say so"
    ),
    ActionSpec("networks", "Networks…", "", "Every version of the networks on this computer: use another one, go back, export, import"),
    ActionSpec("model_card", "Model card", "", "What the networks were made of and for, how well they do, and where they fail"),
    ActionSpec("guide", "User guide", "Shift+F1", "How to read a result, correct outlines, export and retrain; what to do when something goes wrong"),
    ActionSpec("keys", "Keys", "F1", "Every key and mouse gesture; keys can be changed", "keys"),
    ActionSpec("about", "About busi-gui", "", "", "about"),
)

MOUSE_GESTURES = (
    ("Use the tool in hand", "Left drag"),
    ("Move the scan", "Middle drag"),
    ("Contrast and brightness", "Right drag"),
    ("Zoom", "Ctrl+wheel; over a single frame the wheel alone"),
    ("Go through the frames of a cine", "Wheel"),
    ("Opacity of the saliency", "Alt+wheel"),
    ("Select a lesion", "Click on it"),
    ("Size of brush and push tool", "Shift+wheel"),
    ("Erase with the brush, paint with the eraser", "Ctrl+drag"),
    ("Straight line with brush or eraser", "Shift+click"),
    ("Take away with the other drawing tools", "Ctrl when the line closes"),
    ("More or less, with region grow", "Drag right or left; Shift+wheel"),
    ("Move the end of a measurement", "Drag it, with any tool"),
    ("Select a measurement", "Click on its line"),
    ("Measure level, upright or diagonally", "Shift+drag"),
    ("Open a scan or a folder", "Drop it on the window"),
)


class Actions(QObject):
    """The table come to life: one QAction a row, with the keys that the reader chose.

    Parameters
    ----------
    settings
        Holds the changed keys.
    parent
        Owns the actions.

    Signals
    -------
    keys_changed()
        An action has other keys than before.
    """

    keys_changed = Signal()

    def __init__(self, settings: Settings, parent: QObject) -> None:
        super().__init__(parent)
        self._settings = settings
        self._specs = {spec.name: spec for spec in ACTIONS}
        self._actions = {spec.name: self._built(spec) for spec in ACTIONS}
        changed = settings.changed_keys
        for name in self._specs:
            self._apply_keys(name, changed)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def __iter__(self) -> Iterator[ActionSpec]:
        return iter(self._specs.values())

    def keys(self, name: str) -> list[QKeySequence]:
        """Return the keys of an action, the main one first."""
        return self._actions[name].shortcuts()

    def keys_text(self, name: str) -> str:
        """Return the keys of an action as they are written on this system, empty for none."""
        return ", ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in self.keys(name))

    def default_keys(self, name: str) -> list[QKeySequence]:
        """Return the keys that an action has at first."""
        return _sequences(self._specs[name].keys)

    def is_changed(self, name: str) -> bool:
        """Return whether the reader changed an action's keys."""
        return name in self._settings.changed_keys

    def conflict(self, name: str, keys: QKeySequence) -> ActionSpec | None:
        """Return another action that has these keys already, or whose keys they begin or continue."""
        for other in self._specs.values():
            if other.name != name and any(_clash(keys, known) for known in self.keys(other.name)):
                return other
        return None

    def set_keys(self, name: str, keys: QKeySequence) -> None:
        """Give an action these keys instead of all that it had; empty for none. Ask `conflict` first."""
        portable = keys.toString(QKeySequence.SequenceFormat.PortableText)
        self._store({**self._settings.changed_keys, name: portable})

    def reset_keys(self, name: str) -> None:
        """Give an action its default keys back."""
        self._store({other: keys for other, keys in self._settings.changed_keys.items() if other != name})

    def reset_all_keys(self) -> None:
        """Give every action its default keys back."""
        self._store({})

    def _store(self, changed: dict[str, str]) -> None:
        self._settings.changed_keys = changed
        for name in self._specs:
            self._apply_keys(name, changed)
        self.keys_changed.emit()

    def _apply_keys(self, name: str, changed: Mapping[str, str]) -> None:
        spec, action = self._specs[name], self._actions[name]
        sequences = _sequences(changed[name]) if name in changed else _left(_sequences(spec.keys), changed, self._specs)
        action.setShortcuts(sequences)
        keys = self.keys_text(name)
        first = f"{spec.text.rstrip('…')} ({keys})" if keys else spec.text.rstrip("…")
        action.setToolTip(f"{first}\n{spec.tooltip}" if spec.tooltip else first)

    def _built(self, spec: ActionSpec) -> QAction:
        action = QAction(spec.text, self)
        action.setObjectName(spec.name)
        action.setCheckable(spec.is_checkable)
        if spec.icon:
            action.setIcon(icon(spec.icon))
            action.setIconVisibleInMenu(not spec.is_checkable)  # there a tick says more than a tinted icon
        return action


def _sequences(portable: str) -> list[QKeySequence]:
    """Return key sequences from portable text; what Qt cannot read is left out."""
    sequences = [QKeySequence(part, QKeySequence.SequenceFormat.PortableText) for part in portable.split("; ")]
    return [sequence for sequence in sequences if not sequence.isEmpty()]


def _left(default: list[QKeySequence], changed: Mapping[str, str], known: Collection[str]) -> list[QKeySequence]:
    """Return default keys without those that the reader, perhaps in an older version, gave to another action: of two alike neither works."""
    taken = [keys for name, portable in changed.items() if name in known for keys in _sequences(portable)]
    return [keys for keys in default if not any(_clash(keys, other) for other in taken)]


def _clash(first: QKeySequence, second: QKeySequence) -> bool:
    none = QKeySequence.SequenceMatch.NoMatch
    return first.matches(second) != none or second.matches(first) != none
