"""Made-up scans look as they are told to, and the samples are what their generator writes."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pydicom
import pytest

from busi_gui.domain.measures import measure
from busi_gui.domain.scan import Identity, Pixels, Spacing
from busi_gui.domain.synthetic import synthetic_scan
from busi_gui.io.scans import read_scan, scans_in

SAMPLES = Path(__file__).parents[2] / "resources" / "samples"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_samples", SAMPLES / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_same_seed_makes_the_same_scan():
    (pixels, mask), (again, mask_again) = synthetic_scan(5, "malignant", (96, 120)), synthetic_scan(5, "malignant", (96, 120))
    assert np.array_equal(pixels, again)
    assert np.array_equal(mask, mask_again)


def test_another_seed_makes_another_scan():
    assert not np.array_equal(synthetic_scan(1, shape=(96, 120))[0], synthetic_scan(2, shape=(96, 120))[0])


def test_a_normal_scan_has_no_lesion():
    assert not synthetic_scan(0, "normal", (96, 120))[1].any()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["benign", "malignant"])
def test_a_lesion_is_darker_than_what_surrounds_it_and_shaped_as_its_kind(kind, seed):
    pixels, mask = synthetic_scan(seed, kind, (240, 300))
    found = measure(mask, None)
    top, left, bottom, right = found.bbox
    around = pixels[top:bottom, max(0, left - 30) : right + 30][~mask[top:bottom, max(0, left - 30) : right + 30]]
    assert pixels[mask].mean() < 0.75 * around.mean()
    assert (found.width_to_height > 1.3) is (kind == "benign")
    assert (found.width_to_height < 1) is (kind == "malignant")


def gain_behind(kind, seed) -> float:
    """Return by how many greys the tissue behind a lesion is brighter than that beside it."""
    pixels, mask = synthetic_scan(seed, kind, (240, 300))
    _, left, bottom, right = measure(mask, None).bbox
    width, rows = right - left, slice(bottom + 6, bottom + 36)
    behind = pixels[rows, left + width // 4 : right - width // 4].mean()
    beside = pixels[rows, right + 15 : right + 60].mean() / 2 + pixels[rows, left - 60 : left - 15].mean() / 2
    return float(behind - beside)


def test_the_beam_is_stronger_behind_benign_lesions_and_weaker_behind_malignant_ones():
    benign, malignant = (np.mean([gain_behind(kind, seed) for seed in range(6)]) for kind in ("benign", "malignant"))
    assert benign > 8
    assert malignant < -20


@pytest.mark.parametrize("shape", [(32, 32), (33, 200), (200, 64), (480, 600)])
def test_scans_come_in_any_shape(shape):
    pixels, mask = synthetic_scan(0, "benign", shape)
    assert pixels.shape == mask.shape == shape
    assert pixels.dtype == np.uint8
    assert mask.dtype == np.bool_
    assert mask.any()


@pytest.fixture(scope="module")
def made(generator) -> dict[str, Pixels]:
    return dict(generator.sample_pixels())


def test_the_sample_files_are_what_the_generator_makes(made):
    assert sorted(made) == [path.name for path in scans_in(SAMPLES)]
    for name, pixels in made.items():
        # Processors round floats in their own ways: a grey may differ by one.
        difference = np.abs(read_scan(SAMPLES / name).pixels.astype(int) - pixels)
        assert difference.max() <= 1
        assert difference.mean() < 0.01


def test_the_generator_writes_the_same_bytes_twice(generator, made, tmp_path, monkeypatch):
    monkeypatch.setattr(generator, "sample_pixels", made.items)
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        generator.write_samples(folder)
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == sorted(made)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_sample_pictures_say_that_they_are_synthetic_and_are_small():
    for path in SAMPLES.glob("*.png"):
        content = path.read_bytes()
        assert b"tEXtComment\0Synthetic" in content
        assert len(content) < 300_000


def test_the_calibrated_sample_is_valid_and_says_that_it_is_synthetic():
    path = SAMPLES / "calibrated_synthetic.dcm"
    scan = read_scan(path)
    assert scan.spacing == Spacing(0.08, 0.08)
    assert scan.identity == Identity("Synthetic, Sample", "SYNTHETIC", "2024-01-01")
    assert scan.warnings == ()
    dataset = pydicom.dcmread(path)
    assert all(dataset[keyword].value.is_valid for keyword in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"))
    assert dataset.Modality == "US"
    assert "Synthetic" in dataset.ImageComments
