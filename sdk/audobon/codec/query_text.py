"""The query language: text to tree and back.

``OR`` binds loosest, then ``AND`` (or just a space), then ``NOT`` (or ``-``).
The whole language with examples is in ``docs/search.md``; every example there
is run through :func:`parse` by a test. Every mistake is a QueryError with its
position, what is allowed there, and one sentence that helps.
"""

from __future__ import annotations

import difflib
import re

from audobon.codec.query_values import (
    CLOSED,
    COMPARED,
    FIELDS,
    ValueMistake,
    colour_value,
    number_node,
)
from audobon.codec.query_write import MAX_DEPTH, to_text
from audobon.codec.regions import EXAMPLE, parted
from audobon.errors import Invalid, QueryError
from audobon.model.query import And, Everything, Node, Not, Or, Phrase, Signal, Term, Word

__all__ = ["FIELDS", "MAX_DEPTH", "MAX_LENGTH", "MAX_PARTS", "parse", "to_text"]

MAX_LENGTH = 4096
"""Characters in a query: a hundred times what people type, little enough to parse at once."""

MAX_PARTS = 256
"""Words and fields in a query: bounds what one search can cost."""

_ALIASES = {"colour": "color", "tags": "tag", "catalog": "in", "extension": "ext"}
_OPERATORS = ("AND", "OR", "NOT")
_OPERAND = ("a word", '"a phrase"', "field:value", "(", "NOT")
_FIELD = re.compile(r"(?!\d)(\w+):")
_RUN = re.compile(r'[^\s()"“”]+')
_ENDING = re.compile(r"\*\.(\w+)")  # as a shell has it
_NEGATED = re.compile(r"[^\s)]")  # a minus on its own, as in "rust - metal", is no NOT
_SPACE = re.compile(r"\s*")
# Word processors and phones turn straight quotes into curly ones.
_QUOTES = {'"': '"', "“": "”", "”": "”"}


def parse(text: str, *, typing: bool = False) -> Node:
    """The tree that ``text`` means; ``Everything`` for an empty one.

    ``typing`` makes the last word a prefix when the text ends right behind
    it, for searching on every key press. Positions in the tree and in errors
    count characters of ``text`` from 0. Conjunctions come out flat. Raises
    QueryError.
    """
    if len(text) > MAX_LENGTH:
        raise QueryError(
            f"the query has {len(text)} characters; at most {MAX_LENGTH} are allowed",
            position=MAX_LENGTH,
            subject=text[:80],
        )
    return _Parser(text, typing=typing).run()


