"""Write the sample scans beside this file: ``python resources/samples/generate.py``; made up, and saying so in pixels and headers."""

# ruff: noqa: INP001 - a script, not a package

from __future__ import annotations

import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, UltrasoundImageStorage, generate_uid

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from busi_gui.domain.scan import Pixels
from busi_gui.domain.synthetic import Kind, synthetic_scan

BENIGN = "benign_synthetic.png"
MALIGNANT = "malignant_synthetic.png"
CALIBRATED = "calibrated_synthetic.dcm"

SPACING_MM = 0.08
_SAMPLES: tuple[tuple[str, int, Kind], ...] = ((BENIGN, 3, "benign"), (MALIGNANT, 2, "malignant"), (CALIBRATED, 2, "benign"))
_NOTICE = "Synthetic: computed from random numbers by busi-gui. It shows no patient."


def sample_pixels() -> Iterator[tuple[str, Pixels]]:
    """Yield each sample's file name and pixels, uint8 (480, 600), with the word SYNTHETIC in the lower left corner."""
    for name, seed, kind in _SAMPLES:
        pixels, _ = synthetic_scan(seed, kind)
        cv2.putText(pixels, "SYNTHETIC", (10, pixels.shape[0] - 10), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 200, 1, cv2.LINE_AA)
        yield name, pixels


def png_bytes(pixels: Pixels) -> bytes:
    """Return a PNG of grey pixels that says in a text chunk that it is synthetic."""
    encoded = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 9])[1].tobytes()
    text = b"tEXt" + b"Comment\0" + _NOTICE.encode("latin-1")
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    end_of_header = 8 + 12 + 13
    return encoded[:end_of_header] + chunk + encoded[end_of_header:]


def dicom_dataset(pixels: Pixels) -> Dataset:
    """Return an ultrasound image of one calibrated tissue region; UIDs depend on the pixels only."""
    dataset = Dataset()
    dataset.SOPClassUID = UltrasoundImageStorage
    dataset.SOPInstanceUID, dataset.StudyInstanceUID, dataset.SeriesInstanceUID = (
        generate_uid(entropy_srcs=["busi-gui sample", level, pixels.tobytes().hex()]) for level in ("instance", "study", "series")
    )
    dataset.PatientName, dataset.PatientID, dataset.PatientBirthDate, dataset.PatientSex = "Synthetic^Sample", "SYNTHETIC", "", "O"
    dataset.StudyDate, dataset.StudyTime, dataset.StudyID, dataset.AccessionNumber = "20240101", "120000", "SYNTHETIC", ""
    dataset.ReferringPhysicianName = ""
    dataset.Modality, dataset.SeriesNumber, dataset.InstanceNumber = "US", 1, 1
    dataset.Manufacturer, dataset.ManufacturerModelName = "busi-gui", "Synthetic scan"
    dataset.ImageType = ["DERIVED", "PRIMARY", "", "0001"]
    dataset.StudyDescription = dataset.SeriesDescription = "SYNTHETIC, shows no patient"
    dataset.ImageComments = dataset.DerivationDescription = _NOTICE
    dataset.PatientOrientation, dataset.BurnedInAnnotation, dataset.LossyImageCompression = "", "NO", "00"
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 8, 8, 7, 0
    dataset.SequenceOfUltrasoundRegions = Sequence([_region(pixels)])
    dataset.PixelData = pixels.tobytes()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return dataset


def _region(pixels: Pixels) -> Dataset:
    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = 1, 1, 0
    region.RegionLocationMinX0 = region.RegionLocationMinY0 = 0
    region.RegionLocationMaxY1, region.RegionLocationMaxX1 = (size - 1 for size in pixels.shape)
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3
    region.PhysicalDeltaX = region.PhysicalDeltaY = SPACING_MM / 10
    return region


def write_samples(folder: Path) -> None:
    """Write all samples into a folder."""
    for name, pixels in sample_pixels():
        if name == CALIBRATED:
            dicom_dataset(np.ascontiguousarray(pixels)).save_as(folder / name, enforce_file_format=True)
        else:
            (folder / name).write_bytes(png_bytes(pixels))


if __name__ == "__main__":
    write_samples(Path(__file__).resolve().parent)
