"""Encrypted remotes with nothing but what the add-on's zip brings, in a real Blender."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sealed_job import expect_sealed
from test_blender_addon import legacy_zip

__all__ = ["legacy_zip"]

pytestmark = pytest.mark.hosts

_SCRIPT = """
import os, sys
import bpy

def main():
    sys.path.insert(0, {here!r})
    import sealed_job
    os.environ.pop("AUDOBON_KEYRING", None)
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    sealed_job.unlock_keyring()
    before = sealed_job.loaded()
    bpy.ops.preferences.addon_install(filepath={zip!r})
    bpy.ops.preferences.addon_enable(module="audobon_blender")
    import audobon
    told = sealed_job.main({folder!r}, before)
    bpy.ops.preferences.addon_disable(module="audobon_blender")
    return told
"""


def test_an_encrypted_remote_works_with_what_the_zip_brings(
    blender: Callable[..., Any], legacy_zip: Path, tmp_path: Path
) -> None:
    script, folder = tmp_path / "sealed.py", tmp_path / "Work"
    words = {"here": str(Path(__file__).parent), "zip": str(legacy_zip), "folder": str(folder)}
    script.write_text(_SCRIPT.format(**words), "utf-8")
    # On a bus of its own, with the Secret Service as the keyring.
    told = blender(script, ["dbus-run-session", "--"])
    expect_sealed(told, folder, f"audobon_blender{os.sep}vendor")
    assert told["keyring"] == "the Secret Service"
    # It lies encrypted, and nothing of ours wrote it anywhere else.
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path != script]
    assert any(path.suffix == ".keyring" for path in files)
    assert not any(b"planted-Secret" in path.read_bytes() for path in files)
