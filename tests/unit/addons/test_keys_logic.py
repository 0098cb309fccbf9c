"""What the hosts' pages of keys show, and what they refuse before it is asked of a session."""

from __future__ import annotations

from audobon.model.sealedplace import SealedPlace
from audobon.panel.keys import name_fault, view
from audobon.session import State
from audobon.session.keys import KeysSeen
from audobon_blender.logic import keys as in_blender
from audobon_blender.logic.remotes import Page as RemotesPage
from audobon_krita.logic import sealed as in_krita

SAFE = SealedPlace(
    "/nas/safe", "safe", snapshots=True, open=True, kept=True, passphrases=("first",)
)
GONE = SealedPlace("gs://b/p", trouble="it is away", hint="plug it in")
OLD = SealedPlace("/old", passphrases=("a", "b"), renewed=True, old=1)
STATE = State(keys=KeysSeen(True, (SAFE, GONE, OLD), "the keychain of macOS"))


def test_each_place_in_sentences() -> None:
    safe, gone, old = view(STATE).rows
    assert safe.lines == (
        "Remote and place of snapshots, open.",
        "Opened by 1 passphrase: first.",
        "The keychain of macOS keeps its passphrase.",
    )
    assert gone.lines == ("It is away. Plug it in.",)
    assert old.lines == (
        "Place of snapshots, locked: its passphrase or recovery key is needed.",
        "Opened by 2 passphrases: a, b.",
        "Its passphrase is not kept: it is asked for in each start.",
        "1 object still under older keys. A rotation writes them again.",
    )
    assert (safe.forgets, old.forgets) == (True, False)
    assert view(State()).nothing == "", "nobody has looked yet"
    assert view(State(keys=KeysSeen(True))).nothing.startswith("No encrypted place.")


def test_the_library_itself_is_a_row_of_its_own() -> None:
    home = SealedPlace("/art/.audobon/vault", open=True, passphrases=("first",), home=True)
    (row,) = view(State(keys=KeysSeen(True, (home,)))).rows
    assert row.title == "This library"
    assert row.lines[0] == "The library itself, encrypted on this machine."
    assert (row.home, row.open) == (True, True)
    assert not view(STATE).rows[0].home
    assert in_blender.home() == in_krita.HOME == "this library"


def test_a_name_and_a_passphrase_that_cannot_be_are_told() -> None:
    assert name_fault(" ", ()).startswith("Give it a name")
    assert name_fault("first", ("first",)).startswith("There is a passphrase first already")
    for name in ("recovery", "x" * 65, "two\nlines"):
        assert name_fault(name, ()) == "It cannot be called so."
    row = in_blender.row_of(view(STATE), "safe")
    assert row is not None
    assert in_blender.row_of(view(STATE), "/nas/safe") == row
    for fault in (in_blender.fault, in_krita.fault):
        assert fault("long enough", "long enough", name="first", row=row)
        assert fault("long enough", "otherwise", name="Bea", row=row)
        assert fault("long enough", "long enough", name="Bea", row=row) == ""
        assert fault("short", "short")
    page = in_blender.Page()
    assert page.view(STATE) is page.view(STATE)


def test_no_recovery_key_is_lost_behind_another() -> None:
    page, mine, other = RemotesPage(), State(library="mine"), State(library="other")
    page.made("mine", "nas", "")
    assert page.shown(mine) == ""
    page.made("mine", "nas", "KEY-1")
    page.made("mine", "usb", "KEY-2")
    page.made("mine", "nas", "KEY-3")
    assert (page.shown(mine), page.of) == ("KEY-2", "usb")
    assert page.shown(other) == ""
    page.kept()
    assert (page.shown(mine), page.of) == ("KEY-2", "usb"), "of what is not shown nothing goes"
    page.kept()
    assert (page.shown(mine), page.of) == ("KEY-3", "nas"), "its older one opens nothing any more"
    page.kept()
    assert (page.shown(mine), page.key) == ("", "")
