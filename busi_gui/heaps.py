"""The C library's heaps: two for all threads."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

_M_ARENA_MAX = -8  # malloc.h of glibc
_MOST = 2


def share_heaps() -> None:
    """Let all threads of the process share two heaps, where the C library is glibc; to be called before there are threads.

    It gives each thread a heap of its own, and what is freed in one is of no use to the others: reading, analysing and drawing a cine of 300 frames
    held 12 MB more. More than two threads hardly ever ask at the same moment, for all but one wait for Python.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _MOST)
