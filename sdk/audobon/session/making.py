"""Pipelines over what a host has in hand: pictures it holds, and assets it shows."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from audobon.errors import AudobonError, Invalid, NotFound, error_from_code
from audobon.session.state import Like
from audobon.system.folders import work_folder
from audobon.system.scratch import private_folder

if TYPE_CHECKING:
    from audobon.library import Library
    from audobon.model.asset import Asset
    from audobon.session.doing import Report

__all__ = ["Made", "Picture", "alike", "look_at", "make", "values_of"]

_SIDE = 256  # pixels of the small pictures before and after
_PART = 200  # assets in one job: a cancel loses no more, and its row stays small
_WAIT_S = 20.0  # for a small picture of an asset, which somebody may have asked for already
_POLL_S = 0.1


@frozen(slots=True)
class Picture:
    """A picture of a host: a file, or bytes that are written to one on the session's thread.

    ``name`` is for people and for the names of results. Either ``path`` is
    the file, or ``data`` its bytes (any buffer, or a function that gives one
    and is called on that thread) and ``suffix`` its ending.
    ``raw`` says that these are bare pixels, see ``Library.run_on_file``.
    """

    name: str
    path: str = ""
    data: Any = field(default=None, repr=False, eq=False)
    suffix: str = ""
    raw: Mapping[str, Any] | None = None


@frozen(slots=True)
class Made:
    """A new picture: its ``file``, which is gone soon unless ``kept``.

    ``before`` and ``after`` are small encoded pictures, empty where there is
    none. ``seconds`` is how long it took. ``pixels`` is a file of bare numbers,
    gone as soon as ``file``, with the size of the picture; empty unless asked for.
    """

    pipeline: str
    name: str
    file: str
    kept: bool
    before: bytes = field(default=b"", repr=False)
    after: bytes = field(default=b"", repr=False)
    seconds: float = 0.0
    pixels: str = ""
    size: tuple[int, int] = (0, 0)


class _Folder(contextlib.AbstractContextManager["_Folder"]):
    """A temporary folder that goes when nobody holds it any more, at the latest."""

    def __init__(self, library: Library) -> None:
        self._held = tempfile.TemporaryDirectory(
            dir=private_folder() if library.encrypted else work_folder(),
            prefix="audobon-",
            ignore_cleanup_errors=True,
        )
        self.path = Path(self._held.name)

    def __exit__(self, *_: object) -> None:
        self._held.cleanup()


def make(
    library: Library,
    report: Report,
    pipeline: str,
    picture: Picture,
    *,
    beside: str | None,
    parameters: Mapping[str, Any],
    bare: Mapping[str, Any] | None = None,
) -> tuple[Made, _Folder]:
    """Run a pipeline that gives a picture. The folder holds the file until it is closed.

    With ``beside`` the result lies in that folder for good, beside a file that
    is an asset as an asset derived from it. ``bare`` asks for bare pixels too,
    see ``Library.run_on_file``. Raises what the pipeline raises.
    """
    begun = time.monotonic()
    asset = _asset(library, picture) if beside is not None else None
    folder = _Folder(library)
    pixels: Mapping[str, Any] = {"file": "", "width": 0, "height": 0}
    try:
        if asset is not None:
            file, before, after = _of_asset(library, report, pipeline, asset, parameters)
        else:
            told = _of_picture(library, report, pipeline, picture, folder.path, parameters, bare)
            if "file" not in told:
                raise Invalid(f"{pipeline} gives no picture", subject=pipeline)
            file, before, after = str(told["file"]), _read(told["before"]), _read(told["after"])
            pixels = told.get("pixels", pixels)
        if beside is not None and asset is None:
            file = _kept(file, beside)
        seconds = time.monotonic() - begun
        name = Path(file).name
        size = (int(pixels["width"]), int(pixels["height"]))
        made = Made(
            *(pipeline, name, file, beside is not None, before, after, seconds),
            *(str(pixels["file"]), size),
        )
    except BaseException:
        folder.__exit__()
        raise
    return made, folder


def _asset(library: Library, picture: Picture) -> Asset | None:
    if not picture.path or library.read_only:
        return None
    try:
        found = library.get(picture.path)
    except AudobonError:
        return None
    return found if found.state == "present" else None


def _of_asset(
    library: Library, report: Report, pipeline: str, asset: Asset, parameters: Mapping[str, Any]
) -> tuple[str, bytes, bytes]:
    # What is beside an asset may have changed since it was looked at: its result is of now.
    library.add(asset.file)
    told = library.run(pipeline, asset, **parameters).follow(
        lambda fraction: report.progress(round(fraction * 1000), 1000, asset.name),
        report.cancelled,
    )
    made = told["results"][0]["made"]
    before, after = (_small(library, each, report) for each in (asset.id, made["asset"]))
    return str(made["file"]), before, after


def _small(library: Library, ident: str, report: Report) -> bytes:
    """The preview of an asset; empty when none comes in time."""
    end = time.monotonic() + _WAIT_S
    while time.monotonic() < end and not report.cancelled():
        try:
            data = library.preview(ident, _SIDE)
        except AudobonError:
            return b""
        if data is not None:
            return data
        time.sleep(_POLL_S)
    return b""


def _of_picture(
    library: Library,
    report: Report,
    pipeline: str,
    picture: Picture,
    folder: Path,
    parameters: Mapping[str, Any],
    bare: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    path = written(picture, folder)
    job = library.run_on_file(
        *(pipeline, path, folder), raw=picture.raw, shown=_SIDE, bare=bare, **dict(parameters)
    )
    told: dict[str, Any] = job.follow(
        lambda fraction: report.progress(round(fraction * 1000), 1000, picture.name),
        report.cancelled,
    )
    return told


def values_of(
    library: Library,
    report: Report,
    pipeline: str,
    picture: Picture,
    parameters: Mapping[str, Any],
) -> Any:
    """Run a pipeline that gives values; what it gives. Raises what the pipeline raises."""
    with _Folder(library) as folder:
        told = _of_picture(library, report, pipeline, picture, folder.path, parameters)
    if "values" not in told:
        raise Invalid(f"{pipeline} gives a picture", subject=pipeline)
    return told["values"]


def written(picture: Picture, folder: Path) -> Path:
    """The picture's own file, or its bytes as a file in ``folder``. NotFound, DiskFull."""
    from audobon.system.files import translate_os_error

    if picture.data is None:
        if not os.path.isfile(picture.path):
            raise NotFound(
                f"the file of {picture.name} is gone: {picture.path}",
                subject=picture.path,
                hint="reload the picture, or pack it into the open file",
            )
        return Path(picture.path)
    path = folder / f"{_stem(picture.name)}{picture.suffix}"
    try:
        with path.open("wb") as stream:
            stream.write(picture.data() if callable(picture.data) else picture.data)
    except OSError as error:
        raise translate_os_error(error, path) from error
    return path


