"""What the old and the new networks came to on the same cases: plain values, with a JSON form for the version's folder and for the window."""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import cv2
import numpy as np

from models.preprocessing import Mask
from models.retraining.events import network_name

Json = dict[str, Any]

DICE, MISSED, FALSE_LESIONS, AUC, SENSITIVITY = "dice", "missed", "false_lesions", "auc", "sensitivity"
"""Names of the figures: mean Dice; share of lesions with a Dice below 0.1; share of empty frames with a lesion; of known outcomes the area under the
ROC curve, and the share of malignant lesions that are called so at the operating point in use."""

FIGURE_NAMES = {
    DICE: "agreement of the outlines (Dice)",
    MISSED: "share of missed lesions",
    FALSE_LESIONS: "share of empty scans with a false lesion",
    AUC: "telling malignant from benign (AUC)",
    SENSITIVITY: "share of malignant lesions that are called so",
}
"""Of each figure what it is, for the reader."""

MOST_SHOWN = 5
"""Cases of each kind that a gallery has."""
GALLERY_PX = 160
"""Longer side of the masks that are shown."""
_PNG, _PNG_HEAD = b"\x89PNG\r\n\x1a\n", 33
_MOST = 1e9
"""No figure and no number of cases reaches it."""


@dataclass(frozen=True)
class Compared:
    """One figure of both networks on the same cases.

    Attributes
    ----------
    old, new, difference
        Rounded to four digits, the difference being new less old; None where there is nothing to measure.
    low, high
        The difference's 95 % interval from resampled groups, each drawn with both answers.
    cases
        How many it is about.
    """

    old: float | None
    new: float | None
    difference: float | None
    low: float | None
    high: float | None
    cases: int

    @classmethod
    def from_json(cls, values: Json) -> Compared:
        """Return what was told of as plain values; KeyError, TypeError or ValueError where something is missing, or is no such value."""
        old, new, difference, low, high = (_measured_or_none(values[name]) for name in ("old", "new", "difference", "low", "high"))
        return cls(old, new, difference, low, high, _count(values["cases"]))


@dataclass(frozen=True)
class SetEvidence:
    """What both came to on one set of cases.

    Attributes
    ----------
    cases, groups
        How many there are, and of how many patients or lesions.
    figures
        By name, see ``DICE`` and the others.
    dice_changes
        For each group with a lesion by how much its mean Dice rises, the worst first.
    """

    cases: int
    groups: int
    figures: Mapping[str, Compared]
    dice_changes: tuple[float, ...] = ()

    @property
    def lesions(self) -> int:
        """How many of the cases have a lesion."""
        return self.figures[DICE].cases

    def as_json(self) -> Json:
        """Return it as plain values."""
        return asdict(self) | {"dice_changes": list(self.dice_changes)}

    @classmethod
    def from_json(cls, values: Json) -> SetEvidence:
        """Return what ``as_json`` told of; a figure that this program does not know is left out.

        KeyError, TypeError or ValueError where something is missing, or is no such value.
        """
        figures = {name: Compared.from_json(values["figures"][name]) for name in FIGURE_NAMES if name in values["figures"]}
        if DICE not in figures:
            raise KeyError(DICE)
        changes = tuple(_measured(change) for change in values["dice_changes"])
        return cls(_count(values["cases"]), _count(values["groups"]), figures, changes)


@dataclass(frozen=True)
class Agreement:
    """How far the new networks have moved from the old ones on scans, whoever is right.

    Attributes
    ----------
    cases
        How many scans were asked.
    dice
        Mean Dice of what the two find, 1 where both find nothing; None without a scan.
    changed_findings
        Share of scans on which they differ in malignant, benign or no lesion, each at its operating point in use.
    """

    cases: int
    dice: float | None
    changed_findings: float | None

    @classmethod
    def from_json(cls, values: Json) -> Agreement:
        """Return what was told of as plain values; KeyError, TypeError or ValueError where something is missing, or is no such value."""
        dice, changed = (_measured_or_none(values[name]) for name in ("dice", "changed_findings"))
        return cls(_count(values["cases"]), dice, changed)


