"""Approvals of frames in the tables, and the groups that they belong to. Every function belongs in a transaction of its caller's."""

from __future__ import annotations

import secrets as randomness
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import cv2
import numpy as np
from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, select
from sqlalchemy.engine import Connection

from busi_gui.domain.approving import Approval, ApprovalKind, ApprovedLesion, recorded_outcome
from busi_gui.domain.packing import PackedMask
from busi_gui.domain.scan import Pixels
from busi_gui.store.frames import Frame
from busi_gui.store.records import ApprovalNote, WorkspaceError
from busi_gui.store.rows import LONG_AGO, Row, Values, mask_of, outcome_of, storable, values_of_mask, values_of_outcome
from busi_gui.store.schema import approvals, approved_lesions, grouped_files, groups, secrets
from models.retraining.needs import HELD_OUT_EVERY

THUMBNAIL_PX = 96
"""Longer side of a thumbnail, at most."""
_PATIENTS = "patients"
_KEY_BYTES = 32
_LESION = "lesion_"
"""Before the names of a lesion's columns where they stand beside its approval's."""


# write down ---------------------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rows:
    """What stands in the rows of an approval, but for its group: made before the transaction, since pictures take a while to pack."""

    head: Values
    lesions: tuple[Values, ...]

    @classmethod
    def of(cls, approval: Approval) -> Rows:
        """Pack an approval."""
        head = {
            "kind": approval.kind.value,
            "networks": approval.networks,
            "reader": approval.reader,
            "approved": approval.when.astimezone(UTC).isoformat(),
            "digest": approval.digest,
            "pixels": _png(approval.pixels),
            "thumbnail": _png(_small(approval)),
        }
        return cls(head, tuple(_values_of_lesion(lesion) for lesion in approval.lesions))


def group_key(connection: Connection) -> bytes:
    """Return the Workspace's key for groups, made where there is none. Until the transaction ends no other window comes past this.

    Raises
    ------
    WorkspaceError
        It is damaged: with another, patients would be divided anew.
    """
    content = connection.execute(select(secrets.c.content).where(secrets.c.name == _PATIENTS).with_for_update()).scalar()
    if content is None:
        content = randomness.token_bytes(_KEY_BYTES)
        # Where another window makes it at this moment the database refuses, and this is done again.
        connection.execute(insert(secrets).values(name=_PATIENTS, content=content))
    if not isinstance(content, bytes) or len(content) != _KEY_BYTES:
        raise WorkspaceError(
            "The key by which the Workspace knows patients again is damaged: nothing can be approved in it, or scans that are held out would be "
            "learned from. Put a copy of the Workspace in its place, or begin a new one."
        )
    return content


def approve(connection: Connection, approval: Approval, rows: Rows) -> Approval:
    """Write down an approval in place of an earlier one of the frame; return it with the group that its file has, and whether that is held out."""
    group_key(connection)  # one window after the other: each group gets a number of its own
    known = connection.execute(select(grouped_files.c.group_name).where(grouped_files.c.key == approval.key)).scalar()
    group = approval.group if known is None else known
    is_held_out = _is_held_out(connection, group)
    if known is None:
        connection.execute(insert(grouped_files).values(key=approval.key, group_name=group))
    frame = Frame(approval.key, approval.frame)
    withdraw(connection, frame)
    connection.execute(insert(approvals).values(**frame.values, group_name=group, **rows.head))
    for lesion in rows.lesions:
        connection.execute(insert(approved_lesions).values(**frame.values, **lesion))
    return replace(approval, group=group, is_held_out=is_held_out)


def withdraw(connection: Connection, frame: Frame) -> None:
    """Remove the approval of a frame; its group stays."""
    connection.execute(delete(approved_lesions).where(frame.of(approved_lesions)))
    connection.execute(delete(approvals).where(frame.of(approvals)))


def _is_held_out(connection: Connection, group: str) -> bool:
    """Return whether a group is held out; one that is new gets the next number."""
    known = connection.execute(select(groups.c.is_held_out).where(groups.c.name == group)).scalar()
    if known is not None:
        return bool(known)
    number = (connection.execute(select(func.max(groups.c.number))).scalar() or 0) + 1
    is_held_out = number % HELD_OUT_EVERY == 0
    connection.execute(insert(groups).values(name=group, number=number, is_held_out=is_held_out))
    return is_held_out


def _values_of_lesion(lesion: ApprovedLesion) -> Values:
    evidence = replace(lesion.evidence, source=storable(lesion.evidence.source))
    return {"number": lesion.number, **values_of_outcome(lesion.outcome, evidence), **values_of_mask(PackedMask.of(lesion.mask))}


# read ---------------------------------------------------------------------------------------------------------------------------------------------


def notes(connection: Connection, keys: Sequence[str] | None = None) -> list[ApprovalNote]:
    """Return notes of all approvals with their thumbnails, or of those of some files without, in the order of approval."""
    columns = ("key", "frame", "group_name", "kind", "networks", "reader", "approved", "digest", *(("thumbnail",) if keys is None else ()))
    query = _with_lesions(columns, ("outcome", "outcome_method", "outcome_date", "outcome_source"))
    if keys is not None:
        query = query.where(approvals.c.key.in_(keys))
    return [_note_of(head, lesions) for head, lesions in _held(connection, query)]


