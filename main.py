"""Start the window, or run a headless command: ``python main.py --help``."""

from __future__ import annotations

import builtins
import gc
import os
import sys


def give_streams() -> None:
    """Give a program without a console, which on Windows has no standard streams, such that lead nowhere: everything may write to them."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - for as long as the program runs


def load_qt() -> None:
    """Load Qt, and go on importing as Python does.

    PySide puts itself in the way of every import from then on and reads the source of each module, to see whether it asks for other names of
    Qt's methods (``from __feature__ import snake_case``). None here does, and it would be a quarter of the start.
    """
    own = builtins.__import__
    import PySide6.QtCore  # noqa: F401

    builtins.__import__ = own


def main(arguments: list[str]) -> int:
    """Return the exit code of the window, or of the command that the first argument names."""
    give_streams()
    from busi_gui.commands import COMMANDS

    if arguments and (arguments[0] in COMMANDS or arguments[0] in ("-h", "--help", "--version")):
        from busi_gui import cli

        return cli.main(arguments)
    gc.disable()  # until the window stands, see services.garbage: to look through what is imported again and again is a sixth of the start
    load_qt()
    from busi_gui import app

    return app.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
