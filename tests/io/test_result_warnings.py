"""`analyze` says in its records what it saw of the input."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import skimage

from busi_gui import paths
from busi_gui.domain.synthetic import synthetic_scan
from busi_gui.io.analysing import analyse_files
from busi_gui.io.earlier import Terms
from models.input_check import NOT_ULTRASOUND
from models.pipeline import Pipeline
from tests.models import not_scans


def test_warnings_of_the_input_are_in_the_records(networks, tmp_path):
    pixels, mask = synthetic_scan(1, "benign", (480, 600))
    pictures = {
        "clean": pixels,
        "marked": not_scans.with_callipers(pixels, mask, 8),
        "screen": not_scans.screen_shot(pixels, np.random.default_rng(0))[0],
        "photograph": cv2.imread(str(Path(skimage.__file__).parent / "data" / "camera.png"), cv2.IMREAD_GRAYSCALE),
    }
    for name, picture in pictures.items():
        assert cv2.imwrite(str(tmp_path / f"{name}.png"), picture)
    pipeline = Pipeline.load(networks, paths.cache_dir())
    files = [(tmp_path / f"{name}.png", name) for name in pictures]
    results = {result.name: result for result in analyse_files(pipeline, files, Terms(tmp_path, pipeline.info))}
    warnings = {name: result.record["warnings"] for name, result in results.items()}
    assert warnings["clean"] == []
    assert [sentence.split(" are")[0] for sentence in warnings["marked"]] == ["Callipers or letters"]
    assert any("Crop to the scan" in sentence for sentence in warnings["screen"])
    assert warnings["photograph"] == [NOT_ULTRASOUND]
    assert {name for name, result in results.items() if "means nothing" in result.sentence} == {"photograph"}
