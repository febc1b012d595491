"""How long a start takes as its reader feels it, from outside, and how much memory the window holds with a scan open.

The program is started with a scan and a folder of user data of its own. The window is usable once its event loop answers, as it answers another start
of the program; the diagnosis is on screen once the Workspace holds it. Then memory is asked of the system. The built program takes turns with the
source, where there is one.

    python benchmarks/bench_start.py [--runs 5] [--built DIR] [--out FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from figures import add_out, environment_of_a_user, write_figures
from PySide6.QtNetwork import QLocalSocket

from busi_gui import paths
from busi_gui.services.settings import Settings
from busi_gui.views.notice import VERSION

LIMIT_S = 120
SOCKET = "window.socket"
"""In the folder of user data; Linux and macOS."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scan", nargs="?", type=Path, default=paths.samples_dir() / "malignant_synthetic.png")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--built", type=Path, metavar="DIR", help="the folder of a built program, such as dist/busi-gui")
    add_out(parser)
    options = parser.parse_args()
    subprocess.run([*paths.own_command(), "convert"], check=True, capture_output=True)
    programs = {"source": [sys.executable, str(Path(__file__).resolve().parents[1] / "main.py")]}
    if options.built is not None:
        programs["built"] = [str(options.built.resolve() / "busi-gui")]
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in programs}
    for number in range(options.runs + 1):
        for name, program in programs.items():
            run = started(program, options.scan.resolve())
            if number:  # the first fills the disk cache
                runs[name].append(run)
    figures = {name: {key: [run[key] for run in each] for key in each[0]} for name, each in runs.items()}
    print(f"{os.cpu_count()} cores, {options.runs} runs, platform {os.environ.get('QT_QPA_PLATFORM', 'of the display')}")
    for name, each in figures.items():
        print(name)
        for key, values in each.items():
            print(f"  {key:28} median {median(values):8.2f}   max {max(values):8.2f}")
    write_figures(options.out, figures)


def started(program: list[str], scan: Path) -> dict[str, float]:
    """Start a program, wait until it is usable and until the scan is diagnosed, and end it."""
    folder = Path(tempfile.mkdtemp(prefix="busi-"))
    try:
        return figures_of(program, scan, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def figures_of(program: list[str], scan: Path, folder: Path) -> dict[str, float]:
    settings = Settings(folder / "settings" / "busi-gui" / "busi-gui.ini")
    settings.accepted_notice = VERSION
    settings.save()
    data = folder / "data"
    environment = environment_of_a_user() | {"BUSI_GUI_DATA": str(data), "XDG_CONFIG_HOME": str(folder / "settings")}
    began = time.monotonic()
    with (folder / "said").open("w") as said:
        process = subprocess.Popen([*program, str(scan)], env=environment, stdout=said, stderr=said)
        try:
            awaited(process, lambda: answers(data / SOCKET))
            usable = time.monotonic() - began
            with_diagnosis(process, data)
            diagnosed = time.monotonic() - began
            time.sleep(1)  # until what was made on the way has been given back
            memory = memory_of(process.pid)
        finally:
            process.terminate()
            process.wait()
    return {"window_s": usable, "diagnosis_s": diagnosed, **memory}


def with_diagnosis(process: subprocess.Popen[bytes], data: Path) -> None:
    awaited(process, lambda: any(data.glob("*.db")))  # made once the window stands
    (database,) = data.glob("*.db")
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        awaited(process, lambda: is_diagnosed(connection))


def is_diagnosed(workspace: sqlite3.Connection) -> bool:
    try:
        return workspace.execute("select 1 from scans where is_analysed and p_malignant is not null").fetchone() is not None
    except sqlite3.OperationalError:  # its tables are being made
        return False


def awaited(process: subprocess.Popen[bytes], is_there: Callable[[], bool]) -> None:
    end = time.monotonic() + LIMIT_S
    while not is_there():
        if process.poll() is not None or time.monotonic() > end:
            raise SystemExit(f"the program ended or did not come to an end: {process.args}")
        time.sleep(0.005)


def answers(name: Path) -> bool:
    """Whether the event loop of the window answers, as it would answer another start that is about to hand over its scan."""
    if not name.exists():
        return False
    socket = QLocalSocket()
    socket.connectToServer(str(name))
    if not socket.waitForConnected(200):
        return False
    socket.write(json.dumps("").encode() + b"\n")
    is_answered = socket.waitForBytesWritten(1000) and socket.waitForReadyRead(10_000)
    socket.abort()
    return is_answered


def memory_of(window: int) -> dict[str, float]:
    """Return what the window's process and its helpers hold in MB, as Linux counts it: shared pages by their share (PSS), and in full (RSS)."""
    if not sys.platform.startswith("linux"):
        return {}
    helpers = [rolled_up(process) for process in descendants(window)]
    own = rolled_up(window)
    return {
        "window_pss_mb": own["Pss"],
        "window_rss_mb": own["Rss"],
        "helpers": len(helpers),
        "helpers_pss_mb": sum(helper["Pss"] for helper in helpers),
    }


def descendants(process: int) -> list[int]:
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    children = [int(child) for task in tasks for child in task.read_text().split()]
    return [*children, *(deeper for child in children for deeper in descendants(child))]


def rolled_up(process: int) -> dict[str, float]:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]
    return {line.split(":")[0]: int(line.split()[1]) / 1000 * 1.024 for line in lines}


if __name__ == "__main__":
    main()
