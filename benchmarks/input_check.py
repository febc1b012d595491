"""What does the input check find, and how often is it wrong? Prints the table of docs/input-check.md; with --fit, writes its numbers first.

Half of the groups and patients (a hash decides) are for fitting and choosing, the other half is what is reported.

    python benchmarks/input_check.py --data FOLDER [--others FOLDER …] [--fit] [--seed 0]
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2
import numpy as np
import pydicom
import skimage
from tqdm import tqdm

from busi_gui import paths
from busi_gui.domain.synthetic import Kind, synthetic_scan
from busi_gui.io.errors import ReadError
from busi_gui.io.scans import read_scan
from models import burned_in, familiarity
from models.datasets import Example, read_datasets
from models.familiarity import reduced_mask
from models.input_check import Box, check_scan, scan_within
from models.lesions import find_lesions
from models.pipeline import Pipeline
from models.preprocessing import Letterbox, Mask, Pixels
from tests.models import not_scans

NUMBERS = Path(familiarity.__file__).with_name("familiarity_numbers.py")
KINDS: tuple[Kind, ...] = ("benign", "malignant", "normal")
FITTED_SYNTHETIC = range(100_000, 100_120)
QUANTILE = 0.99
"""Share of the first half's scans that count as ultrasound."""

SKIMAGE = {
    "photograph": "astronaut.png camera.png chelsea.png coffee.png rocket.jpg motorcycle_left.png motorcycle_right.png clock_motion.png coins.png "
    "moon.png",
    "texture": "brick.png grass.png gravel.png",
    "document": "page.png text.png logo.png chessboard_GRAY.png chessboard_RGB.png horse.png color.png",
    "microscope, eye, sky": "cell.png ihc.png retina.jpg microaneurysms.png hubble_deep_field.jpg",
    "CT, MR": "phantom.png",
}
PYDICOM = {"CT, MR": "CT_small.dcm MR_small.dcm J2K_pixelrep_mismatch.dcm examples_overlay.dcm 693_J2KI.dcm"}


@dataclass(frozen=True)
class Seen:
    """A scan of the data and what the networks outlined in it."""

    example: Example
    pixels: Pixels
    lesions: list[Mask]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="BUSI and BUS-BRA, or a folder that holds them")
    parser.add_argument("--others", type=Path, nargs="*", default=[], help="folders of pictures that are no breast ultrasound, a kind each")
    parser.add_argument("--fit", action="store_true", help=f"write {NUMBERS.name} from the first half")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    examples = read_datasets(options.data)
    if options.fit:
        fit([e for e in examples if half_of(e) == 0], options.seed)
        print(f"{NUMBERS} is written; run again without --fit for the table.")
        return
    pipeline = Pipeline.load(paths.weights_dir(), paths.cache_dir())
    seen = [Seen(e, pixels := e.read_pixels(), outlined(pipeline, pixels)) for e in tqdm(examples, unit="scan", disable=None) if half_of(e) == 1]
    rng = np.random.default_rng([options.seed, 1])
    print(f"{len(seen)} scans of {len({s.example.group for s in seen})} lesions or patients, none of them used for fitting or choosing.")
    false_alarms(seen)
    not_ultrasound(seen, options.others, rng)
    borders(seen, rng)
    doppler(seen, rng)
    marks(seen, rng)
    cut_off(pipeline, seen, rng)


def half_of(example: Example) -> int:
    return int(hashlib.sha256(f"half:{example.group}".encode()).hexdigest(), 16) % 2


def outlined(pipeline: Pipeline, pixels: Pixels) -> list[Mask]:
    return find_lesions(pipeline.lesion_probability(pixels, Letterbox.around(pixels)), pipeline.manifest.lesion_rule, pixels.shape)


def interval(found: int, number: int) -> str:
    """Return count, share and Wilson's 95 % interval."""
    if not number:
        return "none to measure"
    z, p = 1.96, found / number
    middle, reach = p + z**2 / (2 * number), z * np.sqrt(p * (1 - p) / number + z**2 / (4 * number**2))
    low, high = (100 * (middle + sign * reach) / (1 + z**2 / number) for sign in (-1, 1))
    return f"{found} of {number}: {100 * p:.1f} % ({max(low, 0):.1f} to {min(high, 100):.1f})"


