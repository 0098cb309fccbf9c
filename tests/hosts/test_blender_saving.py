"""Assets of every kind saved by the add-on in a real Blender, and seen by another one."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from test_blender_extension import TIMEOUT_S, _blenders, extension_zip

import audobon
from audobon.formats import embedded_preview
from audobon.formats.asset_catalogs import NAME, CatalogFile
from audobon.testing.pictures import write_png

__all__ = ["extension_zip"]

pytestmark = pytest.mark.hosts

HERE = Path(__file__).parent


@pytest.fixture
def in_module(
    request: pytest.FixtureRequest, extension_zip: Path, tmp_path: Path
) -> Callable[[str, Path], Any]:
    """The same in a Blender from PyPI, with the wheels of the extension that fit its Python."""
    python = _blenders()[request.param]
    version = subprocess.check_output(
        [python, "-c", "import sys; print('cp%d%d' % sys.version_info[:2])"], text=True
    ).strip()
    wheels = tmp_path / "wheels"
    with zipfile.ZipFile(extension_zip) as packed:
        for name in packed.namelist():
            if name.endswith(".whl") and (version in name or "-none-any" in name or "abi3" in name):
                with zipfile.ZipFile(packed.open(name)) as wheel:
                    wheel.extractall(wheels)
    # Blender's own packages come first: this is what an extension's wheels do too.
    first, last = [str(HERE), str(HERE.parents[1] / "addons" / "blender")], [str(wheels)]

    def run(what: str, folder: Path) -> Any:
        result, script = tmp_path / f"{what}.json", tmp_path / f"{what}.py"
        script.write_text(
            f"import sys\nsys.path[:0] = {first!r}\nsys.path += {last!r}\nimport bpy, saving_job\n"
            "bpy.ops.wm.read_homefile(use_factory_startup=True)\n"
            f"saving_job.main({what!r}, {str(folder)!r}, {str(result)!r})\n",
            "utf-8",
        )
        home = {"PATH": os.defpath, "HOME": str(tmp_path), "BLENDER_USER_RESOURCES": str(tmp_path)}
        done = subprocess.run(
            [python, script],
            env=home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        assert result.exists(), f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return json.loads(result.read_text("utf-8"))

    return run


@pytest.mark.parametrize("in_module", sorted(_blenders()), indirect=True)
def test_blender_from_pypi_saves_the_same(
    in_module: Callable[[str, Path], Any], tmp_path: Path
) -> None:
    expect_saved(in_module, tmp_path / "Assets")


def test_each_kind_is_saved_and_seen_by_another_blender(
    in_blender: Callable[[str, str, Path], Any], tmp_path: Path
) -> None:
    expect_saved(partial(in_blender, "saving_job"), tmp_path / "Assets")


def expect_saved(in_blender: Callable[[str, Path], Any], folder: Path) -> None:
    """Save everything in one Blender, and look at it with another."""
    write_png(folder / "textures" / "wood.png", 64, 64, color=(150, 80, 40))
    told = in_blender("save", folder)
    assert told["same"], "the open file is as it was"
    linked = told["told"].pop("linked")
    assert linked == "Linked.blend is in the library, it stays linked to far.blend"
    assert all(text.endswith(" is in the library") for text in told["told"].values()), told["told"]
    assert told["noteless"] == ["CANCELLED"]
    assert told["again"] == "New version of Oak.blend: painted red"
    assert len(set(told["id"])) == 1
    assert told["tags"] == ["mine", "new", "red"]
    assert (told["note"], told["catalog"]) == ("One of the materials", "Studio/Parts")
    assert told["words"] == {"author": "Ana", "license": "CC0-1.0"}
    assert told["versions"] == ["painted red", "Oak.blend, before: painted red"]
    ids = {
        entry.path: entry.id
        for entry in CatalogFile.read((folder / NAME).read_bytes()).entries.values()
    }
    seen = in_blender("look", folder)
    assert {name: list(found["assets"]) for name, found in seen.items()} == {
        "Bare.blend": ["node_groups:Bare"],
        "Boxes.blend": ["collections:Boxes"],
        "Crate.blend": ["collections:Crate"],
        "Everything.blend": ["collections:Everything"],
        "Grid.blend": ["node_groups:Grid"],
        "Hop.blend": ["actions:Hop"],
        "Linked.blend": ["collections:Linked"],
        "Oak.blend": ["materials:Oak"],
        "Red.blend": ["node_groups:Red"],
        "Scratch.blend": ["brushes:Scratch"],
        "Studio Light.blend": ["worlds:Studio Light"],
    }
    for name, found in seen.items():
        [asset] = found["assets"].values()
        assert asset["catalog"] == ids["Studio/Parts"], name
        assert asset["author"] == "Ana"
        assert asset["description"].startswith("One of the ")
        assert set(asset["tags"]) >= {"mine", "new"}
        if asset["kept"]:
            assert asset["preview"] == [256, 256], name
            assert asset["colors"] >= (1 if name == "Scratch.blend" else 3), name
        picture = embedded_preview(str(folder / "Saved" / name))
        assert picture is not None, name
        assert (picture.width, picture.height) == (256, 256)
    assert seen["Crate.blend"]["packed"] == [True]
    kept = seen["Oak.blend"]
    assert (kept["packed"], kept["paths"], kept["there"]) == (
        [False],
        ["//../textures/wood.png"],
        [True],
    )
    assert seen["Linked.blend"]["links"] == [["//../far.blend", True]]
    expect_same_files(folder, seen)


def expect_same_files(folder: Path, seen: dict[str, Any]) -> None:
    """The native browser shows what is marked below the folder; the library has the same files."""
    with audobon.Library.open(folder) as library:
        assets = [hit.asset for hit in library.search("kind:blend", limit=200).hits]
    marked = {asset.name for asset in assets if asset.attributes.get("assets")}
    assert marked == {name for name, found in seen.items() if found["assets"]}
