"""Small versions of the networks: weights of a few numbers in the real layout, with a manifest that says so."""

import json
from dataclasses import replace

import h5py
import numpy as np

from models.analysis import OperatingPoint
from models.lesions import LesionRule
from models.version_files import EVIDENCE_FILE
from models.versions import VersionStore
from models.weights import Manifest, NetworkFile, sha256_of, write_seen

POINT = OperatingPoint("sensitive", 0.3, 0.95, 0.6, "made-up scans")
EVIDENCE = {
    "summary": "Better on the clinic's held-out cases, and no worse elsewhere.",
    "figures": [{"name": "Dice, clinic", "before": 0.81, "after": 0.86}, {"name": "AUC, base", "before": 0.93, "after": 0.93}],
}


def write_weights(path, seed, channels=4):
    """Write a kernel as int8 with its scales, and a bias."""
    rng = np.random.default_rng(seed)
    with h5py.File(path, "w") as file:
        kernel = file.create_dataset("layers/conv2d/vars/0", data=rng.integers(-127, 127, (3, 3, 2, channels), np.int8), track_times=False)
        kernel.attrs["scale"] = rng.random(channels).astype(np.float32)
        file.create_dataset("layers/conv2d/vars/1", data=rng.random(channels).astype(np.float32), track_times=False)


def make_version(folder, name="1.0", seed=0, *, parent="", evidence=None, channels=4, **changes):
    """Write a version into a folder and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    networks = []
    for number, kind in enumerate(("segmenter", "classifier")):
        write_weights(folder / f"{kind}.weights.h5", 10 * seed + number, channels)
        networks.append(NetworkFile(kind, f"{kind}.weights.h5", sha256_of(folder / f"{kind}.weights.h5"), {"size": 32}))
    manifest = Manifest(
        name, "2026-01-01", networks[0], (replace(networks[1], view="scan"),), LesionRule(), 1.5, (POINT,), "made-up scans", parent, who="anna"
    )
    replace(manifest, **changes).write(folder)
    write_seen(folder, np.zeros((2, 2, 256), np.bool_))
    if evidence is not None:
        (folder / EVIDENCE_FILE).write_text(json.dumps(evidence))
    return folder


def make_store(folder, *names):
    """Return a store whose shipped version is 1.0, with others of these names."""
    store = VersionStore(make_version(folder / "shipped"), folder / "networks")
    for seed, name in enumerate(names, 1):
        store.add(make_version(folder / f"made {name}", name, seed, parent="1.0", evidence=EVIDENCE))
    return store


def files_below(folder):
    """Return the bytes of every file below a folder, by its path within."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
