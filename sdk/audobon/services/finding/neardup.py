"""Pictures that are nearly the same: who is near whom, by which measure, and which to keep.

The thresholds were set on real pictures and their edits, against other real
pictures, matcaps and textures; ``docs/duplicates.md`` has the table.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable, Container, Iterable, Mapping, Sequence

from audobon.codec.imprints import BITS, CUTS
from audobon.errors import AudobonError, Cancelled, Conflict, Invalid
from audobon.model.asset import Asset
from audobon.model.change import Change
from audobon.model.duplicates import Best, NearDuplicates, NearGroup, NearPair
from audobon.services.core.stores import Stores
from audobon.services.pipelines.nearness import PICTURES, current_recipe, space_name
from audobon.services.previews.imprints import PICTURED, ask_for_imprints, bring_up
from audobon.storage.vectors import Near, VectorStore

__all__ = [
    "COLOR",
    "NEAR",
    "RULE",
    "TONE",
    "best_of",
    "is_near",
    "near_duplicates",
    "refuse",
    "turned",
]

NEAR = 64
"""Signs of 256 up to which two pictures may be of one source."""
COLOR = 0.06
"""They are if the mean difference of red, green and blue is no more than this; 1 is black against
white."""
TONE = 0.98
"""Else they are if their light and dark lie alike, as after a change of brightness or hues."""

ALIKE = 0.9
"""Embeddings so much alike confirm what neither colours nor light and dark do."""
UNLIKE = 0.55
"""Embeddings less alike than this refuse what those confirm: two drawings of one form."""

RULE = (
    f"near is what differs in at most {NEAR} of {BITS} signs of its waves (by chance about half of "
    f"them differ) and either in its colours by at most {COLOR:.0%}, or has its light and dark "
    f"at least {TONE} alike; where embeddings of both are known, they refuse below {UNLIKE} and "
    f"confirm from {ALIKE} on"
)

_AT_ONCE = 2_000

_TURNED = {
    1: "mirrored along a diagonal",
    2: "mirrored",
    3: "turned by a quarter",
    4: "mirrored top to bottom",
    5: "turned by a quarter",
    6: "turned upside down",
    7: "mirrored along a diagonal",
}


def turned(way: int) -> str:
    """How one picture lies to the other, empty for the same way."""
    return _TURNED.get(way, "")


def is_near(signs: int, color: float, tone: float, like: float | None = None) -> bool:
    """Whether two are near by the rule; ``like`` is how alike their embeddings are, if known."""
    if signs > NEAR:
        return False
    seen = color <= COLOR or tone >= TONE
    return seen if like is None else like >= (UNLIKE if seen else ALIKE)


def near_duplicates(stores: Stores, *, cancel: Callable[[], bool]) -> NearDuplicates:
    """See ``Library.near_duplicates``."""
    holders, unseen, plain = _pictures(stores)
    bring_up(stores, cancel)
    likeness = _Likeness(stores)
    near = []
    for one in stores.imprints.near():
        if cancel():
            raise Cancelled("looking for near-duplicates was cancelled")
        if one.one in holders and one.other in holders:
            like = likeness.of(one.one, one.other)
            if is_near(one.signs, one.color, one.tone, like):
                near.append(one)
    named = {content for one in near for content in (one.one, one.other)}
    keys = {content: holders[content] for content in named}
    found = {asset.key: asset for asset in stores.catalog.by_key(list(keys.values()))}
    assets = {content: found[key] for content, key in keys.items() if key in found}
    apart = stores.catalog.kept_apart()
    if apart:
        near = [one for one in near if not _is_apart(one, assets, apart)]
    groups = []
    for contents, pairs in _together(near):
        there = [assets[content] for content in contents if content in assets]
        if len(there) > 1 and all(each in assets for each in contents):
            groups.append(_group(there, [_pair(one, assets, likeness) for one in pairs]))
    return NearDuplicates(tuple(groups), unseen, plain, RULE)


def _is_apart(one: Near, assets: Mapping[bytes, Asset], apart: Container[tuple[str, str]]) -> bool:
    pair = [assets[content].id for content in (one.one, one.other) if content in assets]
    return len(pair) > 1 and (min(pair), max(pair)) in apart


def refuse(stores: Stores, pairs: Sequence[tuple[Asset, Asset]]) -> Change:
    """See ``Library.refuse_duplicates``."""
    stores.need_writable("note what is not the same")
    if not pairs:
        raise Invalid("there is nothing that is not the same", hint="name two assets at least")
    for one, other in pairs:
        if one.id == other.id:
            raise Invalid(f"{one.path} is the same as itself", subject=one.path)
        if one.digest and one.digest == other.digest:
            raise Conflict(
                f"{one.path} and {other.path} have the same bytes",
                subject=one.path,
                hint="only what is nearly the same can be told to be something else",
            )
    named = [(one.id, other.id) for one, other in pairs]
    return stores.catalog.keep_apart(named, author=stores.author, now=stores.now())


def _pictures(stores: Stores) -> tuple[dict[bytes, int], int, int]:
    """The oldest asset of each picture, how many were not looked at, how many are too plain."""
    holders: dict[bytes, int] = {}
    unknown: list[Asset] = []
    plain = after = 0
    while assets := stores.catalog.of_kinds(PICTURED, after_key=after, limit=_AT_ONCE):
        after = assets[-1].key
        contents = [bytes.fromhex(each.digest) for each in assets if each.digest]
        new = set(stores.imprints.unknown(contents))
        plain += stores.imprints.plain(contents)
        for each in assets:
            content = bytes.fromhex(each.digest)
            if not content or content in new:
                unknown.append(each)
            else:
                holders.setdefault(content, each.key)
    if unknown:
        ask_for_imprints(stores, unknown)
    return holders, len(unknown), plain


def _together(near: Sequence[Near]) -> Iterable[tuple[list[bytes], list[Near]]]:
    """What hangs together by pairs, the nearest first."""
    head: dict[bytes, bytes] = {}

    def top(content: bytes) -> bytes:
        while (above := head.setdefault(content, content)) != content:
            head[content] = head.setdefault(above, above)
            content = above
        return content

    for one in near:
        head[top(one.other)] = top(one.one)
    groups: dict[bytes, tuple[dict[bytes, None], list[Near]]] = {}
    for one in near:
        contents, pairs = groups.setdefault(top(one.one), ({}, []))
        contents.update({one.one: None, one.other: None})
        pairs.append(one)
    return [(list(contents), pairs) for contents, pairs in groups.values()]


def _pair(one: Near, assets: Mapping[bytes, Asset], likeness: _Likeness) -> NearPair:
    like = likeness.of(one.one, one.other)
    cut = CUTS[one.view]
    parts = [f"{one.signs} of {BITS} signs differ", f"colours differ by {one.color:.0%}"]
    parts.append(f"light and dark are {one.tone:.2f} alike")
    if like is not None:
        parts.append(f"their embeddings are {like:.2f} alike")
    lies = turned(one.way)
    if lies:
        parts.append(f"one is {lies}")
    if cut:
        parts.append(f"one is cut by about {cut:.0%}")
    return NearPair(
        assets[one.one].id,
        assets[one.other].id,
        one.signs,
        round(one.color, 4),
        round(one.tone, 4),
        like,
        lies,
        cut,
        "; ".join(parts),
    )


def _group(assets: Sequence[Asset], pairs: Sequence[NearPair]) -> NearGroup:
    best = best_of(assets)
    order = sorted(assets, key=lambda each: (each.id != best.asset.id, each.key))
    return NearGroup(tuple(order), tuple(pairs), best)


def best_of(assets: Sequence[Asset]) -> Best:
    """See ``Library.best_of``: most pixels, then what people gave it, then use, then age."""
    if not assets:
        raise Invalid("there is nothing to choose from")

    def pixels(asset: Asset) -> int:
        return (asset.width or 0) * (asset.height or 0)

    measures: tuple[tuple[Callable[[Asset], int], str], ...] = (
        (lambda each: each.state == "present", "its file is there"),
        (pixels, "it has the most pixels"),
        (lambda each: each.rating, "it is rated best"),
        (lambda each: len(each.tags), "it has the most tags"),
        (lambda each: each.used, "it is used most"),
        (lambda each: each.size if pixels(each) else 0, "its file is the largest"),
        (lambda each: -each.key, "it was added first"),
    )
    left = list(assets)
    for measure, why in measures:
        top = max(map(measure, left))
        better = [each for each in left if measure(each) == top]
        if len(better) == 1 and len(left) > 1:
            return Best(better[0], why)
        left = better
    return Best(left[0], "there is only one")


class _Likeness:
    """Products of embeddings that are known already; nothing is computed for this."""

    def __init__(self, stores: Stores) -> None:
        self._space: VectorStore | None = None
        self._known: dict[bytes, bytes | None] = {}
        # Not installed, or a recipe of it cannot be read: that is told by those who compute.
        with contextlib.suppress(AudobonError):
            self._space = stores.vectors(space_name(current_recipe(stores, PICTURES)))

    def of(self, one: bytes, other: bytes) -> float | None:
        a, b = self._vector(one), self._vector(other)
        if a is None or b is None or len(a) != len(b):
            return None
        return round(min(1.0, sum(x * y for x, y in zip(a, b, strict=True))), 3)

    def _vector(self, content: bytes) -> tuple[float, ...] | None:
        if self._space is None:
            return None
        if content not in self._known:  # as it is kept: numbers of Python take 16 times as much
            self._known[content] = self._space.get(content)
        half = self._known[content]
        return None if half is None else struct.unpack(f"<{len(half) // 2}e", half)
