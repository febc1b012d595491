"""Does the saliency map show what moved the answer? Where it peaks, what covering its places does, and whether it needs the trained weights.

Lesions that the network found with a Dice of at least 0.5. "Called" is the side of the operating point in use, "true" the class of the data set.

* *Peak* and *energy* are taken against the annotated mask: the share of maps that are highest in the lesion, and the lesion's share of a map's sum as
  a multiple of its share of the scan. By chance a peak would fall into the lesion as often as the lesion is large: in the scan, in the soft window
  that the classifiers get contrast-enhanced, and in the part that the finest of them sees.
* *Deletion* covers the scan with a heavily blurred one, the map's highest places first, and *insertion* uncovers it: the mean probability of the
  called class on the way, with the lesion's ellipse as it was. The lower the first and the higher the second, the truer the order. Random order, and
  the order from the lesion's middle outwards, are what a map has to beat.
* *Occlusion* slides a patch of 32 pixels of the network grid by 16 and asks how far the logit falls.
* *Sanity*: weights are shuffled layer by layer, from the last on. A map that stays as it was does not come from what was learned.

The slow ones are measured on a seeded sample.

    python benchmarks/saliency_fidelity.py DATASET [DATASET …] [--split held-out] [--sample 60]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from measured import LEAST_DICE, Measuring, best_lesion, shown
from shuffled_classifiers import STAGES, activations_of
from tqdm import tqdm

from models.analysis import Diagnosis, FloatMap, Mask, SaliencyClass
from models.committee import Member, Opinion
from models.datasets import Example
from models.measuring.fidelity import (
    area_under,
    blurred_scan,
    curve,
    energy_ratio,
    grad_cam,
    occlusion_map,
    order_of,
    peak_inside,
    rank_correlation,
    towards,
)
from models.measuring.resampling import group_draws, with_interval
from models.pipeline import Pipeline
from models.preprocessing import INPUT_SIZE, Letterbox, Pixels, guided_channels, resample
from models.saliency import grad_cam_plus_plus, pooled_gradients, scaled_to_one

PATCH, STRIDE = 32, 16
PLAIN = ("random", "from the middle")
WAYS = {"Grad-CAM++": grad_cam_plus_plus, "Grad-CAM": grad_cam}


@dataclass(eq=False)
class Case:
    """A lesion that was found, and what the measures say of it: by map and measure."""

    example: Example
    pixels: Pixels
    truth: Mask
    mask: Mask
    diagnosis: Diagnosis
    called: SaliencyClass
    figures: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def true(self) -> SaliencyClass:
        return "malignant" if self.example.label == "malignant" else "benign"

    @property
    def truth_on_grid(self) -> Mask:
        shape = self.diagnosis.saliency["malignant"].shape
        return np.asarray(cv2.resize(self.truth.astype(np.uint8) * 255, shape[::-1], interpolation=cv2.INTER_AREA) >= 128)

    def note(self, name: str, **figures: float) -> None:
        self.figures.setdefault(name, {}).update(figures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=60, help="lesions on which the slow ones are measured")
    measuring = Measuring("saliency_fidelity", parser)
    pipeline, options = measuring.pipeline, measuring.options
    cases = [case for example in measuring.examples if example.label != "normal" and (case := case_of(pipeline, example))]
    chance = [chance_of(pipeline, case) for case in cases]
    for case in cases:
        look(pipeline, case)
    sample = [cases[place] for place in sorted(np.random.default_rng(options.seed).permutation(len(cases))[: options.sample])]
    for case in tqdm(sample, unit="lesion", disable=None):
        cover(pipeline, case, options.seed)
    sanity = sanity_of(pipeline, sample, options)
    names = list(dict.fromkeys(name for case in cases for name in case.figures))
    rows = [row_of(name, cases, options) for name in names]
    summary = {
        "chance": {key: round(float(np.mean([each[key] for each in chance])), 4) for key in chance[0]},
        "sanity": sanity,
        "beaten": {name: beaten(name, sample, options) for name in names if "deletion" in sample[0].figures.get(name, {}) and name not in PLAIN},
    }
    show(rows, summary, len(cases), len(sample))
    measuring.write(rows, summary, lesions=len(cases), sampled=len(sample), least_dice=LEAST_DICE)


def case_of(pipeline: Pipeline, example: Example) -> Case | None:
    pixels, truth = example.read_pixels(), example.read_mask()
    found, dice = best_lesion(pipeline.analyse(pixels), truth)
    if found is None or dice < LEAST_DICE:
        return None
    is_called = found.diagnosis.p_malignant >= pipeline.info.operating_point.threshold
    return Case(example, pixels, truth, found.mask, found.diagnosis, "malignant" if is_called else "benign")


# what belongs to the classifiers --------------------------------------------------------------------------------------------------------------------


def finest(pipeline: Pipeline, case: Case) -> list[tuple[Member, Opinion]]:
    """Return the classifiers whose maps are shown, with what they say: those that look at the lesion, or else all."""
    pairs = list(zip(pipeline.members, pipeline.opinions(case.pixels, case.mask), strict=True))
    return [pair for pair in pairs if pair[0].view == "lesion"] or pairs


def on_grid(coarse: FloatMap, opinion: Opinion, box: Letterbox) -> FloatMap:
    """Return a classifier's coarse map over the scan, on the network grid, in the way of the shipped one."""
    size = INPUT_SIZE if opinion.window is None else opinion.window.size
    fine = np.clip(cv2.resize(scaled_to_one(coarse), (size, size), interpolation=cv2.INTER_CUBIC), 0, 1)
    return box.crop(fine if opinion.window is None else opinion.window.carry_back(fine, INPUT_SIZE))


