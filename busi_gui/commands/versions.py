"""`versions`: the networks on this computer, which of them are in use, and networks that come and go as one file."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from busi_gui import paths

if TYPE_CHECKING:
    from models.analysis import NetworksChange, VersionEntry
    from models.versions import VersionStore

Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it


def add_versions(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the command that lists, chooses, exports and imports versions of the networks."""
    parser = commands.add_parser("versions", help="list the networks, choose which are in use, carry them to another computer")
    steps = parser.add_subparsers(required=True, metavar="STEP")
    listing = steps.add_parser("list", help="every version, and which is in use")
    listing.set_defaults(run_command=_list)
    use = steps.add_parser("use", help="put a version in use, from the next start of a window on")
    use.add_argument("name", metavar="NAME")
    use.set_defaults(run_command=lambda options: _said(store().adopt(options.name, _who())))
    back = steps.add_parser("back", help="put in use what was in use before; again: what was before that")
    back.set_defaults(run_command=lambda _options: _said(store().back(_who())))
    export = steps.add_parser("export", help="write a version into one file")
    export.add_argument("name", metavar="NAME")
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help="a new file, such as NAME.busi-networks")
    export.set_defaults(run_command=_export)
    import_ = steps.add_parser("import", help="take in a version from a file; it is not in use before you say so")
    import_.add_argument("file", type=Path, metavar="FILE", help="what export wrote, from somebody whom you trust")
    import_.set_defaults(run_command=_import)
    for step in (listing, import_):
        step.add_argument("--json", action="store_true", help="one JSON line a version on standard output, and nothing else there")


def store() -> VersionStore:
    """Return the versions of this computer: the one that came with the program, and those that are kept with the reader's work."""
    from models.versions import VersionStore

    return VersionStore(paths.weights_dir(), paths.versions_dir())


def add_networks(parser: argparse.ArgumentParser) -> None:
    """Let a command be told which networks answer; without a word those in use do, see ``resolve_networks``."""
    parser.add_argument("--networks", type=Path, metavar="DIR", help="folder of a version of the networks (default: those in use)")


def resolve_networks(options: argparse.Namespace) -> None:
    """Put the networks in use where a command could be told of others and was not."""
    if getattr(options, "networks", "") is None:
        options.networks = networks_in_use()


def networks_in_use() -> Path:
    """Return the folder of the networks in use, and say on standard error where they are not the chosen ones."""
    in_use = store().in_use()
    if in_use.problem:
        sys.stderr.write(f"{in_use.problem}\n")
    return in_use.folder


def _who() -> str:
    from busi_gui.store.reader import this_reader

    return this_reader()


def _list(options: argparse.Namespace) -> int:
    versions = store()
    if problem := versions.in_use().problem:
        sys.stderr.write(f"{problem}\n")
    for entry in versions.versions():
        _show(entry, as_json=options.json)
    return 0


def _show(entry: VersionEntry, *, as_json: bool) -> None:
    if as_json and entry.evidence is not None:
        entry = replace(entry, evidence=replace(entry.evidence, comparison=None))  # it holds pictures, and stands in the version's own file
    sys.stdout.write(f"{json.dumps(asdict(entry)) if as_json else _line(entry)}\n")


def _line(entry: VersionEntry) -> str:
    kept = "shipped" if entry.is_shipped else "kept" if entry.is_adopted else "proposal"
    parent = f"made from {entry.parent}{'' if entry.is_parent_here else ', which is not here'}" if entry.parent else ""
    parts = [entry.created, kept, parent, f"by {entry.who}" if entry.who else "", entry.learned_from, entry.origin, entry.problem]
    return f"{'*' if entry.is_in_use else ' '} {entry.name}: {'; '.join(filter(None, parts))}"


def _said(change: NetworksChange) -> int:
    sys.stdout.write(f"The networks {change.after} are in use, in place of {change.before}. A window that is open takes them at its next start.\n")
    return 0


def _export(options: argparse.Namespace) -> int:
    from models.analysis import NetworkError

    if options.out.exists():
        raise NetworkError(f"{options.out} is there already. Name a new file with --out.")
    store().export(options.name, options.out, _who())
    sys.stdout.write(f"{options.out}\n")
    return 0


def _import(options: argparse.Namespace) -> int:
    _show(store().import_(options.file), as_json=options.json)
    return 0
