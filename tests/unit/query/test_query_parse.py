"""What texts mean, and what is said about mistakes."""

from __future__ import annotations

import pytest

from audobon.codec.query_text import MAX_LENGTH, parse
from audobon.errors import QueryError
from audobon.model.query import (
    And,
    Compare,
    Everything,
    Node,
    Not,
    Or,
    Phrase,
    Signal,
    Term,
    Word,
)

DAY = 86_400.0
JANUARY_31 = 1_769_817_600.0  # 2026-01-31T00:00Z


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("", Everything()),
        ("   ", Everything()),
        ("*", Everything()),
        ("rust", Word("rust")),
        ("rust*", Word("rust", prefix=True)),
        ("rusty metal", And((Word("rusty"), Word("metal", position=6)))),
        ("a AND b", And((Word("a"), Word("b", position=6)))),
        ("a and b", And((Word("a"), Word("and", position=2), Word("b", position=6)))),
        (
            "a b OR c",
            Or((And((Word("a"), Word("b", position=2))), Word("c", position=7))),
        ),
        (
            "a (b OR c)",
            And((Word("a"), Or((Word("b", position=3), Word("c", position=8))))),
        ),
        ("a (b c)", And((Word("a"), Word("b", position=3), Word("c", position=5)))),
        ("-x", Not(Word("x", position=1))),
        ("NOT x", Not(Word("x", position=4))),
        ("-(a b)", Not(And((Word("a", position=2), Word("b", position=4))))),
        ("rust-metal", Word("rust-metal")),
        ("rust - metal", And((Word("rust"), Word("-", position=5), Word("metal", position=7)))),
        ("12:30", Word("12:30")),
        ('"old wood"', Phrase("old wood")),
        ("“old wood”", Phrase("old wood")),
        ('"say ""hi"""', Phrase('say "hi"')),
        ('tag:"old wood"', Term("tag", "old wood")),
        ("tag:wood*", Term("tag", "wood", prefix=True)),
        ('tag:"old w"*', Term("tag", "old w", prefix=True)),
        ("-tag:*", Not(Term("tag", "", prefix=True, position=1))),
        ("TAG:Wood", Term("tag", "Wood")),
        ("in:Materials/Wood", Term("in", "Materials/Wood")),
        ("rating:3", Compare("rating", "=", 3)),
        ("rating:>=4", Compare("rating", ">=", 4)),
        (
            "width:1k..4k",
            And((Compare("width", ">=", 1024), Compare("width", "<=", 4096))),
        ),
        ("width:..100", Compare("width", "<=", 100)),
        ("width:100..", Compare("width", ">=", 100)),
        ("size:>10mb", Compare("size", ">", 10_000_000)),
        ("size:>10MiB", Compare("size", ">", 10 * 2**20)),
        ("size:1.5kb", Compare("size", "=", 1500)),
        ("added:<7d", Compare("added", "<", 7 * DAY)),
        ("unused:>3m", Compare("unused", ">", 90 * DAY)),
        ("added:>=2026-01-31", Compare("added", ">=", JANUARY_31, absolute=True)),
        ("added:>2026-01-31", Compare("added", ">=", JANUARY_31 + DAY, absolute=True)),
        ("added:<=2026-01", Compare("added", "<", JANUARY_31 + DAY, absolute=True)),
        (
            "added:2026-01-31",
            And(
                (
                    Compare("added", ">=", JANUARY_31, absolute=True),
                    Compare("added", "<", JANUARY_31 + DAY, absolute=True),
                )
            ),
        ),
        ("color:#7a4", Signal("color", "#77aa44")),
        ("colour:Red", Signal("color", "red")),
        ("color:grey", Signal("color", "gray")),
        ("color:?", Signal("color", "?")),
        ('meaning:"mossy stone"', Signal("meaning", "mossy stone")),
        ('like:"C:\\art\\a b.png"', Signal("like", "C:\\art\\a b.png")),
    ],
)
def test_meaning(text: str, node: Node) -> None:
    assert parse(text) == node


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("old wo", And((Word("old"), Word("wo", prefix=True, position=4)))),
        ("old ", Word("old")),
        ("tag:wo", Term("tag", "wo")),
        ('"wo"', Phrase("wo")),
    ],
)
def test_typing_makes_the_last_word_a_prefix(text: str, node: Node) -> None:
    assert parse(text, typing=True) == node


@pytest.mark.parametrize(
    ("text", "position", "says", "expected"),
    [
        ("a tga:x", 2, "did you mean tag:", "tag"),
        ("zzzzqq:x", 0, "fields are", "rating"),
        ("rating:>>4", 7, "operator", ">="),
        ("rating:=>4", 7, "operator", ">="),
        ("rating:high", 7, "takes a number", "rating:>=4"),
        ("rating:7", 7, "from 0 to 5", None),
        ("used:1.5", 5, "whole numbers", None),
        ("size:>3qb", 7, "not a unit", "mb"),
        ("size:>3..4", 5, "range takes no operator", None),
        ("size:..", 5, "no ends", None),
        ("added:5", 7, "needs a unit", "d"),
        ("added:7d", 6, "added:<7d", "<"),
        ("added:>=2026-02-31", 8, "not a date", "2026-01-31"),
        ("unused:>2026-01-31", 8, "an age", None),
        ("color:#12", 6, "not a colour", "#rgb"),
        ("state:gone", 6, "not a state", "missing"),
        ("rust kind:imge", 10, "not a kind", "image"),
        ("tag:>3", 4, "takes no operator", None),
        ("tag:", 4, "needs a value", None),
        ("tag: wood", 4, "needs a value", None),
        ("(a b", 0, "not closed", ")"),
        ("a b)", 3, "closes nothing", None),
        ("a ()", 3, "are empty", "a word"),
        ('a "old', 2, "not closed", '"'),
        ('tag:"old', 4, "not closed", '"'),
        ('""', 0, "nothing between", None),
        ('"old"*', 5, "cannot end in *", None),
        ("wo*d", 2, "end of a word", "wo*"),
        ("rust width>=2048", 10, "write width:>=2048", ":"),
        ("Rating=5", 6, "write rating:=5", ":"),
        ("rating:4*", 7, "takes no *", None),
        ("OR a", 0, "nothing before it", "a word"),
        ("a OR", 4, "nothing behind it", "a word"),
        ("a AND OR b", 6, "nothing before it", "a word"),
        ("NOT", 3, "nothing behind it", "a word"),
        ("a -)", 3, "closes nothing", None),
    ],
)
def test_mistakes_tell_where_and_what(
    text: str, position: int, says: str, expected: str | None
) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert caught.value.position == position
    assert says in caught.value.message
    assert caught.value.subject == text
    if expected is not None:
        assert expected in caught.value.expected


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000,
        "(" * 2000 + "a" + ")" * 2000,
        "-" * 4000 + "a",
        "NOT " * 1000 + "a",
        "a " * 1000,
        "a" * (MAX_LENGTH + 1),
    ],
    ids=["parentheses", "balanced", "minus", "not", "words", "length"],
)
def test_limits_are_errors_not_crashes(text: str) -> None:
    with pytest.raises(QueryError):
        parse(text)


def test_unknown_field_hints_at_quotes() -> None:
    with pytest.raises(QueryError) as caught:
        parse("https://example.org")
    assert "quotes" in caught.value.hint
