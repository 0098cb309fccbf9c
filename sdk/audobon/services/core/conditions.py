"""What a library has to be for what is asked of it, and what helps where it is not."""

from __future__ import annotations

from audobon.errors import ReadOnly, Unavailable
from audobon.services.core.place import Place

__all__ = ["Conditions"]


class Conditions:
    """Asked by whatever needs them, before anything is done."""

    __slots__ = ()
    place: Place
    read_only: bool
    closed: bool

    def need_open(self) -> None:
        """Raise Unavailable when this library was closed."""
        if self.closed:
            folder = str(self.place.folder)
            raise Unavailable(
                f"{self.place.name} is closed",
                subject=folder,
                hint=f"open it again, as with audobon.Library.open({folder!r})",
            )

    def need_writable(self, what: str) -> None:
        """Raise ReadOnly when this library was opened for reading only."""
        if self.read_only:
            raise ReadOnly(
                f"{self.place.name} is open for reading only, so it cannot {what}",
                subject=str(self.place.folder),
                hint="open it without read_only",
            )
