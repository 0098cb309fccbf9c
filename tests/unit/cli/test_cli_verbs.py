"""Each verb does what it says and says what it did."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import Result

import audobon
from audobon.cli.root import VERBS, cli
from audobon.testing.folders import tree
from audobon.testing.pictures import png_bytes, write_png
from audobon.testing.scene_file import SceneObject, SceneSpec, scene_bytes

WALL = "textures/brick wall.png"
Verb = Callable[..., Result]


def test_the_first_minute(tmp_path: Path, verb: Verb, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "My Assets"
    write_png(root / "a.png")
    before = tree(root)
    made = verb("init", root, "--name", "Mine")
    assert made.stdout == f"Library Mine in {root}\n"
    assert f"audobon add '{root}'" in made.stderr
    assert verb("search", "--library", root).stdout == "0 found\n"
    assert verb("ls", "--library", root).stdout == "no assets yet\n"
    assert verb("add", root, "--no-worker", "--library", root).stdout == "1 added\n"
    assert verb("add", root, "--library", root).stdout == "1 unchanged\n"
    assert tree(root) == before


def test_init_takes_its_argument_first(
    tmp_path: Path, verb: Verb, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDOBON_LIBRARY", str(tmp_path / "other"))
    verb("init", tmp_path / "named")
    assert (tmp_path / "named" / ".audobon").is_dir()
    assert not (tmp_path / "other").exists()
    verb("init")
    assert (tmp_path / "other" / ".audobon").is_dir()


def test_add_names_what_cannot_be_read_and_adds_the_rest(folder: Path, verb: Verb) -> None:
    (folder / "broken.png").write_bytes(b"no picture")
    write_png(folder / "good.png", 5, 5)
    told = verb("add", folder, "--no-worker", "--tag", "new", "--catalog", "In/Box").stdout
    assert told.startswith("1 added, 5 unchanged, 1 failed\n")
    assert f"  {folder / 'broken.png'}: " in told
    assert "good.png" in verb("search", "tag:new", "in:In/Box").stdout


def test_ls_show_and_search_find_the_same_asset(folder: Path, verb: Verb) -> None:
    assert len(verb("ls").stdout.splitlines()) == 5
    page = verb("ls", "--limit", "2")
    assert len(page.stdout.splitlines()) == 2
    mark = page.stderr.split("--after ")[1].strip()
    assert len(verb("ls", "--after", mark).stdout.splitlines()) == 3
    shown = verb("show", WALL).stdout
    assert "16 x 8" in shown
    ident = next(line.split()[1] for line in shown.splitlines() if line.startswith("id "))
    reference = next(line for line in shown.splitlines() if line.startswith("reference"))
    assert verb("show", ident).stdout == shown
    assert verb("show", reference.split()[1]).stdout == shown
    assert verb("search", "brick").stdout.splitlines()[-1] == "1 found"
    assert "name" in verb("search", "brick", "--why").stdout
    assert "kind: image 4" in verb("search", "--facet", "kind").stdout


def test_show_tells_what_a_scene_would_run(folder: Path, verb: Verb) -> None:
    spec = SceneSpec(
        objects={"Cup": SceneObject("Cup")},
        meshes={"Cup": (8, ())},
        drivers={"f(1)": "Cup"},
        texts={"rig.py": (0, ("bpy.app.handlers",))},
        linked={"House": ("//far.blend", ("Collection",))},
    )
    (folder / "foreign.blend").write_bytes(scene_bytes(spec))
    (folder / "broken.blend").write_bytes(scene_bytes(spec))
    verb("add", folder, "--no-worker")
    shown = verb("show", "foreign.blend").stdout
    assert "driver of object Cup: f(1)" in shown
    assert "text of rig.py: bpy.app.handlers" in shown
    assert "//far.blend" in shown
    assert "far.blend (missing)" in shown
    assert json.loads(verb("show", "foreign.blend", "--json").stdout)["scripts"]["total"] == 4
    (folder / "broken.blend").write_bytes(scene_bytes(spec)[:999])
    assert "cannot be told" in verb("show", "broken.blend").stdout


def test_search_without_words_lists_the_newest_first(folder: Path, verb: Verb) -> None:
    write_png(folder / "newest.png", 3, 3)
    verb("add", folder, "--no-worker")
    assert verb("search").stdout.startswith("newest.png")


def test_a_query_may_begin_with_a_minus(folder: Path, verb: Verb) -> None:
    assert verb("search", "-oak", "kind:image").stdout.splitlines()[-1] == "2 found"
    verb("set", "no oak", "-oak", "kind:image")
    assert verb("set").stdout == "no oak  -oak kind:image\n"
    assert "No such option" in verb("search", "--limmit", status=2).stderr


def test_tags_of_assets_and_the_tags_themselves(folder: Path, verb: Verb) -> None:
    assert verb("tag").stdout == "no tags yet\n"
    assert verb("tag", WALL, "--add", "wall").stdout == "tag wall (1 asset)\n"
    assert verb("tag", "-q", "oak", "-a", "wood").stdout == "tag wood (3 assets)\n"
    assert verb("tag", WALL).stdout == f"{WALL}  wall\n"
    verb("tag", "--add", "oak", "--parent", "wood")
    verb("tag", "--alias", "mur", "wall")
    verb("tag", "--rename", "wall", "walls")
    listed = [line.split() for line in verb("tag").stdout.splitlines()]
    assert ["oak", "0", "wood"] in listed
    assert ["walls", "1", "mur"] in listed
    assert verb("search", "tag:mur").stdout.splitlines()[-1] == "1 found"
    verb("tag", WALL, "--remove", "walls")
    verb("tag", "--remove", "oak")
    assert "oak" not in verb("tag").stdout
    assert "finds nothing to tag" in verb("tag", "-q", "zzz", "-a", "x", status=10).stderr


def test_edit_undo_redo_and_what_happened(folder: Path, verb: Verb) -> None:
    verb("edit", WALL, "--rating", "4", "--set", "artist=Ada", "--set", "tiles=yes", "--note", "hm")
    shown = verb("show", WALL).stdout
    assert "****" in shown
    assert "Ada" in shown
    assert verb("search", "rating:>=4").stdout.splitlines()[-1] == "1 found"
    assert verb("undo").stdout.startswith("undo: rate 4")
    assert "****" not in verb("show", WALL).stdout
    assert verb("redo").stdout.startswith("redo: rate 4")
    assert verb("redo").stdout == "nothing to redo\n"
    verb("edit", WALL, "--unset", "artist", "--note", "")
    assert "Ada" not in verb("show", WALL).stdout
    told = verb("changes").stdout
    assert [line.split()[3] for line in told.splitlines()[1:]] == [
        "add", "edit", "undo", "redo", "edit",
    ]  # fmt: skip
    assert "nothing is to be changed" in verb("edit", WALL, status=10).stderr


def test_catalogs_are_arranged(folder: Path, verb: Verb) -> None:
    assert verb("catalog").stdout == "no catalogs yet\n"
    verb("catalog", "--add", "Props/Furniture")
    verb("edit", WALL, "--catalog", "Props/Furniture")
    verb("catalog", "--rename", "Props", "Things")
    assert verb("search", "in:Things/Furniture").stdout.splitlines()[-1] == "1 found"
    verb("catalog", "--move", "Things/Furniture", "-")
    assert verb("catalog").stdout.split() == ["catalog", "assets", "Furniture", "1", "Things", "0"]
    verb("edit", WALL, "--catalog", "-")
    verb("catalog", "--remove", "Furniture")
    assert "Furniture" not in verb("catalog").stdout
    verb("catalog", "--add", "A", "--remove", "B", status=2)


def test_sets_are_saved_shown_and_removed(folder: Path, verb: Verb) -> None:
    assert verb("set").stdout == "no sets yet\n"
    assert verb("set", "wide", "width:>=16", "oak").stdout == "saved wide\n"
    assert verb("set", "wide").stdout == "wide  width:>=16 oak\n"
    verb("set", "none", status=20)
    verb("set", "--remove", status=2)
    assert verb("set", "wide", "--remove").stdout == "removed wide\n"


def test_versions_and_back(folder: Path, verb: Verb) -> None:
    file = folder / WALL
    original = file.read_bytes()
    assert verb("log").stdout == "no versions yet\n"
    assert "5 added, 0 modified" in verb("commit", "-m", "first").stdout
    assert verb("commit", "-m", "again").stdout.startswith("nothing changed since ")
    assert verb("diff").stdout == "no difference\n"
    file.write_bytes(png_bytes(32, 32))
    verb("related", WALL, "--derived-from", "textures/oak_planks.png")
    changed = verb("diff").stdout
    assert f"~ MyAssets/{WALL}" in changed
    assert "relationships: - -> derived_from textures/oak_planks.png" in changed
    verb("commit", "-m", "second")
    assert [line.split()[-1] for line in verb("log", WALL).stdout.splitlines()] == [
        "second", "first",
    ]  # fmt: skip
    verb("restore", WALL, "HEAD~1")
    assert file.read_bytes() == original
    file.write_bytes(b"painted over, never committed")
    kept = verb("restore", WALL, "HEAD")
    assert "what was there is kept in version" in kept.stderr
    verb("restore", WALL, "HEAD~1", "--to", folder.parent / "out.png")
    assert (folder.parent / "out.png").read_bytes() == original


def test_relations_duplicates_and_moved_files(folder: Path, verb: Verb) -> None:
    assert verb("related", WALL).stdout == "no relationships\n"
    verb("related", WALL, "--uses", "notes.txt", "--variant-of", "textures/oak_planks.png")
    assert "notes.txt" in verb("related", WALL).stdout
    assert "brick wall" in verb("related", "notes.txt").stdout
    assert verb("duplicates").stdout.startswith("2 x ")
    assert verb("relink").stdout == "nothing is missing\n"
    (folder / WALL).rename(folder / "moved.png")
    assert verb("relink").stdout == f"found {folder / 'moved.png'}\n"
    assert verb("remove", "moved.png").stdout == "removed 1 asset\n"
    verb("show", "moved.png", status=20)
    assert verb("undo").stdout == "undo: remove\n"
    assert (folder / "moved.png").exists()


def test_previews_go_where_they_are_told(folder: Path, verb: Verb) -> None:
    assert verb("preview", WALL).stdout == "brick wall-preview.png\n"
    made = (folder / "brick wall-preview.png").read_bytes()
    assert made.startswith((b"\xff\xd8", b"\x89PNG"))
    assert verb("preview", WALL, "-o", "-").stdout_bytes == made
    assert "is there already" in verb("preview", WALL, status=30).stderr
    verb("preview", WALL, "-o", folder / "brick wall-preview.png")
    verb("preview", WALL, "-o", folder / "none" / "x.jpg", status=20)
    assert "has no picture" in verb("preview", "notes.txt", status=12).stderr


def test_work_and_health(folder: Path, verb: Verb) -> None:
    assert verb("jobs", "--state", "failed").stdout == "no jobs\n"
    queued = verb("jobs").stdout.splitlines()[1].split()
    assert queued[1:3] == ["previews", "queued"]
    assert verb("worker", "--drain").stdout == "1 job done, 0 failed\n"
    assert verb("jobs").stdout.splitlines()[1].split()[2] == "done"
    assert verb("stats").stdout.splitlines()[0].startswith("assets        5 (")
    verb("commit", "-m", "first")
    assert verb("verify").stdout.startswith("1 version, 5 files, ")
    assert verb("verify", "--part", "1/3").stdout.startswith("1 version")
    assert "ok   catalog: 5 assets" in verb("doctor").stdout
    verb("doctor", "--repair")


def test_a_queued_job_is_cancelled(folder: Path, verb: Verb) -> None:
    number = verb("jobs").stdout.splitlines()[1].split()[0]
    assert verb("jobs", "--cancel", number).stdout.splitlines()[1].split()[2] == "cancelled"
    assert verb("worker", "--drain").stdout == "0 jobs done, 0 failed\n"
    assert verb("jobs", "--retry", number).stdout.splitlines()[1].split()[2] == "queued"
    assert verb("worker", "--drain").stdout == "1 job done, 0 failed\n"


def test_this_python_is_registered_for_hosts(tmp_path: Path, verb: Verb) -> None:
    assert verb("worker", "--register").stdout.startswith("workers of this user run ")
    assert (tmp_path / "data" / "audobon" / "worker-environment.json").exists()


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_has_help(name: str, verb: Verb) -> None:
    told = verb(name, "--help").stdout
    assert told.startswith("Usage: ")
    assert f" {name} " in told.splitlines()[0]
    command = cli.get_command(click.Context(cli), name)
    for page in [verb(name, *below, "--help").stdout for below in _below(command)] or [told]:
        assert "--json" in page
        assert "--library" in page


def _below(command: click.Command | None) -> list[tuple[str, ...]]:
    """The commands of a group, and those of groups in it."""
    if not isinstance(command, click.Group):
        return []
    return [
        (name, *rest) for name, each in command.commands.items() for rest in _below(each) or [()]
    ]


def test_export_writes_a_version_and_says_what_it_could_not(
    folder: Path, tmp_path: Path, verb: Verb
) -> None:
    verb("commit", "-m", "first")
    out = tmp_path / "out"
    assert verb("export", out, WALL).stdout.endswith(f"written to {out}\n")
    assert (out / WALL).read_bytes() == (folder / WALL).read_bytes()
    (out / WALL).write_bytes(b"mine")
    told = verb("export", out, status=30)
    assert f"  {WALL}: " in told.stdout
    assert "nothing is written over" in told.stderr
    assert (out / WALL).read_bytes() == b"mine"


def test_words_of_other_languages_are_switched_for_the_whole_library(
    folder: Path, verb: Verb
) -> None:
    assert "oak (for Eiche)" in verb("search", "Eiche", "kind:image", "--why").stdout
    told = verb("search", "--no-languages").stdout
    assert told == "words are not read in other languages from now on\n"
    assert verb("search", "Eiche").stdout.endswith("0 found\n")
    with audobon.Library.open(folder) as library:
        assert not library.languages_on
        library.switch_languages(on=True)
        assert library.search("Eiche").total == 3
    assert verb("search", "Eiche", "--languages").stdout.endswith("3 found\n")
