"""What any program changes on disk is in the library a moment later; what hinders it is told."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import audobon
from audobon.services.watch import watching as loop
from audobon.services.watch.pending import Pending
from audobon.services.watch.watchers import Watching
from audobon.system import notify
from audobon.system.locks import is_held
from audobon.testing.pictures import write_png
from audobon.testing.scene_file import SceneSpec, scene_bytes

Till = Callable[..., None]

pytestmark = pytest.mark.skipif(not notify.is_there(), reason="this Python lacks watchfiles")


@pytest.fixture(autouse=True)
def _allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUDOBON_WATCH", raising=False)


def till(fits: Callable[[], Any], *, seconds: float = 240.0) -> None:
    """Wait until something is so; far longer than it takes, because machines are busy."""
    for _ in range(round(seconds / 0.02)):  # not by the clock: everything may be held for long
        try:
            if fits():
                return
        except audobon.NotFound:
            pass
        time.sleep(0.02)
    raise AssertionError("it never came")


@pytest.fixture
def watching(lib: audobon.Library) -> Iterator[Watching]:
    with lib.watch() as found:
        assert found.wait_ready(120.0).state == "watching"
        yield found


def paths(lib: audobon.Library, *states: str) -> set[str]:
    wanted = states or ("present",)
    return {asset.path for asset in lib.assets(limit=9_000) if asset.state in wanted}


def test_what_others_do_is_taken_in(lib: audobon.Library, folder: Path, watching: Watching) -> None:
    write_png(folder / "textures" / "new metal.png", 24, 8)
    till(lambda: lib.get("textures/new metal.png").width == 24)

    # A rename is a rename: the asset stays who it is.
    lib.edit("readme.txt", add_tags=["kept"])
    ident = lib.get("readme.txt").id
    (folder / "readme.txt").rename(folder / "about.txt")
    till(lambda: lib.get("about.txt"))
    assert (lib.get("about.txt").id, lib.get("about.txt").tags) == (ident, ("kept",))

    # Editors write another file and put it in the place of the old one.
    (folder / "about.txt.tmp").write_text("written by an editor\n")
    os.replace(folder / "about.txt.tmp", folder / "about.txt")
    till(lambda: lib.search("editor").total == 1)
    assert lib.get("about.txt").id == ident

    # Krita moves the painting to its backup and writes a new one; Blender likewise.
    for name, backup in (("hut.blend", "hut.blend1"), ("cup.blend", "cup.blend@")):
        (folder / backup).write_bytes(b"what was before")
        (folder / name).write_bytes(scene_bytes(SceneSpec({}, {})))
    (folder / "lake.kra~").write_bytes(b"what was before")
    (folder / "lake~000.kra").write_bytes(b"an incremental backup")
    (folder / ".lake.kra-autosave.kra").write_bytes(b"autosaved")
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "deep.txt").write_text("a cache")
    # Folders come and go with all that is in them.
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "leaf.txt").write_text("a leaf")
    till(lambda: lib.get("deep/er/leaf.txt") and lib.get("hut.blend") and lib.get("cup.blend"))
    leaf = lib.get("deep/er/leaf.txt").id
    (folder / "deep").rename(folder / "moved")
    till(lambda: lib.get("moved/er/leaf.txt").id == leaf)
    shutil.rmtree(folder / "moved")
    os.remove(folder / "props" / "chair" / "seat.png")
    till(lambda: paths(lib, "missing") == {"moved/er/leaf.txt", "props/chair/seat.png"})
    assert paths(lib) == {
        *("about.txt", "hut.blend", "cup.blend", "textures/new metal.png"),
        *(f"textures/{name}.png" for name in ("rust_metal_04_4k", "mossy_stone_01")),
        *("textures/oak_planks.png", "textures/BrickWall.png"),
    }
    assert watching.state.folders == (str(folder),)


def test_what_happened_while_nobody_watched(lib: audobon.Library, folder: Path) -> None:
    ident = lib.get("readme.txt").id
    lib.remove("textures/BrickWall.png")  # its file stays, and is not to come back by itself
    (folder / "readme.txt").rename(folder / "later.txt")
    os.remove(folder / "textures" / "oak_planks.png")
    write_png(folder / "textures" / "mossy_stone_01.png", 99, 9)
    (folder / "fresh.txt").write_text("fresh")
    with lib.watch() as watching:
        watching.wait_ready(120.0)
        assert lib.get("later.txt").id == ident
        assert lib.get("textures/oak_planks.png").state == "missing"
        assert lib.get("textures/mossy_stone_01.png").width == 99
        assert lib.get("fresh.txt").state == "present"
        (folder / "textures" / "BrickWall.png").touch()
        (folder / "last.txt").write_text("last")
        till(lambda: lib.get("last.txt"))
        assert "textures/BrickWall.png" not in paths(lib)


def test_only_folders_that_were_added_give_new_assets(tmp_path: Path) -> None:
    with audobon.Library.create(tmp_path / "lib") as lib:
        assert lib.watch_state.state == "none"
        (tmp_path / "downloads").mkdir()
        for name in ("one.txt", "two.txt"):
            (tmp_path / "downloads" / name).write_text(name)
        (tmp_path / "lib" / "a").mkdir()
        with lib.watch() as watching:
            assert "no folder has been added" in watching.wait_ready(120.0).problem
        lib.add([tmp_path / "downloads" / "one.txt"])
        lib.add([tmp_path / "lib" / "a"])
        with lib.watch() as watching:
            assert watching.wait_ready(120.0).folders == (str(tmp_path / "lib" / "a"),)
            (tmp_path / "downloads" / "three.txt").write_text("three")
            (tmp_path / "lib" / "b.txt").write_text("b")
            (tmp_path / "downloads" / "one.txt").write_text("one, and more")
            (tmp_path / "lib" / "a" / "c.txt").write_text("c")
            till(lambda: lib.get("one.txt").size == 13 and lib.get("a/c.txt"))
            assert paths(lib) == {"one.txt", "a/c.txt"}


def test_many_files_at_once(
    lib: audobon.Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "_STORM", 300)
    looks = []
    again = loop.Watcher._look_again
    monkeypatch.setattr(
        loop.Watcher, "_look_again", lambda self, *args: (looks.append(1), again(self, *args))
    )
    with lib.watch() as watching:
        watching.wait_ready(120.0)
        (folder / "storm").mkdir()
        for number in range(700):
            (folder / "storm" / f"{number}.txt").write_text(f"file {number}")
        till(lambda: lib.search("path:storm").total == 700)
        till(lambda: len(looks) == 2)  # once more, in case the system has lost some
        shutil.rmtree(folder / "storm")
        till(lambda: sum(path.startswith("storm") for path in paths(lib, "missing")) == 700)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_that_is_no_text_stops_nothing(lib: audobon.Library, folder: Path) -> None:
    with lib.watch() as watching:
        watching.wait_ready(120.0)
        odd = os.fsencode(folder) + b"/odd\xff.txt"
        Path(os.fsdecode(odd)).write_text("odd")
        till(lambda: len(paths(lib)) == 7)
        (folder / "after.txt").write_text("after")
        till(lambda: lib.get("after.txt"))


def test_a_disk_that_goes_and_comes(lib: audobon.Library, folder: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    (disk / "sub").mkdir(parents=True)
    (disk / "sub" / "far.txt").write_text("far")
    lib.add([disk])
    with lib.watch() as watching:
        assert set(watching.wait_ready(120.0).folders) == {str(folder), str(disk)}
        disk.rename(tmp_path / "unplugged")
        till(lambda: watching.state.away == (str(disk),))
        disk.mkdir()  # the empty place where it was
        (folder / "near.txt").write_text("near")
        till(lambda: lib.get("near.txt"))
        assert watching.state.away == (str(disk),)
        assert lib.get("sub/far.txt").state == "present"
        (tmp_path / "unplugged" / "sub" / "more.txt").write_text("more")
        disk.rmdir()
        (tmp_path / "unplugged").rename(disk)
        till(lambda: lib.get("sub/more.txt"))
        till(lambda: watching.state.away == ())
        os.remove(disk / "sub" / "far.txt")
        till(lambda: lib.get("sub/far.txt").state == "missing")


def test_a_process_watches_and_another_takes_over(lib: audobon.Library, folder: Path) -> None:
    with audobon.Library.open(folder) as other:
        assert other.start_watcher()
        till(lambda: lib.watch_state.state == "watching")
        first = lib.watch_state.pid
        assert first != os.getpid()
        assert not lib.start_watcher()  # one is enough
        with lib.watch() as watching:
            watching.wait_ready(120.0)
            (folder / "one.txt").write_text("one")
            till(lambda: lib.get("one.txt"))
            assert watching.state.pid == first
            os.kill(first, signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
            till(lambda: watching.state.pid == os.getpid() and watching.state.state == "watching")
            (folder / "two.txt").write_text("two")
            till(lambda: lib.get("two.txt"))
        till(lambda: lib.watch_state.state == "none")
        assert other.start_watcher()
        till(lambda: lib.watch_state.state == "watching")
        second = lib.watch_state.pid
        assert other.release_watcher()
        till(lambda: not is_held(lib.state_path / "lock" / "watch.lock"))
        if sys.platform == "linux":
            assert not Path(f"/proc/{second}").exists()


def test_it_is_let_go_of(folder: Path) -> None:
    with audobon.Library.create(folder) as lib:
        lib.add([folder])
        lib.watch().wait_ready(120.0)
    assert "audobon-watcher" not in {thread.name for thread in threading.enumerate()}
    if sys.platform == "linux":
        links = Path("/proc/self/fd").iterdir()
        open_files = [str(link.readlink()) for link in links if link.is_symlink()]
        assert not [name for name in open_files if "inotify" in name]


def test_switched_off_everything_else_works(lib: audobon.Library, folder: Path) -> None:
    with lib.watch() as watching:
        watching.wait_ready(120.0)
        lib.switch_watch(on=False)
        till(lambda: not is_held(lib.state_path / "lock" / "watch.lock"))
        assert watching.state.state == "off"
    assert not lib.start_watcher()
    (folder / "by hand.txt").write_text("by hand")
    assert [asset.name for asset in lib.add([folder]).added] == ["by hand.txt"]
    with audobon.Library.open(folder) as again:
        assert again.watch_state.state == "off"
        again.switch_watch(on=True)
        again.add([folder / "textures"])  # followed already: nothing is forgotten
    with lib.watch() as watching:
        assert watching.wait_ready(120.0).folders == (str(folder),)


def test_files_that_are_put_back_are_left_to_who_does_it(
    lib: audobon.Library, folder: Path, watching: Watching
) -> None:
    lib.commit("first")
    lib.branch("other")
    lib.switch("other")
    (folder / "on other.txt").write_text("only there")
    till(lambda: lib.get("on other.txt"))
    lib.commit("second")
    ident = lib.get("on other.txt").id
    for _ in range(3):
        lib.switch("main")
        assert "on other.txt" not in paths(lib)
        lib.switch("other")
        assert lib.get("on other.txt").id == ident
    with lib._stores.commit_lock():
        (folder / "waits.txt").write_text("waits")
        (folder / "waits.txt").touch()
        time.sleep(1.5)  # longer than it takes; on a slow machine this shows less, never too much
        assert "waits.txt" not in paths(lib)
    till(lambda: lib.get("waits.txt"))
    assert watching.state.problem == ""


def test_a_picture_that_moves_before_it_is_made(lib: audobon.Library, folder: Path) -> None:
    lib.work()
    write_png(folder / "soon.png", 33, 44)
    lib.add([folder / "soon.png"])
    lib.preview("soon.png", 128)  # asked for where it lies now
    (folder / "soon.png").rename(folder / "later.png")
    lib.add([folder])
    assert lib.work().failed == 0
    assert lib.preview("later.png", 128) is not None


_LIMITED = """
import sys
from pathlib import Path
for name, number in (("max_inotify_watches", sys.argv[2]), ("max_inotify_instances", sys.argv[3])):
    Path("/proc/sys/user", name).write_text(number)
