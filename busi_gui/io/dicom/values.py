"""Values of DICOM elements, read tolerantly: what is absent, empty or breaks the rules is None, and never costs the picture."""

from __future__ import annotations

import math
from typing import Any

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.valuerep import PersonName


def value(dataset: Dataset, keyword: str) -> Any:
    """Return an element's value as pydicom has it; None where it is absent or cannot be understood."""
    try:
        return dataset.get(keyword)
    except Exception:  # noqa: BLE001 - converted only now, and a bad tag that the picture can do without must not cost the picture
        return None


def first(dataset: Dataset, keyword: str) -> Any:
    """Return an element's value, the first of several; None where there is none."""
    found = value(dataset, keyword)
    if isinstance(found, MultiValue | list | tuple):
        return found[0] if found else None
    return found


def number(dataset: Dataset, keyword: str) -> float | None:
    """Return an element's value, the first of several, if it is a finite number."""
    return _finite(first(dataset, keyword))


def numbers(dataset: Dataset, keyword: str) -> list[float]:
    """Return all of an element's values if each is a finite number, else none."""
    found = value(dataset, keyword)
    several = list(found) if isinstance(found, MultiValue | list | tuple) else [found]
    finite = [_finite(one) for one in several]
    return [one for one in finite if one is not None] if None not in finite else []


def whole_number(dataset: Dataset, keyword: str) -> int | None:
    """Return an element's value, the first of several, if it is a whole number."""
    found = number(dataset, keyword)
    return int(found) if found is not None and found == int(found) else None


def text(dataset: Dataset, keyword: str) -> str:
    """Return an element's value, the first of several, as text without padding; empty where there is none."""
    found = first(dataset, keyword)
    return "" if found is None else str(found).replace("\0", "").strip()


def items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Return a sequence's items; none where it is absent or no sequence."""
    found = value(dataset, keyword)
    return list(found) if isinstance(found, Sequence) else []


def functional(dataset: Dataset, frame: int, keyword: str) -> Dataset | None:
    """Return what a functional group says of one frame, or else of all frames alike; None where it says nothing."""
    of_frames = items(dataset, "PerFrameFunctionalGroupsSequence")
    groups = [*of_frames[frame : frame + 1], *items(dataset, "SharedFunctionalGroupsSequence")[:1]]
    return next((found[0] for group in groups if (found := items(group, keyword))), None)


def varies_by_frame(dataset: Dataset, keyword: str) -> bool:
    """Whether a functional group says something of its own of each frame."""
    return any(keyword in group for group in items(dataset, "PerFrameFunctionalGroupsSequence")[:2])


def name(dataset: Dataset) -> str:
    """Return the patient's name as "Family, Given Middle", in letters where the file has it in letters."""
    found = first(dataset, "PatientName")
    if not isinstance(found, PersonName):
        return text(dataset, "PatientName")
    family, *given = (found.alphabetic or found.ideographic).replace("\0", "").split("^")[:3]
    return ", ".join(part for part in (family.strip(), " ".join(" ".join(given).split())) if part)


def date(dataset: Dataset, keyword: str) -> str:
    """Return a date as year-month-day where it is one, else as the file writes it."""
    written = text(dataset, keyword)
    digits = written.replace(".", "")
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if len(digits) == 8 and digits.isdigit() else written


def _finite(found: Any) -> float | None:
    try:
        number = float(found)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
