"""What the measuring commands share: their arguments, the scans they take, and the file that they write."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from busi_gui import paths
from models.analysis import Analysis, FoundLesion
from models.datasets import Example, counts, read_datasets, select
from models.measuring.looks import LOG_FILE, note_look, sentence_about
from models.measuring.records import overlap
from models.pipeline import Pipeline
from models.preprocessing import Mask

LEAST_DICE = 0.5
"""From this Dice on a lesion counts as the one that was found."""


class Measuring:
    """One run of a measuring command: what it was told, its scans and networks, and where its figures go.

    Attributes
    ----------
    options
        The parsed arguments: ``datasets``, ``split``, ``seed``, ``resamples``, ``out``, and the command's own.
    examples
        The scans of the split, without those that the data sets' audit objects to.
    """

    def __init__(self, name: str, parser: argparse.ArgumentParser, splits: Sequence[str] = ("validation", "held-out")) -> None:
        parser.add_argument("datasets", nargs="+", type=Path, metavar="DATASET", help="BUSI and BUS-BRA, or a folder that holds them")
        parser.add_argument("--split", choices=splits, default="validation")
        parser.add_argument("--networks", type=Path, default=paths.weights_dir(), metavar="DIR", help="folder of a version of the networks")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--resamples", type=int, default=1000, help="draws of groups behind each interval")
        parser.add_argument("--limit", type=int, help="only so many scans of each data set and class, to try it out")
        parser.add_argument("--out", type=Path, default=paths.measures_dir() / f"{name}.json")
        self.options = parser.parse_args()
        self.examples = _some(
            [e for e in select(read_datasets(self.options.datasets), self.options.split) if not e.objection], self.options.limit, self.options.seed
        )
        self.pipeline = Pipeline.load(self.options.networks, paths.cache_dir())
        if self.options.split == "held-out":
            self._note_look()

    @property
    def thresholds(self) -> dict[str, float]:
        """Of each operating point, by its name."""
        return {point.name: point.threshold for point in self.pipeline.manifest.operating_points}

    def write(self, rows: Sequence[Mapping[str, Any]], summary: Mapping[str, Any], **data: Any) -> None:
        """Write the figures beside, then rename; ``data`` is what is to be said of the scans besides."""
        content = {
            "command": self._command(),
            "networks": {"version": self.pipeline.manifest.version, "hashes": dict(self.pipeline.info.hashes)},
            "data": {"split": self.options.split, "scans": len(self.examples), "counts": counts(self.examples), **data},
            "seed": self.options.seed,
            "rows": list(rows),
            "summary": dict(summary),
        }
        self.options.out.parent.mkdir(parents=True, exist_ok=True)
        beside = self.options.out.with_suffix(".partial")
        beside.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        beside.replace(self.options.out)
        print(f"\nwritten to {self.options.out.name}")

    def _note_look(self) -> None:
        log = paths.measures_dir() / LOG_FILE
        info = self.pipeline.info
        print(sentence_about(note_look(log, self._command(), info.version, info.hashes, self.examples), len(self.examples), log), file=sys.stderr)

    def _command(self) -> str:
        """Return how to do it again; where data and results lie on a machine is nobody else's business."""
        own = {"datasets", "networks", "out"}
        said = [f"--{key} {value}" for key, value in vars(self.options).items() if key not in own and value is not None]
        return " ".join([f"python benchmarks/{Path(sys.argv[0]).name} DATASET", *said])


def _some(examples: Sequence[Example], limit: int | None, seed: int) -> list[Example]:
    if limit is None:
        return list(examples)
    rng = np.random.default_rng(seed)
    kinds = sorted({(e.dataset, e.label) for e in examples})
    by_kind = [[e for e in examples if (e.dataset, e.label) == kind] for kind in kinds]
    return [each[place] for each in by_kind for place in sorted(rng.permutation(len(each))[:limit])]


def best_lesion(analysis: Analysis, truth: Mask) -> tuple[FoundLesion | None, float]:
    """Return the lesion that overlaps most with the annotated mask, which is not empty, and its Dice; None where none was found."""
    scored = [(lesion, overlap(lesion.mask, truth)[0]) for lesion in analysis.lesions]
    return max(scored, key=lambda pair: pair[1], default=(None, 0.0))


def shown(figure: Mapping[str, Any], width: int = 22) -> str:
    """Return a figure with its interval for a table."""
    if figure["value"] is None:
        return "–".rjust(width)
    return f"{figure['value']:.3f} ({figure['low']:.3f}–{figure['high']:.3f})".rjust(width)
