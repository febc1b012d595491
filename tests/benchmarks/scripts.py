"""The scripts of ``benchmarks/``, which import each other by their bare names."""

import importlib
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


def script(name):
    """Return a script as a module; only while it is imported are its neighbours found by their bare names."""
    sys.path.insert(0, str(FOLDER))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(FOLDER))
