"""What the tests of opening files share."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom.data import get_testdata_file
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from busi_gui.io.errors import ReadError
from busi_gui.io.scans import read_scan

PLAIN = [ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian, RLELossless]


def bundled(name: str) -> Path:
    """Return a file that comes with pydicom; its absence fails the test."""
    found = get_testdata_file(name, download=False)
    assert found is not None, f"pydicom no longer brings {name}"
    return Path(str(found))


def refusal(path: Path, frame: int = 0) -> str:
    """Return the message with which a file is refused; it names the file, and is a sentence."""
    with pytest.raises(ReadError) as caught:
        read_scan(path, frame)
    message = str(caught.value)
    assert path.name in message
    assert message.endswith(".")
    return message
