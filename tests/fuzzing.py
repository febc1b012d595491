"""Damages files at random, by a seed, and has them opened in processes of their own, which may crash, hang, or take too much memory.

The short run among the tests and the long one in ``benchmarks/fuzz_readers.py`` share it.
"""

from __future__ import annotations

import json
import os
import selectors
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

import numpy as np

from tests.builders import png_chunk

ROOT = Path(__file__).resolve().parents[1]
LONGEST_S = 30.0
"""From when on a file hangs. That it takes too much time is found by the process itself, which knows how much of it was its own."""
_LOADING_S = 120.0
_TELLING = (0, 1, 2, 3, 7, 8, 16, 127, 128, 255, 256, 257, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)

Random = np.random.Generator
Mutation = Callable[[Random, bytearray, bytes], bytearray]


# What is done to a file. Each takes random numbers, its bytes, and those of another file.


def _place(rng: Random, content: bytearray, room: int = 0) -> int:
    """Choose a place, as often among the first bytes, where headers are, as anywhere else."""
    last = max(1, len(content) - room)
    return int(rng.integers(0, min(last, int(rng.choice([40, 400, last, last])))))


def flip_bits(rng: Random, content: bytearray, other: bytes) -> bytearray:
    for _ in range(int(rng.integers(1, 9))):
        if content:
            content[_place(rng, content)] ^= 1 << int(rng.integers(0, 8))
    return content


def cut_short(rng: Random, content: bytearray, other: bytes) -> bytearray:
    return content[: _place(rng, content)] if rng.random() < 0.5 else content[: len(content) - int(rng.integers(1, 40))]


def splice(rng: Random, content: bytearray, other: bytes) -> bytearray:
    at, end = _place(rng, content), _place(rng, bytearray(other))
    return content[:at] + bytearray(other[end:])


def transplant(rng: Random, content: bytearray, other: bytes) -> bytearray:
    start = _place(rng, bytearray(other))
    part = other[start : start + int(rng.integers(1, 200))]
    at = _place(rng, content)
    content[at : at + len(part)] = part
    return content


def lie_in_a_field(rng: Random, content: bytearray, other: bytes) -> bytearray:
    """Write a telling number over two or four bytes."""
    kind = str(rng.choice(["<H", ">H", "<I", ">I", "B"]))
    size = struct.calcsize(kind)
    if len(content) > size:
        at = _place(rng, content, size)
        struct.pack_into(kind, content, at, int(rng.choice(_TELLING)) & (256**size - 1))
    return content


