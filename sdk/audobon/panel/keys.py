"""What panels show of encrypted places: who opens each, what is kept, what is to be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from audobon.codec.words import counted
from audobon.panel.words import sentence
from audobon.session.keys import ROTATING

if TYPE_CHECKING:
    from audobon.model.sealedplace import SealedPlace
    from audobon.session.state import State

__all__ = ["CHANGED", "CHANGED_HERE", "ENCRYPTS", "HOME", "NAMED", "RECOVERY", "RENEWS", "Row"]
__all__ += ["View", "name_fault", "rotating", "view"]

NAMED = "Whoever has the place can read this name, and nothing else of it."
"""To be said where a passphrase is given a name."""
CHANGED = (
    "Who knew the old one and has an old copy of the place can still open it: then renew the "
    "keys too."
)
"""To be said where a passphrase is changed."""
CHANGED_HERE = (
    "Who knew the old one and has an old copy of the library's state can still open it: then renew "
    "the keys too."
)
"""The same for the library itself."""
ENCRYPTS = (
    "All that Audobon keeps of your files is encrypted: versions, previews, names, tags, notes. "
    "Your files themselves are not. Without the passphrase and the recovery key, which is shown "
    "once, nobody opens the library again."
)
"""To be said where an encrypted library is made."""
HOME = "this library"
"""What the library itself is called among encrypted places."""
RECOVERY = "The recovery key of before opens nothing any more. The new one is shown once."
"""To be said before a recovery key is made."""
RENEWS = (
    "For a passphrase that somebody else may know. This one alone opens it then: every other "
    "passphrase and the recovery key end, and a new recovery key is shown once. What is there "
    "is written again after that."
)
"""To be said before keys are renewed."""
_MOST = 64


@frozen(slots=True)
class Row:
    """An encrypted place as a panel shows it.

    ``title`` is its remote's name, else its address; ``lock`` says whether it is open, ``who``
    which passphrases open it, ``kept`` who keeps one, ``rotation`` what is still to be written
    again, ``trouble`` why it cannot be asked: each is empty where there is nothing to say.
    ``home``: it is the library itself.
    """

    url: str
    title: str
    lock: str = ""
    who: str = ""
    kept: str = ""
    rotation: str = ""
    trouble: str = ""
    open: bool = False
    forgets: bool = False
    names: tuple[str, ...] = ()
    home: bool = False

    @property
    def lines(self) -> tuple[str, ...]:
        """All that is to be said, in order."""
        several = (self.trouble, self.lock, self.who, self.kept, self.rotation)
        return tuple(line for line in several if line)


@frozen(slots=True)
class View:
    """All of it. ``nothing`` says what encryption is for where there is no encrypted place."""

    rows: tuple[Row, ...] = ()
    nothing: str = ""


def view(state: State) -> View:
    """What a page for keys shows of a state."""
    seen = state.keys
    if not seen.known:
        return View()
    rows = tuple(_row(one, seen.keyring) for one in seen.places)
    nothing = "" if rows else (
        "No encrypted place. A remote that is added with a passphrase is one: what lies there is "
        "of no use to others. Snapshots can go there too."
    )  # fmt: skip
    return View(rows, nothing)


def rotating(state: State) -> bool:
    """Whether something is written again just now."""
    return state.transfer is not None and state.transfer.name == ROTATING


def name_fault(name: str, names: tuple[str, ...]) -> str:
    """Why a new passphrase cannot be called so, as a sentence; empty where it can."""
    name = name.strip()
    if not name:
        return "Give it a name, by which it can be changed and removed."
    if name in names:
        return f"There is a passphrase {name} already: change that one, or take another name."
    if len(name) > _MOST or not name.isprintable() or name == "recovery":
        return "It cannot be called so."
    return ""


def _row(one: SealedPlace, keyring: str) -> Row:
    title = _title(one)
    if one.trouble:
        hint = f" {sentence(one.hint)}" if one.hint else ""
        return Row(one.url, title, trouble=f"{sentence(one.trouble)}{hint}")
    return Row(
        one.url,
        title,
        lock=_lock(one),
        who=f"{_passphrases(one)}.",
        kept=_kept(one, keyring),
        rotation=_rotation(one),
        open=one.open,
        forgets=one.open or one.kept,
        names=one.passphrases,
        home=one.home,
    )


def _title(one: SealedPlace) -> str:
    return HOME.capitalize() if one.home else one.name or one.url


def _lock(one: SealedPlace) -> str:
    if one.home:
        return "The library itself, encrypted on this machine."
    what = "Remote" if one.name else "Place of snapshots"
    what = "Remote and place of snapshots" if one.name and one.snapshots else what
    return f"{what}, {'open' if one.open else 'locked: its passphrase or recovery key is needed'}."


def _passphrases(one: SealedPlace) -> str:
    names = ", ".join(one.passphrases)
    return f"Opened by {counted(len(one.passphrases), 'passphrase')}: {names}"


def _kept(one: SealedPlace, keyring: str) -> str:
    if one.kept:
        return f"{keyring[:1].upper()}{keyring[1:]} keeps its passphrase."
    if not keyring:
        return "This machine has no keyring: the passphrase is asked for in each start."
    return "Its passphrase is not kept: it is asked for in each start."


def _rotation(one: SealedPlace) -> str:
    if not one.unfinished:
        return ""
    if one.old is None:
        return (
            "Its keys were renewed, and some of it may still lie under older ones. A rotation "
            "writes that again, and goes on where one was stopped."
        )
    objects = counted(one.old, "object")
    return f"{objects} still under older keys. A rotation writes them again."
