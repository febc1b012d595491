"""A clinic's approved cases -> a proposed version of the networks, in a run that can be ended at any time and goes on where it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.claiming import check_new, claim
from models.preprocessing import Pixels
from models.retraining import outcomes
from models.retraining.blending import Scores, blend, choose_share
from models.retraining.cases import digest_of, learned_and_held_out
from models.retraining.clinic import ClinicExample
from models.retraining.events import Doing, Done, Planned, Said, Tell
from models.retraining.fitting import RATE, Material, fit_segmenter, segmenter_plan, segmenter_scores
from models.retraining.learner import BATCH, Learner, open_learner
from models.retraining.outcomes import (
    MOST_LOST,
    Lessons,
    classifier_plan,
    classifier_scores,
    fit_classifier,
    lessons_of,
    lessons_of_pack,
    logits_of,
    reason_against,
)
from models.retraining.outlining import probabilities
from models.retraining.proposal import can_calibrate, proposed_manifest, recalibrated, write_proposal
from models.retraining.replay import Pack
from models.retraining.steps import Clock, Plan
from models.weights import Manifest, NetworkFile, checked_weights, read_manifest

SEED = 0


def retrain(base: Path, cache: Path, cases: Sequence[ClinicExample], pack: Pack | None, run: Path, out: Path, version: str, report: Tell) -> Manifest:
    """Fit the networks to approved cases and write the proposed version into the folder ``out``; return its manifest.

    Parameters
    ----------
    base
        Folder of the shipped version: every fit starts there.
    cache
        Where the flatbuffers go.
    pack
        To rehearse on; None: the shipped networks' own answers stand in.
    run
        Folder of the run. Started again with the same cases, pack and base, it goes on from its last checkpoint.
    version
        What the proposed version is called.
    report
        Told what happens, see ``events``; what it raises ends the run, and the last checkpoint stays.

    Raises
    ------
    NetworkError
        Nothing can be learned from or compared on, the run was made otherwise, a fit diverged, or ``base`` or ``out`` cannot be used.
    """
    check_new(out)
    learned, held_out = learned_and_held_out(cases)
    parent = read_manifest(base)
    recipe = _recipe(parent, learned, held_out, pack)
    run.mkdir(parents=True, exist_ok=True)
    claim(run, recipe)
    prepared = _prepared(base, parent, learned, held_out, pack, report)
    report(Planned(len(learned), len(held_out), {plan.network: plan.steps for plan in prepared.plans}, BATCH))
    clock = Clock(report, {plan.network: plan.steps for plan in prepared.plans})
    shares, scores, networks = _segmenter(prepared, run, clock)
    if len(prepared.plans) > 1:
        more_shares, scores["classifiers"], more_networks = _classifiers(base, parent, prepared, run, clock)
        shares, networks = shares | more_shares, networks | more_networks
    else:
        report(Said(prepared.reason))
        shares |= {f"classifier-{file.view}": 0.0 for file in parent.classifiers}
    about_pack = {} if pack is None else {"sha256": pack.digest, "about": pack.about}
    manifest = proposed_manifest(parent, version, learned, held_out, about_pack, {**recipe, "shares": shares, "scores": _as_plain(scores)})
    manifest = _calibrated(manifest, base, prepared, networks, report)
    manifest = write_proposal(manifest, base, networks, out, cache, [*learned, *held_out], prepared.learned + prepared.held_out, report)
    report(Done(version, shares))
    return manifest


@dataclass(frozen=True)
class _Prepared:
    """The shipped segmenter, what it says of all scans, and what is going to be fitted; why the classifiers are not, where they are not."""

    segmenter: Learner
    segmenter_file: NetworkFile
    material: Material
    learned: Lessons
    held_out: Lessons
    rehearsal: Lessons
    base: Lessons | None
    plans: list[Plan]
    reason: str


def _prepared(
    base: Path, parent: Manifest, learned: Sequence[ClinicExample], held_out: Sequence[ClinicExample], pack: Pack | None, tell: Tell
) -> _Prepared:
    tell(Doing("loading the networks", 0.0))
    segmenter = _opened(base, parent.segmenter)
    size, rule = segmenter.size, parent.lesion_rule
    what = "looking at the approved cases"
    maps: list[Pixels] = [np.round(p * 255).astype(np.uint8) for p in probabilities(segmenter, learned, what, tell)]  # as bytes: scans may be large
    of_learned = lessons_of(learned, (each.astype(np.float32) / np.float32(255) for each in maps), rule, size)
    of_held_out = lessons_of(held_out, probabilities(segmenter, held_out, what, tell), rule, size)
    reason = reason_against(of_learned.known, of_held_out.known)
    plans = [segmenter_plan(len(learned), SEED)]
    rehearsal, of_base = of_learned, None
    if not reason:
        plans += [classifier_plan(file.view, len(of_learned.known.examples), SEED + 2 * n) for n, file in enumerate(parent.classifiers, start=1)]
        if pack is not None:
            what = "looking at the replay pack"
            rehearsal = lessons_of_pack(pack.rehearsal, probabilities(segmenter, pack.rehearsal, what, tell))
            of_base = lessons_of_pack(pack.hold_out, probabilities(segmenter, pack.hold_out, what, tell))
    material = Material(learned, held_out, maps, pack, rule)
    return _Prepared(segmenter, parent.segmenter, material, of_learned, of_held_out.known, rehearsal, of_base, plans, reason)


_Chosen = tuple[dict[str, float], dict[str, dict[float, Scores]], dict[str, Learner]]


def _segmenter(prepared: _Prepared, run: Path, clock: Clock) -> _Chosen:
    """Fit the segmenter; return the share taken over, what it was chosen by, and the network where it changes."""
    learner, material = prepared.segmenter, prepared.material
    shipped = learner.trained_weights()
    fitted = fit_segmenter(learner, material, prepared.plans[0], run / "segmenter", clock)
    scores = segmenter_scores(learner, shipped, fitted, material, clock.tell)
    share = choose_share(scores, material.to_keep[1])
    _say_if_none(share, "segmenter", clock.tell)
    _settle(learner, blend(shipped, fitted, share))
    changed = {prepared.segmenter_file.file: learner} if share else {}
    return {"segmenter": share}, {"segmenter": scores}, changed


def _classifiers(
    base: Path, parent: Manifest, prepared: _Prepared, run: Path, clock: Clock
) -> tuple[dict[str, float], dict[float, Scores], dict[str, Learner]]:
    """Fit every classifier; the same share of each is taken over."""
    fits = []
    for file, plan in zip(parent.classifiers, prepared.plans[1:], strict=True):
        learner = _opened(base, file)
        shipped = learner.trained_weights()
        fitted = fit_classifier(learner, file.view, prepared.learned.known, prepared.rehearsal, plan, run / plan.network, clock)
        fits.append((file.view, learner, shipped, fitted))
    scores = classifier_scores(fits, prepared.held_out, prepared.base, parent.temperature, clock.tell)
    share = choose_share(scores, (MOST_LOST,))
    _say_if_none(share, "classifiers", clock.tell)
    for _, learner, shipped, fitted in fits:
        _settle(learner, blend(shipped, fitted, share))
    changed = {file.file: learner for file, (_, learner, _, _) in zip(parent.classifiers, fits, strict=True)} if share else {}
    return {plan.network: share for plan in prepared.plans[1:]}, scores, changed


def _calibrated(manifest: Manifest, base: Path, prepared: _Prepared, networks: dict[str, Learner], tell: Tell) -> Manifest:
    """Choose temperature and operating points anew, where enough outcomes are known of lesions that the classifiers were not fitted on."""
    is_fitted = any(file.file in networks for file in manifest.classifiers)
    lessons = prepared.held_out if is_fitted else prepared.learned.known + prepared.held_out
    if not can_calibrate(lessons):
        tell(Said("Temperature and thresholds stay as they are: too few outcomes are recorded of lesions that the classifiers did not learn from."))
        return manifest
    columns = []
    for file in manifest.classifiers:
        learner = networks[file.file] if is_fitted else _opened(base, file)
        columns.append(logits_of(learner, file.view, lessons, tell))
    return recalibrated(manifest, np.column_stack(columns), lessons)


def _say_if_none(share: float, which: str, tell: Tell) -> None:
    if not share:
        tell(Said(f"Nothing of what the {which} learned is taken over: on held-out cases it was no better, or it cost too much elsewhere."))


def _settle(learner: Learner, weights: Sequence[np.ndarray]) -> None:
    learner.set_trained_weights(weights)
    learner.round_as_stored()


def _opened(base: Path, file: NetworkFile) -> Learner:
    return open_learner(file, checked_weights(base, file))


def _recipe(parent: Manifest, learned: Sequence[ClinicExample], held_out: Sequence[ClinicExample], pack: Pack | None) -> dict[str, Any]:
    """Return all that the weights depend on: a run goes on only with the same."""
    return {
        "parent": {file.file: file.sha256 for file in parent.networks},
        "learned": [digest_of(case) for case in learned],
        "held_out": [digest_of(case) for case in held_out],
        "pack": pack.digest if pack is not None else "",
        "batch": BATCH,
        "rates": {"segmenter": RATE, "classifiers": outcomes.RATE},
        "seed": SEED,
    }


def _as_plain(scores: dict[str, dict[float, Scores]]) -> dict[str, Any]:
    return {name: {f"{share:g}": [each.clinic, each.kept] for share, each in by_share.items()} for name, by_share in scores.items()}
