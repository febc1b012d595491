"""A made-up data set in the layout of BUSI."""

from pathlib import Path

import cv2
import numpy as np


def picture(number):
    """Return a path that need not exist."""
    return Path(f"benign/picture {number}.png")


def write_busi(root, suffix, labels=("benign", "malignant", "normal"), number=3, shape=(96, 128)):
    """Write ``number`` scans of each label with masks, the first benign one with two lesions, and return the folder."""
    rng = np.random.default_rng(7)
    for label in labels:
        folder = root / label
        folder.mkdir(parents=True)
        for n in range(1, number + 1):
            scan = cv2.GaussianBlur(rng.integers(0, 255, shape).astype(np.uint8), (0, 0), 5)
            scan = cv2.normalize(scan, None, 60, 220, cv2.NORM_MINMAX)
            mask = np.zeros(shape, np.uint8)
            if label != "normal":
                cv2.circle(mask, (20 if n == 1 else 60, 20 if n == 1 else 50), 14, 255, -1)
            scan[mask > 0] //= 3
            stem = f"{label} ({n})"
            _write(folder / f"{stem}{suffix}", scan)
            _write(folder / f"{stem}_mask.png", mask)
            if label == "benign" and n == 1:
                second = np.zeros(shape, np.uint8)
                cv2.circle(second, (90, 70), 12, 255, -1)
                _write(folder / f"{stem}_mask_1.png", second)
    return root


def _write(path, pixels):
    _, encoded = cv2.imencode(path.suffix, pixels)
    path.write_bytes(encoded.tobytes())