def coarse_map(activations: FloatMap, head: FloatMap, toward: SaliencyClass, way: str) -> FloatMap:
    """Return the map of one class at the positions of the last convolution, in one of the ``WAYS``."""
    gradients = pooled_gradients((1 if toward == "malignant" else -1) * head, activations.shape[0] * activations.shape[1])
    return WAYS[way](activations, gradients)


def logit_of(pipeline: Pipeline, pixels: Pixels, mask: Mask) -> float:
    return float(np.mean([opinion.logit for opinion in pipeline.opinions(pixels, mask)])) / pipeline.manifest.temperature


# measures -------------------------------------------------------------------------------------------------------------------------------------------


def chance_of(pipeline: Pipeline, case: Case) -> dict[str, float]:
    """Return how often a peak at a random place would lie in the lesion: anywhere in the scan, in the soft window, in the finest view."""
    box = Letterbox.around(case.pixels)
    lesion = case.truth_on_grid
    white = np.full((INPUT_SIZE, INPUT_SIZE), 255, np.uint8)
    window = box.crop(guided_channels(white, box.ellipse_of(case.mask))[..., 1]) > 0
    opinion = finest(pipeline, case)[0][1]
    seen = np.ones(lesion.shape, np.bool_)
    if opinion.window is not None:
        seen = box.crop(opinion.window.carry_back(np.ones((opinion.window.size,) * 2, np.float32), INPUT_SIZE)) > 0.5
    return {"scan": float(lesion.mean()), "window": float(lesion[window].mean()), "view": float(lesion[seen].mean())}


def look(pipeline: Pipeline, case: Case) -> None:
    """Note peak and energy of every map that costs nothing."""
    pairs = finest(pipeline, case)
    maps = {"Grad-CAM++, called": case.diagnosis.saliency[case.called], "Grad-CAM++, true": case.diagnosis.saliency[case.true]}
    for name, toward in (("called", case.called), ("true", case.true)):
        maps[f"Grad-CAM, {name}"] = plain_map(case, pairs, toward)
    maps["from the middle"] = from_the_middle(case)
    for name, saliency in maps.items():
        note_place(case, name, saliency)
    for way in WAYS:
        both = [[coarse_map(o.activations, m.head, toward, way) for toward in ("malignant", "benign")] for m, o in pairs]
        case.note(f"{way}, called", with_other_class=float(np.mean([rank_correlation(*maps) for maps in both])))


def plain_map(case: Case, pairs: Sequence[tuple[Member, Opinion]], toward: SaliencyClass) -> FloatMap:
    """Return what Grad-CAM would show where the program shows Grad-CAM++."""
    box = Letterbox.around(case.pixels)
    each = [on_grid(coarse_map(opinion.activations, member.head, toward, "Grad-CAM"), opinion, box) for member, opinion in pairs]
    return scaled_to_one(np.mean(each, axis=0, dtype=np.float32))


def note_place(case: Case, name: str, saliency: FloatMap) -> None:
    lesion = case.truth_on_grid
    case.note(name, peak=peak_inside(saliency, lesion), energy=energy_ratio(saliency, lesion), blank=float(saliency.max() <= 0))


def from_the_middle(case: Case) -> FloatMap:
    box = Letterbox.around(case.pixels)
    return towards(box.crop(box.ellipse_of(case.mask).distance((INPUT_SIZE, INPUT_SIZE))))


def cover(pipeline: Pipeline, case: Case, seed: int) -> None:
    """Note what covering and uncovering does in the order of each map, and the map that covering makes."""
    sign = 1 if case.called == "malignant" else -1

    def logit(pixels: Pixels) -> float:
        return sign * logit_of(pipeline, pixels, case.mask)

    def probability(pixels: Pixels) -> float:
        return float(1 / (1 + np.exp(-logit(pixels))))

    blurred = blurred_scan(case.pixels)
    px = 1 / Letterbox.around(case.pixels).scale
    occluded = occlusion_map(logit, case.pixels, blurred, round(PATCH * px), round(STRIDE * px))
    shape = case.diagnosis.saliency[case.called].shape
    note_place(case, "occlusion, called", np.asarray(cv2.resize(occluded, shape[::-1], interpolation=cv2.INTER_AREA), np.float32))
    maps = {
        "Grad-CAM++, called": case.diagnosis.saliency[case.called],
        "Grad-CAM, called": plain_map(case, finest(pipeline, case), case.called),
        "from the middle": from_the_middle(case),
        "random": np.zeros(shape, np.float32),
    }
    orders = {name: resample(saliency, case.pixels.shape) for name, saliency in maps.items()} | {"occlusion, called": occluded}
    for name, saliency in orders.items():
        order = order_of(saliency, seed)
        deletion = area_under(curve(probability, case.pixels, blurred, order))
        insertion = area_under(curve(probability, blurred, case.pixels, order))
        case.note(name, deletion=deletion, insertion=insertion)


