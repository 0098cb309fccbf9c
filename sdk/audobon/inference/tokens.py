"""Texts as the tokens of BERT networks, from the ``tokenizer.json`` that comes with one.

The same tokens as Hugging Face's ``tokenizers`` makes of it: text is cleaned,
taken apart at white space and punctuation, without accents and in small
letters, and each word is taken apart into the longest pieces that are known.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from attrs import frozen

from audobon.errors import BadFile, Unsupported

__all__ = ["Tokens", "read_tokens"]

_LONGEST = 100  # letters of a word that is taken apart; as the file's own field says
_NORMAL = {
    "type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
    "strip_accents": None, "lowercase": True,
}  # fmt: skip
_IDEOGRAPHS = (
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F), (0x2B920, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
)  # fmt: skip
_CONTROLS = ("Cc", "Cf", "Co", "Cs")


@frozen(slots=True, eq=False)
class Tokens:
    """The pieces of words that a network knows, each with its number."""

    pieces: dict[str, int]
    special: dict[str, int]

    def of(self, text: str, longest: int) -> list[int]:
        """The numbers of a text between those of [CLS] and [SEP], ``longest`` at most in all."""
        found = []
        marks = re.compile("(" + "|".join(map(re.escape, self.special)) + ")")
        for part in marks.split(text):
            if part in self.special:
                found.append(self.special[part])
                continue
            for word in _words(part):
                found += self._pieces(word)
                if len(found) >= longest:
                    break
        return [self.special["[CLS]"], *found[: longest - 2], self.special["[SEP]"]]

    def _pieces(self, word: str) -> list[int]:
        if len(word) > _LONGEST:
            return [self.special["[UNK]"]]
        found, start = [], 0
        while start < len(word):
            lead = "##" if start else ""
            for stop in range(len(word), start, -1):
                number = self.pieces.get(lead + word[start:stop])
                if number is not None:
                    found.append(number)
                    start = stop
                    break
            else:
                return [self.special["[UNK]"]]
        return found


def read_tokens(data: bytes) -> Tokens:
    """From a ``tokenizer.json``. BadFile, or Unsupported for another kind than BERT's."""
    try:
        told: dict[str, Any] = json.loads(data)
        model, normal = told["model"], told["normalizer"]
        known = {name: int(number) for name, number in model["vocab"].items()}
        special = {each["content"]: int(each["id"]) for each in told["added_tokens"]}
        kind = (model["type"], model["continuing_subword_prefix"], told["pre_tokenizer"]["type"])
        longest = model["max_input_chars_per_word"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadFile(f"the tokenizer is not one that can be read: {error}") from error
    if kind != ("WordPiece", "##", "BertPreTokenizer") or normal != _NORMAL or longest != _LONGEST:
        raise Unsupported("the tokenizer is of another kind than BERT's in small letters")
    if not {"[CLS]", "[SEP]", "[UNK]"} <= set(special):
        raise BadFile("the tokenizer has no tokens [CLS], [SEP] and [UNK]")
    return Tokens(known, special)


def _words(text: str) -> Iterator[str]:
    """Words and single marks of punctuation, cleaned."""
    cleaned = "".join(map(_cleaned, text))
    apart = unicodedata.normalize("NFD", cleaned)
    plain = "".join(each for each in apart if unicodedata.category(each) != "Mn")
    # Letter by letter: a whole text would end Greek words with another sigma.
    for word in "".join(each.lower() for each in plain).split():
        start = 0
        for place, letter in enumerate(word):
            if _is_mark(letter):
                if start < place:
                    yield word[start:place]
                yield letter
                start = place + 1
        if start < len(word):
            yield word[start:]


def _cleaned(letter: str) -> str:
    if letter in "\t\n\r":
        return " "
    code = ord(letter)
    if code == 0xFFFD or unicodedata.category(letter) in _CONTROLS:
        return ""
    if any(first <= code <= last for first, last in _IDEOGRAPHS):
        return f" {letter} "
    return " " if letter.isspace() else letter


def _is_mark(letter: str) -> bool:
    if letter.isascii():
        return letter.isprintable() and not letter.isalnum() and letter != " "
    return unicodedata.category(letter).startswith("P")
