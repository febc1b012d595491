"""`analyze`: many files, on all cores, and where an earlier run ended."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from busi_gui import paths
from busi_gui.commands.exchange import check_point
from busi_gui.commands.inputs import files_of
from busi_gui.commands.networks import load_networks, prepare_networks
from busi_gui.commands.versions import add_networks

if TYPE_CHECKING:
    from tqdm import tqdm

    from busi_gui.io.analysing import Result
    from busi_gui.io.earlier import Terms
    from busi_gui.io.inputs import Frames

Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it
WORKER = "analyze-worker"
_MOST_THREADS = 4
"""More do not make one scan faster."""
_FEW = 8
"""Up to so many files, processes would take longer to start than they save."""


def add_analyze(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the command that analyses scans."""
    parser = commands.add_parser("analyze", help="outline and diagnose the lesions of scans")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files, or folders with all below them")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where results are written; what is done there is not done again")
    parser.add_argument("--json", action="store_true", help="one JSON line a frame on standard output, and nothing else there")
    parser.add_argument("--identity", action="store_true", help="write name, number and date of the patient into the records as well")
    parser.add_argument(
        "--frames",
        type=_frames,
        default="first",
        metavar="first|all|N,M...",
        help='which frames of a cine, counted from 0 as in the JSON\'s "frame" (default: the first that can be read)',
    )
    parser.add_argument("--point", default="", metavar="NAME", help="operating point, such as sensitive or balanced (default: the networks' first)")
    parser.add_argument("--jobs", type=_jobs, metavar="N", help="files that are analysed side by side (default: one for each core; of a few, 1)")
    parser.add_argument("--again", action="store_true", help="analyse everything anew, also what was done before")
    add_networks(parser)
    parser.set_defaults(run_command=_analyze)


def add_worker(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add what `analyze` calls when it works on several files side by side; it is not listed."""
    commands.add_parser(WORKER).set_defaults(run_command=_work)


def _frames(text: str) -> Frames:
    from busi_gui.io.inputs import parse_frames

    try:
        return parse_frames(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _jobs(text: str) -> int:
    if not (text.isdecimal() and int(text) >= 1):
        raise argparse.ArgumentTypeError(f"{text} is no number of files from 1")
    return int(text)


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _analyze(options: argparse.Namespace) -> int:
    from tqdm import tqdm

    from busi_gui.io.earlier import Terms
    from busi_gui.io.inputs import result_names
    from busi_gui.io.results import remove_partial

    files = result_names(files_of(options.paths))
    options.out.mkdir(parents=True, exist_ok=True)
    network = prepare_networks(options.networks)
    check_point(network, options.point)
    given = frozenset(name.casefold() for _, name in files)
    terms = Terms(options.out, network.at(options.point), options.frames, options.identity, given, options.again)
    done = {name for path, name in files if terms.earlier_records(path, name) is not None}
    if done:
        sys.stderr.write(f"{len(done)} of {len(files)} were done before.\n")
    todo = [(path, name) for path, name in files if name not in done]
    is_clean = True
    remove_partial(options.out)
    with ExitStack() as stack, tqdm(total=len(todo), unit="frame", disable=None, file=sys.stderr) as bar:
        stack.callback(remove_partial, options.out)
        results = _results(todo, terms, options, bar, stack)
        for path, name in files:
            for result in (_earlier(terms, path, name) if options.json else ()) if name in done else next(results):
                is_clean &= result.error is None
                with bar.external_write_mode(sys.stderr):
                    _show(result, as_json=options.json, out=options.out)
    return 0 if is_clean else 1


def _results(todo: Sequence[tuple[Path, str]], terms: Terms, options: argparse.Namespace, bar: tqdm, stack: ExitStack) -> Iterator[Iterator[Result]]:
    """Yield the results of each file; of a few from this process, which is quickest, of many from workers, which end with the stack."""
    from busi_gui.commands.crew import Crew, how_to_work
    from busi_gui.io.analysing import analyse_file

    def count(frames: int) -> None:
        bar.total += frames - 1

    jobs = options.jobs or (_cores() if len(terms.given) > _FEW else 1)
    number = min(jobs, len(todo))
    if todo and jobs > 1 and len(terms.given) > 1:  # even where only one is left: it may be the one that the last worker died of
        how = how_to_work(terms, options.networks, max(1, min(_MOST_THREADS, _cores() // number)))
        crew = stack.enter_context(Crew([*paths.own_command(), WORKER], how, todo, number, count, bar.update))
        yield from crew.results()
    elif todo:
        pipeline = load_networks(options.networks)
        for path, name in todo:
            yield _counted(analyse_file(pipeline, path, name, terms, count), bar.update)


def _counted(results: Iterator[Result], finished: Callable[[], object]) -> Iterator[Result]:
    for result in results:
        finished()
        yield result


def _earlier(terms: Terms, path: Path, name: str) -> Iterator[Result]:
    from busi_gui.io.analysing import Result

    return (Result(name, record) for record in terms.earlier_records(path, name) or ())


def _show(result: Result, *, as_json: bool, out: Path) -> None:
    if as_json:
        sys.stdout.write(json.dumps(result.record) + "\n")
        sys.stdout.flush()
    elif result.error is not None:
        sys.stderr.write(f"{result.error}\n")
    elif result.sentence:
        sys.stdout.write(f"{result.sentence} Pictures: {out / result.name}_*.png\n")


def _work(_options: argparse.Namespace) -> int:
    from busi_gui.commands.crew import work_for_crew

    work_for_crew(load_networks)
    return 0
