"""Write the templates of the shipped networks' architectures beside this file: ``python resources/templates/generate.py``; half a minute."""

# ruff: noqa: INP001 - a script, not a package

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from models.from_keras import template_of
from models.learning_templates import learning_template_of
from models.templates import learning_path, template_path
from models.weights import read_manifest

if __name__ == "__main__":
    for network in read_manifest(Path(__file__).resolve().parents[1] / "weights").networks:
        template_of(network).write(template_path(network.name, network.options))
        learning_template_of(network).write(learning_path(network.name, network.options))
