"""The DICOM part of reading: grey pixels of one frame, its millimetres, and whom it shows, kept apart."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
import numpy.typing as npt
from pydicom import config, dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.errors import InvalidDicomError
from pydicom.multival import MultiValue
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi, apply_windowing
from pydicom.pixels.utils import get_expected_length, pixel_array
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pydicom.valuerep import PersonName

from busi_gui.domain.scan import Identity, Pixels, Scan, Spacing
from busi_gui.io.errors import ReadError, check_size, unreadable
from busi_gui.io.scan_file import Facts, ScanFile

Values = npt.NDArray[Any]

_PHOTOMETRICS = frozenset({"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR", "RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT"})
_EXPORT_AGAIN = "Export it again from the ultrasound machine or the archive"
_SPATIAL_2D, _CENTIMETRES = 1, 3
_CREDIBLE_MM = (0.002, 2.0)
"""Pixel sizes that ultrasound can have; a placeholder of 1 cm per pixel cannot be meant."""
_SAME_SCALE = 1e-3
_NO_SCALE = "The file states no credible scale: sizes are given in pixels, not in millimetres."
_SEVERAL_SCALES = "The file states several scales for parts of the picture: sizes are given in pixels, not in millimetres."


def has_preamble(head: bytes) -> bool:
    """Whether a file that begins with these bytes (132 or more) carries the DICOM mark."""
    return head[128:132] == b"DICM"


class DicomFile(ScanFile):
    """A DICOM file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        scan = read_dicom(path, 0)
        self.frame_count = scan.frame_count
        self.facts = Facts("DICOM", "", "", "", scan.shape)

    def read(self, frame: int = 0) -> Scan:
        """Decode one frame."""
        return read_dicom(self.path, frame)


def open_dicom(path: Path) -> ScanFile:
    """Open a DICOM file."""
    return DicomFile(path)


def read_dicom(path: Path, frame: int = 0) -> Scan:
    """Read one frame of a DICOM file.

    Uncompressed, deflated and RLE files are always decoded, others where a decoder for them is installed. Colours become grey by their luma.

    Parameters
    ----------
    path
        A DICOM file, with or without the usual preamble.
    frame
        From 0; the frames of a cine are decoded one at a time.

    Raises
    ------
    ReadError
        The file is cut short or damaged, holds no picture or no such frame, is absurdly large, or compressed in a way that cannot be decoded.
    """
    try:
        # What pydicom finds odd and reads all the same is no concern of the reader's; what is, is said in the scan's own warnings.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = _load(path)
            with config.disable_value_validation():
                return _read_frame(path, dataset, frame)
    except ReadError:
        raise
    except MemoryError as error:
        raise ReadError(f"{path.name} needs more memory than is free: close other programs and open it again.") from error
    except Exception as error:  # pydicom converts lazily: a bad header raises anything, up to RecursionError, at any access
        raise ReadError(f"{path.name} is damaged, or breaks the DICOM standard where it matters. {_EXPORT_AGAIN}.") from error


def _load(path: Path) -> FileDataset:
    try:
        file = path.open("rb")
    except OSError as error:
        raise unreadable(path, error) from error
    with file:
        dataset = _parse(path, file)
    if "PixelData" in dataset:
        return dataset
    if dataset.preamble is None and "SOPClassUID" not in dataset:
        raise ReadError(f"{path.name} is not a DICOM file, whatever its name says. Open a PNG, JPEG, BMP, TIFF or DICOM file.")
    raise ReadError(f"{path.name} holds no picture: it is another kind of DICOM file, or was cut short. {_EXPORT_AGAIN}.")


def _parse(path: Path, file: BinaryIO) -> FileDataset:
    try:
        # Only strictly does pydicom tell of an early end; otherwise it returns an empty dataset.
        with config.strict_reading():
            return dcmread(file, force=True)
    except EOFError as error:
        raise ReadError(f"{path.name} was cut short: it ends in the middle. Copy or export it again.") from error
    except (InvalidDicomError, ValueError, LookupError):
        file.seek(0)
        with config.disable_value_validation():
            return dcmread(file, force=True)


