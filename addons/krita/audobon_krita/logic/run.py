# SPDX-License-Identifier: GPL-3.0-or-later
"""One result on its way: read from Krita, computed, shown, and put where it belongs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from . import making
from .making import Operation, Options, Source
from .spool import Feeder, Folder, Writer, lacks_room

if TYPE_CHECKING:
    from audobon.session import Made, Session

__all__ = ["BUDGET_S", "IDLE", "Pixels", "Place", "Result", "Run"]

IDLE, READING, COMPUTING, SHOWN, PLACING = "idle", "reading", "computing", "shown", "placing"
BUDGET_S = 0.012
"""Of Krita's main thread at a time; between two such turns it draws and paints."""

Rect = tuple[int, int, int, int]


class Pixels(Protocol):
    """Where pixels come from. Both are called in Krita's main thread."""

    pixel: int
    """Bytes that one pixel takes there at most: how large a strip may be depends on it."""

    def read(self, rect: Rect) -> bytes:
        """These pixels in the colours of ``making.work_space``."""
        ...

    def read_mask(self, rect: Rect) -> bytes:
        """The selection there, a byte for a pixel."""
        ...

    def close(self) -> None:
        """Nothing more is read."""
        ...


class Place(Protocol):
    """Where a result goes. Called in Krita's main thread."""

    pixel: int
    origin: tuple[int, int]

    def ready(self) -> bool:
        """Whether pixels can be written already."""
        ...

    def write(self, rect: Rect, data: bytes) -> None:
        """Take these pixels, which nobody sees yet."""
        ...

    def finish(self) -> str:
        """Show it, as one step of undo; a sentence about what was done."""
        ...

    def close(self) -> None:
        """Nothing more is written."""
        ...


@dataclass(frozen=True)
class Result:
    """What was made: little pictures before and after, or colours with their shares."""

    operation: Operation
    options: Options
    source: Source
    place: str
    name: str
    file: Path | None = None
    pixels: Path | None = None
    size: tuple[int, int] = (0, 0)
    before: bytes = b""
    after: bytes = b""
    seconds: float = 0.0
    colors: tuple[tuple[str, float], ...] = ()


