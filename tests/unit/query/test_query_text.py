"""Text and tree convert into each other."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audobon.codec.colors import NAMES
from audobon.codec.query_text import parse, to_text
from audobon.codec.query_values import CLOSED, FIELDS
from audobon.codec.query_write import bare_word
from audobon.errors import Invalid, QueryError
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

SETTINGS = settings(max_examples=100, deadline=None)
OPS = ("=", "<", "<=", ">", ">=")


def without_positions(node: Node) -> Node:
    if isinstance(node, And | Or):
        return type(node)(tuple(map(without_positions, node.parts)))
    if isinstance(node, Not):
        return Not(without_positions(node.part))
    return node if isinstance(node, Everything) else attrs.evolve(node, position=0)


quotable = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12).filter(
    lambda text: bool(text.strip())
)
words = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=10).filter(
    bare_word
)
text_fields = st.sampled_from(
    [name for name, field in FIELDS.items() if field.kind == "text" and name not in CLOSED]
)
ages = st.sampled_from(["added", "updated", "unused"])
whole = st.integers(0, 10**12).map(float)

leaf = st.one_of(
    st.just(Everything()),
    st.builds(Word, words, st.booleans()),
    st.builds(Phrase, quotable),
    st.builds(Term, text_fields, quotable, st.booleans()),
    st.builds(Term, text_fields, st.just(""), st.just(True)),
    *(st.builds(Term, st.just(name), st.sampled_from(known)) for name, known in CLOSED.items()),
    st.builds(
        Compare, st.sampled_from(["width", "height", "size", "used"]), st.sampled_from(OPS), whole
    ),
    st.builds(Compare, st.just("rating"), st.sampled_from(OPS), st.integers(0, 5).map(float)),
    st.builds(Compare, ages, st.sampled_from(OPS[1:]), st.integers(0, 10**9).map(float)),
    st.builds(
        Compare,
        st.sampled_from(["added", "updated"]),
        st.sampled_from(OPS),
        st.integers(0, 4 * 10**9).map(float),
        absolute=st.just(True),
    ),
    st.builds(Signal, st.sampled_from(["like", "meaning"]), quotable),
    st.builds(Signal, st.just("color"), st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)),
    st.builds(Signal, st.just("color"), st.sampled_from(NAMES)),
)


def flat(kind: type[And] | type[Or], parts: list[Node]) -> Node:
    out: list[Node] = []
    for part in parts:
        out.extend(part.parts if isinstance(part, kind) else [part])
    return kind(tuple(out))


nodes = st.recursive(
    leaf,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=4).map(lambda parts: flat(And, parts)),
        st.lists(inner, min_size=2, max_size=4).map(lambda parts: flat(Or, parts)),
        inner.map(Not),
    ),
    max_leaves=12,
)


@SETTINGS
@given(nodes)
def test_every_tree_survives_its_text(node: Node) -> None:
    assert without_positions(parse(to_text(node))) == node


@SETTINGS
@given(
    st.text(st.sampled_from(list('ab *-():"“”.<>=#19dkm\\')), max_size=24) | st.text(max_size=24)
)
def test_any_text_parses_or_is_a_mistake_inside_it(text: str) -> None:
    mistake: QueryError | None = None
    node: Node = Everything()
    try:
        node = parse(text)
    except QueryError as error:
        mistake = error
    if mistake is not None:
        assert 0 <= mistake.position <= len(text)
        assert mistake.message
        return
    assert without_positions(parse(to_text(node))) == without_positions(node)


@pytest.mark.parametrize(
    "node",
    [
        Word("two words"),
        Word("AND"),
        Word("tag:x"),
        Phrase(" "),
        And((Word("a"),)),
        Compare("size", "=", -1.0),
    ],
)
def test_what_no_text_means_is_refused(node: Node) -> None:
    with pytest.raises(Invalid):
        to_text(node)


def test_deep_trees_are_refused_not_crashed_on() -> None:
    node: Node = Word("a")
    for _ in range(5000):
        node = Not(node)
    with pytest.raises(Invalid):
        to_text(node)
