"""VersionStore: every version of the networks on this computer, the one in use, the way back, and versions as files.

No network is loaded here. What is checked is that nothing was changed since a version came here, not who made it.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from models.analysis import NetworkError, NetworksChange, NetworksInUse, VersionEntry
from models.version_archive import Sender, read_archive, write_archive
from models.version_choice import Choice, note_change, read_changes, read_choice, write_choice
from models.version_files import (
    Origin,
    check_fits,
    checked_shipped,
    checked_version,
    files_of,
    is_plain,
    read_evidence,
    read_index,
    seal,
    sound_manifest,
)
from models.weights import Manifest, has_weights, read_manifest

__all__ = ["NetworksChange", "NetworksInUse", "VersionEntry", "VersionStore"]

_PARTIAL = ".partial-"
_LEFT_BEHIND_S = 24 * 3600
"""Age from which a half-written folder belongs to nobody."""


class VersionStore:
    """The versions of the networks.

    A version is a folder that never changes. One small file says which is in use; where there is none, or what it names is damaged, the version that
    came with the program is. Several windows may use the same store: each change is there whole or not at all, and of two at once the last one holds.

    Parameters
    ----------
    shipped
        Folder of the version that came with the program.
    root
        Folder of the other versions, each in a folder of its name, and of what is noted about them. It may not exist yet.
    """

    def __init__(self, shipped: Path, root: Path) -> None:
        self._shipped, self._root = shipped, root

    def versions(self) -> list[VersionEntry]:
        """Return every version, the one that came with the program first, then by date; one that cannot be used says why."""
        choice, changes = read_choice(self._root), read_changes(self._root)
        own = self._shipped_entry()
        in_use = self.in_use()
        adopted = {change.after for change in changes} | {choice.name, *choice.before}
        entries = sorted((self._entry(name) for name in self._names()), key=lambda entry: (entry.created, _in_order(entry.name)))
        here = {own.name, *(entry.name for entry in entries)}
        marked = [
            replace(entry, is_in_use=self._root / entry.name == in_use.folder, is_adopted=entry.name in adopted, is_parent_here=entry.parent in here)
            for entry in entries
        ]
        return [replace(own, is_in_use=in_use.folder == self._shipped, is_parent_here=own.parent in here), *marked]

    def in_use(self) -> NetworksInUse:
        """Return which networks are to be loaded: the chosen ones, or those that came with the program where the chosen ones cannot be used."""
        choice = read_choice(self._root)
        own = self._shipped_name()
        before = (choice.before[-1] or own) if choice.before else ""
        if not choice.is_readable:
            return NetworksInUse(own, self._shipped, before, f"Which networks are in use cannot be read; {_INSTEAD}")
        if choice.name is None:
            return NetworksInUse(own, self._shipped, before)
        if problem := self._problem(choice.name):
            return NetworksInUse(own, self._shipped, before, f"The networks {choice.name} cannot be used: {_lower(problem)} {_INSTEAD.capitalize()}")
        return NetworksInUse(choice.name, self._root / choice.name, before)

    def add(self, folder: Path) -> VersionEntry:
        """Move a finished version into the store, under the name that its manifest gives it.

        Files that do not belong to a version stay where they are. It reads weights: see ``version_files.check_fits``.

        Raises
        ------
        NetworkError
            There is one of that name, the weights are not those of the manifest, or are of other networks.
        """
        with self._partial(f"{folder} cannot be added") as beside:
            names = files_of(folder)
            for name in names:
                shutil.copyfile(folder / name, beside / name)
            entry = self._take_in(beside, Origin("retrained here"))
            with suppress(OSError):  # what cannot be taken away is in the store all the same
                for name in names:
                    (folder / name).unlink()
                if not any(folder.iterdir()):
                    folder.rmdir()
        return entry

    def adopt(self, name: str, who: str) -> NetworksChange:
        """Put a version in use.

        Raises
        ------
        NetworkError
            There is none of that name, it is in use, it cannot be used, or its evidence speaks against it.
        """
        wanted = None if name == self._shipped_name() else name
        choice, now = read_choice(self._root), self.in_use()
        if now.name == name and not now.problem:
            raise NetworkError(f"The networks {name} are in use already.")
        if wanted is not None:
            self._check_usable(wanted)
        return self._choose(Choice(wanted, (*choice.before, choice.name)), NetworksChange(_now(), who, now.name, name))

    def back(self, who: str) -> NetworksChange:
        """Put in use what was in use before; called again, what was before that. Versions that cannot be used any more are passed over.

        Raises
        ------
        NetworkError
            Nothing was in use before.
        """
        choice, now = read_choice(self._root), self.in_use()
        left = list(choice.before)
        while left:
            name = left.pop()
            if name is None or not self._problem(name):
                return self._choose(Choice(name, tuple(left)), NetworksChange(_now(), who, now.name, name or self._shipped_name(), is_back=True))
        raise NetworkError("No other networks were in use before these: there is nothing to go back to.")

    def history(self) -> list[NetworksChange]:
        """Return every change of the networks in use, the first one first."""
        return read_changes(self._root)

    def delete(self, name: str) -> None:
        """Delete a version that was never in use.

        Raises
        ------
        NetworkError
            There is none, or results may rest on it: it is in use or was, or came with the program.
        """
        entry = next((entry for entry in self.versions() if entry.name == name), None)
        if entry is None:
            raise NetworkError(f"There are no networks called {name}.")
        if not entry.is_proposal:
            raise NetworkError(f"The networks {name} are kept: results may rest on them. Only what was never in use can be deleted.")
        with _in_words(f"The networks {name} cannot be deleted"):
            aside = self._root / f"{_PARTIAL}{os.getpid()}-{time.time_ns()}"
            (self._root / name).rename(aside)
            _remove(aside)

    def export(self, name: str, file: Path, who: str) -> None:
        """Write a version into one file, in place of one that is there; ``who`` is told to whoever imports it.

        Raises
        ------
        NetworkError
            There is none of that name, it is damaged, or the drive refuses.
        """
        is_shipped = name == self._shipped_name()
        folder = self._shipped if is_shipped else self._root / name
        if not is_shipped:
            self._check(name)
        elif not has_weights(folder, read_manifest(folder)):
            raise NetworkError(
                "This program came without the weights of its own networks: it runs them without. Export them with the full variant of it."
            )
        with _in_words(f"{file.name} cannot be written"):
            write_archive(folder, files_of(folder), file, Sender(who, _now()))

    def import_(self, file: Path) -> VersionEntry:
        """Take in a version that ``export`` wrote; it is a proposal then, whatever it was where it comes from.

        Where other networks are called the same here, as versions of older programs often are, it is taken in under its ``marked_name``.

        It reads weights: see ``version_files.check_fits``. That every hash agrees proves that the file is whole and unchanged since it was exported,
        not who exported it: take files only from people whom you trust.

        Raises
        ------
        NetworkError
            The file is damaged, cut short, changed or no such file, holds other networks than this program runs or was written by a newer program, or
            its networks are here already. Nothing of it is left then.
        """
        with self._partial(f"{file.name} cannot be imported") as beside:
            sender = read_archive(file, beside)
            if {path.name for path in beside.iterdir()} != set(files_of(beside)):
                raise NetworkError("It holds files that belong to no version of the networks.")
            manifest = sound_manifest(beside)
            name = self._name_for(manifest)
            came_as = manifest.version if name != manifest.version else ""
            if came_as:
                replace(manifest, version=name).write(beside)
            words = f"imported on {_now()[:10]}, exported by {sender.who or 'nobody knows whom'} on {sender.when[:10]}"
            return self._take_in(beside, Origin(f"{words} as {came_as}" if came_as else words, is_imported=True, came_as=came_as))

    def _name_for(self, manifest: Manifest) -> str:
        """Return under which name a version of another computer can be here; NetworkError where it is here already."""
        for name in (manifest.version, manifest.marked_name):
            if not self._is_taken(name):
                return name
            if self._mark(name) == manifest.mark:
                raise NetworkError(f"These networks are here already, called {name}. Use those.")
        return manifest.version

    def _is_taken(self, name: str) -> bool:
        return is_plain(name) and (name == self._shipped_name() or (self._root / name).exists())

    def _mark(self, name: str) -> str:
        """Return the mark of a version that is here; empty where it cannot be used."""
        try:
            return self._own().mark if name == self._shipped_name() else self._check(name).mark
        except NetworkError:
            return ""

    def _take_in(self, beside: Path, origin: Origin) -> VersionEntry:
        """Check a finished folder and give it its place; NetworkError where it is not to be used."""
        manifest = sound_manifest(beside)
        name = manifest.version
        if not is_plain(name) or name.endswith((".json", ".jsonl")):
            raise NetworkError("Its name cannot be that of a folder.")
        if self._is_taken(name):
            raise NetworkError(f"There are networks called {name} already. A version is never written over another.")
        check_fits(beside, manifest, self._shipped)
        seal(beside, origin)
        sealed = beside.parent / name
        beside.rename(sealed)
        checked_version(sealed, self._own())
        sealed.rename(self._root / name)
        return next(entry for entry in self.versions() if entry.name == name)

    @contextmanager
    def _partial(self, failure: str) -> Iterator[Path]:
        """Give an empty folder beside the versions, of which nothing is left afterwards."""
        with _in_words(failure):
            self._sweep()
            outer = self._root / f"{_PARTIAL}{os.getpid()}-{time.time_ns()}"
            beside = outer / "version"
            beside.mkdir(parents=True)
            try:
                yield beside
            finally:
                _remove(outer)

    def _sweep(self) -> None:
        """Remove what a process that died has left behind."""
        for path in self._root.glob(f"{_PARTIAL}*"):
            if time.time() - path.stat().st_mtime > _LEFT_BEHIND_S:
                _remove(path)

    def _choose(self, choice: Choice, change: NetworksChange) -> NetworksChange:
        with _in_words("The networks stay as they are"):
            write_choice(self._root, choice)
            note_change(self._root, change)
        return change

    def _names(self) -> list[str]:
        try:
            return [path.name for path in self._root.iterdir() if path.is_dir() and not path.name.startswith(".")]
        except OSError:
            return []

    def _own(self) -> Manifest:
        return read_manifest(self._shipped)

    def _shipped_name(self) -> str:
        try:
            return self._own().version
        except NetworkError:
            return "shipped"

    def _check(self, name: str) -> Manifest:
        if not is_plain(name) or not (self._root / name).is_dir():
            raise NetworkError(f"There are no networks called {name}.")
        try:
            return checked_version(self._root / name, self._own())
        except NetworkError as error:
            raise NetworkError(f"The networks {name} cannot be used: {_lower(str(error))}") from error

    def _check_usable(self, name: str) -> None:
        self._check(name)
        evidence = read_evidence(self._root / name)
        if evidence is not None and evidence.objections:
            raise NetworkError(f"The networks {name} may not be used: {' '.join(evidence.objections)}")

    def _problem(self, name: str) -> str:
        if not is_plain(name) or not (self._root / name).is_dir():
            return "They are missing."
        try:
            checked_version(self._root / name, self._own())
        except NetworkError as error:
            return str(error)
        return ""

    def _entry(self, name: str) -> VersionEntry:
        folder, problem = self._root / name, self._problem(name)
        try:
            manifest, origin = sound_manifest(folder), read_index(folder).origin
        except NetworkError:
            return VersionEntry(name, problem=problem)
        entry = replace(_told(manifest, name), problem=problem, evidence=read_evidence(folder))
        return replace(entry, origin=origin.words, is_imported=origin.is_imported, came_as=origin.came_as)

    def _shipped_entry(self) -> VersionEntry:
        try:
            manifest = checked_shipped(self._shipped)
        except NetworkError as error:
            return VersionEntry(self._shipped_name(), is_shipped=True, problem=str(error))
        return replace(_told(manifest, manifest.version), is_shipped=True)


_INSTEAD = "those that came with the program are used."


def _told(manifest: Manifest, name: str) -> VersionEntry:
    hashes = {network.file: network.sha256 for network in manifest.networks}
    return VersionEntry(name, parent=manifest.parent, created=manifest.created, who=manifest.who, learned_from=manifest.trained_on, hashes=hashes)


def _in_order(name: str) -> list[str | int]:
    """Return a name so that it sorts as its numbers count: 2 before 10."""
    return [int(part) if place % 2 else part for place, part in enumerate(re.split(r"(\d+)", name))]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _remove(folder: Path) -> None:
    """Delete a folder whose files may be read-only, which Windows keeps otherwise."""
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(stat.S_IREAD | stat.S_IWRITE)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _in_words(failure: str) -> Iterator[None]:
    """Raise what goes wrong as a NetworkError that begins with what failed."""
    try:
        yield
    except NetworkError as error:
        raise NetworkError(f"{failure}: {_lower(str(error))}") from error
    except OSError as error:
        raise NetworkError(f"{failure} ({error.strerror or error}). Check the drive, then try again.") from error
