"""``--json``: one object on one line, with the facts and the same keys each time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audobon.cli.root import VERBS
from audobon.testing.pictures import write_png

WALL = "textures/brick wall.png"
Data = Callable[..., dict[str, Any]]

CALLS: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "init": (("{new}",), {"id", "name", "path", "state"}),
    "add": (
        (".", "--no-worker"),
        {"added", "updated", "unchanged", "moved", "missing", "cancelled", "failed"},
    ),
    "ls": ((), {"assets", "next"}),
    "audit": ((), {"entries", "head"}),
    "show": ((WALL,), {"id", "path", "root", "file", "kind", "tags", "rating", "reference"}),
    "search": (("oak",), {"hits", "total", "next", "facets", "notes"}),
    "tag": ((), {"tags"}),
    "catalog": ((), {"catalogs"}),
    "set": ((), {"sets"}),
    "edit": ((WALL, "--rating", "3"), {"changes"}),
    "remove": ((WALL,), {"changes"}),
    "undo": ((), {"changes"}),
    "redo": ((), {"changes"}),
    "changes": ((), {"changes", "next"}),
    "commit": (("-m", "x"), {"id", "message", "author", "time", "parents", "stats", "new"}),
    "log": ((), {"versions"}),
    "diff": (("HEAD", "WORKING"), {"a", "b", "entries"}),
    "export": (("{new}",), {"folder", "revision", "written", "present", "failed"}),
    "restore": ((WALL, "HEAD"), {"path", "asset_id", "revision", "digest", "size", "rescued"}),
    "branch": ((), {"branches"}),
    "switch": (("main",), {"name", "id", "written", "removed", "edited", "blocked", "rescued"}),
    "merge": (("main",), {"name", "kind", "merged", "version", "conflicts", "written", "rescued"}),
    "resolve": (("--all", "--take", "ours"), {"merged", "conflicts", "decided"}),
    "recovery": (("--keep", "before a switch"), {"points"}),
    "import": (("{new}",), {"versions", "assets", "tip", "joined", "stored", "written"}),
    "preview": ((WALL, "--output", "{new}"), {"path", "bytes", "media_type"}),
    "related": ((WALL,), {"relationships"}),
    "duplicates": ((), {"groups"}),
    "relink": ((), {"moved", "missing", "failed", "proposals"}),
    "lock": ((WALL,), {"locks"}),
    "unlock": ((WALL,), {"unlocked"}),
    "verify": ((), {"versions", "files", "chunks", "bytes", "problems", "ok"}),
    "collect": (("--dry-run",), {"dry_run", "pruned", "files", "waiting", "packs", "freed"}),
    "purge": ((WALL, "--yes"), {"ok", "dry_run", "assets", "files", "commits", "proof", "places"}),
    "cache": (("show",), {"caches"}),
    "watch": (("--state",), {"state", "folders", "away", "problem", "hint", "pid"}),
    "bundle": ((), {"bundles"}),
    "words": (("export", "{new}"), {"file", "tags", "catalogs", "sets", "assets"}),
    "remote": ((), {"remotes"}),
    "push": (("nas",), {"name", "branches", "versions", "files", "bytes", "nothing", "dry_run"}),
    "pull": (("nas",), {"name", "branch", "versions", "files", "merge", "conflicts"}),
    "clone": (("{new}", "{new} here"), {"id", "name", "folder", "remote"}),
    "fetch": (("--all",), {"written", "bytes", "lacking"}),
    "vault": (("show", "{new}"), {"url", "encrypted"}),
    "snapshot": (("{new}",), {"snapshot"}),
    "recover": (("{new}", "{new} here"), {"path", "snapshot", "files", "bytes", "failed"}),
    "run": (("palette", WALL), {"job", "results", "failed"}),
    "suggest": ((), {"suggestions", "rules"}),
    "teach": ((), {"heads"}),
    "vertex": (("runs", "--offline"), {"runs"}),
    "analytics": (("show",), {"target", "include", "last", "problem"}),
    "models": (("list",), {"components"}),
    "jobs": ((), {"jobs"}),
    "worker": (("--drain",), {"done", "failed", "cancelled"}),
    "stats": ((), {"assets", "kinds", "versions", "stored_bytes", "jobs"}),
    "doctor": ((), {"checks", "ok"}),
    "demo": (("{new}",), {"page"}),
    "completion": (("bash",), {"shell", "script"}),
}


def begin_a_merge(data: Data) -> None:
    """Both branches rate the wall."""
    data("branch", "side")
    data("switch", "side")
    data("edit", WALL, "--rating", "2")
    data("commit", "-m", "two")
    data("switch", "main")
    data("edit", WALL, "--rating", "1")
    data("commit", "-m", "one")
    data("merge", "side", status=30)


def test_every_verb_is_tried_here() -> None:
    assert set(CALLS) == set(VERBS) - {"lfs-agent"}  # speaks JSON lines of git-lfs's own


@pytest.mark.parametrize("name", CALLS)
def test_every_verb_gives_one_object(name: str, folder: Path, data: Data) -> None:
    arguments, keys = CALLS[name]
    new = str(folder.parent / "new")
    if name in (
        "diff",
        "export",
        "restore",
        "switch",
        "merge",
        "resolve",
        "push",
        "pull",
        "clone",
        "vault",
    ):
        data("commit", "-m", "before")
    if name == "resolve":
        begin_a_merge(data)
    if name in ("push", "pull", "clone", "vault"):
        data("remote", "--add", "nas", new)
    if name == "recover":
        data("snapshot", new)
    if name in ("pull", "clone", "vault"):
        data("push", "nas")
    if name == "import":
        for number in (1, 2):
            write_png(Path(new) / f"rock_v{number}.png", number, 4)
    value = data(name, *(item.format(new=new) for item in arguments))
    assert keys <= set(value)


def test_assets_carry_the_same_facts_everywhere(folder: Path, data: Data) -> None:
    shown = data("show", WALL)
    assert (shown["path"], shown["root"], shown["kind"]) == (WALL, "MyAssets", "image")
    assert shown["file"] == str(folder / WALL)
    assert (shown["width"], shown["height"], shown["format"]) == (16, 8, "png")
    assert shown["reference"].endswith("/MyAssets/textures/brick%20wall.png")
    reference = shown.pop("reference")
    assert shown.pop("lock") is None
    assert shown.pop("colors") in (None, [{"rgb": [90, 60, 30], "share": 1.0}])
    assert data("show", reference)["id"] == shown["id"]
    assert [hit["asset"] for hit in data("search", "brick")["hits"]] == [shown]
    assert shown in data("ls")["assets"]


def test_pages_join_without_a_gap(folder: Path, data: Data) -> None:
    first = data("search", "--limit", "3")
    rest = data("search", "--limit", "3", "--after", first["next"])
    paths = [hit["asset"]["path"] for page in (first, rest) for hit in page["hits"]]
    assert len(set(paths)) == len(paths) == first["total"] == 5
    assert rest["next"] is None
    listed = data("ls", "--limit", "4")
    assert len(data("ls", "--after", listed["next"])["assets"]) == 1
    assert data("search", "--facet", "kind")["facets"]["kind"][0] == {"value": "image", "count": 4}


def test_changes_tell_what_was_done(folder: Path, data: Data) -> None:
    ident = data("show", WALL)["id"]
    change = data("tag", WALL, "--add", "wall")["changes"][0]
    assert (change["kind"], change["assets"], change["undone"]) == ("edit", [ident], False)
    assert data("show", WALL)["tags"] == ["wall"]
    assert data("tag", WALL) == {"assets": [{"id": ident, "path": WALL, "tags": ["wall"]}]}
    assert data("undo")["changes"][0]["id"] == change["id"]
    assert data("undo") == {"changes": []}
    since = data("changes", "--since", str(change["seq"]))["changes"]
    assert [item["kind"] for item in since] == ["undo"]
    assert data("changes", "--limit", "1")["next"] is not None


def test_versions_and_differences(folder: Path, data: Data) -> None:
    first = data("commit", "-m", "first")
    assert (first["new"], first["stats"]["added"]) == (True, 5)
    again = data("commit", "-m", "again")
    assert (again["new"], again["id"]) == (False, first["id"])
    digest = data("show", WALL)["digest"]
    write_png(folder / WALL, 9, 9)
    entry = data("diff")["entries"][0]
    assert (entry["status"], entry["before"]["digest"]) == ("modified", digest)
    assert entry["after"]["digest"] != digest
    restored = data("restore", WALL, first["id"])
    assert (restored["digest"], restored["path"]) == (digest, str(folder / WALL))
    assert [version["id"] for version in data("log")["versions"]] == [first["id"]]


def test_a_failed_file_is_told_with_its_error(folder: Path, data: Data) -> None:
    (folder / "broken.png").write_bytes(b"no picture")
    failed = data("add", ".", "--no-worker")["failed"]
    assert [(item["path"], item["error"]["code"]) for item in failed] == [
        (str(folder / "broken.png"), 41)
    ]


def test_a_failed_job_is_told_with_its_error(folder: Path, data: Data) -> None:
    data("preview", "notes.txt", status=12)
    failed = data("jobs", "--state", "failed")["jobs"]
    assert [job["error"]["code"] for job in failed] == [12]
    assert data("stats")["jobs"]["failed"] == 1
