"""Files with numbers in their names become versions of one asset."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import audobon
from audobon.errors import Conflict
from audobon.services.imports.import_numbered import group, split_number
from audobon.testing.folders import tree
from audobon.testing.pictures import write_png

DAY = 86_400


def save(path: Path, text: str, day: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (1_700_000_000 + day * DAY,) * 2)


@pytest.fixture
def lib(tmp_path: Path) -> Iterator[audobon.Library]:
    with audobon.Library.create(tmp_path / "Lib", author="Ada <ada@example.org>") as library:
        yield library


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Three spellings of one blend, a painting with a copy of its newest, and other files."""
    made = tmp_path / "rocks"
    save(made / "rock_v001.blend", "first", 1)
    save(made / "rock_v002.blend", "second", 2)
    save(made / "rock.v3.blend", "third", 3)
    save(made / "rock_004.blend", "fourth", 4)
    save(made / "deep" / "sketch 1.kra", "a", 2)
    save(made / "deep" / "sketch 2.kra", "b", 1)  # copied later than it was made
    save(made / "deep" / "sketch.kra", "c", 9)
    for number in range(5):
        save(made / "render" / f"frame_{number:04}.png", str(number), 5)
    save(made / "readme.txt", "about", 0)
    save(made / "alone_v7.blend", "alone", 0)
    return made


@pytest.mark.parametrize(
    ("name", "base", "number", "marked"),
    [
        ("rock_v001.blend", "rock.blend", 1, True), ("rock.v3.blend", "rock.blend", 3, True),
        ("rock-V12.kra", "rock.kra", 12, True), ("rock version 2.psd", "rock.psd", 2, True),
        ("rock_ver_2.psd", "rock.psd", 2, True), ("rock_003.blend", "rock.blend", 3, False),
        ("rock 2.blend", "rock.blend", 2, False), ("rock_v2_v3.blend", "rock_v2.blend", 3, True),
        ("rock_v1", "rock", 1, True), ("rock.blend", "rock.blend", None, False),
        ("rockv2.blend", "rockv2.blend", None, False), ("v2.blend", "v2.blend", None, False),
        ("rock_4k.png", "rock_4k.png", None, False), ("2024.blend", "2024.blend", None, False),
        ("rock_20240131.blend", "rock_20240131.blend", None, False),
    ],
)  # fmt: skip
def test_numbers_are_told_from_other_endings(
    name: str, base: str, number: int | None, marked: bool
) -> None:
    assert split_number(name) == (base, number, marked)


def test_what_would_become_what(source: Path, lib: audobon.Library) -> None:
    plan = lib.plan_import(source)
    assert plan.paths == ("deep/sketch.kra", "rock.blend")
    made = [
        (version.message.partition("\n")[0], (version.time.timestamp() - 1_700_000_000) / DAY)
        for version in plan.versions
    ]
    assert made == [
        ("rock.blend: rock_v001.blend", 1),
        ("sketch.kra: sketch 1.kra", 2),
        ("2 files", 2),
        ("rock.blend: rock.v3.blend", 3),
        ("rock.blend: rock_004.blend", 4),
        ("sketch.kra: sketch.kra", 9),
    ]
    out = dict(plan.left_out)
    assert out["readme.txt"] == "has no number"
    assert out["alone_v7.blend"] == "has no other version"
    assert out["render/frame_0003.png"] == "looks like a run of images"
    assert plan.to == lib.path / "rocks"
    assert not plan.to.exists()


def test_one_asset_with_its_versions_in_order(
    source: Path, lib: audobon.Library, tmp_path: Path
) -> None:
    before = tree(source)
    done = lib.import_versions(source)
    assert tree(source) == before, "the source is only read"
    assert (done.versions, done.assets) == (6, 2)
    assert sorted(path.relative_to(lib.path).as_posix() for path in done.written) == [
        "rocks/deep/sketch.kra", "rocks/rock.blend"
    ]  # fmt: skip
    rock = lib.get("rocks/rock.blend")
    assert Path(rock.file).read_text() == "fourth"
    versions = lib.log(rock)
    assert len(versions) == 4
    for version, text in zip(versions, ("fourth", "third", "second", "first"), strict=True):
        lib.restore(rock, version.id, tmp_path / "out")
        assert (tmp_path / "out").read_text() == text
    assert [version.author for version in versions] == ["Ada <ada@example.org>"] * 4
    assert lib.verify().problems == ()


