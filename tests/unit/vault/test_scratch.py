"""Folders for copies in clear of what is encrypted: whose they are, where, what a kill leaves."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from audobon.system import scratch
from audobon.system.folders import work_folder
from audobon.system.scratch import private_folder, sweep_private

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="modes and signals of POSIX")
_HOLD = """
import sys
from audobon.system import scratch
scratch._in_memory = lambda make=True: iter(())
folder = scratch.private_folder()
(folder / "clear.txt").write_text("graumoos")
print(folder, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A temporary folder of its own, and a process that has none of these yet."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(scratch, "_mine", {})


@pytest.fixture
def no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a file system in memory."""
    monkeypatch.setattr(scratch, "_in_memory", lambda make=True: iter(()))


def held() -> tuple[subprocess.Popen[str], Path]:
    """Another process with a copy in clear."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


@POSIX
@pytest.mark.usefixtures("no_memory")
def test_nobody_else_reads_it_and_it_stays_the_same() -> None:
    folder = private_folder()
    assert folder.parent == work_folder()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder.parent.stat().st_mode & 0o777 == 0o700
    assert private_folder() == folder
    folder.rmdir()  # whoever cleans temporary files by their age
    again = private_folder()
    assert again.is_dir()
    assert again != folder


@pytest.mark.skipif(sys.platform != "linux", reason="where there is a file system in memory")
def test_what_lies_in_memory_is_told_from_what_does_not() -> None:
    from audobon.system.volumes import in_memory

    told = " /dev/shm tmpfs " in Path("/proc/mounts").read_text("utf-8", "replace")
    assert in_memory(Path("/dev/shm")) == told
    assert not in_memory(Path("/proc"))


def test_it_lies_in_memory_where_there_is_room(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    memory = tmp_path / "memory"
    memory.mkdir()
    monkeypatch.setattr(scratch, "_in_memory", lambda make=True: iter((memory,)))
    monkeypatch.setattr(scratch, "_free", lambda base: scratch.SPARE + scratch.USUAL)
    assert private_folder().parent == memory
    assert private_folder(scratch.USUAL).parent == memory
    assert private_folder(scratch.USUAL + 1).parent == work_folder()
    monkeypatch.setattr(scratch, "_free", lambda base: scratch.SPARE)
    assert private_folder().parent == work_folder()


@pytest.mark.usefixtures("no_memory")
def test_a_worker_has_that_of_whom_it_works_for(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = private_folder()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(scratch, "_mine", {})
    assert private_folder() == folder
    assert work_folder() == folder


@POSIX
@pytest.mark.usefixtures("no_memory")
def test_what_a_killed_process_has_left_goes_with_the_next_and_nothing_else() -> None:
    process, theirs = held()
    try:
        mine = private_folder()
        assert theirs.parent == mine.parent
        sweep_private()
        assert (theirs / "clear.txt").read_text() == "graumoos"  # it lives
        process.kill()
        process.wait()
        assert theirs.is_dir()
        sweep_private()
    finally:
        process.kill()
        process.communicate()
    assert sorted(path.name for path in mine.parent.iterdir()) == [mine.name, f"{mine.name}.lock"]


@POSIX
def test_it_is_gone_when_its_process_ends() -> None:
    process, theirs = held()
    assert theirs.is_dir()
    process.communicate("")
    assert process.returncode == 0
    assert [*theirs.parent.iterdir()] == []


@POSIX
def test_no_private_folder_is_had_in_a_folder_of_somebody_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if sys.platform != "linux":
        pytest.skip("where there is a file system in memory")
    monkeypatch.setattr(scratch, "_SHARED", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", "")
    monkeypatch.setattr(scratch, "in_memory", lambda _: True)
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (tmp_path / f"audobon-{os.getuid()}").symlink_to(theirs)
    assert [*scratch._in_memory()] == []
