"""The system's keyring: the only module that imports ``keyring``, and only when it is asked for.

Only keyrings that encrypt what they keep are taken, by name: the library would also take plug-ins
and settings that write into a plain file. On a machine without one nothing is kept, and neither
where ``AUDOBON_KEYRING=off`` says so.
"""

from __future__ import annotations

import contextlib
import importlib
import warnings
from collections.abc import Iterator
from typing import Any, Final

from audobon.errors import Unavailable
from audobon.storage.vault.secret import Secret
from audobon.system.variables import switched_off

__all__ = ["forget", "keep", "kept", "keyring_name"]

_SERVICE: Final = "audobon"
# Of each system its own, and of several on Linux the one that is running.
_KEYRINGS: Final = (
    ("macOS", "Keyring", "the keychain of macOS"),
    ("Windows", "WinVaultKeyring", "the credentials of Windows"),
    ("SecretService", "Keyring", "the Secret Service"),
    ("kwallet", "DBusKeyring", "KWallet"),
)


def _found() -> tuple[Any, str] | None:
    if switched_off("keyring"):
        return None
    for module, name, told in _KEYRINGS:
        try:
            with warnings.catch_warnings():
                # A connection that it leaves open while it looks whether somebody answers.
                warnings.simplefilter("ignore", ResourceWarning)
                kind = getattr(importlib.import_module(f"keyring.backends.{module}"), name)
                if kind.viable:
                    return kind(), told
        except Exception:  # noqa: BLE001 - whatever a foreign keyring fails with, it is not there
            continue
    return None


def keyring_name() -> str:
    """What this machine's keyring is called, empty where there is none (or no ``keyring``)."""
    found = _found()
    return "" if found is None else found[1]


def keep(vault: str, passphrase: Secret) -> bool:
    """Have the keyring keep the passphrase of a vault; whether there is one.

    Raises Unavailable where it is locked and stays so.
    """
    found = _found()
    if found is None:
        return False
    with _told(found[1]):
        found[0].set_password(_SERVICE, vault, passphrase.text())
    return True


def kept(vault: str) -> Secret | None:
    """The passphrase of a vault that the keyring keeps, None for none. Raises Unavailable."""
    found = _found()
    if found is None:
        return None
    answer: list[Secret] = []
    with _told(found[1]):
        answer = [
            Secret(text.encode("utf-8"))
            for text in (found[0].get_password(_SERVICE, vault),)
            if text is not None
        ]
    return answer[0] if answer else None


def forget(vault: str) -> bool:
    """Have the keyring forget the passphrase of a vault; whether it had it."""
    found = _found()
    if found is None or kept(vault) is None:
        return False
    with _told(found[1]):
        found[0].delete_password(_SERVICE, vault)
    return True


@contextlib.contextmanager
def _told(name: str) -> Iterator[None]:
    """Errors of a keyring, whichever it is, without what it was given."""
    failed = ""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - each keyring has its own
        failed = type(error).__name__
    if failed:
        # Outside of the handler: the foreign error has the passphrase in its frames.
        raise Unavailable(
            f"{name} does not answer: it may be locked ({failed})",
            subject=name,
            hint="unlock it, or give the passphrase in a file of mode 600",
        )
