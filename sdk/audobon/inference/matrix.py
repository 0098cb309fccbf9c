"""Vectors as a matrix that is mapped or held in memory, and which of them are nearest to one.

Each row is there twice: as bits (see ``turning``), which all rows are looked
through by, and in 16 bits, by which the best are put in order. In a worker
process. A file that is cut off has fewer rows, and what a disk has damaged is
noticed when it would be an answer: nothing here is truth.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen

from audobon.errors import Corrupt
from audobon.inference.turning import bits_of, width_of
from audobon.system.files import translate_os_error
from audobon.system.folders import make_own
from audobon.system.locks import FileLock

__all__ = ["CONTENT", "Matrix", "Plan"]

Array = np.ndarray[Any, Any]

CONTENT = 32
"""Bytes of a content's name: a sha256."""

_LEAST = 1_000
"""Rows that are compared at least. Of 19,700 real pictures the ten nearest were among the 100 with
the fewest other bits, always; of what may lie between a million more of them are needed."""
_HELD = 128 << 20
"""Bytes of rows that are mapped for a question and stay so. Of a larger file the rows are read one
by one: a thousand from all over it may map most of it (700 MB of a gigabyte, with large folios),
and the worker would be replaced for what it holds. To map them and let go each time, as is done
where the system cannot read at a place, takes three times as long."""
_PART = 16_384
"""Rows whose bits are counted at once. What comes of a million at once is 8 MB of fresh memory,
whose pages take the system nearly as long as the counting."""
_SHARED = 16
"""Parts from which other cores help: threads of a busy machine are waited for up to a millisecond,
in which one core counts 100,000 rows."""
_CORES = 4
"""Cores that count at most: more of them wait for the memory."""
_UNIT = 0.04  # how far from 1 the squared length of a vector in 16 bits can be
_CHUNK = 4096  # rows multiplied at once without the quick library
_NAME = np.dtype([("no", "<i8"), ("content", f"V{CONTENT}")])
_SORTED = 0.05  # of rows whose names are looked through one by one, as they came later


@frozen(slots=True)
class Plan:
    """How the nearest are looked for.

    ``way`` is ``bits`` (by bits first), ``all`` (few rows: each is compared) or
    ``among`` (only some were asked about: each of them is). ``rows`` there are,
    and ``compared`` of them in full.
    """

    way: str
    rows: int
    compared: int


