"""Groups that were decompressed and may be asked for again."""

from __future__ import annotations

__all__ = ["Groups"]

# 32 groups: an edited file draws on as many versions at once without
# decompressing anything twice.
_CACHE = 32 << 20


class Groups:
    """Decompressed groups by pack and number; over ``_CACHE`` bytes the oldest go."""

    def __init__(self) -> None:
        self._data: dict[tuple[str, int], bytes] = {}
        self._bytes = 0

    def __contains__(self, key: tuple[str, int]) -> bool:
        return key in self._data

    def get(self, key: tuple[str, int]) -> bytes | None:
        data = self._data.pop(key, None)
        if data is not None:
            self._data[key] = data
        return data

    def put(self, key: tuple[str, int], data: bytes) -> None:
        self._data[key] = data
        self._bytes += len(data)
        while self._bytes > _CACHE and len(self._data) > 1:
            self.drop(next(iter(self._data)))

    def drop(self, key: tuple[str, int]) -> None:
        self._bytes -= len(self._data.pop(key, b""))

    def clear(self) -> None:
        self._data.clear()
        self._bytes = 0
