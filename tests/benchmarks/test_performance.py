"""The command that measures everything: what is kept, what is done again, and what is said of a benchmark that fails."""

import json
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from tests.benchmarks.scripts import script

performance = script("performance")

GOOD = "import json, sys; json.dump({'x_ms': [1.5]}, open(sys.argv[sys.argv.index('--out') + 1], 'w'))"


@pytest.fixture
def benchmark(tmp_path, monkeypatch):
    """Return what makes a benchmark of a text, in place of all others; it runs in a folder of its own."""
    (tmp_path / "benchmarks").mkdir()
    monkeypatch.setattr(performance, "ROOT", tmp_path)

    def write(text):
        (tmp_path / "benchmarks" / "bench_made_up.py").write_text(text)
        monkeypatch.setattr(performance, "PARTS", {"made up": performance.Part("bench_made_up.py", (), 1)})

    return write


def run(monkeypatch, out, *arguments):
    monkeypatch.setattr(sys, "argv", ["performance.py", "--out", str(out), *arguments])
    monkeypatch.setattr(performance.paths, "own_command", lambda: [sys.executable, "-c", ""])
    return performance.main(), json.loads(out.read_text())


def test_what_was_measured_today_is_kept_unless_all_is_asked_again(benchmark, tmp_path, monkeypatch):
    out = tmp_path / "performance.json"
    benchmark(GOOD)
    code, first = run(monkeypatch, out)
    assert code == 0
    assert first["parts"]["made up"]["figures"] == {"x_ms": [1.5]}
    assert set(first["machine"]) == {"cores", "memory_gb", "processor", "system", "python", "screen"}
    benchmark(GOOD.replace("1.5", "2.5"))
    assert run(monkeypatch, out)[1] == first
    assert run(monkeypatch, out, "--again")[1]["parts"]["made up"]["figures"] == {"x_ms": [2.5]}
    monkeypatch.setattr(performance, "today", lambda: "2999-01-01")
    benchmark(GOOD)
    assert run(monkeypatch, out)[1]["parts"]["made up"]["measured"] == "2999-01-01"


def test_what_another_version_measured_is_not_kept(benchmark, tmp_path, monkeypatch):
    out = tmp_path / "performance.json"
    benchmark(GOOD)
    run(monkeypatch, out)
    benchmark(GOOD.replace("1.5", "2.5"))
    monkeypatch.setattr(performance, "__version__", "99")
    assert run(monkeypatch, out)[1]["parts"]["made up"]["figures"] == {"x_ms": [2.5]}


@pytest.mark.parametrize(
    ("text", "problem"), [("raise SystemExit(3)", "code 3"), ("pass", "left no figures"), (GOOD + "; raise SystemExit(3)", "code 3")]
)
def test_a_benchmark_that_fails_is_not_measured_and_is_tried_again_the_next_time(benchmark, tmp_path, monkeypatch, text, problem):
    out = tmp_path / "performance.json"
    benchmark(text)
    code, content = run(monkeypatch, out)
    assert code == 1
    assert set(content["parts"]["made up"]) == {"problem"}
    assert problem in content["parts"]["made up"]["problem"]
    benchmark(GOOD)
    assert "figures" in run(monkeypatch, out)[1]["parts"]["made up"]


def test_a_benchmark_that_is_missing_or_never_ends_is_named(benchmark, tmp_path, monkeypatch):
    options = Namespace(built=tmp_path / "none", other_python=Path(sys.executable))
    assert "no such benchmark" in performance.measured(performance.Part("none.py", (), 1), options)["problem"]
    benchmark("import threading; threading.Event().wait()")
    monkeypatch.setattr(performance, "LIMIT_S", 1)
    assert "took more than" in performance.measured(performance.PARTS["made up"], options)["problem"]


def test_every_part_has_its_benchmark():
    folder = Path(performance.__file__).parent
    assert not [part.script for name, part in performance.PARTS.items() if name != "batch" and not (folder / part.script).is_file()]
