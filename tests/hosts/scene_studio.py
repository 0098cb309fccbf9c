"""A real Blender that makes versions of one scene, and the scripts for it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from audobon.formats.blend_parts import Key, read_scene
from audobon.formats.examine import examined

__all__ = ["LOOK", "MAKE", "OURS", "THEIRS", "Studio"]

MAKE = """
for number in range(4):
    bpy.ops.mesh.primitive_ico_sphere_add(location=(number, 0, 0))
    bpy.context.object.name = "Ball.%d" % number
bpy.ops.object.armature_add()
bpy.ops.object.light_add(type="POINT")
props = D.collections.new("Props")
S.collection.children.link(props)
props.objects.link(D.objects["Ball.1"])
cube = D.objects["Cube"]
cube.shape_key_add(name="Basis")
cube.shape_key_add(name="Up")
cube.modifiers.new("S", "SUBSURF")
cube.vertex_groups.new(name="g").add([0, 1, 2], 0.5, "ADD")
D.objects["Ball.2"].parent = cube
red = D.materials.new("Red")
red.use_nodes = True
group = D.node_groups.new("Group", "ShaderNodeTree")
group.nodes.new("ShaderNodeBsdfDiffuse")
red.node_tree.nodes.new("ShaderNodeGroup").node_tree = group
for name in ("Ball.0", "Ball.3"):
    D.objects[name].data.materials.append(red)
D.objects["Camera"].keyframe_insert("rotation_euler", frame=1)
track = D.objects["Ball.3"].constraints.new("TRACK_TO")
track.target = D.objects["Ball.0"]
D.objects["Ball.1"].modifiers.new("Bones", "ARMATURE").object = D.objects["Armature"]
driver = D.objects["Light"].driver_add("location", 2).driver
variable = driver.variables.new()
variable.targets[0].id, variable.targets[0].data_path = D.objects["Ball.0"], "location.x"
driver.expression = "var * 2"
D.texts.new("notes").write("hello")
D.images.new("plain", 24, 16).use_fake_user = True
image = D.images.new("tex", 8, 8)
image.pixels[0] = 0.5
image.update()
image.pack()
image.use_fake_user = True
curve = D.curves.new("Path", "CURVE")
curve.splines.new("BEZIER").bezier_points.add(3)
props.objects.link(D.objects.new("Path", curve))
instance = D.objects.new("Instance", None)
instance.instance_type, instance.instance_collection = "COLLECTION", props
S.collection.objects.link(instance)
"""

OURS = """
D.objects["Ball.0"].location.z = 9
D.materials["Red"].roughness = 0.9
D.objects["Cube"].data.shape_keys.key_blocks["Up"].data[0].co.x = 4
D.objects.remove(D.objects["Path"])
props.objects.link(D.objects["Camera"])
"""

THEIRS = """
D.objects["Ball.2"].location.z = 5
D.objects["Point"].data.energy = 77
bpy.ops.mesh.primitive_cone_add()
new = bpy.context.object
new.name = "Cone"
blue = D.materials.new("Blue")
blue.diffuse_color = (0, 0, 1, 1)
new.data.materials.append(blue)
below = D.collections.new("Below")
props.children.link(below)
below.objects.link(new)
D.objects["Ball.3"].constraints[0].target = D.objects["Ball.1"]
D.objects.remove(D.objects["Instance"])
D.texts["notes"].write(" world")
"""

LOOK = """
value = {
    "objects": sorted(one.name for one in D.objects),
    "shown": sorted(one.name for one in bpy.context.view_layer.objects),
    "moved": [D.objects["Ball.0"].location.z, D.objects["Ball.2"].location.z],
    "energy": D.objects["Point"].data.energy,
    "roughness": round(D.materials["Red"].roughness, 3),
    "shape": D.objects["Cube"].data.shape_keys.key_blocks["Up"].data[0].co.x,
    "blue": list(D.objects["Cone"].data.materials[0].diffuse_color),
    "users": D.materials["Red"].users,
    "target": D.objects["Ball.3"].constraints[0].target.name,
    "bones": D.objects["Ball.1"].modifiers["Bones"].object.name,
    "driver": D.objects["Light"].animation_data.drivers[0].driver.variables[0].targets[0].id.name,
    "parent": D.objects["Ball.2"].parent.name,
    "text": D.texts["notes"].as_string(),
    "props": sorted(one.name for one in props.objects),
    "below": [one.name for one in D.collections["Below"].objects],
    "evaluated": len(D.objects["Cone"].evaluated_get(
        bpy.context.evaluated_depsgraph_get()).data.vertices),
}
"""

_SCRIPT = """
import bpy, json
job = json.load(open({job!r}, encoding="utf-8"))
bpy.context.preferences.filepaths.save_version = 0
waste = [bytearray(1000 + 16 * number) for number in range(job["waste"])]
for source, target, code in job["steps"]:
    if source:
        bpy.ops.wm.open_mainfile(filepath=source)
    D, S, value = bpy.data, bpy.context.scene, None
    props = D.collections.get("Props")
    names = {{"bpy": bpy, "D": D, "S": S, "props": props, "value": None}}
    exec(code, names)
    if target:
        bpy.ops.wm.save_as_mainfile(
            filepath=target, compress=job["compress"], relative_remap=False, copy=True)
    json.dump(names["value"], open(job["value"], "w", encoding="utf-8"))
"""


class Studio:
    """A real Blender that makes versions of one scene in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.blend"

    def do(self, *steps: tuple[str, str, str], compress: bool = False, waste: int = 0) -> Any:
        """Open, change, save: names of files, empty for none, and code. What the last one says.

        ``waste`` makes the session's memory look different.
        """
        job, script, value = (self.folder / name for name in ("job.json", "do.py", "value.json"))
        named = [
            [str(self.path(a)) if a else "", str(self.path(b)) if b else "", code]
            for a, b, code in steps
        ]
        told = {"steps": named, "compress": compress, "waste": waste, "value": str(value)}
        job.write_text(json.dumps(told), "utf-8")
        script.write_text(_SCRIPT.format(job=str(job)), "utf-8")
        command = ["blender", "-b", "--factory-startup", "-noaudio", "--python-exit-code", "5"]
        done = subprocess.run(
            [*command, "--python", str(script)],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return json.loads(value.read_text("utf-8"))

    def digests(self, name: str) -> dict[Key, str]:
        found = examined(str(self.path(name)), "blend", read_scene)
        return {(part.kind, part.name): part.digest for part in found.parts}

    def changed(self, a: str, b: str) -> set[Key]:
        before, after = self.digests(a), self.digests(b)
        return {key for key in {*before, *after} if before.get(key) != after.get(key)}
