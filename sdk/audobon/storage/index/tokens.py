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
    "name_texts",
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
_ZERO = 48  # so that it is a letter


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


def name_texts(name: str) -> tuple[str, int, str, str]:
    """The tokens of a file name in a row and how many they are, its joined forms, its run-on forms.

    As :func:`split`, :func:`joined_forms` and :func:`run_on_forms` have them, at once: every asset
    of an index that is built anew comes by here.
    """
    stem, _, ext = name.rpartition(".")
    if not stem or not name.isascii() or len(name) > MAX_TOKEN:
        tokens = split(name)
        joined, run_on = joined_forms(name), run_on_forms(name)
        return " ".join(tokens), len(tokens), " ".join(joined), " ".join(run_on)
    # A token never runs over a dot, and there are few extensions.
    behind, count = _ext_text(ext)
    text = " ".join(_ASCII.findall(stem)).lower()
    parts = text.split()
    text, count = f"{text} {behind}".strip(), count + len(parts)
    if len(parts) < 2:
        return text, count, "", ""
    whole = "".join(parts)
    if len(parts) == 2:
        return text, count, whole, f"{parts[0]}{BORDER}{parts[1]}"
    pairs = list(map(add, parts, parts[1:]))
    longer = map(add, pairs, parts[2:]) if len(parts) > 3 else ()
    at, run_ons = 0, []
    for part in parts[:-1]:
        at += len(part)
        run_ons.append(f"{part}{BORDER}{whole[at:]}")
    return text, count, " ".join([whole, *pairs, *longer]), " ".join(run_ons)


@lru_cache(maxsize=256)
def _ext_text(ext: str) -> tuple[str, int]:
    tokens = split(ext)
    return " ".join(tokens), len(tokens)


def _stem_tokens(name: str) -> list[str]:
    tokens = split(name.rpartition(".")[0] or name)
    if name.isascii():
        return tokens
    return [token for token in tokens if len(token) > 1 or token.isascii()]


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
    folded = _DIGITS.sub(_padded, fold_value(name))
    digits = str(key)
    return f"{folded[:200]}\x00{chr(_ZERO + len(digits))}{digits}"


def _padded(run: re.Match[str]) -> str:
    return _filled(run[0])


@lru_cache(maxsize=4096)
def _filled(digits: str) -> str:
    return digits.zfill(10)
