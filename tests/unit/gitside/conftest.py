"""Plain git and git-lfs beside a library, with a home of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import audobon

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in a folder; git has its own settings and finds ``audobon``."""
    for tool in ("git", "git-lfs"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    home, tools = tmp_path / "home", tmp_path / "tools"
    for folder in (home, tools):
        folder.mkdir()
    package = Path(audobon.__file__).parents[1]
    script = tools / "audobon"
    script.write_text(
        f'#!/bin/sh\nexport PYTHONPATH="{package}"\nexec "{sys.executable}" -m audobon "$@"\n'
    )
    script.chmod(0o755)
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")

    def go(
        *command: str, cwd: Path = tmp_path, check: bool = True, **more: str
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command,
            cwd=cwd,
            text=True,
            capture_output=True,
            check=False,
            env={**os.environ, **more},
        )
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done

    go("git", "config", "--global", "user.name", "Grace")
    go("git", "config", "--global", "user.email", "grace@example.org")
    go("git", "config", "--global", "init.defaultBranch", "main")
    go("git", "lfs", "install", "--skip-repo")
    return go
