"""A small library of real files, and the command line as people call it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import audobon
from audobon.cli.root import cli
from audobon.testing.pictures import write_png


@pytest.fixture(autouse=True)
def _own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the user's is read or written, and no library is above the folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("AUDOBON_LIBRARY", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library with three textures, a copy of one, and a note; it is the current folder."""
    root = tmp_path / "MyAssets"
    for number, name in enumerate(("brick wall", "oak_planks", "rusty_metal")):
        write_png(root / "textures" / f"{name}.png", 16, 8, color=(90 + number, 60, 30))
    write_png(root / "old" / "oak_copy.png", 16, 8, color=(91, 60, 30))
    (root / "notes.txt").write_text("about the oak\n")
    with audobon.Library.create(root, "Test") as library:
        library.add([root])
    monkeypatch.chdir(root)
    return root


Verb = Callable[..., Result]


@pytest.fixture
def verb() -> Verb:
    """Run ``audobon`` with arguments in this process; the status must be as expected."""

    def run(*arguments: str | Path, status: int = 0) -> Result:
        done = CliRunner().invoke(cli, [str(item) for item in arguments])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == status, done.output
        return done

    return run


@pytest.fixture
def data(verb: Verb) -> Callable[..., dict[str, Any]]:
    """Run ``audobon ... --json``: stdout holds one JSON object and nothing else."""

    def run(*arguments: str | Path, status: int = 0) -> dict[str, Any]:
        done = verb(*arguments, "--json", status=status)
        value = json.loads(done.stdout)
        assert isinstance(value, dict)
        assert done.stdout.count("\n") == 1
        assert ("error" in value) == (status != 0)
        return value

    return run


Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command() -> Command:
    """Run ``python -m audobon`` as a process of its own."""

    def run(
        *arguments: str | Path, more: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "audobon", *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            cwd=cwd,
            env={**os.environ, **(more or {})},
            timeout=120,
        )

    return run
