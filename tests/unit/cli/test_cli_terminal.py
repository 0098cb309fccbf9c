"""On a terminal and in a pipe: progress, Ctrl-C, closed pipes, hostile names, odd encodings."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

import audobon
from audobon.testing.pictures import write_png

Verb = Callable[..., Result]
Command = Callable[..., subprocess.CompletedProcess[str]]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs a pseudo terminal and signals")
HOSTILE = "evil\x1b[31m\x9b2J\u202egnp\nsecond line.png"


def on_terminal(
    arguments: list[str],
    *,
    interrupts: int = 0,
    when: bytes = b"",
    more: dict[str, str] | None = None,
) -> tuple[str, int]:
    """What a terminal of 80 columns sees, and the exit status; Ctrl-C once ``when`` shows."""
    import fcntl
    import pty
    import struct
    import termios

    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "audobon", *arguments],
        stdin=there, stdout=there, stderr=there, start_new_session=True,
        env={**os.environ, "TERM": "xterm", **(more or {})},
    )  # fmt: skip
    os.close(there)
    seen = b""
    while True:
        try:
            data = os.read(here, 65536)
        except OSError:  # Linux's way to say that the other end is closed
            break
        if not data:
            break
        seen += data
        if interrupts and when in seen:
            for _ in range(interrupts):
                process.send_signal(signal.SIGINT)
                time.sleep(0.01)
            interrupts = 0
    os.close(here)
    return seen.decode(), process.wait(timeout=60)


@pytest.fixture
def many(folder: Path) -> Path:
    """Files that are not in the library yet, enough to take a while."""
    place = folder / "many"
    place.mkdir()
    for number in range(1000):
        (place / f"note {number}.txt").write_text(f"note {number}")
    return place


def test_progress_is_drawn_on_a_terminal_only(many: Path, command: Command) -> None:
    shown, status = on_terminal(["add", str(many), "--no-worker"])
    assert status == 0
    assert "Adding" in shown
    assert "/1000" in shown
    assert shown.rstrip().endswith("1000 added")
    piped = command("add", many, "--no-worker")
    assert (piped.stdout, piped.stderr) == ("1000 unchanged\n", "")


def test_no_color_means_none(many: Path) -> None:
    shown, _ = on_terminal(["add", str(many), "--no-worker"], more={"NO_COLOR": "1"})
    assert "Adding" in shown
    assert not [code for code in range(30, 38) if f"\x1b[{code}m" in shown]


def test_ctrl_c_stops_cleanly_and_the_same_call_goes_on(many: Path, command: Command) -> None:
    shown, status = on_terminal(["add", str(many), "--no-worker"], interrupts=1, when=b"Adding")
    assert status == 70
    assert "run the same command again" in shown
    with audobon.Library.open(many.parent) as library:
        before = library.stats().assets
        assert library.doctor().ok
    assert before < 1005
    assert command("add", many, "--no-worker").returncode == 0
    with audobon.Library.open(many.parent) as library:
        assert library.stats().assets == 1005


def test_ctrl_c_twice_ends_at_once_and_leaves_a_sound_library(many: Path) -> None:
    shown, status = on_terminal(["add", str(many), "--no-worker"], interrupts=3, when=b"Adding")
    assert status in (70, -signal.SIGINT)
    assert "Traceback" not in shown
    with audobon.Library.open(many.parent) as library:
        assert library.doctor().ok


LATE = """
import os, signal, sys, threading, time
from audobon.cli import main

def press() -> None:
    while threading.main_thread().is_alive():
        time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(30)

threading.Thread(target=press).start()
sys.argv = ["audobon", "--version"]
main()
"""


def test_ctrl_c_after_the_verb_prints_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LATE], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == -signal.SIGINT
    assert done.stderr == ""


ENDING = """
import os, signal, sys
from audobon.cli import main
from audobon.library import Library

def press(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGINT)

