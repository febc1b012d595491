"""Build the program that is installed without Python: python packaging/build.py [full|reader].

It derives the flatbuffers, draws the icons, lets PyInstaller put everything into dist/NAME, and packs that folder into one file beside it.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD, DIST = ROOT / "build", ROOT / "dist"
NAMES = {"full": "busi-gui", "reader": "busi-gui-reader"}
_SYSTEMS = {"linux": "linux", "win32": "windows", "darwin": "macos"}
_OF_THE_BUILD = ("_pyinstaller_hooks_contrib", "altgraph", "macholib", "ordlookup", "packaging", "pefile", "win32ctypes")
"""Modules of packages that only help PyInstaller; of its own, what starts the program goes into it."""
_STRIPPED = (
    "libpython*",
    "python3.*/lib-dynload/*.so",
    "cv2/*.so",
    "_CharLS*.so",
    "_openjpeg*.so",
    "sqlalchemy/**/*.so",
    "ai_edge_litert/*.so",
)
"""Libraries on Linux that come with the names of all their functions, which only a debugger reads; others are stripped already, or would break."""


def main(variant: str) -> int:
    """Build one variant and say how large it is."""
    sys.path.insert(0, str(ROOT))
    from busi_gui import __version__

    derive_flatbuffers()
    draw_icons()
    write_licences(variant)
    environment = {**os.environ, "BUSI_GUI_VARIANT": variant}
    spec, work = str(ROOT / "packaging/busi_gui.spec"), str(BUILD / variant)
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", "--workpath", work, "--distpath", str(DIST), spec]
    subprocess.run(command, env=environment, check=True)
    folder = DIST / NAMES[variant]
    if sys.platform == "linux":
        add_system_licences(folder)
        strip(folder)
        add_desktop_entry(folder)
    packed = pack(folder, f"{NAMES[variant]}-{__version__}-{_SYSTEMS[sys.platform]}-{platform.machine().lower()}")
    print(f"{folder}: {size_of(folder) / 1e6:.0f} MB\n{packed}: {packed.stat().st_size / 1e6:.0f} MB")
    return 0


def derive_flatbuffers() -> None:
    """Prepare the shipped networks, so that no computer that installs the program has to."""
    folder = BUILD / "flatbuffers"
    shutil.rmtree(folder, ignore_errors=True)  # those of former weights, which would be delivered too
    kept = {**os.environ, "BUSI_GUI_CACHE": str(BUILD / "cache")}
    subprocess.run([sys.executable, str(ROOT / "main.py"), "convert", "--networks", str(ROOT / "resources/weights")], env=kept, check=True)
    from models.weights import flatbuffers, read_manifest, write_sums

    folder.mkdir(parents=True)
    for path in flatbuffers(read_manifest(ROOT / "resources/weights"), BUILD / "cache").paths:
        shutil.copyfile(path, folder / path.name)
    write_sums(folder)


def draw_icons() -> None:
    """Draw the program's icon as each system wants it."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PIL import Image
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    application = QGuiApplication.instance() or QGuiApplication([])
    picture = QImage(512, 512, QImage.Format.Format_ARGB32)
    picture.fill(0)
    painter = QPainter(picture)
    QSvgRenderer(str(ROOT / "resources/icons/app.svg")).render(painter)
    painter.end()
    folder = BUILD / "icons"
    folder.mkdir(parents=True, exist_ok=True)
    picture.save(str(folder / "busi-gui.png"))
    with Image.open(folder / "busi-gui.png") as drawn:
        drawn.save(folder / "busi-gui.ico", sizes=[(size, size) for size in (16, 24, 32, 48, 64, 128, 256)])
        drawn.save(folder / "busi-gui.icns")
    del application


def write_licences(variant: str) -> None:
    """Write down under which licences the packages are that go into a variant."""
    import parts  # type: ignore[import-not-found]  # lies beside this script

    from busi_gui import licences
    from busi_gui.requirements import requirements

    project = ROOT / "pyproject.toml"
    asked = requirements(project, "package") if variant == "full" else [*requirements(project), "pyinstaller"]
    left_out = [*parts.NEVER, *_OF_THE_BUILD, *(parts.RETRAINING if variant == "reader" else ())]
    licences.write(BUILD / "licences.json", licences.collected(asked, left_out))


def add_system_licences(folder: Path) -> None:
    """Write down too under which licences the libraries are that came from the system."""
    from busi_gui import licences

    inside = folder / "_internal"
    file = inside / "resources/licences.json"
    licences.write(file, [*licences.read(file), *licences.system_libraries(inside)])


def strip(folder: Path) -> None:
    """Take the names of functions out of libraries that need them for nothing but debugging."""
    for pattern in _STRIPPED:
        for path in sorted((folder / "_internal").glob(pattern)):
            if not path.is_symlink():
                subprocess.run(["strip", "--strip-unneeded", str(path)], check=True)


def add_desktop_entry(folder: Path) -> None:
    """Put beside the program what lists it in a desktop's menu."""
    for path in (ROOT / "packaging/linux").iterdir():
        if path.suffix in (".desktop", ".sh"):
            shutil.copy2(path, folder / path.name)
    shutil.copyfile(BUILD / "icons/busi-gui.png", folder / "busi-gui.png")


def pack(folder: Path, name: str) -> Path:
    """Pack a built program into one file: tar.xz on Linux, where file modes and links matter and `xz` takes half of what zip does; else zip."""
    if sys.platform != "linux":
        source = folder.with_suffix(".app") if folder.with_suffix(".app").exists() else folder
        if sys.platform == "darwin":  # which keeps links and signatures
            subprocess.run(["ditto", "-c", "-k", "--keepParent", str(source), str(DIST / f"{name}.zip")], check=True)
            return DIST / f"{name}.zip"
        return Path(shutil.make_archive(str(DIST / name), "zip", DIST, source.name))
    packed = DIST / f"{name}.tar.xz"
    compress = "xz --threads=0 --x86 --lzma2=preset=6" if platform.machine() == "x86_64" else "xz --threads=0"
    owner = ["--owner=0", "--group=0", "--numeric-owner", "--sort=name"]
    subprocess.run(["tar", "--create", *owner, "--use-compress-program", compress, "--file", str(packed), "-C", str(DIST), folder.name], check=True)
    return packed


def size_of(folder: Path) -> int:
    """Return the bytes of all files in a folder, a link's none."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "full"))
