"""What was proved, a line each."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable


class Proofs:
    """Runs proofs and counts them. A proof returns why it fails; nothing where it does not."""

    def __init__(self) -> None:
        self.passed = self.failed = self.left_out = 0

    def prove(self, what: str, proof: Callable[[], str | None]) -> None:
        """Run one and say how it went."""
        start = time.monotonic()
        try:
            problem = proof() or ""
        except Exception as error:  # noqa: BLE001 - whatever it is, it fails this proof and no other
            problem = f"{type(error).__name__}: {error}"
        self.failed += bool(problem)
        self.passed += not problem
        self._say("FAILED" if problem else "ok", f"{what} ({time.monotonic() - start:.1f} s){f': {problem}' if problem else ''}")

    def leave_out(self, what: str, why: str) -> None:
        """Say what is not proved, and why."""
        self.left_out += 1
        self._say("not proved", f"{what}: {why}")

    @property
    def summary(self) -> str:
        """How many there were."""
        return f"{self.passed} passed, {self.failed} failed, {self.left_out} not proved"

    def _say(self, verdict: str, text: str) -> None:
        sys.stdout.write(f"{verdict:10} {text}\n")
        sys.stdout.flush()
