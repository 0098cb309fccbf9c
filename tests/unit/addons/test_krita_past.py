"""What the Krita plugin says of history and decides about it, without Krita and without Qt."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from attrs import evolve

import audobon
from audobon.model.branch import Branch
from audobon.model.details import AssetDetails
from audobon.model.merge import MergeConflict, MergeReport
from audobon.model.parts import PartChange
from audobon.model.recovery import RecoveryPoint
from audobon.model.version import DiffEntry, FieldChange, Pointer, Version
from audobon.panel import past as shared
from audobon.session import Problem, State
from audobon.session.past import Changes, Held, Linked, Past, Plan, StoredPicture
from audobon.session.state import Chosen
from audobon.testing.pictures import write_png
from audobon_krita.logic import filelayers, history

PLUGIN = Path(__file__).resolve().parents[3] / "addons" / "krita"
OLD, NEW = Pointer("ab" * 32, 10), Pointer("cd" * 32, 12)
TIME = datetime(2026, 5, 17, 9, 30, tzinfo=UTC)


@pytest.fixture
def chosen(tmp_path: Path) -> Chosen:
    write_png(tmp_path / "cup.png", 4, 4)
    with audobon.Library.create(tmp_path) as library:
        report = library.add(tmp_path)
        assert not report.failed, report.failed
        asset = library.get("cup.png")
    versions = (
        Version("b" * 40, "painted\nmore words", "Ada <a@b>", TIME, ()),
        Version("a" * 40, "", "Bo", TIME, ()),
    )
    return Chosen(asset, versions=versions, complete=True, contents=(NEW, None))


def test_importing_it_loads_neither_qt_nor_the_sdk() -> None:
    code = (
        "import sys; import audobon_krita.logic.history;"
        "tops = {name.partition('.')[0] for name in sys.modules};"
        "print(tops & {'krita', 'PyQt5', 'PyQt6', 'audobon'})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PLUGIN, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_what_every_host_says_is_said_alike() -> None:
    assert history.plan_lines is shared.plan_lines
    assert history.Choice is shared.Choice
    assert all(hasattr(history, name) for name in history.__all__)
    assert not hasattr(history, "no_such_thing")


def test_rows_begin_with_the_file_as_it_is(chosen: Chosen) -> None:
    now, new, old = history.rows(chosen)
    assert (now.revision, now.title, now.picture) == ("WORKING", "Now", chosen.asset)
    assert (new.title, new.picture) == ("painted", StoredPicture(NEW, "cup.png"))
    assert new.about.endswith(", Ada")
    assert "more words" in new.tip
    assert "Ada <a@b>" in new.tip
    assert (old.title, old.picture) == ("a" * 8, None)
    gone = evolve(chosen, asset=evolve(chosen.asset, state="missing"))
    first = history.rows(gone)[0]
    assert (first.picture, first.about) == (None, "the file is missing")


@pytest.mark.parametrize(
    ("picked", "pair"),
    [
        ([], None),
        ([0], ("b", "WORKING")),
        ([1], ("a", "b")),
        ([2], None),
        ([2, 0], ("a", "WORKING")),
        ([0, 1, 2], None),
        ([7], None),
    ],
)
def test_one_is_compared_with_the_one_before_and_two_with_each_other(
    picked: list[int], pair: tuple[str, str] | None, chosen: Chosen
) -> None:
    found = history.compared(history.rows(chosen), picked)
    short = found and tuple(each if each == "WORKING" else each[0] for each in found)
    assert short == pair


def test_a_group_is_named_after_its_version(chosen: Chosen) -> None:
    assert history.group_name(chosen, "b" * 40) == "cup bbbbbbbb (painted)"
    assert history.group_name(chosen, "a" * 40) == "cup aaaaaaaa"
    long = evolve(chosen.versions[0], message="a note that goes on and on for much too long")
    named = history.group_name(evolve(chosen, versions=(long,)), "b" * 40)
    assert named == "cup bbbbbbbb (a note that goes on and on…)"
    assert history.title_of(None, "c" * 40) == "c" * 8
    assert history.changes_title(chosen, Changes("x", "b" * 40, "WORKING")) == "painted  →  now"


@pytest.mark.parametrize(
    ("name", "kept"), [("a.kra", True), ("A.KRA", True), ("b.ora", True), ("c.png", False)]
)
def test_which_files_come_as_layers(name: str, kept: bool) -> None:
    assert history.keeps_layers(f"/x/{name}") is kept


def test_changes_are_told_by_layer() -> None:
    fields = (FieldChange("opacity", "255", "128"),)
    parts = (PartChange("layer", "Ink", "modified", fields), PartChange("layer", "Rust", "added"))
    entry = DiffEntry("a", "Lib/cup.kra", "modified", None, OLD, NEW)
    details = AssetDetails(entry, parts=parts, more_parts=3, problems=("a mask is damaged",))
    changes = Changes("a", "1", "2", ready=True, details=details)
    assert history.changed_lines(changes) == (
        "layer Ink: opacity",
        "    255 to 128",
        "+ layer Rust",
        "and 3 more; the page in the browser has them",
        "a mask is damaged",
    )
    assert history.changed_lines(Changes("a", "1", "2")) == ()


def test_branches_and_points_in_words() -> None:
    main, night = Branch("main", "1", current=True), Branch("night", "2", ahead=1, behind=2)
    assert history.branch_text(main) == "main  (you are here)"
    assert history.branch_text(night) == "night  (1 ahead, 2 behind)"
    assert history.branch_text(evolve(night, ahead=0, behind=0)) == "night"
    assert not history.removable(Past(), night)
    assert not history.removable(Past(), main)
    merged = evolve(night, ahead=0)
    assert history.removable(Past(), merged)
    merge = MergeReport("night", "merge", "0", "1", "2")
    assert not history.removable(Past(merge=merge), merged)
    point = RecoveryPoint("p", "v", "main", "h", "Switching to night", TIME)
    reason, when = history.point_text(point)
    assert reason == "Switching to night"
    assert when.endswith(", on main")


def test_a_plan_as_text() -> None:
    assert history.plan_text(Plan("switch", "night")) == "Looking at what would change"
    refused = Plan("switch", "night", ready=True, problem=Problem("no", "look again"))
    assert history.plan_text(refused) == "no. look again"
    plan = Plan("switch", "night", ready=True, written=("Lib/a",), blocked=("Lib/a",))
    assert history.plan_text(plan).splitlines() == [
        "Switching to night would write 1 file.",
        "+ Lib/a",
        "Not in any version yet, and in the way:",
        "    Lib/a",
    ]


def test_what_an_open_merge_may_write() -> None:
    assert history.merge_paths(Past()) == ()
    one = MergeConflict("1", "a", "Lib/a.kra", "content")
    two = MergeConflict("2", "b", "Lib/b.kra", "content", take="ours")
    merge = MergeReport(
        *("night", "merge", "0", "1", "2"),
        conflicts=(one,),
        decided=(two,),
        written=("Lib/c.png", "Lib/a.kra"),
        removed=("Lib/d.png",),
    )
    assert history.merge_paths(Past(merge=merge)) == (
        *("Lib/a.kra", "Lib/b.kra"),
        *("Lib/c.png", "Lib/d.png"),
    )


def test_what_is_known_of_the_open_document(chosen: Chosen) -> None:
    path, ident = chosen.asset.file, chosen.asset.id
    state = State(document=chosen)
    assert history.document_lines(state, path) == ()
    mine = evolve(state, past=Past(holding=frozenset({ident})))
    assert history.document_lines(mine, path) == ("Others see that it is open here",)
    held = Held(ident, "Lib/cup.kra", mine=False, text="open on workstation-2 since 10:42 (Ada)")
    copy = Linked(path, "older", "/x/cup.png", "cup.png")
    changed = Linked(path, "changed", path, "cup.png")
    theirs = evolve(state, past=Past(locks=(held,), linked=(copy, changed)))
    assert history.document_lines(theirs, path) == (
        "Open on workstation-2 since 10:42 (Ada)",
        "cup.png is older than cup.png",
    )
    assert history.document_lines(theirs, "/elsewhere.kra")[1:] == ()


def test_which_files_are_of_the_library(chosen: Chosen, tmp_path: Path) -> None:
    fits = history.library_files(State(path=str(tmp_path / "Lib"), document=chosen))
    assert fits(chosen.asset.file)
    assert fits(str(tmp_path / "Lib" / "deep" / "x.kra"))
    assert not fits(str(tmp_path / "other.kra"))


def test_file_layers_name_what_they_named_at_home(tmp_path: Path) -> None:
    home, aside = tmp_path / "Lib" / "Saved", tmp_path / "cache" / "v"
    for folder in (home, aside):
        folder.mkdir(parents=True)
    (tmp_path / "Lib" / 'moss & "oak".png').write_bytes(b"x")
    main = (
        '<layer nodetype="filelayer" source="../moss &amp; &quot;oak&quot;.png" name="Moss"/>'
        '<layer nodetype="filelayer" source="gone.png"/><layer source="../x" nodetype="paint"/>'
    )
    painting = aside / "cup.kra"
    with zipfile.ZipFile(painting, "w") as packed:
        packed.writestr("mimetype", "application/x-krita")
        packed.writestr("maindoc.xml", main)
        packed.writestr("layers/1", b"tiles", zipfile.ZIP_DEFLATED)
    filelayers.name_from(str(painting), str(home))
    with zipfile.ZipFile(painting) as packed:
        told = packed.read("maindoc.xml").decode()
        assert packed.namelist() == ["mimetype", "maindoc.xml", "layers/1"]
        assert packed.read("layers/1") == b"tiles"
        assert packed.getinfo("layers/1").compress_type == zipfile.ZIP_DEFLATED
    assert 'source="../../Lib/moss &amp; &quot;oak&quot;.png" name="Moss"' in told
    assert told.endswith('source="gone.png"/><layer source="../x" nodetype="paint"/>')
    before = painting.read_bytes()
    filelayers.name_from(str(painting), str(aside))
    assert painting.read_bytes() == before, "what is there already stays"
    for data in (b"no painting", b""):
        painting.write_bytes(data)
        filelayers.name_from(str(painting), str(home))
        assert painting.read_bytes() == data
