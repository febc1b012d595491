"""Documents written by hand, with blocks that are written by the program: ``<!-- figures: NAME -->`` … ``<!-- /figures -->``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from models.reporting.sources import ReportError

_BLOCK = re.compile(r"<!-- figures: (?P<name>[\w-]+) -->\n.*?<!-- /figures -->", re.DOTALL)
_MARK = re.compile(r"<!-- /?figures.*?-->")


def filled(text: str, blocks: Mapping[str, Callable[[], str]], document: str) -> str:
    """Return a document with every block written anew; what is written by hand stays as it is.

    Raises
    ------
    ReportError
        A block has a name that nothing writes, or no end.
    """
    if len(_MARK.findall(text)) != 2 * len(_BLOCK.findall(text)):
        raise ReportError(f'{document} has a block of figures without beginning or end: "<!-- figures: NAME -->" and "<!-- /figures -->".')

    def write(match: re.Match[str]) -> str:
        name = match["name"]
        if name not in blocks:
            raise ReportError(f'{document} has a block "{name}"; there are: {", ".join(sorted(blocks))}.')
        return f"<!-- figures: {name} -->\n\n{blocks[name]().strip()}\n\n<!-- /figures -->"

    return _BLOCK.sub(write, text)


def without_marks(text: str) -> str:
    """Return a document as it is shown in the program: without the marks of its blocks."""
    return re.sub(r"\n{3,}", "\n\n", _MARK.sub("", text))
