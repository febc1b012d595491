"""What belongs to a version of the networks that did not come with the program, and whether all of it is as it was.

A version's folder holds ``manifest.json``, the weights, where there are any ``seen.npy`` and ``evidence.json``, and ``index.json`` with the SHA-256
of each of those. The index proves that nothing was changed since it was written. It does not prove who wrote it: whoever changes a file can write
another index to it.
"""

from __future__ import annotations

import json
import math
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.analysis import ComparedFigure, Evidence, NetworkError
from models.weights import FORMAT, MANIFEST_FILE, SEEN_FILE, Manifest, check_unchanged, read_manifest, sha256_of

if TYPE_CHECKING:
    import h5py

INDEX_FILE = "index.json"
EVIDENCE_FILE = "evidence.json"
INDEX_FORMAT = 1
MOST_TEXT_BYTES = 8 * 2**20
"""Largest JSON file that is read: many times a manifest with all its figures."""

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+-]{0,63}")
_NOT_ON_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_UNSOUND = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)
OTHER_NETWORKS = "It holds other networks than this version of the program runs"


@dataclass(frozen=True)
class Origin:
    """How a version came here.

    Attributes
    ----------
    words
        For the reader.
    is_imported
        Whether it was made elsewhere, so that its figures are of other cases than those of this Workspace.
    came_as
        What it was called where it came from; empty where it is called the same here.
    """

    words: str = ""
    is_imported: bool = False
    came_as: str = ""


@dataclass(frozen=True)
class Index:
    """SHA-256 of each file by its name, and how the version came here."""

    files: Mapping[str, str]
    origin: Origin = Origin()


def is_plain(name: str) -> bool:
    """Whether a name can be that of a file or folder on every system, and of none elsewhere."""
    return bool(_PLAIN.fullmatch(name)) and name[-1] not in ". " and not _NOT_ON_WINDOWS.fullmatch(name)


def files_of(folder: Path) -> list[str]:
    """Return the names of the files in a folder that belong to a version; NetworkError where its manifest cannot be understood."""
    return [*_named(sound_manifest(folder)), *(name for name in (SEEN_FILE, EVIDENCE_FILE) if (folder / name).is_file())]


def seal(folder: Path, origin: Origin) -> None:
    """Write the index of a finished folder, and let none of its files be written any more."""
    came = {"origin": origin.words, "is_imported": origin.is_imported, "came_as": origin.came_as}
    content = {"format": INDEX_FORMAT, **came, "files": {name: sha256_of(folder / name) for name in files_of(folder)}}
    (folder / INDEX_FILE).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    for path in folder.iterdir():
        path.chmod(stat.S_IREAD | stat.S_IRGRP | stat.S_IROTH)


def read_index(folder: Path) -> Index:
    """Read what ``seal`` wrote; NetworkError where it cannot be understood."""
    return parse_index(read_text(folder / INDEX_FILE))


def parse_index(text: str) -> Index:
    """Return what stands in an index.

    Raises
    ------
    NetworkError
        It was written by a newer program, or cannot be understood.
    """
    raw = parse_object(text, INDEX_FILE)
    if not isinstance(number := raw.get("format"), int) or number > INDEX_FORMAT:
        raise NetworkError("It was written by a newer version of this program: update the program first.")
    files = raw.get("files")
    if not isinstance(files, dict) or not all(is_plain(name) and isinstance(digest, str) for name, digest in files.items()):
        raise NetworkError(f"Its {INDEX_FILE} cannot be understood.")
    words = str(raw.get("origin", ""))
    is_imported = bool(raw.get("is_imported", words.startswith("imported ")))  # older programs wrote it in words alone
    return Index(files, Origin(words, is_imported, str(raw.get("came_as", ""))))


def check_contents(folder: Path, index: Index) -> None:
    """Raise NetworkError unless a folder holds exactly what an index names, each file as it was."""
    if (names := {path.name for path in folder.iterdir()} - {INDEX_FILE}) != set(index.files):
        raise NetworkError(f"Files are missing or too many: {', '.join(sorted(names ^ set(index.files)))}.")
    for name, digest in index.files.items():
        if sha256_of(folder / name) != digest:
            raise NetworkError(f"{name} is damaged or was changed.")


def checked_version(folder: Path, shipped: Manifest) -> Manifest:
    """Return the manifest of a version after comparing every file with the index and the networks with those that the program runs.

    The shapes of the weights are not looked at: see ``check_fits``.

    Raises
    ------
    NetworkError
        In words for the reader why it cannot be used.
    """
    try:
        index = read_index(folder)
        check_contents(folder, index)
        manifest = sound_manifest(folder)
    except OSError as error:
        raise NetworkError(f"It cannot be read ({error.strerror or error}).") from error
    check_networks(manifest, shipped)
    if any(index.files.get(network.file) != network.sha256 for network in manifest.networks):
        raise NetworkError("The weights are not those that its manifest names.")
    if manifest.version != folder.name:
        raise NetworkError(f"It says of itself that it is {manifest.version}.")
    return manifest


def checked_shipped(folder: Path) -> Manifest:
    """Return the manifest of the version that came with the program after comparing hashes; NetworkError in words."""
    manifest = read_manifest(folder)
    check_unchanged(folder, manifest)
    return manifest


