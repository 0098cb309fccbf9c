"""Other forms of a word: dragons and dragon, mossy and moss, wooden and wood, alte and alter.

Made from the word alone, when it is asked for: nothing of it is in the index,
and a form that no asset has costs a look into the dictionary. Endings are
crossed where both English and German have few words that only look so; what
is left of those (``flower`` and ``flow`` are none) ranks behind the word
itself. Stemmers such as Porter's go much further, and put ``marble`` beside
``marbl``: their stems are no words, so that they need an index of their own.
"""

from __future__ import annotations

from functools import lru_cache

__all__ = ["SHORTEST", "forms"]

SHORTEST = 3
"""Letters of the shortest word that has other forms."""

_VOWELS = frozenset("aeiouy")
_HISS = ("s", "x", "z", "ch", "sh")
_DOUBLED = frozenset("bdgmnpt")  # foggy, muddy, sunny; car is not carry
_ADJECTIVE = ("e", "er", "es", "en", "em")
_ADJECTIVE_MIN = 3  # alt, rot
_STEM = 4  # letters before -en and -ed: wood, gold, rust


@lru_cache(maxsize=1024)
def forms(word: str) -> tuple[str, ...]:
    """Folded words that mean the same as ``word``, without itself; none for numbers."""
    if len(word) < SHORTEST or not word.isalpha():
        return ()
    found: dict[str, None] = {}
    for base in _bases(word) or [word]:
        found[base] = None
        found.update(dict.fromkeys(_built(base)))
    found.update(dict.fromkeys(_adjectives(word)))
    found.pop(word, None)
    return tuple(found)


def _bases(word: str) -> list[str]:
    """What ``word`` may be a form of."""
    found = []
    if word.endswith("ies") and len(word) > 4:
        found.append(word[:-3] + "y")
    elif word.endswith("es") and word[:-2].endswith((*_HISS, "o")):
        found.append(word[:-2])
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > SHORTEST:
        found.append(word[:-1])
    if word.endswith("y") and len(word) > SHORTEST + 1 and word[-2] not in _VOWELS:
        found += _undone(word[:-1])
    if word.endswith(("ed", "en")) and len(word) >= _STEM + 2:
        found += _undone(word[:-2])
    return found


def _undone(stem: str) -> list[str]:
    """The word that an ending was put behind: fogg is fog, ston is stone, rust is rust."""
    found = [stem, stem + "e"]
    if len(stem) > SHORTEST and stem[-1] == stem[-2] and stem[-1] not in _VOWELS:
        found.append(stem[:-1])
    return found


def _built(base: str) -> list[str]:
    """The forms that are built of ``base``."""
    found = []
    if base.endswith("y") and base[-2] not in _VOWELS:
        found.append(base[:-1] + "ies")
    elif base.endswith(_HISS):
        found.append(base + "es")
    else:
        found.append(base + "s")
    if base[-1] in _VOWELS:
        stem = base[:-1] if base.endswith("e") else ""
    else:
        stem = base
    if stem and len(stem) >= SHORTEST:
        doubled = base[-1] in _DOUBLED and len(base) == SHORTEST and base[-2] in _VOWELS
        found.append((base + base[-1] if doubled else stem) + "y")
        if len(stem) >= _STEM:
            found += [stem + "ed", stem + "en"]
    return found


def _adjectives(word: str) -> list[str]:
    """German endings: altes is alt and alte. Short stems only where two consonants end them."""
    for ending in sorted(_ADJECTIVE, key=len, reverse=True):
        stem = word.removesuffix(ending)
        if stem != word and _bears(stem):
            return [stem, *(stem + each for each in _ADJECTIVE)]
    if not _bears(word):
        return []
    # Behind a short one -er makes another word: corn and corner.
    return [word + each for each in _ADJECTIVE if each != "er" or len(word) > _STEM]


def _bears(stem: str) -> bool:
    if len(stem) < _ADJECTIVE_MIN or stem[-1] in _VOWELS:
        return False
    return len(stem) > _STEM or stem[-2] not in _VOWELS
