"""Scenes that a real Blender saved: their parts, and merges that Blender opens and agrees with."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping

import pytest
from scene_studio import LOOK, MAKE, OURS, THEIRS, Studio

import audobon
from audobon.formats.blend_parts import Key
from audobon.model.merge import SceneMerge
from audobon.model.parts import PartConflict
from audobon.services.merge import scenemerge
from audobon.services.merge.scenemerge import merge_scene
from audobon.services.merge.scenes import scene_parts

pytestmark = [
    pytest.mark.hosts,
    pytest.mark.skipif(shutil.which("blender") is None, reason="Blender is not installed"),
]

_EDITS: tuple[tuple[str, set[Key]], ...] = (
    ("D.objects['Ball.1'].location.x = 7", {("object", "Ball.1")}),
    ("D.objects['Cube'].location.x = 7", {("object", "Cube")}),  # a parent
    ("D.meshes['Icosphere'].vertices[0].co.x = 7", {("mesh", "Icosphere")}),
    ("D.shape_keys[0].key_blocks['Up'].value = 0.5", {("mesh", "Cube")}),
    ("D.materials['Red'].metallic = 1", {("material", "Red")}),
    ("D.materials['Red'].node_tree.nodes.new('ShaderNodeRGB')", {("material", "Red")}),
    ("D.node_groups['Group'].nodes.new('ShaderNodeRGB')", {("node group", "Group")}),
    ("D.objects['Point'].data.energy = 3", {("light", "Point")}),
    ("D.worlds['World'].color = (1, 0, 0)", {("world", "World")}),
    ("S.render.resolution_x = 99", {("scene", "Scene")}),
    ("props.objects.link(D.objects['Ball.3'])", {("object", "Ball.3")}),
    ("D.collections['Props'].hide_render = True", {("collection", "Props")}),
    ("D.armatures[0].bones[0].bbone_x = 0.4", {("armature", "Armature")}),
    ("S.frame_set(20); D.objects['Ball.1'].select_set(True)", set()),
    (
        "bpy.ops.mesh.primitive_cone_add()",
        {("object", "Cone"), ("mesh", "Cone")},
    ),
)
"""Code, and the parts in which the scene differs after it."""


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """A scene of many kinds of things, and two edits of it from two sessions."""
    studio = Studio(tmp_path_factory.mktemp("studio"))
    studio.do(("", "made", MAKE))
    # What a script has just made settles when it is opened for the first time.
    studio.do(("made", "base", ""))
    studio.do(("base", "ours", OURS), waste=3000)
    studio.do(("base", "theirs", THEIRS), waste=500)
    return studio


@pytest.fixture(scope="module")
def lib(tmp_path_factory: pytest.TempPathFactory) -> Iterator[audobon.Library]:
    with audobon.Library.create(tmp_path_factory.mktemp("library")) as library:
        yield library


def merge(
    lib: audobon.Library,
    studio: Studio,
    ours: str,
    theirs: str,
    to: str,
    takes: Mapping[Key, str] | None = None,
) -> SceneMerge:
    paths = [studio.path(name) for name in ("base", ours, theirs, to)]
    return merge_scene(lib._stores, *paths, takes=takes or {})


def only_blender(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the way by blocks out, so that Blender has to do it."""
    monkeypatch.setattr(scenemerge._Work, "_by_blocks", lambda *_: False)


def test_two_sessions_give_equal_digests(studio: Studio) -> None:
    studio.do(("base", "again", ""), waste=7000)
    assert studio.path("again").read_bytes() != studio.path("base").read_bytes()
    assert studio.changed("base", "again") == set()
    studio.do(("base", "packed", ""), compress=True)
    assert studio.changed("base", "packed") == set()


@pytest.fixture(scope="module")
def edited(studio: Studio) -> Studio:
    """The base with each of the edits, saved by one session."""
    studio.do(*(("base", f"edit{number}", code) for number, (code, _) in enumerate(_EDITS)))
    return studio


@pytest.mark.parametrize("number", range(len(_EDITS)))
def test_an_edit_changes_exactly_its_part(edited: Studio, number: int) -> None:
    assert edited.changed("base", f"edit{number}") == _EDITS[number][1]


