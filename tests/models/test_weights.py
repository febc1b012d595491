"""A version on disk: hashes, manifest, float16 kernels."""

import json
from dataclasses import replace

import h5py
import numpy as np
import pytest

from models.analysis import DoubtRule, NetworkError, NotConverted, OperatingPoint
from models.lesions import LesionRule
from models.pipeline import Pipeline
from models.segmenter import build_segmenter
from models.weights import (
    PREPARED_DIR,
    PREPARED_SUMS,
    Manifest,
    NetworkFile,
    as_int8,
    check_unchanged,
    checked_weights,
    derived_files,
    flatbuffers,
    load_small,
    read_manifest,
    save_small,
    sha256_of,
    write_sums,
)

POINT = OperatingPoint("sensitive", 0.3, 0.95, 0.6, "made-up scans")


@pytest.fixture
def version(tmp_path):
    files = []
    for name in ("segmenter", "classifier"):
        (tmp_path / f"{name}.weights.h5").write_bytes(name.encode())
        files.append(NetworkFile(name, f"{name}.weights.h5", sha256_of(tmp_path / f"{name}.weights.h5")))
    manifest = Manifest("1.0", "2026-01-01", files[0], (replace(files[1], view="scan"),), LesionRule(max_doubt=1.7), 1.5, (POINT,), "made-up scans")
    manifest.write(tmp_path)
    return tmp_path


def test_a_manifest_is_read_as_it_was_written(version):
    manifest = read_manifest(version)
    assert manifest.lesion_rule.max_doubt == 1.7
    assert manifest.info.operating_point == POINT
    assert manifest.info.segmenter == f"segmenter 1.0 ({manifest.segmenter.sha256[:8]})"
    replace(manifest, version="1.1").write(version)
    assert read_manifest(version).version == "1.1"


def test_damaged_weights_are_refused_by_name(version):
    (version / "classifier.weights.h5").write_bytes(b"other")
    with pytest.raises(NetworkError, match=r"classifier.weights.h5 is damaged"):
        Pipeline.load(version, version / "cache")
    (version / "classifier.weights.h5").unlink()
    with pytest.raises(NetworkError, match=r"classifier.weights.h5 is missing"):
        checked_weights(version, read_manifest(version).classifiers[0])


def test_networks_without_flatbuffers_say_how_to_get_them(version):
    with pytest.raises(NotConverted, match="convert"):
        Pipeline.load(version, version / "cache")


def test_flatbuffers_that_came_with_a_version_go_before_those_of_the_cache_where_all_are_there(version):
    manifest, cache = read_manifest(version), version / "cache"
    own = flatbuffers(manifest, version / PREPARED_DIR)
    (version / PREPARED_DIR).mkdir()
    for path in own.paths:
        assert derived_files(version, manifest, cache) == flatbuffers(manifest, cache)
        path.touch()
    assert derived_files(version, manifest, cache) == own


def test_a_version_without_weights_is_as_delivered_while_its_flatbuffers_are(version):
    manifest, prepared = read_manifest(version), version / PREPARED_DIR
    prepared.mkdir()
    for path in flatbuffers(manifest, prepared).paths:
        path.write_bytes(path.name.encode())
    write_sums(prepared)
    for network in manifest.networks:
        (version / network.file).unlink()
    check_unchanged(version, manifest)
    damaged = flatbuffers(manifest, prepared).segmenter
    damaged.write_bytes(b"other")
    with pytest.raises(NetworkError, match=rf"{damaged.name} is damaged"):
        check_unchanged(version, manifest)
    damaged.unlink()
    with pytest.raises(NetworkError, match="cannot be read"):
        check_unchanged(version, manifest)
    (prepared / PREPARED_SUMS).write_text("{}", encoding="utf-8")
    with pytest.raises(NetworkError, match="is damaged"):
        check_unchanged(version, manifest)
    (prepared / PREPARED_SUMS).unlink()
    with pytest.raises(NetworkError, match="is missing"):
        check_unchanged(version, manifest)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format": 99}', '{"format": 2, "version": "1"}'])
def test_a_manifest_that_cannot_be_understood_is_named(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(NetworkError, match=r"manifest\.json"):
        read_manifest(tmp_path)


def test_a_missing_manifest_is_named(tmp_path):
    with pytest.raises(NetworkError, match=r"manifest.json is missing"):
        read_manifest(tmp_path)


def test_what_an_optimizer_remembers_is_not_stored(tmp_path):
    network = build_segmenter(input_size=64)
    save_small(network, tmp_path / "before.weights.h5")
    network.compile(optimizer="adam", loss="mse")
    network.optimizer.build(network.trainable_variables)
    save_small(network, tmp_path / "fitted.weights.h5")
    assert (tmp_path / "fitted.weights.h5").stat().st_size < 1.01 * (tmp_path / "before.weights.h5").stat().st_size
    load_small(network, tmp_path / "fitted.weights.h5")  # a warning would fail


def test_kernels_are_stored_small_and_load_to_nearly_the_same_answers(tmp_path):
    network = build_segmenter(input_size=64)
    path = tmp_path / "network.weights.h5"
    assert save_small(network, path) == sha256_of(path)
    kinds = set()
    with h5py.File(path) as file:
        file.visititems(lambda _, item: kinds.add((item.dtype.name, item.ndim >= 2)) if isinstance(item, h5py.Dataset) else None)
    assert {("int8", True), ("float16", True), ("float32", False)} <= kinds
    assert not {("int8", False), ("float16", False)} & kinds
    again = build_segmenter(input_size=64)
    load_small(again, path)
    scan = np.random.default_rng(0).uniform(0, 255, (1, 64, 64, 1)).astype(np.float32)
    np.testing.assert_allclose(np.asarray(again(scan)), np.asarray(network(scan)), atol=0.03)
    assert path.stat().st_size < network.count_params() * 1.5  # most of the rest is the file's own table of contents
    assert not list(tmp_path.glob("full*"))


def test_int8_is_off_by_half_a_step_at_most_and_keeps_channels_of_zeros():
    kernel = np.random.default_rng(1).standard_normal((3, 3, 40, 50)).astype(np.float32) * np.geomspace(1e-3, 10, 50, dtype=np.float32)
    kernel[..., 7] = 0
    codes, scale = as_int8(kernel)
    assert (np.abs(codes * scale - kernel) <= 0.5001 * scale).all()
    assert (codes[..., 7] == 0).all()


def test_the_manifest_is_plain_json(version):
    assert json.loads((version / "manifest.json").read_text())["operating_points"][0]["name"] == "sensitive"


def test_points_keep_intervals_and_doubt(version):
    doubt = DoubtRule(-1.0, 0.5, 0.7, 0.3)
    point = replace(POINT, sensitivity_interval=(0.9, 0.98), doubt=doubt)
    replace(read_manifest(version), operating_points=(point, replace(POINT, name="balanced"))).write(version)
    info = read_manifest(version).info
    assert info.operating_point == point
    assert info.at("balanced").operating_point.name == "balanced"
    assert info.at("balanced").operating_points == info.operating_points
    assert info.at("unknown").operating_point == point
    assert set(info.hashes) == {"segmenter.weights.h5", "classifier.weights.h5"}
