"""Segmenter, classifier, bundle, evaluation: the documented commands, each in its own process, on a made-up data set and for one short epoch."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.models.made_up import write_busi

ROOT = Path(__file__).resolve().parents[2]


def command(*arguments, cache):
    environment = os.environ | {"BUSI_GUI_CACHE": str(cache), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([sys.executable, "main.py", *map(str, arguments)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done


def failed(*arguments, cache):
    environment = os.environ | {"BUSI_GUI_CACHE": str(cache), "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run([sys.executable, "main.py", *map(str, arguments)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return done.stderr.strip().splitlines()[-1]


@pytest.mark.timeout(1500)
def test_a_made_up_data_set_becomes_a_version_that_is_evaluated(tmp_path):
    data, run, cache, version = (tmp_path / name for name in ("BUSI", "run", "cache", "version"))
    write_busi(data, ".png", number=10)
    common = ["--data", data, "--run", run]
    short = ["--fold-epochs", 1, "--segmenter-epochs", 1, "--classifier-epochs", 1, "--seed", 3, "--init", "random"]
    everything = ["train", "all", *common, *short, "--version"]
    command(*everything, "0.0.1", "--out", version, cache=cache)
    fitted = sorted(run.glob("*/network.weights.h5"))
    assert [path.parent.name for path in fitted] == ["classifier-lesion", "classifier-scan", "segmenter"]
    assert json.loads((run / "classifier-lesion" / "recipe.json").read_text())["seed"] == 4
    command("train", "bundle", *common, "--version", "0.0.2", "--out", tmp_path / "again", cache=cache)
    manifest, again = (json.loads((folder / "manifest.json").read_text()) for folder in (version, tmp_path / "again"))
    assert manifest["version"] == "0.0.1"
    assert again["metrics"] == manifest["metrics"], "the same command twice, the same figures"
    command("train", "bundle", "--data", data, "--run", version, "--version", "0.0.3", "--out", tmp_path / "anew", cache=cache)
    anew = json.loads((tmp_path / "anew" / "manifest.json").read_text())
    assert (anew["parent"], anew["classifiers"], anew["metrics"]) == ("0.0.1", manifest["classifiers"], manifest["metrics"])
    assert "is not empty" in failed(*everything, "0.0.2", "--out", version, cache=cache), "said at once, not after a night"
    other = failed("train", "classifier", *common, "--fold-epochs", 1, "--epochs", 1, "--seed", 5, "--init", "random", cache=cache)
    assert "another seed" in other, "a run never goes on with other options"
    assert manifest["data"]["training"]["busi/normal"] > 0
    command("evaluate", data, "--out", tmp_path / "figures.json", "--networks", version, "--split", "all", cache=cache)
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["scans"] == {"busi/benign": 10, "busi/malignant": 10, "busi/normal": 10}
    assert set(figures["metrics"]["busi"]["dice"]) == {"value", "low", "high", "scans"}