def sanity_of(pipeline: Pipeline, sample: Sequence[Case], options: argparse.Namespace) -> dict[str, Any]:
    """Return how alike maps are before and after weights are shuffled, by classifier, way and stage; 1: the same. Beside it, other lesions."""
    answer: dict[str, Any] = {}
    for number, network in enumerate(pipeline.manifest.classifiers):
        lesions = [(case.pixels, case.mask) for case in sample]
        asked = {stage: activations_of(options.networks, network, stage, lesions, options.seed) for stage in STAGES}
        for way in WAYS:
            maps = {
                stage: [coarse_map(each, head, case.called, way) for each, case in zip(activations, sample, strict=True)]
                for stage, (activations, head) in asked.items()
            }
            trained = maps["nothing"]
            maps["another lesion"] = [*trained[1:], trained[0]]
            answer[f"classifier {number + 1}, view of the {network.view}, {way}"] = {
                stage: {
                    "correlation": _median([rank_correlation(a, b) for a, b in zip(trained, others, strict=True)]),
                    "blank": round(float(np.mean([np.ptp(each) == 0 for each in others])), 4),
                }
                for stage, others in maps.items()
            }
    return answer


def _median(values: Sequence[float]) -> float | None:
    usable = [value for value in values if np.isfinite(value)]
    return round(float(np.median(usable)), 4) if usable else None


# tables ---------------------------------------------------------------------------------------------------------------------------------------------


def row_of(name: str, cases: Sequence[Case], options: argparse.Namespace) -> dict[str, Any]:
    row: dict[str, Any] = {"map": name}
    for key in ("peak", "energy", "blank", "deletion", "insertion", "with_other_class"):
        row[key] = averaged([case for case in cases if key in case.figures.get(name, {})], lambda case, key=key: case.figures[name][key], options)
    return row


def beaten(name: str, sample: Sequence[Case], options: argparse.Namespace) -> dict[str, Any]:
    """Return by how much a map's order is better than the plain ones, lesion by lesion: above 0, it is."""
    answer = {}
    for plain in PLAIN:
        for key, sign in (("deletion", -1), ("insertion", 1)):

            def gain(case: Case, plain: str = plain, key: str = key, sign: int = sign) -> float:
                return sign * (case.figures[name][key] - case.figures[plain][key])

            answer[f"{key}, {plain}"] = averaged(sample, gain, options)
    return answer


def averaged(cases: Sequence[Case], value: Any, options: argparse.Namespace) -> dict[str, Any]:
    """Return the mean over lesions with its interval; lesions whose figure is NaN, such as the energy of a blank map, are left out."""
    usable = [(case, figure) for case in cases if np.isfinite(figure := value(case))]
    figures = np.array([figure for _, figure in usable])
    draws = group_draws([case.example.group for case, _ in usable], options.resamples, options.seed)
    return with_interval(lambda places: float(figures[places].mean()) if figures.size else float("nan"), len(usable), draws)


def show(rows: Sequence[dict[str, Any]], summary: dict[str, Any], lesions: int, sampled: int) -> None:
    print(f"{lesions} lesions that the network found with a Dice of at least {LEAST_DICE}; deletion, insertion, occlusion and sanity on {sampled}")
    print(f"a random peak lies in the lesion: {summary['chance']}")
    print(f"{'map':22}" + "".join(f"{head:>22}" for head in ("peak inside", "energy / area", "blank", "deletion", "insertion")))
    for row in rows:
        print(f"{row['map']:22}" + "".join(shown(row[key]) for key in ("peak", "energy", "blank", "deletion", "insertion")))
        if row["with_other_class"]["value"] is not None:
            print(f"{'':22}rank correlation with the other class: {shown(row['with_other_class'])}")
    print("better than the plain orders by")
    for name, gains in summary["beaten"].items():
        print(f"  {name:20}" + "; ".join(f"{key} {shown(figure).strip()}" for key, figure in gains.items()))
    print("rank correlation with the map of the trained classifier after shuffling")
    for view, stages in summary["sanity"].items():
        print(f"  {view}: " + "; ".join(f"{stage} {figures['correlation']}" for stage, figures in stages.items()))


if __name__ == "__main__":
    main()
