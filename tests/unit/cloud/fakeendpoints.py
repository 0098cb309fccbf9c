"""Endpoints that answer, as the stand-in for Vertex AI has them: the network really runs.

What is asked is read as OpenVINO Model Server reads it by its documentation: a picture as ``b64``
is decoded to blue, green, red, and everything else is nested lists.
"""

from __future__ import annotations

import base64
import io
from datetime import datetime
from typing import Any

from fakemodels import Refusal
from google.cloud import aiplatform_v1 as v1
from google.longrunning import operations_pb2
from google.protobuf import json_format, struct_pb2

from audobon.storage.objects import MemoryStore

__all__ = ["ROUTES", "TYPES", "Answers"]


class Answers:
    """Part of the state of the service."""

    __slots__ = ()
    endpoints: dict[str, v1.Endpoint]
    models: dict[str, list[v1.Model]]
    operations: int
    store: MemoryStore
    asked: list[int]
    clock: datetime

    def do_CreateEndpoint(self, request: Any) -> operations_pb2.Operation:
        name = f"{request.parent}/endpoints/{request.endpoint_id}"
        if name in self.endpoints:
            raise Refusal(409, "it is there")
        endpoint = v1.Endpoint(request.endpoint)
        endpoint.name, endpoint.create_time = name, self.clock
        self.endpoints[name] = endpoint
        return self._operation(request.parent)

    def do_GetEndpoint(self, request: Any) -> v1.Endpoint:
        if request.name not in self.endpoints:
            raise Refusal(404, f"no {request.name}")
        return self.endpoints[request.name]

    def do_ListEndpoints(self, request: Any) -> v1.ListEndpointsResponse:
        key = request.filter.removeprefix("labels.").removesuffix(":*")
        found = [each for each in self.endpoints.values() if not key or key in each.labels]
        return v1.ListEndpointsResponse(endpoints=found)

    def do_DeployModel(self, request: Any) -> operations_pb2.Operation:
        endpoint = self.endpoints[request.endpoint]
        deployed = v1.DeployedModel(request.deployed_model)
        assert dict(request.traffic_split) == {"0": 100}
        if any(each.id == deployed.id for each in endpoint.deployed_models):
            raise Refusal(409, "the id is taken")
        deployed.model, _, deployed.model_version_id = deployed.model.partition("@")
        assert deployed.model in self.models
        endpoint.deployed_models.append(deployed)
        return self._operation(request.endpoint.partition("/endpoints/")[0])

    def do_UndeployModel(self, request: Any) -> operations_pb2.Operation:
        endpoint = self.endpoints[request.endpoint]
        kept = [each for each in endpoint.deployed_models if each.id != request.deployed_model_id]
        if len(kept) == len(endpoint.deployed_models):
            raise Refusal(400, "it is not deployed")
        endpoint.deployed_models = kept
        return self._operation(request.endpoint.partition("/endpoints/")[0])

    def do_DeleteEndpoint(self, request: Any) -> operations_pb2.Operation:
        endpoint = self.do_GetEndpoint(request)
        if endpoint.deployed_models:
            raise Refusal(400, "something is deployed")
        del self.endpoints[request.name]
        return self._operation(request.name.partition("/endpoints/")[0])

    def do_Predict(self, request: Any) -> v1.PredictResponse:
        self.asked.append(v1.PredictRequest.to_json(request, indent=None).__len__())
        endpoint = self.endpoints[request.endpoint]
        deployed = endpoint.deployed_models[0]
        model = self.models[deployed.model][int(deployed.model_version_id) - 1]
        instances = [json_format.MessageToDict(each) for each in request._pb.instances]
        told = v1.PredictResponse(deployed_model_id=deployed.id)
        for each in self.computed(model, instances):
            told._pb.predictions.append(json_format.ParseDict(each, struct_pb2.Value()))
        return told

    def computed(self, model: v1.Model, instances: list[Any]) -> list[Any]:
        """What the network of a model gives for instances."""
        import numpy as np

        from audobon.inference import door

        folder = model.artifact_uri.removeprefix(f"{self.store.url}/")
        weights = np.frombuffer(self.store.get(f"{folder}/1/model.bin"), np.uint8)
        net = self.store.get(f"{folder}/1/model.xml").decode()
        compiled = door.core().compile_model(
            door.core().read_model(net, door.load().Tensor(weights)),
            "CPU",
            {"INFERENCE_PRECISION_HINT": "f32"},
        )
        feed = {
            port.get_any_name(): np.stack(
                [_read(each[port.get_any_name()]) for each in instances]
            ).astype(port.get_element_type().to_dtype())
            for port in compiled.inputs
        }
        given = {port.get_any_name(): array for port, array in compiled(feed).items()}
        rows = [
            {name: array[row].tolist() for name, array in given.items()}
            for row in range(len(instances))
        ]
        # With one output TensorFlow Serving's paths leave its name out.
        return rows if len(given) > 1 else [next(iter(row.values())) for row in rows]

    def _operation(self, parent: str) -> operations_pb2.Operation:
        self.operations += 1
        return operations_pb2.Operation(name=f"{parent}/operations/{self.operations}", done=False)


def _read(value: Any) -> Any:
    import numpy as np
    from PIL import Image

    if not isinstance(value, dict):
        return np.array(value)
    with Image.open(io.BytesIO(base64.b64decode(value["b64"]))) as image:
        return np.array(image.convert("RGB"))[..., ::-1]


_operation = operations_pb2.Operation
TYPES: dict[str, tuple[Any, Any]] = {
    "CreateEndpoint": (v1.CreateEndpointRequest, _operation),
    "GetEndpoint": (v1.GetEndpointRequest, v1.Endpoint),
    "ListEndpoints": (v1.ListEndpointsRequest, v1.ListEndpointsResponse),
    "DeployModel": (v1.DeployModelRequest, _operation),
    "UndeployModel": (v1.UndeployModelRequest, _operation),
    "DeleteEndpoint": (v1.DeleteEndpointRequest, _operation),
    "Predict": (v1.PredictRequest, v1.PredictResponse),
}
_P = r"(?P<{}>projects/[^/]+/locations/[^/]+{})"
_E = "/endpoints/[a-z0-9-]+"
ROUTES: tuple[tuple[str, str, str, str], ...] = (
    ("POST", _P.format("parent", "") + "/endpoints", "CreateEndpoint", "endpoint"),
    ("GET", _P.format("parent", "") + "/endpoints", "ListEndpoints", ""),
    ("GET", _P.format("name", _E), "GetEndpoint", ""),
    ("DELETE", _P.format("name", _E), "DeleteEndpoint", ""),
    ("POST", _P.format("endpoint", _E) + ":deployModel", "DeployModel", "*"),
    ("POST", _P.format("endpoint", _E) + ":undeployModel", "UndeployModel", "*"),
    ("POST", _P.format("endpoint", _E) + ":predict", "Predict", "*"),
)
