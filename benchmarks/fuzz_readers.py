"""The long run of what tests/io/test_fuzz.py does in short: damages files of every kind and has them opened.

Prints what became of them by kind, and every failure with the file, which is kept. Quote files, seed and the printed versions.

    nice python benchmarks/fuzz_readers.py --files 20000 --seed 1 [--kinds png,tiff] [--keep DIR]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter, defaultdict
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.fuzz_seeds import make_seeds
from tests.fuzzing import Outcome, damaged_files, try_files

LIBRARIES = ("pillow", "opencv-python-headless", "numpy", "pydicom", "pyjpegls", "pylibjpeg-openjpeg", "python-gdcm")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--readers", type=int, default=2)
    parser.add_argument("--kinds", default="", help="only seeds whose names begin so")
    parser.add_argument("--keep", type=Path, default=None, help="where failures are kept")
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="fuzz_"))
    folder.mkdir(parents=True, exist_ok=True)
    seeds = {name: content for name, content in make_seeds().items() if name.startswith(tuple(options.kinds.split(",")))}
    start = perf_counter()
    outcomes = []
    for outcome in try_files(damaged_files(seeds, options.files, options.seed), folder, options.readers):
        outcomes.append(outcome)
        if outcome.verdict == "failure":
            print(f"FAILURE {outcome.path}\n    {outcome.reason}", flush=True)
    print(f"{len(outcomes)} files from {len(seeds)} seeds, seed {options.seed}, {perf_counter() - start:.0f} s, Python {sys.version.split()[0]}")
    print(", ".join(f"{name} {version(name)}" for name in LIBRARIES))
    _tell(outcomes)
    return int(any(outcome.verdict == "failure" for outcome in outcomes))


def _tell(outcomes: list[Outcome]) -> None:
    verdicts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for outcome in outcomes:
        kind = outcome.name.partition("/")[0]
        verdicts[kind][outcome.verdict] += 1
        if outcome.verdict == "refused":
            reasons[kind]["".join("#" if letter.isdigit() else letter for letter in outcome.reason)[:90]] += 1
    for kind, counts in verdicts.items():
        print(f"{kind:10} {counts['scan']:6} scans {counts['refused']:6} refused {counts['failure']:4} failures")
        for reason, count in reasons[kind].most_common(12):
            print(f"    {count:6} {reason}")


if __name__ == "__main__":
    sys.exit(main())
