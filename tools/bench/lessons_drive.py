"""What the measured processes of the case ``teach`` do; see ``bench.drive``."""

from __future__ import annotations

import base64
import json
import re
import resource
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bench.lessons_data import MADE, TAGS, answers, fetched, made, members

__all__ = ["judged", "looked", "pictures", "taught"]

Answer = dict[str, Any]
Array = np.ndarray[Any, Any]

_NEIGHBOURS = 5
_NAMES = 100  # of the zero-shot model's thousand, as in a lesson
_RARE = 0.1
_JUDGED = 10  # of each answer at least, where the number of examples is varied
_KNOWN = {tag.name: tag for tag in (*TAGS, MADE)}


def _cpu() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(taken.ru_utime + taken.ru_stime for taken in map(resource.getrusage, kinds))


def pictures(words: Mapping[str, Any]) -> Answer:
    """Write the pictures of all tags below ``folder``; what each tag's say, and what is absent.

    At most ``most`` of an answer; with ``real`` false some that are made here.
    """
    folder, most = Path(words["folder"]), int(words["most"])
    absent: list[str] = []
    held: dict[str, dict[str, bytes]] = {"made": {}}
    if words["real"]:
        there, absent = fetched()
        held = {name: dict(members(name, place)) for name, place in there.items()}
    else:
        held["made"] = dict(made(most))
    said = {}
    for tag in _KNOWN.values():
        if all(held.get(name) for name in tag.packages):
            paths = [path for name in tag.packages for path in held[name]]
            said[tag.name] = answers(tag, paths, most)
    data = {path: each for some in held.values() for path, each in some.items()}
    for path in sorted({path for each in said.values() for path in each}):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data[path])
    left = [tag.name for tag in TAGS if tag.name not in said]
    return {"said": said, "absent": absent, "left": left if words["real"] else []}


def _shelf(words: Mapping[str, Any]) -> Any:
    """A new library of the pictures below ``folders``, with their previews."""
    from audobon import Library

    library = Library.create(words["library"], "bench", author="Bench <bench@localhost>")
    library.add(words["folders"])
    library.work()
    return library


def looked(words: Mapping[str, Any]) -> Answer:
    """Look at all pictures and keep in ``cache`` what the judging needs of them.

    That is, by their paths: digests, vectors, scores of the zero-shot model for each tag that
    it has a name for, and pairs that are near by the library's own answer.
    """
    from audobon.services.pipelines.nearness import picture_space

    with _shelf({"library": words["library"], "folders": [words["folder"]]}) as library:
        assets = {asset.path: asset for asset in library.assets(limit=1 << 20)}
        cpu, clock = _cpu(), time.perf_counter()
        library.run("embed", list(assets.values()))
        library.work()
        took = time.perf_counter() - clock, _cpu() - cpu
        assets = {asset.path: asset for asset in library.assets(limit=1 << 20)}
        store = picture_space(library._stores)
        vectors = {
            path: vector
            for path, asset in assets.items()
            if asset.digest and (vector := store.get(bytes.fromhex(asset.digest))) is not None
        }
        near = [
            [one.path, other.path]
            for group in library.near_duplicates().groups
            for one, other in zip(group.assets, group.assets[1:], strict=False)
        ]
        scores: dict[str, dict[str, float]] = {}
        named = [name for name in words["said"] if _KNOWN[name].named]
        if named:
            wanted = {path for name in named for path in words["said"][name]}
            job = library.run(
                "tags", [assets[path] for path in sorted(wanted)], threshold=0.0, count=_NAMES
            )
            library.work()
            ids = {asset.id: path for path, asset in assets.items()}
            for each in job.result()["results"]:
                for one in each["values"]:
                    scores.setdefault(one["tag"].casefold(), {})[ids[each["asset"]]] = one["score"]
    kept = {
        "digests": {path: assets[path].digest for path in vectors},
        "vectors": {path: base64.b64encode(each).decode() for path, each in vectors.items()},
        "near": near,
        "scores": {name: scores.get(name, {}) for name in named},
    }
    Path(words["cache"]).write_text(json.dumps(kept), "utf-8")
    return {"seen": len(vectors), "wall_s": took[0], "cpu_s": took[1]}


