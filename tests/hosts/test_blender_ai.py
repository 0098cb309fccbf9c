"""Local AI in place: real networks asked for by the add-on's own buttons, in real Blenders."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_setup import as_engine, fetched, with_models
from PIL import Image
from test_blender_addon import _START, legacy_zip  # noqa: F401  # a fixture
from test_blender_extension import _blenders, extension_zip  # noqa: F401  # a fixture

import audobon
from audobon.formats.render.whole import Whole, write_whole
from audobon.model.component import Part, Source
from audobon.models.archive import read_parts
from audobon.testing.patterns import write_patterns

pytestmark = pytest.mark.hosts

HERE = Path(__file__).parent
PEOPLE = Source("pypi", "scikit-image", "0.26.0")
TIMEOUT_S = 500


@pytest.fixture(scope="session")
def small_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models in which the small real ones are installed; copied by each test."""
    names = ("span-x2", "efficientnet-lite0", "imagenet-names")
    return with_models(tmp_path_factory.mktemp("small") / "models", names)


@pytest.fixture
def home(small_models: Path, tmp_path: Path) -> Path:
    """A home with the small real models, this Python as the engine, and packages fetched before."""
    return as_engine(tmp_path / "blender-home", small_models)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A flower-like pattern with a part of it, a cat, and 16 bits of noise."""
    package = fetched(PEOPLE)
    root = tmp_path / "Assets"
    root.mkdir()
    names = ("skimage/data/chelsea.png", "skimage/data/coffee.png")
    cat, coffee = read_parts(package, [Part(name) for name in names])
    (root / "cat.png").write_bytes(cat)
    whole = tmp_path / "coffee.png"
    whole.write_bytes(coffee)
    with Image.open(whole) as image:
        small = image.convert("RGBA").resize((60, 40))
        mask = Image.linear_gradient("L").resize((60, 40))
        small.putalpha(mask.point(lambda value: 55 + value * 200 // 255))
        small.save(root / "flower.png")
        image.resize((300, 200)).save(root / "twin.png")
    deep = np.linspace(0, 65535, 20 * 16 * 3).reshape(16, 20, 3).astype(np.uint16)
    write_whole(str(root / "deep.png"), Whole(deep, "u16"))
    return root


def expect(told: dict[str, Any], folder: Path) -> None:
    """What ``ai_job`` tells when everything went as it should."""
    assert told["early"]
    assert told["openvino"]
    assert told["ready"] == ["embed", "normal", "seamless", "span-x2", "tags"]
    assert told["missing"] == ["span-x4"]
    images = told["images"]
    assert images["shown"] == [True, True, "Upscale"]
    assert images["gone"], "one undo takes the newest image back"
    assert len(images["undone"]) == 6, "and nothing else"
    sizes = {"flower.png": [120, 80], "packed.png": [120, 80]}
    for name in ("flower.png", "packed.png", "painted", "plain", "light", "deep.png"):
        made = images[name]
        assert made["size"] == sizes.get(name, [40, 32]), name
        assert made["same"], f"{name} is untouched"
        assert made["packed"], name
        assert made["space"], name
        assert made["kept"], name
        assert made["float"] == (name in ("light", "deep.png")), name
        assert abs(made["mean"]) < (0.25 if name == "light" else 0.02), name
        assert made["name"] == f"{name.removesuffix('.png')} upscaled"
    assert images["painted"]["alpha"][0] < 0.05
    assert images["painted"]["alpha"][1] > 0.95
    low, high = images["flower.png"]["alpha"]
    assert 0.15 < low < 0.3
    assert high > 0.9
    assert images["plain"]["alpha"] == [1.0, 1.0]
    assert images["light"]["brightest"] > 3, "light stays light"
    assert told["normal"] == ["flower-normal.png", True, "Non-Color", "flower normals"]
    assert "save this file first" in told["homeless"]
    assert told["tiling"] == "painted-seamless.png"
    _expect_refusals(told["refused"])
    _expect_review(told["review"])
    alike = told["alike"]
    assert alike["unseen"] >= 2
    assert alike["asset"] == ["twin.png"]
    assert alike["image"] == ["packed.png", "flower.png", True]
    assert alike["left"] >= 5
    assert "poll() failed" in told["install"]["offline"]
    assert told["install"]["installed"] == "denoise is installed"
    assert told["install"]["there"] == ["waifu2x-denoise3"]
    with audobon.Library.open(folder) as library:
        # The scene that shows it uses it, once a watcher has taken the scene in.
        (edge,) = library.related("flower-normal.png", kind="derived_from")
        assert library.get(edge.dst).name == "flower.png"


def _expect_refusals(refused: dict[str, Any]) -> None:
    assert "the file of gone is gone" in refused["gone"].casefold()
    assert "consists of tiles" in refused["tiles"]
    assert "is packed data" in refused["data"]
    assert "is not installed" in refused["missing"][0]
    assert "models install cutout" in refused["missing"][1]
    assert "16" in refused["tiny"][0]
    assert "no active image" in refused["none"]
    assert "no 3D view" in refused["view"]
    assert refused["cancelled"] == "Upscale: large: cancelled"
    assert not any("Traceback" in str(each) for each in refused.values())


def _expect_review(review: dict[str, Any]) -> None:
    tags = review["suggested"]
    assert tags
    assert review["next"] == "cat.png"
    assert review["accept"] == review["always"] == [tags[0]]
    assert review["reject"] == review["never"] == review["after"] == []
    assert sorted(review["all"]) == sorted(tags)


_LEGACY = """
import sys
import bpy

