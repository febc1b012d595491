"""Print what pyproject.toml asks for, one requirement a line, with the extras named as arguments: the program itself is never installed."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from busi_gui.requirements import requirements

if __name__ == "__main__":
    print("\n".join(requirements(Path(__file__).resolve().parents[1] / "pyproject.toml", *sys.argv[1:])))
