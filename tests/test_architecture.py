"""What keeps the program's shape and import-linter cannot see: the finer import rules, sizes, and what must not lie in the tree."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CACHES = {".hypothesis", ".import_linter_cache", ".mypy_cache", ".pytest_cache", ".ruff_cache", "__pycache__"}
NOT_OURS = {".git", ".venv", "build", "dist", "out", "runs", *CACHES}

TRAINING_LIBRARIES = {"keras", "tensorflow"}
# Imported only in a process that trains or converts. Everything else in `models` can be loaded without Keras.
KERAS_MODULES = {
    "models/backward.py",
    "models/bundle.py",
    "models/classifier.py",
    "models/comparing/system_fits.py",
    "models/comparing/systems.py",
    "models/crossfit.py",
    "models/from_keras.py",
    "models/learning_templates.py",
    "models/lite_operations.py",
    "models/losses.py",
    "models/retraining/keras_learner.py",
    "models/segmenter.py",
    "models/training.py",
}
WIDGET_LIBRARIES = {"PySide6.QtWidgets", "PySide6.QtOpenGLWidgets", "PySide6.QtSvgWidgets", "PySide6.QtPrintSupport", "pyqtgraph"}
FILE_CALLS = {"open", "read_bytes", "read_text", "write_bytes", "write_text", "mkdir", "unlink", "imread", "imwrite", "load", "save", "memmap"}

LONGEST_FILE = 400
LONGEST_MAIN_WINDOW = 300
LARGEST_TREE_BYTES = 23 * 10**6

MACHINE_PATH = re.compile(r"/(?:work|farm|root)/")
PATIENT_IMAGE = re.compile(r"bus_\d{4}-|(?:benign|malignant|normal) \(\d+\)", re.IGNORECASE)


def in_git_checkout() -> bool:
    return shutil.which("git") is not None and (ROOT / ".git").exists()


def tracked_files() -> list[Path]:
    """List the files that git tracks; without git, all that is not a result or a cache."""
    if in_git_checkout():
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, encoding="utf-8").stdout
        return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]
    return [path for path in ROOT.rglob("*") if path.is_file() and not NOT_OURS & set(path.relative_to(ROOT).parts)]


def python_files(*folders: str) -> list[Path]:
    """List the Python files of some folders, or of the whole tree, whether git tracks them yet or not."""
    found = (path for folder in folders or (".",) for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in found if not NOT_OURS & set(path.relative_to(ROOT).parts))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported_names(node: ast.AST) -> Iterator[str]:
    """Yield what one import statement brings in, in full: `from a import b` is both `a` and `a.b`."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module is not None:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imports_anywhere(tree: ast.Module) -> set[str]:
    return {name for node in ast.walk(tree) for name in imported_names(node)}


def imports_when_loaded(tree: ast.Module) -> set[str]:
    """Collect what importing a module imports: not what stands in a function, or under TYPE_CHECKING."""
    names: set[str] = set()
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            pending.extend(node.orelse)
            continue
        names.update(imported_names(node))
        pending.extend(ast.iter_child_nodes(node))
    return names


def packages(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def test_widgets_are_imported_only_by_the_views_and_the_application() -> None:
    offenders = {
        name_of(path): sorted(found)
        for path in [ROOT / "main.py", *python_files("busi_gui", "models")]
        if not name_of(path).startswith("busi_gui/views/") and name_of(path) != "busi_gui/app.py"
        if (found := {name for name in imports_anywhere(parsed(path)) if any(f"{name}.".startswith(f"{library}.") for library in WIDGET_LIBRARIES)})
    }
    assert not offenders


def test_keras_is_imported_only_by_the_modules_that_train_and_convert() -> None:
    offenders = {
        name_of(path): sorted(found)
        for path in [ROOT / "main.py", *python_files("busi_gui", "models")]
        if name_of(path) not in KERAS_MODULES
        if (found := packages(imports_when_loaded(parsed(path))) & TRAINING_LIBRARIES)
    }
    assert not offenders


@pytest.mark.parametrize("module", ["main", "busi_gui.app", "busi_gui.cli", "models.pipeline"])
def test_loading_the_program_loads_neither_keras_nor_tensorflow(module: str) -> None:
    question = f"import sys, {module}; print(sorted({TRAINING_LIBRARIES!r} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", question], cwd=ROOT, capture_output=True, check=False, encoding="utf-8")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip() == "[]"


