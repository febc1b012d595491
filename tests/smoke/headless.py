"""What the built program does without a window."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from busi_gui import __version__, licences, paths
from busi_gui.store import schema, upgrade
from models.weights import MANIFEST_FILE, read_manifest
from tests.smoke.proofs import Proofs
from tests.smoke.room import ROOT, Room
from tests.smoke.scans import TOLERANCE, difference, write_scans

_GPL_LIBRARIES = ("libreadline*", "libgdbm*", "readline*.so")
"""What a Python of Linux brings along, and nobody who hands the program on may."""


def headless_proofs(room: Room, proofs: Proofs) -> None:
    """Run them all."""
    _prove_the_room(room, proofs)
    proofs.prove("its version is the source's", lambda: _unlike(room.run("--version").stdout.strip(), f"busi-gui {__version__}"))
    proofs.prove("nothing in it is under the GPL, and its licences are in it", partial(_gpl_in_it, room))
    names = write_scans(room.folder / "scans")
    for sample in paths.samples_dir().glob("*_synthetic.*"):
        shutil.copy(sample, room.folder / "scans")
    proofs.prove(f"samples and {len(names)} files of every coding are analysed as by the source, to {TOLERANCE:g}", partial(_as_by_the_source, room))
    proofs.prove("nothing was converted, nor anything else left in the home", lambda: ", ".join(map(str, room.home.rglob("*"))))
    for name in ("busi", "coco", "csv"):
        proofs.prove(f"export as {name} writes what the source writes", partial(_exported_as_by_the_source, room, name))
    proofs.prove("a Workspace of the first version is brought to this one, and a copy kept", partial(_upgraded, room))
    proofs.prove("a Workspace of a newer program is refused in words and left as it is", partial(_newer_left_alone, room))
    proofs.prove("a server that is not there is said in words", partial(_server_named, room))
    proofs.prove("the networks are listed", lambda: "" if read_manifest(paths.weights_dir()).version in room.run("versions", "list").stdout else "no")


def by_the_source(room: Room, *arguments: Any) -> subprocess.CompletedProcess[str]:
    """Run the same command from source."""
    cache = os.environ.get("BUSI_GUI_CACHE", str(ROOT / "build" / "cache"))
    environment = {**os.environ, "BUSI_GUI_CACHE": cache, "BUSI_GUI_DATA": str(room.folder / "data of the source")}
    command = [sys.executable, str(ROOT / "main.py"), *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)


def _prove_the_room(room: Room, proofs: Proofs) -> None:
    if not room.is_closed:
        why = "this system has no network and mount namespaces that could be used; only the environment is empty"
        proofs.leave_out("without network, Python and source, from a folder that cannot be written", why)
        return
    proofs.prove(
        "there is no network",
        lambda: _unlike(room.shell("read x; read x; while read name rest; do echo $name; done < /proc/net/dev").stdout.split()[2:], ["lo:"]),
    )
    proofs.prove("the installation cannot be written", lambda: "" if room.shell(f": >{room.program.parent}/new").returncode else "it can")
    proofs.prove("there is no Python", lambda: room.shell("command -v python3 python").stdout)
    proofs.prove("there is no source", lambda: "" if room.shell(f": <{ROOT}/main.py").returncode else "it can be read")


def _gpl_in_it(room: Room) -> str:
    (file,) = room.bundle.rglob("licences.json")
    found = [package.name for package in licences.read(file) if not licences.is_free_of_gpl(package.terms)]
    return ", ".join([*found, *(path.name for name in _GPL_LIBRARIES for path in room.bundle.rglob(name))])


def _both(room: Room) -> tuple[Callable[..., subprocess.CompletedProcess[str]], ...]:
    """Return what runs a command by the source, and by the built program."""
    return partial(by_the_source, room), room.run


def _as_by_the_source(room: Room) -> str:
    scans = room.folder / "scans"
    answers = []
    for number, run in enumerate(_both(room)):
        done = run("analyze", scans, "--out", room.folder / f"results {number}", "--frames", "all", "--json")
        records = [json.loads(line) for line in done.stdout.splitlines()]
        if done.returncode or not records:
            errors = [record["error"] for record in records if "error" in record]
            return f"{'it' if number else 'the source'} ended with {done.returncode}: {errors} {done.stderr[-500:]}"
        answers.append({f"{Path(record['path']).name} {record['frame']}": record for record in records})
    if len(answers[0]) < 20:
        return f"only {len(answers[0])} frames were analysed"
    return difference(answers[0], answers[1])


def _exported_as_by_the_source(room: Room, kind: str) -> str:
    written = []
    for number, run in enumerate(_both(room)):
        out = room.folder / f"export {number}" / (f"table.{kind}" if kind == "csv" else kind)
        out.parent.mkdir(exist_ok=True)
        samples = sorted((room.folder / "scans").glob("*_synthetic.*"))
        place = room.folder / f"export {number}.db"
        done = run("export", *samples, "--format", kind, "--out", out, "--with-network", "--workspace", place, "--json")
        if done.returncode:
            return f"it ended with {done.returncode}: {done.stderr[-500:]}"
        written.append({path.name: path for path in ([out] if out.is_file() else out.rglob("*")) if path.is_file()})
    if set(written[0]) != set(written[1]) or not written[0]:
        return f"it wrote {sorted(written[1])}, the source {sorted(written[0])}"
    return next(filter(None, (difference(_content(written[0][name]), _content(written[1][name]), name) for name in written[0])), "")


def _content(path: Path) -> Any:
    """Return what a file holds, numbers as such, the time when it was written aside."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [[_number(cell) for cell in row] for row in csv.reader(file)]
    if path.suffix == ".json":
        content = json.loads(path.read_text(encoding="utf-8"))
        return {name: value for name, value in content.items() if name != "info"} if isinstance(content, dict) else content
    return path.read_bytes() if path.suffix == ".png" else None


