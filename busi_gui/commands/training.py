"""`train`: fit the networks, all of them or one by one, and make a version of them."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from busi_gui import paths
from busi_gui.commands import evaluate

if TYPE_CHECKING:
    from models.datasets import Example

Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it
_FIT_OPTIONS = ("epochs", "batch_size", "learning_rate", "seed")


def add_train(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the command that trains, with its steps."""
    parser = commands.add_parser("train", help="fit the networks; killed and started again, it goes on where it was")
    steps = parser.add_subparsers(required=True, metavar="STEP")
    _add_all(steps)
    for step, text in (("segmenter", "fit U-Net++"), ("classifier", "cross-fit the masks, then fit a guided EfficientNetB0")):
        fitting = steps.add_parser(step, help=text)
        _add_data(fitting)
        fitting.add_argument("--epochs", type=_positive, help="passes over the training scans")
        fitting.add_argument("--batch-size", type=_positive)
        fitting.add_argument("--learning-rate", type=float, help="highest rate of the cosine")
        fitting.add_argument("--seed", type=int, default=0)
        fitting.add_argument("--init", default="imagenet", metavar="imagenet|random|PATH", help="where the weights start (default: imagenet)")
        if step == "segmenter":
            fitting.add_argument("--encoder", choices=("efficientnetb0", "plain"), default="efficientnetb0")
        else:
            fitting.add_argument("--fold-epochs", type=_positive, help="passes of each cross-fitted segmenter")
            fitting.add_argument("--view", choices=("scan", "lesion"), default="scan", help="what the classifier looks at (default: scan)")
        fitting.set_defaults(run_command=_train, step=step)
    bundle = steps.add_parser("bundle", help="calibrate, measure and write a version of the networks")
    _add_data(bundle, "where the run lives; or a version, whose weights are calibrated and measured anew")
    bundle.add_argument("--version", required=True)
    bundle.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder")
    bundle.set_defaults(run_command=_bundle)


def _add_all(steps: Commands[argparse.ArgumentParser]) -> None:
    every = steps.add_parser("all", help="everything, from data sets to a version: cross-fitted segmenters, segmenter, classifiers, bundle")
    _add_data(every)
    every.add_argument("--seed", type=int, default=0)
    every.add_argument("--init", default="imagenet", metavar="imagenet|random|PATH", help="where the weights start (default: imagenet)")
    for name in ("fold-epochs", "segmenter-epochs", "classifier-epochs"):
        every.add_argument(f"--{name}", type=_positive, help=f"passes of each {name.split('-')[0]} (default: as the shipped version)")
    every.add_argument("--version", required=True)
    every.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder")
    every.set_defaults(run_command=_train_all)


def _add_data(parser: argparse.ArgumentParser, what: str = "where the run and its checkpoints live") -> None:
    parser.add_argument("--data", type=Path, nargs="+", required=True, metavar="DIR", help="annotated data sets")
    parser.add_argument("--run", type=Path, default=Path("runs/default"), metavar="DIR", help=what)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def _train(options: argparse.Namespace) -> int:
    need_libraries()
    from models import crossfit, training

    examples = _examples(options.data)
    changes = {name: value for name in _FIT_OPTIONS if (value := getattr(options, name)) is not None}
    if options.step == "segmenter":
        path = crossfit.train_segmenter(examples, options.run, replace(training.SEGMENTER_RECIPE, **changes), options.init, options.encoder)
    else:
        folds = replace(crossfit.FOLD_RECIPE, epochs=options.fold_epochs or crossfit.FOLD_RECIPE.epochs, seed=options.seed)
        path = crossfit.train_classifier(examples, options.run, replace(training.CLASSIFIER_RECIPE, **changes), options.init, folds, options.view)
    sys.stdout.write(f"{path}\n")
    return 0


def _train_all(options: argparse.Namespace) -> int:
    need_libraries()
    from models import crossfit
    from models.claiming import check_new

    check_new(options.out)  # before the fits: not after a night
    given = (options.fold_epochs, options.segmenter_epochs, options.classifier_epochs)
    crossfit.train_all(_examples(options.data), options.run, crossfit.recipes(options.seed, *given), options.init)
    return _bundle(options)


def _bundle(options: argparse.Namespace) -> int:
    need_libraries()
    from models.bundle import make_version

    examples = _examples(options.data)
    manifest = make_version(examples, options.run, options.out, paths.cache_dir(), options.version, tell, paths.measures_dir())
    evaluate.print_figures(manifest.metrics["held-out"]["metrics"])
    return 0


def _examples(roots: list[Path]) -> list[Example]:
    from models.datasets import read_datasets

    return read_datasets(roots)


def need_libraries() -> None:
    """Complain in words, as a NetworkError, where what trains from nothing is not installed; quieten it where it is."""
    from models.analysis import NetworkError

    quieten()
    if not _are_there("tensorflow", "keras"):
        way = "Networks are trained from nothing with the program's source." if paths.is_built() else "They are installed by: make run"
        raise NetworkError(f"This needs TensorFlow and Keras, which this installation comes without. {way}")


def need_weights() -> None:
    """Complain in words, as a NetworkError, where what reads weights is not installed: without it nothing is retrained or prepared."""
    from models.analysis import NetworkError

    quieten()  # an architecture without a template is computed by TensorFlow
    if not _are_there("h5py"):
        raise NetworkError(without_library("h5py"))


def quieten() -> None:
    """Have TensorFlow, where it is loaded, not write pages about what it has not got before it says anything of use."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("absl").setLevel(logging.ERROR)


def _are_there(*modules: str) -> bool:
    from importlib.util import find_spec

    return all(find_spec(module) is not None for module in modules)


def without_library(name: str) -> str:
    """Return what to do where a library of retraining is not there, a sentence for the reader."""
    way = "Install the full variant of the program." if paths.is_built() else "It is installed by: make run"
    return f"This needs {name}, which this installation comes without. {way}"


def tell(stage: str, fraction: float) -> None:
    """Say on standard error how far a command is."""
    sys.stderr.write(f"{100 * fraction:3.0f} %  {stage}\n")
