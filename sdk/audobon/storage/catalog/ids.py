"""Ids of assets: 32 hex digits that sort by time."""

from __future__ import annotations

import os

__all__ = ["new_ids"]

_COUNTER_BITS = 32  # so many ids of one batch keep their order


def new_ids(micros: int, count: int) -> list[str]:
    """``count`` ids of UUID version 7 (RFC 9562), rising, for the moment ``micros``.

    The first 48 bits are milliseconds since 1970, then a counter (method 1
    of section 6.2), then 42 random bits: the last digits spread evenly.
    """
    stamp = (micros // 1000 & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | 0b10 << 62
    noise = os.urandom(6 * count)
    ids = []
    for number in range(count):
        low_bits = _COUNTER_BITS - 12
        counter = (number >> low_bits) << 64 | (number & (1 << low_bits) - 1) << 42
        random = int.from_bytes(noise[6 * number : 6 * number + 6], "big") & (1 << 42) - 1
        ids.append(f"{stamp | counter | random:032x}")
    return ids
