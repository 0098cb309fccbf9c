"""How much of an upload is sent at once follows the line."""

from __future__ import annotations

import pytest

from audobon.storage.objects import pace as module
from audobon.storage.objects.pace import FIRST, LEAST, MOST, Pace


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize(
    ("took_s", "size"),
    [(0.0, MOST), (0.1, MOST), (8.0, 16 << 20), (9.0, 14_680_064), (600.0, LEAST)],
)
def test_fast_lines_get_large_requests(clock: list[float], took_s: float, size: int) -> None:
    pace = Pace()
    assert pace.size == FIRST
    with pace.sending(32 << 20):
        clock[0] += took_s
    assert pace.size == size
    assert pace.size % (256 << 10) == 0
    with pace.sending(1000):  # small ones say nothing
        clock[0] += 60
    assert pace.size == size


def test_a_line_that_broke_gets_small_ones(clock: list[float]) -> None:
    pace = Pace()
    with pace.sending(32 << 20):
        clock[0] += 0.1
    with pytest.raises(OSError, match="broken"), pace.sending(32 << 20):
        raise OSError("broken")
    assert pace.size == LEAST
