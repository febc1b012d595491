"""What goes into the built program, and what that its packages bring stays out: it is never loaded."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

Entry = tuple[str, str, str]
"""As PyInstaller lists files: path in the bundle, where the file lies, or of a link where it leads, and its kind."""

HIDDEN = [
    "alembic.command",  # asked for inside a function, its steps by the files that they lie in
    "alembic.ddl.postgresql",
    "alembic.ddl.sqlite",
    "PySide6.QtOpenGLWidgets",  # pyqtgraph asks for it by name
    "logging.config",
    "pg8000",  # asked for by name, where there is a server
    "sqlalchemy.dialects.postgresql.pg8000",
    "sqlalchemy.dialects.sqlite.pysqlite",
]
STANDING_IN = ["without_opengl.py"]
"""What stands in for modules that are loaded by others and never used."""
RETRAINING = ["h5py", "imagehash", "scipy"]
"""What only retraining and preparing networks need: the reader variant is without."""
NEVER = [
    *(
        "IPython",
        "PyQt5",
        "PyQt6",
        "PySide2",
        "distutils",
        "hypothesis",
        "jax",
        "lib2to3",
        "mypy",
        "pip",
        "pytest",
        "readline",  # GPL, and for typing at a Python prompt, which there is none of
        "setuptools",
        "tkinter",
    ),
    *("torch", "wheel", "pkg_resources", "pygments", "skimage", "pywt", "networkx", "fontTools"),
    *("matplotlib", "pandas", "sklearn", "IPython", "dask"),  # plots in the documents, and what Keras, SciPy and others use where it is there
    *("requests", "urllib3", "certifi", "charset_normalizer"),  # no part of the program downloads anything
    *("keras", "ml_dtypes", "optree", "rich", "tensorboard", "tensorflow"),  # training from nothing is done from source
    *("pyqtgraph.examples", "pyqtgraph.opengl", "pyqtgraph.flowchart", "pyqtgraph.jupyter"),
    *("numpy.testing.tests", "numpy.distutils", "sqlalchemy.testing", "alembic.testing"),
    *(f"PySide6.{name}" for name in ("QtConcurrent", "QtDBus", "QtDesigner", "QtHelp", "QtOpenGL", "QtPrintSupport", "QtQml")),
    *(f"PySide6.{name}" for name in ("QtQuick", "QtQuickWidgets", "QtSql", "QtTest", "QtUiTools", "QtXml")),
]

_LEFT_OUT = [
    # Qt: translations of its own words, and drivers of what the program does not use
    "PySide6/Qt/translations/*",
    "PySide6/translations/*",
    "PySide6/Qt/qml/*",
    *(f"PySide6/*plugins/{kind}/*" for kind in ("egldeviceintegrations", "generic", "networkinformation", "sqldrivers", "tls", "printsupport")),
    *(f"PySide6/*plugins/platforms/*{name}*" for name in ("eglfs", "linuxfb", "minimalegl", "vkkhr", "vnc", "qdirect2d")),
    "PySide6/*plugins/platforminputcontexts/*virtualkeyboard*",
    "PySide6/*plugins/platformthemes/*gtk3*",  # it brings half of GTK along; dialogs are Qt's
    *(f"PySide6/*plugins/imageformats/*{name}*" for name in ("gif", "icns", "pdf", "tga", "tiff", "wbmp", "webp")),
    *(f"*Qt6{name}*" for name in ("Pdf", "Qml", "Quick", "VirtualKeyboard", "EglFS", "Designer", "Sql", "Test", "3D", "Labs", "Help")),
    "PySide6/opengl32sw.dll",
    # Pillow: what the readers do not ask it for
    *(f"PIL/_{name}.*" for name in ("avif", "imagingft", "imagingcms", "imagingtk", "imagingmorph")),
    # LiteRT: the networks run on the processor
    "ai_edge_litert/*WebGpu*",
    "ai_edge_litert/libLiteRt.*",
    "ai_edge_litert/vendors/*",
    # gdcm: tables of what it can check, which decoding does not read
    "_gdcm/*.xml",
    "_gdcm/*.xsl*",
    # SciPy: what the rest of it does not need
    "scipy/*/tests/*",
    "numpy/*/tests/*",
    "pydicom/data/test_files/*",
    "pyqtgraph/examples/*",
]


def is_needed(name: str) -> bool:
    """Whether a file with this path in the bundle is ever read."""
    return not any(fnmatch(_posix(name), pattern) for pattern in _LEFT_OUT)


def needed(binaries: Sequence[Entry]) -> list[Entry]:
    """Return what is loaded of modules and libraries: without those that only what is left out would load, and without links that lead nowhere."""
    kept = [entry for entry in binaries if is_needed(entry[0])]
    if sys.platform == "linux":
        kept = _reached(kept)
    there = {_posix(name) for name, _, kind in kept if kind != "SYMLINK"}
    return [entry for entry in kept if entry[2] != "SYMLINK" or str(PurePosixPath(_posix(entry[0])).parent / _posix(entry[1])) in there]


def _reached(entries: Sequence[Entry]) -> list[Entry]:
    """Return modules and plugins, and the libraries that they are linked to, directly or by others."""
    from PyInstaller.depend.bindepend import get_imports

    files = [entry for entry in entries if entry[2] != "SYMLINK"]
    libraries: dict[str, list[Entry]] = {}  # NumPy and SciPy each bring one of the same name
    for entry in filter(_is_library, files):
        libraries.setdefault(PurePosixPath(entry[0]).name, []).append(entry)
    pending = [entry for entry in files if not _is_library(entry)]
    found = set(pending)
    while pending:
        for name, _ in get_imports(pending.pop()[1]):
            more = [entry for entry in libraries.get(PurePosixPath(name).name, ()) if entry not in found]
            found.update(more)
            pending += more
    return [entry for entry in entries if entry[2] == "SYMLINK" or entry in found]


def _is_library(entry: Entry) -> bool:
    """Whether a file is there for others that are linked to it; Python itself is there for the program."""
    path = PurePosixPath(entry[0])
    lies_with_others = str(path.parent) in (".", "PySide6/Qt/lib") or path.parent.name.endswith(".libs")
    return entry[2] == "BINARY" and lies_with_others and not path.name.startswith("libpython")


def _posix(name: str) -> str:
    return name.replace("\\", "/")


def datas(root: Path, build: Path, variant: str) -> list[tuple[str, str]]:
    """Return files and folders of the program's own, each with the folder of the bundle that it goes into."""
    resources, migrations = root / "resources", "busi_gui/store/migrations"
    shipped = [(str(path), "resources/weights") for path in sorted((resources / "weights").iterdir()) if path.is_file() and _is_for(variant, path)]
    samples = [(str(path), "resources/samples") for path in sorted((resources / "samples").iterdir()) if path.suffix != ".py" and path.is_file()]
    guide = root / "docs/guide"
    pages = [
        (str(path), str(Path("resources/guide") / path.relative_to(guide).parent))
        for path in sorted(guide.rglob("*"))
        if path.suffix in (".md", ".png")
    ]
    steps = [(str(path), str(Path(path).relative_to(root).parent)) for path in sorted((root / migrations).rglob("*.py"))]
    return [
        *shipped,
        *samples,
        *pages,
        *steps,
        (str(root / migrations / "script.py.mako"), migrations),
        (str(build / "licences.json"), "resources"),
        (str(build / "flatbuffers"), "resources/weights/flatbuffers"),
        (str(resources / "icons"), "resources/icons"),
        *((str(path), "resources/templates") for path in sorted((resources / "templates").glob("*.xz")) if variant == "full"),
        (str(resources / "model_card.md"), "resources"),
        (str(root / "LICENSE"), "."),
    ]


def _is_for(variant: str, weights: Path) -> bool:
    """Whether a file of the networks is needed: to read, flatbuffers are enough."""
    return variant == "full" or not weights.name.endswith(".weights.h5")


def icon(build: Path) -> str | None:
    """Return the icon that the system shows for the program's file; on Linux that is the desktop entry's."""
    ending = {"win32": "ico", "darwin": "icns"}.get(sys.platform)
    return str(build / "icons" / f"busi-gui.{ending}") if ending else None
