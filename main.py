"""Start the window, or run a headless command: ``python main.py --help``."""

from __future__ import annotations

import sys


def main(arguments: list[str]) -> int:
    """Return the exit code of the window, or of the command that the first argument names."""
    from busi_gui import cli

    if arguments and (arguments[0] in cli.COMMANDS or arguments[0] in ("-h", "--help", "--version")):
        return cli.main(arguments)
    from busi_gui import app

    return app.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
