"""A version of the networks as one file, to be carried to another workstation.

It is a ZIP file, nothing in it compressed, with an index of the SHA-256 of everything in it. So whatever was damaged or changed on the way is found.
That says nothing of where the file comes from: who can change it can write another index.
"""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

from models.analysis import NetworkError
from models.version_files import INDEX_FILE, INDEX_FORMAT, MOST_TEXT_BYTES, is_plain, parse_index, parse_object
from models.weights import MANIFEST_FILE, sha256_of

SUFFIX = ".busi-networks"
_MOST_BYTES = 2**30
_MOST_FILES = 64
_PIECE = 2**20
_BROKEN = (zipfile.BadZipFile, OSError, ValueError, RuntimeError, EOFError, LookupError)
"""What zipfile raises of damaged files; struct.error and the rest are among them or never seen."""


@dataclass(frozen=True)
class Sender:
    """Who exported a version, and when (UTC, ISO 8601)."""

    who: str
    when: str


def write_archive(folder: Path, names: list[str], file: Path, sender: Sender) -> None:
    """Write files of a folder into one file: there whole, or not at all.

    Raises
    ------
    OSError
        The drive refuses.
    """
    hashes = {name: sha256_of(folder / name) for name in names}
    index = {"format": INDEX_FORMAT, "who": sender.who, "when": sender.when, "files": hashes}
    beside = file.with_name(f".{file.name}.{os.getpid()}.partial")
    try:
        with zipfile.ZipFile(beside, "x", zipfile.ZIP_STORED) as archive:
            archive.writestr(INDEX_FILE, json.dumps(index, indent=2) + "\n")
            for name in names:
                archive.write(folder / name, name)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def read_archive(file: Path, into: Path) -> Sender:
    """Unpack what ``write_archive`` wrote into an empty folder, comparing every hash, and return who sent it.

    Raises
    ------
    NetworkError
        The file is missing, is no such file, or is damaged, cut short, changed or larger than any version; files may lie in the folder then.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = _members(archive)
            text = archive.read(members.pop(INDEX_FILE)).decode("utf-8")
            index, raw = parse_index(text), parse_object(text, INDEX_FILE)
            if set(index.files) != set(members) or MANIFEST_FILE not in members:
                raise NetworkError("What it holds is not what its index names.")
            for name, digest in index.files.items():
                if _unpacked(archive, members[name], into / name) != digest:
                    raise NetworkError(f"{name} is damaged or was changed.")
    except FileNotFoundError as error:
        raise NetworkError("It is not there.") from error
    except _BROKEN as error:
        raise NetworkError("It is damaged, cut short, or was not exported by this program.") from error
    return Sender(str(raw.get("who", "")), str(raw.get("when", "")))


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the members by name, which are plain, few and not compressed: then none is larger than the file says, nor lies elsewhere."""
    found = archive.infolist()
    names = {info.filename.lower() for info in found}
    if INDEX_FILE not in {info.filename for info in found} or len(names) != len(found) or len(found) > _MOST_FILES:
        raise NetworkError("It was not exported by this program.")
    for info in found:
        is_stored = info.compress_type == zipfile.ZIP_STORED and info.compress_size == info.file_size
        if not is_stored or not is_plain(info.filename):
            raise NetworkError("It was not exported by this program, or was changed.")
    index = archive.getinfo(INDEX_FILE)
    if sum(info.file_size for info in found) > _MOST_BYTES or index.file_size > MOST_TEXT_BYTES:
        raise NetworkError("It is larger than any version of the networks.")
    return {info.filename: info for info in found}


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> str:
    with archive.open(info) as source, path.open("xb") as target:
        shutil.copyfileobj(source, target, _PIECE)
    return sha256_of(path)
