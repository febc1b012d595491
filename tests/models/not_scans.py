"""Pictures that the input check is to find out: what is no ultrasound, and scans as they should not come. Seeded; no patient image in them."""

from __future__ import annotations

import string

import cv2
import numpy as np

from models.preprocessing import Mask, Pixels

Box = tuple[int, int, int, int]
Pictures = dict[str, Pixels]

_LETTERS = np.array(list(string.ascii_letters + string.digits + "   "))


def _words(rng: np.random.Generator, number: int) -> str:
    return "".join(rng.choice(_LETTERS, number))


def _to_pixels(values: np.ndarray) -> Pixels:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


def noise(rng: np.random.Generator, shape: tuple[int, int]) -> Pictures:
    """Return white, coarse, sparse and cloudy noise."""
    white = rng.standard_normal(shape).astype(np.float32)
    coarse = cv2.GaussianBlur(white, (0, 0), rng.uniform(1, 6))
    spectrum = np.fft.rfft2(white)
    distance = np.hypot(np.fft.fftfreq(shape[0])[:, np.newaxis], np.fft.rfftfreq(shape[1])[np.newaxis])
    distance[0, 0] = 1
    cloudy = np.fft.irfft2(spectrum / distance ** rng.uniform(0.8, 1.6), shape)
    return {
        "white": rng.integers(0, 256, shape, dtype=np.uint8),
        "coarse": _to_pixels(rng.uniform(80, 170) + rng.uniform(20, 50) * coarse / coarse.std()),
        "sparse": np.where(rng.random(shape) < rng.uniform(0.01, 0.3), 255, 0).astype(np.uint8),
        "cloudy": _to_pixels(110 + 45 * (cloudy - cloudy.mean()) / cloudy.std()),
    }


def gradients(rng: np.random.Generator, shape: tuple[int, int]) -> Pictures:
    """Return an even grey, a slope and a round glow."""
    y, x = (axis / side for axis, side in zip(np.mgrid[: shape[0], : shape[1]], shape, strict=True))
    turn = rng.uniform(0, 2 * np.pi)
    slope = x * np.cos(turn) + y * np.sin(turn)
    return {
        "even": np.full(shape, rng.integers(0, 256), np.uint8),
        "slope": _to_pixels(rng.uniform(100, 255) * (slope - slope.min()) / np.ptp(slope)),
        "glow": _to_pixels(255 - np.hypot(x - 0.5, y - 0.5) * rng.uniform(200, 500)),
    }


def documents(rng: np.random.Generator, shape: tuple[int, int]) -> Pictures:
    """Return a printed page, a dark screen of text and a chart."""
    return {"page": _page(rng, shape, 240, 20), "dark screen": _page(rng, shape, 25, 220), "chart": _chart(rng, shape)}


def _page(rng: np.random.Generator, shape: tuple[int, int], paper: int, ink: int) -> Pixels:
    page = np.full(shape, paper, np.uint8)
    size = rng.uniform(0.35, 0.9)
    for base in range(30, shape[0] - 8, round(26 * size) + 6):
        cv2.putText(page, _words(rng, int(shape[1] / (14 * size))), (20, base), cv2.FONT_HERSHEY_SIMPLEX, 0.6 * size, ink, 1, cv2.LINE_AA)
    return page


def _chart(rng: np.random.Generator, shape: tuple[int, int]) -> Pixels:
    rows, columns = shape
    chart = np.full(shape, rng.integers(200, 256), np.uint8)
    for left in range(60, columns - 60, 60):
        cv2.rectangle(chart, (left, round(rows * rng.uniform(0.3, 0.9))), (left + 30, rows - 40), int(rng.integers(60, 200)), cv2.FILLED)
    for _ in range(4):
        line = np.column_stack([np.linspace(40, columns - 20, 30), rows / 2 + np.cumsum(rng.normal(0, rows / 30, 30))])
        cv2.polylines(chart, [line.astype(np.int32)], False, int(rng.integers(0, 150)), 2, cv2.LINE_AA)
    cv2.rectangle(chart, (40, 20), (columns - 20, rows - 40), 30, 1)
    return chart


def radiographs(rng: np.random.Generator, shape: tuple[int, int]) -> Pictures:
    """Return something like an X-ray of a chest: lungs, spine, ribs, a little noise."""
    rows, columns = shape
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    x, y = (x - columns / 2) / columns, (y - rows / 2) / rows
    body = 0.5 * np.exp(-((np.maximum(np.hypot(x / 0.42, y / 0.55) - 0.85, 0) / 0.12) ** 2))
    for side in (-1, 1):
        body -= 0.3 * np.exp(-((((x - 0.18 * side) / 0.12) ** 2 + (y / 0.3) ** 2) ** 2))
    body += 0.35 * np.exp(-((x / 0.04) ** 2))
    for number in range(9):
        rib = -0.35 + 0.075 * number + 0.5 * x**2
        body += 0.09 * np.exp(-(((y - rib) / 0.011) ** 2)) * (np.abs(x) < 0.34)
    grain = cv2.GaussianBlur(rng.standard_normal(shape).astype(np.float32), (0, 0), 1.0)
    chest = _to_pixels(255 * np.clip(0.25 + body + rng.uniform(0.01, 0.05) * grain, 0, 1))
    return {"chest": chest, "chest, inverted": np.asarray(255 - chest, np.uint8)}


MADE_UP = {"noise": noise, "gradient": gradients, "document": documents, "radiograph-like": radiographs}