import audobon
with audobon.Library.open(sys.argv[1]) as lib, lib.watch() as watching:
    state = watching.wait_ready(120.0)
    Path(sys.argv[1], "by hand.txt").write_text("by hand")
    lib.add([sys.argv[1]])
    print(state.state, lib.search("hand").total, state.problem, state.hint, sep="|")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such limits")
@pytest.mark.parametrize(("watches", "instances"), [("3", "50"), ("5000", "0")])
def test_a_system_without_room_for_it(
    lib: audobon.Library, folder: Path, watches: str, instances: str
) -> None:
    for number in range(20):
        (folder / f"folder {number}").mkdir()
    lib.close()
    apart = ["unshare", "--user", "--map-root-user"]
    if shutil.which("unshare") is None or subprocess.run([*apart, "true"], check=False).returncode:
        pytest.skip("no name space of users can be made here")
    command = [*apart, sys.executable, "-c", _LIMITED, str(folder), watches, instances]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    state, found, problem, hint = done.stdout.strip().split("|")
    assert (state, found) == ("unable", "1")
    assert problem == "this system watches no more folders than it does already"
    assert "sysctl fs.inotify.max_user_watches" in hint


def test_what_is_being_written_waits(tmp_path: Path) -> None:
    now = 100.0
    pending = Pending(clock=lambda: now)
    there, gone = tmp_path / "there.txt", tmp_path / "gone.txt"
    there.write_text("half")
    mine = [(notify.ADDED, str(there)), (3, str(gone)), (3, str(tmp_path / "not ours"))]
    assert pending.note(mine, lambda path: not path.endswith("ours")) == 2
    assert not pending.settled(9)
    now += 0.2
    pending.note([(2, str(there))], lambda _path: True)  # written to again
    now += 0.2
    assert not pending.settled(9)
    now += 0.1
    assert pending.settled(9) == {str(there): True}
    assert pending.settled(0) == pending.settled(9) or len(pending.settled(1)) == 1
    now += 0.2  # an editor that has moved it away would have put a new one there by now
    assert pending.settled(9) == {str(there): True, str(gone): False}
    pending.done(pending.settled(9))
    assert not pending
    pending.note([(notify.ADDED, str(tmp_path))], lambda _path: True)
    now += 0.3
    pending.done(pending.settled(9))
    assert not pending.settled(9)
    now += 1.3  # a new folder once more: what came into it before it was watched is not told
    assert pending.settled(9) == {str(tmp_path): True}
    pending.done(pending.settled(9))
    assert not pending
    for _ in range(400):  # a log that never rests is looked at now and then all the same
        pending.note([(2, str(there))], lambda _path: True)
        now += 0.1
    pending.note([(2, str(there))], lambda _path: True)
    assert pending.settled(9)
