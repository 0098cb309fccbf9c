"""The judged library is what its sources make, and what its README says of it."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.judged.judging import ndcg, queries
from bench.judged.stored import assets, judgements, lines


def test_the_stored_files_are_what_the_sources_make() -> None:
    for path, rows in lines().items():
        assert path.read_text("utf-8") == "\n".join(rows) + "\n", f"write {path.name} anew"


def test_every_query_has_something_good_and_the_halves_hold_every_kind() -> None:
    judged = judgements()
    assert len(judged) >= 60
    assert len(judged) == len(queries())
    for row in judged:
        assert 3 in row["grades"].values(), row["query"]
        assert set(row["grades"].values()) <= {1, 2, 3}
    kinds = {
        half: {row["kind"] for row in judged if row["half"] == half} for half in ("tune", "test")
    }
    assert kinds["tune"] == kinds["test"]
    assert len({(row["kind"], row["query"]) for row in judged}) == len(judged)


def test_the_assets_are_many_and_have_no_facts() -> None:
    rows = assets()
    assert 1_500 <= len(rows) <= 3_000
    paths = Counter(row["path"].casefold() for row in rows)
    assert paths.most_common(1)[0][1] == 1
    assert all("facts" not in row for row in rows)
    untagged = sum("tags" not in row for row in rows) / len(rows)
    assert 0.3 < untagged < 0.6


def test_ndcg_of_known_orders() -> None:
    grades = {"a": 3, "b": 2, "c": 1}
    assert ndcg(["a", "b", "c"], grades) == pytest.approx(1.0)
    assert ndcg([], grades) == 0.0
    # By hand: (1/1 + 7/log2(3)) / (7/1 + 3/log2(3) + 1/2)
    assert ndcg(["c", "a"], grades) == pytest.approx(0.5765, abs=1e-3)
    assert ndcg(["x"] * 10 + ["a"], grades) == 0.0
