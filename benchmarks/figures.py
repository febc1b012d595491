"""What the benchmarks of speed share: the file that takes their figures. Python alone, for what is measured is loaded later."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any


def environment_of_a_user() -> dict[str, str]:
    """Return the environment, in which Python keeps what it has compiled, as it does unless it is told otherwise."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


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


def middle_and_p99(name: str, times_ms: Sequence[float]) -> dict[str, float]:
    """Return median and 99th percentile of some times, of which there are several."""
    return {f"{name}_ms": median(times_ms), f"{name}_p99_ms": quantiles(times_ms, n=100, method="inclusive")[98]}
