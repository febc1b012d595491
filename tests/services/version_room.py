"""A store of made-up versions with the service on it, for tests of the service and of its dialog."""

import sys
from pathlib import Path
from typing import Any

from busi_gui.paths import weights_dir
from busi_gui.services.versions import Versions
from models.versions import VersionStore
from tests.models.version_folders import make_store

ROOT = Path(__file__).resolve().parents[2]
IMPORTING = """
import argparse, sys
from pathlib import Path
from busi_gui import paths
from busi_gui.commands.versions import add_versions
from models.analysis import NetworkError
folder = Path(sys.argv[1])
paths.weights_dir, paths.versions_dir = lambda: folder / "shipped", lambda: folder / "networks"
parser = argparse.ArgumentParser()
add_versions(parser.add_subparsers())
options = parser.parse_args(["versions", "import", *sys.argv[2:]])
try:
    sys.exit(options.run_command(options))
except NetworkError as error:
    sys.stderr.write(f"{error}\\n")
    sys.exit(1)
"""
# The program's own command, on a store in another place.


def shipped_only(folder):
    """Return the service on a store that holds nothing but the shipped networks."""
    return Versions(VersionStore(weights_dir(), folder), [], "anna on desk")


class VersionRoom:
    """Attributes: ``store``, ``versions`` and what it announced: ``told``, ``lists``, ``busy``."""

    def __init__(self, folder, *names, command=None):
        self.store = make_store(folder, *names)
        code = f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{IMPORTING}"
        self.versions: Any = Versions(self.store, command or [sys.executable, "-c", code, str(folder), "--json"], "anna on desk")
        self.told, self.lists, self.busy = [], [], []
        self.versions.done.connect(lambda said: self.told.append(("done", said)))
        self.versions.failed.connect(lambda said: self.told.append(("failed", said)))
        self.versions.listed.connect(self.lists.append)
        self.versions.busy_changed.connect(self.busy.append)

    def answer(self, qtbot):
        """Wait until something came of the last wish, and return it."""
        qtbot.waitUntil(lambda: bool(self.told) and not self.versions.is_busy, timeout=30_000)
        return self.told.pop()
