"""Keys that are open: what a sealed place needs, and nothing that opens the vault again."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from audobon.errors import Conflict
from audobon.storage.vault.secret import Secret

__all__ = ["Keys"]


@frozen
class Keys:
    """The master keys of a vault by their ids; ``current`` is the one that is written with.

    ``names`` never changes: two names for one object would break compare-and-swap.
    """

    vault: bytes
    names: Secret
    masters: Mapping[bytes, Secret] = field(repr=lambda masters: f"<{len(masters)} secrets>")
    current: bytes

    def master(self, key_id: bytes) -> Secret:
        """The key of an id. Raises Conflict for one that came after these were opened."""
        try:
            return self.masters[key_id]
        except KeyError:
            raise Conflict(
                "an object is sealed with a newer key than those this vault was opened with",
                subject=key_id.hex(),
                hint="open it again: somebody renewed its keys meanwhile",
            ) from None
