"""Does learning from a clinic's corrections help that clinic, without harm elsewhere, and is what is wrong kept out? Simulated.

The networks were trained on BUSI alone. A clinic is one machine of BUS-BRA, without the data set's held-out patients: 60 of its patients are unseen,
the others' scans are corrected one after the other, which means that the annotated masks are approved. N corrections are the first N scans, those of
every fifth patient, which are never learned from, among them. The replay pack holds training scans of BUSI to rehearse on and its validation scans,
on which the networks were tuned, to compare on: "elsewhere" is these. Scans held out from both data sets are not looked at.

learning    a proposal from 5 to 100 corrections, measured on the unseen patients
outcomes    the same with the outcome of every lesion
naive       what is commonly done instead: a chain of fits at a high rate, on all corrections so far, held-out ones too
poisoned    30 clinics of 20 to 25 scans, spoiled in six ways, through the whole of a proposal
halves      twelve more of which only half is spoiled
cost        seconds and memory, of learning on the first clinic

Each piece runs in a process of its own and is written down when it is done; started again, the benchmark goes on with what is missing.

    python benchmarks/clinic.py DATASET [DATASET …] --base DIR --run DIR [--parts learning,poisoned] [--most-seconds 3600] [--list]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from clinic_figures import measure_of
from clinic_pieces import PARTS, Json, Piece, Results, expected_seconds, planned

from busi_gui import paths


def main() -> None:
    options = _options()
    pieces, results = planned(options.parts, options.seeds), Results(options.run)
    if options.one:
        _do_one(options, next(piece for piece in pieces if piece.name == options.one))
        return
    if options.list:
        _list(pieces, results)
        return
    _do_all(pieces, results, options.most_seconds)
    _write(pieces, results, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", nargs="+", type=Path, metavar="DATASET", help="BUSI and BUS-BRA, or a folder that holds them")
    parser.add_argument("--base", type=Path, required=True, metavar="DIR", help="folder of the networks to start from, trained on BUSI alone")
    parser.add_argument("--run", type=Path, required=True, metavar="DIR", help="where results lie, and what a piece needs while it runs")
    parser.add_argument("--parts", type=_parts, default=PARTS, help=f"of {','.join(PARTS)}; all unless told otherwise")
    parser.add_argument("--seeds", type=int, default=3, help="clinics")
    parser.add_argument("--unseen", type=int, default=60, help="patients of each clinic to measure on")
    parser.add_argument(
        "--most-seconds", type=float, default=float("inf"), help="begin no piece that would end later than so; 0: only write what is done"
    )
    parser.add_argument("--resamples", type=int, default=1000, help="draws of patients behind each interval")
    parser.add_argument("--list", action="store_true", help="say what is done and what is missing")
    parser.add_argument("--out", type=Path, default=paths.measures_dir() / "clinic.json")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    return parser.parse_args()


def _parts(text: str) -> tuple[str, ...]:
    parts = tuple(text.split(","))
    if unknown := [part for part in parts if part not in PARTS]:
        raise argparse.ArgumentTypeError(f"no such part: {', '.join(unknown)}")
    return parts


def _do_one(options: argparse.Namespace, piece: Piece) -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from clinic_runs import Setting, do  # Keras and TensorFlow stay out of the process that only waits

    do(Setting(options.datasets, options.base, options.run, options.unseen), piece)


def _list(pieces: Sequence[Piece], results: Results) -> None:
    done = results.done(pieces)
    for piece in pieces:
        told = f"done in {done[piece]['total_seconds']:.0f} s" if piece in done else f"missing, about {expected_seconds(piece, done):.0f} s"
        print(f"{piece.name:20} {piece.poison:26} {told}")
    print(f"{len(done)} of {len(pieces)} done")


def _do_all(pieces: Sequence[Piece], results: Results, most_seconds: float) -> None:
    """Do what is missing in its order until the next piece would not fit; SystemExit where one fails."""
    start = monotonic()
    for piece in pieces:
        done = results.done(pieces)
        if piece in done:
            continue
        expected, left = expected_seconds(piece, done), most_seconds - (monotonic() - start)
        if expected > left:
            print(f"{piece.name} takes about {expected:.0f} s: it is left for the next time.")
            return
        print(f"{piece.name} {piece.poison} (about {expected:.0f} s)", flush=True)
        subprocess.run([sys.executable, *sys.argv, "--one", piece.name], check=False)
        if results.read(piece.name) is None:
            raise SystemExit(f"{piece.name} failed; started again, the benchmark goes on with it.")


def _write(pieces: Sequence[Piece], results: Results, options: argparse.Namespace) -> None:
    done = results.done(pieces)
    if not done:
        print("Nothing is done yet, so that nothing is written.")
        return
    recipe: Json = json.loads((options.run / "recipe.json").read_text(encoding="utf-8"))
    command = f"python benchmarks/clinic.py DATASET --base DIR --run DIR --parts {','.join(options.parts)} --seeds {options.seeds}"
    content = {"command": f"{command} --unseen {recipe['unseen']}", **measure_of(pieces, done, recipe, options.resamples)}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    beside = options.out.with_suffix(".partial")
    beside.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    beside.replace(options.out)
    print(f"{len(done)} of {len(pieces)} pieces done; written to {options.out.name}")


if __name__ == "__main__":
    main()
