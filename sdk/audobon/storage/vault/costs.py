"""What a guess at a passphrase costs, and what we let a stranger's header cost us."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from audobon.errors import Invalid, LimitExceeded

__all__ = ["CEILING", "DEFAULT", "FLOOR", "Costs", "check_costs"]


@frozen
class Costs:
    """Parameters of Argon2id: memory in KiB, passes over it, and lanes that may run at once."""

    memory_kib: int
    passes: int
    lanes: int

    def weaker_than(self, other: Costs) -> bool:
        """Whether a guess takes less memory, or less work in all."""
        return (
            self.memory_kib < other.memory_kib
            or self.memory_kib * self.passes < other.memory_kib * other.passes
        )


DEFAULT: Final = Costs(memory_kib=256 << 10, passes=3, lanes=4)
"""Four times the memory of RFC 9106's second recommendation (64 MiB, 3 passes, 4 lanes): opening
a vault is done once a session and takes 0.8 s of CPU (measured); a machine that runs Blender has
256 MiB, while whoever guesses needs as much for every guess that is to run at once."""

FLOOR: Final = Costs(memory_kib=64 << 10, passes=3, lanes=1)
"""Nothing weaker is opened or made: RFC 9106's second recommendation. Who holds the store could
write a header that costs nothing, and hope that a newer vault is made like it."""

CEILING: Final = Costs(memory_kib=1 << 20, passes=12, lanes=16)
"""Nothing dearer is computed: 1 GiB. RFC 9106's first recommendation (2 GiB) is above it, because
who holds the store chooses these numbers and our memory pays for them."""


def check_costs(costs: Costs, floor: Costs, *, read: bool) -> Costs:
    """The costs themselves. Raises Invalid when they are too weak, LimitExceeded when too dear.

    ``read`` says that they stand in a header, so that the message blames the right thing.
    """
    what = "the vault's header asks for" if read else "a passphrase would be guarded with"
    told = f"{what} {costs.memory_kib} KiB, {costs.passes} passes, {costs.lanes} lanes of Argon2id"
    if costs.weaker_than(floor) or costs.passes < 1 or costs.lanes < 1:
        raise Invalid(
            f"{told}; at least {floor.memory_kib} KiB and {floor.passes} passes are needed",
            hint="somebody may have changed the header: open the vault from its copy or a backup"
            if read
            else "",
        )
    if (
        costs.memory_kib > CEILING.memory_kib
        or costs.passes > CEILING.passes
        or costs.lanes > CEILING.lanes
    ):
        raise LimitExceeded(
            f"{told}; at most {CEILING.memory_kib} KiB, {CEILING.passes} passes and "
            f"{CEILING.lanes} lanes are computed"
        )
    if costs.memory_kib < 8 * costs.lanes:
        raise Invalid(f"{told}; each lane needs 8 KiB")
    return costs
