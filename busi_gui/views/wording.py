"""Results in words: one place that says them, so that panel, list and tooltip say the same."""

from __future__ import annotations

from busi_gui.domain.callipers import NOT_CALIBRATED, Length, Opening
from busi_gui.domain.measures import Measures
from busi_gui.domain.provenance import hash_lines, version_text
from busi_gui.domain.reading import MaskSource
from busi_gui.domain.scan import Calibration
from models.analysis import Analysis, Diagnosis, NetworkInfo, OperatingPoint, OutlineRange

NOT_FOR_CLINICAL_USE = "not for clinical use"
STAGES = {"segment": "outlining", "classify": "classifying", "explain": "explaining"}


def probability_text(probability: float) -> str:
    """Return a probability with two digits; never 0.00 or 1.00, for no network is certain."""
    if probability < 0.005:
        return "<0.01"
    if probability >= 0.995:
        return ">0.99"
    return f"{probability:.2f}"


def frames_text(count: int) -> str:
    """Return how many frames a cine has, empty for a single picture."""
    return f"{count} frames" if count > 1 else ""


def side_text(probability: float, point: OperatingPoint) -> str:
    """Return on which side of the operating point a probability lies, such as ``"Above the sensitive point (0.31)"``."""
    return f"{side_word(probability, point).capitalize()} the {point.name} point ({probability_text(point.threshold)})"


def side_word(probability: float, point: OperatingPoint) -> str:
    """Return on which side of the operating point a probability lies, such as ``"just above"``."""
    is_near = probability_text(probability) == probability_text(point.threshold)
    if probability == point.threshold:
        return "at"
    if probability > point.threshold:
        return "just above" if is_near else "above"
    return "just below" if is_near else "below"


def point_text(point: OperatingPoint) -> str:
    """Return what the operating point found and cost, and where that was measured."""
    cancers, benign = _measured(point.sensitivity, point.sensitivity_interval), _measured(point.specificity, point.specificity_interval)
    at = f"At the {point.name} point {cancers[0]} of 100 cancers in the test were called malignant{cancers[1]}"
    where = f" Measured on {point.measured_on}." if point.measured_on else ""
    return f"{at}, and {benign[0]} of 100 benign lesions benign{benign[1]}.{where}"


def _measured(share: float, interval: tuple[float, float] | None) -> tuple[str, str]:
    """Return a share as a count of a hundred, and its 95 % interval in brackets; empty where there is none."""
    if interval is None:
        return _of_hundred(share), ""
    low, high = (round(100 * end) for end in interval)
    return _of_hundred(share), f" ({low}–{high})"


def band_text(diagnosis: Diagnosis) -> str:
    """Return how far the probability moves with the outline, as far as that is known; empty where it is not."""
    spans = {_span_text(one): one for one in diagnosis.known_ranges}  # of shifts that come to the same the largest
    parts = [
        f"{span}{' by' if number else ' when the outline moves by'} ±{one.shift:g} {one.unit}" for number, (span, one) in enumerate(spans.items())
    ]
    text = ", ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _span_text(span: OutlineRange) -> str:
    low, high = probability_text(span.low), probability_text(span.high)
    return f"stays at {low}" if low == high else f"between {low} and {high}"


def source_text(source: MaskSource, *, is_earlier: bool = False) -> str:
    """Return where the outline that is diagnosed comes from; ``is_earlier``: the networks draw another one now."""
    words = {MaskSource.NETWORK: "the network’s", MaskSource.CORRECTED: "corrected", MaskSource.DRAWN: "drawn", MaskSource.IMPORTED: "imported"}
    return f"Outline: {words[source]}{', of an earlier analysis' if is_earlier else ''}."


def signed_text(difference: float, digits: int) -> str:
    """Return a difference with its sign, such as ``"+0.12"``; one that rounds to nothing is ``"±0.00"``."""
    rounded = round(difference, digits)
    sign = "±" if rounded == 0 else "+" if rounded > 0 else "\N{MINUS SIGN}"
    return f"{sign}{abs(rounded):.{digits}f}"


def area_change_text(before: Measures, after: Measures) -> str:
    """Return two areas and by how much the second is larger: ``"109 → 121 mm² (+11 %)"``, or in px² where not calibrated."""
    share = signed_text(100 * (after.area_px / before.area_px - 1), 0)
    if before.area_mm2 is None or after.area_mm2 is None:
        return f"{before.area_px} → {after.area_px} px² ({share} %)"
    digits = 0 if min(before.area_mm2, after.area_mm2) >= 10 else 1
    return f"{before.area_mm2:.{digits}f} → {after.area_mm2:.{digits}f} mm² ({share} %)"


