"""`compare` as it is called: the same command twice gives the same file, and nothing is fitted twice."""

import json

import pytest

from busi_gui import cli, paths
from models.comparing import leaky, system_fits
from tests.models import tiny


@pytest.mark.timeout(600)
def test_the_same_command_twice_gives_the_same_file_and_keeps_the_other_protocols_figures(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(system_fits, "build_segmenter", tiny.tiny_segmenter)
    monkeypatch.setattr(leaky, "LEAKY_SYSTEMS", {"guided": tiny.GUIDED})
    folder = tiny.write_grouped_busi(tmp_path / "busi")
    out = tmp_path / "compare.json"
    out.write_text(json.dumps({"grouped": {"kept": True}}))
    options = ["--protocol", "leaky", "--run", str(tmp_path / "run"), "--epochs", "1", "--size", "32", "--init", "random", "--out", str(out)]
    assert cli.main(["compare", str(folder), *options]) == 0
    first, said = out.read_text(), capsys.readouterr()
    assert leaky.WRONG in said.out
    assert leaky.WRONG in said.err
    assert "minutes left" in said.err
    assert "loss:" not in said.out  # Keras' own progress
    assert json.loads(first)["grouped"] == {"kept": True}
    assert str(tmp_path) not in first
    assert cli.main(["compare", str(folder), *options]) == 0
    assert out.read_text() == first
    assert "2 of 2 fits lie in the run's folder already." in capsys.readouterr().err
    assert (paths.measures_dir() / "held-out.jsonl").is_file()


def test_a_wrong_option_is_said_in_words(tmp_path, capsys):
    folder = tiny.write_grouped_busi(tmp_path / "busi")
    common = ["compare", str(folder), "--run", str(tmp_path / "run"), "--out", str(tmp_path / "compare.json"), "--init", "random"]
    assert cli.main([*common, "--systems", "vgg"]) == 1
    assert "There is no system vgg" in capsys.readouterr().err
    assert cli.main([*common, "--size", "100"]) == 1
    assert "multiple of 32" in capsys.readouterr().err
    assert cli.main([*common, "--folds", "2"]) == 1
    assert "too few" in capsys.readouterr().err
