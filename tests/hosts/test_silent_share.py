"""A share that stops answering under a session: its own thread never waits, also to close."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from disks import share, small_library  # noqa: F401  # a fixture

import audobon

pytestmark = pytest.mark.hosts

_CHILD = """
import faulthandler, os, signal, sys, threading, time
from audobon.session import Session, Wanted

place, server, what = sys.argv[1], int(sys.argv[2]), sys.argv[3]
session = Session()
session.open(place)

def until(fits):
    end = time.monotonic() + 240
    while not fits(session.state):
        session.pump()
        assert time.monotonic() < end, session.state
        time.sleep(0.01)

until(lambda state: state.phase == "open" and state.found.total)
until(lambda state: state.engine.state != "unknown")
session.choose(session.state.found.assets[0].id)
until(lambda state: state.chosen is not None and state.chosen.complete)
session.history.watch()
ident = session.state.chosen.asset.id

def wake(kind, error, trace):  # else this process could not even end
    os.kill(server, signal.SIGCONT)
    sys.__excepthook__(kind, error, trace)

sys.excepthook = wake
os.kill(server, signal.SIGSTOP)
# Only this ends a process whose own thread waits for the share; what waited is printed.
faulthandler.dump_traceback_later(100, exit=True)
if what == "search":
    session.search(Wanted("oak"))
elif what == "edit":
    session.edit(ident, rating=3)
if what != "at once":
    until(lambda state: state.waits is not None)
    assert "does not answer" in session.state.waits.message
session.leave()
assert session.state.phase == "closed"
assert not session.close(0.5), "its threads still wait for the share"
for _ in range(20):  # what a host does: it starts threads and takes memory
    thread = threading.Thread(target=lambda: bytearray(1 << 20))
    thread.start()
    thread.join()
    time.sleep(0.05)
faulthandler.cancel_dump_traceback_later()
os.kill(server, signal.SIGCONT)
assert session.close(60.0), "the share is back"
assert [one.name for one in threading.enumerate() if one.name.startswith("audobon-")] == []
print("closed")
"""


@pytest.mark.parametrize("what", ["nothing", "search", "edit", "at once"])
def test_a_library_on_a_silent_share_is_left_at_once(
    what: str,
    share: tuple[Path, int],  # noqa: F811
) -> None:
    point, server = share
    with audobon.Library.open(small_library(point)) as library:
        library.commit("one")
    with subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(point), str(server), what],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        # Not even one that is killed ends while the share is silent.
        waking = threading.Timer(150, os.kill, [server, signal.SIGCONT])
        waking.start()
        printed, failed = process.communicate()
        waking.cancel()
    assert process.returncode == 0, failed[-4000:]
    assert printed == "closed\n"
