"""Decisions on suggested tags lie in versions: they outlive the catalog, follow branches, merge."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

import audobon
from audobon.codec.manifest import dump_manifest, parse_manifest
from audobon.errors import Conflict
from audobon.services.pipelines.reviewing import keep
from audobon.storage.history import LIBRARY_PATH, manifest_path

OAK, BRICK = "textures/oak_planks.png", "textures/BrickWall.png"
NET = "efficientnet-lite0"


def suggest(lib: audobon.Library, ref: str, **scores: float) -> None:
    """What the job of the pipeline ``tags`` does with its result."""
    values = [{"tag": tag, "score": score} for tag, score in scores.items()]
    keep(lib._stores, lib.get(ref), {"component": NET, "version": "1.0.0"}, values)


def reject(lib: audobon.Library, ref: str, **scores: float) -> None:
    suggest(lib, ref, **scores)
    lib.reject(lib.suggestions(ref, every=True))


def waiting(lib: audobon.Library, ref: str) -> list[str]:
    return [each.tag for each in lib.suggestions(ref, every=True)]


def rebuilt(lib: audobon.Library, folder: Path) -> audobon.Library:
    """The library after its catalog was lost and built again from the history."""
    lib.close()
    (lib.state_path / "catalog.db").unlink()
    with audobon.Library.open(folder) as again:
        assert again.doctor(repair=True).ok
    return audobon.Library.open(folder)


def in_git(lib: audobon.Library, *args: str) -> str:
    command = ["git", "--git-dir", str(lib.state_path / "history.git"), *args]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_a_rejected_tag_does_not_come_back_after_a_rebuild(
    lib: audobon.Library, folder: Path
) -> None:
    reject(lib, OAK, desk=0.4)
    suggest(lib, BRICK, wall=0.9)
    lib.accept(lib.suggestions(BRICK))
    lib.commit("reviewed")
    with rebuilt(lib, folder) as again:
        assert again.suggestions(every=True) == ()  # computed again by who wants them
        suggest(again, OAK, desk=0.99, wood=0.9)
        suggest(again, BRICK, wall=0.9, desk=0.9)
        assert waiting(again, OAK) == ["wood"]
        assert waiting(again, BRICK) == ["desk"]  # only there it was rejected
        again.edit(BRICK, remove_tags=["wall"])
        assert waiting(again, BRICK) == ["desk"]  # the acceptance is known as well


def test_thresholds_and_rules_outlive_the_catalog(lib: audobon.Library, folder: Path) -> None:
    for number, asset in enumerate(lib.assets()):
        reject(lib, asset.path, desk=0.4 + number / 100)
    lib.tags.rule("wood", "never")
    lib.tags.rule("wall", "always")
    lib.commit("reviewed")
    suggest(lib, OAK, moss=0.9)
    limit = {"desk": _threshold(lib, "desk"), "moss": _threshold(lib, "moss")}
    assert limit["desk"] > limit["moss"] == 0.3
    with rebuilt(lib, folder) as again:
        assert [(each.tag, each.rule) for each in again.tags.rules()] == [
            ("wall", "always"),
            ("wood", "never"),
        ]
        assert {tag: _threshold(again, tag) for tag in limit} == limit
        suggest(again, BRICK, wall=0.9, wood=0.9)
        assert again.get(BRICK).tags == ("wall",)
        assert waiting(again, BRICK) == []


def _threshold(lib: audobon.Library, tag: str) -> float:
    """Asked of an asset that was added just now, on which nothing is decided."""
    new = lib.path / "new.txt"
    new.write_text("nothing is decided about this one")
    lib.add([new])
    suggest(lib, "new.txt", **{tag: 0.99})
    (found,) = lib.suggestions("new.txt", tag=tag, every=True)
    return found.threshold


def test_decisions_are_in_the_manifest_only_where_there_are_some(lib: audobon.Library) -> None:
    lib.commit("before")
    suggest(lib, OAK, desk=0.25)
    lib.reject(lib.suggestions(OAK, every=True))
    version = lib.commit("rejected")
    (entry,) = lib.diff("HEAD~1", "HEAD").entries
    assert [(one.name, one.before, one.after) for one in entry.fields] == [
        ("decisions", "", "rejected desk")
    ]
    assert version.stats.modified == 1
    path = manifest_path(lib.get(OAK).id)
    data = lib._stores.history.read("HEAD", path)
    assert data is not None
    assert json.loads(data)["decisions"] == [
        {"component": NET, "score": 0.25, "tag": "desk", "verdict": "rejected"}
    ]
    before = lib._stores.history.read("HEAD~1", path)
    assert before is not None
    assert "decisions" not in json.loads(before)
    other = lib._stores.history.read("HEAD", manifest_path(lib.get(BRICK).id))
    assert other is not None
    assert b"decisions" not in other
    record = lib._stores.history.read("HEAD", LIBRARY_PATH)
    assert record is not None
    assert b"rules" not in record
    lib.undo()
    assert lib.diff("HEAD~1", "WORKING").entries == ()  # as if nothing had been said
    lib.commit("taken back")
    assert lib._stores.history.read("HEAD", path) == before


def test_plain_git_sees_nothing_strange(lib: audobon.Library) -> None:
    lib.commit("before")
    reject(lib, OAK, desk=0.4)
    lib.tags.rule("wood", "never")
    lib.commit("rejected")
    assert "dangling" not in in_git(lib, "fsck", "--strict", "--full")
    changed = in_git(lib, "diff", "--name-only", "HEAD~1", "HEAD").split()
    asset = manifest_path(lib.get(OAK).id).decode()
    assert sorted(changed) == sorted([asset, LIBRARY_PATH.decode()])
    assert '+    "wood": "never"' in in_git(lib, "diff", "HEAD~1", "HEAD", "--", changed[-1])


def test_a_rule_alone_makes_a_version(lib: audobon.Library) -> None:
    first = lib.commit("before")
    lib.tags.rule("wood", "never")
    assert lib.commit("ruled").id != first.id
    lib.tags.rule("wood", None)
    lib.commit("as before")
    assert in_git(lib, "diff", "HEAD~2", "HEAD") == ""


def test_what_a_newer_version_may_write_is_read(lib: audobon.Library, folder: Path) -> None:
    reject(lib, OAK, desk=0.4)
    lib.commit("one")
    stores, path = lib._stores, manifest_path(lib.get(OAK).id)
    data = json.loads(stores.history.read("HEAD", path) or b"")
    data["decisions"][0]["because"] = "a reason"
    data["decisions"].append({"tag": "wood", "verdict": "postponed"})
    data["moods"] = ["calm"]
    manifest = parse_manifest(json.dumps(data).encode())
    assert [each.verdict for each in manifest.decisions] == ["rejected", "postponed"]
    catalog = stores.catalog
    catalog.import_assets([manifest], author="Ada", now=stores.now())
    catalog.load_vocabulary({"rules": {"desk": "often"}}, author="Ada", now=stores.now())
    assert [each.tag for each in catalog.decisions(manifest.id)] == ["desk"]
    assert lib.tags.rules() == ()
    assert parse_manifest(dump_manifest(manifest)) == manifest


def test_decisions_and_rules_follow_the_branch(lib: audobon.Library) -> None:
    reject(lib, OAK, desk=0.4)
    lib.commit("one")
    lib.branch("side")
    lib.switch("side")
    reject(lib, OAK, chair=0.6)
    lib.tags.rule("wood", "never")
    lib.commit("on side")
    lib.switch("main")
    suggest(lib, OAK, desk=0.9, chair=0.9, wood=0.9)
    assert waiting(lib, OAK) == ["chair", "wood"]
    assert lib.tags.rules() == ()
    lib.switch("side")
    assert waiting(lib, OAK) == []
    assert [each.tag for each in lib.tags.rules()] == ["wood"]


def test_a_decision_that_is_not_committed_is_not_lost(lib: audobon.Library) -> None:
    lib.commit("one")
    lib.branch("side")
    lib.edit(OAK, rating=3)
    lib.commit("rated")
    reject(lib, OAK, desk=0.4)
    reject(lib, BRICK, desk=0.4)
    with pytest.raises(Conflict, match="uncommitted work on 1 file"):
        lib.switch("side")
    lib.switch("side", force=True)
    suggest(lib, BRICK, desk=0.4)
    assert waiting(lib, BRICK) == []  # was not in the way
    kept = lib._stores.history.read("refs/audobon/rescue", manifest_path(lib.get(OAK).id))
    assert kept is not None
    assert [each.tag for each in parse_manifest(kept).decisions] == ["desk"]


def test_merging_brings_decisions_of_both_and_is_undone(lib: audobon.Library) -> None:
    lib.commit("one")
    lib.branch("side")
    reject(lib, OAK, desk=0.4)
    lib.tags.rule("moss", "never")
    lib.commit("ours")
    lib.switch("side")
    reject(lib, OAK, chair=0.6)
    lib.tags.rule("wall", "always")
    lib.commit("theirs")
    lib.switch("main")
    assert lib.merge("side").conflicts == ()
    suggest(lib, OAK, desk=0.9, chair=0.9, wood=0.9)
    assert waiting(lib, OAK) == ["wood"]
    assert [each.tag for each in lib.tags.rules()] == ["moss", "wall"]
    lib.undo()
    assert waiting(lib, OAK) == ["chair", "wood"]
    assert [each.tag for each in lib.tags.rules()] == ["moss"]
    lib.redo()
    assert waiting(lib, OAK) == ["wood"]


def test_two_rules_for_one_tag_are_asked(lib: audobon.Library) -> None:
    lib.commit("one")
    lib.branch("side")
    lib.tags.rule("moss", "never")
    lib.commit("ours")
    lib.switch("side")
    lib.tags.rule("moss", "always")
    lib.commit("theirs")
    lib.switch("main")
    (conflict,) = lib.merge("side").conflicts
    assert (conflict.path, conflict.what) == ("rule moss", "rule")
    lib.resolve(conflict, take="theirs")
    assert [(each.tag, each.rule) for each in lib.tags.rules()] == [("moss", "always")]


def test_a_renamed_tag_takes_its_decisions_along_into_versions(
    lib: audobon.Library, folder: Path
) -> None:
    lib.tags.add("desk")
    reject(lib, OAK, desk=0.4)
    lib.tags.rule("desk", "never")
    lib.commit("one")
    lib.tags.rename("desk", "table")
    lib.commit("renamed")
    with rebuilt(lib, folder) as again:
        suggest(again, OAK, table=0.9)
        again.tags.rule("table", None)
        assert again.tags.rules() == ()
        assert waiting(again, OAK) == []
        assert [each.name for each in again.tags.list()] == ["table"]
