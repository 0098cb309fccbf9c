"""Works in a library of which everything that takes a key has one, and looks for words on its disk.

Prints what it found as JSON. What makes and opens libraries is given a passphrase here, at less
than the usual costs.
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from at_rest_outside import Outside
from at_rest_purge import purged
from at_rest_vault import doctor_of, refused
from at_rest_workers import forms_of, left_by_workers, under_keys
from attrs import evolve

from audobon.storage.vault.costs import Costs

PHRASE: Final = "zwei eulen wandern langsam"
CHEAP: Final = Costs(8 << 10, 1, 1)
WORD: Final = "graumoos"
"""Part of every name, tag, message, branch and place that is made here."""


def given(function: Callable[..., Any], **more: Any) -> Callable[..., Any]:
    @functools.wraps(function)
    def with_more(*arguments: Any, **named: Any) -> Any:
        return function(*arguments, **{**named, **more})

    return with_more


def seal_everything() -> None:
    """From now on a library is created encrypted, and opened with the passphrase."""
    from audobon.services.places import homevault
    from audobon.services.versioning import opening

    def seal(state: Path) -> Any:
        return homevault.make(state, PHRASE, costs=CHEAP, floor=CHEAP)[0]

    means = homevault.Means(PHRASE, floor=CHEAP)
    opening.create = given(opening.create, seal=seal)
    opening.open_stores = given(opening.open_stores, means=means)


def found_in(state: Path, needles: dict[str, bytes]) -> dict[str, list[str]]:
    """Which of the needles lie in which file, or in its name."""
    found = {}
    for path in sorted(state.rglob("*")):
        where = path.relative_to(state).as_posix()
        data = where.encode() + (path.read_bytes() if path.is_file() else b"")
        there = [what for what, needle in needles.items() if needle in data]
        if there:
            found[where] = there
    return found


def kept_results(lib: Any, oak: Path) -> list[Any]:
    """A result with a file, as a pipeline keeps it, and what is had of it later."""
    from audobon.services.pipelines.results import keep, kept, wanted

    place, asset = lib._stores.place, lib.get(str(oak))
    want = wanted(place.results, "recipe", asset, files=place.files)
    want.note.parent.mkdir(parents=True)
    data = f"P6 {WORD}".encode() * 30_000
    with place.files.workplace(want.note.parent) as folder:
        (folder / f"{want.note.stem}.png").write_bytes(data)
    file = want.note.with_suffix(".png")
    keep(want, {"file": str(file), "size": len(data), "values": [asset.digest, WORD]})
    again = kept(wanted(place.results, "recipe", asset, files=place.files))
    assert again is not None
    with place.files.as_file(Path(again["file"])) as opened:
        whole, name = opened.read_bytes() == data, opened.name == file.name
    left = [str(each) for each in opened.parent.parent.glob(f"audobon-*/{file.name}")]
    file.write_bytes(file.read_bytes()[:-9])  # a power failure
    return [whole, name, left, kept(want), sorted(path.suffix for path in file.parent.iterdir())]


def kept_answer(stores: Any) -> list[bool]:
    """What a merge of contents gave, as it is kept while the merge is open."""
    from audobon.services.merge import mergecontents

    folder = mergecontents._folder(stores) / "name"
    data = f"{WORD} merged".encode() * 90
    with mergecontents._workplace(stores) as work:
        (work / "merged.kra").write_bytes(data)
        answer = {"scene": {"merged": True}, "name": "merged.kra", "digest": "ab" * 32}
        answer |= {"size": len(data), "facts": {"kind": "document", "format": "kra"}}
        (work / "answer.json").write_text(json.dumps(answer))
        mergecontents._keep(work, folder, stores.place.files)
    known = mergecontents._known(folder, stores.place.files)
    assert known is not None
    assert known.file is not None
    with stores.place.files.as_file(known.file) as opened:
        same = opened.read_bytes() == data
    return [known.scene.merged, same, found_in(stores.place.state, {"w": WORD.encode()}) == {}]


def seal_cheaply(*places: str) -> None:
    """Have them encrypted, at less than the usual costs; this process can open them then."""
    from audobon.services.places import sealing

    for place in places:
        with sealing.place_at(place, create=True) as store:
            sealing.seal_place(store, PHRASE, costs=CHEAP, floor=CHEAP)


def refused_in_clear(lib: Any, folder: Path) -> list[str]:
    """What an encrypted library says to places that are not, and what lies there then."""
    from audobon.errors import AudobonError

    told = []
    for send in (lambda to: lib.remotes.add("clear", to), lib.snapshots.make):
        try:
            send(str(folder))
        except AudobonError as error:
            told.append(type(error).__name__)
    return [*told, *sorted(path.name for path in folder.rglob("*") if path.is_file())]


def recovered(to: str, folder: Path) -> list[Any]:
    """What a machine without the library's vault has of a snapshot."""
    import audobon

    with audobon.Library.recover(to, folder) as lib:
        head = lib._stores.place.catalog.read_bytes()[:15]
        found = [len(lib.log()), lib.search(WORD).total > 0, lib.verify().ok, head.decode()]
        return [*found, lib.get(f"{WORD}-oak.png").note]


