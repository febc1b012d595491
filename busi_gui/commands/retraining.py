"""`retrain`: propose networks that learned from approved cases. `replay-pack`: scans to rehearse on meanwhile."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from busi_gui import paths
from busi_gui.commands.training import need_weights
from busi_gui.commands.versions import store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from busi_gui.domain.approving import Approval
    from models.retraining.clinic import ClinicExample
    from models.retraining.events import Event, Tell
    from models.retraining.replay import Pack
    from models.versions import VersionStore

Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it

STOPPED = 3
"""Exit code of a run that was stopped by whoever started it: what was fitted is kept, the same command goes on."""

_MANUAL = """\
Learns from the cases that readers have approved in the Workspace; every fifth patient is held out, and compared on. The proposed networks are
kept with the others, see `versions list`; nobody is made to use them: `versions use NAME`. Killed and started again with the same cases, it goes on
from its last checkpoint.

Exit code 0: proposed, and may be adopted. 1: not proposed, or there are objections; they are said. 3: stopped.
"""


def add_retrain(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the command that retrains."""
    parser = commands.add_parser(
        "retrain",
        help="propose networks that learned from the cases approved in the Workspace",
        epilog=_MANUAL,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("workspace", nargs="?", metavar="WORKSPACE", help="a file or PostgreSQL address (default: the one in use)")
    parser.add_argument(
        "--pack",
        type=Path,
        metavar="FILE",
        help="replay pack to rehearse on and compare on (default: replay.pack with the user's data, or with the program)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON line an event on standard output, and nothing else there")
    parser.add_argument("--stop-with-input", action="store_true", help="end at once when standard input is closed")
    parser.set_defaults(run_command=_retrain)


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


def _retrain(options: argparse.Namespace) -> int:
    need_weights()
    if options.stop_with_input:
        _stand_back()
        threading.Thread(target=_end_with_input, daemon=True).start()
    from models.retraining.replay import read_pack

    cases = _cases(options.workspace)
    file = options.pack or paths.replay_pack()
    pack = None if file is None else read_pack(file)
    return _propose(cases, pack, _as_json if options.json else _in_words)


def _propose(cases: Sequence[ClinicExample], pack: Pack | None, tell: Tell) -> int:
    from models.retraining.events import Kept
    from models.retraining.proposing import Places, propose

    versions = store()
    in_use = versions.in_use()
    folder = _run_folder(cases, pack)
    places = Places(paths.weights_dir(), in_use.folder, paths.cache_dir(), folder / "run", folder / "proposal")
    shutil.rmtree(places.out, ignore_errors=True)  # of a run that was ended between its writing and its keeping
    decision = propose(cases, pack, _next_name(versions), places, tell)
    if places.out.is_dir() and _is_another(places.out, places.in_use):
        _sign(places.out)
        tell(Kept(versions.add(places.out).name))
    shutil.rmtree(folder, ignore_errors=True)
    return 0 if decision.may_adopt else 1


def _is_another(version: Path, other: Path) -> bool:
    """Whether two versions have other weights or another calibration: one that answers as another does is of no use beside it."""
    from models.weights import read_manifest

    return read_manifest(version).mark != read_manifest(other).mark


def _sign(version: Path) -> None:
    """Write into a finished version who made it, and a name that nothing made elsewhere has."""
    from busi_gui.store.reader import this_reader
    from models.weights import read_manifest

    manifest = read_manifest(version)
    replace(manifest, version=manifest.marked_name, who=this_reader()).write(version)


def _cases(workspace: str | None) -> list[ClinicExample]:
    """Return what is approved, as the networks take it."""
    from busi_gui.io.errors import ReadError
    from busi_gui.store.choice import place_in_use
    from busi_gui.store.workspace import Workspace, WorkspaceError

    try:
        held = Workspace(workspace if workspace is not None else place_in_use(paths.data_dir()))
        try:
            return [_case(approval) for approval in held.approved()]
        finally:
            held.close()
    except WorkspaceError as error:
        raise ReadError(str(error)) from error


def _case(approval: Approval) -> ClinicExample:
    from models.retraining.clinic import ClinicLesion, clinic_example

    lesions = tuple(ClinicLesion(lesion.mask, lesion.recorded_outcome.value) for lesion in approval.lesions)
    key = f"{approval.key}-{approval.frame}"
    return clinic_example(key, approval.group, approval.pixels, lesions, approval.kind.value, is_held_out=approval.is_held_out)


def _run_folder(cases: Sequence[ClinicExample], pack: Pack | None) -> Path:
    """Return where the run of these cases lives: the same cases go on, others begin anew."""
    from models.retraining.cases import digest_of
    from models.weights import read_manifest

    made_from = [*sorted(digest_of(case) for case in cases), pack.digest if pack is not None else ""]
    made_from += [network.sha256 for network in read_manifest(paths.weights_dir()).networks]
    return paths.data_dir() / "retraining" / hashlib.sha256(" ".join(made_from).encode()).hexdigest()[:16]


def _next_name(versions: VersionStore) -> str:
    """Return a name with the next number; the version's mark is added when it is finished, see ``_sign``."""
    from models.weights import read_manifest

    stem = f"{read_manifest(paths.weights_dir()).version}+clinic."
    numbered = (re.fullmatch(rf"{re.escape(stem)}(\d+)(\.[0-9a-f]+)?", entry.name) for entry in versions.versions())
    return f"{stem}{max((int(found[1]) for found in numbered if found), default=0) + 1}"


def _stand_back() -> None:
    """Let whoever reads scans on this computer go first."""
    if sys.platform == "win32":
        import ctypes

        below_normal = 0x4000
        ctypes.windll.kernel32.SetPriorityClass(ctypes.windll.kernel32.GetCurrentProcess(), below_normal)
    else:
        os.nice(10)


def _end_with_input() -> None:
    """End the process when nobody holds its input any more; what is written is written beside and renamed, so that nothing is half there."""
    sys.stdin.buffer.read()
    os._exit(STOPPED)


def _as_json(event: Event) -> None:
    sys.stdout.write(json.dumps(event.as_json()) + "\n")
    sys.stdout.flush()


def _in_words(event: Event) -> None:
    """Say on standard error what somebody at a terminal wants to know, and on standard output what came of it."""
    from models.retraining import events

    match event:
        case events.Planned():
            steps = ", ".join(f"{network} {number}" for network, number in event.steps.items())
            sys.stderr.write(f"{event.cases} cases to learn from, {event.held_out} to compare on. Steps: {steps}.\n")
        case events.Paced():
            sys.stderr.write(
                f"{event.network}: {event.seconds_a_step:.2f} s a step, about {max(event.seconds_left / 60, 1):.0f} minutes left for all.\n"
            )
        case events.Measured():
            base = "" if event.base is None else f", of other clinics {event.base:.3f}"
            sys.stderr.write(f"step {event.step}: Dice of held-out cases {event.clinic:.3f}{base}\n")
        case events.Examined():
            sys.stderr.writelines(f"{each['sentence']}\n" for each in event.suspicions)
        case events.Said():
            sys.stderr.write(f"{event.text}\n")
        case events.Judged():
            verdict = "may be adopted" if event.may_adopt else "is not to be adopted" if event.comparison is not None else "Nothing was fitted"
            sys.stdout.write(f"{'The proposal ' if event.comparison is not None else ''}{verdict}.\n")
            sys.stdout.writelines(f"* {sentence}\n" for sentence in (*event.objections, *event.remarks))
        case events.Kept():
            sys.stdout.write(f"Kept as {event.version}. See: python main.py versions list\n")
