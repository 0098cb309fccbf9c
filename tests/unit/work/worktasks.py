"""Tasks for the tests of workers: honest ones, and every way to misbehave."""

from __future__ import annotations

import ctypes
import mmap
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from audobon.errors import BadFile


def echo(payload, context):
    return dict(payload)


def environment(payload, context):
    return {"environ": dict(os.environ), "path": sys.path, "executable": sys.executable}


def prints(payload, context):
    print("a task prints")
    os.write(1, b'{"done": 1, "result": "forged"}\n')
    ctypes.CDLL(None).puts(b"native code prints")
    ctypes.CDLL(None).fflush(None)
    return {"stdin": os.read(0, 10).decode()}


def hog(payload, context):
    return len(bytearray(payload["bytes"]))


def reserve(payload, context):
    """Set address space aside, as the driver of a graphics card does, and fill a part of it."""
    with mmap.mmap(-1, payload["bytes"], flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as space:
        for start in range(0, payload["filled"], 1 << 20):
            space[start : start + (1 << 20)] = b"1" * (1 << 20)
        time.sleep(30 if payload["filled"] else 0)
        return len(space)


def native_hog(payload, context):
    sys.stderr.write("terminate called after throwing an instance of 'std::bad_alloc'\n")
    sys.stderr.flush()
    os.abort()


def spin(payload, context):
    while True:
        pass


def parts(payload, context):
    for number in range(payload["count"]):
        context.give([number, payload["n"]])
    if payload.get("die"):
        os.kill(os.getpid(), signal.SIGKILL)
    return payload["n"]


def sleep(payload, context):
    time.sleep(payload["seconds"])
    return "slept"


def polite(payload, context):
    Path(payload["begun"]).touch()
    while True:
        context.check()
        time.sleep(0.01)


def stubborn(payload, context):
    Path(payload["begun"]).touch()
    time.sleep(600)


def gil(payload, context):
    """Native code that never gives the interpreter back."""
    Path(payload["begun"]).write_text(str(os.getpid()))
    ctypes.PyDLL(None).sleep(600)


def kill(payload, context):
    if payload.get("die", True):
        os.kill(os.getpid(), signal.SIGKILL)
    return payload["n"]


def leave(payload, context):
    sys.stderr.write("the last words\n")
    sys.stderr.flush()
    os._exit(payload["status"])


def crash(payload, context):
    ctypes.string_at(0)


def exits(payload, context):
    sys.exit(3)


def bug(payload, context):
    raise ZeroDivisionError("a bug")


def bad(payload, context):
    raise BadFile("the picture is damaged", subject="a.png", hint="restore it")


def missing(payload, context):
    return Path(payload["path"]).read_text()


def writes(payload, context):
    with open(payload["path"], "wb") as stream:
        stream.write(bytes(payload["bytes"]))
    return os.path.getsize(payload["path"])


def long_result(payload, context):
    return "x" * payload["length"]


def strange_result(payload, context):
    return {1, 2, 3}


def garbage(payload, context):
    for fd in range(3, 20):
        try:
            os.write(fd, b"\xff not a message\n")
        except OSError:
            continue
    time.sleep(60)


def progress(payload, context):
    for step in range(5):
        context.progress(step / 4)
        time.sleep(0.03)
    for _ in range(10000):
        context.progress(0.5)  # too many to be sent
    return "done"


def slow_progress(payload, context):
    Path(payload["begun"]).touch()
    for step in range(10):
        context.progress(step / 10)
        time.sleep(0.1)
    return "done"


def leaks(payload, context):
    _leaked.append(bytearray(payload["bytes"]))
    return os.getpid()


_leaked = []


def niceness(payload, context):
    return {"nice": os.nice(0), "group": os.getpgid(0), "pid": os.getpid()}


def orphan(payload, context):
    """Leave a process behind that holds every pipe, then die."""
    child = subprocess.Popen(["sleep", "300"], close_fds=False)
    Path(payload["begun"]).write_text(str(child.pid))
    os.kill(os.getpid(), signal.SIGKILL)


def once(payload, context):
    """Die at the first attempt, answer at the second."""
    path = Path(payload["path"])
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "second attempt"


def note(payload, context):
    with open(payload["path"], "a") as stream:
        stream.write(f"{payload['n']}\n")
    return payload["n"]


def meet(payload, context):
    """Wait until the other one is here as well."""
    Path(payload["mine"]).touch()
    while not Path(payload["other"]).exists():
        time.sleep(0.005)
    return "met"


def count_up(payload, context):
    """One number a line, until somebody says that it is enough."""
    number, path = 0, Path(payload["path"])
    while not Path(payload["enough"]).exists():
        with path.open("a") as stream:
            stream.write(f"{number}\n")
        number += 1
        context.check()
        time.sleep(0.005)
    return number


def until_still(payload, context):
    """Wait until nobody writes to a file any more; its lines."""
    path, before = Path(payload["path"]), ""
    while (now := path.read_text()) != before:
        before = now
        time.sleep(0.2)
    return len(now.splitlines())


def who(payload, context):
    """Which worker does it: its number, its niceness, and whether it is one for the background."""
    return [os.getpid(), os.nice(0), context.background]


_FUNCTIONS = (
    *(echo, environment, prints, hog, native_hog, spin, sleep, polite, stubborn, gil, kill, leave),
    reserve,
    *(crash, exits, bug, bad, missing, writes, long_result, strange_result, garbage, progress),
    *(slow_progress, leaks, niceness, orphan, once, note, meet, parts),
    *(count_up, until_still, who),
)
TASKS = {function.__name__: function for function in _FUNCTIONS}
