"""Discs: the pictures that a DICOMDIR lists, in its order, wherever and however written they lie, and never outside its folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import MediaStorageDirectoryStorage

from busi_gui.io.dicom.dicomdir import read_index
from busi_gui.io.errors import ReadError
from busi_gui.io.scans import open_scan, read_scan, scans_in
from tests.builders import make_pixels, write_dicom, write_image
from tests.io.opened_files import bundled, refusal

BUNDLED = bundled("CT_small.dcm").parent / "dicomdirtests"


@pytest.fixture
def disc(tmp_path: Path) -> Path:
    """A disc of two patients, of whom the second is listed first; its DICOMDIR is pydicom's, whose pictures are ours."""
    index = tmp_path / "disc" / "DICOMDIR"
    index.parent.mkdir()
    shutil.copy(BUNDLED / "DICOMDIR", index)
    for path in listed(index):
        (index.parent / path).parent.mkdir(parents=True, exist_ok=True)
        write_dicom(index.parent / path, make_pixels(shape=(12, 16)))
    return index


def records(index: Path) -> list[Dataset]:
    return list(dcmread(index).DirectoryRecordSequence)


def listed(index: Path) -> list[str]:
    return ["/".join(record.ReferencedFileID) for record in records(index) if record.DirectoryRecordType == "IMAGE"]


def names(paths: list[Path], index: Path) -> list[str]:
    return [path.relative_to(index.parent).as_posix() for path in paths]


def test_pictures_are_listed_in_the_order_of_the_index(disc):
    assert names(read_index(disc), disc) == listed(disc)
    assert len(listed(disc)) == 31


@pytest.mark.parametrize(
    "name", ["DICOMDIR", "DICOMDIR-bigEnd", "DICOMDIR-implicit", "DICOMDIR-nooffset", "DICOMDIR-nopatient", "DICOMDIR-reordered"]
)
def test_real_indexes_are_read(name):
    found = read_index(BUNDLED / name)
    assert names(found, BUNDLED / name) == names(read_index(BUNDLED / "DICOMDIR"), BUNDLED / "DICOMDIR")
    assert all(read_scan(path).pixels.size for path in found[::9])


def test_records_that_stand_in_another_order_are_followed_by_their_links(disc):
    ordered = names(read_index(disc), disc)
    shutil.copy(BUNDLED / "DICOMDIR-reordered", disc)
    assert [record.DirectoryRecordType for record in records(disc)[:4]] == ["IMAGE", "SERIES", "STUDY", "PATIENT"]
    assert names(read_index(disc), disc) == ordered


def test_links_that_lead_nowhere_or_in_circles_lose_no_picture(disc):
    dataset = dcmread(disc)
    dataset.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity = 7
    for record in dataset.DirectoryRecordSequence[:5]:
        record.OffsetOfTheNextDirectoryRecord = dataset.DirectoryRecordSequence[0].seq_item_tell
    dataset.save_as(disc, enforce_file_format=True)
    assert sorted(names(read_index(disc), disc)) == sorted(listed(disc))


def test_names_are_found_whatever_their_case(disc):
    folder = disc.parent
    (folder / "77654033").rename(folder / "kept")
    (folder / "kept" / "CR1").rename(folder / "kept" / "cr1")
    (folder / "kept").rename(folder / "77654033")
    first = folder / "77654033" / "cr1" / "6154"
    first.rename(first.with_name("6154.;1"))
    assert names(read_index(disc), disc)[0] == "77654033/cr1/6154.;1"
    assert len(read_index(disc)) == 31


def test_pictures_that_are_missing_are_left_out(disc):
    expected = listed(disc)
    for name in expected[3:]:
        (disc.parent / name).unlink()
    assert names(read_index(disc), disc) == expected[:3]


def test_a_disc_of_which_no_picture_is_there_is_refused_with_their_names(disc):
    for path in disc.parent.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
    with pytest.raises(ReadError, match=r"DICOMDIR lists 31 pictures, but none is there \(77654033/CR1/6154, .*…\)"):
        read_index(disc)


