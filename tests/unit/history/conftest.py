"""A real history in a temporary folder, real git as its second reader."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audobon.model.version import Version
from audobon.storage.history import Author, History, TreeChange

AUTHOR = Author("Ada Lovelace", "ada@example.org")
TIME = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)

Git = Callable[..., bytes]
Commit = Callable[..., Version]


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with History.create(tmp_path / "history.git") as made:
        yield made


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Runs git on the history and gives its output; fails the test when git fails."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ},
        "HOME": str(tmp_path),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Git",
        "GIT_AUTHOR_EMAIL": "git@example.org",
        "GIT_COMMITTER_NAME": "Git",
        "GIT_COMMITTER_EMAIL": "git@example.org",
        "LC_ALL": "C",
    }

    def run(*arguments: str | bytes, stdin: bytes = b"", **extra: str) -> bytes:
        done = subprocess.run(
            ["git", "--git-dir", str(tmp_path / "history.git"), *arguments],
            input=stdin,
            env={**environment, **extra},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return done.stdout

    return run


@pytest.fixture
def commit(history: History) -> Commit:
    """Commits ``{path: data}`` on the current tip."""

    def run(files: dict[bytes, bytes | None], message: str = "change", **extra: object) -> Version:
        changes = [TreeChange(path, data) for path, data in files.items()]
        arguments: dict[str, object] = {
            "author": AUTHOR,
            "time": TIME,
            "expected": history.head(),
            **extra,
        }
        return history.commit(changes, message=message, **arguments)  # type: ignore[arg-type]

    return run
