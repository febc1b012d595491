"""Opens the files whose paths come on standard input, and says of each what became of it: verdict and reason as a JSON line.

A file may cost 1 GiB more than is taken when everything is loaded; more is a MemoryError, which is a failure: the files are small. It may cost 5 s of
the processor's time.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
import traceback
import zlib
from pathlib import Path

import numpy as np

from busi_gui.domain.scan import Scan
from busi_gui.io.decoding import process as decoder_process
from busi_gui.io.errors import ReadError
from busi_gui.io.marks import is_index_name
from busi_gui.io.scans import open_scan, scans_in

_MORE_BYTES = 2**30
_MOST_SECONDS = 5.0


def verdict_on(path: Path) -> tuple[str, str]:
    """Return ``"scan"``, ``"refused"`` or ``"failure"``, and the reason."""
    start = time.process_time()
    verdict, reason = _outcome(path)
    seconds = time.process_time() - start
    return (verdict, reason) if seconds <= _MOST_SECONDS else ("failure", f"it took {seconds:.1f} s")


def _outcome(path: Path) -> tuple[str, str]:
    try:
        if is_index_name(path):
            scans_in(path)
            return "scan", ""
        return _read_some_frames(path)
    except ReadError as error:
        return _judged(path, error)
    except BaseException:  # noqa: BLE001 - whatever else comes is what is looked for
        return "failure", traceback.format_exc()[-2000:]


def _read_some_frames(path: Path) -> tuple[str, str]:
    refusals = []
    with open_scan(path) as file:
        count = file.frame_count
        frames = {0, count - 1, file.first_readable, zlib.crc32(path.name.encode()) % count}
        for frame in sorted(frames):
            try:
                _check(file.read(frame), frame, count)
            except ReadError as error:
                refusals.append(_judged(path, error))
    return next((judged for judged in refusals if judged[0] == "failure"), refusals[0] if len(refusals) == len(frames) else ("scan", ""))


def _check(scan: Scan, frame: int, count: int) -> None:
    assert scan.pixels.dtype == np.uint8
    assert (scan.frame, scan.frame_count) == (frame, count)
    assert scan.coloured is None or scan.coloured.shape == scan.shape
    assert all(warning.endswith(".") for warning in scan.warnings)


def _judged(path: Path, error: ReadError) -> tuple[str, str]:
    """Judge a refusal: a sentence that names the file, and no lack of memory."""
    message = str(error)
    is_right = path.name in message and message.endswith(".") and "more memory" not in message
    return "refused" if is_right else "failure", message.replace(path.name, "FILE")


def limit_memory() -> None:
    """Let no more than 1 GiB be taken from now on, where the system tells how much is taken."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    statistics = Path("/proc/self/statm")
    if statistics.exists():
        taken = int(statistics.read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + _MORE_BYTES, taken + _MORE_BYTES))


def main() -> None:
    """Answer until standard input ends."""
    # What decoders print must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    limit_memory()
    decoder_process.SHARED.start()
    answers.write("ready\n")
    answers.flush()
    for line in sys.stdin.buffer:
        answers.write(json.dumps(verdict_on(Path(os.fsdecode(line.rstrip(b"\n"))))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
