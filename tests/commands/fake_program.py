"""The program with made-up networks in the place of the real ones: `python tests/commands/fake_program.py analyze …`; all else is real.

What the networks do is told by the first pixel of a scan; each scan that they are asked about is a line of the file LOG: process and second pixel.
"""

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from busi_gui import cli, paths
from busi_gui.commands import analyze
from models.analysis import NetworkError
from models.weights import read_manifest
from tests.services.fake_pipeline import analysis_of

DIES, BREAKS, WAITS, RELEASES = 250, 251, 252, 253
HERE = Path(__file__).resolve()

signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell runs in the background ignores it


class Networks:
    """They find one lesion; they die, break, wait for a line in the pipe PIPE, where there is one, or write it."""

    def __init__(self, version, threads=None):
        if os.environ.get("LOADING") == "fails":
            raise NetworkError("The networks are damaged.")
        if os.environ.get("LOADING") == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        self.info = read_manifest(version).info

    def analyse(self, pixels):
        with Path(os.environ["LOG"]).open("a") as log:
            log.write(f"{os.getpid()} {pixels[0, 1]}\n")
        pipe = os.environ.get("PIPE")
        if pixels[0, 0] == DIES:
            os.kill(os.getpid(), signal.SIGSEGV)
        if pixels[0, 0] == BREAKS:
            raise ZeroDivisionError("a bug")
        if pixels[0, 0] == WAITS and pipe:
            Path(pipe).read_text()
        if pixels[0, 0] == RELEASES and pipe:
            Path(pipe).write_text("go on")
        return replace(analysis_of(pixels, pixels[0, 1] / 255), network=self.info)


def main():
    paths.own_command = lambda: [sys.executable, str(HERE)]
    vars(analyze).update(prepare_networks=lambda version: read_manifest(version).info, load_networks=Networks)
    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