def sound_manifest(folder: Path) -> Manifest:
    """Read the manifest of a version that did not come with the program; NetworkError where it cannot be understood, or names files elsewhere."""
    raw = parse_object(read_text(folder / MANIFEST_FILE), MANIFEST_FILE)
    number = raw.get("format")
    if isinstance(number, int) and number > FORMAT:
        raise NetworkError("It was made by a newer version of this program: update the program first.")
    if number != FORMAT:
        raise NetworkError("It was made by an older version of this program, whose networks this one no longer runs.")
    try:
        manifest = read_manifest(folder)
        is_sound = _is_sound(manifest)
    except (NetworkError, *_UNSOUND) as error:
        raise NetworkError(f"Its {MANIFEST_FILE} cannot be understood.") from error
    if not is_sound:
        raise NetworkError(f"Its {MANIFEST_FILE} cannot be understood.")
    return manifest


def _is_sound(manifest: Manifest) -> bool:
    texts: tuple[Any, ...] = (manifest.version, manifest.created, manifest.trained_on, manifest.parent, manifest.who)
    numbers: tuple[Any, ...] = (manifest.temperature, *(point.threshold for point in manifest.operating_points))
    names = [network.file for network in manifest.networks]
    return (
        all(isinstance(text, str) for text in texts)
        and bool(manifest.operating_points and manifest.classifiers)
        and all(isinstance(number, float | int) and math.isfinite(number) for number in numbers)
        and manifest.temperature > 0
        and all(is_plain(name) and name.endswith(".h5") for name in names)
        and len({name.lower() for name in names}) == len(names)
    )


def _named(manifest: Manifest) -> list[str]:
    return [MANIFEST_FILE, *(network.file for network in manifest.networks)]


def check_networks(manifest: Manifest, shipped: Manifest) -> None:
    """Raise NetworkError unless a version names the same networks, built in the same way, as the one that came with the program."""
    named, known = ([(net.name, net.view, dict(net.options)) for net in one.networks] for one in (manifest, shipped))
    if named != known:
        names = ", ".join(str(name) for name, _, _ in named)
        raise NetworkError(f"{OTHER_NETWORKS}: {names}.")


def check_fits(folder: Path, manifest: Manifest, shipped: Path) -> None:
    """Raise NetworkError unless the weights of a version have the names and shapes of those that came with the program.

    It reads HDF5, whose library damaged files have crashed: never in the window's process.
    """
    known = read_manifest(shipped)
    check_networks(manifest, known)
    for own, ours in zip(manifest.networks, known.networks, strict=True):
        if _layout(folder / own.file) != _layout(shipped / ours.file):
            raise NetworkError(f"{OTHER_NETWORKS}: the weights in {own.file} do not fit {own.name}.")


def _layout(path: Path) -> dict[str, tuple[Any, ...]]:
    """Return of each array of a weights file, by its name, shape, kind, and shape of its scales."""
    try:
        import h5py  # where networks are made or prepared
    except ImportError as error:
        raise NetworkError("This needs h5py, which this installation comes without. Install the full variant of the program.") from error
    found: dict[str, tuple[Any, ...]] = {}

    def note(name: str, item: h5py.Dataset | h5py.Group) -> None:
        if isinstance(item, h5py.Dataset):
            is_elsewhere = item.is_virtual or item.external is not None
            scale = item.attrs.get("scale")
            found[name] = (item.shape, item.dtype.str, None if scale is None else scale.shape, is_elsewhere)

    try:
        with h5py.File(path, "r") as file:
            file.visititems(note)
    except (RuntimeError, *_UNSOUND) as error:
        raise NetworkError(f"{path.name} holds no weights that can be read.") from error
    return found


def read_evidence(folder: Path) -> Evidence | None:
    """Return why a version was proposed; None where that is not written down. What cannot be understood of it is an objection."""
    path = folder / EVIDENCE_FILE
    if not path.is_file():
        return None
    try:
        raw = parse_object(read_text(path), EVIDENCE_FILE)
        figures = tuple(ComparedFigure(str(one["name"]), _number(one["before"]), _number(one["after"])) for one in raw.get("figures", []))
        objections, remarks = (tuple(map(str, raw.get(name, []))) for name in ("objections", "remarks"))
        compared = raw.get("comparison")
        return Evidence(str(raw.get("summary", "")), figures, objections, remarks, compared if isinstance(compared, dict) else None)
    except (NetworkError, *_UNSOUND):
        return Evidence(objections=("Its evidence cannot be understood.",))


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def read_text(path: Path) -> str:
    """Return the text of a file; NetworkError where it is missing, none, or too long."""
    try:
        if path.stat().st_size > MOST_TEXT_BYTES:
            raise NetworkError(f"Its {path.name} is too large.")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NetworkError(f"Its {path.name} is missing or cannot be read.") from error


def parse_object(text: str, name: str) -> dict[str, Any]:
    """Return a JSON object; NetworkError where it is none."""
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NetworkError(f"Its {name} cannot be understood.") from error
    if not isinstance(raw, dict):
        raise NetworkError(f"Its {name} cannot be understood.")
    return raw
