"""Grades of every asset for every query, by rules over what the assets show; and nDCG."""

from __future__ import annotations

import math
from collections.abc import Sequence

from attrs import frozen

from bench.judged.making import FOLDER, Made

__all__ = ["HALVES", "Query", "graded", "ndcg", "queries"]

HALVES = ("tune", "test")
DEPTH = 10


@frozen
class Query:
    """A query as it is typed. ``rules`` are what earns the grades 3, 2 and 1."""

    kind: str
    text: str
    half: str
    rules: tuple[str, str, str]

    @property
    def typing(self) -> bool:
        return self.kind == "prefix"


def queries() -> list[Query]:
    """All queries; those of a kind are dealt to the halves in turn."""
    found: list[Query] = []
    dealt: dict[str, int] = {}
    for line in (FOLDER / "queries.txt").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        kind, text, three, two, one = (part.strip() for part in line.split("|"))
        number = dealt[kind] = dealt.get(kind, -1) + 1
        found.append(Query(kind, text, HALVES[number % 2], (three, two, one)))
    return found


def _earned(rule: str, facts: frozenset[str]) -> bool:
    for option in rule.split("/"):
        words = option.split()
        needed = {word for word in words if word[0] != "!"}
        barred = {word[1:] for word in words if word[0] == "!"}
        if words and needed <= facts and not barred & facts:
            return True
    return False


def graded(query: Query, assets: Sequence[Made]) -> dict[str, int]:
    """The grade of each asset that has one, by its path."""
    grades: dict[str, int] = {}
    for asset in assets:
        for grade, rule in zip((3, 2, 1), query.rules, strict=True):
            if _earned(rule, asset.facts):
                grades[asset.path] = grade
                break
    return grades


def ndcg(found: Sequence[str], grades: dict[str, int]) -> float:
    """The normalized discounted cumulative gain of the first ten: 1 is the best possible order.

    K. Järvelin, J. Kekäläinen, "Cumulated gain-based evaluation of IR
    techniques", 2002, with gains of 2^grade - 1 as usual since C. Burges 2005.
    """

    def gain(ranking: Sequence[int]) -> float:
        return sum(
            (2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(ranking[:DEPTH])
        )

    best = gain(sorted(grades.values(), reverse=True))
    return gain([grades.get(path, 0) for path in found[:DEPTH]]) / best if best else 0.0
