"""Which rows are fetched before anybody sees them."""

from __future__ import annotations

from audobon.panel.ahead import Ahead


def test_as_much_as_is_seen_lies_ready_on_the_way_one_scrolls() -> None:
    ahead = Ahead()
    assert list(ahead.rows(0, 3, 100)) == [4, 5, 6, 7]
    assert list(ahead.rows(40, 43, 100)) == [44, 45, 46, 47]
    assert list(ahead.rows(38, 41, 100)) == [37, 36, 35, 34]
    assert list(ahead.rows(38, 41, 100)) == [37, 36, 35, 34], "resting is no turn"
    assert list(ahead.rows(39, 42, 100)) == [43, 44, 45, 46]


def test_it_ends_where_the_list_ends() -> None:
    ahead = Ahead()
    assert list(ahead.rows(96, 99, 100)) == []
    assert list(ahead.rows(97, 98, 100)) == [99]
    assert list(ahead.rows(2, 5, 100)) == [1, 0]
    assert list(ahead.rows(0, 3, 100)) == []
    assert list(Ahead().rows(0, -1, 0)) == []
    assert list(Ahead().rows(5, 9, 3)) == []
