"""Since when something in the store has been needed by nobody: the first of two phases.

A small file beside the index. Losing it only makes garbage stay longer; so
does whatever is not in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from attrs import define, field

from audobon.errors import Corrupt
from audobon.system.smallfiles import PLAIN, SmallFiles

__all__ = ["Garbage"]

_NAME = "garbage.json"


@define
class Garbage:
    """When (seconds since 1970) each file, by digest, and each pack was first found unneeded."""

    files: dict[bytes, float] = field(factory=dict)
    packs: dict[str, float] = field(factory=dict)

    @classmethod
    def load(cls, folder: Path, small: SmallFiles = PLAIN) -> Garbage:
        """What was noted in the store's ``folder``; nothing when that cannot be read."""
        try:
            data = json.loads(small.read(folder / _NAME))
            files = {bytes.fromhex(name): float(at) for name, at in data["files"].items()}
            return cls(files, {str(name): float(at) for name, at in data["packs"].items()})
        except (OSError, ValueError, KeyError, TypeError, AttributeError, Corrupt):
            return cls()

    def save(self, folder: Path, small: SmallFiles = PLAIN) -> None:
        files = {digest.hex(): at for digest, at in sorted(self.files.items())}
        data = {"files": files, "packs": dict(sorted(self.packs.items()))}
        small.write(folder / _NAME, json.dumps(data, indent=0).encode())

    @staticmethod
    def wanted_again(folder: Path, digests: Iterable[bytes], small: SmallFiles = PLAIN) -> None:
        """Somebody stores these again: their time begins anew. The caller holds the writer lock."""
        if not (folder / _NAME).exists():
            return
        noted = Garbage.load(folder, small)
        met = noted.files.keys() & set(digests)
        if met:
            for digest in met:
                del noted.files[digest]
            noted.save(folder, small)