def test_the_window_loads_no_decoder_that_can_crash_it_and_nothing_that_downloads() -> None:
    question = "import sys, busi_gui.app, busi_gui.io.dicom.file; print(sorted({'gdcm', 'jpeg_ls', 'requests'} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", question], cwd=ROOT, capture_output=True, check=False, encoding="utf-8")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip() == "[]"


PAINTS = """
import sys, os, main
main.load_qt()
from busi_gui import app
application = app._application()
window = app.MainWindow(app.build_services(), app.Settings())
window.show()
application.processEvents()
print(sorted(set(sys.argv[1:]) & set(sys.modules)), flush=True)
os._exit(0)
"""
LATE = {
    *("ai_edge_litert", "alembic", "asyncio", "matplotlib", "PIL", "pycocotools", "pydicom", "pyqtgraph", "scipy", "sqlalchemy", "tomllib"),
    *("busi_gui.cli", "busi_gui.licences", "busi_gui.store.workspace", "busi_gui.views.about", "busi_gui.views.cine.cine_plot"),
    *("busi_gui.views.exporting.export_dialog", "busi_gui.views.guide", "busi_gui.views.networks_dialog", "busi_gui.views.retraining.dialog"),
}


def test_the_window_paints_before_what_it_does_not_need_for_that_is_loaded(tmp_path: Path) -> None:
    folders = {name: str(tmp_path) for name in ("BUSI_GUI_DATA", "BUSI_GUI_CACHE", "XDG_CONFIG_HOME")}
    answer = subprocess.run(
        [sys.executable, "-c", PAINTS, *LATE],
        cwd=ROOT,
        capture_output=True,
        check=False,
        encoding="utf-8",
        env=os.environ | folders | {"QT_QPA_PLATFORM": "offscreen"},
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip() == "[]"


def test_qt_does_not_have_the_source_of_every_module_read_that_is_loaded_after_it() -> None:
    question = "import main; main.load_qt(); import PySide6.QtWidgets, busi_gui.domain.scan, linecache; print(*linecache.cache)"
    answer = subprocess.run([sys.executable, "-c", question], cwd=ROOT, capture_output=True, check=False, encoding="utf-8")
    assert answer.returncode == 0, answer.stderr
    assert "busi_gui" not in answer.stdout


def test_views_begin_no_threads_for_what_imports_qt_elsewhere_crashes() -> None:
    offenders = {
        f"{name_of(path)}:{node.lineno}"
        for path in python_files("busi_gui/views")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in ("Thread", "QThread", "import_module")
    }
    assert not offenders


def test_the_domain_touches_no_files() -> None:
    offenders = {
        f"{name_of(path)}:{node.lineno}": called
        for path in python_files("busi_gui/domain")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        if (called := getattr(node.func, "id", getattr(node.func, "attr", ""))) in FILE_CALLS
    }
    assert not offenders


def test_every_module_says_what_it_is_for() -> None:
    assert not [name_of(path) for path in python_files("busi_gui", "models") if not ast.get_docstring(parsed(path))]


def test_no_file_is_too_long() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in python_files()}
    assert not {name: length for name, length in lengths.items() if length > LONGEST_FILE}
    assert lengths["busi_gui/views/main_window.py"] <= LONGEST_MAIN_WINDOW


def test_no_file_names_a_path_of_one_machine() -> None:
    offenders = []
    for path in tracked_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture, or weights
        if MACHINE_PATH.search(text):
            offenders.append(name_of(path))
    assert not offenders


def test_no_patient_image_lies_in_the_tree() -> None:
    assert not [name_of(path) for path in tracked_files() if PATIENT_IMAGE.search(path.name)]


@pytest.mark.skipif(not in_git_checkout(), reason="without git, results cannot be told from what is tracked")
def test_the_tree_stays_small() -> None:
    sizes = {name_of(path): path.stat().st_size for path in tracked_files()}
    assert sum(sizes.values()) < LARGEST_TREE_BYTES, sorted(sizes.items(), key=lambda item: -item[1])[:5]
