"""Files that a reader might open by mistake, and some that only look wrong."""

import cv2
import numpy as np

from tests.builders import make_pixels, write_image


def write_bad_files(folder):
    """Write a text file named .png, a truncated PNG, an empty file and an empty folder; return each with a word that its message holds."""
    text = folder / "letter.png"
    text.write_text("Dear colleague, please find enclosed ...")
    whole = write_image(folder / "whole.png", make_pixels())
    cut = folder / "cut.png"
    cut.write_bytes(whole.read_bytes()[:-600])
    whole.unlink()
    empty = folder / "empty.png"
    empty.touch()
    hollow = folder / "hollow"
    hollow.mkdir()
    return {text: "letter.png", cut: "cut.png", empty: "empty.png", hollow: "hollow", folder / "gone.png": "gone.png"}


def write_giant(path):
    """Write a PNG of 12000 x 9000 pixels with a dark blob and return the path."""
    small = make_pixels(seed=1, shape=(900, 1200))
    giant = cv2.resize(small, (12000, 9000), interpolation=cv2.INTER_NEAREST)
    return write_image(path, np.asarray(giant, np.uint8))
