"""Print what weighs most in a built program: python packaging/weigh.py FOLDER [NUMBER]."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

_MB = 1_000_000


def parts(folder: Path) -> Counter[str]:
    """Return the bytes of each package, counting the libraries that it brings in a folder of their own as its part."""
    weights: Counter[str] = Counter()
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_file():
            continue
        names = path.relative_to(folder).parts
        names = names[1:] if names[0] == "_internal" else names
        weights[names[0].removesuffix(".libs") if len(names) > 1 else _kind(path)] += path.stat().st_size
    return weights


def _kind(path: Path) -> str:
    return "system's libraries" if ".so" in path.name and "cpython" not in path.name and "abi3" not in path.name else path.name


def main(folder: Path, number: int) -> None:
    """Print a Markdown table of the largest parts, then of the largest files."""
    weights = parts(folder)
    total = weights.total()
    rows = weights.most_common(number)
    print("| part | MB |\n|---|---:|")
    for name, size in [*rows, ("the rest", total - sum(size for _, size in rows)), ("**all**", total)]:
        print(f"| {name} | {size / _MB:.1f} |")
    files = sorted((path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()), key=lambda path: -path.stat().st_size)
    print("\n| file | MB |\n|---|---:|")
    for path in files[:number]:
        print(f"| {path.relative_to(folder).as_posix()} | {path.stat().st_size / _MB:.1f} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 15)
