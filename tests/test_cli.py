"""The command line where part of the program is not there."""

import sys

import pytest

from busi_gui import cli
from tests.models.made_up import write_busi


@pytest.mark.parametrize(("is_built", "way"), [(True, "Install the full variant of the program."), (False, "It is installed by: make run")])
def test_where_weights_cannot_be_read_retraining_says_what_to_install(monkeypatch, capsys, is_built, way):
    monkeypatch.setattr(sys, "frozen", is_built, raising=False)
    monkeypatch.setitem(sys.modules, "h5py", None)
    assert cli.main(["retrain"]) == 1
    assert capsys.readouterr().err == f"This needs h5py, which this installation comes without. {way}\n"


@pytest.mark.parametrize(
    ("is_built", "way"), [(True, "Networks are trained from nothing with the program's source."), (False, "They are installed by: make run")]
)
def test_where_tensorflow_is_not_there_training_says_what_to_do(monkeypatch, capsys, is_built, way):
    monkeypatch.setattr(sys, "frozen", is_built, raising=False)
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    assert cli.main(["train", "segmenter", "--data", "folder"]) == 1
    assert capsys.readouterr().err == f"This needs TensorFlow and Keras, which this installation comes without. {way}\n"


def test_any_library_that_is_not_there_is_named(monkeypatch, capsys, tmp_path):
    write_busi(tmp_path / "set", ".png")
    monkeypatch.setitem(sys.modules, "imagehash", None)
    assert cli.main(["replay-pack", str(tmp_path / "set"), "--out", str(tmp_path / "replay.pack")]) == 1
    assert "This needs imagehash, which this installation comes without." in capsys.readouterr().err