class _Parser:
    def __init__(self, text: str, *, typing: bool) -> None:
        self.text = text
        self.typing = typing
        self.at = 0
        self.depth = 0
        self.parts = 0

    def run(self) -> Node:
        self._skip()
        if self.at == len(self.text):
            return Everything()
        node = self._or()
        if self.at < len(self.text):  # only a closing parenthesis stops a disjunction early
            raise self._error(
                f"the ')' at position {self.at} closes nothing; remove it or open one before it",
                expected=("a word", "the end of the query"),
            )
        return node

    # --- structure -------------------------------------------------------

    def _or(self) -> Node:
        parts = [self._and()]
        while self._keyword("OR"):
            parts.append(self._and())
        return _joined(Or, parts)

    def _and(self) -> Node:
        parts: list[Node] = []
        while True:
            self._skip()
            if self._peek_keyword("AND"):
                if not parts:
                    raise self._missing()
                self._keyword("AND")
                parts.append(self._unary())
            elif self.at == len(self.text) or self.text[self.at] == ")" or self._peek_keyword("OR"):
                break
            else:
                parts.append(self._unary())
        if not parts:
            raise self._missing()
        return _joined(And, parts)

    def _unary(self) -> Node:
        self._skip()
        if self.at == len(self.text) or self.text[self.at] == ")":
            raise self._missing()
        if self._peek_keyword("AND") or self._peek_keyword("OR"):
            raise self._missing()
        char = self.text[self.at]
        if self._keyword("NOT"):
            return Not(self._deeper(self._unary))
        if char == "-" and _NEGATED.match(self.text, self.at + 1):
            self.at += 1
            return Not(self._deeper(self._unary))
        if char == "(":
            return self._deeper(self._group)
        return self._leaf()

    def _group(self) -> Node:
        opened = self.at
        self.at += 1
        node = self._or()
        if self.at == len(self.text):
            raise self._error(
                f"the '(' at position {opened} is not closed; add a ')'",
                position=opened,
                expected=(")",),
            )
        self.at += 1
        return node

    def _deeper(self, rule: object) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self._error(f"the query is nested more than {MAX_DEPTH} deep; make it flatter")
        node: Node = rule()  # type: ignore[operator]  # one of the bound methods above
        self.depth -= 1
        return node

    # --- leaves ----------------------------------------------------------

    def _leaf(self) -> Node:
        self.parts += 1
        if self.parts > MAX_PARTS:
            raise self._error(f"the query has more than {MAX_PARTS} parts; make it shorter")
        start = self.at
        if self.text[start] in _QUOTES:
            phrase = self._quoted()
            if self.text.startswith("*", self.at):
                raise self._error(
                    "a phrase cannot end in *; put * behind a word or behind a field's value",
                    expected=("a space",),
                )
            return Phrase(phrase, start)
        match = _FIELD.match(self.text, start)
        if match:
            return self._field(match.group(1), start, match.end())
        return self._word(start)

    def _word(self, start: int) -> Node:
        run = _RUN.match(self.text, start)
        assert run is not None  # the caller saw a character that starts one
        self.at = run.end()
        word = run.group()
        if word == "*":
            return Everything()
        compared = COMPARED.match(word)
        if compared:
            name, rest = compared[1].lower(), word[compared.end(1) :]
            raise self._error(
                f"{name} needs a colon to be a field; write {name}:{rest}",
                position=start + compared.end(1),
                expected=(":",),
                hint=f'to search for the text itself, put it in quotes: "{word}"',
            )
        word, prefix = self._star(word, start)
        live = self.typing and self.at == len(self.text)
        return Word(word, prefix or live, start)

    def _star(self, word: str, start: int) -> tuple[str, bool]:
        """Take a trailing ``*`` off; elsewhere it is a mistake."""
        star = word.find("*")
        if star < 0:
            return word, False
        if star < len(word) - 1:
            end = _ENDING.fullmatch(word)
            raise self._error(
                f"the * in {word!r} is only allowed at the end of a word",
                position=start + star,
                expected=(f"{word[:star]}*",),
                hint=f"ext:{end[1]} finds the files that end so" if end else "",
            )
        return word[:-1], True

    def _quoted(self) -> str:
        """The text between quotes; ``""`` inside stands for one quote."""
        start = self.at
        close = _QUOTES[self.text[start]]
        pieces: list[str] = []
        at = start + 1
        while True:
            end = self.text.find(close, at)
            if end < 0:
                raise self._error(
                    f'the quote at position {start} is not closed; add a " at the end',
                    position=start,
                    expected=(close,),
                )
            pieces.append(self.text[at:end])
            if close != '"' or not self.text.startswith('""', end):
                break
            pieces.append('"')
            at = end + 2
        self.at = end + 1
        text = "".join(pieces)
        if not text.strip():
            raise self._error(
                f"there is nothing between the quotes at position {start}",
                position=start,
                expected=("a word",),
            )
        return text

    # --- fields ----------------------------------------------------------

    def _field(self, given: str, start: int, value_at: int) -> Node:
        name = _ALIASES.get(given.lower(), given.lower())
        spec = FIELDS.get(name)
        if spec is None:
            raise self._unknown(given, start)
        self.at = value_at
        value, prefix, shown = self._value(name, value_at)
        if spec.kind == "text":
            return self._term(name, value, prefix, start, value_at)
        if prefix:
            raise self._error(f"{name}: takes no *; for example {spec.example}", position=value_at)
        try:
            if spec.kind == "signal":
                return Signal(name, _signal_value(name, value), start)
            return number_node(name, value, start)
        except ValueMistake as exc:
            raise self._error(
                exc.message, position=value_at + shown + exc.offset, expected=exc.expected
            ) from exc

    def _value(self, name: str, at: int) -> tuple[str, bool, int]:
        """The value, whether it ends in ``*``, and how many characters of quote precede it."""
        if at < len(self.text) and self.text[at] in _QUOTES:
            value = self._quoted()
            star = self.text.startswith("*", self.at)
            self.at += star
            return value, star, 1
        run = _RUN.match(self.text, at)
        if run is None:
            example = FIELDS[name].example
            raise self._error(f"{name}: needs a value; for example {example}", expected=(example,))
        self.at = run.end()
        if FIELDS[name].kind == "signal":
            return run.group(), False, 0
        value, star = self._star(run.group(), at)
        return value, star, 0

    def _term(self, name: str, value: str, prefix: bool, start: int, at: int) -> Node:
        if value[:1] in ("<", ">", "=") and self.text[at] == value[0]:
            raise self._error(
                f"{name}: takes no operator; write {FIELDS[name].example}",
                position=at,
                expected=(FIELDS[name].example,),
            )
        known = CLOSED.get(name, ())
        if known and not prefix and value.lower() not in known:
            raise self._error(
                f"{value!r} is not a {name}; write {', '.join(known[:-1])} or {known[-1]}",
                position=at,
                expected=known,
            )
        return Term(name, value, prefix, start)

    # --- scanning and errors --------------------------------------------

    def _skip(self) -> None:
        match = _SPACE.match(self.text, self.at)
        assert match is not None  # it matches the empty text too
        self.at = match.end()

    def _peek_keyword(self, word: str) -> bool:
        end = self.at + len(word)
        if not self.text.startswith(word, self.at):
            return False
        return end == len(self.text) or self.text[end].isspace() or self.text[end] in '()"“”'

    def _keyword(self, word: str) -> bool:
        self._skip()
        if not self._peek_keyword(word):
            return False
        self.at += len(word)
        return True

    def _missing(self) -> QueryError:
        rest = self.text[self.at :]
        word = next((name for name in _OPERATORS if self._peek_keyword(name)), None)
        before = self.text[: self.at].rstrip()
        if word is not None:
            message = f"{word} at position {self.at} has nothing before it; write a word there"
        elif rest.startswith(")") and before.endswith("("):
            message = f"the parentheses at position {len(before) - 1} are empty"
        else:
            last = re.split(r"[\s(]", before)[-1] or before[-1:]
            message = f"{last} at position {len(before) - len(last)} has nothing behind it"
        return self._error(message, expected=_OPERAND)

    def _unknown(self, given: str, start: int) -> QueryError:
        known = tuple(FIELDS)
        close = difflib.get_close_matches(given.lower(), known, n=1, cutoff=0.5)
        advice = f"did you mean {close[0]}:?" if close else f"fields are {', '.join(known)}"
        return self._error(
            f"there is no field {given}: at position {start}; {advice}",
            position=start,
            expected=tuple(close) or known,
            hint=f'to search for the text itself, put it in quotes: "{given}:..."',
        )

    def _error(
        self,
        message: str,
        *,
        position: int | None = None,
        expected: tuple[str, ...] = (),
        hint: str = "",
    ) -> QueryError:
        return QueryError(
            message,
            position=self.at if position is None else position,
            expected=expected,
            subject=self.text,
            hint=hint,
        )


def _signal_value(name: str, value: str) -> str:
    if name == "color":
        return colour_value(value)
    if name == "like":
        try:
            parted(value)
        except Invalid as error:
            at = value.rindex("#")
            raise ValueMistake(error.message, offset=at, expected=(EXAMPLE,)) from error
    return value


def _joined(kind: type[And] | type[Or], parts: list[Node]) -> Node:
    """One node for several parts, with directly nested ones of the same kind taken apart."""
    if len(parts) == 1:
        return parts[0]
    flat: list[Node] = []
    for part in parts:
        if isinstance(part, kind):
            flat.extend(part.parts)
        else:
            flat.append(part)
    return kind(tuple(flat))
