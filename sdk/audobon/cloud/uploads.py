"""Networks in Vertex AI's registry of models: each version once, with aliases that move.

The key of a version is an alias made of the digest of its files. So an upload whose reply was lost
is found by it, and the same files are never two versions.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import field, frozen

from audobon.cloud.calling import NoAnswer, Patience, call
from audobon.cloud.clients import Clients
from audobon.cloud.operations import wait_for
from audobon.errors import Conflict, Invalid, NotFound, Unavailable
from audobon.storage.objects import ABSENT, ObjectStore
from audobon.system.files import translate_os_error

__all__ = ["Registry", "UploadedModel", "alias_of", "mark_of", "slug"]

_MARK = "audobon-component"
_ALIAS = re.compile(r"[a-z][a-zA-Z0-9-]{0,126}[a-zA-Z0-9]")
_BLOCK = 1 << 20
_WAIT_S = 1800.0  # for the service to take in a model


@frozen(slots=True)
class UploadedModel:
    """A version in the registry. ``aliases`` are names that point to it, ``files`` its place."""

    name: str
    resource: str
    number: str
    aliases: tuple[str, ...]
    files: str
    made: datetime | None = None


@frozen(slots=True)
class Registry:
    """The registry of one project; ``store`` is the place that files go through."""

    clients: Clients
    store: ObjectStore
    patience: Patience = field(factory=Patience)

    def upload(
        self,
        name: str,
        version: str,
        files: Mapping[str, Path],
        *,
        image: str,
        aliases: Sequence[str] = (),
    ) -> UploadedModel:
        """A network as a version of the model ``name``, the one that there is for the same files.

        ``files`` are lower-case names with where they lie; ``image`` is the container that serves
        them, by TensorFlow Serving's REST paths, as OpenVINO Model Server does. Besides
        ``aliases`` the version gets one of ``version``. Invalid for names that cannot be.
        """
        wanted = [*map(_checked, aliases), _checked("v" + version.replace(".", "-"))]
        digests = {key: _digest(path) for key, path in sorted(files.items())}
        if not digests:
            raise Invalid(f"{name} has no files to upload", subject=name)
        whole = mark_of(digests)
        mark, folder = alias_of(whole), f"models/{name}/{whole}"
        model = f"audobon-{slug(name)}"
        resource = f"{self.clients.settings.parent}/models/{model}"
        found = self._find(f"{resource}@{mark}")
        if found is None:
            for key, path in files.items():
                self._stage(f"{folder}/1/{key}", path)
            found = self._made(name, model, mark, f"{self.store.url}/{folder}", image)
        missing = [alias for alias in wanted if alias not in found.aliases]
        return self.alias(found, missing) if missing else found

    def alias(self, version: UploadedModel, aliases: Sequence[str]) -> UploadedModel:
        """Have aliases point to a version, whatever they pointed to; ``-NAME`` takes one away."""
        names = [("-" if each[:1] == "-" else "") + _checked(each.lstrip("-")) for each in aliases]
        return _told(
            call(
                lambda limit: self.clients.models.merge_version_aliases(
                    name=f"{version.resource}@{version.number}",
                    version_aliases=names,
                    timeout=limit,
                    retry=None,
                ),
                f"naming a version of {version.name}",
                self.patience,
            )
        )

    def versions(self) -> tuple[UploadedModel, ...]:
        """Every version that was uploaded from here, by model, the newest first."""
        models = self._listed(
            "list_models",
            {"parent": self.clients.settings.parent, "filter": f"labels.{_MARK}:*"},
        )
        found = []
        for model in sorted(models, key=lambda each: str(each.name)):
            versions = self._listed("list_model_versions", {"name": model.name.partition("@")[0]})
            told = [_told(each) for each in versions]
            found += sorted(told, key=lambda each: int(each.number or 0), reverse=True)
        return tuple(found)

    def get(self, name: str, which: str = "default") -> UploadedModel:
        """The version of a model that an alias or a number names. NotFound."""
        model = f"audobon-{slug(name)}"
        found = self._find(f"{self.clients.settings.parent}/models/{model}@{which}")
        if found is None:
            raise NotFound(
                f"there is no {which} of {name} in Vertex AI",
                subject=name,
                hint=f"'audobon vertex upload {name}' brings the network that is installed here",
            )
        return found

    def _listed(self, method: str, request: dict[str, str]) -> list[Any]:
        return call(
            lambda limit: list(
                getattr(self.clients.models, method)(request=request, timeout=limit, retry=None)
            ),
            "listing models",
            self.patience,
        )

    def _find(self, name: str) -> UploadedModel | None:
        try:
            return _told(
                call(
                    lambda limit: self.clients.models.get_model(
                        name=name, timeout=limit, retry=None
                    ),
                    "looking at a model",
                    self.patience,
                )
            )
        except NotFound:
            return None

    def _made(self, name: str, model: str, mark: str, place: str, image: str) -> UploadedModel:
        resource = f"{self.clients.settings.parent}/models/{model}"
        begun, attempt = self.patience.clock(), 0
        while True:
            there = self._find(resource) is not None
            try:
                self._send(name, self._request(name, model, mark, place, image, there=there))
            except (NoAnswer, Conflict):
                attempt += 1
                if self.patience.clock() - begun >= self.patience.patience_s:
                    raise
                self.patience.wait(attempt)
            found = self._find(f"{resource}@{mark}")
            if found is not None:
                return found
            if self.patience.clock() - begun > _WAIT_S:
                raise Unavailable(f"{name} was uploaded and is not there", subject=name)

    def _send(self, name: str, request: dict[str, Any]) -> None:
        operation = call(
            lambda limit: self.clients.models.upload_model(
                request=request, timeout=limit, retry=None
            ),
            f"uploading {name}",
            self.patience,
            again=False,
        )
        client, what = self.clients.models, f"uploading {name}"
        wait_for(client, operation.operation.name, what, self.patience, _WAIT_S)

    def _request(
        self, name: str, model: str, mark: str, place: str, image: str, *, there: bool
    ) -> dict[str, Any]:
        settings = self.clients.settings
        made = {
            "display_name": f"audobon {name}",
            "labels": {_MARK: model.removeprefix("audobon-")},
            "version_aliases": [mark],
            "artifact_uri": place,
            "container_spec": {
                "image_uri": image,
                "args": [
                    *("--model_name", "model", "--model_path", "$(AIP_STORAGE_URI)"),
                    *("--rest_port", "8080"),
                ],
                "ports": [{"container_port": 8080}],
                "predict_route": "/v1/models/model:predict",
                "health_route": "/v1/models/model",
            },
        }
        request: dict[str, Any] = {"parent": settings.parent, "model": made}
        if there:
            request["parent_model"] = f"{settings.parent}/models/{model}"
        else:
            request["model_id"] = model
        if settings.account:
            request["service_account"] = settings.account
        return request

    def _stage(self, key: str, path: Path) -> None:
        try:
            self.store.put(key, path, ABSENT)
        except Conflict:  # under its digest; half of it is never there
            found = self.store.stat(key)
            if found is None or found.size != path.stat().st_size:
                raise


def mark_of(digests: Mapping[str, str]) -> str:
    """What stands for files, by their names and digests: equal files have equal marks."""
    return hashlib.sha256(repr(sorted(digests.items())).encode()).hexdigest()


def alias_of(mark: str) -> str:
    """The alias of the version with the files of a mark."""
    return f"d{mark[:40]}"


def slug(name: str) -> str:
    """A component's name as the service takes names."""
    return name.replace("_", "-").replace(".", "-")


def _told(model: Any) -> UploadedModel:
    resource = model.name.partition("@")[0]
    return UploadedModel(
        name=model.labels.get(_MARK, resource.rpartition("/")[2]),
        resource=resource,
        number=model.version_id,
        aliases=tuple(model.version_aliases),
        files=model.artifact_uri,
        made=model.version_create_time,
    )


def _checked(alias: str) -> str:
    if not _ALIAS.fullmatch(alias):
        raise Invalid(
            f"{alias!r} is no alias: letters, digits and '-', beginning with a small letter",
            subject=alias,
        )
    return alias


def _digest(path: Path) -> str:
    made = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                made.update(block)
    except OSError as error:
        raise translate_os_error(error, path) from error
    return made.hexdigest()
