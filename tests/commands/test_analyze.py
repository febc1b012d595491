"""`analyze` over many files: real processes, made-up networks."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.builders import write_image
from tests.commands.fake_program import BREAKS, DIES, HERE, RELEASES, WAITS
from tests.models.version_folders import make_version

PLAIN = 100
_SECONDS_TO_END = 10.0


class Room:
    """A folder of scans, one of results, and the program; ``asked`` are the numbers of the scans that the networks were asked about."""

    def __init__(self, folder):
        self.folder, self.scans, self.out, self.log = folder, folder / "scans", folder / "out", folder / "log"
        self.networks = make_version(folder / "networks")
        self.pipe = folder / "pipe"
        os.mkfifo(self.pipe)
        self.scans.mkdir()
        self.log.touch()

    def write(self, *kinds):
        for number, kind in enumerate(kinds):
            pixels = np.random.default_rng(number).integers(0, 255, (60, 80), np.uint8)
            pixels[0, :2] = kind, number
            write_image(self.scans / f"{number}.png", pixels)

    def start(self, *arguments, scans=None, **environment):
        command = [sys.executable, HERE, "analyze", scans or self.scans, "--out", self.out, "--json", "--networks", self.networks, *arguments]
        self.log.write_text("")
        return subprocess.Popen(
            [*map(str, command)],
            env={**os.environ, "LOG": str(self.log), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments, code=0, **how):
        """Run to the end; return the records, what was said besides, and the process's number."""
        process = self.start(*arguments, **how)
        out, said = process.communicate()
        assert process.returncode == code, said
        return [json.loads(line) for line in out.splitlines()], said, process.pid

    def start_and_hold(self):
        """Start on six files, of which the last three are never done; return the process and the records of the first three."""
        self.write(PLAIN, PLAIN, PLAIN, WAITS, WAITS, WAITS)
        process = self.start("--jobs", "2", PIPE=str(self.pipe))
        assert process.stdout is not None
        return process, [json.loads(process.stdout.readline()) for _ in range(3)]

    @property
    def asked(self):
        return sorted(int(line.split()[1]) for line in self.log.read_text().splitlines())

    @property
    def processes(self):
        return {int(line.split()[0]) for line in self.log.read_text().splitlines()}

    def whole_records(self):
        return sorted(int(path.stem) for path in self.out.glob("*.json") if json.loads(path.read_text())["path"])


@pytest.fixture
def room(tmp_path):
    return Room(tmp_path)


def numbers(records):
    return [int(Path(record["path"]).stem) for record in records]


def wait_until_gone(processes):
    deadline = time.monotonic() + _SECONDS_TO_END
    while left := [pid for pid in processes if Path(f"/proc/{pid}").exists()]:
        assert time.monotonic() < deadline, left
        time.sleep(0.01)


def test_results_are_told_in_the_order_of_the_files_whoever_is_done_first(room):
    room.write(WAITS, PLAIN, PLAIN, PLAIN, RELEASES)
    records, _, pid = room.run("--jobs", "2", PIPE=str(room.pipe))
    assert numbers(records) == [0, 1, 2, 3, 4]
    assert len(room.processes) == 2
    assert pid not in room.processes
    assert [json.loads((room.out / f"{n}.json").read_text()) for n in range(5)] == records


def test_a_few_files_start_no_process_and_many_do(room):
    room.write(*[PLAIN] * 8)
    _, _, pid = room.run()
    assert (len(room.asked), room.processes) == (8, {pid})
    room.write(*[PLAIN] * 9)
    _, _, pid = room.run("--again")
    assert (len(room.asked), pid in room.processes) == (9, False)


def test_one_file_and_one_job_start_no_process(room):
    room.write(PLAIN, PLAIN, PLAIN)
    _, _, pid = room.run("--jobs", "2", scans=room.scans / "1.png")
    assert (room.asked, room.processes) == ([1], {pid})
    _, _, pid = room.run("--jobs", "1")
    assert (room.asked, room.processes) == ([0, 2], {pid})


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_bad_file_and_a_bug_cost_one_file_each(room, jobs):
    room.write(PLAIN, PLAIN, BREAKS, PLAIN, PLAIN)
    (room.scans / "1.png").write_text("Dear colleague")
    records, said, _ = room.run("--jobs", jobs, code=1)
    assert ["error" in record for record in records] == [False, True, True, False, False]
    assert "ZeroDivisionError: a bug" in records[2]["error"]
    assert "Traceback" in said
    assert numbers(records) == [0, 1, 2, 3, 4]