@dataclass(frozen=True, eq=False)
class GalleryCase:
    """One held-out case of the clinic on which the two differ much.

    Attributes
    ----------
    old_dice, new_dice
        With the reader's outlines.
    reader, old, new
        All lesions of the reader and of each pipeline together, bool (rows, columns), the longer side at most ``GALLERY_PX``.
    """

    key: str
    old_dice: float
    new_dice: float
    reader: Mask = field(repr=False)
    old: Mask = field(repr=False)
    new: Mask = field(repr=False)

    def as_json(self) -> Json:
        """Return it as plain values, the masks as PNG in base64."""
        masks = {name: _png_of(mask) for name, mask in (("reader", self.reader), ("old", self.old), ("new", self.new))}
        return {"key": self.key, "old_dice": self.old_dice, "new_dice": self.new_dice, **masks}

    @classmethod
    def from_json(cls, values: Json) -> GalleryCase:
        """Return what ``as_json`` told of; KeyError, TypeError or ValueError where something is missing, or is no such value."""
        reader, old, new = (_mask_of(values[name]) for name in ("reader", "old", "new"))
        if not reader.shape == old.shape == new.shape:
            raise ValueError("the masks of a case have different sizes")
        return cls(str(values["key"]), _measured(values["old_dice"]), _measured(values["new_dice"]), reader, old, new)


@dataclass(frozen=True, eq=False)
class Evidence:
    """All that is known for and against a proposal.

    Attributes
    ----------
    clinic
        On the clinic's held-out cases.
    agreement
        On these, and on what was learned from where that was asked.
    base
        On the hold-out of the replay pack: scans of other clinics; None where there was none.
    improved, worsened
        The clinic's held-out cases that gain and lose most Dice, the most first, at most five of each.
    """

    clinic: SetEvidence
    agreement: Agreement
    base: SetEvidence | None = None
    improved: tuple[GalleryCase, ...] = ()
    worsened: tuple[GalleryCase, ...] = ()

    def as_json(self) -> Json:
        """Return it as plain values."""
        return {
            "clinic": self.clinic.as_json(),
            "agreement": asdict(self.agreement),
            "base": self.base.as_json() if self.base else None,
            "improved": [case.as_json() for case in self.improved],
            "worsened": [case.as_json() for case in self.worsened],
        }

    @classmethod
    def from_json(cls, values: Json) -> Evidence:
        """Return what ``as_json`` told of; KeyError, TypeError or ValueError where something is missing or damaged."""
        return cls(
            SetEvidence.from_json(values["clinic"]),
            Agreement.from_json(values["agreement"]),
            SetEvidence.from_json(values["base"]) if values["base"] else None,
            *(tuple(GalleryCase.from_json(case) for case in values[name][:MOST_SHOWN]) for name in ("improved", "worsened")),
        )


def told_shares(shares: Mapping[str, float]) -> list[str]:
    """Return how much of what each network learned is in a proposal, in sentences; none where it is all, or nothing."""
    taken = {network: share for network, share in shares.items() if 0 < share < 1}
    lines = [
        f"Of what the {network_name(network)} learned, {100 * share:.0f} % is in the proposal: as much as helps your held-out cases and "
        "keeps what other clinics need. The curves while it learned were of all of it."
        for network, share in taken.items()
    ]
    return [*lines, "How much was chosen on the same held-out cases, so that their figures are a little too good."] if lines else []


def shown_small(mask: Mask) -> Mask:
    """Return a mask, bool (rows, columns), with a longer side of at most ``GALLERY_PX``."""
    scale = min(1.0, GALLERY_PX / max(mask.shape))
    size = tuple(max(1, round(side * scale)) for side in mask.shape[::-1])
    return np.asarray(cv2.resize(mask.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA) >= 128)


def _png_of(mask: Mask) -> str:
    return base64.b64encode(cv2.imencode(".png", mask.astype(np.uint8) * 255)[1].tobytes()).decode("ascii")


def _mask_of(text: str) -> Mask:
    """Return the mask that a PNG in base64 holds. It may come from a stranger: how large it is, is seen before it is unpacked."""
    content = base64.b64decode(text, validate=True)
    sides = struct.unpack(">II", content[16:24]) if content.startswith(_PNG) and len(content) > _PNG_HEAD else (0, 0)
    if not all(0 < side <= GALLERY_PX for side in sides):
        raise ValueError("a mask of the gallery is no PNG, or too large")
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error:
        pixels = None
    if pixels is None:
        raise ValueError("a mask of the gallery is damaged")
    return np.asarray(pixels > 127)


def _measured(value: object) -> float:
    """Return a figure; ValueError where it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < _MOST:
        raise ValueError(f"{value!r:.40} is no figure")
    return float(value)


def _measured_or_none(value: object) -> float | None:
    return None if value is None else _measured(value)


def _count(value: object) -> int:
    """Return a number of cases; ValueError where it is none."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _MOST:
        raise ValueError(f"{value!r:.40} is no number of cases")
    return value
