"""The headless commands. Results go to standard output, progress and complaints to standard error.

Exit codes: 0 all done, 1 something failed and was named, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from busi_gui import __version__, paths
from busi_gui.commands import compare, evaluate, exchange, report, retraining, training, versions

if TYPE_CHECKING:
    from busi_gui.io.inputs import Frames
    from busi_gui.io.results import Result
    from models.pipeline import Pipeline

COMMANDS = (
    "analyze",
    "info",
    "export",
    "import",
    "evaluate",
    "report",
    "train",
    "compare",
    "retrain",
    "replay-pack",
    "versions",
    "convert",
    "decode",
)


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
    _add_analyze(commands)
    _add_info(commands)
    exchange.add_export(commands, _pipeline)
    exchange.add_import(commands)
    evaluate.add_evaluate(commands, _pipeline)
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


def _add_analyze(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("analyze", help="outline and diagnose the lesions of scans")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files, or folders with all below them")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where results are written")
    parser.add_argument("--json", action="store_true", help="one JSON line a frame on standard output, and nothing else there")
    parser.add_argument("--identity", action="store_true", help="write name, number and date of the patient into the records as well")
    parser.add_argument(
        "--frames",
        type=_frames,
        default="first",
        metavar="first|all|N,M...",
        help='which frames of a cine, counted from 0 as in the JSON\'s "frame" (default: the first that can be read)',
    )
    parser.add_argument("--point", default="", metavar="NAME", help="operating point, such as sensitive or balanced (default: the networks' first)")
    versions.add_networks(parser)
    parser.set_defaults(run_command=_analyze)


def _add_info(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("info", help="say what files are: kind, frames, size and scale; never whom they show")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files, folders with all below them, or a disc's DICOMDIR")
    parser.add_argument("--json", action="store_true", help="one JSON line a file on standard output, and nothing else there")
    parser.set_defaults(run_command=_info)


def _frames(text: str) -> Frames:
    from busi_gui.io.inputs import parse_frames

    try:
        return parse_frames(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _files(options: argparse.Namespace) -> list[Path]:
    from busi_gui.io.inputs import expand_paths
    from busi_gui.io.scans import KINDS

    files = expand_paths(options.paths)
    if not files:
        raise OSError(f"{', '.join(map(str, options.paths))}: no scan that can be opened: no {KINDS} file.")
    return files


def _info(options: argparse.Namespace) -> int:
    from busi_gui.io.info import describe, sentence_of

    is_clean = True
    for path in _files(options):
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


def _analyze(options: argparse.Namespace) -> int:
    from tqdm import tqdm

    from busi_gui.io.inputs import result_names
    from busi_gui.io.results import analyse_files

    files = _files(options)
    options.out.mkdir(parents=True, exist_ok=True)
    pipeline = _pipeline(options.networks)
    exchange.check_point(pipeline.info, options.point)
    is_clean = True
    results = partial(analyse_files, pipeline, result_names(files), options.out, options.frames)
    with tqdm(total=len(files), unit="frame", disable=None, file=sys.stderr) as bar:

        def count(frames: int) -> None:
            bar.total += frames - 1

        for result in results(count, with_identity=options.identity, point=options.point):
            is_clean &= result.error is None
            with bar.external_write_mode(sys.stderr):
                _show(result, as_json=options.json, out=options.out)
            bar.update()
    return 0 if is_clean else 1


def _show(result: Result, *, as_json: bool, out: Path) -> None:
    if as_json:
        sys.stdout.write(json.dumps(result.record) + "\n")
        sys.stdout.flush()
    elif result.error is not None:
        _complain(result.error)
    else:
        sys.stdout.write(f"{result.sentence} Pictures: {out / result.name}_*.png\n")


def _convert(options: argparse.Namespace) -> int:
    from models.weights import derived_files, read_manifest

    if derived_files(options.networks, read_manifest(options.networks), paths.cache_dir()).are_there:
        return 0
    training.need_libraries()
    from models.convert import convert_version

    convert_version(options.networks, paths.cache_dir(), training.tell)
    return 0


def _decode(_options: argparse.Namespace) -> int:
    from busi_gui.io.decoding.decoders import serve

    serve()
    return 0


def _pipeline(version: Path) -> Pipeline:
    """Load the networks; where they were never converted, do so first in a process of its own, for this one never imports TensorFlow."""
    from models.analysis import NetworkError, NotConverted
    from models.pipeline import Pipeline

    try:
        return Pipeline.load(version, paths.cache_dir())
    except NotConverted:
        _complain("Preparing the networks for this computer; this is done once.")
        command = [*paths.own_command(), "convert", "--networks", str(version)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            said = [line for line in done.stderr.splitlines() if line.strip() and "%" not in line] or ["it ended early"]
            raise NetworkError(f"The networks could not be prepared: {said[-1]}. Close other programs and try again.") from None
        return Pipeline.load(version, paths.cache_dir())


def _complain(text: str) -> None:
    sys.stderr.write(text + "\n")