Library.assets = sys.exit = press
sys.argv = ["audobon", "ls"]
main()
"""


def test_ctrl_c_while_the_end_is_told_prints_no_traceback(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDING], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == -signal.SIGINT
    assert done.stderr == "audobon: stopped by Ctrl-C; what was finished is kept\n"


def test_a_worker_runs_until_it_is_told_to_end(folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "audobon", "worker", "--json"], stdout=subprocess.PIPE
    )
    with audobon.Library.open(folder) as library:
        while library.jobs("queued") or library.jobs("running"):
            assert process.poll() is None
            time.sleep(0.05)
        process.terminate()
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert json.loads(out)["done"] == 1


def test_a_closed_pipe_is_no_error(folder: Path) -> None:
    # The reader has gone long before this Python has started.
    for verb in ("ls", "ls --json", "search oak", "stats"):
        line = f"{sys.executable} -m audobon {verb} | true; echo ${{PIPESTATUS[0]}}"
        done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)
        assert (done.stdout, done.stderr) == ("0\n", "")


def test_no_name_reaches_the_terminal_raw(folder: Path, verb: Verb, command: Command) -> None:
    write_png(folder / HOSTILE, 4, 4)
    os.link(folder / HOSTILE, folder / ("b" + HOSTILE))
    (folder / ("broken" + HOSTILE)).write_bytes(b"no picture")
    forbidden = set("\x1b\x9b\u202e")
    calls: tuple[tuple[str, ...], ...] = (
        ("add", ".", "--no-worker"),
        ("ls",),
        ("search", "evil"),
        ("search", "evil", "--json"),
        ("show", HOSTILE),
        ("tag", HOSTILE, "--add", "x\u202ey"),
        ("duplicates",),
        ("diff", "HEAD"),
        ("commit", "-m", "a \x1b[31m message"),
        ("log",),
        ("show", "none" + HOSTILE),
        ("show", "none" + HOSTILE, "--json"),
        ("search", "rating:99", HOSTILE),
        ("changes",),
    )
    for arguments in calls:
        done = command(*arguments, cwd=folder)
        assert "Traceback" not in done.stderr
        assert forbidden.isdisjoint(done.stdout + done.stderr), arguments
    listed = command("ls", cwd=folder).stdout
    assert "evil\\x1b[31m\\x9b2J\\u202egnp\\x0asecond line.png" in listed


def test_names_that_are_not_text_are_shown_and_kept(folder: Path, command: Command) -> None:
    raw = os.fsencode(folder) + b"/caf\xe9.png"
    try:
        with open(raw, "wb") as stream:
            stream.write((folder / "old" / "oak_copy.png").read_bytes())
    except OSError:
        pytest.skip("this disk takes names in UTF-8 only")
    assert command("add", ".", "--no-worker").stdout.startswith("1 added")
    assert json.loads(command("search", "caf*", "--json").stdout)["total"] == 1
    assert "caf\\xe9.png" in command("ls").stdout
    done = command("show", os.fsdecode(b"none\xff"), "--json")
    assert json.loads(done.stdout)["error"]["code"] == 20


def test_a_terminal_without_utf8_gets_what_it_can_show(folder: Path, command: Command) -> None:
    write_png(folder / "木目.png", 3, 3)
    plain = {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    assert command("add", ".", "--no-worker", more=plain).returncode == 0
    assert "\\u6728\\u76ee.png" in command("ls", more=plain).stdout
    found = json.loads(command("search", "木目", "--json", more=plain).stdout)
    assert found["hits"][0]["asset"]["path"] == "木目.png"


def test_wide_names_are_aligned_and_long_lines_cut_on_a_terminal(
    folder: Path, command: Command
) -> None:
    write_png(folder / "木目.png", 3, 3)
    write_png(folder / ("long " * 30 + ".png"), 3, 3)
    command("add", ".", "--no-worker")
    shown, _ = on_terminal(["ls"])
    assert max(len(line) for line in shown.splitlines()) == 80
    assert "…" in shown
    assert max(len(line) for line in command("ls").stdout.splitlines()) > 150
    details, _ = on_terminal(["show", "textures/oak_planks.png"])
    assert str(folder / "textures" / "oak_planks.png") in details
