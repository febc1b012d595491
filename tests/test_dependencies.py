"""What the program asks for: bounded, each bound with its reason, and the versions that it is tested with lie within."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
PROJECT = tomllib.loads(TEXT)["project"]
ASKED = [*PROJECT["dependencies"], *(line for extra in PROJECT["optional-dependencies"].values() for line in extra)]
REQUIREMENT = re.compile(r"(?P<name>[\w-]+)>=(?P<least>[\d.]+),<(?P<beyond>[\d.]+)(?:;.*)?")
WORKFLOW = ROOT / ".github" / "workflows" / "newest.yml"


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def numbers(version):
    return tuple(int(part) for part in version.split("."))


def pinned():
    """Return the version of each package in constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return {normal(name): version for name, _, version in (line.partition("==") for line in lines if line and not line.startswith("#"))}


@pytest.mark.parametrize("asked", dict.fromkeys(ASKED))
def test_the_version_that_is_tested_lies_within_the_bounds(asked):
    found = REQUIREMENT.fullmatch(asked)
    assert found, "a lower and an upper bound"
    assert numbers(found["least"]) <= numbers(pinned()[normal(found["name"])]) < numbers(found["beyond"])


@pytest.mark.parametrize("asked", dict.fromkeys(ASKED))
def test_every_bound_has_its_reason_beside_it(asked):
    lines = [line for line in TEXT.splitlines() if line.strip().startswith(f'"{asked}",')]
    assert lines
    assert all("# " in line.partition(f'"{asked}",')[2] for line in lines)


def test_every_week_the_newest_are_tried_and_with_the_bounds_lifted_none_is_left():
    workflow = WORKFLOW.read_text(encoding="utf-8")
    (pattern,) = re.findall(r"sed -E -i 's/(.+)//' requirements.txt", workflow)
    command = [sys.executable, "packaging/requirements.py", "train", "dev"]
    written = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, encoding="utf-8").stdout.splitlines()
    assert len(written) > 20
    assert all("<" in line for line in written)
    assert not [line for line in (re.sub(pattern, "", line, count=1) for line in written) if "<" in line]
    assert "--constraint" not in workflow
    assert "schedule:" in workflow
