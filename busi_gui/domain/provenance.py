"""Which networks a result comes from, so that it can still be told years later: version and the hashes of the weights."""

from __future__ import annotations

from models.analysis import NetworkInfo

_SHORT = 8


def short_text(network: NetworkInfo) -> str:
    """Return version and first digits of each hash, such as ``"0.1.0 (4d4c9b11 ab0cd64e)"``."""
    digits = " ".join(digest[:_SHORT] for digest in network.hashes.values())
    return f"{network.version} ({digits})" if digits else network.version


def full_text(network: NetworkInfo) -> str:
    """Return version, what it was made from, networks and whole hashes in one line."""
    return "; ".join([f"version {version_text(network)}", network.segmenter, network.classifier, *hash_lines(network)])


def version_in(full: str) -> str:
    """Return the version that a `full_text` names, such as ``"0.1.0"``; empty where it names none."""
    return full.partition(";")[0].partition(",")[0].removeprefix("version ").strip()


def version_text(network: NetworkInfo) -> str:
    """Return the version and, of one that learned more, what it was made from: ``"0.2.1+a, made from 0.2.1"``."""
    return f"{network.version}, made from {network.parent}" if network.parent else network.version


def hash_lines(network: NetworkInfo) -> list[str]:
    """Return the hash of each weights file, such as ``"classifier.weights.h5 sha256:ab0c…"``, whole."""
    return [f"{name} sha256:{digest}" for name, digest in network.hashes.items()]
