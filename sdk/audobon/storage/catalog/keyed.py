"""Which assets have a content, in arrays of whole numbers: some 45 bytes an asset."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence

__all__ = ["MOST", "Keyed"]

MOST = 4_000_000
"""The highest key: above it arrays would be larger than what they save is worth."""

_GONE = (1 << 32) - 1  # a slot in which a key was: whoever looks goes on behind it
_LEAST = 1 << 10


class Keyed:
    """Keys of assets by content, with presence and uses. Not for several threads at once.

    A content is known by Python's hash of its digest: 64 bits, by which millions are told apart and
    which nobody outside can foresee. They are looked up by open addressing: a slot has the key that
    came last, and ``_following`` the others with the same content, as a chain.
    """

    def __init__(self, highest: int) -> None:
        """For keys up to ``highest`` and some more."""
        size = _LEAST
        while size < 2 * highest:
            size *= 2
        self._slots = array("I", [0]) * size
        self._taken = 0
        self._names = array("q")
        self._following = array("I")
        self._present = bytearray()
        self._used = array("I")
        self._last = array("q")
        self.unread: set[int] = set()
        """Keys of those whose content nobody knew."""
        self._grown(highest)

    def put(self, rows: Iterable[tuple[int, str, int, int, int]]) -> bool:
        """Take ``(key, digest, present, used, last used)`` in; False where there is no more room.

        After False nothing here is to be relied on.
        """
        for key, digest, present, used, last in rows:
            if key >= len(self._names) and not self._grown(key):
                return False
            name = (hash(digest) or 1) if digest else 0
            old = self._names[key]
            if name != old:
                if old:
                    self._unlink(old, key)
                if name:
                    self._link(name, key)
                self._names[key] = name
            if digest:
                self.unread.discard(key)
            else:
                self.unread.add(key)
            self._present[key], self._used[key], self._last[key] = present, used, last
        return 3 * self._taken < 2 * len(self._slots)

    def _grown(self, key: int) -> bool:
        if not 0 <= key < MOST:
            return False
        more = key + key // 8 + _LEAST - len(self._names)
        for each in (self._names, self._following, self._used, self._last):
            each.frombytes(bytes(more * each.itemsize))
        self._present.extend(bytes(more))
        return True

    def _slot(self, name: int) -> int:
        """Where the keys of a content begin, or the empty slot at which they would."""
        slots, names, mask = self._slots, self._names, len(self._slots) - 1
        at = name & mask
        while (key := slots[at]) and (key == _GONE or names[key] != name):
            at = (at + 1) & mask
        return at

    def _link(self, name: int, key: int) -> None:
        at = self._slot(name)
        self._taken += not self._slots[at]
        self._following[key] = self._slots[at]
        self._slots[at] = key

    def _unlink(self, name: int, key: int) -> None:
        at, following = self._slot(name), self._following
        if self._slots[at] == key:
            self._slots[at] = following[key] or _GONE
            return
        before = self._slots[at]
        while following[before] != key:
            before = following[before]
        following[before] = following[key]

    def holders(self, digests: Sequence[str]) -> dict[str, list[int]]:
        """The keys with these contents, by digest, in their order."""
        slots, names, following = self._slots, self._names, self._following
        mask, found = len(slots) - 1, dict[str, list[int]]()
        for digest in digests:
            name = hash(digest) or 1
            at = name & mask
            # As _slot has it: a call for each would be a third of the time.
            while (key := slots[at]) and (key == _GONE or names[key] != name):
                at = (at + 1) & mask
            if key:
                found[digest] = keys = [key]
                while key := following[key]:
                    keys.append(key)
                if len(keys) > 1:
                    keys.sort()
        return found

    def uses(self, keys: Sequence[int]) -> dict[int, tuple[int, int]]:
        """How often and when last each present one of these was used."""
        present, used, last, most = self._present, self._used, self._last, len(self._present)
        return {key: (used[key], last[key]) for key in keys if key < most and present[key]}