def test_a_worker_that_dies_costs_its_file_and_is_replaced(room):
    room.write(PLAIN, DIES, PLAIN, DIES, DIES, PLAIN, PLAIN)
    room.out.mkdir()
    (room.out / "1_mask.png.partial").write_text("half")
    records, _, _ = room.run("--jobs", "2", code=1)
    assert ["error" in record for record in records] == [False, True, False, True, True, False, False]
    assert records[1]["error"].startswith("1.png could not be analysed: the process that worked on it ended (SIGSEGV).")
    assert len(room.processes) >= 4
    assert not list(room.out.glob("*.partial"))


def test_where_no_worker_can_work_that_is_said(room):
    room.write(PLAIN, PLAIN, PLAIN)
    assert "The networks are damaged." in room.run("--jobs", "2", code=1, LOADING="fails")[1]
    said = room.run("--jobs", "2", code=1, LOADING="dies")[1]
    assert "ended before it could begin (SIGKILL)" in said
    assert "fewer --jobs" in said
    assert "Traceback" not in said


def test_what_was_done_is_not_done_again_and_told_all_the_same(room):
    room.write(PLAIN, PLAIN, PLAIN, PLAIN)
    first, said, _ = room.run("--jobs", "2")
    assert "before" not in said
    second, said, _ = room.run("--jobs", "2")
    assert (second, room.asked) == (first, [])
    assert "4 of 4 were done before.\n" in said


def test_without_json_only_what_is_new_is_told(room):
    room.write(PLAIN, PLAIN)
    room.run()
    (room.out / "0_overlay.png").unlink()
    command = [sys.executable, HERE, "analyze", room.scans, "--out", room.out, "--networks", room.networks]
    done = subprocess.run([*map(str, command)], env={**os.environ, "LOG": str(room.log)}, capture_output=True, text=True, check=False)
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["0.png"]
    assert "1 of 2 were done before." in done.stderr


def test_everything_is_done_again_where_that_is_asked_for(room):
    room.write(PLAIN, PLAIN, PLAIN)
    room.run("--jobs", "2")
    for jobs in ("1", "2"):
        records, said, _ = room.run("--jobs", jobs, "--again")
        assert room.asked == [0, 1, 2]
        assert len(records) == 3
        assert "before" not in said


def test_what_failed_is_tried_again_and_never_in_the_process_that_tells(room):
    room.write(PLAIN, DIES, PLAIN)
    first, _, _ = room.run("--jobs", "2", code=1)
    second, said, _ = room.run("--jobs", "2", code=1)
    assert (second, room.asked) == (first, [1])
    assert "2 of 3 were done before." in said


def test_a_run_that_is_killed_leaves_nobody_and_the_next_does_only_what_is_missing(room):
    process, told = room.start_and_hold()
    workers = room.processes
    process.kill()
    process.communicate()
    wait_until_gone(workers)
    assert room.whole_records() == [0, 1, 2]
    records, said, _ = room.run("--jobs", "2")
    assert "3 of 6 were done before." in said
    assert room.asked == [3, 4, 5]
    assert numbers(records) == [0, 1, 2, 3, 4, 5]
    assert records[:3] == told


def test_ctrl_c_leaves_nobody_and_nothing_half_written(room):
    process, _ = room.start_and_hold()
    (room.out / "3_mask.png.partial").write_text("half")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 1
    assert said.endswith("Stopped. What was finished is kept; the same command goes on from there.\n")
    assert not [pid for pid in room.processes if Path(f"/proc/{pid}").exists()]
    assert room.whole_records() == [0, 1, 2]
    assert not list(room.out.glob("*.partial"))


def test_wrong_numbers_of_jobs_are_wrong_usage(room):
    room.write(PLAIN)
    for jobs in ("0", "-1", "two"):
        assert "Traceback" not in room.run("--jobs", jobs, code=2)[1]
