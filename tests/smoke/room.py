"""Where a built program is tried: without network, source and Python, with an empty home, from a folder that cannot be written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_SETTING_UP = """
bundle=$1 installed=$2; shift 2
mount --bind "$bundle" "$installed" && mount -o remount,bind,ro "$installed" || exit 99
while [ "$1" != -- ]; do mount -t tmpfs none "$1" || exit 99; shift; done
shift
cd /
exec /usr/bin/env -i "$@"
"""
"""Runs where mounts are this process's own: the installation read-only, an empty folder over each of those that are named up to --."""


class Room:
    """Runs a built program.

    Attributes
    ----------
    folder
        For files that are tried.
    program
        The program's file as it is called.
    is_closed
        Whether network, source and Python are out of reach and the installation cannot be written; else only the environment is empty.
    """

    def __init__(self, bundle: Path, folder: Path) -> None:
        self.folder = folder
        self.bundle = bundle.resolve()
        self.home = folder / "home"
        self.home.mkdir(parents=True)
        (folder / "nothing").mkdir()
        self.installed = folder / "installed"
        self.installed.mkdir()
        self.is_closed = self._can_close()
        where = self.installed if self.is_closed else self.bundle
        inside = where / "Contents" / "MacOS" if self.bundle.suffix == ".app" else where
        self.program = inside / ("busi-gui-cli.exe" if sys.platform == "win32" else "busi-gui")

    def run(self, *arguments: Any, limit_s: float = 600, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the program to its end, without a display unless the environment names one."""
        command = self.command([str(self.program), *map(str, arguments)], environment)
        return subprocess.run(command, env=self._outside(environment), capture_output=True, encoding="utf-8", timeout=limit_s, check=False)

    def start(self, *arguments: Any, **environment: str) -> subprocess.Popen[str]:
        """Start the program with pipes for all that it says and is told."""
        command = self.command([str(self.program), *map(str, arguments)], environment)
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=self._outside(environment), stdin=pipe, stdout=pipe, stderr=pipe, encoding="utf-8")

    def shell(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run a line of shell where the program runs, with its environment."""
        return subprocess.run(self.command(["/bin/sh", "-c", script], {}), capture_output=True, encoding="utf-8", check=False)

    def command(self, command: list[str], environment: Mapping[str, str]) -> list[str]:
        """Return the command that runs another in here."""
        if not self.is_closed:
            return command
        hidden = [str(path) for path in self._hidden()]
        settings = [f"{name}={value}" for name, value in self._bare(environment).items()]
        return [*_unshare(), "/bin/sh", "-c", _SETTING_UP, "sh", str(self.bundle), str(self.installed), *hidden, "--", *settings, *command]

    def _bare(self, environment: Mapping[str, str]) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP") if name in os.environ}  # without which Windows starts nothing
        return {"HOME": str(self.home), "USERPROFILE": str(self.home), "PATH": str(self.folder / "nothing"), "LANG": "C.UTF-8", **kept, **environment}

    def _outside(self, environment: Mapping[str, str]) -> dict[str, str] | None:
        """Return the environment of what leads into the room; the program's own where nothing does."""
        return None if self.is_closed else self._bare(environment)

    def _can_close(self) -> bool:
        if not sys.platform.startswith("linux") or shutil.which("unshare") is None:
            return False
        self.is_closed = True
        return subprocess.run(self.command(["/bin/true"], {}), capture_output=True, check=False).returncode == 0

    def _hidden(self) -> list[Path]:
        """Return the folders of the source, and of the Python that runs this where it has one of its own."""
        homes = {Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()}
        return [ROOT, *sorted(path for path in homes if path not in (Path("/usr"), Path("/usr/local")) and ROOT not in path.parents)]


def _unshare() -> list[str]:
    return ["unshare", "--net", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
