"""Remotes in the panel of a real Blender: fetched, pushed, told to pull, merged, encrypted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_blender_addon import folder, in_window, legacy_zip

import audobon

__all__ = ["folder", "in_window", "legacy_zip"]

pytestmark = pytest.mark.hosts

PASSPHRASE = "five random words are good"

_BODY = """
    import os
    here = install()
    ADA, BOB, USB, SAFE = (FOLDER + "/../" + one for one in ("Studio", "Bob", "usb", "safe"))
    yield lambda: here.session() is not None
    ops, page = bpy.ops.audobon, here.here().remotes
    bpy.ops.audobon.open_library(directory=BOB)
    yield lambda: here.state().found.total == 15
    hands.only("remotes", "asset")
    yield from hands.show_sidebar(wider=240)
    yield from hands.click(*hands.at(60, 12))  # the panel, at the top, is opened
    yield "the panel to look", lambda: here.state().remotes.known, 180
    view = lambda: page.view(here.state())
    row = lambda: view().rows[0]
    settled = lambda: here.state().transfer is None and here.state().doing is None

    def said(words):
        notice = here.state().notice
        return settled() and notice is not None and words in notice.text

    told = {"rows": [row().name, row().text, row().lock], "away": view().away}
    moss = next(asset for asset in here.state().found.assets if asset.kind == "image")
    told["state"], told["before"] = moss.state, os.path.exists(moss.file)
    ops.choose(ident=moss.id)
    yield lambda: here.state().chosen is not None and here.state().chosen.complete
    yield 1.0
    hands.shot("blender-remote-file")
    ops.fetch(ident=moss.id)
    yield "one file", lambda: said("1 file fetched"), 180
    yield "it to be told", lambda: here.state().chosen.asset.state == "present", 180
    yield lambda: here.state().remotes.away == 14
    told["file"], told["path"] = moss.file, moss.path
    # What is used is fetched first.
    pictures = [asset for asset in here.state().found.assets if asset.kind == "image"]
    used = next(asset for asset in pictures if asset.id != moss.id)
    told["used"], things = [used.state, os.path.exists(used.file)], len(bpy.data.objects)
    yield from hands.do(ops.use_image, ids=used.id, use="empty")
    yield "it to be fetched and used", lambda: len(bpy.data.objects) > things, 180
    told["used"] += [os.path.exists(used.file), bpy.context.object.data.name]
    told["name"] = used.name
    yield lambda: settled() and here.state().remotes.away == 13

    # A version here, then one of somebody else's there.
    def commit(library, _report):
        with open(BOB + "/lamp.txt", "w") as out:
            out.write("a lamp " * 4000)
        library.add(BOB)
        library.commit("a lamp")
        return "a lamp is there"

    here.session().do("commit", commit)
    yield lambda: said("a lamp is there")
    yield lambda: row().text == "main: 1 ahead"
    ops.estimate_push(name="origin")
    yield "an estimate", lambda: row().estimate, 180
    told["estimate"] = row().estimate
    import audobon
    with audobon.Library.open(ADA) as ada:
        with open(ADA + "/readme.txt", "w") as out:
            out.write("Ada was first")
        ada.commit("Ada's")
        ada.push("nas")
    ops.push(name="origin")
    yield "to be told to pull", lambda: settled() and row().first, 180
    told["first"], told["code"] = row().first, here.state().notice.problem.code
    ops.dismiss(number=here.state().notice.number)
    ops.choose(ident="")
    yield 1.0
    hands.shot("blender-remotes-refused")
    ops.pull(name="origin")
    yield "it to be merged", lambda: said("origin/main is merged"), 180
    yield lambda: not row().first
    ops.push(name="origin")
    yield "it to be sent", lambda: said("Sent to origin"), 180
    told["sent"] = here.state().notice.text
    ops.fetch_found(found=False)
    yield "all files", lambda: settled() and here.state().remotes.away == 0, 180

    # Another place, and one that is encrypted; each passphrase is typed twice.
    bpy.context.window_manager.audobon.remote = USB
    ops.add_remote(url=USB)
    yield lambda: said("usb is ")
    try:
        ops.add_remote(url=SAFE, encrypt=True, passphrase="PASSPHRASE", again="other")
    except RuntimeError as error:
        told["again"] = str(error)
    ops.add_remote(url=SAFE, encrypt=True, passphrase="PASSPHRASE", again="PASSPHRASE")
    failed = lambda: settled() and here.state().notice.problem is not None
    yield "a key, or why not", lambda: page.shown(here.state()) or failed(), 240
    told["crypto"] = bool(page.shown(here.state()))
    if told["crypto"]:
        told["key"] = page.shown(here.state())
        yield lambda: settled() and len(view().rows) == 3
        yield 1.0
        hands.shot("blender-remotes")
        told["repr"] = told["key"] in repr(here.state())
        ops.recovery_kept()
        told["kept"] = page.shown(here.state())
        ops.push(name="safe")
        yield "it to be sent", lambda: said("Sent to safe"), 240
    else:
        told["lacks"] = here.state().notice.problem.message + here.state().notice.problem.hint
        yield 1.0
        hands.shot("blender-remotes")
    told["ops"] = "PASSPHRASE" in repr(list(here.session().troubles)) + repr(here.state())

    # What is on its way can be stopped.
    def slow(_library, report):
        report.progress(1, 4, "far away")
        while not report.cancelled():
            time.sleep(0.01)
        raise audobon.errors.Cancelled("stopped")

    here.session().transfer("Pushing to the moon", slow)
    yield lambda: here.state().transfer is not None and here.state().transfer.fraction
    yield 0.5
    hands.shot("blender-transfer")
    ops.cancel_transfer()
    yield lambda: settled() and "cancelled" in here.state().notice.text
    ops.remove_remote(name="usb")
    yield lambda: settled() and "usb" not in [one.name for one in view().rows]
    # Locks: another's is seen as it comes, refused, asked about and broken; ours is let go of.
    hands.everything()
    hands.only("locks")
    yield 0.5
    yield from hands.click(*hands.at(60, 12))
    locks = here.here().locks
    rows = lambda: locks.view(here.state()).rows
    with audobon.Library.open(BOB, author="Ada <ada@x>") as other:
        yield "the panel to look", lambda: here.state().locks.known, 180
        other.lock(moss.id, program="Krita")
        yield "her lock", lambda: rows(), 180
        told["lock"] = [rows()[0].name, rows()[0].text, rows()[0].mine]
        ops.choose(ident=moss.id)
        yield lambda: here.state().chosen is not None
        ops.lock_assets()
        yield "to be refused", lambda: here.state().notice.problem is not None, 180
        told["locked"] = here.state().notice.problem.message
        ops.dismiss(number=here.state().notice.number)
        ops.ask_break_lock(ident=moss.id)
        yield 1.0
        hands.shot("blender-locks")
        told["unasked"] = [one.mine for one in other.locks()]
        ops.break_lock()
        yield "it to be broken", lambda: said(" is free: the lock of Ada on "), 180
        told["broken"] = other.locks()
        ops.lock_assets()
        yield "ours", lambda: rows() and rows()[0].mine, 180
        told["ours"] = [[one.author, one.program, one.kept] for one in other.locks()]
        ops.unlock_assets(ident=moss.id)
        yield "it to be free", lambda: said(" is free") and not rows(), 180
    # Who opens the encrypted one: one passphrase more, other keys, all of it written again.
    hands.everything()
    hands.only("keys")
    yield 0.5
    yield from hands.click(*hands.at(60, 12))
    sealed = lambda: next(iter(here.here().keys.view(here.state()).rows), None)
    yield "the keys", lambda: settled() and sealed() is not None, 240
    told["keys"], where = list(sealed().lines), {"place": sealed().url}
    words = {"passphrase": "PASSPHRASE too", "again": "PASSPHRASE too"}
    try:
        ops.add_passphrase(**where, name="first", **words)
    except RuntimeError as error:
        told["named"] = str(error)
    ops.add_passphrase(**where, name="Bea", **words)
    yield "one more", lambda: settled() and sealed().names == ("first", "Bea"), 240
    ops.renew_keys(**where, passphrase="PASSPHRASE", again="PASSPHRASE")
    yield "new keys", lambda: settled() and page.shown(here.state()), 240
    yield lambda: sealed().rotation
    told["new"], told["names"] = page.shown(here.state()), list(sealed().names)
    yield 1.0
    hands.shot("blender-keys")
    ops.recovery_kept()
    ops.rotate_keys(**where)
    yield "a rotation", lambda: said("lies under the newest key") and not sealed().rotation, 240
    ops.forget_passphrase(**where)
    yield "it to be locked", lambda: settled() and not sealed().open, 240
    yield 1.0
    hands.shot("blender-keys-locked")
    ops.open_place(**where, secret="PASSPHRASE")
    yield "it to be open", lambda: settled() and sealed().open, 240
    told["secret"] = any(one in repr(here.state()) for one in ("PASSPHRASE", told["new"]))
    # Snapshots: one is taken, a file comes back from it, and all of them in a new folder.
    hands.everything()
    hands.only("snapshots")
    yield 0.5
    yield from hands.click(*hands.at(60, 12))
    done = lambda words: here.state().snapshotting is None and said(words)
    ops.take_snapshot(place=FOLDER + "/../kept")
    yield "a snapshot", lambda: done("kept, "), 240
    (taken,) = here.state().snapshots.listed
    ops.choose(ident=moss.id)
    yield lambda: here.state().chosen is not None and here.state().chosen.complete
    with open(moss.file, "wb") as out:
        out.write(b"spoilt")
    ops.restore_from_snapshot(ident=taken.id, unsaved="discard")
    yield "a question", lambda: here.state().snapshots.standing is not None, 240
    yield 1.0
    hands.shot("blender-snapshot-question")
    with open(moss.file, "rb") as spoilt:
        told["asked"] = spoilt.read() == b"spoilt"
    ops.snapshot_over(unsaved="discard")
    yield "the file", lambda: done("is as it was then"), 240
    ops.restore_snapshot(ident=taken.id, folder=FOLDER + "/../all again")
    yield "all files", lambda: done("files written to"), 240
    from audobon_blender.logic import snapshots as shown
    from audobon_blender.ui import snapshot_ops
    listed = lambda: shown.view(here.state())
    # The schedule, and whether every byte there is sound.
    ops.schedule_snapshots(place=FOLDER + "/../kept", every="3")
    yield "the schedule", lambda: listed().schedule.startswith("Every day, to "), 240
    ops.verify_snapshots(part=True)
    yield "a part of it", lambda: done(" of 30 is sound: "), 240
    ops.verify_snapshots()
    yield "every byte", lambda: done("Every byte is sound: "), 240
    told["verified"] = listed().verified
    ops.choose(ident="")
    yield 1.0
    hands.shot("blender-snapshots")
    ops.repair_snapshots(source="0")
    yield "nothing to mend", lambda: done("0 packs mended here, 0 there"), 240
    ops.unschedule_snapshots()
    yield lambda: settled() and listed().schedule.startswith("Nothing is kept")
    # What is in one: pages of it, a word, a file beside the one that is there.
    ops.snapshot_files(ident=taken.id)
    yield "its files", lambda: here.state().snapshots.files is not None, 240
    page_now = lambda: snapshot_ops.files_page(bpy.context, here.state())
    told["pages"] = [page_now().text]
    yield 1.0
    hands.shot("blender-snapshot-files")
    ops.turn_snapshot(pages=1)
    told["pages"].append(page_now().text)
    bpy.context.window_manager.audobon.snapshot_words = os.path.basename(moss.file)
    told["pages"].append(page_now().text)
    ops.snapshot_beside(ident=taken.id, asset=moss.id)
    yield "a file beside it", lambda: done(" 20"), 240
    told["beside"] = here.state().notice.text
    ops.close_snapshot()
    yield lambda: here.state().snapshots.files is None
    # All of it as it was: what was deleted comes back in a clone as well.
    os.unlink(moss.file)
    ops.go_back_snapshot(ident=taken.id, unsaved="discard")
    yield "all of it", lambda: done("as they were; what was now is a version before it"), 240
    told["back"] = os.path.exists(moss.file)
    # A library that is encrypted itself: made, forgotten here, opened by what was printed.
    ops.leave_library()
    yield lambda: here.state().phase == "closed"
    HOME = FOLDER + "/../home"
    try:
        ops.create_encrypted(directory=HOME, passphrase="PASSPHRASE", again="other")
    except RuntimeError as error:
        told["unlike"] = [str(error), os.path.exists(HOME)]
    ops.create_encrypted(directory=HOME, passphrase="PASSPHRASE", again="PASSPHRASE")
    yield "its key", lambda: here.state().phase == "open" and page.shown(here.state()), 240
    told["home"] = page.shown(here.state())
    hands.everything()
    hands.only("keys")
    yield "its row", lambda: settled() and sealed() is not None and sealed().home, 240
    yield 1.0
    hands.shot("blender-encrypted")
    told["itself"] = list(sealed().lines)
    ops.recovery_kept()
    ops.forget_passphrase(place=sealed().url)
    yield "it to be forgotten", lambda: settled() and not sealed().open, 240
    hands.everything()
    hands.only("library")
    yield 0.5
    ops.leave_library()
    ops.open_library(directory=HOME)
    yield "it to be locked", lambda: here.state().locked, 240
    yield 1.0
    hands.shot("blender-locked")
    ops.open_locked(secret=told["home"], recovery=True)
    yield "it to be open", lambda: here.state().phase == "open", 240
    told["secret"] = told["secret"] or any(
        one in repr(here.state()) for one in ("PASSPHRASE", told["home"]))
    told["slowest"] = max(here.here().times)
    told["trouble"] = here.here().trouble and here.here().trouble.details
    return told
