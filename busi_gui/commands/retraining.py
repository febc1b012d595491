"""`replay-pack`: scans of the shipped networks' own data in one file, to rehearse on while the networks are fitted to a clinic's cases."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it


def add_replay_pack(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the command that makes a replay pack."""
    parser = commands.add_parser("replay-pack", help="put scans of annotated data sets into one file, for retraining to rehearse on")
    parser.add_argument("data", type=Path, nargs="+", metavar="DATASET", help="annotated data sets that the networks were trained on")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the file to write")
    parser.add_argument("--most", type=_enough, metavar="N", help="scans at most, a quarter of them to compare on (default: 400)")
    parser.set_defaults(run_command=_make)


def _enough(text: str) -> int:
    number = int(text)
    if number < 8:
        raise argparse.ArgumentTypeError(f"{text} scans are too few")
    return number


def _make(options: argparse.Namespace) -> int:
    from models.datasets import read_datasets
    from models.retraining.replay import MOST, make_pack

    pack = make_pack(read_datasets(options.data), options.out, options.most or MOST)
    sys.stdout.write(f"{options.out}: {pack.about}\n")
    return 0
