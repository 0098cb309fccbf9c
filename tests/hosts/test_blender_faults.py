"""What goes wrong under the panel of a real Blender: a sentence each time, and Blender goes on."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from disks import disks, failing, share, small_library  # noqa: F401  # fixtures
from test_blender_addon import folder, in_window, legacy_zip  # noqa: F401  # fixtures

import audobon
from audobon.errors import Corrupt
from audobon.testing.pictures import write_png

pytestmark = pytest.mark.hosts

_HEAD = """
    import contextlib, itertools, json, os, shutil, signal, subprocess
    from pathlib import Path
    PLACES = json.loads({places!r})
    told, printed = {{}}, []

    class Listening:
        def __init__(self, stream):
            self.stream = stream
        def write(self, text):
            printed.append(text)
            return self.stream.write(text)
        def flush(self):
            self.stream.flush()

    sys.stderr, sys.stdout = Listening(sys.stderr), Listening(sys.stdout)
    here = install()
    yield from hands.show_sidebar()
    yield lambda: here.session() is not None

    def opened(name):
        if here.state().phase == "open":
            bpy.ops.audobon.leave_library()
        bpy.ops.audobon.open_recent(path=PLACES[name])
        yield lambda: here.state().phase == "open" and here.state().found.total
        yield lambda: here.state().engine.state == "ready"

    def said(name):
        yield 0.4
        if name != "share-silent":
            hands.shot("blender-fault-" + name)
            return
        # Starting a program closes files of the silent share in the new process, and waits.
        place = os.path.join(os.environ["AUDOBON_PICTURES"], "blender-fault-" + name + ".png")
        yield from hands.do(bpy.ops.screen.screenshot, filepath=place)

    def processes():
        found = {{}}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    line = (entry / "cmdline").read_bytes().replace(b"\\0", b" ").decode()
                    parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                except OSError:
                    continue
                found[int(entry.name)] = (parent, line)
        return found
"""

_TAIL = """
    bpy.ops.preferences.addon_disable(module="audobon_blender")
    def threads():
        return [thread.name for thread in threading.enumerate() if "audobon" in thread.name]
    yield lambda: not threads()  # one that looks for a Python just then comes to its end first
    told["threads"] = threads()
    told["printed"] = [text for text in printed if "Traceback" in text or "Error" in text]
    return told
"""

_DISKS = """
    bpy.ops.audobon.open_recent(path=PLACES["corrupt"])
    yield lambda: here.state().notice is not None and not here.state().searching
    problem = here.state().notice.problem
    told["corrupt"] = [problem.message, problem.code, problem.hint]
    yield from said("corrupt")

    yield from opened("locked")
    told["locked"] = here.state().read_only
    bpy.ops.audobon.choose(ident=here.state().found.assets[0].id)
    yield lambda: here.state().chosen is not None and here.state().chosen.complete
    bpy.ops.audobon.rate(rating=3)
    yield lambda: here.state().notice is not None
    told["unrated"] = [here.state().notice.problem.message, here.state().notice.problem.code]
    yield from said("read-only")

    yield from opened("full")
    bpy.ops.audobon.choose(ident=here.state().found.assets[0].id)
    yield lambda: here.state().chosen is not None and here.state().chosen.complete
    filler = Path(PLACES["full"], "filler.bin")
    with open(filler, "wb", buffering=0) as stream:
        try:
            while stream.write(bytes(4096)):
                pass
        except OSError:
            pass
    def refused():
        return here.state().notice is not None and here.state().notice.problem is not None
    for number in range(200):  # until what the disk had left for the catalog is full too
        if not refused():
            bpy.ops.audobon.rate(rating=1 + number % 5)
            yield lambda: here.state().doing is None
            yield 0.05
    yield refused
    told["full"] = [here.state().notice.problem.message, here.state().notice.problem.hint]
    yield from said("full-disk")
    filler.unlink()
    yield lambda: here.state().doing is None
    bpy.ops.audobon.rate(rating=5)
    yield lambda: here.state().chosen.asset.rating == 5

    yield from opened("share")
    scene = next(each for each in here.state().found.assets if each.kind == "image")
    bpy.ops.audobon.choose(ident=scene.id)
    yield lambda: here.state().chosen is not None and here.state().chosen.complete
    known = len(bpy.data.images)
    os.kill(PLACES["server"], signal.SIGSTOP)
    try:
        yield lambda: here.state().waits is not None
        told["silent"] = here.state().waits.message
        yield from said("share-silent")
        try:
            told["use"] = list(bpy.ops.audobon.use_image(use="plane"))
        except RuntimeError as error:
            told["use"] = str(error)
        told["images"] = len(bpy.data.images) - known
    finally:
        os.kill(PLACES["server"], signal.SIGCONT)  # or nothing that waits for it could be ended
    yield lambda: here.state().waits is None
    told["back"] = here.state().phase
    os.kill(PLACES["server"], signal.SIGKILL)
    yield lambda: here.state().phase == "closed"
    told["gone"] = here.state().problem.message
    yield from said("share-gone")
