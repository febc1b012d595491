"""`compare`: the systems of a well-known pipeline, and further ones, trained and evaluated on one footing."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from busi_gui import paths
from busi_gui.commands.training import need_libraries

if TYPE_CHECKING:
    from models.comparing.system_fits import Options
    from models.datasets import Example

Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it

_MANUAL = """\
grouped: every scan is tested once, by networks that saw nothing of its group. This is the comparison.
leaky:   flipped copies are made before a random split, as in the reference. Its figures are wrong by construction, and show how wrong.

On two idle cores, BUSI with the defaults is estimated at 85 minutes grouped and 40 leaky: for one image of 192 px 0.035 s in EfficientNetB0,
0.093 s in ResNet50, 0.045 s in U-Net++, and 20 s a fit. Killed and started again, it goes on. A file that holds the other protocol's
figures keeps them.
"""

_MARKS = ("accuracy", "sensitivity", "specificity", "precision", "auc", "dice")


def add_compare(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the command that compares."""
    parser = commands.add_parser(
        "compare",
        help="train and evaluate several systems on one footing",
        epilog=_MANUAL,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("datasets", type=Path, nargs="+", metavar="DATA", help="BUSI or BUS-BRA layout, or folders that hold such folders")
    parser.add_argument("--run", type=Path, required=True, metavar="DIR", help="where fits and answers live")
    parser.add_argument("--protocol", choices=("grouped", "leaky"), default="grouped")
    parser.add_argument("--systems", type=lambda text: text.split(","), metavar="NAME,...", help="default: all that the protocol knows")
    parser.add_argument("--folds", type=int, help="of the grouped protocol (default: the official five where all data bring them, else three)")
    parser.add_argument("--test", type=_folds, default=(), metavar="FOLD,...", help="of the grouped protocol: which folds are tested (default: all)")
    parser.add_argument("--epochs", type=int, help="passes of every fit (default: 12 grouped, 6 leaky)")
    parser.add_argument("--size", type=int, default=192, metavar="PX", help="side of every network's input (default: 192)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--init", default="imagenet", metavar="imagenet|random|PATH", help="where the weights start (default: imagenet)")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.json")
    parser.set_defaults(run_command=_compare)


def _folds(text: str) -> tuple[int, ...]:
    """Return folds, counted from 1 by people and from 0 by the run."""
    return tuple(int(part) - 1 for part in text.split(","))


def _compare(options: argparse.Namespace) -> int:
    need_libraries()
    from models.comparing import grouped, leaky
    from models.comparing.system_fits import Options
    from models.datasets import read_datasets

    examples = read_datasets(options.datasets)
    is_leaky = options.protocol == "leaky"
    epochs = (leaky.EPOCHS if is_leaky else grouped.EPOCHS) if options.epochs is None else options.epochs
    fitting = Options(options.size, epochs, options.seed, options.init)
    folder = options.run / options.protocol
    # Keras draws its progress on standard output, which is for the figures.
    with contextlib.redirect_stdout(sys.stderr):
        report = (_leaky if is_leaky else _grouped)(examples, options, fitting, folder)
    _write(options.out, options.protocol, report)
    _print_table(report)
    return 0


def _grouped(examples: Sequence[Example], options: argparse.Namespace, fitting: Options, folder: Path) -> dict[str, Any]:
    from models.comparing import grouped
    from models.comparing.systems import SYSTEMS, chosen_systems

    systems = chosen_systems(options.systems or list(SYSTEMS))
    folds = grouped.default_folds(examples) if options.folds is None else options.folds
    run = grouped.GroupedRun(examples, systems, folds, fitting, folder, options.test)
    run.run(_tell)
    _note_look(options, [e for e in run.examples if run.fold_of[e.group] in run.tested])
    return run.report()


def _leaky(examples: Sequence[Example], options: argparse.Namespace, fitting: Options, folder: Path) -> dict[str, Any]:
    from models.comparing import leaky

    run = leaky.LeakyRun(examples, leaky.chosen_systems(options.systems), fitting, folder)
    run.run(_tell)
    _note_look(options, examples)
    return run.report()


def _note_look(options: argparse.Namespace, examples: Sequence[Example]) -> None:
    """Note that the shipped networks' held-out scans are about to be measured, though by other networks: who sees that, has seen them."""
    from models.datasets import split_of
    from models.measuring.looks import LOG_FILE, note_look

    held_out = [e for e in examples if split_of(e) == "held-out"]
    if held_out:
        names = " ".join(root.resolve().name for root in options.datasets)
        note_look(paths.measures_dir() / LOG_FILE, f"compare {names} --protocol {options.protocol}", "compared systems", {}, held_out)


def _write(out: Path, protocol: str, report: dict[str, Any]) -> None:
    """Put a protocol's figures into the file, which may hold the other's already."""
    held = json.loads(out.read_text(encoding="utf-8")) if out.is_file() else {}
    content = {"command": "compare", **{name: held[name] for name in ("grouped", "leaky") if name in held}, protocol: report}
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = out.with_name(f"{out.name}.partial")
    beside.write_text(json.dumps(dict(sorted(content.items())), indent=2) + "\n", encoding="utf-8")
    beside.replace(out)


def _print_table(report: dict[str, Any]) -> None:
    if "warning" in report:
        sys.stdout.write(f"\n*** {report['warning']} ***\n\n")
    datasets = list(next(iter(report["systems"].values()))["metrics"])
    for dataset in datasets[:1] if len(datasets) == 2 else datasets:  # of a single data set, "pooled" says the same again
        sys.stdout.write(f"{dataset:18}" + "".join(f"{mark:>22}" for mark in _MARKS) + "\n")
        for name, system in report["systems"].items():
            sys.stdout.write(f"{name:18}" + "".join(f"{_cell(system['metrics'][dataset].get(mark)):>22}" for mark in _MARKS) + "\n")
        for pair, difference in report.get("differences", {}).items():
            sys.stdout.write(f"AUC, {pair}: {_cell(difference[dataset])}\n")


def _cell(figure: dict[str, Any] | None) -> str:
    if figure is None or figure["value"] is None:
        return "–"
    return f"{figure['value']:.3f} ({figure['low']:.3f}–{figure['high']:.3f})"


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