def by_hand(calibration: Calibration) -> str:
    """Return what belongs behind every millimetre that rests on the reader's calibration: ``" (calibrated by hand)"``; else nothing."""
    return f" ({calibration.value})" if calibration is Calibration.HAND else ""


def length_text(length: Length) -> str:
    """Return a distance: ``"14.2 mm"``, ``"14.2 mm (calibrated by hand)"`` or ``"142 px (not calibrated)"``."""
    if length.mm is None:
        return f"{length.px:.0f} px ({length.reason})"
    return f"{length.mm:.1f} mm{by_hand(length.calibration)}"


def opening_text(opening: Opening) -> str:
    """Return an angle: ``"63°"``, and what was assumed where the file does not say how pixels lie."""
    text = f"{opening.degrees:.0f}°" if opening.degrees is not None else "–"
    if opening.calibration is Calibration.FILE:
        return text
    why = f"{opening.reason}; " if opening.reason not in ("", NOT_CALIBRATED) else ""
    return f"{text} ({why}pixels assumed square)"


def size_text(measures: Measures, calibration: Calibration = Calibration.FILE) -> str:
    """Return long by short axis: ``"14.2 × 9.8 mm"``, ``"14.2 × 9.8 mm (calibrated by hand)"`` or ``"142 × 98 px (not calibrated)"``."""
    if measures.long_axis_mm is None:
        return f"{diameters_text(measures)} (not calibrated)"
    return f"{diameters_text(measures)}{by_hand(calibration)}"


def diameters_text(measures: Measures) -> str:
    """Return long by short axis, such as ``"14.2 × 9.8 mm"``, without saying where the millimetres come from."""
    if measures.long_axis_mm is None or measures.short_axis_mm is None:
        return f"{measures.long_axis_px:.0f} × {measures.short_axis_px:.0f} px"
    return f"{measures.long_axis_mm:.1f} × {measures.short_axis_mm:.1f} mm"


def extents_text(measures: Measures) -> str:
    """Return horizontal by vertical extent, such as ``"13.9 × 10.1 mm"``."""
    if measures.width_mm is None or measures.height_mm is None:
        return f"{measures.width_px} × {measures.height_px} px"
    return f"{measures.width_mm:.1f} × {measures.height_mm:.1f} mm"


def area_text(measures: Measures) -> str:
    """Return the area, such as ``"109 mm²"``."""
    if measures.area_mm2 is None:
        return f"{measures.area_px} px²"
    return f"{measures.area_mm2:.{0 if measures.area_mm2 >= 10 else 1}f} mm²"


def perimeter_text(measures: Measures) -> str:
    """Return the length of the outline, such as ``"38.2 mm"``; a dash where nobody measured it."""
    if measures.perimeter_mm is not None:
        return f"{measures.perimeter_mm:.1f} mm"
    return f"{measures.perimeter_px:.0f} px" if measures.perimeter_px is not None else "–"


def ratio_text(measures: Measures) -> str:
    """Return width by height, such as ``"1.4"``."""
    ratio = measures.width_to_height
    digits = 2 if 0.95 <= ratio < 1.05 else 1  # 0.97 must not read 1.0 beside "taller than wide", nor 0.998 read 1.00
    return f"{min(ratio, 0.99) if ratio < 1 else ratio:.{digits}f}"


def is_taller_than_wide(measures: Measures) -> bool:
    """Return whether the lesion is taller than wide."""
    return measures.width_to_height < 1


def network_lines(info: NetworkInfo, analysis: Analysis | None = None) -> list[str]:
    """Return the networks' identity, and how long they took for an analysis, as lines."""
    time = f" · {sum(analysis.timings_ms.values()):.0f} ms" if analysis else ""
    return [f"Networks {version_text(info)}{time}", info.segmenter, info.classifier, info.trained_on]


def network_tip(info: NetworkInfo, analysis: Analysis | None = None) -> str:
    """Return what stands in no line: the whole hashes of the weights, and how long each stage took."""
    return "\n".join([*hash_lines(info), *([stage_times(analysis)] if analysis is not None else [])])


def stage_times(analysis: Analysis) -> str:
    """Return how long each stage took, a line each."""
    return "\n".join(f"{STAGES.get(stage, stage)} {time:.0f} ms" for stage, time in analysis.timings_ms.items())


def _of_hundred(share: float) -> str:
    """Return a share as a count of a hundred; a share short of all or none is not rounded up to it."""
    count = round(share * 100)
    if count == 100 and share < 1:
        return "more than 99"
    if count == 0 and share > 0:
        return "fewer than 1"
    return str(count)
