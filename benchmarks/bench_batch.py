"""`analyze` over many scans, beside the networks alone on as many cores; its memory; and a run that is killed and goes on.

The two take turns: while the networks alone work, every process of the batch is stopped, and the other way round, so that a machine whose speed
drifts slows both alike; quote the ratio. The scans are a few, over and over, so that each turn has the same work. Memory is what all processes of the
batch hold together, pages that they share counted once. Linux only: it reads /proc and stops processes by signals.

    python benchmarks/bench_batch.py [--scans 1000] [--datasets DIR] [--out FILE.json]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.synchronize import Barrier
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np

from busi_gui import paths
from busi_gui.domain.synthetic import synthetic_scan
from busi_gui.io.inputs import expand_paths
from busi_gui.io.scans import read_scan
from models.pipeline import Pipeline

DIFFERENT = 20
"""Scans that differ; the others are copies."""
SIZES = ((240, 288), (300, 400), (480, 640), (600, 800), (768, 1024))
KINDS = ("benign", "malignant", "normal")
TURN = 3 * DIFFERENT
SAMPLE_S = 1.0
CORES = len(os.sched_getaffinity(0))
MIB = 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scans", type=int, default=1000)
    parser.add_argument("--datasets", type=Path, metavar="DIR", help="take scans from here, not synthetic ones")
    parser.add_argument("--out", type=Path, metavar="FILE.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        base = write_base(folder / "base", options.datasets)
        write_copies(folder / "scans", base, options.scans)
        figures = {"cores": CORES, "scans": options.scans, "different": len(base), **measure(folder, base, options.scans)}
        figures |= killed_and_again(folder, min(options.scans, 100))
    if options.out is not None:
        options.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def write_base(folder: Path, datasets: Path | None) -> list[Path]:
    folder.mkdir()
    if datasets is not None:
        found = expand_paths([datasets])
        places = np.linspace(0, len(found) - 1, min(DIFFERENT, len(found))).astype(int)
        return [Path(shutil.copy(found[place], folder / f"{number:02}{found[place].suffix}")) for number, place in enumerate(places)]
    base = []
    for number in range(DIFFERENT):
        path = folder / f"{number:02}.png"
        cv2.imwrite(str(path), synthetic_scan(number, KINDS[number % len(KINDS)], SIZES[number % len(SIZES)])[0])
        base.append(path)
    return base


def write_copies(folder: Path, base: list[Path], number: int) -> None:
    folder.mkdir()
    for place in range(number):
        path = base[place % len(base)]
        shutil.copy(path, folder / f"scan_{place:05}{path.suffix}")


class Batch:
    """A running `analyze`, whose processes can be stopped and go on: how many records it has told, and the most memory that it held until each."""

    def __init__(self, scans: Path, out: Path) -> None:
        command = [*paths.own_command(), "analyze", str(scans), "--out", str(out), "--json"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.told = 0
        self.peaks: dict[int, int] = {}
        self._peak = 0
        threading.Thread(target=self._watch, daemon=True).start()

    def until(self, number: int) -> bool:
        """Wait until so many records are told; False where it ends before."""
        assert self.process.stdout is not None
        while self.told < number:
            if not self.process.stdout.readline():
                return False
            self.told += 1
            self.peaks[self.told] = self._peak
        return True

    def pids(self) -> list[int]:
        return list(tree(self.process.pid))

    def signal(self, which: signal.Signals) -> None:
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, which)

    def _watch(self) -> None:
        turn = threading.Event()
        while self.process.poll() is None:
            self._peak = max(self._peak, sum(map(memory_of, self.pids())))
            turn.wait(SAMPLE_S)


def tree(pid: int) -> Iterator[int]:
    """Yield a process and all below it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in task.read_text().split():
                yield from tree(int(child))


