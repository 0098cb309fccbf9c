"""What a scene would run is told without running it, and arithmetic is no alarm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest
from scene_support import ROOM, write

import audobon
from audobon.errors import BadFile, LimitExceeded, Unsupported
from audobon.formats.blend_offers import blend_offers
from audobon.formats.blend_scripts import blend_scripts, is_arithmetic
from audobon.formats.examine import examined
from audobon.model.scenecheck import SceneCheck, SceneFinding, SceneOffer
from audobon.services.files.linkedscenes import with_linked
from audobon.testing.blend_file import BlendId, blend_bytes
from audobon.testing.scene_file import SceneSpec, scene_bytes

REGISTER = 1 << 4
FOREIGN = attrs.evolve(
    ROOM,
    texts={
        "start.py": (REGISTER, ("import os", "os.system('true')")),
        "notes": (0, ("buy paint",)),
        "rig.py": (0, ("import bpy", "bpy.app.driver_namespace['f'] = 1")),
        "line.py": (0, ("print(1)",)),
    },
    drivers={"f(var)": "Cup", "var * 2 + sin(frame / 10)": "Cup", "self.name": "Lamp"},
    freestyle=("line.py",),
    linked={"Far": ("//../far/house.blend", ("Collection",))},
)
FORMS = [(290, "gzip"), (304, "none"), (304, "zstd"), (500, "none"), (500, "zstd")]


def check(folder: Path, spec: SceneSpec, **how: Any) -> SceneCheck:
    path = write(folder, "scene", scene_bytes(spec, **how))
    return examined(str(path), "blend", blend_scripts)


@pytest.mark.parametrize(("version", "compression"), FORMS)
def test_what_runs_comes_first_and_everything_is_told(
    tmp_path: Path, version: int, compression: str
) -> None:
    found = check(tmp_path, FOREIGN, version=version, compression=compression)
    assert set(found.findings) == {
        SceneFinding("registered text", "start.py", "import os os.system('true')", runs=True),
        SceneFinding("freestyle script", "line.py", "print(1)", runs=True),
        SceneFinding("driver", "object Cup", "f(var)", runs=True),
        SceneFinding("driver", "object Lamp", "self.name", runs=True),
        SceneFinding("text", "rig.py", "import bpy bpy.app.driver_namespace['f'] = 1"),
        SceneFinding("library", "//../far/house.blend"),
    }
    assert [one.runs for one in found.findings] == [True] * 4 + [False] * 2
    assert not found.harmless
    assert found.total == 6


def test_a_scene_without_any_of_it_is_harmless(tmp_path: Path) -> None:
    assert check(tmp_path, ROOM) == SceneCheck()
    quiet = attrs.evolve(
        ROOM, texts={"notes": (0, ("x",)), "h.py": (0, ("bpy.app.handlers",))}, drivers={"a": "Cup"}
    )
    found = check(tmp_path, quiet)
    assert [one.kind for one in found.findings] == ["text"]
    assert found.harmless
    assert not check(tmp_path, attrs.evolve(ROOM, linked={"A": ("//a.blend", ())})).harmless


def test_a_list_without_end_is_counted_not_told(tmp_path: Path) -> None:
    many = attrs.evolve(ROOM, drivers={f"f({number})": "Cup" for number in range(500)})
    found = check(tmp_path, many)
    assert (len(found.findings), found.total) == (200, 500)
    long = attrs.evolve(ROOM, texts={"long": (0, ("# nothing" * 20_000, "more"))})
    assert [one.kind for one in check(tmp_path, long).findings] == ["text"]


@pytest.mark.parametrize(
    "text",
    [
        *("var", "var * 2", "-a + b / 3.5", "a if b > 1 and not c else 0", "min(a, max(b, 1))"),
        *("", "pi", "True", " lerp(a, b, clamp(c)) ", "1if a else 2"),
    ],
)
def test_arithmetic_is_worked_out_by_blender_itself(text: str) -> None:
    assert is_arithmetic(text)


@pytest.mark.parametrize(
    "text",
    [
        *("f(a)", "a.b", "a[0]", "'x'", "__import__('os').system('x')", "(lambda: 1)()", "a ** 9"),
        *("[x for x in a]", "exec(a)", "min(*a)", "max(a, key=f)", "f'{a}'", "(a := 1)", "a is b"),
        *("sin(f(1))", "not python (", "1; 2", "\0", "((" * 120),
    ],
)
def test_everything_else_is_python(text: str) -> None:
    assert not is_arithmetic(text)


def test_files_that_are_damaged_or_old_are_refused(tmp_path: Path) -> None:
    whole = scene_bytes(FOREIGN)
    for size in range(20, len(whole), 997):
        with pytest.raises(BadFile):
            examined(str(write(tmp_path, "cut", whole[:size])), "blend", blend_scripts)
    with pytest.raises(Unsupported):
        examined(
            str(write(tmp_path, "old", blend_bytes(version=279, pointer=4))), "blend", blend_scripts
        )


def linked(folder: Path, name: str, *to: str, drivers: dict[str, str] | None = None) -> Path:
    links = {f"Far {number}": (path, ()) for number, path in enumerate(to)}
    spec = attrs.evolve(ROOM, linked=links, drivers=drivers or {})
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    return write(folder, name, scene_bytes(spec))


def test_files_that_come_along_are_looked_into_as_well(tmp_path: Path) -> None:
    linked(tmp_path, "scene", "//props/chair.blend", "//props\\table.blend", "//lost.blend")
    linked(tmp_path, "props/chair", "//../parts/leg.blend", "//../scene.blend")
    linked(tmp_path, "props/table", "//../parts/leg.blend", drivers={"f(1)": "Cup"})
    linked(tmp_path, "parts/leg", "//../props/broken.blend", drivers={"g(2)": "Lamp"})
    (tmp_path / "props" / "broken.blend").write_bytes(b"BLENDER-v304 and no more")
    with audobon.Library.create(tmp_path) as library:
        library.add(tmp_path / "scene.blend")
        found = library.scripts("scene.blend")
    told = {(one.kind, one.name, one.file) for one in found.findings if one.kind != "library"}
    assert told == {
        ("driver", "object Cup", "props/table.blend"),
        ("driver", "object Lamp", "parts/leg.blend"),
        ("missing library", "lost.blend", ""),
        ("unread library", "props/broken.blend", ""),
    }
    assert [one.runs for one in found.findings[:3]] == [True, True, False]
    names = [Path(file.path).relative_to(tmp_path).as_posix() for file in found.files]
    assert names == ["props/chair.blend", "props/table.blend", "parts/leg.blend"]
    assert all(Path(file.path).stat().st_size == file.size for file in found.files)
    assert not found.harmless


def test_linked_files_are_followed_within_bounds(tmp_path: Path) -> None:
    def read(path: str) -> SceneCheck:
        number = int(Path(path).stem)
        link = SceneFinding("library", f"//{number + 1}.blend")
        return SceneCheck((link,), 1)

    for number in range(40):
        (tmp_path / f"{number}.blend").touch()
    found = with_linked(str(tmp_path / "0.blend"), read)
    assert len(found.files) == 8
    assert found.findings[-1].kind == "unread library"
    many = tuple(SceneFinding("library", f"//{number}.blend") for number in range(1, 100))
    for number in range(40, 100):
        (tmp_path / f"{number}.blend").touch()
    wide = with_linked(
        str(tmp_path / "0.blend"),
        lambda path: SceneCheck(many, 99) if path.endswith("/0.blend") else SceneCheck(),
    )
    assert len(wide.files) == 64
    assert sum(one.kind == "unread library" for one in wide.findings) == 35


def test_a_library_tells_by_a_worker(tmp_path: Path) -> None:
    write(tmp_path, "foreign", scene_bytes(FOREIGN))
    (tmp_path / "note.txt").write_text("exec(this)")
    with audobon.Library.create(tmp_path) as library:
        library.add(tmp_path)
        assert library.scripts("foreign.blend").total == 7  # the file that it links is missing
        assert library.scripts("note.txt") == SceneCheck()
        (tmp_path / "foreign.blend").write_bytes(b"BLENDER-v304 and no more")
        with pytest.raises(BadFile):
            library.scripts("foreign.blend")


def test_what_can_be_brought_in_is_listed_with_its_marks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [
        BlendId("OB", "Chair", asset=True),
        BlendId("MA", "Wood"),
        BlendId("NT", "Bark", asset=True),
        BlendId("GR", "Set"),
        BlendId("IM", "oak"),
        BlendId("LI", "far.blend"),
    ]
    for how in ({"version": 279, "pointer": 4, "order": ">"}, {"version": 500}):
        data = blend_bytes(ids, compression="gzip", **how)  # type: ignore[arg-type]
        found = examined(str(write(tmp_path, "offers", data)), "blend", blend_offers)
        assert found == (
            SceneOffer("object", "Chair", asset=True),
            SceneOffer("material", "Wood"),
            SceneOffer("node group", "Bark", asset=True),
            SceneOffer("collection", "Set"),
        )
    monkeypatch.setattr("audobon.formats.blend_offers._MAX_OFFERS", 3)
    with pytest.raises(LimitExceeded):
        examined(str(tmp_path / "offers.blend"), "blend", blend_offers)