def _stem(name: str) -> str:
    """A name that every system takes for a file."""
    stem = "".join(each if each.isalnum() or each in " -_()" else "_" for each in Path(name).stem)
    return stem.strip()[:80] or "picture"


def _kept(file: str, folder: str) -> str:
    from audobon.services.pipelines.delivering import place_in

    return str(place_in(Path(file), Path(folder), Path(file).stem))


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes() if path else b""
    except OSError:
        return b""


def alike(
    library: Library,
    report: Report,
    label: str,
    subject: str | Picture,
    limit: int,
    *,
    region: Sequence[float] | None = None,
) -> Like:
    """What looks like an asset, by its id, or like a picture, or a region of either."""
    if isinstance(subject, str):
        found = library.similar(subject, limit, region=region, cancel=report.cancelled)
    else:
        with _Folder(library) as folder:
            path = written(subject, folder.path)
            found = library.similar(
                *(path, limit),
                file=True, raw=subject.raw, region=region, cancel=report.cancelled,
            )  # fmt: skip
    ids = tuple(each.asset.id for each in found.near)
    return Like(label, ids, tuple(each.score for each in found.near), found.unseen)


def look_at(
    library: Library, report: Report, pipeline: str, idents: Sequence[str]
) -> tuple[int, int]:
    """Run a pipeline that gives values over many assets; how many it did, and how many failed.

    The failure of all is raised.
    """
    done = failed = 0
    first: Mapping[str, Any] | None = None
    for begin in range(0, len(idents), _PART):
        part = idents[begin : begin + _PART]

        def tell(fraction: float, begin: int = begin, count: int = len(part)) -> None:
            report.progress(round((begin + fraction * count) * 100), len(idents) * 100, "")

        told = library.run(pipeline, part).follow(tell, report.cancelled)
        done += len(told["results"])
        failed += len(told["failed"])
        first = first or (told["failed"][0]["error"] if told["failed"] else None)
    if first is not None and not done:
        raise error_from_code(first["code"], first["message"], hint=first["hint"])
    return done, failed
