"""How `process` and `decoders` talk: facts in JSON, its length in 4 bytes before it, then as many bytes as it says."""

from __future__ import annotations

import json
import struct
from typing import IO, Any


def send(stream: IO[bytes], facts: dict[str, Any], content: bytes) -> None:
    """Write facts and bytes."""
    said = json.dumps({**facts, "length": len(content)}).encode()
    stream.write(struct.pack(">I", len(said)) + said)
    stream.write(content)
    stream.flush()


def receive(stream: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """Read facts and bytes, None where there are no more."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    said = stream.read(struct.unpack(">I", head)[0])
    if not said.endswith(b"}"):
        return None
    facts = json.loads(said)
    content = stream.read(facts["length"])
    return (facts, content) if len(content) == facts["length"] else None
