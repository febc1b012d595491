"""A pipeline that answers, works until stopped, or breaks; what it is to do is in its ``ways``."""

import threading

import numpy as np

from models.analysis import Analysis, Diagnosis, FoundLesion, NetworkError, NetworkInfo, OperatingPoint

INFO = NetworkInfo("0.0", "segmenter 0.0 (0)", "classifier 0.0 (0)", "nothing", OperatingPoint("sensitive", 0.3, 0.95, 0.6, "made-up scans"))


def analysis_of(pixels, p=0.8):
    """Return an analysis with one lesion in the middle."""
    rows, columns = pixels.shape
    mask = np.zeros(pixels.shape, np.bool_)
    mask[rows // 4 : rows // 2 + 1, columns // 4 : columns // 2 + 1] = True
    grid = np.zeros((64, 64), np.float32)
    lesion = FoundLesion(mask, Diagnosis(p, p - 0.05, p + 0.05, {"malignant": grid, "benign": grid}))
    return Analysis(grid, (lesion,), INFO, {"segment": 1.0, "classify": 1.0, "explain": 1.0})


def share_of(mask):
    """Return what the fake network says of a mask: the share of the picture that it takes."""
    return float(np.count_nonzero(mask) / mask.size)


class FakePipeline:
    """Attributes: ``started`` is set when an analysis runs, ``release`` lets one that waits go on, ``way`` says what the next does."""

    info = INFO

    def __init__(self, way="answer"):
        self.way = way
        self.started = threading.Event()
        self.release = threading.Event()
        self.threads = set()
        self.seen = []
        self.asked = []
        """Masks that were to be diagnosed, and those whose outline was to be moved with "moved" before them."""
        self.diagnose_way = "answer"

    def diagnose(self, pixels, mask):
        """Answer with the share of the pixels that the mask takes; ``diagnose_way`` as for ``way``."""
        self.threads.add(threading.get_ident())
        self.asked.append(mask)
        self.started.set()
        if self.diagnose_way == "wait":
            assert self.release.wait(20)
        if self.diagnose_way == "fail":
            raise NetworkError("The network is out of order.")
        if self.diagnose_way == "break":
            raise ZeroDivisionError("a bug")
        grid = np.zeros((64, 64), np.float32)
        return Diagnosis(share_of(mask), None, None, {"malignant": grid, "benign": grid})

    def outline_ranges(self, pixels, mask, shifts_px, report):
        """Answer with a range as wide as the shift down is long, in hundredths."""
        self.asked.append(("moved", mask, tuple(shifts_px)))
        report("moving the outline", 0.0)
        if self.diagnose_way == "fail ranges":
            raise NetworkError("The network is out of order.")
        return tuple((share_of(mask) - down / 100, share_of(mask) + down / 100) for down, _ in shifts_px)

    def analyse(self, pixels, report):
        self.threads.add(threading.get_ident())
        self.seen.append(pixels)
        report("segmenting", 0.0)
        self.started.set()
        if self.way == "work until stopped":
            while True:
                self.release.wait(0.001)
                report("classifying", 0.5)
        if self.way == "wait":
            assert self.release.wait(20)
        if self.way == "fail":
            raise NetworkError("The network is out of order.")
        if self.way == "break":
            raise ZeroDivisionError("a bug")
        report("explaining", 0.9)
        return analysis_of(pixels)


class PickyPipeline(FakePipeline):
    """Finds a lesion only in frames of the given brightness, and counts how often it saw each."""

    def __init__(self, lesions=None, way="answer"):
        super().__init__(way)
        self.lesions = lesions or {}

    def analyse(self, pixels, report):
        super().analyse(pixels, report)
        frame = int(pixels[0, 0])
        analysis = analysis_of(pixels, self.lesions.get(frame, 0.8))
        if self.lesions and frame not in self.lesions:
            return type(analysis)(analysis.probability, (), analysis.network, analysis.timings_ms)
        return analysis

    @property
    def frames(self):
        return [int(pixels[0, 0]) for pixels in self.seen]
