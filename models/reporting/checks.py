"""The blocks about what moves the networks and what they look at: files of measures with rows and a summary, as ``benchmarks/`` write them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from models.reporting.sources import Json, Sources
from models.reporting.words import NOT_MEASURED, NOTHING, digits, paragraphs, shown, table

_WORDS = {
    "auc": "AUC",
    "auc_change": "change of the AUC",
    "auc_less_network": "AUC less that of the network's outline",
    "auc_spread": "highest less lowest AUC",
    "auroc": "AUROC for a wrong verdict",
    "auroc_more_than_distance": "AUROC more than of the distance alone",
    "annotated_less_network": "AUC of the annotated outline less that of the network's",
    "change.median": "median change of the probability",
    "change.p95": "95th percentile",
    "dice_change": "change of Dice",
    "energy": "energy in the lesion, times its share",
    "false_lesions_on_normals": "normals with a false lesion",
    "from_network.median": "median change of the probability",
    "from_network.p95": "95th percentile",
    "kept_accuracy": "right among the surest",
    "lost": "lesions lost",
    "median": "median change of the probability",
    "p95": "95th percentile",
    "peak": "peak in the lesion",
    "with_other_class": "rank correlation with the map of the other class",
}


@dataclass(frozen=True)
class _Check:
    """A file of measures and how it stands in a document: which rows, what is left out of rows and summary, what the summary's parts are called."""

    file: str
    title: str
    left_out: tuple[str, ...] = ()
    parts: Mapping[str, str] | None = None
    is_shown: Callable[[Json], bool] = lambda _row: True


_OUTLINE = _Check(
    "outline_robustness",
    "The same lesions, outlined in other ways",
    ("rows.from_annotated.*", "rows.left_out", "summary.each.*"),
    {"together": "Ways to draw taken together, and whether they keep to what was wished beforehand", "holds": "Kept to what was wished"},
)
_PICTURE = _Check(
    "picture_robustness",
    "The same scans, altered as machines, archives and marks alter them",
    ("rows.lesions", "rows.dice", "rows.newly_found", "rows.auc", "rows.shift.*"),
    {"worst": "Worst"},
)
_SALIENCY = _Check(
    "saliency_fidelity",
    "What the saliency marks, and what happens when it is covered",
    ("summary.sanity.*.blank", "summary.sanity.*.nothing.*"),
    {
        "chance": "How often a peak at a random place would lie in the lesion",
        "sanity": "How alike the map stays when weights are shuffled (rank correlation; 1: the same)",
        "beaten": "By how much the order of the map beats a plain one",
    },
)
_SIGNS = _Check(
    "doubt",
    "Which signs tell that a verdict is wrong, each alone, and which of all their combinations does best",
    is_shown=lambda row: len(row.get("signs", ())) == 1,
)


def robustness(sources: Sources) -> str:
    """Return what the diagnosis does when the outline is drawn in another way, and when the picture is another one."""
    return paragraphs(_written(sources, _OUTLINE), _written(sources, _PICTURE))


def saliency(sources: Sources) -> str:
    """Return how faithful the saliency is to what moves the networks."""
    return _written(sources, _SALIENCY)


def signs_of_doubt(sources: Sources) -> str:
    """Return which signs tell wrong verdicts from right ones."""
    return _written(sources, _SIGNS)


def leaves(part: Json, left_out: Sequence[str] = (), place: str = "") -> Iterator[tuple[str, object]]:
    """Yield what a nested mapping holds, with the path to it; a figure with its interval is one leaf, and so is a list.

    Parameters
    ----------
    left_out
        Patterns of paths, such as ``"rows.shift.*"``.
    place
        Path of the mapping itself; what is yielded does not repeat it.
    """
    for key, value in part.items():
        path = f"{place}.{key}" if place else str(key)
        if any(fnmatchcase(path, pattern) for pattern in left_out):
            continue
        if isinstance(value, Mapping) and "value" not in value:
            for inner, leaf in leaves(value, left_out, path):
                yield f"{key}.{inner}", leaf
        else:
            yield str(key), value


def cell(value: object) -> str:
    """Return a leaf as it stands in a table."""
    if isinstance(value, Mapping):
        return shown(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return digits(value)
    if isinstance(value, list):
        return ", ".join(cell(each) for each in value)
    return NOTHING if value is None else str(value)


def in_words(path: str) -> str:
    """Return what a leaf is called."""
    if path in _WORDS:
        return _WORDS[path]
    *before, last = path.split(".")
    if before and before[-1] == "flips":
        return f"verdicts that turn, {last}"
    return ", ".join((*before, last)).replace("_", " ")


def _written(sources: Sources, check: _Check) -> str:
    measure = sources.measures.get(check.file)
    if measure is None:
        return f"**{check.title}.** {NOT_MEASURED}"
    rows = [dict(leaves(row, check.left_out, "rows")) for row in measure.get("rows", ()) if check.is_shown(row)]
    return paragraphs(
        f"**{check.title}.** `{measure.get('command', check.file)}`: {_data_of(sources, measure)}",
        _as_table(rows),
        _summary(measure.get("summary", {}), check),
    )


def _summary(summary: Json, check: _Check) -> str:
    parts, said = [], []
    for key, value in summary.items():
        path, title = f"summary.{key}", (check.parts or {}).get(key, in_words(key))
        if isinstance(value, Mapping) and value and all(isinstance(each, Mapping) and "value" not in each for each in value.values()):
            rows = [{"": name, **dict(leaves(each, check.left_out, f"{path}.{name}"))} for name, each in value.items()]
            parts.append(paragraphs(f"{title}:", _as_table(rows)) if any(len(row) > 1 for row in rows) else "")
        elif isinstance(value, Mapping) and "value" not in value:
            said.append(f"* {title}: " + ", ".join(f"{in_words(name)} {cell(leaf)}" for name, leaf in leaves(value, check.left_out, path)))
        else:
            said.append(f"* {title}: {cell(value)}")
    return paragraphs("\n".join(said), *parts)


def _as_table(rows: Sequence[Mapping[str, object]]) -> str:
    header = list(dict.fromkeys(key for row in rows for key in row))
    names = [in_words(key).removesuffix(", correlation") for key in header]
    return table(names, [[cell(row.get(key, "")) for key in header] for row in rows]) if rows else ""


def _data_of(sources: Sources, measure: Json) -> str:
    data = measure.get("data")
    said = str(data)
    if isinstance(data, Mapping):
        lesions = f", {data['lesions']} lesions" if "lesions" in data else ""
        said = f"{data.get('scans', NOTHING)} {data.get('split', '')} scans{lesions}"
    version = measure.get("networks", {}).get("version", "")
    whose = "" if sources.is_about_this(measure) else f" **These are figures of other weights{f', version {version}' if version else ''}.**"
    return f"{said}.{whose}"