"""


def test_two_libraries_and_a_folder_between_them(
    in_window: Callable[[str], Any], folder: Path, tmp_path: Path
) -> None:
    with audobon.Library.create(folder, author="Ada <ada@x>") as ada:
        ada.add(folder)
        ada.commit("first")
        ada.remotes.add("nas", str(tmp_path / "nas"))
        ada.push("nas")
    audobon.Library.clone(str(tmp_path / "nas"), tmp_path / "Bob", author="Bob <bob@x>").close()
    told = in_window(_BODY.replace("PASSPHRASE", PASSPHRASE))
    assert not told["trouble"], told["trouble"]
    print(f"slowest of our calls in the main thread: {told['slowest'] * 1000:.1f} ms")
    assert told["rows"] == ["origin", "main: the same as last seen", "Not encrypted"]
    assert told["away"] == "15 files are only at a remote"
    assert (told["state"], told["before"]) == ("remote", False)
    assert Path(told["file"]).read_bytes() == (folder / told["path"]).read_bytes()
    assert told["used"] == ["remote", False, True, told["name"]]
    assert told["estimate"].startswith("Would send 1 version, 1 file, about ")
    assert told["first"] == "origin has versions that are not here: pull, then push again."
    assert told["code"] == 30
    assert told["sent"].startswith("Sent to origin: 2 versions, 1 file, ")
    assert "The two are not the same" in told["again"]
    name, text, mine = told["lock"]
    assert (name, mine) == (Path(told["path"]).name, False)
    assert text.startswith("Open on ")
    assert text.endswith(" (Ada, Krita)")
    assert text[1:] in told["locked"], "who has it is said"
    assert told["unasked"] == [True], "nothing is broken before it was asked"
    assert told["broken"] == []
    [[_author, program, kept]] = told["ours"]
    assert (program, kept) == ("Blender", True)
    assert told["asked"], "nothing is written over before somebody says so"
    assert told["verified"].startswith("Every byte is sound: 1 snapshot, ")
    assert told["pages"] == ["1 to 12 of 16", "13 to 16 of 16", "1 to 1 of 1"]
    assert told["back"], "a deleted file comes back"
    assert told["beside"].startswith(f"{Path(told['file']).stem} 20"), "another file, with a time"
    again = {path.name for path in (tmp_path / "all again").rglob("*.png")}
    assert again >= {path.name for path in (folder / "textures").glob("*.png")}
    assert not told["ops"], "a passphrase is in no state and no log"
    bob = tmp_path / "Bob"
    for path in folder.rglob("*.png"):
        if ".audobon" not in path.parts:
            assert (bob / path.relative_to(folder)).read_bytes() == path.read_bytes()
    assert (bob / "readme.txt").read_text() == "Ada was first"
    with audobon.Library.open(folder) as ada:
        assert ada.pull("nas").versions == 2
        ada.fetch(["lamp.txt"])
        assert (folder / "lamp.txt").read_text() == "a lamp " * 4000
    with audobon.Library.open(bob) as library:
        encrypted = {one.name: one.encrypted for one in library.remotes.list()}
    assert (tmp_path / "usb").is_dir(), "what lies at a forgotten remote stays"
    assert told["crypto"], told.get("lacks")
    assert encrypted == {"origin": False, "safe": True}
    assert len(told["key"].replace("-", "")) >= 40
    assert not told["repr"]
    assert told["kept"] == ""
    assert told["keys"][:2] == ["Remote, open.", "Opened by 1 passphrase: first."]
    assert "There is a passphrase first already" in told["named"]
    assert told["names"] == ["first"], "every other passphrase ends with the old keys"
    assert len(told["new"]) == len(told["key"])
    assert told["new"] != told["key"]
    assert not told["secret"], "neither a passphrase nor a recovery key is in the state"
    sealed = b"".join(
        path.read_bytes() for path in (tmp_path / "safe").rglob("*") if path.is_file()
    )
    assert b"a lamp" not in sealed
    assert b"rusty" not in sealed
    assert "Nothing is made: The two are not the same" in told["unlike"][0]
    assert not told["unlike"][1]
    assert told["itself"][0] == "The library itself, encrypted on this machine."
    with audobon.Library.open(tmp_path / "home", passphrase=PASSPHRASE) as home:
        assert home.encrypted
    with audobon.Library.clone(str(tmp_path / "safe"), tmp_path / "Eve", PASSPHRASE) as eve:
        eve.fetch(["lamp.txt"])
        assert (eve.path / "lamp.txt").read_text() == "a lamp " * 4000
