"""Headless commands that have a module of their own; `cli` puts them together."""

from __future__ import annotations

COMMANDS = (
    "analyze",
    "info",
    "export",
    "import",
    "evaluate",
    "report",
    "train",
    "compare",
    "retrain",
    "replay-pack",
    "versions",
    "convert",
    "analyze-worker",
    "decode",
)
"""What the first argument of the program may be, in place of a scan; here, so that the window need not load them all to know."""
