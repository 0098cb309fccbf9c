"""How a matrix looks through its rows: in parts, on several cores, and read from a file."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from audobon.errors import Corrupt
from audobon.inference import matrix
from audobon.inference.matrix import Matrix

_LENGTH = 24


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize("cores", [1, 3])
def test_bits_are_counted_in_parts_by_several_cores(
    monkeypatch: pytest.MonkeyPatch, cores: int, quick: bool
) -> None:
    if not quick:
        monkeypatch.setitem(sys.modules, "numkong", None)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr(matrix, "_PART", 50)
    drawn = np.random.default_rng(3).integers(0, 256, (1_234, 16), np.uint8)
    counted = np.unpackbits(drawn ^ drawn[7], axis=1).sum(1)
    assert (matrix._differing(drawn, drawn[7:8]) == counted).all()
    assert set(matrix._fewest(counted, 20)) == set(np.flatnonzero(counted <= sorted(counted)[19]))


@pytest.mark.skipif(not hasattr(os, "preadv"), reason="rows are mapped here")
def test_a_matrix_that_is_cut_off_while_it_is_read_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matrix, "_HELD", 0)
    rows = np.eye(20, _LENGTH, dtype="<f2")
    made = Matrix(tmp_path / "made", _LENGTH)
    made.append([(at + 1, bytes([at]) * 32, row.tobytes()) for at, row in enumerate(rows)])
    assert made.near(rows[7].tolist(), 1) == [(b"\x07" * 32, 1.0)]
    assert made.near(rows[7].tolist(), 1, among=[b"?" * 32]) == []
    monkeypatch.setattr(made, "_map", lambda: None)  # as long as it was a moment ago
    os.truncate(tmp_path / "made" / "1" / "halves", 2 * _LENGTH * 10)
    with pytest.raises(Corrupt, match="cut off"):
        made.near(rows[7].tolist(), 1)
