"""``audobon watch`` and ``audobon stats --usage``, as people type them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.system import notify


@pytest.fixture(autouse=True)
def _allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUDOBON_WATCH", raising=False)


def till(fits: Callable[[], Any]) -> None:
    for _ in range(5_000):  # not by the clock: everything may be held for long
        if fits():
            return
        time.sleep(0.02)
    raise AssertionError("it never came")


@pytest.mark.skipif(not notify.is_there(), reason="this Python lacks watchfiles")
@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to a process there")
def test_watch_until_ctrl_c(folder: Path, verb: Any) -> None:
    assert "nobody watches" in verb("watch", "--state").output
    command = [sys.executable, "-m", "audobon", "watch", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=folder) as process:
        with audobon.Library.open(folder) as library:
            till(lambda: library.watch_state.state == "watching")
            (folder / "fresh.txt").write_text("something fresh")
            (folder / "notes.txt").rename(folder / "about.txt")
            till(lambda: library.search("fresh").total and library.search("about").total)
        assert "watching 1 folder" in verb("watch", "--state").output
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        told = json.loads(process.stdout.read())
    assert process.returncode == 0
    assert (told["added"], told["moved"], told["missing"]) == (1, 1, 0)
    assert "switched off" in verb("watch", "--off").output
    assert "switched off" in verb("watch").output  # ends at once
    assert "nobody" in verb("watch", "--on").output
    assert "give one of" in verb("watch", "--on", "--state", status=10).output


def test_usage(folder: Path, verb: Any) -> None:
    assert "nothing was used yet" in verb("stats", "--usage").output
    verb("commit", "-m", "all")
    verb("export", folder.parent / "all")
    assert json.loads(verb("stats", "--usage", "--json").output)["asset"] == []
    verb("export", folder.parent / "out", "textures/oak_planks.png")
    shown = verb("stats", "--usage").output
    assert "textures/oak_planks.png" in shown
    assert "command line" in shown
    assert "exported" in shown
    assert "##########" in shown
    assert json.loads(verb("search", "used:1", "--json").output)["total"] == 1
    verb("stats", "--usage", "--off")
    verb("export", folder.parent / "again", "textures/oak_planks.png")
    told = json.loads(verb("stats", "--usage", "--json").output)
    assert (told["on"], told["asset"][0]["count"]) == (False, 1)
    assert "0 uses" in verb("stats", "--usage", "--forget", "--older", "9d").output
    assert "1 use forgotten" in verb("stats", "--usage", "--forget").output
    assert "not noted now" in verb("stats", "--usage").output
    assert "no age" in verb("stats", "--usage", "--forget", "--older", "x", status=10).output
    assert "--usage or --metrics too" in verb("stats", "--forget", status=10).output
