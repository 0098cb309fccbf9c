"""Documents as the engine reads them: one text of JSON each, which it takes apart itself.

A field that is handed over from Python costs a call and several copies; a document as JSON costs
one call. Columns are worked on as a whole where that is faster, and what many documents have
alike (a folder, a set of tags, kind with format and rating) is made once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from json.encoder import encode_basestring

from audobon.storage.index.colors import color_words
from audobon.storage.index.feed import Page
from audobon.storage.index.known import known
from audobon.storage.index.schema import BETWEEN, LABEL, rated, rated_from
from audobon.storage.index.tokens import fold_value, name_texts, sort_stems, sort_tail, spaced
from audobon.storage.index.twice import in_both

__all__ = ["encode"]

_QUOTED = '","'
_UNSAFE = re.compile(r'["\\\x00-\x1f]')
_KNOWN = 8_192
"""Values of one kind that are known as JSON: a library has thousands of tags and folders."""


def encode(page: Page) -> list[str]:
    """Each document with every field in the form that the schema indexes.

    Texts go to a field one by one where they are several: the engine leaves a gap, so that a
    phrase never crosses.
    """
    names = list(map(name_texts, page.name))
    times = (page.added, page.updated, page.used, page.last_used)
    folders = list(map(_folder, page.root, [path.rpartition("/")[0] for path in page.path]))
    texts = list(map(_texts, page.text, page.attributes, page.parts, page.seen, page.note))
    every = zip(
        page.key,
        _weights(page, [count for _, count, _, _ in names]),
        _escaped(sort_stems(page.name)),
        map(sort_tail, page.key),
        names,
        folders,
        map(_everywhere, folders, [text for text, _, _, _ in names], page.words, texts),
        map("".join, _behind(page, [made for made, _ in texts])),
        zip(page.width, page.height, page.size, *times, strict=True),
        strict=True,
    )
    return [
        f'{{"key":{key},"weight":{weight:.15f},"sort_name":"{stem}\\u0000{tail}","name":"{name}",'
        f'"joined":"{joined}","run_on":"{run_on}","path":"{folder} {name}"'
        f'{everywhere}{behind},"width":{width},"height":{height},"size":{size},'
        f'"added":{added},"updated":{updated},"used":{used},"last_used":{last_used}}}'
        for key, weight, stem, tail, (
            name,
            _,
            joined,
            run_on,
        ), folder, everywhere, behind, numbers in every
        for width, height, size, added, updated, used, last_used in (numbers,)
    ]


def _everywhere(folder: str, name: str, words: tuple[str, ...], texts: tuple[str, str]) -> str:
    """Each word, wherever it is, for who counts matches: one place instead of six; one that stands
    in several is a term once. And the words that the name and the tags share."""
    if not words:
        return f',"every":"{folder} {name} {texts[1]}","both":""'
    tagged = " ".join(map(_spaced, words))
    return f',"every":"{folder} {name} {tagged} {texts[1]}","both":"{in_both(name, words)}"'


def _behind(page: Page, texts: list[str]) -> Iterator[tuple[str, ...]]:
    """What few documents have, or many have alike: as it stands behind another field."""
    marked = (map(bool, each) for each in (page.tags, page.catalogs, page.note))
    return zip(
        map(_facts, page.kind, page.ext, page.format, page.state, page.rating),
        map(_labels, page.tags, page.words, page.catalogs),
        map(_color, page.swatches),
        texts,
        map(_has, *marked, page.bundle, page.rating),
        strict=True,
    )


def _weights(page: Page, counts: Sequence[int]) -> list[float]:
    """What the engine multiplies scores by, as log2(2 + weight): between 1 and 1.25.

    A short name is the more exact hit (up to 10 %), then what stands for
    itself or is the colour of a material, and no other map (8 %), then what is
    used often (up to 5 %), then what came last (up to 2 %). All of it together
    is less than the step between two places of a match. It depends on nothing but the
    document, so a score is the same in the main index and in the tail.
    """
    return [
        2.0
        ** (
            1.0
            + 0.10 / (tokens or 1)
            + (0.0 if minor else 0.08)
            + (0.05 * min(math.log2(1 + used) / 10, 1.0) if used > 0 else 0.0)
            + 0.02 * key / (key + 131_072)
        )
        - 2.0
        for key, used, minor, tokens in zip(page.key, page.used, page.minor, counts, strict=True)
    ]


@lru_cache(maxsize=_KNOWN)
def _folder(root: str, folder: str) -> str:
    return spaced(f"{root}/{folder}")


@lru_cache(maxsize=_KNOWN)
def _facts(kind: str, ext: str, format_: str, state: str, rating: int) -> str:
    folded = [fold_value(value) for value in (kind, ext, format_, state)]
    fields = zip(("kind", "ext", "format", "state"), folded, strict=True)
    said = "".join([_field(name, [value]) for name, value in fields if value])
    folded[3] = str(rating)  # a state is asked for, not counted
    return f'{said}{_field("facts", [BETWEEN.join(folded)])},"rating":{rating}'


def _labels(tags: tuple[str, ...], words: tuple[str, ...], catalogs: tuple[str, ...]) -> str:
    # Tags are met in more sets than can be known, and each in many.
    made = ""
    if words:
        made = f',"tags":[{",".join(map(_word, words))}]'
    if tags:
        made += _both("tag", tags)
    return made + _both("catalog", catalogs) if catalogs else made


def _both(field: str, values: tuple[str, ...]) -> str:
    folded, labels = zip(*map(_label, values), strict=True)
    return f',"{field}":[{",".join(folded)}],"{field}_label":[{",".join(labels)}]'


def _labelled(value: str) -> tuple[str, str]:
    folded = fold_value(value)
    return encode_basestring(folded), encode_basestring(f"{folded}{LABEL}{value}")


_label = known(_labelled, _KNOWN)
_spaced = known(spaced, _KNOWN)
_word = known(lambda value: f'"{spaced(value)}"', _KNOWN)


def _color(swatches: bytes | None) -> str:
    return f',"color":["{_QUOTED.join(color_words(swatches))}"]' if swatches != b"" else ""


def _texts(
    text: str, attributes: str, parts: tuple[str, ...], seen: str, note: str
) -> tuple[str, str]:
    """The fields, and all their words in a row."""
    if not (text or attributes or parts or seen or note):
        return "", ""
    texts = [spaced(value) for value in (text, attributes, *parts) if value]
    lines = [spaced(line) for line in seen.splitlines()]
    notes = [spaced(note)] if note else []
    made = _field("text", texts) + _field("seen", lines) + _field("note", notes)
    return made, " ".join([*texts, *lines, *notes])


@lru_cache(maxsize=512)
def _has(tags: bool, catalogs: bool, note: bool, bundle: str, rating: int) -> str:
    marks = (("tag", tags), ("catalog", catalogs), ("note", note), ("bundle", bundle))
    said = [mark for mark, has in marks if has]
    stars = [rated(rating), *map(rated_from, range(1, rating + 1))]
    return _field("has", [*stars, *said, *([bundle] if bundle else [])])


def _escaped(texts: list[str]) -> list[str]:
    """As they stand between quotes in JSON; hardly a name has a letter that may not."""
    if _UNSAFE.search("".join(texts)) is None:
        return texts
    return [encode_basestring(text)[1:-1] for text in texts]


def _field(name: str, values: Iterable[str]) -> str:
    """A field with these values as it stands behind another one; nothing where there are none."""
    said = ",".join(map(encode_basestring, values))
    return f',"{name}":[{said}]' if said else ""
