"""A worker in its cage: what it tries is refused by the kernel, and work goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from worksupport import FOLDER, alive, wait_for

from audobon.errors import AudobonError, Unavailable
from audobon.system import seccomp
from audobon.system.sandbox import Cage, below, written_by
from audobon.work.executor import Executor

TASKS = "cagedtasks:TASKS"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux has what this is made of")


def _kernel_has_it() -> bool:
    try:
        from audobon.system.landlock import abi

        return abi() >= 6
    except OSError:
        return False


whole = pytest.mark.skipif(
    sys.platform != "linux" or not _kernel_has_it(), reason="needs Landlock of Linux 6.12"
)


def caged(tmp_path: Path, **words: bool) -> Executor:
    for name in ("ours", "temp", "outside"):
        (tmp_path / name).mkdir(exist_ok=True)
    cage = Cage((str(tmp_path / "ours"),), str(tmp_path / "temp"), **words)
    return Executor(TASKS, folders=[FOLDER], cage=cage)


@whole
def test_what_is_not_its_own_is_refused(tmp_path):
    victim = tmp_path / "outside" / "victim.txt"
    victim.parent.mkdir()
    victim.write_text("precious")
    before = victim.stat()
    payload = {"outside": str(victim.parent), "victim": str(victim), "ours": str(tmp_path / "ours")}
    with caged(tmp_path) as executor:
        told = executor.run("attempts", payload)
        allowed = (
            *("write inside", "rename inside", "remove inside", "temporary file"),
            *("read outside", "thread", "pair of sockets"),
            "mode outside",  # and nothing has happened, see below
        )
        assert {name for name, what in told.items() if what == "done"} == set(allowed), told
        assert set(told.values()) <= {"done", "PermissionError", "OSError"}, told  # EXDEV for moves
        # The worker lives, and so does the rest of a batch with one that is refused.
        wanted = [tmp_path / "ours" / "1", victim.parent / "2", tmp_path / "ours" / "3"]
        outcomes = dict(executor.run_many("write", [{"to": str(path)} for path in wanted]))
        assert isinstance(outcomes[1], Unavailable)
        assert outcomes[0] == outcomes[2] == executor.pid
    assert victim.read_text() == "precious"
    after = victim.stat()
    assert (after.st_mode, after.st_mtime_ns) == (before.st_mode, before.st_mtime_ns)
    assert [path.name for path in victim.parent.iterdir()] == ["victim.txt"]


@whole
def test_a_task_may_write_where_it_is_told_and_no_longer(tmp_path):
    with caged(tmp_path) as executor:
        inside = executor.run("write", {"to": str(tmp_path / "ours" / "a")})
        elsewhere = executor.run("write", {"to": str(tmp_path / "outside" / "b")})
        assert elsewhere != inside
        assert executor.run("write", {"to": str(tmp_path / "outside" / "c")}) == elsewhere
        (tmp_path / "third").mkdir()
        assert executor.run("write", {"to": str(tmp_path / "third" / "d")}) != elsewhere
        several = executor.run_many("write", [{"to": str(tmp_path / "outside" / "e")}])
        assert isinstance(dict(several)[0], Unavailable)
    assert (tmp_path / "outside" / "c").exists()
    assert not (tmp_path / "outside" / "e").exists()


@whole
def test_programs_run_only_where_they_are_meant_to(tmp_path):
    with caged(tmp_path) as executor, pytest.raises(AudobonError):
        executor.run("program", {})
    with caged(tmp_path, programs=True) as executor:
        assert executor.run("program", {}) == "hello\n"
        assert "no programs (seccomp)" not in executor.sealed.active
        assert "no network (seccomp)" in executor.sealed.active


_STARTER = """
import sys
from audobon.system.sandbox import Cage
from audobon.work.executor import Executor
executor = Executor("cagedtasks:TASKS", folders=[sys.argv[1]], cage=Cage((), sys.argv[2]))
executor.start()
executor.wait_ready()
print(executor.pid, flush=True)
executor.run("sleep", {"seconds": 600})
"""


@whole
def test_a_caged_worker_ends_with_its_starter(tmp_path):
    command = [sys.executable, "-c", _STARTER, FOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        assert alive(pid)
        os.kill(starter.pid, signal.SIGKILL)
    wait_for(lambda: not alive(pid), what="the end of the worker")


_OLD_KERNEL = """
import platform
from audobon.system import landlock, sandbox
landlock._CREATE = 9999
platform.machine = lambda: "riscv64"
sealed = sandbox.seal(sandbox.Cage().plain())
print([word for word in sealed.active if "machine" not in word], "|".join(sealed.lacking))
open("/dev/null", "w").close()
"""


def test_a_kernel_that_has_nothing_is_told_and_no_fault():
    done = subprocess.run(
        [sys.executable, "-c", _OLD_KERNEL], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("[] no Landlock: ")
    assert "no seccomp: no filter is written for riscv64" in done.stdout


def test_where_a_task_writes_is_read_off_its_payload(tmp_path):
    file, folder = str(tmp_path / "made.png"), str(tmp_path)
    assert written_by({"to": file, "path": "/x"}) == (folder,)
    assert written_by({"to": folder}) == (folder,)
    assert written_by({"folder": folder, "to": None}) == (folder,)
    assert written_by({"path": "/x"}) == ()
    (tmp_path / "link").symlink_to("/etc")
    assert below(str(tmp_path / "a" / "b"), [folder])
    assert not below(str(tmp_path / "link"), [folder])
    assert not below(folder + "2", [folder])
    assert not below("/", ["", folder])


def _judge(steps: list[tuple[int, int, int, int]], nr: int, arch: int, *arguments: int) -> int:
    """What the kernel makes of a filter: an interpreter of the few instructions it has."""
    data = {0: nr, 4: arch, **{16 + 8 * at: value for at, value in enumerate(arguments)}}
    at, register = 0, 0
    while True:
        code, yes, no, value = steps[at]
        at += 1
        if code == 0x20:
            register = data.get(value, 0)
        elif code == 0x06:
            return value
        else:
            met = {0x15: register == value, 0x35: register >= value, 0x45: bool(register & value)}
            at += yes if met[code] else no


_X86, _ARM = 0xC000003E, 0xC00000B7


@pytest.mark.parametrize(
    ("arch", "socket", "clone", "read", "execve", "ptrace"),
    [(_X86, 41, 56, 0, 59, 101), (_ARM, 198, 220, 63, 221, 117)],
)
def test_the_filter_says_the_same_on_both_architectures(arch, socket, clone, read, execve, ptrace):
    allow, refuse, unknown = 0x7FFF0000, 0x00050001, 0x00050026
    usual = seccomp._steps(arch, programs=False, local_sockets=False)
    free = seccomp._steps(arch, programs=True, local_sockets=True)
    assert max(max(step[1:3]) for step in usual + free) < 256
    for steps in (usual, free):
        assert _judge(steps, read, arch) == allow
        assert _judge(steps, ptrace, arch) == refuse
        assert _judge(steps, socket, arch, 2, 1, 0) == refuse
        assert _judge(steps, socket, arch, 10, 2, 0) == refuse
        assert _judge(steps, socket, arch, 16, 3, 0) == refuse
        assert _judge(steps, socket, arch, 16, 3, 15) == allow
        assert _judge(steps, clone, arch, 0x3D0F00) == allow
        assert _judge(steps, 435, arch) == unknown
        assert _judge(steps, 425, arch) == unknown
        assert _judge(steps, read, 0x40000003) == refuse
    assert _judge(usual, socket, arch, 1, 1, 0) == refuse
    assert _judge(free, socket, arch, 1, 1, 0) == allow
    assert _judge(usual, clone, arch, 0x11) == refuse
    assert _judge(free, clone, arch, 0x11) == allow
    assert _judge(free, clone, arch, 0x10000011) == refuse
    assert (_judge(usual, execve, arch), _judge(free, execve, arch)) == (refuse, allow)
    if arch == _X86:
        assert _judge(usual, 0x40000000 | 41, arch, 2) == unknown
