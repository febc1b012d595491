"""Case: one opened Scan and all that is known of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

import numpy as np

from busi_gui.domain.masks.windows import shifted, window_of
from busi_gui.domain.measures import Measures, measure
from busi_gui.domain.reading import MaskSource, Outline, Reading
from busi_gui.domain.scan import Box, Pixels, Scan
from models.analysis import Analysis, Concern, Diagnosis, FoundLesion, Mask
from models.input_check import check_scan


class CaseStatus(Enum):
    """How far the reader is with a case."""

    NEW = "new"
    ANALYSED = "analysed"
    CORRECTED = "corrected"
    REVIEWED = "reviewed"


@dataclass(frozen=True, eq=False)
class Lesion:
    """One finding in a case: how it is outlined, how large it is, and what the networks say of it.

    Attributes
    ----------
    outline
        Its number, name and mask as the reader has them.
    answer
        What the networks last said of it, and the mask that they were asked about; None where they never were.
    before
        The answer before that one, of another mask: what a change of the outline is compared with.
    """

    outline: Outline
    measures: Measures
    answer: FoundLesion | None = None
    before: FoundLesion | None = None

    @property
    def number(self) -> int:
        """From 1: how readers and files name it."""
        return self.outline.number

    @property
    def mask(self) -> Mask:
        """Bool (rows, columns), True = lesion."""
        return self.outline.mask

    @property
    def diagnosis(self) -> Diagnosis | None:
        """What the networks last said of it, perhaps of another outline, see `is_stale`; None where they never did."""
        return self.answer.diagnosis if self.answer is not None else None

    @property
    def is_stale(self) -> bool:
        """Whether the outline is another than the networks were asked about."""
        return self.answer is None or self.answer.mask is not self.mask

    def answered(self, answer: FoundLesion) -> Lesion:
        """Return the lesion with a new answer; the one before is kept for comparison, unless it was of the same mask."""
        if self.answer is None or self.answer.mask is answer.mask:
            return replace(self, answer=answer)
        return replace(self, answer=answer, before=self.answer)


@dataclass(frozen=True, eq=False)
class Case:
    """A scan with its analysis, once there is one, and with what the reader made of it. Cases are values: each change makes a new case.

    Masks have the scan's size. The maps of the analysis (lesion probability, saliency) cover what the networks looked at: the scan's ``field``, or
    the whole scan where it has none.

    Attributes
    ----------
    analysis
        What the networks found by themselves; their outlines are the lesions only until the reader touches them.
    lesions
        The lesions of the reading, in its order.
    concerns
        Why the networks' answer may mean less than it seems; known once there is an analysis.
    reading
        What the reader has set down.
    """

    scan: Scan
    analysis: Analysis | None = None
    lesions: tuple[Lesion, ...] = ()
    concerns: tuple[Concern, ...] = ()
    reading: Reading = field(default_factory=Reading)

    @property
    def is_doubted(self) -> bool:
        """Whether the picture looks like no breast ultrasound: then the networks' answer means nothing."""
        return any(concern.kind == "not ultrasound" for concern in self.concerns)

    @property
    def is_kept_back(self) -> bool:
        """Whether what was found is shown only to who asks for it: of what looks like no ultrasound, unless the reader has outlined lesions in it."""
        return self.is_doubted and not self.reading.is_touched

    @property
    def warnings(self) -> tuple[str, ...]:
        """Everything that the reader is to be warned of, as sentences: how the file was read, the input, the analysis."""
        return (*self.scan.warnings, *(concern.sentence for concern in self.concerns), *(self.analysis.warnings if self.analysis is not None else ()))

    @property
    def p_malignant(self) -> float | None:
        """Probability of the most suspicious lesion, None where there is no lesion that the networks were asked about."""
        return self.highest.p_malignant if self.highest is not None else None

    @property
    def highest(self) -> Diagnosis | None:
        """What the networks say of the most suspicious lesion; None as for `p_malignant`."""
        said = [lesion.diagnosis for lesion in self.lesions if lesion.diagnosis is not None]
        return max(said, key=lambda diagnosis: diagnosis.p_malignant, default=None)

    def lesion(self, number: int | None) -> Lesion | None:
        """Return the lesion with this number; None where there is none."""
        return next((lesion for lesion in self.lesions if lesion.number == number), None)

    def network_outline(self, number: int) -> FoundLesion | None:
        """Return what the networks themselves outlined where a lesion lies: of several the one that it shares most with; None where none does."""
        lesion = self.lesion(number)
        if lesion is None or self.analysis is None:
            return None
        box = Box(*lesion.measures.bbox).slices
        shared = [(int(np.count_nonzero(found.mask[box] & lesion.mask[box])), -place) for place, found in enumerate(self.analysis.lesions)]
        most, place = max(shared, default=(0, 0))
        return self.analysis.lesions[-place] if most else None

    def is_of_earlier_analysis(self, number: int) -> bool:
        """Whether a lesion's outline is the networks', but not the one that they draw now: of other networks, or of another part of the picture.

        The reader has touched the frame since then, and so they replaced nothing.
        """
        lesion = self.lesion(number)
        if lesion is None or self.analysis is None or lesion.outline.source is not MaskSource.NETWORK:
            return False
        own = self.network_outline(number)
        return own is None or not np.array_equal(own.mask, lesion.mask)

    def with_analysis(self, analysis: Analysis, concerns: tuple[Concern, ...] | None = None) -> Case:
        """Return the case with this analysis and what speaks against trusting it.

        The network's outlines become the lesions, measured with the scan's spacing, most suspicious first, unless the reader has touched what was
        there: then they are only on offer.

        Parameters
        ----------
        concerns
            What speaks against it, where that is known; None: it is found out, which takes some 10 ms.
        """
        case = replace(self, analysis=analysis)
        if not self.reading.is_touched:
            case = case.with_reading(self.reading.found(found.mask for found in analysis.lesions))
        return replace(case, concerns=case.found_concerns() if concerns is None else concerns)

    def found_concerns(self) -> tuple[Concern, ...]:
        """Look for what speaks against trusting an answer about the lesions as they are outlined now; it takes some 10 ms."""
        return concerns_about(self.scan, [lesion.mask for lesion in self.lesions], [lesion.number for lesion in self.lesions])

    def with_reading(self, reading: Reading) -> Case:
        """Return the case with another reading; what is known of a mask is kept, also of one that was there before."""
        if reading is self.reading:
            return self
        known = {lesion.number: lesion for lesion in self.lesions}
        return replace(self, reading=reading, lesions=tuple(self._lesion_of(outline, known.get(outline.number)) for outline in reading.outlines))

    def with_answers(self, answers: Mapping[int, FoundLesion], concerns: tuple[Concern, ...] | None = None) -> Case:
        """Return the case with what the networks say of some lesions, by number; answers of lesions that are gone are passed over.

        Parameters
        ----------
        answers
            Each with the mask that was asked about.
        concerns
            What speaks against trusting them; None: as before.
        """
        lesions = tuple(lesion.answered(answers[lesion.number]) if lesion.number in answers else lesion for lesion in self.lesions)
        return replace(self, lesions=lesions, concerns=self.concerns if concerns is None else concerns)

    def without_answers(self) -> Case:
        """Return the case with nothing that networks said of it: its analysis, and the answers about the reader's outlines."""
        return replace(self, analysis=None, concerns=(), lesions=tuple(replace(lesion, answer=None, before=None) for lesion in self.lesions))

    def at_point(self, name: str) -> Case:
        """Return the case held against the operating point of that name; the same one where it is already, or its networks have no such point."""
        if self.analysis is None:
            return self
        network = self.analysis.network.at(name)
        return self if network == self.analysis.network else replace(self, analysis=replace(self.analysis, network=network))

    def with_scale_of(self, scan: Scan) -> Case:
        """Return the case of the same pixels and field with another scale: its lesions are measured again, and the outlines' ranges are unknown.

        All else holds whatever the scale is.
        """
        if (scan.spacing, scan.regions) == (self.scan.spacing, self.scan.regions):
            return replace(self, scan=scan)
        lesions = tuple(
            replace(lesion, measures=measured(scan, lesion.mask), answer=_without_ranges(lesion.answer), before=_without_ranges(lesion.before))
            for lesion in self.lesions
        )
        return replace(self, scan=scan, lesions=lesions)

    def _lesion_of(self, outline: Outline, known: Lesion | None) -> Lesion:
        if known is not None and known.mask is outline.mask:
            return replace(known, outline=outline)
        answer, before = (known.answer, known.before) if known is not None else (None, None)
        found = self.analysis.lesions if self.analysis is not None else ()
        # A mask that was there before, such as the one before a step that is undone, need not be diagnosed again.
        said = next((one for one in (answer, before, *found) if one is not None and _is_same(one.mask, outline.mask)), None)
        lesion = Lesion(outline, measured(self.scan, outline.mask), answer, before)
        return lesion if said is None else lesion.answered(replace(said, mask=outline.mask))


