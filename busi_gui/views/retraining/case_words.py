"""Approved cases in words: what is done with each, and what they come to together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from textwrap import fill

from busi_gui.domain.approving import ApprovalKind
from busi_gui.domain.reading import Outcome
from busi_gui.services.retraining import ApprovalNote
from busi_gui.services.retraining_progress import RetrainingProgress
from busi_gui.views.approving.words import KIND_WORDS
from busi_gui.views.exporting.exchange_dialog import counted

NOTHING_HEADING = "Nothing is approved yet"
_NOTHING = (
    "The networks learn from the cases that you approve. Approving keeps a frame’s pixels, outlines and outcomes in the Workspace, as they are at "
    "that moment. Look at a scan, correct its outlines where they are wrong, and choose Approve for learning{key} in the menu File. Every fifth "
    "patient is held out: never learned from, only compared on."
)
_TIP_LETTERS = 90


@dataclass(frozen=True)
class CaseEntry:
    """An approved case, and what looked wrong with it when it was last examined, in sentences."""

    note: ApprovalNote
    suspicions: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As a retraining names it."""
        return f"{self.note.key}-{self.note.frame}"

    @property
    def is_held_out(self) -> bool:
        """Whether it is only compared on."""
        return self.note.is_held_out and not self.note.problem

    @property
    def is_learned_from(self) -> bool:
        """Whether it is learned from, unless something is wrong with it."""
        return not self.note.is_held_out and not self.note.problem

    @property
    def has_outcome(self) -> bool:
        """Whether the outcome of each of its lesions is recorded."""
        return bool(self.note.outcomes) and not self.note.lacks_outcome


class CaseFilter(Enum):
    """Which cases are shown."""

    ALL = "all"
    LEARNED = "learned from"
    HELD_OUT = "held out"
    LEFT_OUT = "left out or suspicious"
    NO_OUTCOME = "without outcome"
    ACCEPTED = KIND_WORDS[ApprovalKind.ACCEPTED]
    CORRECTED = KIND_WORDS[ApprovalKind.CORRECTED]
    DRAWN = KIND_WORDS[ApprovalKind.DRAWN]
    EMPTY = KIND_WORDS[ApprovalKind.EMPTY]

    def holds(self, entry: CaseEntry) -> bool:
        """Whether a case is shown."""
        test = _TESTS.get(self)
        return test(entry) if test is not None else KIND_WORDS[entry.note.kind] == self.value


_TESTS: dict[CaseFilter, Callable[[CaseEntry], bool]] = {
    CaseFilter.ALL: lambda _entry: True,
    CaseFilter.LEARNED: lambda entry: entry.is_learned_from,
    CaseFilter.HELD_OUT: lambda entry: entry.is_held_out,
    CaseFilter.LEFT_OUT: lambda entry: bool(entry.note.problem or entry.suspicions),
    CaseFilter.NO_OUTCOME: lambda entry: entry.note.lacks_outcome,
}


def entries_of(notes: Sequence[ApprovalNote], progress: RetrainingProgress) -> list[CaseEntry]:
    """Return cases with what looked wrong when they were last examined."""
    return [CaseEntry(note, tuple(each.sentence for each in progress.suspicions_of(f"{note.key}-{note.frame}"))) for note in notes]


def filter_text(which: CaseFilter, entries: Sequence[CaseEntry]) -> str:
    """Return a filter's name with how many cases it shows, such as ``"Held out (3)"``."""
    return f"{which.value[0].upper()}{which.value[1:]} ({sum(map(which.holds, entries))})"


def badge_text(entry: CaseEntry) -> str:
    """Return what stands on a case's picture; empty where it is learned from as any other."""
    if entry.note.problem:
        return "left out"
    if entry.suspicions:
        return "held out, suspicious" if entry.note.is_held_out else "suspicious"
    return "held out" if entry.note.is_held_out else ""


def outcome_text(note: ApprovalNote) -> str:
    """Return the recorded outcomes of a case's lesions, such as ``"malignant"``; empty where none is recorded."""
    known = [outcome.value for outcome in note.outcomes if outcome is not Outcome.UNKNOWN]
    return ", ".join(dict.fromkeys(known))


def case_lines(entry: CaseEntry) -> list[str]:
    """Return what a case is and what is done with it, in sentences."""
    note = entry.note
    kind, outcome = KIND_WORDS[note.kind], outcome_text(note)
    first = f"{kind[0].upper()}{kind[1:]}{f', {outcome}' if outcome else ''}; approved by {note.reader} on {note.when.astimezone():%d %B %Y}."
    if note.problem:
        return [first, note.problem]
    done = "Held out: it is never learned from, only compared on." if note.is_held_out else "The networks learn from it."
    if entry.suspicions:
        done = f"{'Held out to compare on' if note.is_held_out else 'Approved to learn from'}; when last examined something looked wrong."
    lines = [first, done]
    if note.lacks_outcome:
        many = "one of its lesions" if outcome else "its lesions" if len(note.outcomes) > 1 else "its lesion"
        lines.append(f"No outcome of {many} is recorded: the classifiers {'are not compared on' if note.is_held_out else 'do not learn from'} that.")
    return [*lines, *entry.suspicions]


def case_tip(entry: CaseEntry) -> str:
    """Return the same for a tooltip, which breaks no line itself."""
    return "\n".join(fill(line, _TIP_LETTERS) for line in case_lines(entry))


def summary_lines(entries: Sequence[CaseEntry]) -> list[str]:
    """Return how many cases are learned from and compared on, in sentences."""
    learned = [entry for entry in entries if entry.is_learned_from]
    held_out = [entry for entry in entries if entry.is_held_out]
    lines = [
        f"Learned from: {_of_patients(learned)}{_with_outcomes(learned)}.",
        f"Held out to compare on: {_of_patients(held_out)}{_with_outcomes(held_out)}.",
    ]
    damaged, suspicious = sum(bool(entry.note.problem) for entry in entries), sum(bool(entry.suspicions) for entry in entries)
    if damaged:
        lines.append(f"Left out: {counted(damaged, 'damaged approval', 'damaged approvals')}.")
    if suspicious:
        lines.append(f"When last examined {counted(suspicious, 'case', 'cases')} looked wrong: see the filter “{CaseFilter.LEFT_OUT.value}”.")
    return lines


def nothing_text(approve_key: str) -> str:
    """Return what approving is, for whoever has approved nothing yet.

    Parameters
    ----------
    approve_key
        Key of the command, such as ``"Ctrl+Return"``; empty where it has none.
    """
    return _NOTHING.format(key=f" ({approve_key})" if approve_key else "")


def _of_patients(entries: Sequence[CaseEntry]) -> str:
    if not entries:
        return "no case"
    groups = len({entry.note.group for entry in entries})
    return f"{counted(len(entries), 'case', 'cases')} of {counted(groups, 'patient', 'patients')}"


def _with_outcomes(entries: Sequence[CaseEntry]) -> str:
    known = sum(bool(outcome_text(entry.note)) for entry in entries)
    if not entries:
        return ""
    return f", {known or 'none'} with a recorded outcome"