class Run:
    """At most one at a time. Everything is called in Krita's main thread, and returns soon.

    ``say`` is told what went wrong. ``phase`` is one of ``idle``, ``reading``,
    ``computing``, ``shown`` and ``placing``; ``fraction`` how far it is.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self.phase = IDLE
        self.fraction: float | None = None
        self.result: Result | None = None
        self.number = 0
        self._say = say
        self._session: Session | None = None
        self._path = ""
        self._folder: Folder | None = None
        self._begun: tuple[Operation, Options, Source] | None = None
        self._pixels: Pixels | None = None
        self._todo: Iterator[tuple[Writer, Callable[[Rect], bytes], Rect]] = iter(())
        self._writers: list[Writer] = []
        self._rows = 0
        self._wanted = 0
        self._within = False
        self._place: Place | None = None
        self._feeder: Feeder | None = None
        self._rects: list[Rect] = []
        self._waits: tuple[Writer, Callable[[Rect], bytes], Rect] | None = None

    @property
    def busy(self) -> bool:
        return self.phase not in (IDLE, SHOWN)

    @property
    def name(self) -> str:
        """What is being done, for people."""
        if self._begun is None:
            return ""
        operation, _, source = self._begun
        what = f"{operation.label}: {source.name}"
        return {READING: f"Reading {source.name}", PLACING: f"Placing {what}"}.get(self.phase, what)

    def begin(
        self,
        session: Session,
        operation: Operation,
        options: Options,
        source: Source,
        pixels: Pixels,
    ) -> str:
        """Begin to read. Why it cannot be, or nothing."""
        from audobon.panel.saving import file_name, room

        needed = making.room_needed(operation, source, options)
        try:
            folder = room(session.state, needed)
        except OSError as error:
            return f"There is no place for temporary files: {error.strerror}"
        reason = making.refusal(operation, source, options) or lacks_room(needed, folder)
        if reason:
            return reason

        self.discard()
        self._session, self._path = session, session.state.path
        self._begun, self._pixels = (operation, options, source), pixels
        self._folder = Folder(folder)
        stem = file_name(source.name.replace(".", " "))
        self._writers = [Writer(self._folder.path / f"{stem}.source")]
        if source.chosen:
            self._writers.append(Writer(self._folder.path / "selection.mask"))
        self._todo, self._rows = self._parts(source, pixels), 0
        self.phase, self.fraction = READING, 0.0
        return ""

    def _parts(
        self, source: Source, pixels: Pixels
    ) -> Iterator[tuple[Writer, Callable[[Rect], bytes], Rect]]:
        area = (source.x, source.y, source.width, source.height)
        for rect in making.strips(*area, pixels.pixel):
            yield self._writers[0], pixels.read, rect
        if source.chosen:
            for rect in making.strips(*area, 1):
                yield self._writers[1], pixels.read_mask, rect

    def step(self) -> None:
        """To be called from time to time; takes about ``BUDGET_S``. Raises what Krita refuses."""
        if self.phase == IDLE or self._within:
            return  # where Krita waits it handles events, and with them this one's timer
        self._within = True
        try:
            self._step()
        finally:
            self._within = False

    def _step(self) -> None:
        session = self._session
        gone = session is None or session.state.phase != "open" or session.state.path != self._path
        if gone and self.phase in (READING, COMPUTING):
            self.discard()  # the library was left, and what it computes with it
            return
        if self.phase == READING:
            self._read()
        elif self.phase == COMPUTING and session is not None:
            doing = session.state.computing
            self.fraction = None if doing is None else doing.fraction
        elif self.phase == PLACING:
            self._put()

    def _read(self) -> None:
        assert self._begun is not None
        end = time.monotonic() + BUDGET_S
        broken = next((each.error for each in self._writers if each.error), "")
        if broken:
            self.fail(broken)
            return
        while time.monotonic() < end:
            part = self._waits or next(self._todo, None)
            self._waits = None
            if part is None:
                for each in self._writers:
                    each.finish()
                if all(each.done for each in self._writers):
                    self._compute()
                return
            writer, read, rect = part
            if writer.full:
                self._waits = part
                return
            writer.put(read(rect))
            self._rows += rect[3]
            parts = len(self._writers) * max(1, self._begun[2].height)
            self.fraction = self._rows / parts

    def _compute(self) -> None:
        assert self._begun is not None
        assert self._session is not None
        operation, options, source = self._begun
        from audobon.session import Picture

        picture = Picture(source.name, path=str(self._writers[0].path), raw=making.raw_form(source))
        self._end_reading()
        folder = self._folder
        self.phase, self.fraction = COMPUTING, None
        self._wanted = self.number = self.number + 1
        number = self.number

        def wanted() -> bool:
            """Whether nobody stopped it; else its files, which it may still have read, go now."""
            if number != self._wanted and folder is not None:
                folder.close()
            return number == self._wanted

        def otherwise() -> None:
            if wanted():
                self.discard()

        if operation.gives == "alike":
            self._session.find_alike(source.name, picture, otherwise)
            return
        said = making.parameters(operation, options)
        if operation.gives == "values":

            def told(values: Any) -> None:
                if wanted():
                    self._show_colors(values)

            self._session.values(
                operation.pipeline, picture, told, parameters=said, otherwise=otherwise
            )
            return
        mask = str(self._writers[1].path) if source.chosen else ""
        place = making.place_of(operation, source, options.factor)

        def then(made: Made) -> None:
            if wanted():
                self._show(made, place)

        self._session.transform(
            making.pipeline_of(operation, options), picture, then, parameters=said,
            bare=making.bare_form(operation, source, place, mask), otherwise=otherwise,
        )  # fmt: skip

    def _show(self, made: Made, place: str) -> None:
        assert self._begun is not None
        assert self._folder is not None
        operation, options, source = self._begun
        # Both lie on the same disk: it is their names that move.
        file, pixels = self._folder.path / Path(made.file).name, self._folder.path / "result.pixels"
        os.replace(made.file, file)
        os.replace(made.pixels, pixels)
        self.result = Result(
            *(operation, options, source, place),
            making.layer_name(operation, source.name, options),
            file=file,
            pixels=pixels,
            size=made.size,
            before=made.before,
            after=made.after,
            seconds=made.seconds,
        )
        self.phase, self.fraction = SHOWN, None

    def _show_colors(self, values: Sequence[dict[str, Any]]) -> None:
        assert self._begun is not None
        operation, options, source = self._begun
        colors = tuple((str(each["color"]), float(each["share"])) for each in values)
        name = making.layer_name(operation, source.name, options)
        self.result = Result(*(operation, options, source, "values", name), colors=colors)
        self.phase, self.fraction = SHOWN, None

    def put(self, place: Place) -> None:
        """Begin to put what is shown into its place."""
        result = self.result
        if self.phase != SHOWN or result is None or result.pixels is None:
            return
        self._rects = list(making.strips(*place.origin, *result.size, place.pixel))
        pixel = making.result_bytes(result.operation, result.source, result.place)
        sizes = [width * height * pixel for _, _, width, height in self._rects]
        self._feeder = Feeder(result.pixels, sizes)
        self._place = place
        self.phase, self.fraction, self._rows = PLACING, 0.0, 0

    def _put(self) -> None:
        assert self._feeder is not None
        assert self._place is not None
        end = time.monotonic() + BUDGET_S
        while time.monotonic() < end and self._place.ready():
            if self._rows == len(self._rects):
                said = self._place.finish()
                self.discard()
                self._say(said)
                return
            data = self._feeder.take()
            if data is None:
                if self._feeder.error:
                    self.fail(self._feeder.error)
                return
            self._place.write(self._rects[self._rows], data)
            self._rows += 1
            self.fraction = self._rows / len(self._rects)

    def _end_reading(self) -> None:
        if self._pixels is not None:
            self._pixels.close()
        self._pixels = None

    def _end_placing(self) -> None:
        if self._place is not None:
            self._place.close()
        if self._feeder is not None:
            self._feeder.close()
        self._feeder = self._place = None

    def cancel(self) -> None:
        """Stop what is being done; nothing is left of it."""
        if self.phase == COMPUTING and self._session is not None:
            self._session.cancel_computing()
            self._folder = None
        if self.phase == PLACING and self._feeder is not None:
            # What was made is still there, and can be put elsewhere.
            self._end_placing()
            self.phase, self.fraction = SHOWN, None
            return
        self.discard()

    def fail(self, reason: str) -> None:
        """It cannot be gone on with; what was made already stays."""
        if self.phase == PLACING:
            self.cancel()
        else:
            self.discard()
        self._say(reason)

    def discard(self) -> None:
        """Forget everything; temporary files go."""
        self._wanted = 0
        for each in self._writers:
            each.finish()
        self._end_reading()
        self._end_placing()
        if self._folder is not None:
            self._folder.close()
        self._writers, self._todo, self._rects = [], iter(()), []
        self._folder = self._waits = None
        self.result = self._begun = self._session = None
        self.phase, self.fraction = IDLE, None
