"""The page about the language says what the parser does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from audobon.codec.query_text import MAX_LENGTH, MAX_PARTS, parse, to_text
from audobon.codec.query_values import FIELDS
from audobon.codec.query_write import MAX_DEPTH
from audobon.errors import QueryError
from audobon.model.query import FACETS, SORTS, Signal

PAGE = (Path(__file__).parents[3] / "docs" / "search.md").read_text("utf-8")
EXAMPLES = [
    line
    for block in re.findall(r"```query\n(.*?)```", PAGE, flags=re.DOTALL)
    for line in block.splitlines()
]
MISTAKES = re.findall(
    r"^\| `(.+?)` \| (.+) \|$", PAGE.partition("## Mistakes")[2], flags=re.MULTILINE
)


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_parses(text: str) -> None:
    node = parse(text)
    again = to_text(node)
    assert to_text(parse(again)) == again


@pytest.mark.parametrize(("text", "answer"), MISTAKES)
def test_every_mistake_gets_the_answer_of_the_page(text: str, answer: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert caught.value.message == answer


def test_the_page_is_complete() -> None:
    assert len(EXAMPLES) > 35
    assert len(MISTAKES) > 10
    for field in FIELDS:
        assert any(f"{field}:" in example for example in EXAMPLES), field
    for name in (*SORTS, *FACETS):
        assert f"`{name}`" in PAGE, name
    for limit in (MAX_LENGTH, MAX_PARTS, MAX_DEPTH):
        assert f"{limit:,}" in PAGE


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_the_example_in_each_message_is_right(name: str) -> None:
    node = parse(FIELDS[name].example)
    if FIELDS[name].kind == "signal":
        assert isinstance(node, Signal)
    assert to_text(node)
