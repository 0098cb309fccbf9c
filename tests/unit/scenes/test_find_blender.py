"""Looking for a Blender: named, tried, and never taken by its name alone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from audobon.errors import Unavailable
from audobon.services.merge.blender import blender_version, find_blender


def fake(folder: Path, says: str) -> str:
    """A program that answers as a Blender of some version would."""
    program = folder / "blender"
    program.write_text(f"#!{sys.executable}\nprint({says!r})\n", "utf-8")
    program.chmod(0o755)
    return str(program)


def test_another_program_is_no_blender(tmp_path: Path) -> None:
    assert blender_version(sys.executable) is None
    assert blender_version(str(tmp_path / "none")) is None
    with pytest.raises(Unavailable):
        find_blender(sys.executable, 300)


@pytest.mark.skipif(sys.platform == "win32", reason="scripts are no programs there")
def test_a_blender_must_be_as_new_as_the_files(tmp_path: Path) -> None:
    program = fake(tmp_path, "Blender 4.2.1 LTS\n\tbuild date: 2024-08-19")
    assert blender_version(program) == 402
    assert find_blender(program, 304) == (program, 402)
    assert find_blender(program, 402) == (program, 402)
    assert find_blender(program, 500) is None