def _read_frame(path: Path, dataset: FileDataset, frame: int) -> Scan:
    notes: list[str] = []
    rows, columns = (_whole_number(dataset, keyword) or 0 for keyword in ("Rows", "Columns"))
    check_size(path, rows, columns)
    frame_count = max(1, _whole_number(dataset, "NumberOfFrames") or 1)
    dataset.NumberOfFrames = frame_count
    if not 0 <= frame < frame_count:
        raise ReadError(f"{path.name} holds {frame_count} frame{'s' * (frame_count > 1)}: there is no frame {frame + 1} in it.")
    if frame_count > 1:
        notes.append(f"The file holds {frame_count} frames; only {'the first' if frame == 0 else f'frame {frame + 1}'} is shown.")
    _check_decodable(path, dataset)
    _check_length(path, dataset, notes)
    pixels = _gray(dataset, _decode(path, dataset, frame), notes)
    return Scan(
        path,
        pixels,
        frame=frame,
        frame_count=frame_count,
        spacing=_spacing(dataset, (rows, columns), notes),
        identity=Identity(_name(dataset), _text(dataset, "PatientID"), _date(dataset)),
        device=_device(dataset),
        warnings=tuple(notes),
    )


def _check_decodable(path: Path, dataset: FileDataset) -> None:
    """Raise ReadError unless pixels of this kind can be decoded; fills in the transfer syntax where an old file has none."""
    syntax = dataset.file_meta.get("TransferSyntaxUID")
    if not syntax:
        is_implicit, is_little = dataset.original_encoding
        explicit = ExplicitVRLittleEndian if is_little else ExplicitVRBigEndian
        syntax = dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if is_implicit else explicit
    if not _has_decoder(syntax):
        raise ReadError(f"{path.name} is compressed as {syntax.name}, which cannot be decoded yet. {_EXPORT_AGAIN}, uncompressed.")
    photometric = _text(dataset, "PhotometricInterpretation")
    if photometric not in _PHOTOMETRICS:
        kind = photometric or "nothing known"
        raise ReadError(f"{path.name} stores its colours as {kind}, which cannot be shown. {_EXPORT_AGAIN}, in grey or RGB.")


def _has_decoder(syntax: UID) -> bool:
    try:
        return get_decoder(syntax).is_available
    except NotImplementedError:
        return False


def _check_length(path: Path, dataset: FileDataset, notes: list[str]) -> None:
    """Compare the pixels in the file with its header's, where they are not compressed: ReadError for too few, a note for too many."""
    if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
        return
    expected, found = get_expected_length(dataset), len(dataset.PixelData)
    if found < expected:
        raise ReadError(f"{path.name} was cut short: only {found} of {expected} bytes of its picture are there. Copy or export it again.")
    if found > expected + expected % 2:
        notes.append("The file holds more pixels than its header tells of: part of the picture may be missing.")


def _decode(path: Path, dataset: FileDataset, frame: int) -> Values:
    try:
        return pixel_array(dataset, index=frame)
    except RuntimeError as error:  # what decoders of compressed pixels raise
        syntax = dataset.file_meta.TransferSyntaxUID.name
        raise ReadError(f"{path.name} cannot be decoded: its {syntax} is damaged, or of a rare kind. {_EXPORT_AGAIN}, uncompressed.") from error


def _gray(dataset: FileDataset, values: Values, notes: list[str]) -> Pixels:
    """Return uint8 (rows, columns) of decoded values, grey, palette or red, green, blue."""
    photometric = _text(dataset, "PhotometricInterpretation")
    if values.ndim == 3:
        return _luma(values, _bits_stored(dataset))
    if photometric == "PALETTE COLOR":
        return _palette_luma(values, dataset)
    gray = _through_window(values, dataset, notes)
    return 255 - gray if photometric == "MONOCHROME1" else gray