def locked(lib: Any, asset: Any) -> list[bool]:
    """A lock on an asset, and the state of who watches, as others of the machine read them."""
    from audobon.model.watch import WatchState
    from audobon.services.watch.watching import _STATE, Watcher

    lib.lock(asset, program=f"{WORD} 1.0", keep=True)
    Watcher(lib._stores)._tell(WatchState("unable", problem=WORD))
    place = lib._stores.place
    told = place.files.read(place.locks / _STATE).decode()
    return [*(each.asset_id == asset.id for each in lib.locks()), WORD in told]


def inside(place: Any) -> list[str]:
    """The sealed files in which the word would stand in clear, and the notes of the packs."""
    log = place.state / "audit.jsonl"
    texts = {log.name: "".join(map(str, place.files.lines(log)))}
    for path in (*place.state.glob("*.json"), *place.chunks.glob("*.json")):
        texts[path.name] = place.files.read(path).decode()
    return sorted(name for name, text in texts.items() if WORD in text or name == "garbage.json")


def work(folder: Path) -> dict[str, Any]:
    import audobon
    from audobon.services.versioning.journal import (
        Journal,
        forget_journal,
        read_journal,
        write_journal,
    )
    from audobon.storage.chunks.garbage import Garbage
    from audobon.testing.pictures import write_png

    oak = folder / f"{WORD}-oak.png"
    write_png(oak, 20, 20, color=(160, 120, 70))
    write_png(folder / f"{WORD}-seat.png", 30, 30)
    told: dict[str, Any] = {}
    to = str(folder.parent / f"{WORD}-place")
    with audobon.Library.create(folder, "Test", author=f"{WORD} <a@example.org>") as lib:
        lib.add([folder], tags=[f"{WORD}-tag"])
        asset = lib.get(str(oak))
        lib.edit(asset, note=f"{WORD} note")
        lib.commit(f"{WORD} first")
        lib.branch(f"{WORD}-side")
        lib.switch(f"{WORD}-side")
        write_png(oak, 21, 20, color=(1, 2, 3))
        lib.commit(f"{WORD} theirs")
        lib.switch("main")
        write_png(oak, 22, 20, color=(3, 2, 1))
        lib.commit(f"{WORD} ours")
        told["merge"] = lib.merge(f"{WORD}-side").merged
        place = lib._stores.place
        journal = Journal("switch", f"{WORD}-side", None, "0" * 40, f"{WORD} moves")
        write_journal(place, journal)
        told["journal"] = read_journal(place) == journal
        needles = {
            "word": WORD.encode(),
            "digest": lib.get(str(oak)).digest.encode(),
            "its bytes": bytes.fromhex(lib.get(str(oak)).digest),
            "id": asset.id.encode(),
            "a header": b"SQLite format 3",
        }
        told["locks"] = locked(lib, asset)
        told["in the middle"] = found_in(lib.state_path, needles)
        planted = lib.state_path / "planted.txt"  # what is looked for would be found
        planted.write_text(f"{WORD} {asset.id}")
        told["planted"] = found_in(lib.state_path, needles)
        planted.unlink()
        told["inside"] = inside(place)
        forget_journal(place)
        lib.abort_merge()
        point = lib.keep_point(f"{WORD} risk")
        told["points"] = [each.id == point.id for each in lib.recovery_points()]
        remote = str(folder.parent / f"{WORD}-remote")
        told["in clear"] = refused_in_clear(lib, folder.parent / "clear")
        seal_cheaply(remote, to)
        lib.remotes.add(f"{WORD}-remote", remote)
        told["pushed"] = [lib.push(f"{WORD}-remote").files for _ in range(2)]
        lib.pull(f"{WORD}-remote")
        told["snapshot"] = lib.snapshots.make(to) in lib.snapshots.list(to)
        told["recovered"] = recovered(to, folder.parent / f"{WORD}-recovered")
        told["answer"] = kept_answer(lib._stores)
        lib.snapshots.set_schedule(evolve(lib.snapshots.schedule, to=to))
        lib.snapshots.set_limit(to, 1 << 20)
        (folder / f"{WORD}-seat.png").unlink()
        lib.add([folder])
        lib.remove(lib.get(f"{WORD}-seat.png"))
        Garbage({bytes.fromhex(asset.digest): 1.0}).save(place.chunks, place.files)
        lib.collect()
        told["search"] = len(lib.search(WORD).hits)
        made = list(lib.diff_details("HEAD~1"))
        told["details"] = [each.picture is not None for each in made]
        told["kept details"] = list(lib.diff_details("HEAD~1")) == made
        told["details on disk"] = sorted(
            path.suffix for path in place.details.rglob("*") if path.is_file()
        )
        told["metrics"] = [bool(lib.metrics().figures), lib._stores.place.metrics.is_file()]
        told["results"] = kept_results(lib, oak)
        told["audit"] = [lib.audit.verify().ok, (lib.state_path / "audit.jsonl").is_file()]
        told["inside"] += inside(place)
        keys = place.keys
        assert keys is not None
        under_keys(lib, oak, keys, told)
        told["doctor"] = doctor_of(lib)
        stores = lib._stores
        workers = (stores.executor, stores.programs, stores.decoding, stores.looking)
        told["told to workers"] = ["/private-" in str(each._cage) for each in workers]
        told["open"] = found_in(lib.state_path, needles)
    told["closed"] = found_in(folder / ".audobon", needles)
    told["refused"] = refused(folder, PHRASE, CHEAP)
    told["again"] = again(folder, needles)
    told["purge"] = purged(folder, f"{WORD}-oak")
    told["secrets"] += left_by_workers(
        folder.parent, {**forms_of(keys), "the passphrase": PHRASE.encode()}
    )
    return told


def again(folder: Path, needles: dict[str, bytes]) -> dict[str, Any]:
    """What it says when it is opened the next time, and after its catalog was lost."""
    import audobon

    told: dict[str, Any] = {}
    for _ in ("as it is", "after its catalog was lost"):
        with audobon.Library.open(folder) as lib:
            told["points"] = len(lib.recovery_points())
            told["remotes"] = len(lib.remotes.list())
            told["limit"] = lib.snapshots.limit(lib.snapshots.schedule.to)
            told["log"] = len(lib.log())
            told["audit"] = lib.audit.verify().ok
            told["search"] = len(lib.search(WORD).hits)
            told["verify"] = lib.verify().ok
            told["found"] = found_in(lib.state_path, needles)
        for path in (folder / ".audobon").glob("catalog.db*"):
            path.unlink()
    return told


if __name__ == "__main__":
    seal_everything()
    made = Path(sys.argv[1], f"{WORD}-art")
    made.mkdir()
    outside = Outside(made.parent)
    said = work(made)
    said["outside"], said["seen"] = outside.told(WORD.encode(), found_in)
    print(json.dumps(said))
