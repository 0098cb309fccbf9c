"""What a host asks about the keys of encrypted places: who opens them, and how they are renewed.

All of it goes to a place, one after another, as ``state.transfer``. A failure is a notice, in a
sentence. No passphrase and no recovery key is part of the state, of a notice or of the log: a
recovery key is told to the caller alone, by ``pump``, and once. ``audobon.panel.keys`` says the
rest in words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from audobon.codec.words import counted
from audobon.session.unread import Partly
from audobon.session.upkeep import size_text

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.model.sealedplace import SealedPlace
    from audobon.session.doing import Report
    from audobon.session.opened import Opened
    from audobon.session.state import State
    from audobon.storage.vault import Secret

__all__ = ["NO_KEYS", "ROTATING", "KeysSeen", "SessionKeys"]

ROTATING = "Writing again under the new key"
"""What a rotation is called while it lasts."""
_LOOKING = "Looking at encrypted places"

Then = Callable[[], None]
Told = Callable[[str], None]


@frozen(slots=True)
class KeysSeen:
    """The encrypted places of the library and of its snapshots, as they were when last looked at.

    ``known`` is False before that. ``keyring`` is what this machine keeps passphrases in, empty
    for nothing.
    """

    known: bool = False
    places: tuple[SealedPlace, ...] = ()
    keyring: str = ""

    def place(self, where: str) -> SealedPlace | None:
        """The one of this address, or of the remote of this name."""
        fits = (one for one in self.places if where in (one.url, one.name) and where)
        return next(fits, None)


NO_KEYS = KeysSeen()
"""Nothing was looked at."""


class SessionKeys:
    """The part of a session that is about keys; reached as ``Session.keys``.

    ``where`` is the address of a place of ``state.keys``, or the name of its remote.
    """

    def __init__(
        self,
        transfer: Callable[..., None],
        opened: Callable[[], Opened | None],
        state: Callable[[], State],
        watch_remotes: Callable[[], None],
    ) -> None:
        self._transfer = transfer
        self._opened = opened
        self._state = state
        self._watch_remotes = watch_remotes
        self._looked: object = None

    def _tell(self, **changes: Any) -> None:
        if (now := self._opened()) is not None:
            now.tell_keys(**changes)

    # What is looked at

    def watch(self, *, online: bool = True) -> None:
        """Somebody looks: every place is asked for its header, and again where one has come or
        gone, was opened or locked. Cheap. Without ``online`` no bucket is asked."""
        self._watch_remotes()
        state = self._state()
        if state.remotes.known and state.snapshots.settings is not None:
            seen = (self._opened(), _stamp(state), online)
            if seen != self._looked:
                self._looked = seen
                self.look(online=online)

    def look(self, *, online: bool = True) -> None:
        """Ask every place for its header; ``state.keys`` tells."""

        def work(library: Library, report: Report) -> None:
            from audobon.services.places.sealing import keyring_name

            found = library.keys.list(
                online=online, progress=report.progress, cancel=report.cancelled
            )
            seen = self._state().keys
            self._tell(
                known=True,
                places=tuple(_counted_before(one, seen.place(one.url)) for one in found),
                keyring=keyring_name(),
            )

        self._transfer(_LOOKING, work)

    def _look_at(self, library: Library, where: str, **changes: Any) -> None:
        """Tell how one place is now."""
        seen = self._state().keys
        before = seen.place(where)
        if before is None:
            return
        after = evolve(_counted_before(library.keys.look(before.url), before), **changes)
        places = tuple(after if one.url == before.url else one for one in seen.places)
        self._tell(places=places)

    def _relist(self, where: str) -> None:
        """The page of snapshots shows the same place: whether it is locked has changed."""
        now = self._opened()
        if now is None or (backer := now.backer) is None or not backer.seen.place:
            return
        if backer.seen.place == where:
            backer.doer.do(
                "Looking for snapshots", lambda library, _: backer.list_place(library, where)
            )

    # Who opens it

    def unlock(
        self,
        where: str,
        secret: str,
        *,
        recovery: bool = False,
        keep: bool = True,
        then: Then | None = None,
        otherwise: Then | None = None,
    ) -> None:
        """Open a place by a passphrase, or by its ``recovery`` key.

        With ``keep`` the keyring keeps a passphrase, where there is one; never a recovery key.
        """
        given = _hidden(secret)

        def work(library: Library, _report: Report) -> str:
            if recovery:
                kept = library.keys.unlock(where, recovery=given)
            else:
                kept = library.keys.unlock(where, given, keep=keep)
            self._look_at(library, where)
            self._relist(where)
            text = f"{self._name(where)} is open" + ", and its passphrase is kept" * kept
            return f"{text}: set a new passphrase now" if recovery else text

        self._transfer("Opening a place", work, then, otherwise)

    def add(
        self,
        where: str,
        name: str,
        passphrase: str,
        *,
        then: Then | None = None,
        otherwise: Then | None = None,
    ) -> None:
        """One passphrase more, up to seven. The name lies there in clear."""
        given, called = _hidden(passphrase), name.strip()

        def work(library: Library, _report: Report) -> str:
            library.keys.add_passphrase(where, called, given)
            self._look_at(library, where)
            return f"The passphrase {called!r} opens {self._name(where)} too"

        self._transfer("Adding a passphrase", work, then, otherwise)

    def change(
        self,
        where: str,
        name: str,
        passphrase: str,
        *,
        then: Then | None = None,
        otherwise: Then | None = None,
    ) -> None:
        """Another passphrase in place of the one of this name; the keyring follows."""
        given = _hidden(passphrase)

        def work(library: Library, _report: Report) -> str:
            library.keys.change_passphrase(where, name, given)
            self._look_at(library, where)
            return f"The passphrase {name!r} of {self._name(where)} is another one now"

        self._transfer("Changing a passphrase", work, then, otherwise)

    def remove(
        self,
        where: str,
        name: str,
        *,
        then: Then | None = None,
        otherwise: Then | None = None,
    ) -> None:
        """Forget one of several passphrases."""

        def work(library: Library, _report: Report) -> str:
            library.keys.remove_passphrase(where, name)
            self._look_at(library, where)
            return f"The passphrase {name!r} opens {self._name(where)} no more"

        self._transfer("Removing a passphrase", work, then, otherwise)

    def forget(
        self, where: str, *, then: Then | None = None, otherwise: Then | None = None
    ) -> None:
        """Have the keyring and this process forget what opens a place: it is locked then."""

        def work(library: Library, _report: Report) -> str:
            name = self._name(where)
            had = library.keys.forget(where)
            # What is told is true already where the place cannot be asked just now.
            seen = self._state().keys
            self._tell(
                places=tuple(
                    evolve(one, open=False, kept=False) if where in (one.url, one.name) else one
                    for one in seen.places
                )
            )
            self._relist(where)
            return f"{name} is locked" + ", and its passphrase is kept no more" * had

        self._transfer("Forgetting a passphrase", work, then, otherwise)

    # Its keys

    def new_recovery(
        self, where: str, then: Told | None = None, *, otherwise: Then | None = None
    ) -> None:
        """Another recovery key, which ``then`` is told; the one before opens nothing any more."""

        def make(library: Library) -> str:
            return library.keys.new_recovery(where)

        text = "The recovery key of {} is another one now"
        self._making("Making a recovery key", where, make, text, then, otherwise)

    def renew(
        self,
        where: str,
        passphrase: str,
        then: Told | None = None,
        *,
        otherwise: Then | None = None,
    ) -> None:
        """New keys, which this passphrase alone opens; ``then`` is told the new recovery key.

        Every other passphrase and the old recovery key end. ``rotate`` does the rest.
        """
        given = _hidden(passphrase)

        def make(library: Library) -> str:
            return library.keys.renew(where, given)

        text = "The keys of {} are new: what lies there is to be written again"
        self._making("Renewing the keys", where, make, text, then, otherwise)

    def _making(
        self,
        name: str,
        where: str,
        make: Callable[[Library], str],
        text: str,
        then: Told | None,
        otherwise: Then | None,
    ) -> None:
        told: list[str] = []

        def work(library: Library, _report: Report) -> str:
            told.append(make(library))
            called = self._name(where)
            try:
                self._look_at(library, where)
            except Exception:  # noqa: BLE001  # the key that was made must not be lost by it
                self._looked = None
            return text.format(called)

        self._transfer(name, work, None if then is None else lambda: then(told.pop()), otherwise)

    def rotate(
        self, where: str, *, then: Then | None = None, otherwise: Then | None = None
    ) -> None:
        """Write again what lies under older keys; stopped at any time, it goes on from there."""

        def work(library: Library, report: Report) -> str:
            done = library.keys.rotate(where, progress=report.progress, cancel=report.cancelled)
            self._look_at(library, where, old=len(done.failed) + done.later)
            count = counted(done.rewritten, "object")
            text = f"{count} written again, {size_text(done.size)}"
            if done.failed:
                key, error = done.failed[0]
                return Partly(f"{text}; {len(done.failed)} stay as they are, {key}: {error}")
            if done.later:
                follow = f"{counted(done.later, 'file')} follow"
                return f"{text}; {follow} when the library is opened the next time"
            return f"{text}: all of it lies under the newest key"

        self._transfer(ROTATING, work, then, otherwise)

    def count(self, where: str) -> None:
        """Count what lies under older keys; the place's ``old`` tells."""

        def work(library: Library, report: Report) -> str:
            old = library.keys.count_old(where, progress=report.progress, cancel=report.cancelled)
            self._look_at(library, where, old=old)
            if not old:
                return "All of it lies under the newest key"
            return f"{counted(old, 'object')} under older keys"

        self._transfer("Counting what lies under older keys", work)

    def cancel(self) -> None:
        """Ask it to stop. A rotation goes on from there the next time."""
        if (now := self._opened()) is not None and now.transferrer is not None:
            now.transferrer.cancel()

    def _name(self, where: str) -> str:
        place = self._state().keys.place(where)
        if place is not None and place.home:
            return "this library"
        return where if place is None else place.name or place.url


def _hidden(text: str) -> Secret:
    """What nobody sees in a variable of work that waits."""
    from audobon.services.places.sealing import secret_of

    return secret_of(text)


def _counted_before(one: SealedPlace, before: SealedPlace | None) -> SealedPlace:
    """What was counted is still known, unless the keys were renewed since."""
    if one.old is None and before is not None and before.renewed and not before.trouble:
        return evolve(one, old=before.old)
    return one


def _stamp(state: State) -> object:
    """Another value whenever a place may have come or gone, or was opened or locked."""
    remotes = tuple(
        (one.name, one.url, one.encrypted, one.unlocked) for one in state.remotes.remotes
    )
    seen = state.snapshots
    usual = "" if seen.settings is None else seen.settings.to
    return state.library, remotes, usual, seen.places, seen.place, seen.locked
