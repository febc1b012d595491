"""What a case is called where it leaves, and what it never says."""

from __future__ import annotations

from pathlib import Path

import pytest

from busi_gui.domain.reading import Outcome
from busi_gui.domain.scan import Identity
from busi_gui.io.exports.cases import Naming
from tests.builders import IDENTITY, IDENTITY_WORDS
from tests.io.exports.export_cases import SEVERAL, make_case
from tests.io.exports.test_places import EXPORTS, content

WHO = Identity(IDENTITY["PatientName"], IDENTITY["PatientID"], IDENTITY["StudyDate"])


def test_files_are_counted_unless_their_names_are_to_be_kept():
    naming = Naming()
    assert naming.of_file(Path("Muster_Erika.png"), [0], 1) == {0: "case_0001"}
    assert naming.of_file(Path("cine.dcm"), [3, 12], 20) == {3: "case_0002_f003", 12: "case_0002_f012"}


@pytest.mark.parametrize(
    ("path", "name"),
    [("a/left.png", "left"), ("b/LEFT.PNG", "LEFT_2"), ("1.2.840.1", "1.2.840.1"), ("x_mask.png", "x_mask_scan"), ("y_Mask_2.tif", "y_Mask_2_scan")],
)
def test_kept_names_are_unique_and_never_those_of_masks(path, name):
    naming = Naming(keeps_names=True)
    naming.of_file(Path("left.jpg") if "LEFT" in path else Path("other.png"), [0], 1)
    assert naming.of_file(Path(path), [0], 1) == {0: name}


@pytest.mark.parametrize("name", EXPORTS)
def test_nothing_that_is_written_says_whom_a_scan_shows(tmp_path, name):
    case = make_case(
        masks=SEVERAL[:3],
        names=("Erika left", "pid-4711", "upper edge"),
        outcomes=(Outcome.BENIGN,),
        identity=WHO,
        path=Path("Muster_Erika_19610203.dcm"),
        device="Maker",
    )
    with EXPORTS[name](tmp_path / name) as writer:
        writer.add(case)
    written = "".join(content(tmp_path)) + "".join(part.decode("latin-1") for part in content(tmp_path).values())
    assert not [word for word in (*IDENTITY_WORDS, "pid-4711", "seen by nobody outside", "0815") if word in written]
    assert "upper edge" in written
