"""The block about learning from readers: how often approved cases are found suspicious, of honest clinics and of poisoned ones."""

from __future__ import annotations

from models.reporting.sources import Sources
from models.reporting.words import NOT_MEASURED, NOTHING, paragraphs, table

_EVERYWHERE = "all"


def suspicions(sources: Sources) -> str:
    """Return in how many simulated clinics, of a hundred, something was found to be wrong, by what was wrong and by approved cases."""
    measure = sources.measures.get("suspicions")
    if measure is None:
        return NOT_MEASURED
    rows = [row for row in measure["rows"] if row["from"] == _EVERYWHERE]
    sizes = sorted({row["size"] for row in rows})
    found = {(row["clinics"], row["size"]): row["suspected"] for row in rows}
    names = list(dict.fromkeys(row["clinics"] for row in rows))
    cells = [[name, *(f"{100 * found[name, size]:.1f}" if (name, size) in found else NOTHING for size in sizes)] for name in names]
    data = measure["data"]
    return paragraphs(
        f"`{measure['command']}`: {data['clinics']} simulated clinics each, drawn from {data['scans']} {data['split']} scans. "
        "Of a hundred clinics with so many approved cases something is suspected in",
        table(["what was approved", *map(str, sizes)], cells),
    )
