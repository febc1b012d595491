"""Files of scans -> their analyses as files, one frame after another."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from busi_gui.domain.case import analysed_case
from busi_gui.domain.scan import Scan
from busi_gui.io.earlier import Terms
from busi_gui.io.errors import ReadError, WriteError, unreadable
from busi_gui.io.inputs import Frames
from busi_gui.io.results import file_record, record_of, sentence_of, write_result
from busi_gui.io.scan_file import ScanFile
from busi_gui.io.scans import open_scan
from models.analysis import Analysis

_log = logging.getLogger(__name__)


class Analyser(Protocol):
    """What is asked of a pipeline; ``models.pipeline.Pipeline`` has it."""

    def analyse(self, pixels: npt.NDArray[np.uint8]) -> Analysis:
        """Analyse a scan, uint8 (rows, columns)."""


@dataclass(frozen=True)
class Result:
    """What became of one frame of a file, or of a file that could not be opened.

    Attributes
    ----------
    name
        Stem of the written files.
    record
        The JSON record; with ``error`` in it where it failed.
    sentence
        The same in words; empty where it failed or was done before.
    error
        Why it failed, None where it did not.
    """

    name: str
    record: dict[str, Any]
    sentence: str = ""
    error: str | None = None


def analyse_files(pipeline: Analyser, files: Sequence[tuple[Path, str]], terms: Terms) -> Iterator[Result]:
    """Analyse files in turn, each given with the stem of its results, see `analyse_file`."""
    for path, name in files:
        yield from analyse_file(pipeline, path, name, terms)


def analyse_file(pipeline: Analyser, path: Path, name: str, terms: Terms, count: Callable[[int], object] = lambda _: None) -> Iterator[Result]:
    """Read, analyse and write frames of a file; what fails becomes a result with an error, and the others go on.

    What was done before is not done again.

    Parameters
    ----------
    name
        The stem of its results. Where a file of several frames is asked for more than its first, their numbers are added to it.
    count
        Told, once the file is open, how many of its frames are asked for.
    """
    start = perf_counter()
    try:
        about = _facts(path)
        with open_scan(path) as file:
            chosen = _chosen(file, terms.frames)
            count(len(chosen))
            for frame in chosen:
                yield _result_of(pipeline, file, frame, _Place(terms, terms.stem(name, frame, file.frame_count), about), start)
                start = perf_counter()
    except ReadError as error:
        yield failed(path, name, str(error))
    except Exception as error:  # noqa: BLE001 - a bug costs one file of thousands, and is logged
        _log.exception("%s", path.name)
        yield failed(path, name, _bug(path, error))


def failed(path: Path, name: str, why: str, **of_frame: Any) -> Result:
    """Return the result of a file that could not be analysed."""
    return Result(name, {"path": str(path), **of_frame, "error": why}, error=why)


def _bug(path: Path, error: Exception) -> str:
    return f"{path.name} could not be analysed: something unexpected went wrong ({type(error).__name__}: {error})."


def _facts(path: Path) -> dict[str, int]:
    try:
        return file_record(path)
    except OSError as error:
        raise unreadable(path, error) from error


def _chosen(file: ScanFile, frames: Frames) -> Sequence[int | None]:
    """Return frames by their numbers; None is the first that can be read."""
    if frames == "first":
        return (None,)
    return range(file.frame_count) if isinstance(frames, str) else frames


def _read(file: ScanFile, frame: int | None) -> Scan:
    if frame is None:
        return file.read_first()[0]
    if frame >= file.frame_count:
        raise ReadError(f"{file.path.name} has no frame {frame}: it has {file.frame_count}, and they are counted from 0.")
    return file.read(frame)


@dataclass(frozen=True)
class _Place:
    """Where a frame's results go and on what terms, and what the file system says of its file."""

    terms: Terms
    stem: str
    file: dict[str, int]


def _result_of(pipeline: Analyser, file: ScanFile, frame: int | None, place: _Place, start: float) -> Result:
    terms, stem = place.terms, place.stem
    if (earlier := terms.earlier_record(file.path, stem)) is not None:
        return Result(stem, earlier)
    try:
        scan = _read(file, frame)
        read_ms = 1000 * (perf_counter() - start)
        case = analysed_case(scan, pipeline.analyse).at_point(terms.network.operating_point.name)
        record = {**record_of(case, read_ms, with_identity=terms.with_identity), "file": place.file}
        return Result(stem, write_result(case, record, terms.out, stem), sentence_of(case))
    except (ReadError, WriteError) as error:
        return failed(file.path, stem, str(error), frame=file.first_readable if frame is None else frame)