def test_facts_are_those_of_blender(lib: audobon.Library, studio: Studio) -> None:
    facts = {(p.kind, p.name): p.facts for p in scene_parts(lib._stores, studio.path("base"))}
    said = studio.do(
        (
            "base",
            "",
            "m = D.objects['Ball.0'].data\n"
            "value = [len(m.vertices), len(m.edges), len(m.polygons), len(D.objects),"
            " list(D.objects['Camera'].location), D.images['tex'].packed_file.size]",
        )
    )
    ball = facts["mesh", "Icosphere"]
    assert [ball[name] for name in ("vertices", "edges", "faces")] == said[:3]
    assert sum(kind == "object" for kind, _ in facts) == said[3]
    place = str(facts["object", "Camera"]["location"]).split(", ")
    assert [float(number) for number in place] == pytest.approx(said[4], rel=1e-5)
    assert ball["materials"] == ("Red",)
    assert facts["object", "Ball.2"]["parent"] == "Cube"
    assert facts["object", "Ball.1"]["collections"] == ("Collection", "Props")
    assert facts["image", "tex"]["packed"] is True
    assert facts["image", "tex"]["bytes"] == said[5]
    assert facts["image", "plain"]["size"] == "24 x 16"


@pytest.mark.parametrize("way", ["blocks", "blender"])
def test_both_sides_are_in_what_blender_opens(
    lib: audobon.Library, studio: Studio, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    if way == "blender":
        only_blender(monkeypatch)
    else:
        monkeypatch.setattr(scenemerge._Work, "_with_blender", lambda *_: pytest.fail("not needed"))
    found = merge(lib, studio, "ours", "theirs", f"merged-{way}")
    assert found.merged, found.reason
    assert {(c.kind, c.name, c.status) for c in found.taken} >= {
        ("object", "Ball.2", "modified"),
        ("object", "Cone", "added"),
        ("material", "Blue", "added"),
        ("collection", "Below", "added"),
        ("object", "Instance", "removed"),
    }
    seen = studio.do((f"merged-{way}", "resaved", LOOK))
    names = ["Armature", "Ball.0", "Ball.1", "Ball.2", "Ball.3", "Camera"]
    names += ["Cone", "Cube", "Light", "Point"]
    assert seen["objects"] == seen["shown"] == names
    assert seen["moved"] == [9, 5]
    assert (seen["energy"], seen["roughness"], seen["shape"]) == (77, 0.9, 4)
    assert (seen["blue"], seen["users"]) == ([0, 0, 1, 1], 2)
    assert (seen["target"], seen["bones"], seen["parent"]) == ("Ball.1", "Armature", "Cube")
    assert (seen["driver"], seen["text"]) == ("Ball.0", "hello world")
    assert (seen["props"], seen["below"]) == (["Ball.1", "Camera"], ["Cone"])
    assert seen["evaluated"] == 33
    # Blender finds nothing to mend in it, and saves the same again.
    assert studio.changed(f"merged-{way}", "resaved") == set()


def test_both_ways_make_the_same(
    lib: audobon.Library, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert merge(lib, studio, "ours", "theirs", "same-blocks").merged
    only_blender(monkeypatch)
    assert merge(lib, studio, "ours", "theirs", "same-blender").merged
    assert studio.changed("same-blocks", "same-blender") == set()


@pytest.mark.parametrize("way", ["blocks", "blender"])
def test_a_conflict_is_decided_each_way(
    lib: audobon.Library, studio: Studio, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    studio.do(
        ("base", "left", "D.objects['Ball.0'].location.y = 1"),
        ("base", "right", "D.objects['Ball.0'].location.y = 2; D.worlds[0].color = (0, 1, 0)"),
    )
    found = merge(lib, studio, "left", "right", "decided")
    assert found.conflicts == (PartConflict("object", "Ball.0", "modified", "modified"),)
    assert not studio.path("decided").exists()
    if way == "blender":
        only_blender(monkeypatch)
    look = (
        "value = [{o.name: o.location.y for o in S.objects if o.name.startswith('Ball.0')},"
        " list(D.worlds[0].color)]"
    )
    wanted = {
        "ours": {"Ball.0": 1},
        "theirs": {"Ball.0": 2},
        "both": {"Ball.0": 1, "Ball.001": 2},
    }
    for take, places in wanted.items():
        found = merge(lib, studio, "left", "right", take, {("object", "Ball.0"): take})
        assert found.merged, found.reason
        assert studio.do((take, "", look)) == [places, [0, 1, 0]]


def test_scenes_and_collections_are_changed_by_blender(
    lib: audobon.Library, studio: Studio
) -> None:
    studio.do(
        (
            "base",
            "left",
            "D.objects['Ball.0'].location.y = 1; props.objects.link(D.objects['Cube'])",
        ),
        (
            "base",
            "right",
            "S.render.resolution_x = 99; S.world.color = (0, 1, 0); props.hide_render = True\n"
            "props.objects.link(D.objects['Ball.3']); D.scenes.new('Second')",
        ),
        compress=True,
    )
    found = merge(lib, studio, "left", "right", "scenes")
    assert found.merged, found.reason
    seen = studio.do(
        (
            "scenes",
            "",
            "value = [S.render.resolution_x, list(S.world.color), props.hide_render,"
            " sorted(o.name for o in props.objects), D.objects['Ball.0'].location.y,"
            " len(S.objects), sorted(s.name for s in D.scenes)]",
        )
    )
    members = ["Ball.1", "Ball.3", "Cube", "Path"]
    assert seen == [99, [0, 1, 0], True, members, 1, 11, ["Scene", "Second"]]
    head = studio.path("scenes").read_bytes()[:4]
    assert head == studio.path("left").read_bytes()[:4] != b"BLEN"


_LINK = """
with D.libraries.load({path!r}, link=True, relative=True) as (there, here):
    here.objects = [{name!r}]
S.collection.objects.link(here.objects[0])
"""


@pytest.mark.parametrize("way", ["blocks", "blender"])
def test_links_to_libraries_stay_links(lib: audobon.Library, studio: Studio, way: str) -> None:
    studio.do(("", "library", "bpy.ops.mesh.primitive_torus_add()"))
    path = str(studio.path("library"))
    one, other = (_LINK.format(path=path, name=name) for name in ("Torus", "Cube"))
    if way == "blender":
        other += "S.render.resolution_x = 99"
    # Blender makes a path relative to where the file lies already.
    studio.do(("base", "left", ""), ("left", "left", one))
    studio.do(("base", "right", ""), ("right", "right", other))
    found = merge(
        lib, studio, "left", "right", f"links-{way}", {("library", "library.blend"): "ours"}
    )
    assert found.merged, found.reason
    look = (
        "value = [[o.name, o.library.filepath, len(o.data.vertices)]"
        " for o in S.objects if o.library]"
    )
    seen = sorted(studio.do((f"links-{way}", "", look)))
    path = "//library.blend"
    assert seen == [["Cube", path, 8], ["Torus", path, 576]]


def test_scripts_in_a_file_are_not_run(lib: audobon.Library, studio: Studio) -> None:
    trace = studio.folder / "ran"
    text = f"open({str(trace)!r}, 'w').close()"
    script = f"t = D.texts.new('evil.py'); t.write({text!r}); t.use_module = True\n"
    driver = (
        f"d = D.objects['Ball.1'].driver_add('scale', 0).driver\n"
        f'd.expression = \'__import__("os").system("touch {trace}") or 1.0\'\n'
    )
    studio.do(("base", "left", "D.worlds[0].color = (0, 1, 0)"))
    studio.do(("base", "right", script + driver + "S.render.resolution_x = 99"))
    trusting = ["blender", "-b", "--factory-startup", "-noaudio", "-y", studio.path("right")]
    subprocess.run(trusting, capture_output=True, timeout=300, check=True)
    assert trace.exists()  # so it would be seen
    trace.unlink()
    found = merge(lib, studio, "left", "right", "evil")
    assert found.merged, found.reason
    assert {c.name for c in found.taken} == {"evil.py", "Ball.1", "Scene"}
    assert not trace.exists()
