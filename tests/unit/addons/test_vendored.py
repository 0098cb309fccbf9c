"""Where the libraries of an add-on stand among those that the host has."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from audobon.panel import brought
from audobon.work.bootstrap import call_command

ADDONS = Path(__file__).resolve().parents[3] / "addons"
OF = {
    "blender": (ADDONS / "blender/audobon_blender/host/vendored.py", "vendor"),
    "krita": (ADDONS / "krita/audobon_krita/host/vendored.py", "lib/common"),
}


def _told(folder: Path, name: str, version: str, *needs: str) -> None:
    """As an installed library: a module that tells its version, and what pip notes of it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.py").write_text(f"version = {version!r}\n")
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir()
    lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {one}" for one in needs)]
    (info / "METADATA").write_text("\n".join(lines) + "\n\nRequires-Dist: attrlike>=99\n")


def _loaded(source: Path, tmp_path: Path) -> ModuleType:
    copy = tmp_path / "addon" / "host" / "vendored.py"
    copy.parent.mkdir(parents=True)
    copy.write_text(source.read_text())
    spec = importlib.util.spec_from_file_location("vendored_copy", copy)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=OF)
def vendored(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[ModuleType, Path]:
    """The module as it lies in an add-on, and the folder of its libraries."""
    source, inner = OF[request.param]
    module = _loaded(source, tmp_path)
    ours = tmp_path / "addon" / inner
    _sdk(ours)
    return module, ours


def _sdk(folder: Path) -> None:
    """What of the SDK an add-on runs before it imports any, where a zip has it."""
    place = folder / "audobon" / "panel" / "brought.py"
    place.parent.mkdir(parents=True)
    shutil.copy(brought.__file__, place)


def test_of_an_extension_it_is_the_folder_that_blender_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = _loaded(OF["blender"][0], tmp_path)
    host, ours = tmp_path / "dist-packages", tmp_path / "site-packages"
    before = [str(host), str(ours)]
    _told(host, "attrlike", "22.2.0")
    _told(ours, "attrlike", "26.1")
    _told(ours, "structlike", "26.2", "attrlike>=25.4.0")
    monkeypatch.setattr(sys, "path", list(before))
    module.attach()
    assert sys.path == before, "there is nothing of ours in it"
    _sdk(ours)
    module.attach()
    assert sys.path == [str(ours), str(host)]
    module.detach()
    assert sys.path == before


@pytest.mark.parametrize(
    ("theirs", "needs", "first"),
    [
        ("22.2.0", "attrlike>=25.4.0", True),
        ("25.3", "attrlike<27,>=25.4", True),
        ("25.4", "attrlike>=25.4.0", False),
        ("30.1.dev3", "attrlike>=25.4.0", False),
        ("22.2.0", "attrlike", False),
        ("22.2.0", 'attrlike>=25.4.0; extra == "all"', False),
    ],
)
def test_ours_come_first_only_where_theirs_are_too_old(
    vendored: tuple[ModuleType, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    theirs: str,
    needs: str,
    first: bool,
) -> None:
    module, ours = vendored
    host = tmp_path / "dist-packages"
    _told(host, "attrlike", theirs)
    for odd in ("cryptography.egg-info", "crcmod-1.7-py3.11.egg-info", "-.dist-info", "easy.pth"):
        (host / odd).mkdir()
    _told(ours, "attrlike", "26.1")
    _told(ours, "structlike", "26.2", needs)
    before = [str(host), str(tmp_path / "nowhere"), "", *sys.path]
    monkeypatch.setattr(sys, "path", list(before))
    module.attach()
    module.attach()
    assert sys.path == ([str(ours), *before] if first else [*before, str(ours)])
    # A worker that stands in for the host finds the same as the host does.
    code = call_command(sys.executable, "json:dumps", path=sys.path[: len(before)])
    script = "import attrlike, json; print(json.dumps(attrlike.version))"
    command = [*code[:-2], code[-2] + f"\n{script}\n", code[-1].replace("[]]", "[0]]")]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert json.loads(told) == ("26.1" if first else theirs)