def test_inside_the_library_the_new_file_lies_beside(lib: audobon.Library) -> None:
    save(lib.path / "a_v1.blend", "one", 1)
    save(lib.path / "a_v2.blend", "two", 2)
    lib.add(lib.path)
    lib.commit("as it was")
    lib.import_versions(lib.path)
    assert (lib.path / "a.blend").read_text() == "two"
    assert (lib.path / "a_v1.blend").read_text() == "one"
    assert len(lib.log("a.blend")) == 2
    assert lib.diff("HEAD~1", "HEAD").entries[0].path == "Lib/a.blend"


def test_a_file_in_the_way_is_kept(source: Path, lib: audobon.Library) -> None:
    save(lib.path / "rocks" / "rock.blend", "mine", 0)
    plan = lib.plan_import(source)
    assert plan.conflicts == ("rock.blend",)
    with pytest.raises(Conflict, match=r"rock\.blend first"):
        lib.import_versions(plan)
    assert (lib.path / "rocks" / "rock.blend").read_text() == "mine"
    assert lib.log() == ()
    done = lib.import_versions(lib.plan_import(source, to=lib.path / "elsewhere"))
    assert (lib.path / "elsewhere" / "rock.blend") in done.written


def test_a_file_in_the_way_with_the_same_bytes_is_taken(
    tmp_path: Path, lib: audobon.Library
) -> None:
    save(tmp_path / "texts" / "story_v1.txt", "once", 1)
    save(tmp_path / "texts" / "story_v2.txt", "once upon", 2)
    save(lib.path / "texts" / "story.txt", "once upon", 0)
    lib.add(lib.path, tags=["mine"])
    known = lib.get("texts/story.txt")
    lib.import_versions(tmp_path / "texts")
    assert lib.get("texts/story.txt").id == known.id
    assert lib.get(known.id).tags == ("mine",)
    assert len(lib.log(known)) == 2


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "x/a", "x/B"]),
            st.sampled_from(["", "_v{}", ".v{}", "_{:03}", " version {}"]),
            st.integers(0, 30),
            st.sampled_from([".blend", ".png", ""]),
            st.integers(0, 10**18),
        ),
        unique_by=lambda one: f"{one[0]}{one[1].format(one[2])}{one[3]}",
    )
)
def test_every_file_is_in_one_group_or_left_out(
    drawn: list[tuple[str, str, int, str, int]],
) -> None:
    files = [(f"{stem}{mark.format(n)}{ext}", when) for stem, mark, n, ext, when in drawn]
    groups, rest = group(files)
    members = [member.path for group_ in groups.values() for member in group_]
    assert sorted([*members, *rest]) == sorted(path for path, _ in files)
    for group_ in groups.values():
        numbers = [member.number for member in group_ if member.number is not None]
        assert numbers == sorted(numbers)
        assert len(group_) > 1


def test_the_command_plans_and_then_does(source: Path, lib: audobon.Library) -> None:
    def audobon_(*arguments: str) -> str:
        command = [sys.executable, "-m", "audobon", *arguments, "--library", str(lib.path)]
        package = str(Path(audobon.__file__).parents[1])
        env = {**os.environ, "PYTHONPATH": package}
        return subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout

    shown = audobon_("import", str(source), "--plan")
    assert "6 versions of 2 files" in shown
    assert "left out: 7" in shown
    assert lib.log() == ()
    data = json.loads(audobon_("import", str(source), "--to", str(lib.path / "x"), "--json"))
    assert (data["versions"], data["assets"]) == (6, 2)
    assert (lib.path / "x" / "rock.blend").exists()


def test_imported_versions_are_stored_by_their_structure(
    lib: audobon.Library, tmp_path: Path
) -> None:
    source, wanted = tmp_path / "skies", []
    for number in range(3):
        path = source / f"sky_v{number + 1}.png"
        write_png(path, 300, 300, noise=number + 1)
        os.utime(path, (1_700_000_000 + number * DAY,) * 2)
        wanted.append(path.read_bytes())
    lib.import_versions(source)
    lib.work()
    chunks = lib._stores.chunks
    apart = [chunks.transforms(hashlib.sha256(data).hexdigest()) for data in wanted]
    assert apart == [("unpack",), ("unpack",), ()]
    for version, data in zip(reversed(lib.log()), wanted, strict=True):
        lib.restore(lib.assets()[0], version.id, tmp_path / "out.png")
        assert (tmp_path / "out.png").read_bytes() == data
