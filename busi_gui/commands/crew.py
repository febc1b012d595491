"""Worker processes that analyse files side by side, each with networks of its own: what `analyze` hands out, and what a worker does with it.

One line of JSON is one message. A worker is told how to work, then file after file, and ends when nobody is left to tell it more. What a damaged
file ends with it is that file only.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from busi_gui.io.analysing import Result, analyse_file, failed
from busi_gui.io.earlier import Terms
from models.analysis import NetworkError

if TYPE_CHECKING:
    from types import TracebackType

    from models.pipeline import Pipeline

Message = dict[str, Any]
Todo = Sequence[tuple[Path, str]]

_WAIT_S = 0.5
"""Windows lets nobody interrupt a longer wait."""
_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # Windows would show a console, in which Ctrl+C ended it
_END: Message = {"end": True}


class Crew:
    """Workers, each with the next file as soon as it is done with one. A context: at its end none of them is left.

    Parameters
    ----------
    command
        What starts a worker.
    how
        What each is told first, see `how_to_work`.
    files
        With the stems of their results.
    number
        How many workers; one that dies is replaced.
    count, finished
        Called in the thread that asks for results: how many frames a file has that are asked for, once it is open; that one more frame is done.
    """

    def __init__(
        self, command: Sequence[str], how: Mapping[str, Any], files: Todo, number: int, count: Callable[[int], object], finished: Callable[[], object]
    ) -> None:
        self._command, self._how, self._files = command, how, files
        self._count, self._finished = count, finished
        self._left = deque(enumerate(files))
        self._heard: queue.SimpleQueue[tuple[int, Message] | NetworkError] = queue.SimpleQueue()
        self._kept: defaultdict[int, deque[Message]] = defaultdict(deque)
        self._lock = threading.Lock()
        self._is_stopped = False
        self._workers: set[_Worker] = set()
        self._lanes = [threading.Thread(target=self._run_lane, name=f"worker {n}") for n in range(number)]
        self._lost_lanes = 0

    def __enter__(self) -> Self:
        for lane in self._lanes:
            lane.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._lock:
            self._is_stopped = True
            for worker in self._workers:
                worker.process.kill()
        for lane in self._lanes:
            lane.join()

    def results(self) -> Iterator[Iterator[Result]]:
        """Yield the results of each file, in the order of the files; each as soon as it is there. NetworkError where no worker can work."""
        for place in range(len(self._files)):
            yield self._of(place)
            self._kept.pop(place, None)

    def _of(self, place: int) -> Iterator[Result]:
        kept = self._kept[place]
        while True:
            while kept:
                message = kept.popleft()
                if message == _END:
                    return
                yield Result(**message["result"])
            self._listen()

    def _listen(self) -> None:
        """Wait for what a worker says next, and keep it until it is its file's turn."""
        try:
            heard = self._heard.get(timeout=_WAIT_S)
        except queue.Empty:
            return
        if isinstance(heard, NetworkError):
            self._lost_lanes += 1
            if self._lost_lanes == len(self._lanes):
                raise heard
            return
        place, message = heard
        if "frames" in message:
            self._count(message["frames"])
            return
        if "result" in message:
            self._finished()
        self._kept[place].append(message)

    def _run_lane(self) -> None:
        """Keep one worker at work, and another in its place when it dies."""
        worker = None
        try:
            while self._left and not self._is_stopped:
                worker = worker or self._started()
                try:
                    place, (path, name) = self._left.popleft()
                except IndexError:  # another was quicker
                    break
                try:
                    for message in worker.work({"path": str(path), "name": name}):
                        self._heard.put((place, message))
                except _WorkerDied as died:
                    self._gone(worker)
                    worker = None
                    self._heard.put((place, {"result": asdict(failed(path, name, _lost(path, died)))}))
                self._heard.put((place, _END))
        except NetworkError as error:
            self._heard.put(error)
        finally:
            if worker is not None:
                self._gone(worker)

    def _started(self) -> _Worker:
        with self._lock:
            if self._is_stopped:
                raise NetworkError("stopped")
            worker = _Worker(self._command)
            self._workers.add(worker)
        try:
            worker.begin(self._how)
        except NetworkError:
            self._gone(worker)
            raise
        return worker

    def _gone(self, worker: _Worker) -> None:
        worker.end()
        with self._lock:
            self._workers.discard(worker)


class _WorkerDied(Exception):  # noqa: N818 - how, in words
    """A worker has ended in the middle of a file."""


