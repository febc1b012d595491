"""What pyproject.toml asks for. Nothing but Python is needed to read it: the environment is set up with it."""

from __future__ import annotations

import tomllib
from pathlib import Path


def requirements(project: Path, *extras: str) -> list[str]:
    """Return what a pyproject.toml asks for to run, then what each extra does; OSError where there is none, KeyError where an extra is unknown."""
    asked = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    return [*asked["dependencies"], *(line for extra in extras for line in asked["optional-dependencies"][extra])]