def with_cross(pixels: Pixels, row: int, column: int, arm: int, *, lying: bool = False, bright: int = 255) -> Pixels:
    """Return a scan with a calliper's cross on it, one pixel wide."""
    marked = pixels.copy()
    ends = [((-arm, -arm), (arm, arm)), ((-arm, arm), (arm, -arm))] if lying else [((-arm, 0), (arm, 0)), ((0, -arm), (0, arm))]
    for first, last in ends:
        points = [(column + across, row + down) for down, across in (first, last)]
        cv2.line(marked, points[0], points[1], bright, 1)
    return marked


def with_callipers(pixels: Pixels, mask: Mask, arm: int, *, lying: bool = False) -> Pixels:
    """Return a scan with crosses at the left and right end of its lesion and dots between them."""
    rows, columns = np.nonzero(mask)
    left, right = int(columns.argmin()), int(columns.argmax())
    marked = with_dots(pixels, mask)
    for place in (left, right):
        marked = with_cross(marked, int(rows[place]), int(columns[place]), arm, lying=lying)
    return marked


def with_dots(pixels: Pixels, mask: Mask) -> Pixels:
    """Return a scan with a dotted line from the left to the right end of its lesion."""
    rows, columns = np.nonzero(mask)
    left, right = int(columns.argmin()), int(columns.argmax())
    marked = pixels.copy()
    for column in range(int(columns[left]), int(columns[right]), 5):
        row = np.interp(column, [columns[left], columns[right]], [rows[left], rows[right]])
        marked[round(float(row)), column] = 255
    return marked


def with_words(pixels: Pixels, mask: Mask, text: str = "RT UOQ", height: float = 0.028) -> Pixels:
    """Return a scan with white letters, as high as this share of it, over the middle of its lesion."""
    rows, columns = np.nonzero(mask)
    size = height * max(pixels.shape) / 21
    marked = pixels.copy()
    thick = max(1, round(2 * size))
    (width, tall), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, thick)
    place = round(float(columns.mean()) - width / 2), round(float(rows.mean()) + tall / 2)
    cv2.putText(marked, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, 255, thick, cv2.LINE_AA)
    return marked


def with_box(pixels: Pixels, box: Box, grey: int = 160) -> Pixels:
    """Return a scan with the thin frame of colour Doppler."""
    top, left, bottom, right = box
    framed = pixels.copy()
    cv2.rectangle(framed, (left, top), (right - 1, bottom - 1), grey, max(1, round(max(pixels.shape) / 500)))
    return framed


def screen_shot(pixels: Pixels, rng: np.random.Generator) -> tuple[Pixels, Box]:
    """Return a screen with a scan in it, text and a grey bar around, and where the scan is."""
    sizes = [(600, 800), (768, 1024), (720, 960), (1080, 1920), (900, 1440), (576, 720)]
    rows, columns = sizes[int(rng.integers(len(sizes)))]
    share = rng.uniform(0.5, 0.8)
    scale = min(share * rows / pixels.shape[0], share * columns / pixels.shape[1])
    scan = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    top, left = (int(rng.integers(0, side - taken + 1)) for side, taken in zip((rows, columns), scan.shape, strict=True))
    paper = int(rng.choice([0, 0, 0, 8, 20, 40, 64, 192]))
    ink = 220 if paper < 128 else 20
    screen = np.full((rows, columns), paper, np.uint8)
    for column, number, first in ((10, rng.integers(3, 10), 0.05), (round(0.84 * columns), rng.integers(0, 10), 0.08)):
        for line in range(number):
            _write(screen, rng, column, round(rows * (first + 0.06 * line)), ink)
    _write(screen, rng, round(0.2 * columns), rows - 12, ink)
    if rng.random() < 0.6:
        cv2.rectangle(screen, (0, 0), (columns, round(0.04 * rows)), int(rng.integers(30, 120)), cv2.FILLED)
    if rng.random() < 0.6:
        high = round(0.3 * rows)
        screen[high : 2 * high, columns - 30 : columns - 18] = np.linspace(255, 0, high).astype(np.uint8)[:, np.newaxis]
    screen[top : top + scan.shape[0], left : left + scan.shape[1]] = scan
    return screen, (top, left, top + scan.shape[0], left + scan.shape[1])


def _write(screen: Pixels, rng: np.random.Generator, column: int, base: int, ink: int) -> None:
    size = screen.shape[0] / 1000
    cv2.putText(screen, _words(rng, int(rng.integers(3, 12))), (column, base), cv2.FONT_HERSHEY_SIMPLEX, size, ink, 1, cv2.LINE_AA)


def cut_through(mask: Mask, rng: np.random.Generator) -> Box:
    """Return the part of a scan whose border cuts off 15 to 60 % of a lesion's extent, at one of four sides."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    share, side = rng.uniform(0.15, 0.6), int(rng.integers(4))
    box = [0, 0, *mask.shape]
    extent = rows if side % 2 == 0 else columns
    lost = share * (extent[-1] - extent[0])
    box[side] = int(extent[0] + lost if side < 2 else extent[-1] - lost)
    return box[0], box[1], box[2], box[3]


def in_fan(pixels: Pixels, mask: Mask, rng: np.random.Generator) -> tuple[Pixels, Mask]:
    """Return a scan whose fan's slanting side cuts a lesion, and what is left of the lesion."""
    rows, columns = np.nonzero(mask)
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]]
    slope, lost = np.tan(np.radians(rng.uniform(8, 35))), rng.uniform(0.15, 0.6) * np.ptp(columns)
    is_left = rng.random() < 0.5
    inside = x >= columns.min() + lost - (y - rows.mean()) * slope if is_left else x <= columns.max() - lost + (y - rows.mean()) * slope
    return np.where(inside, pixels, 0).astype(np.uint8), np.asarray(mask & inside)
