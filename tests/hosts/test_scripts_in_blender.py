"""What scenes of a real Blender would run, and which expressions Blender itself calls simple."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from scene_studio import Studio

from audobon.formats.blend_scripts import blend_scripts, is_arithmetic
from audobon.formats.examine import examined

pytestmark = [
    pytest.mark.hosts,
    pytest.mark.skipif(shutil.which("blender") is None, reason="Blender is not installed"),
]

_FOREIGN = """
t = D.texts.new("start.py"); t.write("open({trace!r}, 'a').close()"); t.use_module = True
D.texts.new("rig.py").write("import bpy\\nbpy.app.handlers.load_post.append(print)")
D.texts.new("notes").write("buy paint")
D.texts.new("line.py").write("print(1)")
bpy.context.view_layer.freestyle_settings.modules.new().script = D.texts["line.py"]
for name, text in (("Cube", "__import__('os').getpid()"), ("Light", "frame * 2")):
    D.objects[name].driver_add("location", 0).driver.expression = text
D.materials["Material"].node_tree.nodes["Principled BSDF"].inputs["Roughness"].driver_add(
    "default_value").driver.expression = "noise.random()"
D.objects["Cube"].shape_key_add(name="Basis"); D.objects["Cube"].shape_key_add(name="Up")
D.shape_keys[0].key_blocks["Up"].driver_add("value").driver.expression = "bpy.data.filepath == 'x'"
"""


@pytest.mark.parametrize("compress", [False, True])
def test_everything_is_found_and_nothing_runs(tmp_path: Path, compress: bool) -> None:
    studio, trace = Studio(tmp_path), tmp_path / "ran"
    studio.do(("", "foreign", _FOREIGN.format(trace=str(trace))), compress=compress)
    trace.unlink(missing_ok=True)
    found = examined(str(studio.path("foreign")), "blend", blend_scripts)
    assert not trace.exists()
    assert {(one.kind, one.name, one.runs) for one in found.findings} == {
        ("registered text", "start.py", True),
        ("freestyle script", "line.py", True),
        ("driver", "object Cube", True),
        ("driver", "material Material", True),
        ("driver", "shape keys Key", True),
        ("text", "rig.py", False),
    }
    codes = {one.name: one.code for one in found.findings}
    assert codes["object Cube"] == "__import__('os').getpid()"
    assert codes["rig.py"].startswith("import bpy bpy.app.handlers")
    trusting = ["blender", "-b", "--factory-startup", "-noaudio", "-y", studio.path("foreign")]
    subprocess.run(trusting, capture_output=True, timeout=300, check=True)
    assert trace.exists(), "the text is one that a trusting Blender runs"


def test_a_fresh_scene_is_harmless_and_a_link_is_not(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    studio.do(("", "plain", ""))
    assert examined(str(studio.path("plain")), "blend", blend_scripts).harmless
    link = (
        f"with D.libraries.load({str(studio.path('plain'))!r}, link=True) as (there, here):\n"
        "    here.objects = ['Cube']\nS.collection.objects.link(here.objects[0])"
    )
    studio.do(("", "linked", link))
    found = examined(str(studio.path("linked")), "blend", blend_scripts)
    assert [one.kind for one in found.findings] == ["library"]
    assert not found.harmless


_EXPRESSIONS = (
    *("var * 2", "frame / 10", "sin(var) + 1", "1 if var > 2 else 0", "min(var, 3, 4)", "-var"),
    *("lerp(var, 1, 0.5)", "not var", "var ** 2", "noise.random()", "self.location.x", "len('a')"),
    *("[1][0]", "fmod(var, 2) <= 1 and var != 3", "smoothstep(0, 1, var)", "pi * radians(var)"),
)


def test_blender_calls_the_same_expressions_simple(tmp_path: Path) -> None:
    """What Blender works out without Python is harmless, so whatever is no finding must be that."""
    code = (
        f"d = D.objects['Cube'].driver_add('location', 0).driver\nd.variables.new().name = 'var'\n"
        f"value = []\nfor text in {_EXPRESSIONS!r}:\n"
        "    d.expression = text\n    value.append(d.is_simple_expression)"
    )
    studio = Studio(tmp_path)
    studio.do(("", "base", ""))
    simple = studio.do(("base", "", code))
    assert simple == [is_arithmetic(text) for text in _EXPRESSIONS]
