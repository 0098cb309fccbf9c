"""Vectors of texts for very many assets, and questions by meaning.

The network looks at each word that names and tags are made of, once. The vector of a text is the
mean of its words' with some of its own: texts that share words are near, as under the network,
and a question, which the network does look at, is as near to them. (The network itself would
take ten minutes for 100,000 texts.)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

__all__ = ["fill_meanings", "meanings"]

_FOLLOWED = 5_000
_AT_ONCE = 256
_LENGTH = 384  # numbers of a vector
_OWN = 0.5  # of a text's vector, beside its words'


def fill_meanings(library: Any, words: Sequence[str]) -> int:
    """A vector for each text that the library's assets make; how many there are.

    No public call puts vectors in, so this asks the parts that the pipeline ``embed-text`` asks.
    """
    import numpy as np

    from audobon.services.pipelines import meanings as service

    stores = library._stores
    space = service.meaning_space(stores)
    while service._follow(stores, space, _FOLLOWED):
        pass
    if not space.waits():
        return int(space.count())
    known: dict[str, Any] = {}
    rng = np.random.default_rng(20261127)
    after = b""
    while rows := space.waiting(_FOLLOWED, after=after):
        after = rows[-1][0]
        assets = {asset.key: asset for asset in stores.catalog.by_key([key for _, key in rows])}
        said = [_words(service.text_of(assets[key])) & set(words) for _, key in rows]
        _look_at(library, set().union(*said), known)
        put = {}
        for (content, _), found in zip(rows, said, strict=True):
            vector = _OWN * rng.standard_normal(_LENGTH, np.float32) / _LENGTH**0.5
            if found:
                mean = np.mean([known[word] for word in sorted(found)], axis=0)
                vector += mean / np.linalg.norm(mean)
            put[content] = (vector / np.linalg.norm(vector)).astype("<f2").tobytes()
        space.put(put)
    return int(space.count())


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _look_at(library: Any, words: set[str], known: dict[str, Any]) -> None:
    """Add the vectors of words that are not known yet."""
    import numpy as np

    new = sorted(words.difference(known))
    for at in range(0, len(new), _AT_ONCE):
        some = new[at : at + _AT_ONCE]
        for word, vector in zip(some, library.text_vectors(some), strict=True):
            known[word] = np.array(vector, np.float32)


def meanings(questions: Sequence[str]) -> list[str]:
    """The same words asked by what they mean, each question once: an answer is remembered."""
    return list(dict.fromkeys(f'meaning:"{each}"' for each in questions))
