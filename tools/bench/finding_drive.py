"""What the measured processes of the case ``finding`` do; see ``bench.drive``.

Vectors are put where the pipeline ``embed`` would put them, and the index is
asked to begin anew: no public call does either.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from bench.meant import meanings
from bench.names import WORDS
from bench.searching import FIVE, asks, prefixes, times
from bench.synthetic import SEED, entries, fill_library

__all__ = ["begin_anew", "brute", "filled", "ours", "reader", "saved"]

Answer = dict[str, Any]
_TOP = 10
_WARM = 10
_FAR = 0.15  # in Oklab, as color: has it


def filled(words: Mapping[str, Any]) -> Answer:
    """A library of ``count`` assets with a vector for each picture, made where there is none."""
    from audobon import Library
    from bench.alike import vectors
    from bench.meant import fill_meanings

    folder = Path(words["library"])
    answer = fill_library(folder, int(words["count"]))
    with Library.open(folder) as library:
        space = _space(library)
        names = [bytes.fromhex(digest) for _, digest in library._stores.catalog.contents("image")]
        answer["pictures"] = len(names)
        if space.count() != len(names):
            at = iter(names)
            for part in vectors(len(names)):
                space.put({next(at): row.tobytes() for row in part})
        start = time.perf_counter()
        library.search(f'like:"{_pictures(library, 1)[0]}"')
        answer["matrix_s"] = time.perf_counter() - start
        answer["texts"] = fill_meanings(library, WORDS)
        library.search(f'meaning:"{WORDS[0]}"')
    return answer


def _space(library: Any) -> Any:
    from audobon.services.pipelines.nearness import PICTURES, current_recipe, space_name

    return library._stores.vectors(space_name(current_recipe(library._stores, PICTURES)))


def _pictures(library: Any, count: int) -> list[str]:
    """Paths of pictures from all over the library."""
    ids = library._stores.catalog.contents("image")
    chosen = random.Random(SEED + 3).sample(ids, min(count, len(ids)))
    return [library.get(ident).path for ident, _ in chosen]


def _colors(count: int) -> list[str]:
    rng = random.Random(SEED + 4)
    return [f"#{rng.randbytes(3).hex()}" for _ in range(count)]


def ours(words: Mapping[str, Any]) -> Answer:
    """Every kind of question through ``Library.search``, fifty hits with their rows."""
    from audobon import Library

    queries = int(words["queries"])
    with Library.open(Path(words["library"])) as library:
        questions = asks(queries)
        likes = [f'like:"{path}"' for path in _pictures(library, queries + _WARM)]
        for like in likes[queries:]:  # others than are asked later: an answer is remembered
            library.search(like)
        likes = likes[:queries]
        meant = meanings([ask.plain for ask in asks(queries + _WARM)])
        for meaning in meant[queries:]:
            library.search(meaning)
        while library._stores.catalog.behind:  # contents and uses are read beside the questions
            time.sleep(0.01)

        def total(query: str, **more: Any) -> int:
            return library.search(query, **more).total

        answer = {
            "words, two filters": times(lambda ask: total(ask.filtered), questions),
            "words, five facets": times(lambda ask: total(ask.plain, facets=FIVE), questions),
            "prefix": times(lambda begun: total(begun, typing=True), prefixes(questions)),
            "color:": times(lambda each: total(f"color:{each}"), _colors(queries)),
            "like:": times(total, likes, warm=0),
            "like:, a filter": times(lambda like: total(f"{like} rating:>=3"), likes, warm=0),
            "meaning:": times(total, meant[:queries], warm=0),
        }
        found = [
            [int(hit.asset.digest, 16) for hit in library.search(like, limit=_TOP).hits]
            for like in likes
        ]
        look = library.explain(likes[0])[-1]
        return {
            "times": answer,
            "found": found,
            "asked": [int(library.get(like[6:-1]).digest, 16) for like in likes],
            "plan": [look.way, look.rows, look.compared],
            "memory": _memory(),
        }


def _memory() -> dict[str, float]:
    """MB of this process: what is its own, and what it has of mapped files."""
    found = {"Anonymous": 0.0, "Rss": 0.0}
    for line in Path("/proc/self/smaps_rollup").read_text("ascii").splitlines():
        name, _, value = line.partition(":")
        if name in found:
            found[name] = int(value.split()[0]) * 1024 / 1e6
    return {"own": found["Anonymous"], "mapped": found["Rss"] - found["Anonymous"]}


def saved(words: Mapping[str, Any]) -> Answer:
    """One asset is edited here and looked for in another process, many times."""
    from audobon import Library

    command = [sys.executable, "-m", "bench.drive", "find_reader"]
    folder = Path(words["library"])
    own, other = [], []
    with (
        Library.open(folder) as library,
        subprocess.Popen(
            [*command, f'{{"library": "{folder}"}}'],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        for number, path in enumerate(_pictures(library, int(words["rounds"]))):
            token = f"mark{time.time_ns()}x{number}"
            start = time.perf_counter()
            library.edit(path, note=token)
            process.stdin.write(f"{token}\n")
            process.stdin.flush()
            process.stdout.readline()
            other.append((time.perf_counter() - start) * 1000)
            start = time.perf_counter()
            library.edit(path, note=token[::-1])
            if library.search(token[::-1]).total != 1:
                raise SystemExit("what was saved is not found")
            own.append((time.perf_counter() - start) * 1000)
            library.edit(path, note="")
        process.stdin.close()
        process.stdout.read()
    return {"own": sorted(own), "other": sorted(other)}


def reader(words: Mapping[str, Any]) -> Answer:
    """Looks for each line that comes in until it is found, and says so."""
    from audobon import Library

    with Library.open(Path(words["library"])) as library:
        library.search("wood")
        print("ready", flush=True)
        for line in sys.stdin:
            while library.search(line.strip()).total != 1:
                pass
            print("found", flush=True)
    return {}


def begin_anew(words: Mapping[str, Any]) -> Answer:
    """The index built again from the catalog, into another folder; its files are removed."""
    import shutil

    from audobon.services.core.feed import CatalogFeed
    from audobon.services.core.place import open_place
    from audobon.storage.catalog import Catalog
    from audobon.storage.index import SearchIndex

    catalog = Catalog.open(open_place(Path(words["library"])).catalog, read_only=True)
    folder = Path(words["folder"])
    index = SearchIndex(folder, CatalogFeed(catalog))
    wall, cpu = time.perf_counter(), time.process_time()
    index.catch_up(wait=True)
    answer = {
        "wall_s": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "assets": int(index.stats()["documents"]),
        "mb": float(index.stats()["size_bytes"]) / 1e6,
    }
    index.close()
    catalog.close()
    shutil.rmtree(folder)
    return answer


def brute(words: Mapping[str, Any]) -> Answer:
    """What the same questions cost when everything is looked at: numpy for vectors and colours.

    ``found`` are the exact ten nearest to each picture, by the number of the asset.
    """
    import numpy as np

    from bench.alike import LENGTH, vectors

    queries = int(words["queries"])
    pictures = [each.number for each in entries(int(words["count"])) if each.kind == "image"]
    held = np.empty((len(pictures), LENGTH), np.float16)
    at = 0
    for part in vectors(len(pictures)):
        held[at : at + len(part)] = part
        at += len(part)
    number = {each: place for place, each in enumerate(pictures)}
    chosen = [number[each] for each in words["asked"]]
    wide = held.astype(np.float32) if held.nbytes < 4e9 else None

    def near(place: int) -> int:
        query = held[place].astype(np.float32)
        products = wide @ query if wide is not None else _slowly(held, query)
        best = np.argpartition(-products, _TOP)[:_TOP]
        found.append([pictures[each] for each in best[np.argsort(-products[best])]])
        return _TOP

    found: list[list[int]] = []
    asked = chosen[: queries if wide is not None else 20]
    answer = {"like:": times(near, asked, warm=0)}
    answer["color:"] = _brute_colors(int(words["count"]), queries)
    return {"times": answer, "found": found}


def _slowly(held: Any, query: Any) -> Any:
    import numpy as np

    parts = (held[at : at + 50_000].astype(np.float32) for at in range(0, len(held), 50_000))
    return np.concatenate([part @ query for part in parts])


def _brute_colors(count: int, queries: int) -> dict[str, float]:
    import numpy as np

    from audobon.codec.colors import oklab

    def labs() -> Iterator[tuple[int, tuple[float, float, float]]]:
        for each in entries(count):
            if each.kind == "image":
                data = each.colors
                for at in range(0, len(data), 4):
                    yield each.number, oklab(data[at], data[at + 1], data[at + 2])

    many = list(islice(labs(), 500_000))  # of a million assets a quarter is looked at
    owner = np.array([number for number, _ in many])
    lab = np.array([one for _, one in many], np.float32)

    def near(color: str) -> int:
        far = np.linalg.norm(lab - np.array(oklab(*bytes.fromhex(color[1:])), np.float32), axis=1)
        return len(np.unique(owner[far < _FAR]))

    return times(near, _colors(queries))
