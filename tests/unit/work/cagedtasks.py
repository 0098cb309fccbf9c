"""Tasks that try what a worker in a cage may not do."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path


def _thread():
    seen = []
    thread = threading.Thread(target=lambda: seen.append(1))
    thread.start()
    thread.join()
    return len(seen)


def _native_socket():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0) < 0:
        raise OSError(ctypes.get_errno(), "socket")


def _ptrace(pid):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(16, pid, None, None) < 0:  # PTRACE_ATTACH
        raise OSError(ctypes.get_errno(), "ptrace")


def attempts(payload, context):
    """What became of each attempt: the name of an error, or ``done``."""
    folder, victim, ours = payload["outside"], payload["victim"], payload["ours"]
    tries = {
        "write inside": lambda: Path(ours, "a").write_text("x"),
        "rename inside": lambda: Path(ours, "a").rename(Path(ours, "b")),
        "remove inside": lambda: Path(ours, "b").unlink(),
        "temporary file": lambda: tempfile.TemporaryFile().close(),
        "read outside": lambda: Path(victim).read_text(),
        "thread": _thread,
        "pair of sockets": lambda: [end.close() for end in socket.socketpair()],
        "new file outside": lambda: Path(folder, "new").write_text("x"),
        "change outside": lambda: open(victim, "r+").close(),
        "cut outside": lambda: os.truncate(victim, 0),
        "remove outside": lambda: os.unlink(victim),
        "move in": lambda: Path(victim).rename(Path(ours, "taken")),
        "link in": lambda: os.link(victim, Path(ours, "linked")),
        "folder outside": lambda: Path(folder, "new folder").mkdir(),
        "mode outside": lambda: os.chmod(victim, 0o777),
        "time outside": lambda: os.utime(victim, (0, 0)),
        "socket": socket.socket,
        "socket 6": lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM),
        "socket of native code": _native_socket,
        "local socket": lambda: socket.socket(socket.AF_UNIX),
        "environment of another": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
        "memory of another": lambda: Path(f"/proc/{os.getppid()}/mem").open("rb").close(),
        "signal": lambda: os.kill(os.getppid(), 0),
        "trace": lambda: _ptrace(os.getppid()),
        "fork": lambda: os.fork() or os._exit(0),
        "program": lambda: subprocess.run(["true"], check=True),
    }
    told = {}
    for name, attempt in tries.items():
        try:
            attempt()
            told[name] = "done"
        except OSError as error:
            told[name] = type(error).__name__
    return told


def write(payload, context):
    Path(payload["to"]).write_text("x")
    return os.getpid()


def program(payload, context):
    return subprocess.run(["echo", "hello"], check=True, capture_output=True).stdout.decode()


def sleep(payload, context):
    time.sleep(payload["seconds"])


_FUNCTIONS = (attempts, write, program, sleep)
TASKS = {function.__name__: function for function in _FUNCTIONS}
