"""What an add-on's own libraries do with an encrypted remote; run inside any host."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

PASSPHRASE = "gr\u00fcn und gro\u00df, planted-Secret"
FOREIGN = ("cryptography", "keyring", "secretstorage", "jeepney", "importlib_metadata")


def loaded() -> list[str]:
    """What of the vault's libraries this host has loaded."""
    return [name for name in FOREIGN if name in sys.modules]


def unlock_keyring() -> None:
    """Have the bus of this process know a Secret Service that is unlocked."""
    subprocess.run(
        ["gnome-keyring-daemon", "--unlock", "--components=secrets"],
        input=b"password of the keyring",
        stdout=subprocess.DEVNULL,
        check=True,
    )


def main(folder: str, before: list[str]) -> dict[str, Any]:
    """Keep a library in an encrypted folder beside it and clone it, on a thread as a session does.

    ``before`` is what the host had loaded when it started.
    """
    told: dict[str, Any] = {"early": sorted(set(loaded()) - set(before))}

    def work() -> None:
        try:
            told.update(_kept(Path(folder)))
        except Exception as error:
            told["error"] = repr(error)
            raise

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return told


def _kept(root: Path) -> dict[str, Any]:
    import audobon
    from audobon.services.places import sealing

    here, there, again = root / "Kept", root / "Sealed place", root / "Clone"
    here.mkdir(parents=True)
    (here / "secret plan.txt").write_bytes(b"what nobody else should read" * 100)
    with audobon.Library.create(here) as library:
        library.add(here)
        library.commit("the plan")
        told: dict[str, Any] = {"plain": loaded()}
        remote = library.remotes.add("nas", str(there), passphrase=PASSPHRASE)
        told["recovery"] = len(remote.recovery)
        told["sent"] = library.push("nas").bytes > 0
    told["keyring"] = sealing.keyring_name()
    # As a process does that has not opened it before.
    sealing._open_keys.clear()
    given = None if told["keyring"] else PASSPHRASE
    with audobon.Library.clone(str(there), again, passphrase=given) as clone:
        clone.fetch(["secret plan.txt"])
    told["same"] = (again / "secret plan.txt").read_bytes() == b"what nobody else should read" * 100
    sealing._open_keys.clear()
    try:
        audobon.Library.clone(str(there), root / "Stranger", passphrase="guessed")
    except audobon.AudobonError as error:
        told["refused"] = type(error).__name__
    from cryptography.hazmat.bindings import _rust

    told |= {"from": _rust.__file__, "version": sys.modules["cryptography"].__version__}
    told["openssl"] = _rust.openssl.openssl_version_text()
    return told


def expect_sealed(told: dict[str, Any], place: Path, ours: str) -> None:
    """What each host's test expects; ``ours`` is in the path of what the add-on brought."""
    assert "error" not in told, told["error"]
    assert told["early"] == [], "starting and enabling loads nothing of it"
    assert "cryptography" not in told["plain"], "a library without encryption does not need it"
    assert "keyring" not in told["plain"]
    assert told["recovery"] == 47
    assert told["sent"]
    assert told["same"]
    assert told["refused"] == "Invalid"
    # The system's own copy comes first on the path, and is too old.
    assert ours in told["from"], told
    assert int(told["version"].partition(".")[0]) >= 44
    assert told["openssl"].startswith("OpenSSL ")
    kept = [path for path in (place / "Sealed place").rglob("*") if path.is_file()]
    assert len(kept) > 3
    for path in kept:
        data = path.read_bytes()
        assert b"nobody else" not in data
        assert b"secret plan" not in data
        assert "plan" not in path.name
