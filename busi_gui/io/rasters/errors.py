"""What goes wrong while a picture is decoded, turned into words for the reader."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from busi_gui.io.errors import ReadError


class DamagedError(Exception):
    """The bytes do not keep what their own header promises."""


class RareError(Exception):
    """The file is whole but of a kind that is not decoded. The message says of what kind, to follow "the file is"."""


@contextmanager
def decoding(path: Path) -> Iterator[None]:
    """Turn whatever examining and decoding a picture raises into ReadError."""
    try:
        yield
    except ReadError:
        raise
    except RareError as error:
        raise ReadError(f"{path.name} is {error}, which cannot be shown. Save it as an 8-bit PNG.") from error
    except MemoryError as error:
        raise ReadError(f"{path.name} needs more memory than is free: close other programs and open it again.") from error
    except Exception as error:  # decoders of damaged bytes raise anything, from struct.error to ZeroDivisionError
        raise ReadError(f"{path.name} is damaged or was cut short: part of the picture is missing. Copy or export it again.") from error
