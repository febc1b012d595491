"""Approvals in words: one place that says them, so that panel, list and tooltip say the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from busi_gui.domain.approving import ApprovalKind
from busi_gui.services.states import ApprovalNote, ApprovalState, FrameApproval

KIND_WORDS = {
    ApprovalKind.ACCEPTED: "accepted outline",
    ApprovalKind.CORRECTED: "corrected outline",
    ApprovalKind.DRAWN: "drawn outline",
    ApprovalKind.EMPTY: "no lesion",
}
KEPT_FOR_COMPARING = "kept for comparing"
NOT_KNOWN = "Whether it is approved is not known"
_WHAT_IT_DOES = (
    "Approving keeps this frame’s pixels and outlines in the Workspace, so that the networks can be retrained with them on this computer. {where}"
)
_ALONE = "Nothing leaves it."
_SHARED = "Others use this Workspace too; nothing else leaves this computer."


def state_text(approval: FrameApproval) -> str:
    """Return whether a frame is approved, such as ``"Approved: corrected outline"``; empty while that is looked up."""
    note = approval.note
    if approval.problem:
        return NOT_KNOWN
    if note is not None and note.problem:
        return "The approval is damaged: approve again"
    if approval.state is ApprovalState.APPROVED and note is not None:
        return f"Approved: {KIND_WORDS[note.kind]}"
    texts = {ApprovalState.NOT_APPROVED: "Not approved", ApprovalState.CHANGED: "Changed since you approved it: approve again"}
    return texts.get(approval.state, "")


def explanation(approval: FrameApproval, *, is_shared: bool) -> str:
    """Return who has approved a frame and when, where it is approved, and what approving does; a paragraph each."""
    note = approval.note
    parts = [approval.problem, _WHAT_IT_DOES.format(where=_SHARED if is_shared else _ALONE)]
    if note is not None:
        who = f"Approved by {note.reader} on {note.when.astimezone():%d %B %Y at %H:%M}"
        parts[1:1] = [note.problem or f"{who}{f'; {KEPT_FOR_COMPARING}' if note.is_held_out else ''}."]
    return "\n\n".join(part for part in parts if part)


def approvals_text(notes: Sequence[ApprovalNote]) -> str:
    """Return what of a file is approved: ``"approved: drawn outline"``, ``"approved: 3 frames (2 corrected outline, 1 no lesion)"``; or nothing."""
    if not notes:
        return ""
    kinds = Counter(KIND_WORDS[note.kind] for note in notes)
    told = next(iter(kinds)) if len(notes) == 1 else f"{len(notes)} frames ({', '.join(f'{count} {kind}' for kind, count in kinds.items())})"
    return f"approved: {told}{f', {KEPT_FOR_COMPARING}' if any(note.is_held_out for note in notes) else ''}"
