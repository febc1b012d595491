"""What the benchmarks of speed share: the file that takes their figures, and the networks run in another way."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import models.committee
import models.pipeline
from models.analysis import FloatMap

Network = Callable[[FloatMap], list[FloatMap]]
"""Takes a batch of one and returns its outputs."""


def add_out(parser: argparse.ArgumentParser) -> None:
    """Let a benchmark be told where its figures go."""
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the figures as JSON besides")


def write_figures(out: Path | None, figures: Mapping[str, Any]) -> None:
    """Write figures beside, then rename; nothing where no file was named."""
    if out is None:
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = out.with_name(f"{out.name}.{os.getpid()}.partial")
    beside.write_text(json.dumps(figures, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    beside.replace(out)


@contextmanager
def networks_run_by(network: Callable[[Path, int], Network]) -> Iterator[None]:
    """Let the pipelines that are loaded meanwhile run each flatbuffer's network in another way, made from its path and the number of threads."""
    with patch.object(models.pipeline, "Flatbuffer", network), patch.object(models.committee, "Flatbuffer", network):
        yield