class _Pool:
    """What is known of a tag's pictures, in a fixed order, with groups of near ones."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        from audobon.learning.examples import prepare

        held = json.loads(Path(words["cache"]).read_text("utf-8"))
        self.name = words["tag"]
        self.paths = [path for path in words["said"] if path in held["vectors"]]
        self.yes = np.array([words["said"][path] for path in self.paths], bool)
        self.data = [held["vectors"][path] for path in self.paths]
        self.digests = [held["digests"][path] for path in self.paths]
        halves = [np.frombuffer(base64.b64decode(each), "<f2") for each in self.data]
        self.rows = np.array(halves, np.float64)
        place = {path: number for number, path in enumerate(self.paths)}
        self.near = [pair for pair in held["near"] if pair[0] in place and pair[1] in place]
        numbered = [number.to_bytes(4, "big") for number in range(len(self.paths))]
        pairs = [(numbered[place[one]], numbered[place[other]]) for one, other in self.near]
        self.groups = prepare(numbered, self.yes.tolist(), self.rows, pairs).groups
        scores = held["scores"].get(self.name)
        self.zero = None if scores is None else np.array([scores.get(p, 0.0) for p in self.paths])

    def drawn(self, seed: int, count: int) -> tuple[Array, Array]:
        """The examples, ``count`` of each answer, and what is held out: one picture of a group
        and no group in both. A group that says both yes and no says nothing."""
        rng = np.random.default_rng(seed)
        both = set(self.groups[self.yes]) & set(self.groups[~self.yes])
        chosen: list[int] = []
        rest: list[int] = []
        for answer in (True, False):
            rows = rng.permutation(np.flatnonzero(self.yes == answer))
            first: dict[int, int] = {}
            for row in rows:
                if self.groups[row] not in both:
                    first.setdefault(int(self.groups[row]), int(row))
            picked = list(first.values())
            chosen += picked[:count]
            rest += picked[count:]
        return np.array(chosen), np.array(rest)

    def different(self) -> tuple[int, int]:
        both = set(self.groups[self.yes]) & set(self.groups[~self.yes])
        kinds = (set(self.groups[self.yes == answer]) - both for answer in (True, False))
        yes, no = map(len, kinds)
        return yes, no

    def payload(self, rows: Array, *, zero: bool) -> dict[str, Any]:
        """The task of a lesson, as the library gives it to its worker."""
        chosen = {self.paths[row] for row in rows}
        digest = dict(zip(self.paths, self.digests, strict=True))
        return {
            "contents": [self.digests[row] for row in rows],
            "yes": [bool(self.yes[row]) for row in rows],
            "vectors": [self.data[row] for row in rows],
            "near": [[digest[a], digest[b]] for a, b in self.near if {a, b} <= chosen],
            "target": 0.8,
            "seed": 0,
            "zero_shot": self.zero[rows].tolist() if zero and self.zero is not None else None,
            "previous": None,
        }


def judged(words: Mapping[str, Any]) -> Answer:
    """Teach a tag for each of ``seeds`` and each of ``counts``, and judge what was held out.

    The first count is that of the lesson; with the others the head is compared with neighbours
    alone. The figures are on as many yes as no, and with one yes in ten where the name says so.
    """
    from audobon.learning.plain import taught as learn

    pool = _Pool(words)
    yes, no = pool.different()
    first, *others = words["counts"]
    answer: Answer = {"yes": yes, "no": no, "seeds": [], "curve": {}}
    if min(yes, no) <= first:
        return answer
    for seed in range(words["seeds"]):
        rows, rest = pool.drawn(seed, first)
        clock, cpu = time.perf_counter(), _cpu()
        made = learn(pool.payload(rows, zero=True), lambda _d, _t: None, lambda: None)
        spent = time.perf_counter() - clock, _cpu() - cpu
        told = _compared(pool, rows, rest, made, seed)
        told |= {"wall_s": spent[0], "cpu_s": spent[1], "refused": made["refused"]}
        answer["seeds"].append(told)
    least = min(yes, no) - _JUDGED
    wanted = sorted({count for count in (first, *others) if count <= least})
    for seed in range(words["seeds"] if others else 0):
        rows, rest = pool.drawn(seed, wanted[-1])  # judged on the same pictures for all counts
        for count in wanted:
            some = np.concatenate([rows[:count], rows[wanted[-1] :][:count]])
            made = learn(pool.payload(some, zero=False), lambda _d, _t: None, lambda: None)
            told = _compared(pool, some, rest, made, seed)
            shown = {name: told[name]["f1"] for name in ("head", "nearest", "neighbours")}
            answer["curve"].setdefault(str(count), []).append(shown)
    return answer


def _head(made: Mapping[str, Any], rows: Array) -> Array:
    from audobon.learning.head import sigmoid

    numbers = np.frombuffer(base64.b64decode(made["weights"]), "<f4").astype(np.float64)
    return sigmoid(rows @ numbers[:-1] + numbers[-1])


def _compared(pool: _Pool, rows: Array, rest: Array, made: Mapping[str, Any], seed: int) -> Answer:
    """Figures of all that take part on the same held-out pictures."""
    from audobon.learning.measures import best_cut

    known, asked = pool.rows[rows], pool.rows[rest]
    yes, truth = pool.yes[rows], pool.yes[rest]
    rng = np.random.default_rng(seed)
    fewer = min(truth.sum(), (~truth).sum())
    even = np.sort(
        np.concatenate(
            [rng.permutation(np.flatnonzero(truth == each))[:fewer] for each in (True, False)]
        )
    )
    likeness = asked @ known.T
    nearest = likeness[:, yes].max(1) - likeness[:, ~yes].max(1)
    order = np.argsort(-likeness, axis=1, kind="stable")[:, :_NEIGHBOURS]
    weights = np.take_along_axis(likeness, order, 1)
    votes = yes[order].sum(1) / order.shape[1] + 1e-3 * (weights * (2 * yes[order] - 1)).sum(1)
    chance = _head(made, asked)
    scores = {
        "head": (chance, 0.5),
        "nearest": (nearest, 0.0),
        "neighbours": (votes, 0.5),
        "everything": (np.zeros(len(rest)), -1.0),
    }
    if pool.zero is not None:
        cut = best_cut(pool.zero[rows], yes, np.ones(len(rows)))
        scores["zero-shot"] = (pool.zero[rest], cut)
    told: Answer = {
        name: _figures(each[even], cut, truth[even]) | {"rare": _rare(each, cut, truth)}
        for name, (each, cut) in scores.items()
    }
    shown = chance[even] >= made["threshold"]
    return told | {
        "held_out": len(even),
        "promised": made["promised"],
        "shown": int(shown.sum()),
        "right": int((shown & truth[even]).sum()),
        "own_f1": made["card"]["figures"]["f1"],
        "within": made["card"]["figures"]["f1_within"],
        "penalty": made["card"]["penalty"],
    }


def _figures(scores: Array, cut: float, truth: Array, shares: Array | None = None) -> Answer:
    from audobon.learning.measures import average_precision

    shares = np.ones(len(truth)) if shares is None else shares
    said = scores >= cut
    right, shown = float((shares * (said & truth)).sum()), float((shares * said).sum())
    return {
        "f1": 2 * right / (shown + float((shares * truth).sum())),
        "precision": right / shown if shown else 0.0,
        "ranked": average_precision(scores, truth, shares),
    }


def _rare(scores: Array, cut: float, truth: Array) -> Answer:
    """The same where one picture in ten is yes, by weight."""
    there, not_there = truth.sum(), (~truth).sum()
    shares = np.where(truth, _RARE / there, (1 - _RARE) / not_there)
    return _figures(scores, cut, truth, shares)


def taught(words: Mapping[str, Any]) -> Answer:
    """The product's own way, from the click: a library that has looked at nothing yet, 20 yes and
    20 no, ``library.teach``; then again with all of them seen.

    Its head is judged on what was held out, as that of the same examples in ``judged``.
    """
    from audobon.learning.plain import taught as learn

    pool = _Pool(words)
    rows, rest = pool.drawn(0, int(words["count"]))
    said = [[pool.paths[row] for row in rows if pool.yes[row] == each] for each in (True, False)]
    answer: Answer = {}
    tops = sorted({path.partition("/")[0] for path in pool.paths})
    place = Path(words["folder"])
    at_top = {"library": words["library"], "folders": [str(place / top) for top in tops]}
    said = [[str(place / path) for path in some] for some in said]
    with _shelf(at_top) as library:
        for name, precision in (("first", 0.8), ("again", 0.75)):
            cpu, clock = _cpu(), time.perf_counter()
            job = library.teach(pool.name, *said, precision=precision)
            library.work()
            told = job.result()
            answer[name] = {"wall_s": time.perf_counter() - clock, "cpu_s": _cpu() - cpu}
            answer[name] |= {"learning_s": told["seconds"], "used": told["used"]}
        head = library.heads(pool.name)[0]
        weights = base64.b64encode(library._stores.catalog.head_weights(head)).decode()
    rivals = sorted(each["name"] for each in head.card["rivals"])
    task = learn(pool.payload(rows, zero="zero-shot" in rivals), lambda _d, _t: None, lambda: None)
    apart = np.abs(_head({"weights": weights}, pool.rows[rest]) - _head(task, pool.rows[rest]))
    compared = _compared(
        pool, rows, rest, task | {"weights": weights, "threshold": head.threshold}, 0
    )
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return answer | {
        "f1": compared["head"]["f1"],
        "rivals": rivals,
        "apart": float(apart.max()),
        "refused": re.sub(r"[\d.]+", "N", head.refused),
        "worker_mb": peak * 1024 / 1e6,
    }
