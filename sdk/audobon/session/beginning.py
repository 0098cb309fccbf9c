"""How a library that a session is told of is opened, or made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from attrs import define, field

from audobon.errors import ReadOnly
from audobon.library import Library

__all__ = ["Beginning"]


@define
class Beginning:
    """A library to be opened, or made with ``make``. The passphrase is forgotten once it was tried.

    With ``recovery`` it is the recovery key. ``then`` is told the recovery key of one that is made
    encrypted; see :meth:`told`.
    """

    path: Path
    make: bool = False
    name: str | None = None
    recovery: bool = False
    then: Callable[[str], object] | None = None
    _passphrase: str | None = field(default=None, repr=False)
    _key: str = field(default="", init=False, repr=False)

    def find(self) -> Library:
        """The library, opened for reading where it cannot be written. Once."""
        given, self._passphrase = self._passphrase, None
        if self.make:
            library = Library.create(self.path, self.name, passphrase=given)
            self._key = library.recovery_key
            return library
        if given is None:
            how: dict[str, str | bool] = {}
        else:
            how = {"recovery": given} if self.recovery else {"passphrase": given, "keep": True}
        try:
            return Library.open(self.path, **how)  # type: ignore[arg-type]
        except ReadOnly:
            # What opened it is known to this process now.
            return Library.open(self.path, read_only=True)

    def told(self) -> Callable[[], None] | None:
        """What tells the recovery key of what was made; None where there is none to be told."""
        key, self._key = self._key, ""
        then = self.then
        if not key or then is None:
            return None

        def tell() -> None:
            then(key)

        return tell