def _without_ranges(answer: FoundLesion | None) -> FoundLesion | None:
    """Return an answer without what was found by moving the outline by millimetres, or by pixels, that are others now."""
    return answer if answer is None else replace(answer, diagnosis=replace(answer.diagnosis, ranges=()))


def _is_same(mask: Mask, other: Mask) -> bool:
    return mask is other or (mask.shape == other.shape and bool(np.array_equal(mask, other)))


def concerns_about(scan: Scan, masks: Sequence[Mask], numbers: Sequence[int] = ()) -> tuple[Concern, ...]:
    """Return what speaks against trusting an answer about these lesions of a scan, with their numbers (from 1); it takes some 10 ms."""
    part = (scan.field.top, scan.field.left, scan.field.bottom, scan.field.right) if scan.field is not None else None
    return check_scan(scan.pixels, list(masks), scan.coloured, part, numbers)


def analysed_case(scan: Scan, analyse: Callable[[Pixels], Analysis]) -> Case:
    """Have a scan analysed, of a picture with borders only the part that shows the ultrasound, and return the case that comes of it.

    Parameters
    ----------
    analyse
        Given uint8 (rows, columns), such as a pipeline's ``analyse``; what it raises is passed on.

    Returns
    -------
    Case
        With masks of the scan's own size, and maps that cover its field.
    """
    if scan.field is None:
        return Case(scan).with_analysis(analyse(scan.pixels))
    pixels = np.ascontiguousarray(scan.pixels[scan.field.slices])
    pixels.setflags(write=False)
    analysis = analyse(pixels)
    lesions = tuple(replace(found, mask=_pasted(found.mask, scan.field, scan.shape)) for found in analysis.lesions)
    return Case(scan).with_analysis(replace(analysis, lesions=lesions))


def _pasted(mask: Mask, field: Box, shape: tuple[int, int]) -> Mask:
    """Return a mask of the whole scan from one of its field."""
    whole = np.zeros(shape, np.bool_)
    whole[field.slices] = mask
    return whole


def measured(scan: Scan, mask: Mask, within: Box | None = None) -> Measures:
    """Measure a lesion, bool (rows, columns), in millimetres only where one scale holds for all of it; ValueError on an empty one.

    Parameters
    ----------
    within
        A window that holds all of it, where one is known: nothing else is looked at.
    """
    box = window_of(mask if within is None else mask[within.slices])
    if box is not None and within is not None:
        box = shifted(box, within.top, within.left)
    return measure(mask, scan.spacing_within(box) if box is not None else None, box or within)