def memory_of(pid: int) -> int:
    """Return the bytes that a process holds, of what it shares its part; 0 where it is gone."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return 1024 * next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)


class Networks:
    """As many processes as cores, each with networks of one thread and the pixels in memory; in a turn they share out each scan once."""

    def __init__(self, base: list[Path]) -> None:
        spawned = multiprocessing.get_context("spawn")
        self._barrier: Barrier = spawned.Barrier(CORES + 1)
        self._next, self._rates = spawned.Value("i", 0), spawned.Array("d", CORES)
        each = (base, self._barrier, self._next, self._rates)
        self._workers = [spawned.Process(target=ask_networks, args=(number, *each), daemon=True) for number in range(CORES)]
        for worker in self._workers:
            worker.start()
        self._barrier.wait()

    def turn(self) -> float:
        """Return scans a second: the sum of what each process has done until it ran out of scans."""
        self._next.value = 0
        self._barrier.wait()
        self._barrier.wait()
        return sum(self._rates)

    def end(self) -> None:
        for worker in self._workers:
            worker.kill()
            worker.join()


def ask_networks(number: int, base: list[Path], barrier: Barrier, following: Any, rates: Any) -> None:
    cv2.setNumThreads(1)
    pipeline = Pipeline.load(paths.weights_dir(), paths.cache_dir(), threads=1)
    scans = [read_scan(path).pixels for path in base]
    pipeline.analyse(scans[0])
    barrier.wait()
    while True:
        barrier.wait()
        done, start = 0, perf_counter()
        while (place := take(following)) < len(scans):
            pipeline.analyse(scans[place])
            done += 1
        rates[number] = done / (perf_counter() - start)
        barrier.wait()


def take(following: Any) -> int:
    with following.get_lock():
        following.value += 1
        return int(following.value) - 1


def measure(folder: Path, base: list[Path], scans: int) -> dict[str, Any]:
    """Return the ratio of rates and the memory, and leave the records in ``out``."""
    networks = Networks(base)
    begin = perf_counter()
    batch = Batch(folder / "scans", folder / "out")
    batch.until(1)
    first_s = perf_counter() - begin
    ratios: list[float] = []
    spent = first_s
    print(f"{CORES} cores, {scans} scans, {len(base)} of them different; the first record after {first_s:.1f} s")
    alone: list[float] = []
    while batch.told < scans:
        start, from_ = perf_counter(), batch.told
        batch.until(min(scans, from_ + TURN))
        took = perf_counter() - start
        spent += took
        batch.signal(signal.SIGSTOP)
        alone.append(networks.turn())
        batch.signal(signal.SIGCONT)
        ratios.append((batch.told - from_) / took / alone[-1])
        print(f"{batch.told:6} scans: {ratios[-1]:.3f} of the networks alone; at most {batch.peaks[batch.told] / MIB:.0f} MiB so far", flush=True)
    networks.end()
    batch.process.communicate()
    ratios = ratios[:-1] if scans % TURN != 1 and len(ratios) > 1 else ratios  # a short turn tells little
    whole = scans / spent / median(alone)
    peaks = {str(number): round(batch.peaks[number] / MIB) for number in sorted({min(100, scans), min(500, scans), scans})}
    print(f"median {median(ratios):.3f} of the networks alone; with the start {whole:.3f}; peak MiB {peaks}; exit code {batch.process.returncode}")
    return {"ratio": median(ratios), "ratio_with_start": whole, "first_record_s": first_s, "peak_mib": peaks, "exit_code": batch.process.returncode}


def killed_and_again(folder: Path, number: int) -> dict[str, Any]:
    """Kill a run over the first scans in its middle and start it again: it must do only what is missing and end with the same records."""
    out = folder / "out again"
    files = sorted((folder / "scans").iterdir())
    for path in files[number:]:
        path.unlink()
    killed = Batch(folder / "scans", out)
    killed.until(number // 2)
    workers = killed.pids()[1:]
    killed.process.kill()
    killed.process.communicate()
    done = {path: path.stat().st_mtime_ns for path in out.glob("*.json")}
    again = Batch(folder / "scans", out)
    _, said = again.process.communicate()
    untouched = sum(path.stat().st_mtime_ns == when for path, when in done.items())
    names = [path.stem for path in files[:number]]
    same = sum(record(out / f"{name}.json") == record(folder / "out" / f"{name}.json") for name in names)
    left = [pid for pid in workers if Path(f"/proc/{pid}").exists()]
    print(
        f"killed after {len(done)} of {number}; started again: {said.splitlines()[0] if said else 'nothing said'} {untouched} were left as they were,"
    )
    print(f"{same} records of {number} are those of the run that was not killed; processes left of the killed run: {len(left)}")
    return {"killed_after": len(done), "untouched": untouched, "same_records": same, "of": number, "processes_left": len(left)}


def record(path: Path) -> dict[str, Any]:
    """Return what a record says, how long it took aside."""
    return {key: value for key, value in json.loads(path.read_text(encoding="utf-8")).items() if key != "timings_ms"}


if __name__ == "__main__":
    main()
