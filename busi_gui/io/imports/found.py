"""FoundImage: a picture of a data set with its masks, which are read when they are wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from busi_gui.domain.reading import Assessment
from models.analysis import Mask

Shape = tuple[int, int]

Layout = Literal["busi", "coco", "auto"]
"""How a data set is laid out; ``"auto"``: as it looks."""


@dataclass(frozen=True, eq=False)
class FoundMask:
    """A lesion that was drawn elsewhere.

    Attributes
    ----------
    mask
        bool (rows, columns) of the picture's size, True = lesion; never empty.
    name
        What it was called; empty where it had no name.
    assessment
        What was recorded of it.
    """

    mask: Mask
    name: str = ""
    assessment: Assessment = field(default_factory=Assessment)


@dataclass(frozen=True, eq=False)
class FoundImage:
    """A picture of a data set.

    Attributes
    ----------
    path
        The picture.
    read_masks
        Given the picture's rows and columns, reads its masks, none where it shows no lesion; raises ReadError where they cannot be read, or are of
        another size.
    """

    path: Path
    read_masks: Callable[[Shape], tuple[FoundMask, ...]]


@dataclass(frozen=True, eq=False)
class FoundDataset:
    """What a data set holds.

    Attributes
    ----------
    images
        In a steady order.
    passed_over
        Why some pictures are left out: sentences for the reader.
    """

    images: tuple[FoundImage, ...]
    passed_over: tuple[str, ...] = ()
