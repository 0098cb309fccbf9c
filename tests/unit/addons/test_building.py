"""The zips of the add-on: what is in them, and that equal sources give equal bytes."""

from __future__ import annotations

import tomllib
import zipfile
from pathlib import Path

import pytest

from devtools import addons, wheels

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Builds with two small wheels instead of those that a registry has to give."""
    made = []
    for name in ("attrs-1.0-py3-none-any.whl", "apsw-1.0-cp311-cp311-manylinux_2_28_x86_64.whl"):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr(f"{name.partition('-')[0]}/__init__.py", f"# {name}\n")
        made.append(path)
    monkeypatch.setattr(wheels, "fetch", lambda platform, pythons=(): made)
    monkeypatch.setattr(wheels, "own_wheel", lambda: made[0])
    monkeypatch.setattr(addons, "OUT", tmp_path / "out")
    return tmp_path


def test_the_extension_has_a_manifest_with_its_wheels(quick: Path) -> None:
    path = addons.build_extension(("linux-x64",))
    with zipfile.ZipFile(path) as packed:
        names = packed.namelist()
        manifest = tomllib.loads(packed.read("blender_manifest.toml").decode())
        times = {entry.date_time for entry in packed.infolist()}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert manifest["version"] == project["version"]
    assert manifest["license"] == ["SPDX:GPL-3.0-or-later"]
    assert set(manifest["permissions"]) == {"files", "clipboard", "network"}
    assert [f"./{name}" for name in names if name.endswith(".whl")] == manifest["wheels"]
    assert {"__init__.py", "LICENSE", "ui/browsing.py"} <= set(names)
    assert not [name for name in names if "__pycache__" in name]
    assert names == sorted(names)
    assert times == {(1980, 1, 1, 0, 0, 0)}
    first = path.read_bytes()
    assert addons.build_extension(("linux-x64",)).read_bytes() == first


def test_the_legacy_zip_has_its_libraries_unpacked(quick: Path) -> None:
    path = addons.build_legacy("linux-x64")
    with zipfile.ZipFile(path) as packed:
        names = packed.namelist()
    assert {name.partition("/")[0] for name in names} == {"audobon_blender"}
    assert "audobon_blender/vendor/apsw/__init__.py" in names
    # Blender removes what this names before it unpacks; else it writes over loaded libraries.
    assert names[0] == "audobon_blender/"
    assert "audobon_blender/blender_manifest.toml" not in names


def test_the_lock_names_all_that_a_host_embeds_and_no_terminal() -> None:
    text = wheels.locked("linux-x64", "3.11")
    named = {line.partition("==")[0] for line in text.splitlines() if "==" in line}
    assert {"attrs", "apsw-sqlite3mc", "tantivy", "pygit2", "cffi", "pyzstd"} <= named
    assert {"cryptography", "keyring", "secretstorage", "importlib-metadata"} <= named
    assert named.isdisjoint({"click", "rich", "hatchling", "numpy", "openvino"})
    assert "--hash=sha256:" in text
    assert ";" not in text
    other = wheels.locked("windows-x64", "3.14")
    assert "pywin32-ctypes==" in other
    for name in ("pyzstd", "secretstorage", "importlib-metadata"):
        assert f"{name}==" not in other


def test_the_entry_is_short_and_says_what_an_old_python_gets() -> None:
    text = (ROOT / "addons" / "blender" / "audobon_blender" / "__init__.py").read_text("utf-8")
    assert len(text.splitlines()) < 100
    assert "needs a Blender with Python 3.11" in text
