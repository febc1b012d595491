"""Versions of the networks in words: what a list and a page about one of them say."""

from __future__ import annotations

from busi_gui.services.versions import VersionEntry, VersionList
from busi_gui.views.wording import signed_text
from models.analysis import ComparedFigure

ONLY_SHIPPED = "Only the shipped networks: retrain to get others, or import them."
STAYS = (
    "What is on screen is analysed again: outlines of the networks that you have not touched are replaced by theirs, yours stay. What is stored of "
    "other scans keeps the name of the networks that said it."
)
"""What using other networks does to what is there."""
NO_EVIDENCE = "Nothing on this computer says whether they are better."


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
    return figure_text(entry.evidence.figures[0]) if entry.evidence is not None and entry.evidence.figures else ""


def cautions(entry: VersionEntry) -> list[str]:
    """Return why a version cannot or may not be used, in sentences."""
    return [*filter(None, [entry.problem]), *(entry.evidence.objections if entry.evidence is not None else ())]


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
        lines.append(f"Learned from {entry.learned_from}.")
    if entry.evidence is not None:
        figures = "\n".join(change_text(figure) for figure in entry.evidence.figures)
        lines += [entry.evidence.summary, figures]
    uses = [change for change in listed.changes if change.after == entry.name]
    if uses:
        lines.append(f"Put in use on {uses[-1].when.replace('T', ' ').replace('Z', ' UTC')} by {uses[-1].who}, in place of {uses[-1].before}.")
    return [line for line in lines if line]


def use_question(entry: VersionEntry, listed: VersionList) -> str:
    """Return what the reader is asked before other networks are put in use."""
    evidence = "" if entry.is_shipped or entry.evidence is not None else f" {NO_EVIDENCE}"
    return f"Use {entry.name} from now on, in place of {listed.in_use.name}?{evidence} {STAYS}"


def delete_question(entry: VersionEntry) -> str:
    """Return what the reader is asked before a version is deleted."""
    return f"Delete {entry.name}? It was never in use. Unless you have exported it, it cannot be had back."
