"""Putting models into a place, and taking packages out of it or from their registry."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from audobon.errors import AudobonError, BadFile, Cancelled, Corrupt, NotFound
from audobon.model.component import Component
from audobon.models.archive import is_whole, read_parts
from audobon.models.fetch import fetch, forget, package_file
from audobon.models.installed import Installed
from audobon.models.places import ModelPlace, opened
from audobon.system.files import translate_os_error
from audobon.system.folders import make_own, models_place

__all__ = ["Shared", "own_recipe", "packages", "share"]

_CHECKED = ".checked.json"
# Among the downloads: which packages of which places had the bytes that are here.

Progress = Callable[[float], object]


@frozen(slots=True)
class Shared:
    """What was put into a place, or would be: ``size`` is in bytes, 0 where it is not known yet.

    ``components`` are the names of those that come from it.
    """

    components: tuple[str, ...]
    version: str
    size: int


def packages(
    component: Component,
    downloads: Path,
    *,
    place: str | None,
    python: str,
    offline: bool,
    progress: Progress,
    cancel: Callable[[], bool],
) -> Iterator[tuple[Path, bool]]:
    """The package of a component in ``downloads``, from wherever it can be had, one after
    another: whoever finds one damaged forgets it and asks for the next. With each, whether it
    comes from a place, which may have anything under a package's name.

    With ``place`` from there alone; NotFound where it has none. The usual place is asked first,
    and whatever is wrong with it is no reason to fail.
    """
    source = component.source
    assert source is not None
    at = place or models_place()
    if at and not offline and package_file(source, downloads) is None:
        found = None
        try:
            with opened(at) as models:
                found = models.package(source, downloads, progress=progress, cancel=cancel)
        except Cancelled:
            raise
        except AudobonError:
            if place is not None:
                raise
        if found is not None:
            yield found, True
        elif place is not None:
            raise NotFound(
                f"{place} does not have the package {source.package} {source.version}",
                subject=source.package,
                hint=f"'audobon models share PLACE {component.name}' puts it there",
            )
        if place is not None:
            return
    found = fetch(
        *(source, downloads), python=python, offline=offline, progress=progress, cancel=cancel
    )
    yield found, False


@contextmanager
def own_recipe(
    name: str, place: str | None, downloads: Path, cancel: Callable[[], bool]
) -> Iterator[Path | None]:
    """The recipe of a component that no registry has, with its files beside it, out of a place;
    None where there is no place, and where the usual one does not have it."""
    at = place or models_place()
    if not at:
        yield None
        return
    try:
        make_own(downloads)
    except OSError as error:
        raise translate_os_error(error, downloads) from error
    with tempfile.TemporaryDirectory(prefix=".part-", dir=downloads) as folder:
        found = None
        try:
            with opened(at) as models:
                found = models.own(name, Path(folder), cancel=cancel)
        except Cancelled:
            raise
        except AudobonError:
            if place is not None:
                raise
        yield found


def _is_sound(file: Path, component: Component) -> bool:
    """Whether a package is whole, and what is taken out of it has the digests of the recipe."""
    try:
        read_parts(file, component.files)
    except (NotFound, Corrupt, BadFile):
        return False
    return is_whole(file)


def share(
    place: ModelPlace,
    wanted: Sequence[tuple[Component, Installed | None]],
    downloads: Path,
    *,
    python: str,
    dry_run: bool,
    progress: Callable[[int, float, str], None],
    cancel: Callable[[], bool],
) -> tuple[Shared, ...]:
    """Put the packages of registries there, and installed networks that come from none; what is
    there already stays. ``progress`` is told the number in ``wanted``, its part and its name."""
    sent: dict[str, Shared] = {}
    for number, (component, installed) in enumerate(wanted):

        def report(fraction: float, number: int = number, name: str = component.name) -> None:
            progress(number, fraction, name)

        report(0.0)
        source = component.source
        assert source is not None
        if source.registry == "file":
            if installed is not None and not place.has_own(installed.component):
                if not dry_run:
                    place.put_own(installed, progress=report, cancel=cancel)
                sent[component.name] = Shared((component.name,), component.version, installed.size)
        elif (key := f"{source.registry} {source.package} {source.version}") in sent:
            before = sent[key]
            names = (*before.components, component.name)
            sent[key] = Shared(names, before.version, before.size)
        else:
            file = package_file(source, downloads)
            checked = None if dry_run else downloads / _CHECKED
            if not place.has_package(source, file, checked=checked):
                if not dry_run:
                    if file is not None and not _is_sound(file, component):
                        forget(source, downloads)  # a damaged one goes nowhere
                        file = None
                    file = file or fetch(*(source, downloads), python=python, cancel=cancel)
                    if not place.has_package(source, file, checked=checked):
                        place.put_package(source, file, progress=report, cancel=cancel)
                size = source.size if file is None else file.stat().st_size
                sent[key] = Shared((component.name,), source.version, size)
        if cancel():
            raise Cancelled("sharing models was cancelled")
        report(1.0)
    return tuple(sent.values())
