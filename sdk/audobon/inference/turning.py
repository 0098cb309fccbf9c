"""A vector as bits: on which side of many planes it lies.

How many bits of two vectors differ tells the angle between them: M. Charikar,
"Similarity estimation techniques from rounding algorithms", STOC 2002. That
holds for planes in random directions, so a vector is turned first, by signs,
permutations and Hadamard matrices (N. Ailon, B. Chazelle, "The fast
Johnson-Lindenstrauss transform", SIAM J. Comput. 2009). Nothing is learnt from
the vectors, so more of them change no bit of the others, and the numbers are
the same on every machine.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

import numpy as np

__all__ = ["bits_of", "width_of"]

Array = np.ndarray[Any, Any]

_STEP = 64
_LEAST = 1_024
"""Bits of short vectors: they are turned several times. Measured with the default networks."""
_BLOCK = 256  # the permutations between the rounds do the rest
_ROUNDS = 3  # after two a vector of few large numbers is not spread out yet


def width_of(length: int) -> int:
    """How many bytes :func:`bits_of` makes of a vector of ``length`` numbers."""
    padded = _padded(length)
    return padded // 8 * -(-_LEAST // padded)


def bits_of(vectors: Array) -> Array:
    """(rows, length) floats as (rows, ``width_of(length)``) bytes of eight bits each."""
    rows, length = vectors.shape
    padded = _padded(length)
    wide = np.zeros((rows, padded), np.float32)
    wide[:, :length] = vectors
    parts = []
    for turn in range(width_of(length) * 8 // padded):
        turned = wide
        for signs, order in _rounds(padded, turn):
            turned = _hadamard((turned * signs)[:, order])
        parts.append(turned > 0)
    return np.packbits(np.concatenate(parts, 1), axis=1)


def _padded(length: int) -> int:
    return -(-length // _STEP) * _STEP


@lru_cache(maxsize=16)
def _rounds(padded: int, turn: int) -> list[tuple[Array, Array]]:
    """Signs and permutations, drawn from SHA-256 so that no library can change them."""
    made = []
    for number in range(_ROUNDS):
        seed = f"audobon {padded} {turn} {number}".encode()
        drawn = hashlib.shake_256(seed).digest(9 * padded)
        signs = np.where(np.frombuffer(drawn[:padded], np.uint8) & 1, 1.0, -1.0)
        order = np.argsort(np.frombuffer(drawn[padded:], "<u8"), kind="stable")
        made.append((signs.astype(np.float32), order))
    return made


def _hadamard(vectors: Array) -> Array:
    """Each run of up to 256 numbers, transformed."""
    rows, padded = vectors.shape
    block = min(padded & -padded, _BLOCK)
    made = vectors.reshape(-1, block) @ _matrix(block)
    return np.asarray(made.reshape(rows, padded))


@lru_cache(maxsize=4)
def _matrix(size: int) -> Array:
    made = np.ones((1, 1), np.float32)
    while len(made) < size:
        made = np.block([[made, made], [made, -made]])
    return made
