"""One piece of the simulation of clinics, in a process of its own: what its fit takes in memory is then its alone."""

from __future__ import annotations

import fcntl
import os
import resource
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from time import perf_counter, process_time

from clinic_naive import fine_tuned
from clinic_pieces import BEFORE, MOST, SIZES, Json, Piece, Results
from clinics import FOREIGN, Clinic, approved, drawn, kind_of, open_scans, poisoned, poisoned_clinic
from suspicions import foreign_case, foreign_pictures

from models.claiming import claim
from models.convert import convert_version
from models.datasets import Example, counts, fingerprint, read_datasets
from models.measuring.records import Record, run
from models.pipeline import Pipeline
from models.retraining.clinic import ClinicExample
from models.retraining.decision import Decision
from models.retraining.events import Done, Event, Examined, Judged, Measured, Planned
from models.retraining.gate import compare
from models.retraining.proposing import Places, propose
from models.retraining.replay import Pack, make_pack, read_pack
from models.weights import flatbuffers, read_manifest


@dataclass(frozen=True)
class Setting:
    """What every piece starts from: the data sets, the networks, the benchmark's folder, and how many patients of a clinic are unseen."""

    datasets: Sequence[Path]
    base: Path
    run: Path
    unseen: int

    @property
    def results(self) -> Results:
        return Results(self.run)

    @property
    def cache(self) -> Path:
        return self.run / "cache"

    @cached_property
    def examples(self) -> list[Example]:
        return read_datasets(self.datasets)

    @cached_property
    def scans(self) -> list[Example]:
        return open_scans(self.examples)

    @cached_property
    def pack(self) -> Pack:
        """Of what the networks were trained and tuned on: BUSI's training and validation split."""
        path = self.run / "pack.zip"
        return read_pack(path) if path.is_file() else make_pack([e for e in self.examples if e.dataset == "busi"], path)

    @cached_property
    def old(self) -> Pipeline:
        return self.loaded(self.base)

    def loaded(self, version: Path) -> Pipeline:
        convert_version(version, self.cache, lambda *_: None)
        return Pipeline.load(version, self.cache)

    def clinic(self, seed: int) -> Clinic:
        return drawn(self.scans, seed, self.unseen, MOST)

    def recipe(self) -> Json:
        """Return what all results depend on."""
        manifest = read_manifest(self.base)
        return {
            "networks": {"version": manifest.version, "hashes": {file.file: file.sha256 for file in manifest.networks}},
            "trained_on": manifest.trained_on,
            "clinics": {"scans": len(self.scans), "counts": counts(self.scans), "fingerprint": fingerprint(self.scans)},
            "pack": {"sha256": self.pack.digest, "about": self.pack.about},
            "unseen": self.unseen,
        }

    def forget(self, version: Path) -> None:
        """Delete a version and what was derived of it; what it shares with the first one stays."""
        if not version.is_dir():
            return
        kept = flatbuffers(read_manifest(self.base), self.cache).paths
        for path in flatbuffers(read_manifest(version), self.cache).paths:
            if path not in kept:
                path.unlink(missing_ok=True)
        shutil.rmtree(version)


@dataclass
class Told:
    """Keeps what a proposal tells, and says aloud what is seldom."""

    examined: Examined | None = None
    planned: Planned | None = None
    done: Done | None = None
    judged: Judged | None = None
    curve: list[Measured] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        if isinstance(event, Measured):
            self.curve.append(event)
        elif isinstance(event, (Examined, Planned, Done, Judged)):
            setattr(self, event.name, event)
        if event.name in ("examined", "planned", "paced", "measured", "said", "done"):
            print(f"  {event.name}: {_short(event)}", flush=True)