def _number(cell: str) -> Any:
    try:
        return float(cell)
    except ValueError:
        return cell


def _upgraded(room: Room) -> str:
    place = room.folder / "old" / "workspace.db"
    place.parent.mkdir()
    engine = create_engine(f"sqlite:///{place}", poolclass=NullPool)
    with engine.begin() as connection:
        upgrade.migrate(connection, "0001")
    done = _export_from(room, place)
    version = _version_of(place)
    if version != schema.NEWEST:
        return f"it is of version {version}: {done.stderr[-500:]}"
    return "" if place.with_name(f"{place.name}.before-{schema.NEWEST}").is_file() else "no copy was kept"


def _newer_left_alone(room: Room) -> str:
    place = room.folder / "old" / "workspace.db"
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    before = place.read_bytes()
    done = _export_from(room, place)
    if done.returncode != 1 or "newer version" not in done.stderr:
        return f"it ended with {done.returncode}: {done.stderr[-500:]}"
    return "" if place.read_bytes() == before else "it was changed"


def _server_named(room: Room) -> str:
    done = _export_from(room, "postgresql://nobody@127.0.0.1:1/nothing")
    return "" if done.returncode == 1 and "127.0.0.1" in done.stderr and "Traceback" not in done.stderr else done.stderr[-500:]


def _export_from(room: Room, place: Path | str) -> subprocess.CompletedProcess[str]:
    sample = room.folder / "scans" / "benign_synthetic.png"
    out = room.folder / "table of no consequence.csv"
    return room.run("export", sample, "--format", "csv", "--out", out, "--force", "--workspace", place)


def _version_of(place: Path) -> str:
    with closing(sqlite3.connect(place)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def _unlike(found: object, expected: object) -> str:
    return "" if found == expected else f"{found!r}, not {expected!r}"


def unprepared_networks(room: Room) -> Path:
    """Return a copy of the shipped networks without what is derived from them."""
    folder = room.folder / "networks"
    folder.mkdir()
    for name in (MANIFEST_FILE, *(network.file for network in read_manifest(paths.weights_dir()).networks)):
        shutil.copyfile(paths.weights_dir() / name, folder / name)
    return folder