"""

_PEOPLE = """
    yield from opened("plain")
    asset = here.state().found.assets[0]
    bpy.ops.audobon.choose(ident=asset.id)
    yield lambda: here.state().chosen is not None and here.state().chosen.complete
    other = subprocess.Popen([bpy.app.binary_path, "-b", "--factory-startup", "--python-exit-code",
                              "5", "--python", PLACES["other"]],
                             env={**os.environ, "HOME": PLACES["home"]})
    bpy.context.window_manager.audobon.new_tag = "first"
    bpy.ops.audobon.add_tag()
    yield lambda: set(here.state().chosen.asset.tags) == {"first", "second"}
    yield lambda: other.poll() is not None
    told["other"] = other.returncode

    asked = itertools.count()
    def ask(library, _report):
        large = library.get("large.png")
        details = [1 + number / 999 for number in itertools.islice(asked, 9)]
        [library.run("normal", large, detail=detail) for detail in details][0].start()
    here.session().do("work", ask)
    def running():
        return any(job.state == "running" for job in here.state().jobs)
    def servers():
        return [number for number, (_, line) in processes().items()
                if "services.jobs.workers" in line and PLACES["plain"] in line]
    yield running
    first = servers()
    for number in first:
        os.kill(number, signal.SIGKILL)
    yield lambda: servers() and not set(servers()) & set(first)  # the session has seen to it
    told["again"] = len(first)

    # A worker that dies again and again: its job fails with a sentence.
    def begun(number):
        # Before its first task a worker has no numpy; to kill it then would blame no job.
        try:
            return "/numpy/" in Path(f"/proc/{number}/maps").read_text()
        except OSError:
            return False
    def struck():
        waiting = [job for job in here.state().jobs if job.state in ("queued", "running")]
        if not waiting and here.state().doing is None:
            here.session().do("work", ask)  # all were quicker than the kills
        serving = servers()
        for number, (parent, _) in processes().items():
            if parent in serving and begun(number):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
        return here.state().failures
    yield "a job to fail", struck, 240
    told["died"] = here.state().failures[0].problem.message
    yield from said("worker-killed")

    while os.path.exists(PLACES["plain"]):
        # The library closes meanwhile, and takes files of its own away itself.
        shutil.rmtree(PLACES["plain"], ignore_errors=True)
    yield lambda: here.state().phase == "closed"
    told["deleted"] = here.state().problem.message
    yield from said("deleted")
"""

# Another person's Blender, or the same one's second: it also installs the zip anew over the add-on
# that the first one runs.
_OTHER = """
import sys, time
import bpy
bpy.ops.preferences.addon_install(filepath={zip!r})
bpy.ops.preferences.addon_enable(module="audobon_blender")
from audobon_blender.ui import here

def until(fits):
    end = time.monotonic() + 240
    while not fits():
        here.pump()
        assert time.monotonic() < end, here.state()
        time.sleep(0.02)

until(lambda: here.session() is not None)
bpy.ops.audobon.open_recent(path={folder!r})
until(lambda: here.state().phase == "open" and here.state().found.total)
bpy.ops.audobon.choose(ident={ident!r})
until(lambda: here.state().chosen is not None)
bpy.context.window_manager.audobon.new_tag = "second"
bpy.ops.audobon.add_tag()
until(lambda: set(here.state().chosen.asset.tags) == {{"first", "second"}})
bpy.ops.preferences.addon_disable(module="audobon_blender")
"""


@pytest.fixture
def run(
    in_window: Callable[[str], Any],  # noqa: F811
    tmp_path: Path,
) -> Callable[[str, dict[str, Any]], Any]:
    """Have a Blender with the add-on and an engine do this, where these places are."""
    data = tmp_path / "blender-home" / ".local" / "share" / "audobon"
    data.mkdir(parents=True)
    (data / "worker-environment.json").write_text(json.dumps({"python": sys.executable}), "utf-8")

    def run(body: str, places: dict[str, Any]) -> Any:
        return in_window(_HEAD.format(places=json.dumps(places)) + body + _TAIL)

    return run


def test_disks_that_fail_are_sentences(
    run: Callable[[str, dict[str, Any]], Any],
    tmp_path: Path,
    disks: Callable[[str, str], Path],  # noqa: F811
    share: tuple[Path, int],  # noqa: F811
) -> None:
    told = run(_DISKS, failing(tmp_path, disks, share))
    assert told["corrupt"][1] == Corrupt.code
    assert told["corrupt"][0].startswith("the catalog of Corrupt was damaged")
    assert "catalog-damaged-" in told["corrupt"][2]
    assert told["locked"]
    assert "reading only" in told["unrated"][0]
    assert "no space" in told["full"][0] or "full" in told["full"][0]
    assert told["full"][1], told["full"]
    assert told["silent"] == f"the library at {share[0]} does not answer"
    assert "does not answer" in told["use"]
    assert told["images"] == 0
    assert told["back"] == "open"
    assert told["gone"] == f"the library at {share[0]} is gone"
    assert told["threads"] == []
    assert not [line for line in told["printed"] if "Traceback" in line]


def test_a_killed_worker_another_blender_and_a_deleted_library_are_sentences(
    run: Callable[[str, dict[str, Any]], Any],
    tmp_path: Path,
    legacy_zip: Path,  # noqa: F811
) -> None:
    plain = tmp_path / "Plain"
    write_png(plain / "large.png", 2000, 2000, color=(40, 200, 90))
    small_library(plain)
    with audobon.Library.open(plain) as library:
        ident = library.search("").hits[0].asset.id
    other, home = tmp_path / "other.py", tmp_path / "other-home"
    home.mkdir()
    words = {"zip": str(legacy_zip), "folder": str(plain), "ident": ident}
    other.write_text(_OTHER.format(**words), "utf-8")
    told = run(_PEOPLE, {"plain": str(plain), "other": str(other), "home": str(home)})
    assert told["other"] == 0
    assert told["again"] == 1
    assert "worker" in told["died"]
    assert told["deleted"] == f"the library at {plain} is gone"
    assert told["threads"] == []
    assert not [line for line in told["printed"] if "Traceback" in line]
