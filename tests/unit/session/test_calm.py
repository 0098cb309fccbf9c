"""What a session sets aside from Python's collector it gives back. In processes of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BEGIN = """
import gc, sys, time
from audobon.session import Session, calm

def until(fits):
    deadline = time.monotonic() + 240
    while not fits():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)

def opened():
    session = Session(follow_s=0.02)
    session.open(sys.argv[1])
    until(lambda: session.state.phase == "open" and session.state.found.total)
    return session
"""


def run(code: str, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + code, str(folder)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_the_last_session_gives_back_what_the_first_has_set_aside(folder: Path) -> None:
    run(
        """
first = opened()
until(gc.get_freeze_count)
before = len(gc.get_objects())
assert gc.get_freeze_count() > before  # the modules and the library are not looked at any more
second = opened()
assert first.close(30)
assert gc.get_freeze_count()
assert second.close(30)
assert not gc.get_freeze_count()
assert len(gc.get_objects()) > before
third = opened()
until(gc.get_freeze_count)
assert third.close(30)
assert not gc.get_freeze_count()
""",
        folder,
    )


def test_a_ring_that_was_set_aside_goes_at_the_next_full_collection(folder: Path) -> None:
    run(
        """
import weakref
class Ring: pass
gc.disable()
ring = Ring(); ring.self = ring; gone = weakref.ref(ring)
session = opened()
gc.collect()
time.sleep(0.1)
assert not gc.get_freeze_count()  # who has switched the collector off does not want it
gc.enable()
until(gc.get_freeze_count)
del ring
gc.collect()
assert gone() is not None
calm._SETTLED_S = calm._RENEWED_S = 0.0
calm._PROCESS._due = 0.0
until(lambda: not gc.get_freeze_count())  # given back, and not before
gc.collect()
assert gone() is None
calm._SETTLED_S = calm._RENEWED_S = 600.0
until(gc.get_freeze_count)  # Python has collected: set aside anew
assert session.close(30)
assert not gc.get_freeze_count()
""",
        folder,
    )


def test_what_the_host_has_set_aside_itself_is_left_alone(folder: Path) -> None:
    run(
        """
gc.freeze()
own = gc.get_freeze_count()
session = opened()
time.sleep(0.2)
assert 0 < gc.get_freeze_count() <= own
assert session.close(30)
assert 0 < gc.get_freeze_count() <= own
""",
        folder,
    )
