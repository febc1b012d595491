"""The headless commands. Results go to standard output, progress and complaints to standard error.

Exit codes: 0 all done, 1 something failed and was named, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from busi_gui import __version__, paths
from busi_gui.commands import analyze, compare, evaluate, exchange, report, retraining, training, versions
from busi_gui.commands.inputs import files_of
from busi_gui.commands.networks import load_networks


def main(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code; argparse exits with 2 on wrong usage."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    for stream in (sys.stdout, sys.stderr):  # a file name may hold what the terminal's encoding has not
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.run_command
    from busi_gui.io.errors import ReadError, WriteError
    from models.analysis import NetworkError
    from models.datasets import DatasetError

    try:
        versions.resolve_networks(options)
        return command(options)
    except ModuleNotFoundError as error:
        _complain(training.without_library(error.name or "a package"))
        return 1
    except (NetworkError, DatasetError, ReadError, WriteError, OSError) as error:
        _complain(str(error))
        return 1
    except KeyboardInterrupt:
        _complain("Stopped. What was finished is kept; the same command goes on from there.")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="main.py", description="Reads breast ultrasound. Without a command: main.py [SCAN] opens the window.")
    parser.add_argument("--version", action="version", version=f"busi-gui {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    analyze.add_analyze(commands)
    analyze.add_worker(commands)
    _add_info(commands)
    exchange.add_export(commands, load_networks)
    exchange.add_import(commands)
    evaluate.add_evaluate(commands, load_networks)
    report.add_report(commands)
    training.add_train(commands)
    compare.add_compare(commands)
    retraining.add_retrain(commands)
    retraining.add_replay_pack(commands)
    versions.add_versions(commands)
    convert = commands.add_parser("convert", help="prepare the networks for this computer (once for each version)")
    versions.add_networks(convert)
    convert.set_defaults(run_command=_convert)
    commands.add_parser("decode").set_defaults(run_command=_decode)  # not listed: the program asks it of itself
    return parser


def _add_info(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("info", help="say what files are: kind, frames, size and scale; never whom they show")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files, folders with all below them, or a disc's DICOMDIR")
    parser.add_argument("--json", action="store_true", help="one JSON line a file on standard output, and nothing else there")
    parser.set_defaults(run_command=_info)


def _info(options: argparse.Namespace) -> int:
    from busi_gui.io.info import describe, sentence_of

    is_clean = True
    for path in files_of(options.paths):
        description = describe(path)
        is_clean &= "error" not in description
        if options.json:
            sys.stdout.write(json.dumps(description) + "\n")
        elif "error" in description:
            _complain(description["error"])
        else:
            sys.stdout.write(sentence_of(description) + "\n")
        sys.stdout.flush()
    return 0 if is_clean else 1


def _convert(options: argparse.Namespace) -> int:
    from models.weights import derived_files, read_manifest

    if derived_files(options.networks, read_manifest(options.networks), paths.cache_dir()).are_there:
        return 0
    training.need_weights()
    from models.convert import convert_version

    convert_version(options.networks, paths.cache_dir(), training.tell)
    return 0


def _decode(_options: argparse.Namespace) -> int:
    from busi_gui.io.decoding.decoders import serve

    serve()
    return 0


def _complain(text: str) -> None:
    sys.stderr.write(text + "\n")
