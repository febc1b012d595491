"""`evaluate`: the networks are measured on an annotated data set, and looks at held-out scans are noted."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from busi_gui import paths
from busi_gui.commands.versions import add_networks

if TYPE_CHECKING:
    from models.datasets import Example
    from models.pipeline import Pipeline

Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it
_SYNONYMS = {"test": "held-out"}


def add_evaluate(commands: Commands[argparse.ArgumentParser], load_networks: Callable[[Path], Pipeline]) -> None:
    """Add the command that evaluates."""
    parser = commands.add_parser("evaluate", help="measure the networks on an annotated data set")
    parser.add_argument("dataset", type=Path, metavar="DATASET", help="BUSI or BUS-BRA layout, or a folder that holds such folders")
    parser.add_argument(
        "--split",
        type=lambda text: _SYNONYMS.get(text, text),
        choices=("validation", "held-out", "all"),
        default="held-out",
        help="which scans; test is another word for held-out (the default). Looks at held-out scans are noted",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.json")
    add_networks(parser)
    parser.set_defaults(run_command=lambda options: _evaluate(options, load_networks))


def print_figures(metrics: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
    """Write the figures of each data set to standard output."""
    for dataset, figures in metrics.items():
        sys.stdout.write(f"{dataset}\n")
        for name, figure in figures.items():
            if figure["value"] is not None:
                sys.stdout.write(f"  {name:29} {figure['value']:.3f}  ({figure['low']:.3f} to {figure['high']:.3f}; {figure['scans']} scans)\n")


def _evaluate(options: argparse.Namespace, load_networks: Callable[[Path], Pipeline]) -> int:
    from tqdm import tqdm

    from models.datasets import split_of
    from models.measuring import evaluation, looks

    examples = _chosen(options.dataset, options.split, options.networks)
    pipeline = load_networks(options.networks)
    info = replace(pipeline.info, hashes=pipeline.info.hashes or looks.weights_hashes(options.networks))
    command = f"evaluate {options.dataset.resolve().name} --split {options.split}"
    held_out = [example for example in examples if split_of(example) == "held-out"]
    if held_out:
        log = paths.measures_dir() / looks.LOG_FILE
        earlier = looks.note_look(log, command, info.version, info.hashes, held_out)
        _complain(looks.sentence_about(earlier, len(held_out), log))
    with tqdm(total=len(examples), unit="scan", disable=None, file=sys.stderr) as bar:
        records = evaluation.run(pipeline, examples, lambda _: bar.update())
    report = evaluation.measured(command, records, pipeline.manifest.operating_points, info, examples, options.split)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    beside = options.out.with_name(f"{options.out.name}.partial")
    beside.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    beside.replace(options.out)
    print_figures(report["metrics"])
    return 0


def _chosen(dataset: Path, split: str, version: Path) -> Sequence[Example]:
    from models.datasets import DatasetError, read_datasets, select
    from models.measuring.evaluation import without_seen
    from models.weights import read_seen

    examples: Sequence[Example] = select(read_datasets([dataset]), split)
    if split == "held-out":
        chosen = len(examples)
        examples = without_seen(examples, read_seen(version))
        if len(examples) < chosen:
            _complain(f"{chosen - len(examples)} scans are left out: the networks have seen them, or something like them.")
    if not examples:
        raise DatasetError(f"{dataset} has no {split} scan.")
    return examples


def _complain(text: str) -> None:
    sys.stderr.write(text + "\n")
