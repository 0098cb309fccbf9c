"""Remotes on the command line, over a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from audobon import Library
from audobon.cli.root import cli


def run(*arguments: str, code: int = 0) -> dict[str, Any]:
    done = CliRunner().invoke(cli, [*arguments, "--json"])
    assert done.exit_code == code, done.output
    answer: dict[str, Any] = json.loads(done.output)
    return answer


def test_the_walk_through_of_the_docs(tmp_path: Path) -> None:
    ada, bob, nas = (str(tmp_path / name) for name in ("ada", "bob", "nas"))
    with Library.create(ada, "Art") as library:
        (library.path / "oak.txt").write_text("oak " * 9000)
        (library.path / "elm.txt").write_text("elm " * 9000)
        library.add([library.path])
        library.commit("first")
    assert run("push", "--library", ada, code=10)["error"]["hint"]
    run("remote", "--add", "nas", nas, "--library", ada)
    assert run("push", "--dry-run", "--library", ada)["versions"] == 1
    sent = run("push", "--library", ada)
    assert (sent["branches"], sent["files"], sent["nothing"]) == (["main"], 2, False)
    (told,) = run("remote", "--library", ada)["remotes"]
    assert (told["name"], told["url"], told["state"]["ahead"]) == ("nas", nas, 0)
    whole = run("clone", nas, bob, "--whole", "--dry-run")
    assert (whole["versions"], whole["files"], Path(bob).exists()) == (1, 2, False)
    text = CliRunner().invoke(cli, ["clone", nas, bob, "--dry-run"]).output
    assert text.startswith("would bring about ")
    assert run("clone", nas, bob)["remote"] == 2
    assert run("clone", nas, bob, code=30)["error"]["id"] == "conflict"
    planned = run("fetch", "--library", bob, "oak.txt", "--dry-run")
    fetched = run("fetch", "--library", bob, "oak.txt")
    assert planned["written"] == fetched["written"]
    assert fetched["written"] == ["ada/oak.txt"]
    assert len(run("fetch", "--library", bob, "--query", "name:elm")["written"]) == 1
    Path(bob, "oak.txt").write_text("another oak")
    run("commit", "-m", "second", "--library", bob)
    run("push", "--library", bob)
    assert run("pull", "nas", "--library", ada, "--dry-run")["versions"] == 1
    pulled = run("pull", "nas", "--library", ada)
    assert (pulled["versions"], pulled["conflicts"], pulled["merge"]["kind"]) == (
        1,
        0,
        "fast-forward",
    )
    assert Path(ada, "oak.txt").read_text() == "another oak"
    text = CliRunner().invoke(cli, ["remote", "--library", ada]).output
    assert "main: the same" in text
    assert (
        run("remote", "nas", "--limit", "2MB/s", "--library", ada)["remotes"][0]["limit"] == 2 << 20
    )
    text = CliRunner().invoke(cli, ["remote", "nas", "--library", ada]).output
    assert "at most 2.0 MB/s" in text
    run("remote", "nas", "--limit", "fast", "--library", ada, code=10)
    run("remote", "--limit", "1MB/s", "--library", ada, code=10)
    assert run("remote", "nas", "--limit", "off", "--library", ada)["remotes"][0]["limit"] is None
    run("remote", "--remove", "nas", "--library", ada)
    assert run("push", "nas", "--library", ada, code=20)["error"]["id"] == "not-found"


def test_stats_tell_what_is_at_a_remote_beside_what_is_gone(tmp_path: Path) -> None:
    ada, bob, nas = (str(tmp_path / name) for name in ("ada", "bob", "nas"))
    with Library.create(ada, "Art") as library:
        for name in ("oak.txt", "elm.txt", "fir.txt"):
            (library.path / name).write_text(name * 9000)
        library.add([library.path])
        library.commit("first")
        library.remotes.add("nas", nas)
        library.push("nas")

    def told(where: str) -> tuple[int, int, int]:
        stats = run("stats", "--library", where)
        return stats["assets"], stats["remote"], stats["missing"]

    run("clone", nas, bob)
    assert told(ada) == (3, 0, 0)
    assert told(bob) == (0, 3, 0)
    run("fetch", "--library", bob, "oak.txt")
    Path(bob, "oak.txt").unlink()
    run("add", bob, "--library", bob)
    assert told(bob) == (0, 2, 1)
    with Library.open(bob) as library:
        found = library.stats()
        assert (found.missing, found.remote, library.remotes.away) == (1, 2, 2)
        page = library.health_page(tmp_path / "page.html").read_text("utf-8")
    text = CliRunner().invoke(cli, ["stats", "--library", bob]).output
    rows = dict(line.rsplit(maxsplit=1) for line in text.splitlines())
    assert (rows["missing"], rows["only at a remote"]) == ("1", "2")
    assert "only at a remote" in page
    text = CliRunner().invoke(cli, ["stats", "--library", ada]).output
    assert "remote" not in text, "nothing is told of remotes where all is here"