def frames_approved(connection: Connection) -> list[Frame]:
    """Return which frames are approved, in the order of approval."""
    query = select(approvals.c.key, approvals.c.frame).order_by(approvals.c.approved, approvals.c.key, approvals.c.frame)
    return [Frame(key, number) for key, number in connection.execute(query)]


def approval_of_frame(connection: Connection, frame: Frame) -> Approval | str | None:
    """Return the approval of a frame; a sentence for the reader where it is damaged, None where there is none."""
    columns = tuple(column.name for column in approvals.c if column.name != "thumbnail")
    query = _with_lesions(columns, tuple(column.name for column in approved_lesions.c)).where(frame.of(approvals))
    for head, lesions in _held(connection, query):
        try:
            approval = _approval_of(head, lesions)
        except (ValueError, TypeError, cv2.error):
            return _damaged(head)
        return approval if approval.digest == head["digest"] else _damaged(head)
    return None


def _with_lesions(columns: Sequence[str], of_lesions: Sequence[str]) -> Select[Any]:
    # In one statement: between two of them another window may write.
    same: ColumnElement[bool] = and_(approved_lesions.c.key == approvals.c.key, approved_lesions.c.frame == approvals.c.frame)
    joined = approvals.outerjoin(groups, groups.c.name == approvals.c.group_name).outerjoin(approved_lesions, same)
    parts = (approved_lesions.c[name].label(_LESION + name) for name in dict.fromkeys(("number", *of_lesions)))
    query = select(*(approvals.c[name] for name in columns), groups.c.is_held_out, *parts).select_from(joined)
    return query.order_by(approvals.c.approved, approvals.c.key, approvals.c.frame, approved_lesions.c.number)


def _held(connection: Connection, query: Select[Any]) -> Iterator[tuple[Row, list[Row]]]:
    for _, together in groupby(connection.execute(query).mappings(), lambda row: (row["key"], row["frame"])):
        rows = list(together)
        parts = [{name.removeprefix(_LESION): value for name, value in row.items() if name.startswith(_LESION)} for row in rows]
        yield rows[0], [part for part in parts if part["number"] is not None]


def _note_of(head: Row, lesions: Sequence[Row]) -> ApprovalNote:
    problem = "" if head["is_held_out"] is not None else _damaged(head)
    kind, when = ApprovalKind.DRAWN, LONG_AGO
    try:
        kind, when = ApprovalKind(head["kind"]), _time(head["approved"])
    except (ValueError, TypeError):
        problem = _damaged(head)
    found = (outcome_of(lesion) for lesion in lesions)
    return ApprovalNote(
        key=head["key"],
        frame=head["frame"],
        group=head["group_name"],
        kind=kind,
        outcomes=tuple(recorded_outcome(outcome, evidence.method) for outcome, evidence in found),
        networks=str(head["networks"]),
        reader=str(head["reader"]),
        when=when,
        digest=str(head["digest"]),
        is_held_out=bool(head["is_held_out"]),
        thumbnail=_bytes_of(head.get("thumbnail")),
        problem=problem,
    )


def _approval_of(head: Row, lesions: Sequence[Row]) -> Approval:
    if head["is_held_out"] is None:
        raise ValueError("its group is lost: nobody knows whether it is held out")
    pixels = cv2.imdecode(np.frombuffer(_bytes_of(head["pixels"]), np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise ValueError("its pixels are no picture")
    rows, columns = pixels.shape
    return Approval(
        head["key"],
        head["frame"],
        head["group_name"],
        np.asarray(pixels, np.uint8),
        tuple(ApprovedLesion(int(row["number"]), mask_of(row, (rows, columns)).unpacked(), *outcome_of(row)) for row in lesions),
        ApprovalKind(head["kind"]),
        str(head["networks"]),
        str(head["reader"]),
        _time(head["approved"]),
        bool(head["is_held_out"]),
    )


def _damaged(head: Row) -> str:
    return (
        f"The approval of frame {head['frame'] + 1} of the scan {head['key'][:8]} is damaged in the Workspace, and nothing is learned from it. "
        "Approve the frame again, or withdraw it."
    )


def _time(text: str) -> datetime:
    """Return a time in UTC; ValueError or TypeError where it is none."""
    when = datetime.fromisoformat(text)
    if when.utcoffset() is None:
        raise ValueError("the time has no zone")
    return when


def _bytes_of(value: object) -> bytes:
    """Return bytes as they are, and nothing of what is none."""
    return value if isinstance(value, bytes) else b""


# pictures -----------------------------------------------------------------------------------------------------------------------------------------


def _png(pixels: Pixels) -> bytes:
    return bytes(cv2.imencode(".png", pixels)[1].tobytes())


def _small(approval: Approval) -> Pixels:
    """Return the frame, small, with a white line around each lesion: what was outlined wrongly is seen before anything is learned from it."""
    pixels = approval.pixels
    scale = min(1.0, THUMBNAIL_PX / max(pixels.shape))
    rows, columns = (max(1, round(side * scale)) for side in pixels.shape)
    small = np.array(cv2.resize(pixels, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)
    for lesion in approval.lesions:
        mask = cv2.resize(lesion.mask.view(np.uint8), (columns, rows), interpolation=cv2.INTER_NEAREST)
        borders, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(small, borders, -1, 255, 1)
    return small
