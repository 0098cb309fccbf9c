"""The pages of a search in a row: a model of a session that is turned, searched and changed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from audobon.panel.pages import Pages

LIMIT = 5


def page(items: list[Any], number: int, wanted: Any) -> Any:
    """What a session shows of these items."""
    first = number * LIMIT
    return SimpleNamespace(
        wanted=wanted,
        page=number,
        assets=tuple(items[first : first + LIMIT]),
        total=len(items),
        more=first + LIMIT < len(items),
    )


def question(text: str) -> Any:
    return SimpleNamespace(text=text, limit=LIMIT)


def settle(pages: Pages, items: list[Any], wanted: Any, first: int, last: int, now: int) -> int:
    """Turn the session until what is seen is there; the page it shows then."""
    for _ in range(len(items) + 10):
        found = page(items, now, wanted)
        pages.take(found)
        turn = pages.wish(first, last, found)
        if not turn:
            return now
        now += turn
        assert 0 <= now * LIMIT <= len(items)
    raise AssertionError("it never ends")


def test_it_grows_as_it_is_looked_at() -> None:
    items, wanted, pages = list(range(23)), question(""), Pages()
    assert pages.take(page(items, 0, wanted)).how == "all"
    assert settle(pages, items, wanted, 0, 1, 0) == 0
    assert pages.rows == items[:5]
    change = pages.take(page(items, 1, wanted))
    assert (change.how, change.first, change.count) == ("more", 5, 5)
    settle(pages, items, wanted, 0, 22, 1)
    assert pages.rows == items
    assert not pages.more


def test_another_question_begins_anew() -> None:
    pages, old, new = Pages(), question("a"), question("b")
    pages.take(page(list(range(23)), 0, old))
    pages.take(page(list(range(23)), 1, old))
    assert pages.take(page([7, 8], 0, new)).how == "all"
    assert pages.rows == [7, 8]
    assert pages.wish(0, 1, page(list(range(23)), 0, old)) == 0  # that is no answer to this


def test_a_changed_row_is_told_and_the_other_pages_are_asked_again() -> None:
    wanted, pages = question(""), Pages()
    items = [(number, "old") for number in range(15)]
    settle(pages, items, wanted, 0, 14, 0)
    later = [(number, "new") for number in range(15)]
    change = pages.take(page(later, 2, wanted))
    assert (change.how, change.first, change.count) == ("same", 10, 5)
    assert pages.rows[:10] == items[:10]
    settle(pages, later, wanted, 0, 4, 2)
    assert pages.rows[:5] == later[:5]
    settle(pages, later, wanted, 0, 14, 0)
    assert pages.rows == later


@given(data=st.data())
def test_what_is_seen_becomes_true(data: st.DataObject) -> None:
    pages, wanted, now = Pages(), question(""), 0
    items = list(range(data.draw(st.integers(0, 40))))
    for number in range(data.draw(st.integers(1, 6))):
        what = data.draw(st.sampled_from(["scroll", "search", "change"]))
        if what == "search":
            wanted, now = question(str(number)), 0
            items = list(range(data.draw(st.integers(0, 40))))
        elif what == "change":
            items = [(number, item) for item in items]
            items = items[: data.draw(st.integers(0, len(items)))] + [
                (number, "more", one) for one in range(data.draw(st.integers(0, 12)))
            ]
            if now * LIMIT >= len(items):
                now = 0  # as a session does whose page is gone
        last = data.draw(st.integers(0, max(0, len(items) - 1)))
        now = settle(pages, items, wanted, max(0, last - 8), last, now)
        seen = slice(max(0, last - 8), last + 1)
        assert pages.rows[seen] == items[seen]
