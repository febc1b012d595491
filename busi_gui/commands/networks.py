"""The networks for commands; where they were never prepared for this computer, that is done first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from busi_gui import paths

if TYPE_CHECKING:
    from models.analysis import NetworkInfo
    from models.pipeline import Pipeline


def load_networks(version: Path, threads: int | None = None) -> Pipeline:
    """Load a version of the networks, see `models.pipeline.Pipeline.load`."""
    from models.pipeline import Pipeline

    prepare_networks(version)
    return Pipeline.load(version, paths.cache_dir(), threads)


def prepare_networks(version: Path) -> NetworkInfo:
    """Prepare a version for this computer, in a process of its own, for what reads weights can be crashed by damaged ones; return which they are.

    Raises
    ------
    NetworkError
        There are none, or they could not be prepared.
    """
    from models.analysis import NetworkError
    from models.weights import derived_files, read_manifest

    manifest = read_manifest(version)
    if not derived_files(version, manifest, paths.cache_dir()).are_there:
        sys.stderr.write("Preparing the networks for this computer; this is done once.\n")
        command = [*paths.own_command(), "convert", "--networks", str(version)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            said = [line for line in done.stderr.splitlines() if line.strip() and "%" not in line] or ["it ended early"]
            raise NetworkError(f"The networks could not be prepared: {said[-1]}") from None
    return manifest.info
