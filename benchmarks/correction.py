"""Is it faster to correct the network's mask than to draw it anew? A simulated reader does both in the real window, and his events are counted.

Of held-out scans with one lesion so many are drawn of each data set and class, always the same. On each the networks answer, and the reader turns
their mask into the annotated one (Dice of at least 0.95) with the program's tools; then the same from an empty mask. Mouse and keys go through Qt.

    python benchmarks/correction.py DATASET [DATASET …] [--scans 30] [--out FILE.json]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from bench_window import use_settings_of_its_own
from reader_lines import components, union

from models.datasets import Example, read_datasets, select

WINDOW = (1280, 800)
WAYS = {"all": 1.0, "held": 0.0}
"""What a move with the button up counts."""
SIDES = ("corrected", "drawn")
WANTED = 0.95
Row = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("datasets", nargs="*", type=Path)
    parser.add_argument("--scans", type=int, default=30)
    parser.add_argument("--out", type=Path, help="write what was counted on each scan, as JSON")
    parser.add_argument("--jobs", type=int, default=2, help="windows at a time, each in a process of its own")
    parser.add_argument("--pictures", type=Path, help="write the window before and after into this folder")
    options = parser.parse_args()
    if not options.datasets:
        print("Name the data sets whose masks are to be corrected.")
        return
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    examples = chosen(select(read_datasets(options.datasets), "held-out"), options.scans)
    started = perf_counter()
    with ProcessPoolExecutor(options.jobs, get_context("spawn"), max_tasks_per_child=1) as pool:
        parts = list(pool.map(read_all, [examples[first :: options.jobs] for first in range(options.jobs)], [options.pictures] * options.jobs))
    rows = sorted((row for part in parts for row in part), key=lambda row: row["key"])
    if options.out is not None:
        options.out.write_text(json.dumps(rows, indent=1))
    report(rows)
    print(f"\n{perf_counter() - started:.0f} s")


def chosen(examples: list[Example], number: int) -> list[Example]:
    """Return about as many of each data set and class, always the same: scans with one lesion in one piece, to which nobody objects."""
    rng = np.random.default_rng(0)
    kinds = sorted({(e.dataset, e.label) for e in examples if e.label != "normal"})
    found: list[Example] = []
    for place, kind in enumerate(kinds):
        group = [e for e in examples if (e.dataset, e.label) == kind and not e.objection and len(e.mask_paths) == 1]
        share = number // len(kinds) + (place < number % len(kinds))
        shuffled = (group[index] for index in rng.permutation(len(group)))
        found += [e for e, _ in zip((e for e in shuffled if len(components(e.read_mask())) == 1), range(share), strict=False)]
    return found


def read_all(examples: Sequence[Example], pictures: Path | None) -> list[Row]:
    """Read each scan in one real window, and return what was counted."""
    with tempfile.TemporaryDirectory() as folder:
        return read_in(Path(folder), examples, pictures)


def read_in(folder: Path, examples: Sequence[Example], pictures: Path | None) -> list[Row]:
    """Do so with a Workspace of its own in this folder, on copies of the scans there: beside them lies nothing else."""
    os.environ["BUSI_GUI_DATA"] = str(folder / "work")
    use_settings_of_its_own()
    scans = [folder / f"{number:02d}{example.path.suffix}" for number, example in enumerate(examples)]
    for scan, example in zip(scans, examples, strict=True):
        shutil.copyfile(example.path, scan)
    from PySide6.QtCore import QTimer
    from simulated_hand import wait

    from busi_gui import app as program

    application, window, session = program.start(None)
    window.resize(*WINDOW)
    session.start()
    rows, kept = [], []

    def is_shown(scan: Path) -> bool:
        return session.case is not None and session.case.scan.path == scan and session.case.analysis is not None and session.activity is None

    def show(scan: Path) -> None:
        window.open_path(scan)
        wait(lambda: is_shown(scan))

    for scan, example in zip(scans, examples, strict=True):
        show(scan)
        about = {"key": example.key, "group": example.group, "dataset": example.dataset, "label": example.label}
        rows.append(about | read_scan(window, session, example, pictures))
        kept.append(session.editing.reading)
        told = {name: [f"{events(rows[-1], name, side):g} {'+'.join(rows[-1][name][side]['names'])}" for side in SIDES] for name in WAYS}
        print(f"{len(rows)}/{len(examples)} {example.key} {rows[-1]['network_dice']:.3f} {told}", file=sys.stderr, flush=True)
        if (dialog := application.activeModalWidget()) is not None:
            raise RuntimeError(f"a dialog has opened: {dialog.windowTitle()}")
    for scan, reading, row in zip(scans, kept, rows, strict=True):
        show(scan)
        row["is_kept"] = session.editing.reading.is_same(reading)
    QTimer.singleShot(0, application.quit)
    application.exec()
    return rows


def read_scan(window: Any, session: Any, example: Example, pictures: Path | None) -> Row:
    """Return what one scan took, both ways, for each way to count."""
    from simulated_reader import SimulatedReader

    found, row = session.editing.reading, Row()
    for name, way in WAYS.items():
        reader = SimulatedReader(window, session, example.read_mask(), way)
        row.update({"network_dice": reader.dice, "network_lesions": len(found.outlines), "zoom": window.scan_view.look.scale})
        photograph(window, session, pictures, f"{example.path.stem}-{name}-0")
        reader.hand.rest()
        corrected = reader.correct()
        photograph(window, session, pictures, f"{example.path.stem}-{name}-1")
        reader.take_back_to(found)
        empty = found.without(*(outline.number for outline in found.outlines))
        session.editing.edit("beginning with nothing", empty)
        reader.hand.rest()
        drawn, contour = reader.draw_anew()
        photograph(window, session, pictures, f"{example.path.stem}-{name}-2")
        mask = union(session.editing.reading, reader.truth.shape)
        if name != list(WAYS)[-1]:
            reader.take_back_to(found)
        row[name] = {"corrected": asdict(corrected), "drawn": asdict(drawn), "contour": asdict(contour), "size_px": int(np.count_nonzero(mask))}
        row[name]["surprises"] = reader.surprises
        reader.leave()
    return row


def photograph(window: Any, session: Any, folder: Path | None, name: str) -> None:
    if folder is not None:
        from PySide6.QtWidgets import QApplication
        from simulated_hand import wait

        wait(lambda: all(lesion.diagnosis is not None for lesion in session.case.lesions))
        for _ in range(3):  # until all is laid out
            QApplication.processEvents()
        folder.mkdir(parents=True, exist_ok=True)
        window.grab().save(str(folder / f"{name}.png"))


# what is said of it -------------------------------------------------------------------------------------------------------------------------------


def events(row: Row, name: str, side: str) -> float:
    effort = row[name][side]["effort"]
    return float(effort["keys"] + effort["presses"] + effort["drags"] + effort["notches"] + WAYS[name] * effort["ways"])


def report(rows: list[Row]) -> None:
    zooms = [row["zoom"] for row in rows]
    print(f"{len(rows)} scans, shown {min(zooms):.2f} to {max(zooms):.2f} times as large")
    print(f"as they were left when opened again in the same window: {sum(row['is_kept'] for row in rows)}")
    for name, way in WAYS.items():
        print(f"\nmoves with the button up count {way:g}")
        reached = [row for row in rows if all(row[name][side]["dice"] >= WANTED for side in SIDES)]
        for row in rows:
            if row not in reached:
                print("  NOT REACHED:", row["key"], {side: round(row[name][side]["dice"], 4) for side in SIDES})
        kinds = sorted({(row["dataset"], row["label"]) for row in rows})
        groups = {"all": reached} | {f"{d}, {c}": [row for row in reached if (row["dataset"], row["label"]) == (d, c)] for d, c in kinds}
        groups["with anything to do"] = [row for row in reached if events(row, name, "corrected")]
        groups["network's Dice from 0.8"] = [row for row in reached if row["network_dice"] >= 0.8]
        for title, group in groups.items():
            if group:
                say(title, group, name)
        for surprise in (surprise for row in rows for surprise in row[name]["surprises"]):
            print("  SURPRISE:", surprise)
        for side in SIDES:
            print(f"  {side}:", dict(Counter(tool for row in reached for tool in row[name][side]["names"]).most_common()))
        print("  first tool anew:", dict(Counter(row[name]["drawn"]["names"][0] for row in reached).most_common()))


def part_of(outcome: Row, part: str) -> float:
    return float(outcome[part] if part in outcome else outcome["effort"][part])


def say(title: str, rows: list[Row], name: str) -> None:
    corrected, anew, contour = (np.array([events(row, name, side) for row in rows]) for side in (*SIDES, "contour"))
    steps, path = ([[part_of(row[name][side], part) for row in rows] for side in SIDES] for part in ("steps", "path_px"))
    network = np.median([row["network_dice"] for row in rows])
    print(f"  {title}: {len(rows)} scans, network's Dice {network:.3f}, {int((corrected == 0).sum())} need nothing")
    print(f"    median events {np.median(corrected):g} : {np.median(anew):g} : {np.median(contour):g}", end="")
    print(f", steps {np.median(steps[0]):g} : {np.median(steps[1]):g}, path {np.median(path[0]):.0f} : {np.median(path[1]):.0f} px")
    for against, other in (("cheapest anew", anew), ("contour", contour)):
        ratios = corrected / other
        low, high = interval(ratios, [row["group"] for row in rows])
        print(f"    against {against:13} ratio of sums {corrected.sum() / other.sum():.2f}", end="")
        print(f", median of ratios {np.median(ratios):.2f} ({low:.2f} to {high:.2f}), dearer on {int((corrected > other).sum())}")


def interval(ratios: np.ndarray, groups: Sequence[str]) -> tuple[float, float]:
    """Return the 95 % interval of the median, from 1000 resamples of whole groups."""
    rng, names = np.random.default_rng(0), sorted(set(groups))
    members = {name: [r for r, group in zip(ratios, groups, strict=True) if group == name] for name in names}
    medians = [np.median([r for place in rng.integers(0, len(names), len(names)) for r in members[names[place]]]) for _ in range(1000)]
    return float(np.quantile(medians, 0.025)), float(np.quantile(medians, 0.975))


if __name__ == "__main__":
    main()
