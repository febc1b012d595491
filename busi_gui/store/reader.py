"""Who reads: as whom work is signed where nobody says otherwise."""

from __future__ import annotations

import getpass
import platform


def this_reader() -> str:
    """Return who reads, and where: user and workstation."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such user is known to the system
        user = "somebody"
    workstation = platform.node()
    return f"{user} on {workstation}" if workstation else user