def _luma(colours: Values, bits: int) -> Pixels:
    """Return uint8 (rows, columns) of red, green, blue (rows, columns, 3 or more) of the given depth in bits."""
    if bits > 8:
        colours = (colours * (255 / (2**bits - 1))).round().astype(np.uint8)
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(colours[..., :3], np.uint8), cv2.COLOR_RGB2GRAY), np.uint8)


def _palette_luma(values: Values, dataset: FileDataset) -> Pixels:
    colours = apply_color_lut(values, dataset)
    if colours.dtype == np.uint8:
        return _luma(colours, 8)
    _, is_little = dataset.original_encoding
    if not is_little and "RedPaletteColorLookupTableData" in dataset:
        colours = colours.byteswap()  # pydicom reads plain tables in the machine's own byte order, never the file's
    # Some writers keep entries of 8 bits in the low byte of 16.
    return _luma(colours if colours.max() < 256 else colours >> 8, 8)


def _through_window(values: Values, dataset: Dataset, notes: list[str]) -> Pixels:
    """Return uint8 (rows, columns) of grey values of any depth, through the file's modality and VOI transforms."""
    lowest, highest = int(values.min()), int(values.max())
    if highest - lowest >= 2**16:
        return _render(values, dataset, notes)
    # By a table of all levels: a picture's worth of float64 is eight times the picture, several times over.
    levels = np.arange(lowest, highest + 1).astype(values.dtype)
    table = _render(levels, dataset, notes)
    return table[values.astype(np.int64) - lowest]


def _render(values: Values, dataset: Dataset, notes: list[str]) -> Pixels:
    """Return uint8 in [0, 255] of stored grey values; what the file calls darkest is 0, brightest 255."""
    meant = apply_modality_lut(values, dataset)
    if _has_voi_table(dataset):
        depth = int(dataset.VOILUTSequence[0].LUTDescriptor[2])
        shown, low, high = apply_voi(meant, dataset), 0.0, 2.0**depth - 1
    elif _has_window(dataset):
        shown = apply_windowing(meant, dataset)
        low, high = (float(end) for end in apply_windowing(np.array([-1e12, 1e12]), dataset))
    elif meant is values and values.dtype.kind == "u" and _bits_stored(dataset) <= 8:
        shown, low, high = values, 0.0, 2.0 ** _bits_stored(dataset) - 1
    else:
        shown, low, high = meant, float(meant.min()), float(meant.max())
        notes.append("The file says neither what is black nor what is white: its darkest pixel is shown black, its brightest white.")
    scaled = (shown.astype(np.float64) - low) * (255 / ((high - low) or 1.0))
    return scaled.round().clip(0, 255).astype(np.uint8)


def _has_voi_table(dataset: Dataset) -> bool:
    tables = _value(dataset, "VOILUTSequence")
    return bool(tables) and all(tables[0].get(keyword) is not None for keyword in ("LUTDescriptor", "LUTData"))


def _has_window(dataset: Dataset) -> bool:
    """Whether centre and width are there and of use: a width of 0 is a placeholder that some machines write."""
    function = _text(dataset, "VOILUTFunction").upper()
    if not function and "VOILUTFunction" in dataset:
        del dataset.VOILUTFunction
    center, width = _number(dataset, "WindowCenter"), _number(dataset, "WindowWidth")
    if center is None or width is None or function not in ("", "LINEAR", "LINEAR_EXACT", "SIGMOID"):
        return False
    return width > 0 if function in ("LINEAR_EXACT", "SIGMOID") else width >= 1


def _bits_stored(dataset: Dataset) -> int:
    return _whole_number(dataset, "BitsStored") or int(dataset.BitsAllocated)