def do(setting: Setting, piece: Piece) -> None:
    """Do one piece and write its result.

    Raises
    ------
    NetworkError
        The folder holds results of other networks, data or options.
    SystemExit
        Another piece is at work in the same folder.
    """
    setting.run.mkdir(parents=True, exist_ok=True)
    with (setting.run / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(f"Another piece is at work in {setting.run}.") from None
        claim(setting.run, setting.recipe())
        start, load = perf_counter(), os.getloadavg()[0]
        result = _PARTS[piece.part](setting, piece)
        spent = {"load": round(load, 1), "total_seconds": round(perf_counter() - start, 1)}
        setting.results.write(piece.name, {**asdict(piece), **result, **spent})


def _before(setting: Setting, piece: Piece) -> Json:
    """Measure what the networks come to on a clinic's scans and on the pack's hold-out before anything is learned."""
    clinic = setting.clinic(piece.seed)
    parts = {"unseen": clinic.unseen, "corrections": clinic.corrections, "hold_out": setting.pack.hold_out}
    return {"device": clinic.device, **{part: _rows(run(setting.old, scans)) for part, scans in parts.items()}}


def _cases(setting: Setting, piece: Piece) -> tuple[Clinic, list[ClinicExample]]:
    before = setting.results.read(Piece(BEFORE, piece.seed).name)
    if before is None:
        raise SystemExit(f"What there was before clinic {piece.seed} was learned from is to be measured first.")
    clinic, rows = setting.clinic(piece.seed), before["corrections"][: piece.cases]
    kinds = [kind_of(row["lesions"], row["dice"]) for row in rows]
    return clinic, approved(clinic.corrections[: piece.cases], kinds, with_outcomes=piece.part == "outcomes")


def _learned(setting: Setting, piece: Piece) -> Json:
    clinic, cases = _cases(setting, piece)
    result, out = _proposed(setting, piece, cases)
    if out.is_dir():
        result["unseen"] = _rows(run(setting.loaded(out), clinic.unseen))
    _clear(setting, piece)
    return {"device": clinic.device, **result}


def _poisoned(setting: Setting, piece: Piece) -> Json:
    clinic = poisoned_clinic(setting.scans, piece.seed)
    honest = approved(clinic.corrections, ["corrected"] * len(clinic.corrections), with_outcomes=True)
    share = 1.0 if piece.part == "poisoned" else 0.5
    cases = poisoned(piece.poison, honest, share, piece.seed, _foreign(setting, piece))
    result, out = _proposed(setting, piece, cases)
    if result["may_adopt"]:
        harm = compare(setting.old, setting.loaded(out), (), clinic.unseen, lambda *_: None).base
        result["harm"] = harm.as_json() if harm is not None else None
    _clear(setting, piece)
    return {"device": clinic.device, **result}


def _foreign(setting: Setting, piece: Piece) -> list[ClinicExample]:
    if piece.poison != FOREIGN:
        return []
    return [foreign_case(name, pixels, setting.old.analyse(pixels)) for name, pixels in foreign_pictures(piece.seed).items()]


def _naive(setting: Setting, piece: Piece) -> Json:
    clinic, cases = _cases(setting, piece)
    place = SIZES["naive"].index(piece.cases)
    last = setting.base if place == 0 else _version(setting, Piece("naive", piece.seed, SIZES["naive"][place - 1]))
    if not last.is_dir():
        raise SystemExit(f"{last.name} is missing: the pieces of a chain are done one after the other.")
    out = _version(setting, piece)
    setting.forget(out)
    start = perf_counter()
    fine_tuned(last, setting.cache, cases, out, piece.name, lambda _: None)
    seconds = round(perf_counter() - start, 1)
    new = setting.loaded(out)
    rows = {"unseen": _rows(run(new, clinic.unseen)), "hold_out": _rows(run(new, setting.pack.hold_out))}
    return {"device": clinic.device, "fitted": True, "seconds": seconds, **rows}


def _proposed(setting: Setting, piece: Piece, cases: Sequence[ClinicExample]) -> tuple[Json, Path]:
    """Propose, and return what came of it and the version's folder, which is not there where nothing was fitted.

    Seconds and memory are those of examining, fitting, comparing and judging together, as a reader waits for them.
    """
    work, out, told = setting.run / "work" / piece.name, _version(setting, piece), Told()
    is_resumed = work.is_dir()
    setting.forget(out)
    setting.pack  # noqa: B018 - read before the clock runs
    start, cpu = perf_counter(), process_time()
    decision = propose(cases, setting.pack, piece.name, Places(setting.base, setting.base, setting.cache, work, out), told)
    spent = {
        "seconds": round(perf_counter() - start, 1),
        "cpu_seconds": round(process_time() - cpu, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "resumed": is_resumed,
    }
    return {**_told(told, decision, cases), **spent}, out


def _told(told: Told, decision: Decision, cases: Sequence[ClinicExample]) -> Json:
    comparison = dict(told.judged.comparison) if told.judged is not None and told.judged.comparison is not None else None
    return {
        "approved": len(cases),
        "held_out": sum(case.is_held_out for case in cases),
        "kinds": dict(sorted(Counter(case.kind for case in cases).items())),
        "fitted": told.done is not None,
        "may_adopt": decision.may_adopt,
        "objections": list(decision.objections),
        "remarks": list(decision.remarks),
        "suspicions": [{"kind": each["kind"], "stops": each["stops"]} for each in (told.examined.suspicions if told.examined else ())],
        "steps": dict(told.planned.steps) if told.planned else {},
        "shares": dict(told.done.shares) if told.done else {},
        "curve": [[each.step, each.clinic, each.base] for each in told.curve],
        "comparison": {name: comparison[name] for name in ("clinic", "agreement", "base")} if comparison else None,
    }


def _version(setting: Setting, piece: Piece) -> Path:
    return setting.run / "versions" / piece.name


def _clear(setting: Setting, piece: Piece) -> None:
    setting.forget(_version(setting, piece))
    shutil.rmtree(setting.run / "work" / piece.name, ignore_errors=True)


def _rows(records: Iterable[Record]) -> list[Json]:
    return [{"key": r.key, "group": r.group, "label": r.label, "dice": r.dice, "score": r.score, "lesions": r.lesions} for r in records]


def _short(event: Event) -> str:
    values = {name: value for name, value in event.as_json().items() if name != "event"}
    if isinstance(event, Examined):
        values["suspicions"] = [each["sentence"] for each in event.suspicions]
    return ", ".join(f"{name} {round(value, 3) if isinstance(value, float) else value}" for name, value in values.items())


_PARTS = {BEFORE: _before, "learning": _learned, "outcomes": _learned, "naive": _naive, "poisoned": _poisoned, "halves": _poisoned}
