"""How fast the program is: each benchmark of speed in a process of its own, one after another, into one file that the documents are made from.

Scans are synthetic. What was measured today, with the same versions on the same machine, is kept: a run that was stopped goes on. What fails is noted
as not measured. On two quiet cores it takes about 25 minutes; nothing else should run meanwhile.

    python benchmarks/performance.py [--only NAME,…] [--again] [--built DIR] [--other-python PYTHON]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from figures import write_figures

from busi_gui import __version__, paths
from models.weights import read_manifest

ROOT = Path(__file__).resolve().parents[1]
LIMIT_S = 30 * 60
Json = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """One benchmark.

    Attributes
    ----------
    arguments
        With ``{built}`` for the folder of the built program.
    about_s
        How long it takes on two quiet cores, to tell how long the rest will.
    """

    script: str
    arguments: tuple[str, ...]
    about_s: int


PARTS = {
    "start": Part("bench_start.py", ("--runs", "5"), 60),
    "built": Part("bench_start.py", ("--runs", "3", "--built", "{built}"), 70),
    "window": Part("bench_window.py", ("--runs", "5"), 50),
    "tensorflow": Part("bench_window.py", ("--runs", "2", "--tensorflow"), 50),
    "retraining": Part("bench_window.py", ("--runs", "1", "--retraining"), 120),
    "learning": Part("bench_learning.py", (), 300),
    "cases": Part("bench_case_list.py", (), 60),
    "analysis": Part("bench_analysis_speed.py", (), 120),
    "batch": Part("bench_batch.py", ("--scans", "1000"), 600),
    "brush": Part("bench_brush.py", (), 180),
    "cine": Part("bench_cine.py", ("--window",), 120),
    "rediagnosis": Part("bench_rediagnosis.py", (), 90),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PARTS), metavar="NAME,…", help=", ".join(PARTS))
    parser.add_argument("--again", action="store_true", help="also what was measured today")
    parser.add_argument("--built", type=Path, default=ROOT / "dist" / "busi-gui", metavar="DIR", help="the folder of a built program")
    parser.add_argument("--other-python", type=Path, default=Path(sys.executable), metavar="PYTHON", help="a Python that has the extra bench")
    parser.add_argument("--out", type=Path, default=paths.measures_dir() / "performance.json", metavar="FILE")
    options = parser.parse_args()
    if unknown := set(options.only) - set(PARTS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    subprocess.run([*paths.own_command(), "convert"], check=True, stdout=subprocess.DEVNULL)
    content = begun(options.out)
    possible = [name for name in PARTS if name in options.only and (name != "built" or options.built.is_dir())]
    wanted = [name for name in possible if options.again or not is_of_today(content["parts"].get(name, {}))]
    for number, name in enumerate(wanted):
        left_s = sum(PARTS[each].about_s for each in wanted[number:])
        print(f"== {name}, {number + 1} of {len(wanted)}; about {-(-left_s // 60)} minutes left", flush=True)
        content["parts"][name] = measured(PARTS[name], options)
        write_figures(options.out, content)
    failed = [name for name, part in content["parts"].items() if "problem" in part]
    print(f"not measured: {', '.join(failed)}" if failed else "all is measured", "— main.py report writes docs/performance.md from it")
    return 1 if failed else 0


def begun(out: Path) -> Json:
    """Return the file with the parts that were measured with these versions on this machine."""
    manifest = read_manifest(paths.weights_dir())
    content: Json = {
        "command": "python benchmarks/performance.py",
        "program": __version__,
        "networks": {"version": manifest.version, "hashes": dict(manifest.info.hashes)},
        "machine": machine(),
        "parts": {},
    }
    with suppress(OSError, ValueError):
        former = json.loads(out.read_text(encoding="utf-8"))
        if all(former.get(key) == content[key] for key in ("program", "networks", "machine")):
            content["parts"] = {name: part for name, part in former["parts"].items() if name in PARTS}
    return content


def machine() -> Json:
    """Say in general words what measures."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory_gb = round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30) if hasattr(os, "sysconf") else None
    system = f"{platform.system()} {platform.release().split('-')[0]}"
    with suppress(OSError):
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    screen = os.environ.get("QT_QPA_PLATFORM") or "a display"
    return {
        "cores": cores,
        "memory_gb": memory_gb,
        "processor": processor(),
        "system": system,
        "python": platform.python_version(),
        "screen": screen,
    }


def processor() -> str:
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    return platform.processor() or platform.machine()


def is_of_today(part: Json) -> bool:
    return "figures" in part and part["measured"] == today()


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def measured(part: Part, options: argparse.Namespace) -> Json:
    """Run a benchmark, whose own words are shown as they come, and return what it has measured, or that it has not."""
    script = ROOT / "benchmarks" / part.script
    if not script.is_file():
        return {"problem": "there is no such benchmark"}
    python = options.other_python if part.script == "bench_analysis_speed.py" else sys.executable
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "figures.json"
        arguments = [argument.format(built=options.built) for argument in part.arguments]
        command = [str(python), str(script), *arguments, "--out", str(out)]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "BUSI_GUI_DATA": folder}
        load, began = first_load(), time.monotonic()
        try:
            code = subprocess.run(command, env=environment, timeout=LIMIT_S, check=False).returncode
        except subprocess.TimeoutExpired:
            return {"problem": f"its benchmark took more than {LIMIT_S // 60} minutes"}
        if code or not out.is_file():
            return {"problem": f"its benchmark ended with code {code}" if code else "its benchmark left no figures"}
        figures = json.loads(out.read_text(encoding="utf-8"))
    return {"measured": today(), "took_s": round(time.monotonic() - began), "load": load, "figures": figures}


def first_load() -> float | None:
    """Return how many processes wanted a core in the last minute."""
    return round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None


if __name__ == "__main__":
    sys.exit(main())
