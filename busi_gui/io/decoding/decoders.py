"""Decoders that damaged data makes crash, or count for many seconds: they run in a process of their own, see `process`."""

from __future__ import annotations

import faulthandler
import os
import sys
from typing import Any

import gdcm
import jpeg_ls

from busi_gui.io.decoding.messages import receive, send

_SYNTAXES = {"lossless JPEG": "1.2.840.10008.1.2.4.70", "JPEG of 12 bits": "1.2.840.10008.1.2.4.51"}

# What is missing is said in words by those who ask.
gdcm.Trace.WarningOff()
gdcm.Trace.ErrorOff()


def serve() -> None:
    """Decode what comes on standard input, one frame after another, until it ends.

    With each come ``coding``, ``rows``, ``columns``, ``samples``, ``bits`` and ``seconds``; a frame that takes longer than that ends the process.
    With the answer comes ``is_planar``, or ``error``.
    """
    # What the decoders print must not be taken for an answer.
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a file descriptor is what the watchdog needs
        while (asked := receive(requests)) is not None:
            # It works even while a decoder holds the interpreter.
            faulthandler.dump_traceback_later(asked[0]["seconds"], exit=True, file=nowhere)
            send(answers, *_answer(*asked))
            faulthandler.cancel_dump_traceback_later()


def _answer(facts: dict[str, Any], encoded: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        if facts["coding"] == "JPEG-LS":
            content, said = jpeg_ls.decode_pixel_data(encoded)
            return {"is_planar": facts["samples"] == 3 and said["interleave_mode"] == 0}, bytes(content)
        return {"is_planar": False}, _by_gdcm(facts, encoded)
    except Exception as error:  # noqa: BLE001 - they raise anything, and all of it means that this frame cannot be decoded
        return {"error": str(error)}, b""


def _by_gdcm(facts: dict[str, Any], encoded: bytes) -> bytes:
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(encoded)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    picture = gdcm.Image()
    picture.SetNumberOfDimensions(2)
    picture.SetDimensions((facts["columns"], facts["rows"], 1))
    picture.SetDataElement(element)
    kind = "RGB" if facts["samples"] == 3 else "MONOCHROME2"
    picture.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(gdcm.PhotometricInterpretation.GetPIType(kind)))
    picture.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(_SYNTAXES[facts["coding"]])))
    bits = facts["bits"]
    picture.SetPixelFormat(gdcm.PixelFormat(facts["samples"], 8 if bits <= 8 else 16, bits, bits - 1, 0))
    # It comes as text, which holds bytes that are no text as lone surrogates; as None, of which there are no bytes, where decoding failed.
    content: bytes = picture.GetBuffer().encode("utf-8", "surrogateescape")
    return content