def lie_about_a_length(rng: Random, content: bytearray, other: bytes) -> bytearray:
    """Change a number that could be a length or a place: one that is not 0 and no larger than the file."""
    kind = str(rng.choice(["<H", ">H", "<I", ">I"]))
    size = struct.calcsize(kind)
    for _ in range(60):
        at = _place(rng, content, size)
        if at + size > len(content):
            break
        (value,) = struct.unpack_from(kind, content, at)
        if 0 < value <= len(content):
            told = int(rng.choice([value - 1, value + 1, value * 2, value // 2, len(content), rng.choice(_TELLING)]))
            struct.pack_into(kind, content, at, told & (256**size - 1))
            break
    return content


def insert(rng: Random, content: bytearray, other: bytes) -> bytearray:
    at = _place(rng, content)
    content[at:at] = rng.integers(0, 256, int(rng.integers(1, 30)), dtype=np.uint8).tobytes()
    return content


def delete(rng: Random, content: bytearray, other: bytes) -> bytearray:
    at = _place(rng, content)
    del content[at : at + int(rng.integers(1, 60))]
    return content


def blank(rng: Random, content: bytearray, other: bytes) -> bytearray:
    at, length = _place(rng, content), int(rng.integers(2, 300))
    content[at : at + length] = bytes([int(rng.choice([0, 0, 255]))]) * len(content[at : at + length])
    return content


def repeat(rng: Random, content: bytearray, other: bytes) -> bytearray:
    at = _place(rng, content)
    part = bytes(content[at : at + int(rng.integers(4, 400))])
    content[at:at] = part * int(rng.integers(1, 6))
    return content


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits,
    cut_short,
    splice,
    transplant,
    lie_in_a_field,
    lie_in_a_field,
    lie_about_a_length,
    lie_about_a_length,
    insert,
    delete,
    blank,
    repeat,
)


def mend_png(content: bytes) -> bytes:
    """Give each chunk the checksum of what it holds now, so that more than checksums is tried."""
    place, chunks = 8, [content[:8]]
    while place + 12 <= len(content):
        length, name = struct.unpack_from(">I4s", content, place)
        if place + 12 + length > len(content):
            break
        chunks.append(png_chunk(name, content[place + 8 : place + 8 + length]))
        place += 12 + length
    return b"".join(chunks) + content[place:]


def repack_png(rng: Random, content: bytes) -> bytes:
    """Change the rows inside the compressed pixels."""
    start, end = content.find(b"IDAT"), content.find(b"IEND")
    if start < 0 or end < start + 12:
        return content
    try:
        rows = bytearray(zlib.decompress(content[start + 4 : end - 8]))
    except zlib.error:
        return content
    rows = MUTATIONS[int(rng.integers(len(MUTATIONS)))](rng, rows, content)
    return content[: start - 4] + png_chunk(b"IDAT", zlib.compress(bytes(rows))) + content[end - 4 :]


def mend_riff(content: bytes) -> bytes:
    """State the length that the file has now."""
    return content[:4] + struct.pack("<I", max(0, len(content) - 8)) + content[8:]


def mutated(rng: Random, content: bytes, other: bytes) -> bytes:
    """Return a file after one to four changes; half of the formats that check themselves are made to agree with themselves again."""
    if content.startswith(b"\x89PNG") and rng.random() < 0.2:
        return mend_png(repack_png(rng, content))
    changed = bytearray(content)
    for _ in range(int(rng.choice([1, 1, 1, 2, 3, 4]))):
        changed = MUTATIONS[int(rng.integers(len(MUTATIONS)))](rng, changed, other)
    result = bytes(changed)
    if content.startswith(b"\x89PNG") and rng.random() < 0.75:
        return mend_png(result)
    if content.startswith(b"RIFF") and rng.random() < 0.5:
        return mend_riff(result)
    return result


def damaged_files(seeds: dict[str, bytes], count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield damaged files with the names of what they were made from; each seed is used as often as any other."""
    names = sorted(seeds)
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        name = names[number % len(names)]
        alike = [other for other in names if other.partition("/")[0] == name.partition("/")[0]]
        other = str(rng.choice(alike if rng.random() < 0.7 else names))
        yield name, mutated(rng, seeds[name], seeds[other])


# Having them opened


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    Attributes
    ----------
    name
        Of the seed.
    verdict
        ``"scan"``, ``"refused"``, or ``"failure"``: neither, as it must be.
    reason
        The refusal without the file's name, or what went wrong.
    path
        The file, kept where it is a failure.
    """

    name: str
    verdict: str
    reason: str
    path: Path


READER = (sys.executable, "-X", "faulthandler", "-m", "tests.fuzz_reader")


class Reader:
    """A process that opens files; a new one is started when it dies or must be stopped.

    Parameters
    ----------
    command
        Starts it. It says a first line when it is ready, and answers each path on standard input with a line.
    """

    def __init__(self, command: Sequence[str] = READER) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    def open(self, path: Path) -> tuple[str, str]:
        """Have a file opened; return verdict and reason."""
        process = self._process if self._process is not None and self._process.poll() is None else self._start()
        assert process.stdin is not None
        process.stdin.write(os.fsencode(path) + b"\n")
        process.stdin.flush()
        line = self._line(process, LONGEST_S)
        if line is None:
            self.close()
            return "failure", f"it took more than {LONGEST_S:.0f} s"
        if not line:
            code = process.wait()
            return "failure", f"the process died with code {code}: {self._last_words()}"
        verdict, reason = json.loads(line)
        return verdict, reason

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
            self._words.close()

    def _start(self) -> subprocess.Popen[bytes]:
        self.close()
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        self._process = subprocess.Popen(self._command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._words)
        if not self._line(self._process, _LOADING_S):
            raise RuntimeError(f"the reading process does not start: {self._last_words()}")
        return self._process

    def _line(self, process: subprocess.Popen[bytes], seconds: float) -> bytes | None:
        """Return what it says next: empty when it has died, None when it says nothing in time."""
        assert process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            return process.stdout.readline() if selector.select(seconds) else None

    def _last_words(self) -> str:
        self._words.seek(0)
        return self._words.read().decode(errors="replace")[-2000:]


def try_files(files: Iterable[tuple[str, bytes]], folder: Path, readers: int, command: Sequence[str] = READER) -> Iterator[Outcome]:
    """Write each file into a folder and have it opened; only failures are kept there. The order is that of the files."""
    idle: SimpleQueue[Reader] = SimpleQueue()
    everyone = [Reader(command) for _ in range(readers)]
    for reader in everyone:
        idle.put(reader)

    def attempt(numbered: tuple[int, tuple[str, bytes]]) -> Outcome:
        number, (name, content) = numbered
        path = folder / f"{number:06}_{name.replace('/', '_')}"
        if name.startswith("index/"):  # an index is known by its name
            path.mkdir()
            path /= "DICOMDIR"
        path.write_bytes(content)
        reader = idle.get()
        try:
            verdict, reason = reader.open(path)
        finally:
            idle.put(reader)
        if verdict != "failure":
            path.unlink()
            if path.name == "DICOMDIR":
                path.parent.rmdir()
        return Outcome(name, verdict, reason, path)

    try:
        with ThreadPoolExecutor(readers) as pool:
            yield from pool.map(attempt, enumerate(files))
    finally:
        for reader in everyone:
            reader.close()
