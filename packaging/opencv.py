"""Make OpenCV anew from its source with what the program uses, and put it into the environment that runs this: python packaging/opencv.py.

The published wheel is linked to FFmpeg and OpenBLAS: 158 MB that nothing here calls, and that no packager can take from a library that names them. On
Linux only; elsewhere the published wheel has FFmpeg in a file of its own, which is left out. It takes some minutes, once for each version.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WHEELS = ROOT / "build/wheels"
NAME = "opencv-python-headless"
_USED = ("core", "imgproc", "imgcodecs", "photo")
_MODULES = (*_USED, "features2d", "calib3d", "flann", "python3")  # without the other three the package cannot describe its types, and fails
_BUNDLED = ("JPEG", "PNG", "TIFF", "WEBP", "ZLIB")  # of its own, whatever the system has
_WITHOUT = (
    *("ADE", "AVIF", "FFMPEG", "GSTREAMER", "ITT", "JASPER", "LAPACK", "OPENCL", "OPENEXR", "OPENJPEG", "PROTOBUF", "V4L"),
    "IPP",  # it is fetched while building
)


def main() -> int:
    """Build the wheel where it is not there yet, and install it."""
    if sys.platform != "linux":
        return 0
    if missing := [tool for tool in ("c++", "make") if shutil.which(tool) is None]:
        print(f"Without {' and '.join(missing)} OpenCV stays the published one: the program is 150 MB larger.")
        return 0
    wanted = version(NAME)
    if not list(WHEELS.glob(f"{NAME.replace('-', '_')}-{wanted}-*.whl")):
        print(f"== Building OpenCV {wanted} with {', '.join(_USED)} (once, some minutes)", flush=True)
        _pip("wheel", "--no-binary", NAME, "--wheel-dir", str(WHEELS), f"{NAME}=={wanted}")
    _pip("install", "--no-index", "--force-reinstall", "--find-links", str(WHEELS), f"{NAME}=={wanted}")
    return 0


def _pip(command: str, *arguments: str) -> None:
    options = [f"-DBUILD_LIST={','.join(_MODULES)}", *(f"-DWITH_{name}=OFF" for name in _WITHOUT), *(f"-DBUILD_{name}=ON" for name in _BUNDLED)]
    environment = {
        **os.environ,
        "CMAKE_ARGS": " ".join(options),
        "CMAKE_BUILD_PARALLEL_LEVEL": str(os.cpu_count() or 1),
        "ENABLE_CONTRIB": "0",
        "ENABLE_HEADLESS": "1",
    }
    quiet = ["--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([sys.executable, "-m", "pip", command, *quiet, *arguments], env=environment, check=True)


if __name__ == "__main__":
    sys.exit(main())
