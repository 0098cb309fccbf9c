"""A git-lfs repository becomes part of a library's history."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import audobon
from audobon.errors import BadFile, Cancelled, Conflict, NotFound
from audobon.testing.folders import tree
from audobon.testing.pictures import png_bytes

Run = Callable[..., "subprocess.CompletedProcess[str]"]

DATES = [f"2024-0{month}-03T12:00:00+02:00" for month in range(1, 8)]


def commit(run: Run, repo: Path, message: str, number: int) -> str:
    when = {"GIT_AUTHOR_DATE": DATES[number], "GIT_COMMITTER_DATE": DATES[number]}
    run("git", "add", "-A", cwd=repo)
    run("git", "commit", "-q", "-m", message, cwd=repo, **when)
    return run("git", "rev-parse", "HEAD", cwd=repo).stdout.strip()


@pytest.fixture
def repo(run: Run, tmp_path: Path) -> Path:
    """Six commits on the first-parent line: edits, a move, a removal, a merge; some files plain."""
    made = tmp_path / "work" / "props"
    made.mkdir(parents=True)
    run("git", "init", "-q", cwd=made)
    run("git", "lfs", "track", "*.png", cwd=made)
    (made / "oak.png").write_bytes(png_bytes(8, 8))
    (made / "notes.txt").write_text("one\n")
    (made / "link.png").symlink_to("oak.png")
    commit(run, made, "Begin", 0)
    (made / "oak.png").write_bytes(png_bytes(9, 9))
    commit(run, made, "Larger oak", 1)
    (made / "wood").mkdir()
    (made / "oak.png").rename(made / "wood" / "oak.png")
    commit(run, made, "Move the oak", 2)
    run("git", "checkout", "-q", "-b", "side", cwd=made)
    (made / "ash.png").write_bytes(png_bytes(10, 10))
    commit(run, made, "Ash", 3)
    run("git", "checkout", "-q", "main", cwd=made)
    (made / "notes.txt").unlink()
    commit(run, made, "No notes", 4)
    dates = {"GIT_AUTHOR_DATE": DATES[5], "GIT_COMMITTER_DATE": DATES[5]}
    run("git", "merge", "-q", "--no-ff", "-m", "Merge the ash", "side", cwd=made, **dates)
    return made


@pytest.fixture
def lib(tmp_path: Path) -> Iterator[audobon.Library]:
    with audobon.Library.create(tmp_path / "Lib", author="Ada <ada@example.org>") as library:
        yield library


def messages(lib: audobon.Library, ref: str | None = None) -> list[str]:
    return [version.message.partition("\n")[0] for version in lib.log(ref)]


def test_the_commits_come_in_with_authors_and_times(repo: Path, lib: audobon.Library) -> None:
    before = tree(repo.parent)
    done = lib.import_versions(repo)
    log = lib.log()
    assert messages(lib) == ["Merge the ash", "No notes", "Move the oak", "Larger oak", "Begin"]
    assert (done.versions, done.assets, done.joined, done.tip) == (5, 3, "", log[0].id)
    assert {version.author for version in log} == {"Grace <grace@example.org>"}
    assert [version.time.isoformat() for version in log][-1] == "2024-01-03T10:00:00+00:00"
    assert [(v.stats.added, v.stats.modified, v.stats.moved, v.stats.removed) for v in log] == [
        (1, 0, 0, 0), (0, 0, 0, 1), (0, 0, 1, 0), (0, 1, 0, 0), (2, 0, 0, 0)
    ]  # fmt: skip
    assert tree(repo.parent) == before, "the source is only read"
    assert lib.verify().problems == ()


def test_an_asset_is_one_through_edits_and_moves(
    repo: Path, lib: audobon.Library, tmp_path: Path
) -> None:
    lib.import_versions(repo)
    oak = lib.get(repo / "wood" / "oak.png")
    assert (oak.state, oak.kind, oak.width, oak.height) == ("present", "image", 9, 9)
    assert messages(lib, oak.id) == ["Move the oak", "Larger oak", "Begin"]
    lib.restore(oak, "HEAD~4", tmp_path / "first.png")
    assert (tmp_path / "first.png").read_bytes() == png_bytes(8, 8)
    assert [hit.asset.id for hit in lib.search("oak").hits] == [oak.id]
    assert lib.diff("HEAD", "WORKING").entries == () or all(
        not entry.content_changed for entry in lib.diff("HEAD", "WORKING").entries
    )


def test_what_stays_out_is_told_by_the_plan(repo: Path, lib: audobon.Library) -> None:
    plan = lib.plan_import(repo)
    assert dict(plan.left_out) == {
        ".gitattributes": "it is hidden, a cache or a backup",
        "link.png": "it is a link or a submodule",
    }
    assert plan.paths == ("ash.png", "notes.txt", "oak.png", "wood/oak.png")
    assert [version.merged for version in plan.versions] == [False] * 4 + [True]
    assert (plan.kind, plan.to, plan.missing, plan.conflicts) == ("git", repo, (), ())
    assert lib.log() == ()
    assert lib.stats().stored_files == 0


def test_a_library_with_versions_is_joined(repo: Path, lib: audobon.Library) -> None:
    own = lib.path / "own.png"
    own.write_bytes(png_bytes(5, 5))
    lib.add(own)
    lib.add(repo / "ash.png", tags=["kept"])
    mine = lib.commit("Mine")
    ash = lib.get(repo / "ash.png")
    done = lib.import_versions(repo)
    newest = lib.log(limit=1)[0]
    assert (newest.id, newest.parents) == (done.joined, (mine.id, done.tip))
    assert lib.get(ash.id).tags == ("kept",)
    assert {"Mine", "Begin", "Merge the ash"} <= set(messages(lib))
    diff = lib.diff(mine.id, newest.id)
    assert [(entry.path, entry.status) for entry in diff.entries] == [
        ("props/wood/oak.png", "added")
    ]
    assert "Merge the ash" in messages(lib, ash.id), "the asset that was known has its past now"
    assert lib.verify().problems == ()
    with audobon.Library.open(lib.path) as again:
        assert again.get(repo / "wood" / "oak.png").state == "present"


def test_twice_is_refused(repo: Path, lib: audobon.Library) -> None:
    lib.import_versions(repo)
    with pytest.raises(Conflict, match="imported already"):
        lib.import_versions(repo)
    assert len(lib.log()) == 5


def test_bytes_that_were_never_fetched_are_refused(repo: Path, lib: audobon.Library) -> None:
    oid = hashlib.sha256(png_bytes(8, 8)).hexdigest()  # the oak of the first commit
    (repo / ".git" / "lfs" / "objects" / oid[:2] / oid[2:4] / oid).unlink()
    plan = lib.plan_import(repo)
    assert plan.missing == ("oak.png",)
    with pytest.raises(NotFound, match="bytes of 1 files") as caught:
        lib.import_versions(plan)
    assert "lfs fetch" in caught.value.hint
    assert lib.log() == ()
    lib.import_versions(plan, partial=True)
    assert messages(lib, str(repo / "wood" / "oak.png")) == ["Move the oak", "Larger oak"]
    assert lib.verify().problems == ()


def test_a_damaged_object_stops_it_before_any_version(repo: Path, lib: audobon.Library) -> None:
    objects = [path for path in (repo / ".git" / "lfs" / "objects").rglob("*") if path.is_file()]
    objects[0].chmod(0o600)
    objects[0].write_bytes(b"something else")
    with pytest.raises(BadFile, match="is not what its name says"):
        lib.import_versions(repo)
    assert lib.log() == ()


def test_a_bare_repository_has_versions_and_no_files(
    run: Run, repo: Path, lib: audobon.Library, tmp_path: Path
) -> None:
    bare = tmp_path / "props.git"
    run("git", "clone", "-q", "--bare", str(repo), str(bare))
    lfs = bare / "lfs"
    run("cp", "-r", str(repo / ".git" / "lfs"), str(lfs))
    lib.import_versions(bare)
    oak = lib.get("props/wood/oak.png")
    assert oak.state == "missing"
    lib.restore(oak, "HEAD")
    assert (lib.path / "props" / "wood" / "oak.png").read_bytes() == png_bytes(9, 9)
    assert lib.get(oak.id).state == "present"


def test_a_stop_leaves_nothing(repo: Path, lib: audobon.Library) -> None:
    asked = iter([False] * 8 + [True] * 100)
    with pytest.raises(Cancelled):
        lib.import_versions(repo, cancel=lambda: next(asked))
    assert lib.log() == ()
    history = lib.state_path / "history.git"
    refs = subprocess.run(
        ["git", "-C", str(history), "for-each-ref"], capture_output=True, text=True, check=True
    )
    assert refs.stdout == ""


def test_no_repository_and_no_numbers(lib: audobon.Library, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    with pytest.raises(NotFound, match="no versions to import"):
        lib.import_versions(tmp_path / "plain")
    with pytest.raises(NotFound, match="is no folder"):
        lib.plan_import(tmp_path / "nowhere")
