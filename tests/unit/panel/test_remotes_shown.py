"""What panels say of remotes."""

from __future__ import annotations

import pytest

from audobon.model.remote import PushReport
from audobon.panel.remotes import estimate_text, passphrase_fault, suggested_name, view
from audobon.session import State
from audobon.session.remotely import RemoteSeen, RemotesSeen


def _state(*remotes: RemoteSeen, **more: object) -> State:
    return State(remotes=RemotesSeen(True, remotes, **more))  # type: ignore[arg-type]


def test_a_line_says_how_a_branch_stands_to_each() -> None:
    state = _state(
        RemoteSeen("nas", "/mnt/nas", "main", 2, 1, known=True),
        RemoteSeen("usb", "/media/usb", "main", 3, 0, known=False),
        RemoteSeen("gs", "gs://b/p", "main", 0, 0, known=True, encrypted=True, unlocked=False),
        away=1_234,
        pull_first="usb",
    )
    shown = view(state)
    assert [row.text for row in shown.rows] == [
        "main: 2 ahead, 1 behind",
        "main was never pushed there",
        "main: the same as last seen",
    ]
    assert [(row.ahead, row.behind) for row in shown.rows] == [
        (True, True),
        (True, True),
        (False, False),
    ]
    assert shown.rows[1].first.startswith("usb has versions that are not here")
    assert shown.rows[2].locked
    assert shown.away == "1,234 files are only at a remote"
    assert view(State()).rows == ()
    assert view(State()).nothing == "", "nobody has looked yet"
    assert "No remote yet" in view(_state()).nothing


def test_an_encrypted_one_says_who_keeps_its_passphrase() -> None:
    one = RemoteSeen("gs", "gs://b/p", "main", 0, 0, known=True, encrypted=True)
    assert view(_state(one)).rows[0].lock == "Encrypted, open"
    row = view(_state(one, keyring="the Secret Service")).rows[0]
    assert row.lock == "Encrypted, open; the Secret Service keeps the passphrase"


def test_an_estimate_is_of_the_remote_that_was_asked() -> None:
    planned = PushReport("nas", True, ("main",), 1, 2, 4_200_000)
    assert estimate_text(planned) == "Would send 1 version, 2 files, about 4.2 MB"
    assert estimate_text(PushReport("nas", True, (), 0, 0, 0)) == "nas has everything"
    computed = PushReport("nas", True, (), 0, 0, 0, results=1)  # since the versions were sent
    assert estimate_text(computed).startswith(
        "Would send 0 versions, 0 files, 1 result of local AI"
    )
    both = (
        RemoteSeen("nas", "/mnt/nas", "main", 1, 0, known=True),
        RemoteSeen("usb", "/media/usb", "main", 1, 0, known=True),
    )
    rows = view(_state(*both, estimate=planned)).rows
    assert [bool(row.estimate) for row in rows] == [True, False]


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("/mnt/NAS/art/", "art"),
        ("gs://my-bucket/Some Where", "some-where"),
        ("C:\\Backup\\Art", "art"),
        ("/mnt/nas", "nas-2"),
        ("", "remote"),
        ("///", "remote"),
    ],
)
def test_a_name_is_proposed_for_an_address(url: str, name: str) -> None:
    assert suggested_name(url, ["nas"]) == name


def test_a_new_passphrase_is_typed_twice() -> None:
    assert passphrase_fault("", "") == "Type a passphrase, or do not encrypt."
    assert passphrase_fault("one two three", "one two") == "The two are not the same."
    assert passphrase_fault("short", "short").startswith("At least 8 letters")
    assert passphrase_fault("one two three", "one two three") == ""
