"""The registry of models and Model Garden, as the stand-in for Vertex AI has them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from google.cloud import aiplatform_v1 as v1
from google.cloud import aiplatform_v1beta1 as v1beta1
from google.longrunning import operations_pb2
from google.protobuf import empty_pb2

__all__ = ["Models", "Refusal"]


class Refusal(Exception):
    """An answer that is an error, by its HTTP status."""

    def __init__(self, status: int, message: str = "no") -> None:
        super().__init__(message)
        self.status, self.message = status, message


class Models:
    """Part of the state of the service."""

    __slots__ = ()
    models: dict[str, list[v1.Model]]
    operations: int
    garden: list[v1beta1.PublisherModel]
    terms: dict[str, bool]
    seen: list[str]
    clock: datetime

    # --- the registry of models --------------------------------------------------

    def do_UploadModel(self, request: Any) -> operations_pb2.Operation:
        model = v1.Model(request.model)
        name = request.parent_model or f"{request.parent}/models/{request.model_id}"
        versions = self.models.setdefault(name, [])
        if bool(versions) != bool(request.parent_model):
            raise Refusal(409 if versions else 404, "the model is there, or is not")
        model.name, model.version_id = name, str(len(versions) + 1)
        if not versions:
            model.version_aliases.append("default")
        model.version_create_time = self.clock
        versions.append(model)
        self.operations += 1
        name = f"{request.parent}/operations/{self.operations}"
        return operations_pb2.Operation(name=name, done=False)

    def do_GetOperation(self, request: Any) -> operations_pb2.Operation:
        done = self.seen.count("GetOperation") > 1
        made = operations_pb2.Operation(name=request.name, done=done)
        if done:
            made.response.Pack(empty_pb2.Empty())
        return made

    def do_GetModel(self, request: Any) -> v1.Model:
        name, _, which = request.name.partition("@")
        for model in self.models.get(name, ()):
            if (which or "default") in (model.version_id, *model.version_aliases):
                return model
        raise Refusal(404, f"no {request.name}")

    def do_ListModels(self, request: Any) -> v1.ListModelsResponse:
        key = request.filter.removeprefix("labels.").removesuffix(":*")
        found = [each[0] for each in self.models.values() if not key or key in each[0].labels]
        return v1.ListModelsResponse(models=found)

    def do_ListModelVersions(self, request: Any) -> v1.ListModelVersionsResponse:
        return v1.ListModelVersionsResponse(models=self.models[request.name])

    def do_MergeVersionAliases(self, request: Any) -> v1.Model:
        model = self.do_GetModel(request)
        for alias in request.version_aliases:
            name = alias.removeprefix("-")
            for other in self.models[model.name]:
                if name in other.version_aliases and (other is model or name == alias):
                    other.version_aliases.remove(name)
            if name == alias:
                model.version_aliases.append(name)
        return model

    # --- Model Garden, which is of v1beta1 ------------------------------------

    def do_ListPublisherModels(self, request: Any) -> v1beta1.ListPublisherModelsResponse:
        found = [each for each in self.garden if each.name.startswith(f"{request.parent}/")]
        at = int(request.page_token or 0)
        more = str(at + 2) if at + 2 < len(found) else ""
        page = found[at : at + 2]
        return v1beta1.ListPublisherModelsResponse(publisher_models=page, next_page_token=more)

    def do_GetPublisherModel(self, request: Any) -> v1beta1.PublisherModel:
        for each in self.garden:
            if each.name == request.name:
                return each
        raise Refusal(404, f"no {request.name}")

    def do_CheckPublisherModelEulaAcceptance(
        self, request: Any
    ) -> v1beta1.PublisherModelEulaAcceptance:
        if request.publisher_model not in self.terms:
            raise Refusal(404, "no terms")
        acked = self.terms[request.publisher_model]
        return v1beta1.PublisherModelEulaAcceptance(publisher_model_eula_acked=acked)