class Matrix:
    """The matrix in the folder ``folder``, of rows of ``length``; made where there is none.

    One process at a time may :meth:`append`, :meth:`keep` or :meth:`clear`;
    others may be reading meanwhile, and read on where it grows. The folder
    holds generations, of which the newest counts: who has an older one mapped
    goes on with that until the next look.
    """

    def __init__(self, folder: Path, length: int) -> None:
        self.folder, self.length = folder, length
        self.seen: object = None
        """What its owner has brought it up to; nothing here depends on it."""
        self._widths = {
            "names": _NAME.itemsize,
            "halves": 2 * length,
            "bits": width_of(length),
        }
        self._mapped: tuple[Path, int] | None = None
        self._names: Array = np.empty(0, _NAME)
        self._halves: Array = np.empty((0, length), "<f2")
        self._bits: Array = np.empty((0, width_of(length)), np.uint8)
        self._order: Array = np.empty(0, np.intp)
        self._ordered: Array = np.empty(0, np.uint64)

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """The block in which one process may change it; made where there is none. Busy."""
        make_own(self.folder)
        with FileLock(self.folder / "lock", timeout_s=60.0):
            yield

    @property
    def last(self) -> int:
        """The number of the newest row, 0 where there is none."""
        self._map()
        return int(self._names["no"][-1]) if len(self._names) else 0

    def __len__(self) -> int:
        self._map()
        return len(self._names)

    def append(self, rows: Sequence[tuple[int, bytes, bytes]]) -> None:
        """Add ``(number, content, half)`` by rising number."""
        if not rows:
            return
        new = self._told(rows)
        try:
            at = self._newest() or self._begun(self._next())
            whole = self._there(at)
            for name, data in new.items():  # a row counts once all files have it
                with (at / name).open("ab") as stream:
                    stream.truncate(whole * self._widths[name])
                    stream.write(data.tobytes())
        except OSError as error:
            raise translate_os_error(error, self.folder) from error

    def _told(self, rows: Sequence[tuple[int, bytes, bytes]]) -> dict[str, Array]:
        """The same rows as they stand in each file; the names come last."""
        names = np.zeros(len(rows), _NAME)
        halves = np.zeros((len(rows), self.length), "<f2")
        for place, (number, content, half) in enumerate(rows):
            vector = np.frombuffer(half, "<f2")
            if len(vector) == self.length and len(content) == CONTENT:
                halves[place] = vector
            names["no"][place] = number
            names["content"][place] = np.void(content.ljust(CONTENT, b"\0")[:CONTENT])
        return {"bits": bits_of(halves.astype(np.float32)), "halves": halves, "names": names}

    def keep(self, numbers: Sequence[int]) -> None:
        """Let go of all rows but those with these numbers, in a new generation."""
        self._map()
        wanted = np.flatnonzero(np.isin(self._names["no"], np.asarray(numbers, np.int64)))
        building = self.folder / "building"
        try:
            shutil.rmtree(building, ignore_errors=True)
            self._begun(building)
            for name, data in (
                ("names", self._names),
                ("halves", self._halves),
                ("bits", self._bits),
            ):
                with (building / name).open("wb") as stream:
                    for begin in range(0, len(wanted), _CHUNK):
                        stream.write(data[wanted[begin : begin + _CHUNK]].tobytes())
            building.rename(self._next())
        except OSError as error:
            raise translate_os_error(error, self.folder) from error
        self._sweep()

    def clear(self) -> None:
        """Begin anew; whoever has the files mapped goes on with what they held."""
        with contextlib.suppress(OSError):
            self._begun(self._next())
        self._sweep()

    def plan(self, count: int, *, among: int | None = None) -> Plan:
        """How :meth:`near` looks for ``count`` contents, in all or in ``among`` of them."""
        return _planned(len(self), count, among)

    def near(
        self, wanted: Sequence[float], count: int, *, among: Sequence[bytes] | None = None
    ) -> list[tuple[bytes, float]]:
        """The ``count`` contents nearest to a vector of length 1, with the product, best first.

        ``among`` are the contents that are looked at; None are all. Corrupt
        where a row among the best is no vector of length 1.
        """
        if len(wanted) != self.length:
            raise Corrupt(f"a vector of {len(wanted)} numbers is asked for among {self.length}")
        query = np.asarray(wanted, np.float32)
        self._map()
        plan = _planned(len(self._names), count, None if among is None else len(among))
        if among is not None:
            places = self._places(among)
        elif plan.way == "bits":
            places = _fewest(_differing(self._bits, bits_of(query[None])), plan.compared)
        else:
            places = np.arange(plan.rows)
        halves = self._rows(places)
        exact, lengths = _products(halves, query)
        if not (np.abs(lengths - 1) < _UNIT).all():
            raise Corrupt("a vector was damaged on the disk", subject=str(self.folder))
        order = np.argsort(-exact, kind="stable")[:count]
        names = self._names["content"][places[order]].tobytes()
        contents = [names[at : at + CONTENT] for at in range(0, len(names), CONTENT)]
        return list(zip(contents, exact[order].tolist(), strict=True))

    def _rows(self, places: Array) -> Array:
        """These rows in 16 bits. Corrupt where the file has become too short for them."""
        if self._halves.nbytes <= _HELD or self._mapped is None or not len(places):
            return self._halves[places]
        if hasattr(os, "preadv"):  # not on Windows, nor on a macOS before 11
            with contextlib.suppress(OSError):  # the generation was swept: what is mapped remains
                return self._read(self._mapped[0] / "halves", places)
        rows = self._halves[places]
        _let_go(self._halves)
        return rows

    def _read(self, path: Path, places: Array) -> Array:
        width = self._widths["halves"]
        rows = np.empty((len(places), self.length), "<f2")
        into, done = rows.data.cast("B"), 0
        handle = os.open(path, os.O_RDONLY)
        try:
            for at, place in enumerate(places.tolist()):
                # Into its place: to join what was read takes as long again.
                done += os.preadv(handle, [into[at * width : (at + 1) * width]], place * width)
        finally:
            os.close(handle)
        if done < len(into):
            raise Corrupt("a matrix was cut off on the disk", subject=str(self.folder))
        return rows

    def _places(self, among: Sequence[bytes]) -> Array:
        if not among or not len(self._names):
            return np.empty(0, np.intp)
        wanted = np.unique(_keys(np.frombuffer(b"".join(among), f"V{CONTENT}")))
        if len(self._names) - len(self._order) > _SORTED * len(self._names):
            keys = _keys(self._names["content"])
            self._order = np.argsort(keys, kind="stable")
            self._ordered = keys[self._order]
        done = len(self._order)
        # A content is there once but for damage, so the first place is the place.
        at = np.searchsorted(self._ordered, wanted)
        found = at < done
        found[found] = self._ordered[at[found]] == wanted[found]
        later = np.flatnonzero(np.isin(_keys(self._names["content"][done:]), wanted)) + done
        return np.sort(np.concatenate([self._order[at[found]], later]))

    def _unsort(self) -> None:
        self._order = np.empty(0, np.intp)
        self._ordered = np.empty(0, np.uint64)

    # --- files ---

    def _generations(self) -> list[tuple[int, Path]]:
        with contextlib.suppress(OSError):
            # By names: as paths, looked at for each question, they take four times as long.
            names = [name for name in os.listdir(self.folder) if name.isdecimal()]
            return [(number, self.folder / str(number)) for number in sorted(map(int, names))]
        return []

    def _newest(self) -> Path | None:
        generations = self._generations()
        return generations[-1][1] if generations else None

    def _next(self) -> Path:
        generations = self._generations()
        return self.folder / str(generations[-1][0] + 1 if generations else 1)

    def _begun(self, folder: Path) -> Path:
        folder.mkdir(parents=True)
        return folder

    def _sweep(self) -> None:
        """Remove older generations, as far as nobody holds them, and what older versions made."""
        for _, old in self._generations()[:-1]:
            shutil.rmtree(old, ignore_errors=True)
        for name in ("rows", "small"):
            with contextlib.suppress(OSError):
                (self.folder / name).unlink()

    def _there(self, folder: Path) -> int:
        """How many rows all files of a generation have."""
        try:
            place = os.fspath(folder)
            return min(
                os.stat(os.path.join(place, name)).st_size // width
                for name, width in self._widths.items()
            )
        except OSError:
            return 0

    def _map(self) -> None:
        newest = self._newest()
        now = None if newest is None else (newest, self._there(newest))
        if now == self._mapped:
            return
        if now is None or self._mapped is None or now[0] != self._mapped[0]:
            self._unsort()
        self._mapped = now
        count = now[1] if now else 0
        self._names = np.empty(0, _NAME)
        self._halves = np.empty((0, self.length), "<f2")
        self._bits = np.empty((0, width_of(self.length)), np.uint8)
        if newest is not None and count:
            with contextlib.suppress(OSError, ValueError):
                names = np.memmap(newest / "names", _NAME, "r", shape=(count,))
                halves = np.memmap(newest / "halves", "<f2", "r", shape=(count, self.length))
                shape = (count, self._widths["bits"])
                bits = np.memmap(newest / "bits", np.uint8, "r", shape=shape)
                self._names, self._halves, self._bits = names, halves, bits


