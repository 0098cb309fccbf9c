"""What is left of the add-on after it was disabled, and after Blender was killed: nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_blender_addon import legacy_zip  # noqa: F401  # a fixture

import audobon
from audobon.testing.pictures import write_png

pytestmark = pytest.mark.hosts

_JOB = """
import json, os, shutil, signal, sys, threading, time
from pathlib import Path
import bpy

FOLDER, SEEN, HOME = {folder!r}, {seen!r}, {home!r}

def processes():
    \"\"\"Numbers and commands of our children and of whatever runs from the add-on.\"\"\"
    found = {{}}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\\0", b" ").decode()
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == os.getpid() or ("vendor/audobon" in line and HOME in line):
                found[entry.name] = line
    return found

def work():
    bpy.ops.preferences.addon_install(filepath={zip!r})
    bpy.ops.preferences.addon_enable(module="audobon_blender")
    from audobon_blender.ui import here

    def until(fits):
        end = time.monotonic() + 240
        while not fits():
            here.pump()
            assert time.monotonic() < end, here.state()
            time.sleep(0.01)

    until(lambda: here.session() is not None)
    bpy.ops.audobon.create_library(directory=FOLDER)
    until(lambda: here.state().found.total == 3)
    scene = next(asset for asset in here.state().found.assets if asset.kind == "blend")
    bpy.ops.audobon.choose(ident=scene.id)
    until(lambda: here.state().inside is not None)  # so the session has a worker of its own
    until(lambda: any("services.jobs.workers" in line for line in processes().values()))
    until(lambda: not here.state().jobs)
    return here, until

def work_hard(here):
    \"\"\"Have the library's process do what takes longer than anybody would wait here.\"\"\"
    def ask(library, _report):
        large = library.get("oak 0.png")
        jobs = [library.run("normal", large, detail=1 + number / 99) for number in range(60)]
        jobs[0].start()
        return "asked"
    here.session().do("work", ask)
    end = time.monotonic() + 240
    while not any(job.state == "running" for job in here.state().jobs):
        here.pump()
        assert time.monotonic() < end, here.state()
        time.sleep(0.01)
"""

_DISABLED = """
def main():
    here, until = work()
    folder = Path(sys.modules["audobon_blender"].__file__).parent
    before = processes()
    started = time.monotonic()
    bpy.ops.preferences.addon_disable(module="audobon_blender")
    took = time.monotonic() - started
    threads = [thread.name for thread in threading.enumerate() if "audobon" in thread.name]
    after = processes()
    written = [path.name for path in folder.rglob("*.pyc")]
    bpy.ops.preferences.addon_enable(module="audobon_blender")
    until(lambda: here.session() is not None)
    bpy.ops.audobon.open_recent(path=FOLDER)
    until(lambda: here.state().phase == "open")
    work_hard(here)
    busy = processes()
    bpy.ops.preferences.addon_disable(module="audobon_blender")
    threads += [thread.name for thread in threading.enumerate() if "audobon" in thread.name]
    busy_after = processes()
    shutil.rmtree(folder)
    time.sleep(2)
    return {"before": before, "after": after, "threads": threads, "took": took,
            "busy": busy, "busy_after": busy_after,
            "workers": [name for name in written if name.startswith(("workers.", "tasks."))],
            "folder": folder.exists()}
"""

_KILLED = """
work_hard(work()[0])
Path(SEEN).write_text(json.dumps(processes()))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def job(tmp_path: Path, legacy_zip: Path) -> str:  # noqa: F811
    """A script that has the add-on work on a small library."""
    folder = tmp_path / "Studio"
    write_png(folder / "oak 0.png", 2000, 2000, color=(40, 200, 90))
    write_png(folder / "oak 1.png", 64, 64, color=(40, 200, 90))
    for home in ("blender-home", "home"):
        data = tmp_path / home / ".local" / "share" / "audobon"
        data.mkdir(parents=True)
        told = json.dumps({"python": sys.executable})
        (data / "worker-environment.json").write_text(told, "utf-8")
    code = f"import bpy; bpy.ops.wm.save_as_mainfile(filepath={str(folder / 'room.blend')!r})"
    subprocess.run(
        ["blender", "-b", "--factory-startup", "--python-expr", code],
        capture_output=True,
        check=True,
        timeout=240,
    )
    (folder / "room.blend1").unlink(missing_ok=True)
    return _JOB.format(
        folder=str(folder),
        seen=str(tmp_path / "seen.json"),
        home=str(tmp_path),
        zip=str(legacy_zip),
    )


def test_nothing_of_it_is_left_after_it_was_disabled(
    blender: Callable[[Path], Any], job: str, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text(job + _DISABLED, "utf-8")
    told = blender(script)
    print(f"disabling took {told['took']:.2f} s; before it there were {len(told['before'])}")
    assert len(told["before"]) >= 2
    assert told["threads"] == []
    assert told["after"] == {}
    assert len(told["busy"]) >= 2
    assert told["busy_after"] == {}
    with audobon.Library.open(tmp_path / "Studio") as library:
        left = [job for job in library.jobs("queued") if job.kind != "preview"]
    assert left, "what was not done waits for the next start of any host"
    assert told["workers"] == [], "a worker has written into the add-on's folder"
    assert not told["folder"], "something has written there after it was removed"


def test_nothing_of_it_is_left_after_blender_was_killed(job: str, tmp_path: Path) -> None:
    script, seen = tmp_path / "script.py", tmp_path / "seen.json"
    script.write_text(job + _KILLED, "utf-8")
    done = subprocess.run(
        ["blender", "-b", "--factory-startup", "--python", str(script)],
        env={"PATH": os.defpath, "HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stdout[-3000:]
    there = json.loads(seen.read_text("utf-8"))
    assert len(there) >= 2
    end = time.monotonic() + 240
    while left := [number for number in there if _alive(number)]:
        assert time.monotonic() < end, [there[number] for number in left]
        time.sleep(0.1)


def _alive(number: str) -> bool:
    try:
        stat = Path("/proc", number, "stat").read_text("utf-8")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"  # those wait for whoever took them over
