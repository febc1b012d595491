"""From approved cases to a proposal with its evidence: examined, fitted, compared, judged. Whoever calls decides where it goes and who adopts it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.convert import convert_version
from models.pipeline import Pipeline
from models.retraining.clinic import ClinicExample
from models.retraining.events import Doing, Done, Event, Examined, Judged, Said, Tell
from models.retraining.evidence import AUC, DICE, FALSE_LESIONS, MISSED, SENSITIVITY, Compared, Evidence, told_shares
from models.retraining.gate import Decision, compare, decide
from models.retraining.needs import lacking
from models.retraining.replay import Pack
from models.retraining.run import retrain
from models.retraining.suspicions import Suspicion, examine, left_out
from models.version_files import EVIDENCE_FILE
from models.weights import derived_files, read_manifest

_NAMES = {DICE: "Dice", MISSED: "missed lesions", FALSE_LESIONS: "false lesions", AUC: "AUC", SENSITIVITY: "sensitivity"}


@dataclass(frozen=True)
class Places:
    """Where a proposal comes from and goes to.

    Attributes
    ----------
    shipped, in_use
        Folders of versions: every fit starts at the first, and is compared with the second.
    cache
        Where flatbuffers are.
    run
        Folder of the run, which can be ended at any time and goes on where it was.
    out
        The proposal's folder, which does not exist yet.
    """

    shipped: Path
    in_use: Path
    cache: Path
    run: Path
    out: Path


def propose(cases: Sequence[ClinicExample], pack: Pack | None, version: str, places: Places, tell: Tell) -> Decision:
    """Write a proposed version with its evidence, and return whether it may be adopted.

    Where too little is approved, or something looks so wrong that nothing may be learned, nothing is fitted and no version is written.

    Parameters
    ----------
    cases
        All that are approved.
    pack
        Scans of other clinics to rehearse on and compare on, where there are.
    tell
        Told what happens, see ``events``; what it raises ends the work.

    Raises
    ------
    NetworkError
        The networks or the run's folder cannot be used, or the fit failed.
    """

    def doing(stage: str, fraction: float) -> None:
        tell(Doing(stage, fraction))

    suspicions = examine(cases, _pipeline(places.shipped, places.cache, tell), doing)
    usable = [case for case in cases if case.key not in left_out(suspicions)]
    objections = [*_lacking(usable), *(f"The approved cases are suspicious. {each.sentence}" for each in suspicions if each.stops)]
    tell(Examined(len(cases), len(usable), tuple(each.as_json() for each in suspicions)))
    if objections:
        return _judged(Decision(tuple(objections)), None, tell)
    said: list[str] = []

    def noting(event: Event) -> None:
        said.extend(told_shares(event.shares) if isinstance(event, Done) else [event.text] if isinstance(event, Said) else ())
        tell(event)

    retrain(places.shipped, places.cache, usable, pack, places.run, places.out, version, noting)
    old, new = _pipeline(places.in_use, places.cache, tell), _pipeline(places.out, places.cache, tell)
    held_out, learned = ([case for case in usable if case.is_held_out is which] for which in (True, False))
    evidence = compare(old, new, held_out, pack.hold_out if pack is not None else (), doing, learned)
    decision = decide(evidence, suspicions)
    said += [each.sentence for each in suspicions if not each.stops]
    _write_evidence(places.out, evidence, decision, read_manifest(places.in_use).version, said, suspicions)
    return _judged(decision, evidence, tell)


def _lacking(usable: Sequence[ClinicExample]) -> list[str]:
    learned = sum(not case.is_held_out for case in usable)
    return lacking(learned, sum(case.is_held_out and bool(case.lesions) for case in usable))


def _pipeline(version: Path, cache: Path, tell: Tell) -> Pipeline:
    if not derived_files(version, read_manifest(version), cache).are_there:
        convert_version(version, cache, lambda stage, fraction: tell(Doing(stage, fraction)))
    return Pipeline.load(version, cache)


def _judged(decision: Decision, evidence: Evidence | None, tell: Tell) -> Decision:
    tell(Judged(decision.may_adopt, decision.objections, decision.remarks, evidence.as_json() if evidence is not None else None))
    return decision


def _write_evidence(version: Path, evidence: Evidence, decision: Decision, before: str, said: Sequence[str], suspicions: Sequence[Suspicion]) -> None:
    """Write why a version was proposed, for whoever lists versions: against which, and all that was measured and said."""
    base = evidence.base
    others = f"{base.cases} scans of other clinics" if base is not None else "no scans of other clinics"
    content = {
        "summary": f"Compared with {before} on {evidence.clinic.cases} held-out cases of this clinic and {others}.",
        "remarks": [*decision.remarks, *said],
        "figures": [*_figures("this clinic", evidence.clinic.figures), *(_figures("other clinics", base.figures) if base is not None else ())],
        "objections": list(decision.objections),
        "comparison": evidence.as_json(),
        "suspicions": [each.as_json() for each in suspicions],
    }
    (version / EVIDENCE_FILE).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _figures(where: str, figures: Mapping[str, Compared]) -> list[dict[str, Any]]:
    ordered = sorted(figures.items(), key=lambda each: each[0] != DICE)
    return [{"name": f"{_NAMES[name]}, {where}", "before": each.old, "after": each.new} for name, each in ordered if each.difference is not None]