def tell(name: str, found: int, number: int) -> None:
    print(f"  {name:62} {interval(found, number)}", flush=True)


# ------------------------------------------------------------------------------------------------------------------------------------ fit


def fit(examples: Sequence[Example], seed: int) -> None:
    """Fit centre and spread of the figures to scans as they are and as others would bring them, and write them."""
    rng = np.random.default_rng([seed, 0])
    plain, other = [], []
    for example in tqdm(examples, unit="scan", disable=None):
        pixels = example.read_pixels()
        plain.append(familiarity.figures(pixels))
        other.append(familiarity.figures(changed(pixels, rng)))
    other += [familiarity.figures(synthetic_scan(one, KINDS[one % 3], (int(rng.integers(200, 700)), 600))[0]) for one in FITTED_SYNTHETIC]
    figures = np.array(plain + other)
    centre = figures.mean(axis=0)
    # Whitening W with W'W the inverse covariance; a little is added to the diagonal, for some figures are 0 in nearly every scan.
    whitening = np.linalg.cholesky(np.linalg.inv(np.cov(figures.T) + 1e-4 * np.eye(figures.shape[1]))).T
    limit = np.quantile(np.square((np.array(plain) - centre) @ whitening.T).sum(axis=1), QUANTILE)
    lines = [
        '"""Numbers of ``familiarity``, written by benchmarks/input_check.py --fit. Not to be edited."""\n',
        f"CENTRE = {tuple(round(float(value), 5) for value in centre)}",
        "WHITENING = (",
        *(f"    {tuple(round(float(value), 4) for value in row)}," for row in whitening),
        ")",
        f"LIMIT = {limit:.4f}",
    ]
    NUMBERS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def changed(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Return a scan as another machine, reader or export would have brought it: brighter, zoomed, smaller, compressed, mirrored."""
    rows, columns = pixels.shape
    high, wide = round(rows * rng.uniform(0.6, 1)), round(columns * rng.uniform(0.6, 1))
    top, left = rng.integers(0, rows - high + 1), rng.integers(0, columns - wide + 1)
    part = pixels[top : top + high, left : left + wide]
    greys = 255 * np.clip(rng.uniform(0.75, 1.3) * (part / 255.0) ** rng.uniform(0.75, 1.35), 0, 1)
    scale = rng.uniform(0.5, 1.5)
    sized = cv2.resize(greys.astype(np.uint8), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    mirrored = sized[:, ::-1] if rng.random() < 0.5 else sized
    code = cv2.imencode(".jpg", mirrored, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(50, 96))])[1]
    return np.asarray(cv2.imdecode(code, cv2.IMREAD_GRAYSCALE), np.uint8)


# -------------------------------------------------------------------------------------------------------------------------------- measure


def kinds_of(pixels: Pixels, lesions: Sequence[Mask] = ()) -> set[str]:
    return {concern.kind for concern in check_scan(pixels, lesions)}


def is_clean(seen: Seen) -> bool:
    return not (seen.example.annotation or seen.example.objection)


def false_alarms(seen: Sequence[Seen]) -> None:
    print("\nFalse alarms, on scans as they are")
    for title, chosen in (
        ("BUSI without annotation or objection", [s for s in seen if s.example.dataset == "busi" and is_clean(s)]),
        ("BUS-BRA", [s for s in seen if s.example.dataset == "bus-bra"]),
    ):
        found = [kinds_of(s.pixels, s.lesions) for s in chosen]
        for kind in ("not ultrasound", "borders", "doppler", "marks over lesion", "cut off"):
            tell(f"{title}: {kind}", sum(kind in kinds for kinds in found), len(found))
        tell(f"{title}: any of them", sum(bool(kinds) for kinds in found), len(found))


def not_ultrasound(seen: Sequence[Seen], folders: Sequence[Path], rng: np.random.Generator) -> None:
    print("\nNot an ultrasound")
    for kind, pictures in other_pictures(folders, rng):
        tell(kind, sum("not ultrasound" in kinds_of(p) for p in pictures), len(pictures))
        large = [p for p in pictures if min(p.shape) > 150]
        parts = [part_of(p, rng) for p in large for _ in range(4)]
        tell(f"{kind}: parts of them", sum("not ultrasound" in kinds_of(p) for p in parts), len(parts))
    views = [changed(s.pixels, rng) for s in seen]
    tell("false alarms: scans brightened, zoomed, shrunk, compressed", sum("not ultrasound" in kinds_of(p) for p in views), len(views))
    made = [synthetic_scan(one, KINDS[one % 3], (480, 600))[0] for one in range(60)]
    tell("false alarms: synthetic scans", sum(bool(kinds_of(p)) for p in made), len(made))


def other_pictures(folders: Sequence[Path], rng: np.random.Generator) -> Iterator[tuple[str, list[Pixels]]]:
    for package, root, names in (
        ("scikit-image", Path(skimage.__file__).parent / "data", SKIMAGE),
        ("pydicom", Path(pydicom.__file__).parent / "data/test_files", PYDICOM),
    ):
        for kind, files in names.items():
            yield f"{kind} ({package})", read_all([root / f for f in files.split()])
    for folder in folders:
        yield f"{folder.name} (--others)", read_all(sorted(p for p in folder.rglob("*") if p.is_file()))
    for kind, make in not_scans.MADE_UP.items():
        shapes = [(int(rng.integers(300, 900)), int(rng.integers(300, 1000))) for _ in range(10)]
        yield f"{kind} (made up)", [picture for shape in shapes for picture in make(rng, shape).values()]


def read_all(files: Sequence[Path]) -> list[Pixels]:
    pictures = []
    for file in files:
        try:
            pictures.append(read_scan(file).pixels)
        except ReadError as error:
            print(f"  left out: {error}")
    return pictures


def part_of(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    high, wide = (round(side * rng.uniform(0.45, 0.9)) for side in pixels.shape)
    top, left = rng.integers(0, pixels.shape[0] - high + 1), rng.integers(0, pixels.shape[1] - wide + 1)
    return np.ascontiguousarray(pixels[top : top + high, left : left + wide])


def borders(seen: Sequence[Seen], rng: np.random.Generator) -> None:
    print("\nLarge borders: scans of the second half in made-up screen shots")
    shots = [not_scans.screen_shot(s.pixels, rng) for s in seen]
    concerns = [check_scan(shot) for shot, _ in shots]
    tell("found", sum(any(c.kind == "borders" for c in cs) for cs in concerns), len(shots))
    tell("taken for no ultrasound", sum(any(c.kind == "not ultrasound" for c in cs) for cs in concerns), len(shots))
    overlap = [_overlap(box, scan_within(shot)) for shot, box in shots]
    tell("proposed part overlaps with the scan (IoU) by 0.8 or more", sum(o >= 0.8 for o in overlap), len(shots))
    print(f"  median overlap {np.median(overlap):.3f}")


def _overlap(first: Box, second: Box | None) -> float:
    if second is None:
        return 0.0
    high, wide = (max(0, min(first[i + 2], second[i + 2]) - max(first[i], second[i])) for i in (0, 1))
    both = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (first, second))
    return high * wide / (both - high * wide)


def doppler(seen: Sequence[Seen], rng: np.random.Generator) -> None:
    print("\nColour Doppler")
    annotated = [s for s in seen if "doppler" in s.example.annotation]
    found = sum("doppler" in kinds_of(s.pixels) for s in annotated)
    tell(f"BUSI, in grey ({len({s.example.group for s in annotated})} lesions)", found, len(annotated))
    clean = [s for s in seen if "doppler" not in s.example.annotation]
    framed, flows = 0, 0
    for s in clean:
        rows, columns = s.pixels.shape
        top, left = rng.integers(4, rows // 3), rng.integers(6, columns // 3)
        box = int(top), int(left), int(rng.integers(rows // 2 + 30, rows - 4)), int(rng.integers(columns // 2 + 30, columns - 6))
        framed += "doppler" in kinds_of(not_scans.with_box(s.pixels, box, int(rng.integers(110, 230))))
        coloured = np.zeros(s.pixels.shape, np.uint8)
        for _ in range(rng.integers(1, 6)):
            place = int(rng.integers(left, columns - 20)), int(rng.integers(top, rows - 20))
            cv2.ellipse(coloured, place, (int(rng.integers(3, 14)), int(rng.integers(3, 8))), int(rng.integers(0, 180)), 0, 360, 1, cv2.FILLED)
        flows += any(c.kind == "doppler" for c in check_scan(s.pixels, coloured=coloured > 0))
    tell("grey frame drawn on scans", framed, len(clean))
    tell("flow in colour, one to five vessels of 6 to 28 px", flows, len(clean))


def marks(seen: Sequence[Seen], rng: np.random.Generator) -> None:
    print("\nMarks over a lesion")
    measured = [s for s in seen if "measurement" in s.example.annotation]
    tell("BUSI, annotated as measured", sum("marks over lesion" in kinds_of(s.pixels, s.lesions) for s in measured), len(measured))
    worded = [s for s in seen if "text" in s.example.annotation]
    tell("BUSI, annotated as text: words found anywhere", sum(bool(words_of(s.pixels)) for s in worded), len(worded))
    clean = [s for s in seen if s.example.dataset == "busi" and is_clean(s) and s.lesions]
    tell("BUSI, clean: words found anywhere (false)", sum(bool(words_of(s.pixels)) for s in clean), len(clean))
    # On a scan as large as a machine's screen, for marks are one pixel wide there.
    large = [(enlarged(s.pixels), s.lesions[0]) for s in clean]
    large = [(p, cv2.resize(m.astype(np.uint8), p.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0) for p, m in large]
    tell("drawn at 620 px: nothing (false)", sum("marks over lesion" in kinds_of(p, [m]) for p, m in large), len(large))
    for name, draw in (
        ("crosses and dots", lambda p, m: not_scans.with_callipers(p, m, int(rng.integers(5, 9)))),
        ("lying crosses and dots", lambda p, m: not_scans.with_callipers(p, m, int(rng.integers(5, 9)), lying=True)),
        ("dots alone", not_scans.with_dots),
        ("letters", not_scans.with_words),
    ):
        tell(f"drawn at 620 px: {name}", sum("marks over lesion" in kinds_of(draw(p, m), [m]) for p, m in large), len(large))


def words_of(pixels: Pixels) -> list[Box]:
    return burned_in.find_words(familiarity.reduced(pixels, burned_in.SIDE))


def enlarged(pixels: Pixels) -> Pixels:
    scale = 620 / max(pixels.shape)
    return np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)


def cut_off(pipeline: Pipeline, seen: Sequence[Seen], rng: np.random.Generator) -> None:
    print("\nLesions cut off: by cropping scans through them, outlined anew by the networks")
    whole = [s for s in seen if s.lesions and s.example.label != "normal" and not touches_border(s.example.read_mask())]
    tell("false: annotated outline clear of the border", sum("cut off" in kinds_of(s.pixels, s.lesions) for s in whole), len(whole))
    results: dict[str, list[bool]] = {"picture's border": [], "fan's border": []}
    for s in tqdm(whole[::2], unit="scan", disable=None):
        truth = s.example.read_mask()
        top, left, bottom, right = not_scans.cut_through(truth, rng)
        fan, kept = not_scans.in_fan(s.pixels, truth, rng)
        cropped = s.pixels[top:bottom, left:right], truth[top:bottom, left:right]
        for name, (pixels, mask) in (("picture's border", cropped), ("fan's border", (fan, kept))):
            if min(pixels.shape) < 80 or not mask.any():
                continue
            lesions = outlined(pipeline, np.ascontiguousarray(pixels))
            best = max(lesions, key=lambda m, mask=mask: np.count_nonzero(m & mask), default=None)
            if best is not None and np.count_nonzero(best & mask) > 0.3 * np.count_nonzero(mask):
                results[name].append("cut off" in kinds_of(np.ascontiguousarray(pixels), [best]))
    for name, found in results.items():
        tell(f"{name}, of lesions that were found", sum(found), len(found))


def touches_border(mask: Mask) -> bool:
    small = reduced_mask(mask)
    return bool(small[:2].any() or small[-2:].any() or small[:, :2].any() or small[:, -2:].any())


if __name__ == "__main__":
    main()
