"""Licences of everything by others that the program consists of: read from the installed packages, or from what was written when it was built."""

from __future__ import annotations

import csv
import importlib.metadata
import json
import platform
import re
import subprocess
import sysconfig
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from busi_gui import paths
from busi_gui.requirements import requirements

Text = tuple[str, str]
"""The name of a file, and what stands in it."""

_BUILT = "licences.json"
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_LEGAL = re.compile(r"licen[cs]e|copying|copyright|notice|3rd.?party|third.?party", re.IGNORECASE)
_NO_TEXTS = frozenset({".h", ".hpp", ".json", ".py", ".pyc", ".pyi", ".so", ".xml"})
_LONGEST_TERMS = 200
_NOT_SAID, _IN_TEXT = "not said", "as its text says"
_GPL = re.compile(r"\bA?GPL|GNU (Affero )?General Public", re.IGNORECASE)
_EXCEPTION = re.compile(r"\bwith\b.*exception|exception.*\bwhich allows\b", re.IGNORECASE)
_STANDARD = (
    (re.compile("LGPL-3|LGPLv3"), ("LGPL-3.0", "GPL-3.0")),
    (re.compile("Apache"), ("Apache-2.0",)),
    (re.compile(r"\bMIT\b"), ("MIT",)),
    (re.compile("FreeBSD|BSD-2|2-clause", re.IGNORECASE), ("BSD-2-Clause",)),
)
"""What stands for the text of a package that brings none, by what it names; of two licences the first."""
_BRINGS_NONE = "{name} names its licence, {terms}, and brings no text of it. Copyright: the authors of {name}. This is what such a licence says.\n\n"


@dataclass(frozen=True)
class Package:
    """A part of the program that others have made.

    Attributes
    ----------
    name, version
        As it calls itself.
    terms
        Its licence in a word or an expression, such as ``"MIT"``.
    texts
        All that it says of its licence and of those of its own parts.
    """

    name: str
    version: str
    terms: str
    texts: tuple[Text, ...]


def of_this_program() -> list[Package]:
    """Return the parts of this program by name: of the built one all that lies in its folder, from source what is installed for it."""
    if paths.is_built():
        return read(paths.resources_dir() / _BUILT)
    project = paths.resources_dir().parent / "pyproject.toml"
    return collected(requirements(project, "train")) if project.is_file() else []


def collected(asked: Iterable[str], left_out: Collection[str] = ()) -> list[Package]:
    """Return Python and the installed packages that are asked for, and what these ask for in turn, by name.

    Parameters
    ----------
    asked
        Requirements, as in pyproject.toml.
    left_out
        Modules that are not taken along: a package that consists of nothing else is not there.
    """
    found: dict[str, importlib.metadata.Distribution] = {}
    pending = list(asked)
    while pending:
        name = _normal(pending.pop())
        if name not in found and (distribution := _installed(name)) is not None:
            found[name] = distribution
            pending += [line for line in distribution.requires or () if "extra ==" not in line]
    kept = [_package(each) for each in found.values() if not _is_left_out(each, left_out)]
    return sorted([_python(), *kept], key=lambda package: package.name.lower())


def system_libraries(folder: Path) -> list[Package]:
    """Return the packages of a Debian system whose libraries lie in a folder, not in those beneath; none where there is no ``dpkg``.

    A library is known by its name. Python's own is not looked for: `collected` has it.
    """
    names = sorted(path.name for path in folder.glob("lib*.so*") if not path.is_symlink() and not path.name.startswith("libpython"))
    try:
        asked = subprocess.run(["dpkg", "-S", *(f"*/{name}" for name in names)], capture_output=True, check=False, encoding="utf-8").stdout
    except OSError:
        return []
    owners = {line.partition(":")[0] for line in asked.splitlines() if not line.startswith("diversion ")}
    return [package for owner in sorted(owners) if (package := _system_package(owner)) is not None]


def is_free_of_gpl(terms: str) -> bool:
    """Return whether a licence expression leaves a choice without the GPL or AGPL; the LGPL and exceptions for what is linked are none of them."""
    terms = _without_brackets(terms.strip())
    for word, judge in ((" OR ", any), (" AND ", all)):
        parts = _parts(terms, word)
        if len(parts) > 1:
            return judge(is_free_of_gpl(part) for part in parts)
    return not _GPL.search(terms) or _EXCEPTION.search(terms) is not None