def main():
    sys.path.insert(0, {here!r})
    import ai_job
    bpy.ops.preferences.addon_install(filepath={zip!r})
    bpy.ops.preferences.addon_enable(module="audobon_blender")
    told = ai_job.{what}("audobon_blender", {folder!r})
    bpy.ops.preferences.addon_disable(module="audobon_blender")
    return told
"""


def test_new_images_suggestions_likeness_and_models_in_blender(
    blender: Callable[[Path], Any],
    legacy_zip: Path,  # noqa: F811
    folder: Path,
    home: Path,
    tmp_path: Path,
) -> None:
    script = tmp_path / "ai.py"
    script.write_text(
        _LEGACY.format(what="main", here=str(HERE), zip=str(legacy_zip), folder=str(folder)),
        "utf-8",
    )
    expect(blender(script), folder)


def test_without_an_engine_everything_is_a_sentence(
    blender: Callable[[Path], Any],
    legacy_zip: Path,  # noqa: F811
    folder: Path,
    tmp_path: Path,
) -> None:
    script = tmp_path / "ai.py"
    script.write_text(
        _LEGACY.format(what="without", here=str(HERE), zip=str(legacy_zip), folder=str(folder)),
        "utf-8",
    )
    told = blender(script)
    assert told["lacks"] == {"normal": "images", "tags": "openvino"}
    assert told["normal"][1] == "pip install audobon[images]"
    assert "is not installed" in told["upscale"][0]
    assert "models install upscale" in told["upscale"][1]
    assert "models install embed" in told["alike"][1]


_SEEN = """
    here = install()
    hands.only("library", "asset", "asset_history", "ai", "file", "work")
    yield from hands.show_sidebar()
    yield from open_library(here, 4)
    bpy.ops.audobon.dismiss(number=here.state().notice.number)
    cube = bpy.data.objects["Cube"]
    tree = cube.active_material.node_tree
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = bpy.data.images.load(FOLDER + "/twin.png")
    tree.nodes.active = node
    tree.links.new(node.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    yield from hands.do(bpy.ops.ed.undo_push, message="before")
    yield from hands.click(*hands.at(60, 12))  # the library's panel folds in
    yield from hands.click(*hands.at(60, 37))  # and that of AI out
    yield lambda: here.state().tools is not None
    yield 0.5
    yield from hands.click(*hands.at(52, 206))
    yield lambda: here.here().results.last is not None
    yield 1.0
    hands.shot("blender-ai")
    last = here.here().results.last
    made = [last.label, last.result, last.result in bpy.data.images]
    yield from hands.do(bpy.ops.ed.undo)
    undone = [last.result in bpy.data.images, "twin.png" in bpy.data.images]
    yield from hands.do(bpy.ops.ed.redo)
    made.append(last.result in bpy.data.images)

    from audobon_blender.host import snapshot
    from audobon_blender.logic.snapshot import png_of
    cube = bpy.data.objects["Cube"]
    cube.location.z = 1.5
    for each in ("Camera", "Light"):
        bpy.data.objects[each].hide_set(True)
    yield 0.5
    drawn = yield from hands.do(lambda: snapshot.view_pixels(bpy.context, hands.area))
    with open(FOLDER + " view.png", "wb") as stream:
        stream.write(png_of(*drawn))
    yield from hands.do(bpy.ops.audobon.alike, of="view")
    yield lambda: here.state().like is not None
    unseen, number = len(here.state().like.unseen), here.state().notice.number
    bpy.ops.audobon.look_at_unseen()
    yield lambda: here.state().notice.number != number
    bpy.ops.audobon.dismiss(number=here.state().notice.number)
    yield from hands.do(bpy.ops.audobon.alike, of="view")
    yield lambda: here.state().like.ids and here.state().computing is None
    yield lambda: not here.state().searching and here.state().found.total
    found = here.state().found.total
    yield from hands.click(*hands.at(60, 12))
    yield 1.0
    hands.shot("blender-ai-alike")
    yield from hands.click(*hands.at(95, 151))  # the chip
    yield lambda: here.state().like is None

    cat = next(asset for asset in here.state().found.assets if asset.name == "cat.png")
    bpy.ops.audobon.choose(ident=cat.id)
    bpy.ops.audobon.suggest_tags(found=False)
    yield lambda: here.state().chosen is not None and here.state().chosen.suggestions
    yield from hands.click(*hands.at(60, 12))
    yield 0.5
    yield from hands.click(*hands.at(60, 37))  # the asset's panel folds in
    yield 0.5
    yield from hands.click(*hands.at(80, 128))  # so does that of the active image
    yield 1.0
    hands.shot("blender-ai-tags")

    hands.window.workspace = bpy.data.workspaces["UV Editing"]
    yield 1.0
    bpy.ops.object.mode_set(mode="OBJECT")
    area = next(each for each in hands.window.screen.areas if each.type == "IMAGE_EDITOR")
    space = area.spaces.active
    space.image = bpy.data.images["twin.png"]
    space.show_region_ui = True
    yield 1.0
    yield from hands.click(656, 578)
    yield from hands.do_in(area, bpy.ops.audobon.transform, pipeline="normal")
    yield lambda: here.here().results.last.label == "Normals"
    yield 1.0
    hands.shot("blender-ai-editor")
    shown = [space.image.name]
    for name in ("source", "result"):
        bpy.ops.audobon.compare(name=getattr(here.here().results.last, name))
        shown.append(space.image.name)

    asked = yield from asking(hands, here, area, FOLDER)
    taught = yield from teaching(hands, here, FOLDER)
    return {**asked, "taught": taught,
            "made": made, "undone": undone, "unseen": unseen, "found": found, "shown": shown,
            "slowest": max(here.here().times)}
"""


def test_the_panels_by_mouse_undo_and_what_the_view_looks_like(
    blender_window: Callable[[Path], Any],
    legacy_zip: Path,  # noqa: F811
    folder: Path,
    home: Path,
    tmp_path: Path,
) -> None:
    script = tmp_path / "script.py"
    head = _START.format(zip=str(legacy_zip), folder=str(folder))
    beside = (
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from asking_job import asking\nfrom teaching_job import teaching"
    )
    write_patterns(Path(f"{folder} patterns"), 8)
    script.write_text(f"{head}\n{beside}\ndef main(hands):\n{_SEEN}", "utf-8")
    with Image.open(folder / "cat.png") as cat, Image.open(folder / "twin.png") as coffee:
        sheet = Image.new("RGB", (800, 200))
        sheet.paste(cat.convert("RGB").resize((400, 200)), (0, 0))
        sheet.paste(coffee.convert("RGB").resize((400, 200)), (400, 0))
        sheet.save(f"{folder} sheet.png")
    told = blender_window(script)
    print(f"slowest of our calls in the main thread: {told['slowest'] * 1000:.1f} ms")
    assert told["made"] == ["Tile", "twin tiling", True, True]
    assert told["undone"] == [False, True], "one undo takes the result back, and redo brings it"
    assert (told["unseen"], told["found"]) == (4, 4)
    assert told["shown"] == ["twin normals", "twin.png", "twin normals"]
    whole, right = told["parts"]
    assert whole == pytest.approx([0, 0, 1, 1], abs=0.02)
    assert right == pytest.approx([0.5, 0, 0.5, 1], abs=0.02)
    assert told["part"][0] in ("twin.png", "flower.png")
    assert told["part"][1].startswith("Looks like Assets sheet.png: likeness 0.9")
    assert told["colors"][1:] == ["cat color:#336699", "cat color:#ff0000"]
    assert told["by_name"] == "Found by its name"
    taught = told["taught"]
    assert any(text.startswith("Judged ") for text in taught["lives"]), taught
    assert taught["wrong"], "what was marked wrongly is shown among the mistakes"
    assert taught["fresh"] == "1 answer is new since version 1 was learnt."
    told_again, group, review = taught["second"]
    assert told_again == "Version 2 is in use."
    assert group != "mistakes", "there is none any more"
    assert review.endswith(" suggestions to review.")
    assert taught["suggested"] == ["our stripes"]
    with Image.open(f"{folder} view.png") as view:
        grey = np.asarray(view.convert("L"), dtype=float)
    assert min(grey.shape) == 288
    # The cube is lighter than the ground behind it and hangs above the middle: upright.
    rows, columns = np.nonzero(grey > np.percentile(grey, 50) + 40)
    assert rows.size > 300
    assert rows.mean() < grey.shape[0] * 0.48
    assert abs(columns.mean() - grey.shape[1] / 2) < grey.shape[1] * 0.1


_EXTENSION = """
import json, sys
import bpy
sys.path.insert(0, {here!r})
import ai_job

zip, folder, repository, result = sys.argv[1:]
bpy.ops.wm.read_factory_settings()
repos = bpy.context.preferences.extensions.repos
repos.new(name="Ours", module="ours", custom_directory=repository)
bpy.ops.extensions.package_install_files(filepath=zip, repo="ours", enable_on_install=True)
told = ai_job.main("bl_ext.ours.audobon_blender", folder)
bpy.ops.preferences.addon_disable(module="bl_ext.ours.audobon_blender")
with open(result, "w") as stream:
    json.dump(told, stream)
"""


@pytest.mark.parametrize("blender_version", sorted(_blenders()))
def test_the_same_in_the_extension(
    blender_version: str,
    extension_zip: Path,  # noqa: F811
    folder: Path,
    home: Path,
    tmp_path: Path,
) -> None:
    repository, resources = tmp_path / "repository", tmp_path / "resources"
    repository.mkdir()
    resources.mkdir()
    script, result = tmp_path / "script.py", tmp_path / "result.json"
    script.write_text(_EXTENSION.format(here=str(HERE)), "utf-8")
    done = subprocess.run(
        [_blenders()[blender_version], script, extension_zip, folder, repository, result],
        env={"PATH": os.defpath, "HOME": str(home), "BLENDER_USER_RESOURCES": str(resources)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert result.exists(), f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    told = json.loads(result.read_text("utf-8"))
    expect(told, folder)
    assert told["install"]["switch"] is not None
