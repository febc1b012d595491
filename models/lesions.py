"""From a lesion probability to separate lesions: threshold, connected components, and the veto for "no lesion"."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import cv2
import numpy as np

from models.analysis import FloatMap, Mask


@dataclass(frozen=True)
class LesionRule:
    """What of a lesion probability counts as a lesion; chosen on validation scans and kept in the manifest.

    Attributes
    ----------
    threshold
        Lesion probability from which a pixel belongs to a lesion, in (0, 1).
    min_peak
        A component whose mean of its highest tenth lies below this is not a lesion, in [0, 1].
    min_area_fraction
        Nor is one smaller than this share of the scan.
    max_lesions
        Only so many of the highest peaks are kept.
    """

    threshold: float = 0.5
    min_peak: float = 0.5
    min_area_fraction: float = 0.001
    max_lesions: int = 3

    def as_dict(self) -> dict[str, float]:
        """Return the rule as plain numbers for a manifest."""
        return asdict(self)


def find_lesions(probability: FloatMap, rule: LesionRule, shape: tuple[int, int]) -> list[Mask]:
    """Return the lesions of a map on the network grid, in [0, 1], as bool masks of the scan's ``shape``, highest peak first.

    Components are found on the grid; each is then cut out at the scan's own resolution, so that its outline follows the interpolated
    threshold instead of the grid's steps. Holes are filled: a lesion's outline is its outer one.
    """
    number, labels, stats, _ = cv2.connectedComponentsWithStats((probability >= rule.threshold).astype(np.uint8), connectivity=8)
    smallest = max(1.0, rule.min_area_fraction * probability.size)
    found: list[tuple[float, Mask]] = []
    for index in range(1, number):
        component = labels == index
        if stats[index, cv2.CC_STAT_AREA] >= smallest:
            found.append((peak_of(probability[component]), component))
    found = sorted((pair for pair in found if pair[0] >= rule.min_peak), key=lambda pair: -pair[0])
    masks = [_at_scan_size(component, probability, rule.threshold, shape) for _, component in found[: rule.max_lesions]]
    return [mask for mask in masks if mask.any()]


def highest_peak(probability: FloatMap, rule: LesionRule) -> float:
    """Return the highest peak among the components that are large enough, 0 without any: how sure the segmenter is that there is a lesion at all."""
    number, labels, stats, _ = cv2.connectedComponentsWithStats((probability >= rule.threshold).astype(np.uint8), connectivity=8)
    smallest = max(1.0, rule.min_area_fraction * probability.size)
    large = [index for index in range(1, number) if stats[index, cv2.CC_STAT_AREA] >= smallest]
    return max((peak_of(probability[labels == index]) for index in large), default=0.0)


def peak_of(values: FloatMap) -> float:
    """Return the mean of the highest tenth of the values (at least one): a peak that a single pixel cannot make."""
    count = max(1, values.size // 10)
    return float(np.partition(values.ravel(), -count)[-count:].mean())


def most_likely_region(probability: FloatMap) -> Mask:
    """Return the component around the highest probability, at half of it: never empty, for training where no lesion was found."""
    peak = np.unravel_index(int(probability.argmax()), probability.shape)
    binary = (probability >= 0.5 * probability[peak]).astype(np.uint8)
    _, labels = cv2.connectedComponents(binary, connectivity=8)
    return np.asarray(labels == labels[peak], np.bool_)


def _at_scan_size(component: Mask, probability: FloatMap, threshold: float, shape: tuple[int, int]) -> Mask:
    """Cut one component out at the scan's size; bytes instead of floats, for a scan may have a hundred million pixels."""
    filled = _filled(component)
    alone = np.where(cv2.dilate(component.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0, probability, 0)
    alone = np.where(filled & ~component, 1, alone)
    levels = np.round(alone * 255).astype(np.uint8)
    large = cv2.resize(levels, shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(large >= round(threshold * 255), np.bool_)


def _filled(mask: Mask) -> Mask:
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros(mask.shape, np.uint8)
    cv2.drawContours(filled, contours, -1, 1, cv2.FILLED)
    return filled.astype(np.bool_)
