"""A clinic of synthetic scans, and pipelines that answer what they were told to."""

from functools import cache

import cv2
import numpy as np

from busi_gui.domain.synthetic import synthetic_scan
from models.analysis import Analysis, Diagnosis, FoundLesion, NetworkInfo, OperatingPoint
from models.retraining.clinic import ClinicLesion, clinic_example

INFO = NetworkInfo("0.0", "segmenter 0.0 (0)", "classifier 0.0 (0)", "nothing", OperatingPoint("sensitive", 0.5, 0.95, 0.6, "made-up scans"))
SHAPE = (192, 240)


def silent(stage, fraction):
    """Report to nobody."""


@cache
def scan(number, kind):
    return synthetic_scan(number, kind, SHAPE)


def kind_of(number):
    return ("benign", "malignant")[number % 2]


def moved(mask, down, across):
    shift = np.array([[1, 0, across], [0, 1, down]], np.float32)
    return cv2.warpAffine(mask.astype(np.uint8), shift, mask.shape[::-1], flags=cv2.INTER_NEAREST) > 0


def case(number, mask=None, outcome=None, **changes):
    """Return the scan of that number, approved with its own mask and outcome unless told otherwise; an empty mask means no lesion."""
    pixels, truth = scan(number, kind_of(number))
    mask = truth if mask is None else mask
    lesions = (ClinicLesion(mask, outcome or kind_of(number)),) if mask.any() else ()
    given = {"key": f"frame {number:03}", "group": f"patient {number}", "kind": "corrected" if lesions else "empty", "is_held_out": number % 5 == 4}
    given |= changes
    return clinic_example(given["key"], given["group"], given.get("pixels", pixels), lesions, given["kind"], is_held_out=given["is_held_out"])


class Answering:
    """A pipeline that finds what it was told to in a picture, and nothing elsewhere."""

    def __init__(self):
        self.known = {}

    def told(self, pixels, mask, p):
        self.known[pixels.tobytes()] = (mask, p)
        return self

    def analyse(self, pixels, report=None):
        mask, p = self.known.get(pixels.tobytes(), (np.zeros(pixels.shape, np.bool_), 0.0))
        grid = np.zeros((32, 32), np.float32)
        lesions = (FoundLesion(mask, Diagnosis(p, None, None, {"malignant": grid, "benign": grid})),) if mask.any() else ()
        return Analysis(grid, lesions, INFO, {})


def shipped(numbers, wobble_px=2):
    """Return networks that find every lesion a few pixels off, each another way, and tell the classes apart."""
    pipeline, rng = Answering(), np.random.default_rng(0)
    for number in numbers:
        pixels, mask = scan(number, kind_of(number))
        down, across = (int(px) for px in rng.integers(-wobble_px, wobble_px + 1, 2))
        pipeline.told(pixels, moved(mask, down, across), 0.05 + 0.8 * (kind_of(number) == "malignant") + 0.1 * rng.random())
    return pipeline
