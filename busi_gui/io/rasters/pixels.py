"""Decoded pixels of any kind -> grey pixels, and where there was colour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from busi_gui.domain.scan import Pixels
from busi_gui.io.colours import is_colour
from busi_gui.io.rasters.errors import RareError

Layers = npt.NDArray[Any]
"""uint8 or uint16: grey (rows, columns); red, green, blue (rows, columns, 3); or with alpha (rows, columns, 4)."""

_FULL_SCALES = (2**8 - 1, 2**10 - 1, 2**12 - 1, 2**14 - 1, 2**16 - 1)
"""White in files of 16 bits: some machines fill only the lowest 8, 10, 12 or 14."""

_BAND_ROWS = 512

# check_size is asked before anything is decoded, with one limit for all kinds of file.
Image.MAX_IMAGE_PIXELS = None


class Picture(NamedTuple):
    """Grey pixels, uint8 (rows, columns), and where there was colour, bool (rows, columns), None where nowhere."""

    gray: Pixels
    coloured: npt.NDArray[np.bool_] | None


def white_of(layers: Layers) -> int:
    """Return what is white: the full scale of the depth in use, the smallest usual one that holds the brightest pixel."""
    brightest = int(layers[..., :3].max() if layers.ndim == 3 else layers.max())
    return next(scale for scale in _FULL_SCALES if scale >= brightest)


def to_eight_bits(layers: Layers, white: int) -> Layers:
    """Scale uint16 so that white becomes 255; alpha always uses its full scale."""
    scaled = np.asarray(cv2.convertScaleAbs(layers, alpha=255 / white), np.uint8)
    if layers.ndim == 3 and layers.shape[2] == 4:
        scaled[..., 3] = layers[..., 3] >> 8
    return scaled


def picture_of_layers(layers: Layers) -> Picture:
    """Return the picture of uint8 layers; what is transparent becomes black."""
    if layers.ndim == 2:
        return Picture(layers, None)
    bands = (layers[top : top + _BAND_ROWS] for top in range(0, len(layers), _BAND_ROWS))
    colours = (_over_black(band) for band in bands)
    return _assemble(((_luma(band), band) for band in colours), (layers.shape[0], layers.shape[1]))


def picture_of_image(image: Image.Image) -> Picture:
    """Return the picture of an image of 8 bits a channel or fewer that Pillow decoded; what is transparent becomes black.

    Raises
    ------
    RareError
        Pixels whose black and white nobody knows, or no colours that can be shown.
    """
    if image.mode in ("1", "L"):
        return Picture(np.asarray(image.convert("L")), None)
    return _assemble(map(_gray_and_colours, _bands(image)), (image.height, image.width))


def turned(picture: Picture, orientation: int) -> Picture:
    """Return the picture as EXIF's orientation, 1 to 8, says that the camera was held; other numbers mean upright."""
    return Picture(_turned(picture.gray, orientation), None if picture.coloured is None else _turned(picture.coloured, orientation))


def _turned(pixels: npt.NDArray[Any], orientation: int) -> npt.NDArray[Any]:
    if 5 <= orientation <= 8:
        pixels, orientation = pixels.T, {5: 1, 6: 2, 7: 3, 8: 4}[orientation]
    match orientation:
        case 2:
            return pixels[:, ::-1]
        case 3:
            return pixels[::-1, ::-1]
        case 4:
            return pixels[::-1]
        case _:
            return pixels


def _bands(image: Image.Image) -> Iterator[Image.Image]:
    # An array of the whole would be in memory a second time, three or four bytes for each pixel.
    for top in range(0, image.height, _BAND_ROWS):
        yield image.crop((0, top, image.width, min(top + _BAND_ROWS, image.height)))


def _gray_and_colours(band: Image.Image) -> tuple[Pixels, Pixels]:
    match band.mode:
        case "YCbCr":  # the grey of a JPEG in colour is stored as such
            return np.asarray(band)[..., 0], np.asarray(band.convert("RGB"))
        case "RGB" | "RGBX" | "CMYK":
            colours = np.asarray(band.convert("RGB"))
        case "P" if "transparency" not in band.info:
            colours = np.asarray(band.convert("RGB"))
        case "P" | "PA" | "LA" | "RGBA":
            colours = _over_black(np.asarray(band.convert("RGBA")))
        case "La":
            colours = _over_black(np.asarray(band.convert("LA").convert("RGBA")))
        case _:
            raise RareError(f"a picture whose pixels are {band.mode}")
    return _luma(colours), colours


def _assemble(parts: Iterable[tuple[Pixels, Pixels]], shape: tuple[int, int]) -> Picture:
    gray, coloured, top = np.empty(shape, np.uint8), np.empty(shape, np.bool_), 0
    for part, colours in parts:
        rows = slice(top, top + len(part))
        gray[rows], coloured[rows] = part, is_colour(colours)
        top = rows.stop
    return Picture(gray, coloured if coloured.any() else None)


def _luma(colours: Pixels) -> Pixels:
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(colours), cv2.COLOR_RGB2GRAY), np.uint8)


def _over_black(layers: Pixels) -> Pixels:
    """Return red, green, blue of layers, with alpha or without, as they look on black."""
    if layers.shape[2] < 4:
        return layers
    alpha = np.ascontiguousarray(layers[..., 3])
    return np.asarray(cv2.multiply(np.ascontiguousarray(layers[..., :3]), cv2.merge([alpha] * 3), scale=1 / 255), np.uint8)
