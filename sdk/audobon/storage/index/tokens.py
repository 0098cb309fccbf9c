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
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from operator import add

__all__ = [
    "BORDER",
    "MAX_TOKEN",
    "TOKENS_VERSION",
    "fold_value",
    "name_texts",
    "sort_form",
    "sort_stems",
    "sort_tail",
    "spaced",
    "split",
    "tokens_of",
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
# No token runs over a sign of ASCII, and none is made of one with what stands beside it.
_RUN = re.compile(r"[^\x00-/:-@\[-`{-\x7f]+")
_DIGITS = re.compile(r"(\d+)")
_WIDE = 10  # digits to which a number is filled up
_SORTED = 200  # letters by which a name is sorted
_RUNS = 32_768  # 5 MB; 100,000 assets have 25,000


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


@lru_cache(maxsize=1024)
def tokens_of(word: str) -> tuple[str, ...]:
    """The same of a word that is asked for: a question takes it apart some thirty times."""
    return tuple(split(word))


def name_texts(name: str) -> tuple[str, int, str, str]:
    """The tokens of a file name in a row and how many they are, its joined forms, its run-on forms.

    Joined are two or three neighbours run together, and all of it: so ``woodfloor`` finds
    ``old_wood_floor_02`` and ``WoodFloor``. The extension is left out, and so are the
    one-character tokens of Chinese and Japanese, which are found as phrases.

    A run-on form goes from a word to the end, the first border marked: ``wood|floor02``. What is
    only begun (``woodfl``) is looked up here with the border at every place it may have,
    ``wood|fl`` among them. The joined forms would do as well, but half of them begin with the
    first word alone: a popular word has ten thousands of them in a large library, and each costs.
    """
    stem, _, ext = name.rpartition(".")
    if not stem:
        stem, ext = name, ""
    text = spaced(stem)  # no token runs over a dot
    behind = _runs(ext) if ext.isalnum() else spaced(ext)
    parts = text.split()
    count = len(parts) + (behind.count(" ") + 1 if behind else 0)
    both = f"{text} {behind}" if text and behind else text or behind
    if not name.isascii():
        parts = [token for token in parts if len(token) > 1 or token.isascii()]
    if len(parts) < 2:
        return both, count, "", ""
    whole = "".join(parts)
    if len(parts) == 2:
        return both, count, whole[:MAX_TOKEN], f"{parts[0]}{BORDER}{parts[1]}"
    pairs = list(map(add, parts, parts[1:]))
    forms = [whole, *pairs]
    if len(parts) > 3:
        forms += map(add, pairs, parts[2:])
    if len(whole) > MAX_TOKEN:
        forms = list(dict.fromkeys([form[:MAX_TOKEN] for form in forms]))
    rests = zip(parts[:-1], accumulate(map(len, parts)), strict=False)
    run_ons = [f"{part}{BORDER}{whole[at : at + MAX_TOKEN]}" for part, at in rests]
    return both, count, " ".join(forms), " ".join(run_ons)


def spaced(text: str) -> str:
    """The tokens of ``text`` in a row, a space between: :func:`split` for what is indexed, where
    the same words come again and again."""
    return " ".join(filter(None, map(_runs, _RUN.findall(text[:MAX_TEXT]))))


class _Runs(dict[str, str]):
    """Runs of what is between ASCII's signs, each with its tokens in a row; those that were met.

    To look into a dictionary takes a third of a call of what ``lru_cache`` wraps.
    """

    def __missing__(self, run: str) -> str:
        found = " ".join(split(run))
        if len(run) <= MAX_TOKEN:
            if len(self) >= _RUNS:
                self.clear()
            self[run] = found
        return found


_runs = _Runs().__getitem__


def fold_value(text: str) -> str:
    """The form in which values of tag, catalog, kind, format, ext and state are compared."""
    if text.isascii():
        return text.strip().lower()
    return _plain(text).casefold().strip()


def sort_form(name: str, key: int) -> str:
    """Sorts names as people do: case and accents folded, ``rock2`` before ``rock10``.

    The key at the end makes it unique, so pages have exact borders; how many digits it has
    stands before them.
    """
    return f"{sort_stems([name])[0]}\x00{sort_tail(key)}"


def sort_stems(names: Sequence[str]) -> list[str]:
    """Of each name what comes first in :func:`sort_form`; together they cost far less."""
    folded = [name.strip().lower() if name.isascii() else fold_value(name) for name in names]
    found = _padded("/".join(folded)).split("/")
    if len(found) != len(folded):  # there is a sign that folds to one with a slash
        found = [_padded(name) for name in folded]
    return [stem[:_SORTED] for stem in found]


def sort_tail(key: int) -> str:
    """What comes last in :func:`sort_form`."""
    digits = str(key)
    return f"{chr(ord('0') + len(digits))}{digits}"  # as a letter


def _padded(text: str) -> str:
    parts = _DIGITS.split(text)
    parts[1::2] = [digits.zfill(_WIDE) for digits in parts[1::2]]
    return "".join(parts)