def write(file: Path, packages: Sequence[Package]) -> None:
    """Write packages down for `read`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([asdict(package) for package in packages], ensure_ascii=False, indent=1), encoding="utf-8")


def read(file: Path) -> list[Package]:
    """Return the packages that were written down; none where the file is missing or damaged."""
    try:
        listed = json.loads(file.read_text(encoding="utf-8"))
        return [Package(one["name"], one["version"], one["terms"], tuple((name, text) for name, text in one["texts"])) for one in listed]
    except (OSError, ValueError, KeyError, TypeError):
        return []


# installed packages -------------------------------------------------------------------------------------------------------------------------------


def _normal(requirement: str) -> str:
    name = _NAME.match(requirement.strip())
    return re.sub(r"[-_.]+", "-", name.group()).lower() if name else ""


def _installed(name: str) -> importlib.metadata.Distribution | None:
    """Return a package; None where it is not installed, as on systems that do not need it."""
    try:
        return importlib.metadata.distribution(name)
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return None


def _package(distribution: importlib.metadata.Distribution) -> Package:
    name, terms = distribution.metadata["Name"], _terms(distribution)
    texts = tuple(_texts(distribution)) or tuple(_standard_texts(name, terms))
    return Package(name, distribution.version, terms, texts)


def _terms(distribution: importlib.metadata.Distribution) -> str:
    said = distribution.metadata
    for field in ("License-Expression", "License"):
        named = str((said.get_all(field) or [""])[0]).strip()
        if named and "\n" not in named and len(named) <= _LONGEST_TERMS:
            return named
    classified = [line.rpartition(" :: ")[2] for line in said.get_all("Classifier") or () if line.startswith("License ::")]
    return " AND ".join(classified) or _NOT_SAID


def _texts(distribution: importlib.metadata.Distribution) -> Iterator[Text]:
    """Yield every text of a package that is about licences, each once however often it lies there."""
    told: set[str] = set()
    record = (distribution.read_text("RECORD") or "").splitlines()
    for row in csv.reader(filter(_may_be_legal, record)):
        if PurePosixPath(row[0]).suffix.lower() in _NO_TEXTS:
            continue
        try:
            text = Path(str(distribution.locate_file(row[0]))).read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            continue
        if text and text not in told:
            told.add(text)
            yield row[0], text


def _may_be_legal(row: str) -> bool:
    """Whether a row of a package's files, of which some have 20,000, is of one that is called as texts about licences are, or lies among such."""
    return ".dist-info/licenses/" in row or _LEGAL.search(row.rpartition("/")[2]) is not None


def _standard_texts(name: str, terms: str) -> Iterator[Text]:
    files = next((files for pattern, files in _STANDARD if pattern.search(terms)), ())
    for file in files:
        path = paths.resources_dir() / "licences" / f"{file}.txt"
        yield path.name, _BRINGS_NONE.format(name=name, terms=terms) + path.read_text(encoding="utf-8").strip()


def _is_left_out(distribution: importlib.metadata.Distribution, modules: Collection[str]) -> bool:
    own = _modules().get(_normal(distribution.metadata["Name"])) if modules else None
    return own is not None and own <= set(modules)


@cache
def _modules() -> Mapping[str, set[str]]:
    """Return the modules of each package, by its name."""
    names: dict[str, set[str]] = defaultdict(set)
    for module, distributions in importlib.metadata.packages_distributions().items():
        for distribution in distributions:
            names[_normal(distribution)].add(module)
    return names


# Python and the system ----------------------------------------------------------------------------------------------------------------------------


def _python() -> Package:
    places = (Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_path("data")), Path(f"/usr/share/doc/python{sysconfig.get_python_version()}"))
    files = [place / name for place in places for name in ("LICENSE.txt", "LICENSE", "copyright") if (place / name).is_file()]
    texts = tuple((file.name, file.read_text(encoding="utf-8", errors="replace").strip()) for file in files[:1])
    return Package("Python", platform.python_version(), "PSF-2.0", texts)


def _system_package(name: str) -> Package | None:
    """Return a package of the system, with what it says of itself; None where it is no longer installed."""
    asked = subprocess.run(["dpkg-query", "--show", "--showformat=${Version}\n", name], capture_output=True, check=False, encoding="utf-8").stdout
    try:
        text = Path(f"/usr/share/doc/{name}/copyright").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None
    return Package(name, asked.partition("\n")[0], _IN_TEXT, (("copyright", text),))


# expressions --------------------------------------------------------------------------------------------------------------------------------------


def _without_brackets(terms: str) -> str:
    while terms.startswith("(") and terms.endswith(")") and _depths(terms)[:-1].count(0) == 0:
        terms = terms[1:-1].strip()
    return terms


def _parts(terms: str, word: str) -> list[str]:
    """Return what stands between a word, where it stands in no brackets."""
    depths, parts, begin = _depths(terms), [], 0
    for found in re.finditer(word, terms, re.IGNORECASE):
        if depths[found.start()] == 0:
            parts.append(terms[begin : found.start()])
            begin = found.end()
    return [*parts, terms[begin:]]


def _depths(terms: str) -> list[int]:
    """Return after each letter in how many brackets it stands."""
    depths, depth = [], 0
    for letter in terms:
        depth += (letter == "(") - (letter == ")")
        depths.append(depth)
    return depths
