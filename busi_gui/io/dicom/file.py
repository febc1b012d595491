"""The DICOM part of reading: an opened file, its frames, its millimetres, and whom it shows, kept apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import MediaStorageDirectoryStorage

from busi_gui.domain.scan import Calibration, Identity, Scan
from busi_gui.io.dicom.codecs import CodecError
from busi_gui.io.dicom.frames import frames_in
from busi_gui.io.dicom.header import EXPORT_AGAIN, Header, load, quietly
from busi_gui.io.dicom.layout import layout_of
from busi_gui.io.dicom.pixels import renderer_for
from busi_gui.io.dicom.regions import scales_of
from busi_gui.io.dicom.values import date, name, number, numbers, text
from busi_gui.io.errors import ReadError, unreadable
from busi_gui.io.scan_file import Facts, ScanFile

_SLOWEST_MS = 10_000.0


def open_dicom(path: Path) -> DicomFile:
    """Open a DICOM file, with or without the usual preamble.

    Raises
    ------
    ReadError
        It holds no picture, none of its frames is there, it is damaged, absurdly large, or stored in a way that cannot be decoded.
    """
    return DicomFile(path)


class DicomFile(ScanFile):
    """An opened DICOM file: its header is parsed once, its frames are decoded when they are asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with explained(path):
            self._file = path.open("rb")
        try:
            with explained(path), quietly():
                self._prepare(self._file)
        except BaseException:
            self._file.close()
            raise

    def _prepare(self, file: BinaryIO) -> None:
        header = load(self.path, file)
        dataset, pixels = header.dataset, header.pixels
        if pixels is None:
            raise _without_picture(self.path, header)
        layout = layout_of(self.path, header, pixels.keyword)
        self._frames = frames_in(self.path, header, pixels, layout)
        extent = self._frames.extent
        renderer = renderer_for(dataset, layout, extent.count, is_little_endian=header.is_little_endian)
        if renderer is None:
            raise ReadError(f"{self.path.name} has no palette for its colours, or one that contradicts itself. {EXPORT_AGAIN}, in grey or RGB.")
        self._renderer = renderer
        self._scales = scales_of(dataset, layout.shape, extent.count)
        self._identity = Identity(name(dataset), text(dataset, "PatientID"), date(dataset, "StudyDate"))
        self._device = _device(dataset)
        self._warnings = (*extent.warnings, *renderer.warnings)
        self.frame_count, self.unreadable = extent.count, extent.lost
        self.frame_ms = _frame_ms(dataset) if extent.count > 1 else None
        self.facts = Facts("DICOM", text(dataset, "Modality"), str(header.syntax), text(dataset, "PhotometricInterpretation"), layout.shape)

    def read(self, frame: int = 0) -> Scan:
        """Decode one frame."""
        if not 0 <= frame < self.frame_count:
            several = "s" * (self.frame_count > 1)
            raise ReadError(f"{self.path.name} holds {self.frame_count} frame{several}: there is no frame {frame + 1} in it.")
        if frame in self.unreadable:
            raise ReadError(f"Frame {frame + 1} of {self.path.name} is missing: the file was cut short, or is damaged. Copy or export it again.")
        with explained(self.path), np.errstate(all="ignore"):
            try:
                pixels, coloured = self._renderer.render(self._frames.stored(frame), frame)
            except CodecError as error:
                which = f"Frame {frame + 1} of {self.path.name}" if self.frame_count > 1 else self.path.name
                raise ReadError(f"{which} cannot be decoded: {error}. {EXPORT_AGAIN}, uncompressed.") from error
        for array in (pixels, coloured):
            if array is not None:
                array.setflags(write=False)
        scales = self._scales[min(frame, len(self._scales) - 1)]
        return Scan(
            self.path,
            pixels,
            frame=frame,
            frame_count=self.frame_count,
            frame_ms=self.frame_ms,
            spacing=scales.spacing,
            regions=scales.regions,
            calibration=Calibration.FILE if scales.spacing or scales.regions else Calibration.NONE,
            coloured=coloured,
            identity=self._identity,
            device=self._device,
            warnings=(*self._warnings, *scales.warnings),
        )

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raise ReadError for whatever goes wrong with a file."""
    try:
        yield
    except ReadError:
        raise
    except MemoryError as error:
        raise ReadError(f"{path.name} needs more memory than is free: close other programs and open it again.") from error
    except Exception as error:  # pydicom converts lazily: a bad header raises anything, up to RecursionError, at any access
        if isinstance(error, OSError) and error.errno is not None:
            raise unreadable(path, error) from error
        raise ReadError(f"{path.name} is damaged, or breaks the DICOM standard where it matters. {EXPORT_AGAIN}.") from error


def _without_picture(path: Path, header: Header) -> ReadError:
    """Return why a file without pixels cannot be shown."""
    dataset = header.dataset
    is_dicom = dataset.preamble is not None or "SOPClassUID" in dataset or "PatientName" in dataset
    if header.is_cut and is_dicom:
        return ReadError(f"{path.name} was cut short: it ends before its picture. Copy or export it again.")
    if is_index(dataset):
        return ReadError(f"{path.name} is the index of a disc, not a picture: open its folder instead.")
    if not is_dicom:
        return ReadError(f"{path.name} is not a DICOM file, whatever its name says. Open a PNG, JPEG, BMP, TIFF, WebP or DICOM file.")
    return ReadError(f"{path.name} holds no picture: it is another kind of DICOM file, such as a report. {EXPORT_AGAIN}, as a picture.")


def is_index(dataset: Dataset) -> bool:
    """Whether a file is a DICOMDIR, which lists a disc's files."""
    meta = getattr(dataset, "file_meta", Dataset())
    return "DirectoryRecordSequence" in dataset or text(meta, "MediaStorageSOPClassUID") == MediaStorageDirectoryStorage


def _frame_ms(dataset: Dataset) -> float | None:
    """Return how long a frame is shown, by whichever element makes sense; None where none does."""
    vector = numbers(dataset, "FrameTimeVector")
    steps = vector[1:] if vector[:1] == [0.0] else vector  # the first is the wait before the first frame, of which there is none
    rates = [number(dataset, keyword) for keyword in ("CineRate", "RecommendedDisplayFrameRate")]
    times = [number(dataset, "FrameTime"), sum(steps) / len(steps) if steps else None, *(1000 / rate for rate in rates if rate)]
    return next((time for time in times if time is not None and 0 < time <= _SLOWEST_MS), None)


def _device(dataset: Dataset) -> str:
    maker, model = text(dataset, "Manufacturer"), text(dataset, "ManufacturerModelName")
    return model if maker and model.lower().startswith(maker.lower()) else f"{maker} {model}".strip()