def _planned(rows: int, count: int, among: int | None) -> Plan:
    if among is not None:
        return Plan("among", rows, min(rows, among))
    most = max(_LEAST, 2 * count)
    return Plan("bits", rows, most) if rows > most else Plan("all", rows, rows)


def _let_go(mapped: Array) -> None:
    """Mapped pages that were read count as the worker's memory, for which it would be ended."""
    held = getattr(mapped, "_mmap", None)
    if held is not None and hasattr(mmap, "MADV_DONTNEED"):  # not on Windows
        with contextlib.suppress(OSError, ValueError):
            held.madvise(mmap.MADV_DONTNEED)


def _keys(contents: Array) -> Array:
    """The first eight bytes of each name as a number, by which a million are told apart."""
    wide = np.ascontiguousarray(contents).view(np.uint8).reshape(len(contents), CONTENT)
    return np.ascontiguousarray(wide[:, :8]).view("<u8").ravel()


def _fewest(differing: Array, count: int) -> Array:
    """The places of at least the ``count`` smallest of these whole numbers, in order."""
    return np.flatnonzero(differing <= np.partition(differing, count - 1)[count - 1])


def _differing(bits: Array, wanted: Array) -> Array:
    """In how many bits each row differs."""
    counted = _counting(wanted)
    rows = np.asarray(bits)  # parts of a mapped one are made in ten times the time
    found = np.empty(len(rows), np.min_scalar_type(8 * rows.shape[1]))

    def count(begins: Sequence[int]) -> None:
        for begin in begins:
            found[begin : begin + _PART] = counted(rows[begin : begin + _PART])

    parts = range(0, len(rows), _PART)
    cores = min(_CORES, os.cpu_count() or 1) if len(parts) >= _SHARED else 1
    if cores == 1:
        count(parts)
        return found
    size = -(-len(parts) // cores)
    with ThreadPoolExecutor(cores) as pool:
        list(pool.map(count, [parts[at : at + size] for at in range(0, len(parts), size)]))
    return found


def _counting(wanted: Array) -> Callable[[Array], Array]:
    """What tells in how many bits rows differ from ``wanted``."""
    try:
        import numkong
    except ImportError:
        table = np.array([number.bit_count() for number in range(256)], np.uint8)
        return lambda rows: table[rows ^ wanted].sum(1, dtype=np.int64)
    # It lets other threads of Python go on.
    return lambda rows: np.asarray(numkong.cdist(wanted, rows, "hamming", dtype="uint1")).ravel()


def _products(halves: Array, query: Array) -> tuple[Array, Array]:
    """The product of each row with the query, and with itself."""
    if not len(halves):
        return np.empty(0, np.float32), np.empty(0, np.float32)
    try:
        import numkong
    except ImportError:
        wide = halves.astype(np.float32)
        return wide @ query, np.einsum("ij,ij->i", wide, wide)
    rows = np.ascontiguousarray(halves)
    exact = numkong.cdist(query.astype(np.float16)[None], rows, "dot")
    lengths = numkong.cdist(np.zeros((1, len(query)), np.float16), rows, "sqeuclidean")
    return np.asarray(exact, np.float32).ravel(), np.asarray(lengths, np.float32).ravel()
