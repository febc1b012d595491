"""Write the documents and pictures from what was measured, or say which of them do not say what the files say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from models.reporting import checks, clinics, compared, elsewhere, failing, learning, performance, plots, sections
from models.reporting.blocks import filled, without_marks
from models.reporting.drawing import Picture
from models.reporting.sources import ReportError, Sources, read_sources

CARD = "model_card.md"
DOCUMENTS = ("validation.md", "performance.md", CARD)

_BLOCKS: Mapping[str, Callable[[Sources], str]] = {
    "version": sections.version,
    "data": sections.data,
    "summary": sections.summary,
    "held-out": sections.held_out,
    "with-objections": sections.with_objections,
    "on-validation": sections.on_validation,
    "operating-points": sections.operating_points,
    "verdicts": sections.verdicts,
    "calibration": sections.calibration,
    "doubt": sections.doubt,
    "looks": sections.looks,
    "failures": failing.failures,
    "other-clinic": elsewhere.other_clinic,
    "other-clinic-in-short": elsewhere.in_short,
    "robustness": checks.robustness,
    "saliency": checks.saliency,
    "signs-of-doubt": checks.signs_of_doubt,
    "comparison": compared.comparison,
    "suspicions": learning.suspicions,
    "clinic": clinics.clinic,
    "performance": performance.performance,
    "hands": performance.hands,
    "plots": plots.plots,
}

_PICTURES: tuple[Picture, ...] = (*plots.PICTURES, clinics.PICTURE)


@dataclass(frozen=True)
class Places:
    """Where a report reads and writes.

    Attributes
    ----------
    version
        Folder with the manifest of the version that the documents are about.
    documents
        Folder of ``validation.md``, ``performance.md`` and ``model_card.md``, with ``measures`` and ``figures`` in it.
    card
        The model card as the program shows it: the same text without marks.
    """

    version: Path
    documents: Path
    card: Path

    @property
    def figures(self) -> Path:
        """Folder of the pictures."""
        return self.documents / "figures"


def write_report(places: Places) -> list[Path]:
    """Write documents and pictures, and return the paths of those that changed; ReportError where a source or document is missing or unusable."""
    sources = read_sources(places.version, places.documents / "measures")
    changed = {path: text for path, text in _texts(sources, places).items() if _is_another(path, text)}
    for path, text in changed.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    stale = _stale_pictures(sources, places)
    for path, picture in stale.items():
        figures = picture.figures(sources)
        if figures is None:
            path.unlink()
        else:
            places.figures.mkdir(parents=True, exist_ok=True)
            path.write_bytes(picture.drawn(figures))
    return [*changed, *stale]


def check_report(places: Places) -> list[Path]:
    """Return the documents and pictures that do not say what the files say; ReportError as in `write_report`."""
    sources = read_sources(places.version, places.documents / "measures")
    return [path for path, text in _texts(sources, places).items() if _is_another(path, text)] + [*_stale_pictures(sources, places)]


def _texts(sources: Sources, places: Places) -> dict[Path, str]:
    blocks = {name: partial(write, sources) for name, write in _BLOCKS.items()}
    texts = {}
    for name in DOCUMENTS:
        path = places.documents / name
        try:
            texts[path] = filled(path.read_text(encoding="utf-8"), blocks, name)
        except OSError as error:
            raise ReportError(f"{path} cannot be read: {error}") from error
        except (KeyError, TypeError, IndexError) as error:
            raise ReportError(f"{path} cannot be written: a file of measures lacks what is to be said ({error!r}).") from error
    texts[places.card] = without_marks(texts[places.documents / CARD])
    return texts


def _is_another(path: Path, text: str) -> bool:
    return not path.is_file() or path.read_text(encoding="utf-8") != text


def _stale_pictures(sources: Sources, places: Places) -> dict[Path, Picture]:
    """Return the files that are not drawn from the figures, or from figures that are no more."""
    stale = {}
    for picture in _PICTURES:
        path, figures = places.figures / picture.file, picture.figures(sources)
        if path.is_file() if figures is None else not picture.is_up_to_date(figures, path):
            stale[path] = picture
    return stale