def _lost(path: Path, how: Exception) -> str:
    return f"{path.name} could not be analysed: the process that worked on it ended ({how}). The file may be damaged, or memory has run out."


class _Worker:
    """One process, to be spoken to by one thread."""

    def __init__(self, command: Sequence[str]) -> None:
        try:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="ascii",
                creationflags=_NO_WINDOW,
                process_group=None if sys.platform == "win32" else 0,  # Ctrl+C ends it only by way of this process
            )
        except OSError as error:
            raise NetworkError(f"No process could be started to analyse in ({error.strerror or error}).") from error

    def begin(self, how: Mapping[str, Any]) -> None:
        """Tell it how to work and wait until it can; NetworkError where it cannot."""
        try:
            self._tell(how)
            answer = self._hear()
        except _WorkerDied as died:
            raise NetworkError(
                f"A process to analyse in ended before it could begin ({died}): there may be too little memory. Start again with fewer --jobs."
            ) from died
        if "error" in answer:
            raise NetworkError(answer["error"])

    def work(self, task: Mapping[str, Any]) -> Iterator[Message]:
        """Let it work on a file and yield what it says of it; _WorkerDied where it ends meanwhile."""
        self._tell(task)
        while (message := self._hear()) != _END:
            yield message

    def end(self) -> None:
        """End it, if it has not ended yet, and wait for that."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            try:
                stream.close()
            except OSError:  # what was to be told it, and never will be
                continue

    def _tell(self, message: Mapping[str, Any]) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(message) + "\n")
            self.process.stdin.flush()
        except OSError as error:
            raise _WorkerDied(self._how_it_ended()) from error

    def _hear(self) -> Message:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.endswith("\n"):
            raise _WorkerDied(self._how_it_ended())
        message: Message = json.loads(line)
        return message

    def _how_it_ended(self) -> str:
        code = self.process.wait()
        if code < 0:
            return signal.Signals(-code).name if -code in signal.valid_signals() else f"signal {-code}"
        return f"exit code {code}" if code < 256 else f"exit code {code:#x}"


def how_to_work(terms: Terms, networks: Path, threads: int) -> dict[str, Any]:
    """Return what a worker is told first: on what terms, with which version of the networks, and how many threads it may take."""
    return {
        "networks": str(networks),
        "threads": threads,
        "out": str(terms.out),
        "point": terms.network.operating_point.name,
        "frames": terms.frames,
        "with_identity": terms.with_identity,
        "given": sorted(terms.given),
        "is_anew": terms.is_anew,
    }


def work_for_crew(load_networks: Callable[[Path, int], Pipeline]) -> None:
    """Be a worker: analyse the files that come on standard input, one message a line, and say on standard output what became of them.

    Ends at once, whatever it is doing, when standard input does: whoever asked is gone.
    """
    # What libraries print must not be taken for an answer.
    answers = os.dup(1)
    os.dup2(2, 1)
    told: queue.SimpleQueue[Message] = queue.SimpleQueue()
    threading.Thread(target=_listen_to_crew, args=(told,), daemon=True).start()

    def say(message: Message) -> None:
        try:
            _write_all(answers, (json.dumps(message) + "\n").encode("ascii"))
        except OSError:
            os._exit(1)

    how = told.get()
    try:
        pipeline = _quietly(lambda: load_networks(Path(how["networks"]), how["threads"]))
    except NetworkError as error:
        say({"error": str(error)})
        return
    terms = _terms(how, pipeline)
    say({"ready": True})
    while True:
        task = told.get()
        for result in analyse_file(pipeline, Path(task["path"]), task["name"], terms, lambda frames: say({"frames": frames})):
            say({"result": asdict(result)})
        say(_END)


def _listen_to_crew(told: queue.SimpleQueue[Message]) -> None:
    for line in sys.stdin:
        told.put(json.loads(line))
    os._exit(0)


def _write_all(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


def _quietly(load: Callable[[], Pipeline]) -> Pipeline:
    """Load networks without LiteRT's greeting, which each worker would say again; and keep OpenCV to as few threads as they have."""
    import cv2

    cv2.setNumThreads(1)
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a file descriptor is what the library writes to
        os.dup2(nowhere.fileno(), 2)
        try:
            return load()
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _terms(how: Message, pipeline: Pipeline) -> Terms:
    frames = how["frames"] if isinstance(how["frames"], str) else tuple(how["frames"])
    network = pipeline.info.at(how["point"])
    return Terms(Path(how["out"]), network, frames, how["with_identity"], frozenset(how["given"]), how["is_anew"])
