"""Encrypted places, as whoever looks after their keys sees them."""

from __future__ import annotations

from attrs import frozen

__all__ = ["SealedPlace"]


@frozen(slots=True)
class SealedPlace:
    """An encrypted place, and what is known of its keys; no secret is in it.

    ``home``: it is the vault of the library itself, whose keys are never renewed.
    ``name`` is the remote's that lies there, empty where none does; ``snapshots`` says that
    snapshots go there. ``open``: nobody has to be asked for a passphrase. ``kept``: the system's
    keyring keeps it. ``passphrases`` are the names of those that open it: as the place says, which
    is proven only while it is open. ``renewed`` says that its keys were renewed at least once, and
    ``old`` how many objects lie under older keys, None where that is not known on this machine.
    ``trouble`` says why the rest is not known, and ``hint`` what helps; empty where it is.
    """

    url: str
    name: str = ""
    snapshots: bool = False
    open: bool = False
    kept: bool = False
    passphrases: tuple[str, ...] = ()
    renewed: bool = False
    old: int | None = 0
    trouble: str = ""
    hint: str = ""
    home: bool = False

    @property
    def unfinished(self) -> bool:
        """Whether objects lie under older keys, or may."""
        return self.renewed and self.old != 0
