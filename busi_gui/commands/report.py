"""`report`: documents and pictures are written from what was measured."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from busi_gui import paths

Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it


def add_report(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the command that writes the documents."""
    parser = commands.add_parser("report", help="write figures and plots into the documents, from what was measured")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 where a document does not say what the files say")
    parser.add_argument("--docs", type=Path, default=paths.docs_dir(), metavar="DIR", help="the documents, with measures/ and figures/ in it")
    parser.add_argument("--card", type=Path, default=paths.model_card(), metavar="FILE.md", help="the model card that the program shows")
    parser.add_argument("--networks", type=Path, default=paths.weights_dir(), metavar="DIR", help="folder of a version of the networks")
    parser.set_defaults(run_command=_report)


def _report(options: argparse.Namespace) -> int:
    from busi_gui.io.errors import ReadError
    from models.reporting.report import Places, check_report, write_report
    from models.reporting.sources import ReportError

    if options.docs is None:
        raise ReadError("There are no documents here: they lie beside the source. Name their folder with --docs.")
    places = Places(options.networks, options.docs, options.card)
    try:
        found = check_report(places) if options.check else write_report(places)
    except ReportError as error:
        raise ReadError(str(error)) from error
    for path in found:
        sys.stdout.write(f"{path}: does not say what was measured\n" if options.check else f"{path}\n")
    if options.check and found:
        sys.stderr.write("Write them anew with: python main.py report\n")
    return 1 if options.check and found else 0
