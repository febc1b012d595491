"""`export` and `import`: what readers drew leaves the program, and masks drawn elsewhere come in."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from busi_gui import paths
from busi_gui.commands.versions import add_networks

if TYPE_CHECKING:
    from busi_gui.services.export_run import ExportSummary, Networks, Report
    from busi_gui.services.import_run import ImportSummary
    from busi_gui.store.workspace import Workspace
    from models.analysis import NetworkInfo

Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it
_MOST_NAMED = 5
"""Pictures that are named where a reader's work was kept; with more of them, how many."""


def add_export(commands: Commands[argparse.ArgumentParser], load_networks: Callable[[Path], Networks]) -> None:
    """Add the command that exports; the networks are loaded only where they are asked for."""
    parser = commands.add_parser("export", help="write what readers outlined as a data set or a table")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files, or folders with all below them")
    parser.add_argument("--format", choices=("busi", "coco", "csv"), required=True, help="class folders with masks, COCO, or a table of measures")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR|FILE", help="a new folder; of a table a new file")
    parser.add_argument("--with-network", action="store_true", help="where no reader has touched a file, write the networks' outlines")
    parser.add_argument("--keep-names", action="store_true", help="call the files as they are called here; their names may name patients")
    parser.add_argument("--force", action="store_true", help="an earlier export in the same place may be replaced")
    parser.add_argument("--point", default="", metavar="NAME", help="operating point of a table with networks (default: the networks' first)")
    add_networks(parser)
    _add_common(parser)
    parser.set_defaults(run_command=lambda options: _export(options, load_networks))


def add_import(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the command that imports."""
    parser = commands.add_parser("import", help="take over masks that were drawn elsewhere, for readers to correct")
    parser.add_argument("folder", type=Path, metavar="DIR", help="a data set; of COCO's also its JSON file")
    parser.add_argument("--format", choices=("busi", "coco", "auto"), default="auto", help="default: what the folder looks like")
    parser.add_argument("--force", action="store_true", help="masks that a reader has touched may be replaced too; what he drew stays in the history")
    _add_common(parser)
    parser.set_defaults(run_command=_import)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--workspace",
        type=_place,
        default=None,
        metavar="FILE|URL",
        help="where readers' work is kept (default: the window's own)",
    )
    parser.add_argument("--json", action="store_true", help="a summary as one JSON line on standard output, and nothing else there")


def _place(text: str) -> Path | str:
    return text if "://" in text else Path(text)


def _export(options: argparse.Namespace, load_networks: Callable[[Path], Networks]) -> int:
    from busi_gui.io.errors import WriteError
    from busi_gui.io.inputs import expand_paths
    from busi_gui.io.scans import KINDS
    from busi_gui.services.export_run import ExportFormat, ExportOptions, run_export

    files = expand_paths(options.paths)
    if not files:
        raise OSError(f"{', '.join(map(str, options.paths))}: no scan that can be opened: no {KINDS} file.")
    how = ExportOptions(options.with_network, options.keep_names, options.force, options.point)
    try:
        with _workspace(options.workspace) as workspace, _progress("file") as report:
            summary = run_export(files, ExportFormat(options.format), options.out, how, workspace, partial(_networks, options, load_networks), report)
    except KeyboardInterrupt:
        raise WriteError(f"Stopped: {options.out} was not written.") from None
    _say({**asdict(summary), "format": options.format, "out": str(summary.out)}, _export_sentence(summary), summary.problems, as_json=options.json)
    return 1 if summary.problems else 0


def _networks(options: argparse.Namespace, load_networks: Callable[[Path], Networks]) -> Networks:
    networks = load_networks(options.networks)
    check_point(networks.info, options.point)
    return networks


def check_point(network: NetworkInfo, name: str) -> None:
    """Raise NetworkError where the networks have no operating point of this name; empty is their first."""
    from models.analysis import NetworkError

    names = [point.name for point in network.operating_points]
    if name and name not in names:
        raise NetworkError(f"These networks have no operating point called {name}. They have: {', '.join(names)}.")


def _import(options: argparse.Namespace) -> int:
    from busi_gui.io.imports.datasets import read_dataset
    from busi_gui.services.import_run import store_dataset

    dataset = read_dataset(options.folder, options.format)
    with _workspace(options.workspace) as workspace, _progress("picture") as report:
        summary = store_dataset(options.folder, dataset, workspace, is_overwriting=options.force, report=report)
    first = str(summary.first) if summary.first is not None else None
    _say({**asdict(summary), "folder": str(summary.folder), "first": first}, _import_sentence(summary), summary.problems, as_json=options.json)
    return 1 if summary.problems else 0


@contextmanager
def _workspace(place: Any) -> Iterator[Workspace]:
    from busi_gui.io.errors import ReadError
    from busi_gui.store.choice import place_in_use
    from busi_gui.store.workspace import Workspace, WorkspaceError

    try:
        workspace = Workspace(place if place is not None else place_in_use(paths.data_dir()))
        try:
            yield workspace
        finally:
            workspace.close()
    except WorkspaceError as error:
        raise ReadError(str(error)) from error


@contextmanager
def _progress(unit: str) -> Iterator[Report]:
    from tqdm import tqdm

    with tqdm(unit=unit, disable=None, file=sys.stderr) as bar:

        def report(_name: str, done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield report


def _say(record: dict[str, object], sentence: str, problems: Sequence[str], *, as_json: bool) -> None:
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    sys.stdout.write(f"{json.dumps(record) if as_json else sentence}\n")


def _export_sentence(summary: ExportSummary) -> str:
    classes = ", ".join(f"{count} {name}" for name, count in summary.classes.items())
    left = f" {summary.untouched} files that no reader has touched are left out." if summary.untouched else ""
    return f"{summary.out}: {summary.frames} frames ({classes}) with {summary.lesions} lesions.{left}"


def _import_sentence(summary: ImportSummary) -> str:
    parts = [f"{summary.folder}: the masks of {summary.stored} pictures are taken over, {summary.lesions} lesions."]
    if summary.unchanged:
        parts.append(f"{summary.unchanged} had them already.")
    if summary.kept:
        names = ", ".join(summary.kept) if len(summary.kept) <= _MOST_NAMED else f"{len(summary.kept)} pictures"
        parts.append(f"What readers drew is kept: {names}. Replace it with --force.")
    return " ".join(parts)
