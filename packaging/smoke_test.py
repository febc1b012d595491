"""Prove that a built program works by itself: python packaging/smoke_test.py BUNDLE [--retrain]. It exits with 1 where a proof fails.

The program runs where there is no network, no Python, no source and nothing in its home, from a folder that cannot be written. The source, which runs
this, only makes the files and knows the right answers.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.smoke.headless import headless_proofs
from tests.smoke.proofs import Proofs
from tests.smoke.retraining import retraining_proofs
from tests.smoke.room import Room
from tests.smoke.window import window_proofs


def main() -> int:
    """Run every proof that this computer allows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path, help="the folder that was built, such as dist/busi-gui")
    parser.add_argument("--retrain", action="store_true", help="retrain too, on a small Workspace: it takes many minutes")
    options = parser.parse_args()
    proofs = Proofs()
    with tempfile.TemporaryDirectory(prefix="busi-gui-") as folder:
        room = Room(options.bundle, Path(folder))
        headless_proofs(room, proofs)
        window_proofs(room, proofs)
        retraining_proofs(room, proofs, is_asked=options.retrain)
    print(proofs.summary)
    return 1 if proofs.failed else 0


if __name__ == "__main__":
    sys.exit(main())
