"""Versions of the networks in words: what a list and a page about one of them say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from busi_gui.services.versions import VersionEntry, VersionList
from busi_gui.views.wording import signed_text
from models.analysis import ComparedFigure, Evidence, NetworksChange
from models.retraining.evidence import Evidence as Comparison

ONLY_SHIPPED = "Only the shipped networks: retrain to get others, or import them."
STAYS = (
    "What is on screen is analysed again. On a frame that you have not touched, outlines are replaced by theirs; where you have, all stay, and "
    "theirs are on offer. What is stored of other scans keeps the name of the networks that said it."
)
"""What using other networks does to what is there."""
NO_EVIDENCE = "Nothing on this computer says whether they are better."
MEASURED_ELSEWHERE = (
    "What follows was measured where these networks were made, on the cases of that place, here called their clinic. They were not compared on the "
    "cases of this Workspace."
)
NOT_COMPARED_HERE = "They were compared where they were made, not on the cases of this Workspace."
_THEN = "; then "
"""What a manifest says between what the networks before had learned from and what these learned from."""
_THERE = {"this clinic": "their clinic", "your": "their", "yours": "theirs"}
_HERE = re.compile(rf"\b({'|'.join(_THERE)})\b", re.IGNORECASE)
"""How evidence speaks of the place where it was written, and what that is called elsewhere."""


def status_text(entry: VersionEntry) -> str:
    """Return in a few words what a version is."""
    if entry.problem:
        return "cannot be used"
    if entry.is_in_use:
        return "in use"
    if entry.is_shipped:
        return "shipped"
    if entry.is_adopted:
        return "was in use"
    return "may not be used" if cautions(entry) else "proposal"


def figure_text(figure: ComparedFigure) -> str:
    """Return a figure before and after, such as ``"Dice, clinic 0.81 → 0.86"``; a dash where it could not be measured."""
    before, after = ("–" if value is None else f"{value:.2f}" for value in (figure.before, figure.after))
    return f"{figure.name} {before} → {after}"


def change_text(figure: ComparedFigure) -> str:
    """Return the same with the difference, such as ``"Dice, clinic 0.81 → 0.86 (+0.05)"``."""
    if figure.before is None or figure.after is None:
        return figure_text(figure)
    return f"{figure_text(figure)} ({signed_text(figure.after - figure.before, 2)})"


def first_figure_text(entry: VersionEntry) -> str:
    """Return the most important figure before and after; empty where there is none."""
    evidence = evidence_of(entry)
    return figure_text(evidence.figures[0]) if evidence is not None and evidence.figures else ""


def maker_text(entry: VersionEntry) -> str:
    """Return who made a version."""
    return entry.who or ("the program" if entry.is_shipped else "not known")


def learned_text(entry: VersionEntry) -> str:
    """Return what a version learned from, what it has over others first."""
    before, _, last = entry.learned_from.rpartition(_THEN)
    return f"{last}, after {before}" if before else last


def cautions(entry: VersionEntry) -> list[str]:
    """Return why a version cannot or may not be used, in sentences."""
    evidence = evidence_of(entry)
    return [*filter(None, [entry.problem]), *(evidence.objections if evidence is not None else ())]


def evidence_of(entry: VersionEntry) -> Evidence | None:
    """Return a version's evidence; of an imported one in words that do not take the place where it was written for this one."""
    evidence = entry.evidence
    if evidence is None or not entry.is_imported:
        return evidence
    figures = tuple(replace(figure, name=_elsewhere(figure.name)) for figure in evidence.figures)
    objections, remarks = (tuple(map(_elsewhere, told)) for told in (evidence.objections, evidence.remarks))
    return replace(evidence, summary=_elsewhere(evidence.summary), figures=figures, objections=objections, remarks=remarks)


def compared_of(entry: VersionEntry) -> Comparison | None:
    """Return all that was compared before a version was proposed; None where that is not written down, or cannot be understood."""
    if entry.evidence is None or entry.evidence.comparison is None:
        return None
    try:
        return Comparison.from_json(dict(entry.evidence.comparison))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def no_evidence(entry: VersionEntry) -> str:
    """Return why what was compared cannot be shown, in a sentence; empty where it can be."""
    if entry.problem:
        return entry.problem
    if entry.evidence is None or entry.evidence.comparison is None:
        return "Nothing was compared before these networks came here, or it is not written down"
    return "" if compared_of(entry) is not None else "What was compared cannot be understood: it may be of another version of the program"


def _elsewhere(text: str) -> str:
    def there(found: re.Match[str]) -> str:
        word = _THERE[found[0].lower()]
        return word.capitalize() if found[0][0].isupper() else word

    return _HERE.sub(there, text)


def origin_text(entry: VersionEntry) -> str:
    """Return what a version was made from, when, by whom, and how it came here: a sentence."""
    stranger = "" if entry.is_parent_here or entry.is_shipped else ", which is not on this computer"
    parts = (("on", entry.created), ("by", entry.who), ("from", entry.parent + stranger if entry.parent else ""))
    made = " ".join(f"{word} {what}" for word, what in parts if what)
    how = "came with the program" if entry.is_shipped else entry.origin
    text = "; ".join(filter(None, (f"made {made}" if made else "", how)))
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def told_lines(entry: VersionEntry, listed: VersionList) -> list[str]:
    """Return what is known of a version, a paragraph each."""
    lines = [origin_text(entry)]
    if entry.learned_from:
        lines.append(f"Learned from {learned_text(entry)}.")
    lines.append("\n".join(_use_lines(entry.name, listed.changes)))
    evidence = evidence_of(entry)
    if evidence is not None:
        told = [*evidence.remarks]
        if not told or compared_of(entry) is None:  # else the figures stand in the remarks, and in full with the evidence
            told += [change_text(figure) for figure in evidence.figures]
        lines += [MEASURED_ELSEWHERE if entry.is_imported else "", evidence.summary, "\n".join(told)]
    return [line for line in lines if line]


def _use_lines(name: str, changes: Sequence[NetworksChange]) -> list[str]:
    """Return when a version was last put in use and when others last took its place, the earlier one first."""
    last = {change.after == name: number for number, change in enumerate(changes) if name in (change.before, change.after)}
    return [_use_text(changes[number], name) for number in sorted(last.values())]


def _use_text(change: NetworksChange, name: str) -> str:
    done = f"on {change.when.replace('T', ' ').replace('Z', ' UTC')} by {change.who}"
    how = ", by going back" if change.is_back else ""
    return f"Put in use {done}, in place of {change.before}{how}." if change.after == name else f"Replaced {done} with {change.after}{how}."


def use_question(entry: VersionEntry, listed: VersionList) -> str:
    """Return what the reader is asked before other networks are put in use."""
    known = NO_EVIDENCE if entry.evidence is None else NOT_COMPARED_HERE if entry.is_imported else ""
    caution = f" {known}" if known and not entry.is_shipped else ""
    return f"Use {entry.name} from now on, in place of {listed.in_use.name}?{caution} {STAYS}"


def delete_question(entry: VersionEntry) -> str:
    """Return what the reader is asked before a version is deleted."""
    return f"Delete {entry.name}? It was never in use. Unless you have exported it, it cannot be had back."
