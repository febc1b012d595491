"""DICOM files: a header parsed once, frames where they lie, one decoder for each coding, grey, millimetres, discs."""

from __future__ import annotations

import sys
from typing import Any

_UNUSED = ("gdcm", "jpeg_ls", "requests")
"""What pydicom loads only to see whether it is there: 27 MB. The first two decode in a process of their own, and nothing is ever downloaded."""


def _import_pydicom_alone() -> None:
    absent = [name for name in _UNUSED if name not in sys.modules]
    modules: dict[str, Any] = sys.modules
    modules.update(dict.fromkeys(absent))  # None makes an import fail
    try:
        import pydicom.data
        import pydicom.pixels  # noqa: F401
    finally:
        for name in absent:
            del sys.modules[name]


_import_pydicom_alone()
