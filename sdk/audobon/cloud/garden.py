"""Model Garden: what there is, under which terms, retrieved and verified, and what is newer.

What is retrieved lies in a folder of the user's with ``garden.json`` beside it: which model and
version it is, and the digest of each file. Nothing of it is run or converted here.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attrs import frozen

from audobon.cloud.calling import Patience, call
from audobon.cloud.clients import Clients
from audobon.codec.plain import from_plain, to_plain
from audobon.errors import Conflict, Invalid, NotFound, Unavailable
from audobon.storage.objects import Get, ObjectStat, ObjectStore, around, fetch_all
from audobon.system.files import translate_os_error, write_atomic

__all__ = ["NOTE", "Garden", "GardenModel", "Retrieved", "read_note", "verify"]

NOTE = "garden.json"
_PART = ".garden-part.json"
_PAGE = 100
_BLOCK = 1 << 20
_TERMS = {
    "PROPRIETARY": "proprietary: Google's or the publisher's own terms",
    "GOOGLE_OWNED_OSS_WITH_GOOGLE_CHECKPOINT": "open source of Google, weights of Google",
    "THIRD_PARTY_OWNED_OSS_WITH_GOOGLE_CHECKPOINT": "open source of others, weights of Google",
    "GOOGLE_OWNED_OSS": "open source of Google",
    "THIRD_PARTY_OWNED_OSS": "open source of others",
}
_LICENCE = ("license", "licence", "copying", "notice")


@frozen(slots=True)
class GardenModel:
    """A model as the garden tells of it. ``name`` is ``publisher/model``.

    ``terms`` are what the garden says of its licence, which is a category only: the text lies
    among the files. ``files`` is the place of these (``gs://...``), empty where there is none
    to be had. ``stage`` is GA, PUBLIC_PREVIEW or so.
    """

    name: str
    version: str
    terms: str
    stage: str
    frameworks: tuple[str, ...] = ()
    files: str = ""

    @property
    def resource(self) -> str:
        """As the service calls it."""
        publisher, _, model = self.name.partition("/")
        return f"publishers/{publisher}/models/{model}"


@frozen(slots=True)
class File:
    """A file of a model: its path below the folder, bytes, and sha256."""

    path: str
    size: int
    sha256: str


@frozen(slots=True)
class Retrieved:
    """A model that lies in a folder. ``source`` is where it came from, ``licence`` the paths of
    files that hold its terms, ``accepted`` whether terms were accepted for it."""

    name: str
    version: str
    terms: str
    source: str
    retrieved: datetime
    files: tuple[File, ...]
    licence: tuple[str, ...] = ()
    accepted: bool = False


class Garden:
    """Model Garden as the project of ``clients`` sees it."""

    def __init__(self, clients: Clients, patience: Patience | None = None) -> None:
        self._clients = clients
        self._patience = patience or Patience()

    def list(self, query: str = "", *, publisher: str = "google") -> tuple[GardenModel, ...]:
        """Models of a publisher whose name, frameworks, terms and stage have all words."""
        request = {"parent": f"publishers/{publisher}", "page_size": _PAGE}
        words = query.casefold().split()
        listed = call(
            lambda limit: list(
                self._clients.garden.list_publisher_models(
                    request=request, timeout=limit, retry=None
                )
            ),
            "listing Model Garden",
            self._patience,
        )
        models = [_told(each) for each in listed]
        found = [each for each in models if all(word in _text(each) for word in words)]
        return tuple(sorted(found, key=lambda model: model.name))

    def get(self, name: str) -> GardenModel:
        """All that is known of ``publisher/model``, or of ``publisher/model@version``. NotFound."""
        publisher, _, model = name.partition("/")
        if not publisher or not model:
            raise Invalid(f"{name!r} is no PUBLISHER/MODEL", subject=name)
        request = {"name": f"publishers/{publisher}/models/{model}", "view": 2}
        return _told(
            call(
                lambda limit: self._clients.garden.get_publisher_model(
                    request=request, timeout=limit, retry=None
                ),
                f"looking at {name}",
                self._patience,
            )
        )

    def accepted(self, model: GardenModel) -> bool | None:
        """Whether the project has accepted the terms that are asked for; None where none are."""
        request = {
            "parent": f"projects/{self._clients.settings.project}",
            "publisher_model": model.resource,
        }
        try:
            told = call(
                lambda limit: self._clients.garden.check_publisher_model_eula_acceptance(
                    request=request, timeout=limit, retry=None
                ),
                f"looking at the terms of {model.name}",
                self._patience,
            )
        except (NotFound, Invalid):
            return None
        return bool(told.publisher_model_eula_acked)

    def retrieve(
        self,
        model: GardenModel,
        to: Path,
        open_place: Callable[[str], ObjectStore],
        *,
        accept: bool = False,
        progress: Callable[[int], None] = lambda _: None,
        cancel: Callable[[], bool] = lambda: False,
    ) -> Retrieved:
        """The files of a model in the folder ``to``, verified as they came, with a note.

        What a stopped call has fetched is used by the next, and what is there already is not
        fetched again. Invalid where terms are asked for
        that the project has not accepted, and ``accept`` does not say that you know them;
        Unavailable where the garden gives no files; Conflict where another model lies there.
        """
        asked = self.accepted(model)
        if asked is False and not accept:
            raise Invalid(
                f"{model.name} is not retrieved before its terms are accepted: {model.terms}",
                subject=model.name,
                hint="accept them on its page in Model Garden, or say --accept if you did",
            )
        if not model.files:
            raise Unavailable(
                f"Model Garden gives no files of {model.name}: it runs in Vertex AI only",
                subject=model.name,
            )
        done = _begun(to, model)
        place = around(open_place(model.files))
        try:
            stats = {each.key: each for each in place.list()}
            if not stats:
                raise NotFound(f"there are no files in {model.files}", subject=model.files)
            wanted = [
                Get(key, _made(to / key))
                for key, stat in stats.items()
                if done.get(key, {}).get("generation") != stat.generation
                or _digest(to / key)[1] != done[key]["sha256"]
            ]
            noting: Any = _Noting(place, to, model, done)
            moved = fetch_all(
                noting, wanted, progress=lambda told: progress(told.size), cancelled=cancel
            )
            for _ in moved:
                pass
        finally:
            place.close()
        files = [File(key, done[key]["size"], done[key]["sha256"]) for key in stats]
        licence = [each.path for each in files if _is_licence(each.path)]
        made = Retrieved(
            *(model.name, model.version, model.terms, model.files),
            retrieved=datetime.now(UTC),
            files=tuple(files),
            licence=tuple(licence),
            accepted=accept or bool(asked),
        )
        write_atomic(to / NOTE, json.dumps(to_plain(made), indent=1).encode(), mode=0o644)
        return made

    def newer(self, have: Retrieved) -> GardenModel | None:
        """The current version of a model that was retrieved, None where that is the one."""
        now = self.get(have.name.partition("@")[0])
        return now if now.version != have.version else None


def read_note(folder: Path) -> Retrieved:
    """What lies in a folder. NotFound, Invalid."""
    path = folder / NOTE
    try:
        return from_plain(json.loads(path.read_bytes()), Retrieved)
    except OSError as error:
        raise translate_os_error(error, path) from error
    except ValueError as error:
        raise Invalid(f"{path} cannot be read: {error}", subject=str(path)) from error


def verify(folder: Path) -> tuple[str, ...]:
    """Read every byte of a model that was retrieved; what is wrong, empty when all is sound."""
    problems = []
    for file in read_note(folder).files:
        try:
            if _digest(folder / file.path) != (file.size, file.sha256):
                problems.append(f"{file.path} is not as it was retrieved")
        except NotFound:
            problems.append(f"{file.path} is not there")
    return tuple(problems)


def _told(model: Any) -> GardenModel:
    _, publisher, _, name = model.name.split("/", 3)
    deploy = model.supported_actions.deploy if model.supported_actions else None
    files = ""
    if deploy:
        files = deploy.public_artifact_uri or deploy.artifact_uri
    return GardenModel(
        name=f"{publisher}/{name}",
        version=model.version_id,
        terms=_TERMS.get(model.open_source_category.name, "not told"),
        stage=model.launch_stage.name,
        frameworks=tuple(model.frameworks),
        files=files.rstrip("/"),
    )


def _text(model: GardenModel) -> str:
    return " ".join((model.name, model.terms, model.stage, *model.frameworks)).casefold()


def _begun(to: Path, model: GardenModel) -> dict[str, dict[str, Any]]:
    """What an earlier call for the same model has fetched into a folder. Conflict, where something
    else lies there."""
    try:
        have = read_note(to)
    except NotFound:
        pass
    else:
        if (have.name, have.version) != (model.name, model.version):
            raise Conflict(
                f"{have.name} {have.version} lies in {to}",
                subject=str(to),
                hint="take another folder",
            )
    try:
        found = json.loads((to / _PART).read_bytes())
        if found["model"] == [model.name, model.version]:
            done: dict[str, dict[str, Any]] = found["done"]
            return {key: each for key, each in done.items() if (to / key).is_file()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    if to.is_dir() and any(each.name != NOTE for each in to.iterdir()):
        raise Conflict(f"{to} is not empty", subject=str(to), hint="take another folder")
    _keep_part(_made(to / _PART).parent, model, {})
    return {}


class _Noting:
    """A place whose files are noted as soon as each is there, also when others fail."""

    def __init__(
        self, place: ObjectStore, to: Path, model: GardenModel, done: dict[str, dict[str, Any]]
    ) -> None:
        self._place, self._to, self._model, self._done = place, to, model, done
        self._lock = threading.Lock()

    def fetch(self, key: str, to: Path) -> ObjectStat:
        """As of a place; verified on the way, by the sum that the bucket keeps."""
        got = self._place.fetch(key, to)
        size, digest = _digest(to)
        with self._lock:
            self._done[key] = {"generation": got.generation, "size": size, "sha256": digest}
            _keep_part(self._to, self._model, self._done)
        return got


def _keep_part(to: Path, model: GardenModel, done: dict[str, dict[str, Any]]) -> None:
    data = json.dumps({"model": [model.name, model.version], "done": done}).encode()
    write_atomic(to / _PART, data, mode=0o644)


def _made(path: Path) -> Path:
    """A path whose folder is there."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise translate_os_error(error, path.parent) from error
    return path


def _digest(path: Path) -> tuple[int, str]:
    made, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                made.update(block)
                size += len(block)
    except OSError as error:
        raise translate_os_error(error, path) from error
    return size, made.hexdigest()


def _is_licence(path: str) -> bool:
    return path.rpartition("/")[2].casefold().startswith(_LICENCE)
