"""A plot of measured figures as a picture, the same bytes from the same figures."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.reporting.sources import Json, Sources

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#1b6ca8", "#c4591f", "#3a7d44", "#7b4b94")
INK = "#404040"
_DRAWING = 1
"""To be raised when the same figures are to be drawn in another way: pictures that lie there are drawn anew then."""

_DIGEST = re.compile(r"Drawn from figures ([0-9a-f]{16})")


@dataclass(frozen=True)
class Picture:
    """One plot of the documents.

    Attributes
    ----------
    name
        Of its file, without suffix.
    text
        What it shows, for whoever does not see it.
    figures
        Returns what it is drawn from, None where that was not measured.
    parts
        Returns those of the figures that change the picture.
    draw
        Draws them.
    """

    name: str
    text: str
    figures: Callable[[Sources], Json | None]
    parts: Callable[[Json], list[Any]]
    draw: Callable[[Axes, Json], None]

    @property
    def file(self) -> str:
        """Name of its file."""
        return f"{self.name}.svg"

    @property
    def in_a_document(self) -> str:
        """How a document shows it."""
        return f"![{self.text}](figures/{self.file})"

    def is_up_to_date(self, figures: Json, path: Path) -> bool:
        """Whether a file was drawn from these figures; how matplotlib draws may differ from version to version."""
        found = _DIGEST.search(path.read_text(encoding="utf-8")) if path.is_file() else None
        return found is not None and found[1] == self._digest(figures)

    def drawn(self, figures: Json) -> bytes:
        """Return it as SVG. The digest of its figures stands in its description, and no date."""
        import matplotlib as mpl  # when something is drawn: nothing else needs it
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        style: dict[Any, Any] = {
            "svg.hashsalt": "busi-gui",
            "svg.fonttype": "none",
            "font.family": "sans-serif",
            "font.size": 9,
            "axes.edgecolor": INK,
        }
        with mpl.rc_context(style):
            figure = Figure(figsize=(5.2, 3.6), layout="constrained")
            FigureCanvasAgg(figure)
            axes = figure.subplots()
            axes.spines[["top", "right"]].set_visible(False)
            self.draw(axes, figures)
            out = BytesIO()
            description = f"Drawn from figures {self._digest(figures)}"
            figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Title": self.name, "Description": description})
        return out.getvalue()

    def _digest(self, figures: Json) -> str:
        content = json.dumps([_DRAWING, self.name, *self.parts(figures)], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:16]
