"""Text to search tokens, the same for documents and queries.

Done here and not in Tantivy's tokenizers: a file name needs look-ahead
(``HDRIMap`` is ``hdri map``), which its regular expressions lack, and
tokens that reach it ready need no tokenizer registered at every open.

Rules: runs of letters and runs of digits are tokens; ``4k`` stays one; a
change of case splits (``RustMetal``); every Han, Hiragana and Katakana
character is a token of its own, so any part of such a name is found as a
phrase; case and the accents of Latin, Greek, Cyrillic, Hebrew and Arabic are
dropped.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from operator import add

__all__ = [
    "BORDER",
    "MAX_TOKEN",
    "TOKENS_VERSION",
    "fold_value",
    "joined_forms",
    "name_tokens",
    "run_on_forms",
    "sort_form",
    "split",
]

TOKENS_VERSION = 1
"""Raised with every change to the rules; an index made by others is rebuilt."""

BORDER = "|"
"""Between the first word of a run-on form and the rest; no token holds it."""

MAX_TOKEN = 64
"""Longer tokens are cut on both sides alike: hashes stay findable, the dictionary small."""

MAX_TEXT = 20_000
"""Characters of one value that are read; ``Facts.text`` allows 8 KiB."""

_ASCII = re.compile(r"\d+[kK](?![A-Za-z])|\d+|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_UPPER = "A-Z\u0391-\u03a9\u0400-\u042f"  # Latin, Greek, Cyrillic
# Latin letters that do not decompose (ŋ, ə) stand with the small ones.
_LOWER = "a-z\u03b1-\u03c9\u0430-\u045f\u00df-\u00f6\u00f8-\u00ff\u0100-\u024f\u0250-\u02af"
_SINGLE = (
    "\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
)
# Vowel signs of Indic and Thai scripts are no letters to Python, but parts of words.
_SIGNS = "\u0900-\u0963\u0970-\u0dff\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
_ANY = re.compile(
    rf"\d+[kK](?![{_UPPER}{_LOWER}])|\d+"
    rf"|[{_UPPER}]+(?=[{_UPPER}][{_LOWER}])|[{_UPPER}]?[{_LOWER}]+|[{_UPPER}]+"
    rf"|[{_SINGLE}]|(?:(?![{_SINGLE}{_UPPER}{_LOWER}])(?:[^\W\d_]|[{_SIGNS}]))+"
)
# Kana voicing marks and Indic signs carry meaning and are kept.
_MARKS = re.compile("[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u0652\u0670]+")
_SPECIAL = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l"}
    | {
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "ð": "d",
        "Ð": "D",
        "þ": "th",
        "Þ": "Th",
        "\u0131": "i",
    }  # dotless i
)
_DIGITS = re.compile(r"\d+")


def _plain(text: str) -> str:
    """Without accents, compatibility forms and special Latin letters; case kept."""
    text = unicodedata.normalize("NFKD", text.translate(_SPECIAL))
    return unicodedata.normalize("NFC", _MARKS.sub("", text))


def split(text: str) -> list[str]:
    """The tokens of ``text`` in their order, folded."""
    if len(text) > MAX_TEXT:
        text = text[:MAX_TEXT]
    if text.isascii():
        # One call for all of them: a token holds no space.
        found = " ".join(_ASCII.findall(text)).lower().split()
        if len(text) <= MAX_TOKEN:
            return found
        return [token[:MAX_TOKEN] for token in found]
    return [token.casefold()[:MAX_TOKEN] for token in _ANY.findall(_plain(text))]


def joined_forms(name: str) -> set[str]:
    """Two or three neighbours of a file name run together, and all of it: ``woodfloor``.

    So ``woodfloor`` finds ``old_wood_floor_02`` and ``WoodFloor``. The extension
    is left out, and so are the one-character tokens of Chinese and Japanese,
    which are found as phrases.
    """
    tokens = _stem_tokens(name)
    if len(tokens) < 2:
        return set()
    whole = "".join(tokens)
    forms = {whole}
    if len(tokens) > 2:
        forms.update(map(add, tokens, tokens[1:]))
    if len(tokens) > 3:
        forms.update(map("".join, zip(tokens, tokens[1:], tokens[2:], strict=False)))
    return forms if len(whole) <= MAX_TOKEN else {form[:MAX_TOKEN] for form in forms}


def run_on_forms(name: str) -> set[str]:
    """From each word of a file name to its end, the first border marked: ``wood|floor02``.

    What is only begun (``woodfl``) is looked up here with the border at every
    place it may have, ``wood|fl`` among them. The forms of ``joined_forms``
    would do as well, but half of them begin with the first word alone: a popular
    word has ten thousands of them in a large library, and each costs.
    """
    tokens = _stem_tokens(name)
    forms, rest = set(), ""
    for at in range(len(tokens) - 1, 0, -1):
        rest = tokens[at] + rest
        forms.add(f"{tokens[at - 1]}{BORDER}{rest[:MAX_TOKEN]}")
    return forms


def name_tokens(name: str) -> list[str]:
    """The same as :func:`split` of a file name."""
    stem, _, ext = name.rpartition(".")
    if not stem or not name.isascii() or len(name) > MAX_TEXT:
        return split(name)
    # A token never runs over a dot, and there are few extensions.
    return [*_split_stem(stem), *_split_ext(ext)]


@lru_cache(maxsize=256)
def _split_ext(ext: str) -> tuple[str, ...]:
    return tuple(split(ext))


@lru_cache(maxsize=64)  # asked for three times in a row
def _split_stem(stem: str) -> tuple[str, ...]:
    return tuple(split(stem))


def _stem_tokens(name: str) -> tuple[str, ...]:
    tokens = _split_stem(name.rpartition(".")[0] or name)
    if name.isascii():
        return tokens
    return tuple([token for token in tokens if len(token) > 1 or token.isascii()])


def fold_value(text: str) -> str:
    """The form in which values of tag, catalog, kind, format, ext and state are compared."""
    if text.isascii():
        return text.strip().lower()
    return _plain(text).casefold().strip()


def sort_form(name: str, key: int) -> str:
    """Sorts names as people do: case and accents folded, ``rock2`` before ``rock10``.

    The key at the end makes it unique, so pages have exact borders.
    """
    folded = _DIGITS.sub(lambda run: run.group().zfill(10), fold_value(name))
    return f"{folded[:200]}\x00{key:019d}"