def _spacing(dataset: Dataset, shape: tuple[int, int], notes: list[str]) -> Spacing | None:
    """Return the one scale on which all credible regions agree, or None and a note why not."""
    regions: Iterable[Dataset] = _value(dataset, "SequenceOfUltrasoundRegions") or ()
    scales = [_scale(region) for region in regions if _lies_inside(region, shape)]
    found = [scale for scale in scales if scale is not None]
    if not found:
        notes.append(_NO_SCALE)
        return None
    if not all(_agree(scale, found[0]) for scale in found):
        notes.append(_SEVERAL_SCALES)
        return None
    return found[0]


def _lies_inside(region: Dataset, shape: tuple[int, int]) -> bool:
    """Whether a region is a rectangle inside the picture: one that is larger was copied from another. One pixel over is common."""
    ends = [_whole_number(region, f"RegionLocation{end}") for end in ("MinX0", "MaxX1", "MinY0", "MaxY1")]
    left, right, top, bottom = (-1 if end is None else end for end in ends)
    return 0 <= left < right <= shape[1] and 0 <= top < bottom <= shape[0]


def _scale(region: Dataset) -> Spacing | None:
    """Return a region's spacing if it shows tissue in two dimensions of space, in centimetres, of a credible size."""
    stated = [_whole_number(region, k) for k in ("RegionSpatialFormat", "PhysicalUnitsXDirection", "PhysicalUnitsYDirection")]
    if stated != [_SPATIAL_2D, _CENTIMETRES, _CENTIMETRES]:
        return None
    row_mm, column_mm = (abs(10 * (_number(region, k) or 0.0)) for k in ("PhysicalDeltaY", "PhysicalDeltaX"))
    if not all(_CREDIBLE_MM[0] <= size <= _CREDIBLE_MM[1] for size in (row_mm, column_mm)):
        return None
    return Spacing(row_mm, column_mm)


def _agree(one: Spacing, other: Spacing) -> bool:
    pairs = ((one.row_mm, other.row_mm), (one.column_mm, other.column_mm))
    return all(math.isclose(a, b, rel_tol=_SAME_SCALE) for a, b in pairs)


def _value(dataset: Dataset, keyword: str) -> Any:
    """Return an element's value, the first of several; None where it is absent or cannot be understood."""
    try:
        value = dataset.get(keyword)
    except Exception:  # noqa: BLE001 - converted only now, and a bad tag that the picture can do without must not cost the picture
        return None
    if isinstance(value, MultiValue):
        return value[0] if value else None
    return value


def _number(dataset: Dataset, keyword: str) -> float | None:
    try:
        number = float(_value(dataset, keyword))
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _whole_number(dataset: Dataset, keyword: str) -> int | None:
    number = _number(dataset, keyword)
    return int(number) if number is not None and number == int(number) else None


def _text(dataset: Dataset, keyword: str) -> str:
    value = _value(dataset, keyword)
    return "" if value is None else str(value).replace("\0", "").strip()


def _name(dataset: Dataset) -> str:
    """Return the patient's name as "Family, Given Middle", in letters where the file has it in letters."""
    name = _value(dataset, "PatientName")
    if not isinstance(name, PersonName):
        return _text(dataset, "PatientName")
    family, *given = (name.alphabetic or name.ideographic).replace("\0", "").split("^")[:3]
    return ", ".join(part for part in (family.strip(), " ".join(" ".join(given).split())) if part)


def _date(dataset: Dataset) -> str:
    """Return the study's date as year-month-day where it is one, else as the file writes it."""
    date = _text(dataset, "StudyDate")
    digits = date.replace(".", "")
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if len(digits) == 8 and digits.isdigit() else date


def _device(dataset: Dataset) -> str:
    maker, model = _text(dataset, "Manufacturer"), _text(dataset, "ManufacturerModelName")
    return model if maker and model.lower().startswith(maker.lower()) else f"{maker} {model}".strip()