def test_a_record_that_is_not_in_use_is_left_out(disc):
    dataset = dcmread(disc)
    record = next(record for record in dataset.DirectoryRecordSequence if record.DirectoryRecordType == "IMAGE")
    record.RecordInUseFlag = 0
    dataset.save_as(disc, enforce_file_format=True)
    assert len(read_index(disc)) == 30


@pytest.mark.parametrize("escape", ["../CR1/6154", "..", "/etc/passwd", "CR1/../../../secret", "."])
def test_no_name_leads_out_of_the_folder(disc, escape):
    secret = write_dicom(disc.parent.parent / "secret", make_pixels(shape=(12, 16)))
    dataset = dcmread(disc)
    for record in dataset.DirectoryRecordSequence:
        if record.DirectoryRecordType == "IMAGE":
            record.add_new("ReferencedFileID", "LO", ["..", "secret"] if escape == ".." else escape.split("/"))
    dataset.save_as(disc, enforce_file_format=True)
    with pytest.raises(ReadError, match="none is there"):
        read_index(disc)
    assert secret.exists()


def test_no_link_leads_out_of_the_folder(disc):
    secret = write_dicom(disc.parent.parent / "secret", make_pixels(shape=(12, 16)))
    inside = disc.parent / listed(disc)[0]
    inside.unlink()
    try:
        inside.symlink_to(secret)
    except OSError:
        pytest.skip("this system lets nobody make links")
    assert names(read_index(disc), disc) == listed(disc)[1:]
    assert read_scan(secret).pixels.size


def test_an_index_without_pictures_is_refused():
    with pytest.raises(ReadError, match="lists no pictures"):
        read_index(BUNDLED / "DICOMDIR-empty.dcm")


def test_what_is_no_index_is_refused(tmp_path):
    path = write_dicom(tmp_path / "DICOMDIR", make_pixels())
    with pytest.raises(ReadError, match="is not the index of a disc"):
        read_index(path)
    path.write_text("text")
    with pytest.raises(ReadError, match="DICOMDIR"):
        read_index(path)
    with pytest.raises(ReadError, match="does not exist"):
        read_index(tmp_path / "none")


def test_a_truncated_index_is_read_as_far_as_it_goes_or_refused(disc):
    content = disc.read_bytes()
    for share in (0.02, 0.3, 0.7, 0.99):
        disc.write_bytes(content[: int(len(content) * share)])
        try:
            found = read_index(disc)
        except ReadError as error:
            assert "DICOMDIR" in str(error)  # noqa: PT017 - some are read, some refused: either is right
        else:
            assert set(names(found, disc)) <= {path.relative_to(disc.parent).as_posix() for path in disc.parent.rglob("*")}


# Opening a disc


def test_opening_an_index_as_a_picture_says_what_to_open_instead(disc):
    assert "index of a disc, not a picture: open its folder" in refusal(disc)
    assert dcmread(disc).file_meta.MediaStorageSOPClassUID == MediaStorageDirectoryStorage


@pytest.mark.parametrize("name", ["DICOMDIR", "dicomdir", "DICOMDIR.;1"])
def test_the_pictures_of_a_disc_are_listed_for_its_folder_and_for_its_index(disc, name):
    index = disc.rename(disc.with_name(name))
    expected = listed(index)
    assert names(scans_in(index.parent), index) == expected
    assert names(scans_in(index), index) == expected
    with open_scan(scans_in(index)[0]) as file:
        assert file.read().pixels.shape == (12, 16)


def test_what_lies_beside_an_index_without_being_listed_comes_last(disc):
    write_image(disc.parent / "scan.png", make_pixels())
    assert names(scans_in(disc.parent), disc) == [*listed(disc), "scan.png"]


def test_a_bad_index_does_not_hide_what_lies_beside_it(disc):
    write_image(disc.parent / "scan.png", make_pixels())
    disc.write_bytes(b"no index")
    assert names(scans_in(disc.parent), disc) == ["scan.png"]


def test_a_folder_below_is_listed_by_itself(disc):
    assert len(scans_in(disc.parent / "77654033" / "CT2")) == 4
